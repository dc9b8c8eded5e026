"""What was kept comes back as it was."""

import sqlite3
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from liqtui.archive import schema
from liqtui.archive.reader import Reader
from liqtui.archive.schema import FILE_NAME
from liqtui.clock import ManualClock
from liqtui.model.alert import Alert, AlertKind
from liqtui.model.events import Candle, FeedStatus, Funding, Gap, OpenInterest
from liqtui.model.market import FeedState, FundingKind, Side
from liqtui.model.records import Column, Fetched, Kept, Line, Peaks, State
from liqtui.model.snapshot import Cluster
from tests.archive.opening import kept
from tests.making import BTC, START, at, candle, funding, instrument, interest, liquidation, trade


def test_liquidations(tmp_path: Path) -> None:
    event = replace(liquidation(1, 100.0, side=Side.SHORT), seen=at(1.5))
    rows = [
        Kept(event, mark=100.5, oi_usd=2e6, cluster=99.0),
        Kept(liquidation(2, 5.0, None), doubt="95% from the mark"),
        Kept(liquidation(0, 7.0, of=instrument(symbol="ETHUSDT", base="ETH"))),
    ]
    reader = kept(tmp_path, *rows)
    assert reader.liquidations(0) == rows
    assert reader.liquidations(at(1)) == rows[:2]
    assert reader.liquidations(0, most=1) == rows[2:]
    assert reader.liquidations(0, base="BTC") == rows[:2]
    reader.close()


def test_a_column_of_the_map_is_never_edited(tmp_path: Path) -> None:
    usd = np.zeros((2, 2048), np.float16)
    usd[0, 700:900], usd[1, 1100] = 1.5, 650.25
    first = Column("BTC", START // 60_000_000_000, "liqtui", 10_000, usd)
    reader = kept(tmp_path, first, replace(first, usd=usd * 2))
    [column] = reader.columns("BTC", START)
    assert (column.minute, column.method, column.first) == (first.minute, "liqtui", 10_700)
    assert np.array_equal(column.usd, usd[:, 700:1101])
    assert list(reader.columns("ETH", 0)) == []
    reader.close()


def test_a_minute_is_covered_when_its_bar_is_written(tmp_path: Path) -> None:
    heard = [trade(second, 100.0, 1.0) for second in range(183)]
    reader = kept(tmp_path, *heard, clock=ManualClock(at(182)))
    assert (reader.covered(BTC), minutes(reader)) == ([(at(0), at(120))], [(1, 1), (2, 1)])
    reader.close()


def test_the_clusters_said_last(tmp_path: Path) -> None:
    plain = Cluster(Side.LONG, 95.0, 94.5, 95.5, 2e6, -0.05)
    whole = Cluster(
        Side.SHORT, 105.0, 104.0, 106.0, 1e6, 0.05, (5e5, 2e6), (0.1, 0.2, 0.4), 3e6, 0.5, 4e5, 0.7
    )
    said = (Peaks("BTC", at(0), (whole,)), Peaks("BTC", at(60), (plain, whole)))
    reader = kept(tmp_path, *said)
    assert reader.clusters("BTC") == (plain, whole)
    assert reader.clusters("ETH") == ()
    reader.close()


def test_alerts_states_gaps_and_the_ledger(tmp_path: Path) -> None:
    alerts = [
        Alert(at=at(n), number=n, kind=AlertKind.PRINT, text=f"no {n}", tiers=(5, 10))
        for n in range(5)
    ]
    gap = Gap("toy", "marks", at(1), at(5), "closed", at(5), 0)
    line = b'{"type":"scored","ts":%d,"base":"BTC"}' % (at(600) // 10**6)
    reader = kept(
        tmp_path,
        *alerts,
        gap,
        FeedStatus("toy", "marks", FeedState.DOWN, "closed", at(1), at(1)),
        Line(b'{"type":"predicted","ts":%d,"base":"BTC"}' % (at(1) // 10**6)),
        Line(b'{"type":"predicted","ts":%d,"base":"BTC"}' % (at(2) // 10**6)),
        Line(line),
        State("alerts", 3, at(7), b"old"),
        State("alerts", 3, at(8), b"new"),
    )
    assert reader.alerts(2) == alerts[3:]
    assert reader.gaps(at(5)) == [gap]
    assert reader.gaps(at(6)) == []
    assert list(reader.ledger("BTC", at(2))) == [
        b'{"type":"predicted","ts":%d,"base":"BTC"}' % (at(2) // 10**6),
        line,
    ]
    assert reader.state("alerts", 3) == b"new"
    assert reader.state("alerts", 4) is None
    assert reader.last_heard() == START
    reader.close()


def test_samples_are_thinned_where_they_are_live_only(tmp_path: Path) -> None:
    live = [interest(n, 100.0 + n // 90) for n in range(0, 600, 10)]
    history = [replace(interest(-n, 50.0), seen=at(0)) for n in range(300, 1500, 300)]
    paid = [replace(funding(n, 0.0001), due=at(3600)) for n in range(100)]
    settled = replace(funding(1, 0.5), kind=FundingKind.SETTLED)
    reader = kept(tmp_path, *history, *live, *paid, settled)
    asked = sqlite3.connect(tmp_path / FILE_NAME)
    kept_at = [ts for (ts,) in asked.execute("SELECT ts FROM open_interest ORDER BY ts")]
    asked.close()
    assert [(ts - START // 10**6) // 1000 for ts in kept_at] == [
        *(-1200, -900, -600, -300),
        *(0, 90, 180, 270, 360, 450, 540),
    ]
    past = list(reader.past(BTC, 0, (), at(1000)))
    counted = [event for event in past if isinstance(event, OpenInterest)]
    # The last of every five minutes of the clock.
    assert [(event.at - START) // 10**9 for event in counted] == [
        *(-1200, -900, -600, -300, 0, 360, 540)
    ]
    assert [event.rate for event in past if isinstance(event, Funding)] == [0.0001, 0.5]
    assert {event.seen for event in past} == {at(1000)}
    reader.close()


def minutes(reader: Reader, *missing: tuple[int, int]) -> list[tuple[int, int]]:
    past = reader.past(BTC, at(-6000), missing, at(1000))
    bars = [event for event in past if isinstance(event, Candle)]
    return [((bar.at - START) // 60_000_000_000, bar.interval_s // 60) for bar in bars]


def test_bars_that_were_heard_and_fetched_do_not_overlap(tmp_path: Path) -> None:
    fetched = [replace(candle(60 * n, 100.0), interval_s=300) for n in range(-10, 11, 5)]
    trades = [trade(second, 100.0, 1.0) for second in range(-30, 240)]
    reader = kept(tmp_path, *fetched, *trades, clock=ManualClock(at(250)))
    # The minute in which the listening began is not whole.
    assert minutes(reader) == [(-10, 5), (-5, 5), (0, 5), (1, 1), (2, 1), (3, 1), (4, 1), (10, 5)]
    assert minutes(reader, (at(-300), at(120))) == [(-10, 5), (-5, 5), (3, 1), (4, 1), (10, 5)]
    assert [(one.minute - START // 60_000_000_000, one.usd) for one in reader.traded("BTC", 0)] == [
        (n, (6000.0, *[0.0] * 9)) for n in range(4)
    ]
    reader.close()


def test_what_was_heard_and_fetched_is_covered(tmp_path: Path) -> None:
    done = Fetched(BTC, at(-600), at(0))
    heard = [trade(1, 100.0, 1.0), trade(185, 100.0, 1.0)]
    reader = kept(tmp_path, done, *heard, clock=ManualClock(at(250)))
    assert sorted(reader.covered(BTC)) == [(at(-600), at(0)), (at(60), at(180))]
    assert reader.covered(instrument(symbol="OTHER")) == []
    reader.close()


def test_a_file_in_a_folder_that_cannot_be_written_is_read(tmp_path: Path) -> None:
    kept(tmp_path, Kept(liquidation(1, 100.0))).close()
    path = tmp_path / FILE_NAME
    path.chmod(0o400)
    tmp_path.chmod(0o500)
    try:
        reader = Reader(path)
        assert len(reader.liquidations(0)) == 1
        reader.close()
    finally:
        tmp_path.chmod(0o700)


def test_where_there_is_none_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(schema.ArchiveError, match="no archive at"):
        Reader(tmp_path / "nowhere.db")
    (tmp_path / "empty.db").touch()
    with pytest.raises(schema.ArchiveError, match="is empty"):
        Reader(tmp_path / "empty.db")
