"""Whatever is wrong with the archive, the program goes on and says what to do."""

import os
import sqlite3
from pathlib import Path

from liqtui.archive import schema
from liqtui.archive.opening import opened
from liqtui.archive.retention import Limits
from liqtui.archive.schema import FILE_NAME
from liqtui.clock import ManualClock
from liqtui.model.records import Kept
from tests.archive.opening import kept, writer
from tests.making import START, liquidation

CLOCK = ManualClock(START)


def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    told: list[str] = []
    found = opened(tmp_path / "new" / "data", Limits(), CLOCK, told.append)
    assert told == []
    assert found.writer is not None
    assert found.reader is not None
    assert (tmp_path / "new" / "data").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "new" / "data" / FILE_NAME).stat().st_mode & 0o077 == 0
    found.reader.close()
    found.writer.stop()


def test_a_second_one_reads_only_and_says_who_writes(tmp_path: Path) -> None:
    kept(tmp_path, Kept(liquidation(1, 100.0))).close()
    first, told = writer(tmp_path), list[str]()
    found = opened(tmp_path, Limits(), CLOCK, told.append)
    assert found.writer is None
    assert found.reader is not None
    assert len(found.reader.liquidations(0)) == 1
    assert f"process {os.getpid()} writes" in told[0]
    found.reader.close()
    first.stop()


def test_a_damaged_file_is_set_aside_and_never_deleted(tmp_path: Path) -> None:
    told: list[str] = []
    (tmp_path / FILE_NAME).write_bytes(b"garbage" * 1000)
    found = opened(tmp_path, Limits(), CLOCK, told.append)
    aside = tmp_path / f"{FILE_NAME}.damaged-{START // 1_000_000_000}"
    assert aside.read_bytes() == b"garbage" * 1000
    assert aside.name in told[0]
    assert found.writer is not None
    assert found.reader is not None
    assert found.reader.liquidations(0) == []
    found.reader.close()
    found.writer.stop()


def test_a_newer_file_is_neither_written_nor_read(tmp_path: Path) -> None:
    told: list[str] = []
    connection = schema.connect(tmp_path / FILE_NAME)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    found = opened(tmp_path, Limits(), CLOCK, told.append)
    assert (found.writer, found.reader) == (None, None)
    assert "newer liqtui" in told[0]
    one = sqlite3.connect(tmp_path / FILE_NAME)
    assert one.execute("PRAGMA user_version").fetchone() == (99,)
    one.close()


def test_a_folder_that_cannot_be_written_is_read(tmp_path: Path) -> None:
    kept(tmp_path, Kept(liquidation(1, 100.0))).close()
    (tmp_path / "archive.lock").unlink()
    told: list[str] = []
    tmp_path.chmod(0o500)
    try:
        found = opened(tmp_path, Limits(), CLOCK, told.append)
        if os.getuid():  # the superuser may write anywhere
            assert found.writer is None
            assert "nothing is kept" in told[0]
            assert str(tmp_path) in told[0]
        assert found.reader is not None
        assert len(found.reader.liquidations(0)) == 1
        found.reader.close()
        if found.writer:
            found.writer.stop()
    finally:
        tmp_path.chmod(0o700)


def test_a_file_where_the_folder_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    told: list[str] = []
    found = opened(tmp_path / "data", Limits(), CLOCK, told.append)
    assert (found.writer, found.reader) == (None, None)
    assert str(tmp_path / "data") in told[0]
