"""What the writer's thread does, and does not, whatever the disk says."""

import sqlite3
from pathlib import Path

import pytest
from msgspec.structs import replace

from liqtui.archive import writer as writing
from liqtui.archive.reader import Reader
from liqtui.archive.schema import FILE_NAME
from liqtui.model.records import Kept
from tests.archive.opening import kept, writer
from tests.conditions import until
from tests.making import START, instrument, liquidation


def count(path: Path) -> int:
    reader = Reader(path)
    try:
        return len(reader.liquidations(0))
    finally:
        reader.close()


def test_what_is_handed_over_is_there_soon_for_another_process(tmp_path: Path) -> None:
    one = writer(tmp_path)
    one.start()
    one.take(Kept(liquidation(1, 100.0)))
    until(lambda: one.written == 2)  # the contract's row too
    assert count(tmp_path / FILE_NAME) == 1
    assert one.stop(30.0)


def test_the_end_writes_what_waits_and_gives_the_lock_back(tmp_path: Path) -> None:
    one = writer(tmp_path)
    one.start()
    for second in range(100):
        one.take(Kept(liquidation(second, 100.0)))
    assert one.stop(30.0)
    assert count(tmp_path / FILE_NAME) == 100
    again = writer(tmp_path)
    assert again.stop()


def test_a_file_that_is_locked_is_told_once_and_costs_nothing(tmp_path: Path) -> None:
    told: list[str] = []
    one = writer(tmp_path, tell=told.append)
    other = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    one._connection.execute("PRAGMA busy_timeout = 0")
    other.execute("BEGIN IMMEDIATE")
    one.take(Kept(liquidation(1, 100.0)))
    one.start()
    until(lambda: told)
    assert "locked by another program" in told[0]
    other.execute("ROLLBACK")
    until(lambda: one.written)
    until(lambda: told[1:] == ["archive: it is written again"])
    other.close()
    assert one.stop(30.0)
    assert count(tmp_path / FILE_NAME) == 1


def test_a_full_disk_is_told_and_what_waits_is_written_when_there_is_space(tmp_path: Path) -> None:
    told: list[str] = []
    one = writer(tmp_path, tell=told.append)
    (pages,) = one._connection.execute("PRAGMA page_count").fetchone()
    one._connection.execute(f"PRAGMA max_page_count = {pages}")
    for second in range(2000):
        one.take(Kept(liquidation(second, 100.0)))
    one.start()
    until(lambda: told)
    assert "no space for" in told[0]
    assert str(tmp_path / FILE_NAME) in told[0]
    one._connection.execute("PRAGMA max_page_count = 100000")
    until(lambda: one.written)
    assert one.stop(30.0)
    assert count(tmp_path / FILE_NAME) == 2000


def test_what_a_disk_does_not_take_for_long_is_dropped_counted_and_told(tmp_path: Path) -> None:
    told: list[str] = []
    one = writer(tmp_path, tell=told.append, most=10)
    for second in range(25):
        one.take(Kept(liquidation(second, 100.0)))
    one.start()
    until(lambda: told)
    assert told[0].startswith("archive: 15 records could not be kept")
    assert one.stop(30.0)
    assert count(tmp_path / FILE_NAME) == 10


def test_a_file_that_breaks_while_it_is_written_is_set_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    one = writer(tmp_path, tell=told.append)
    one.take(Kept(liquidation(1, 100.0)))
    real, times = writing.Writer._commit, iter([True])

    def commit(self: writing.Writer, now: int) -> None:
        if next(times, False):
            error = sqlite3.DatabaseError("database disk image is malformed")
            error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
            raise error
        real(self, now)

    monkeypatch.setattr(writing.Writer, "_commit", commit)
    one.start()
    until(lambda: one.written)
    assert one.stop(30.0)
    assert "set aside" in told[0]
    assert count(tmp_path / FILE_NAME) == 1
    assert (tmp_path / f"{FILE_NAME}.damaged-{START // 1_000_000_000}").exists()


def test_contracts_keep_their_numbers_and_learn_what_is_new(tmp_path: Path) -> None:
    kept(tmp_path, Kept(liquidation(1, 100.0))).close()
    other = instrument(symbol="ETHUSDT", base="ETH")
    finer = instrument(tick=0.5)
    events = (liquidation(2, 10.0, of=other), liquidation(3, 101.0, of=finer))
    reader = kept(tmp_path, *map(Kept, events))
    found = reader.liquidations(0)
    assert [one.event.instrument for one in found] == [finer, other, finer]
    assert reader.contracts() == {("toy", "BTCUSDT"): 1, ("toy", "ETHUSDT"): 2}
    assert replace(found[1].event, instrument=other) == events[0]
    reader.close()
