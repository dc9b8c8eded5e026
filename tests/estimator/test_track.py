from typing import ClassVar, cast

import numpy as np
from msgspec.structs import replace

from liqtui.estimator import Exposure
from liqtui.estimator.clusters import clusters
from liqtui.estimator.grid import Grid
from liqtui.estimator.history import History
from liqtui.estimator.oi_candle import OiCandle
from liqtui.estimator.past import condensed
from liqtui.estimator.score.board import Scoreboard
from liqtui.estimator.track import Track, present
from liqtui.model.events import MarketEvent
from liqtui.store.rings import MINUTE
from tests.making import START, at, candle, interest, mark

DAY = 86_400


def past(minutes: int, seen: float) -> list[MarketEvent]:
    """Candles, then open interest: as two REST answers would bring them at ``seen``."""
    bars: list[MarketEvent] = [candle(60 * m, 100.0, seen=seen) for m in range(1, minutes + 1)]
    grown: list[MarketEvent] = [interest(300 * n, 1000.0 + 10 * n) for n in range(minutes // 5 + 1)]
    return [*bars, *grown]


def begun(track: Track, seconds: float = 3601.0) -> Track:
    """Let the past be applied, with marks that come meanwhile."""
    track.begin()
    while track.reading:
        track.take(mark(seconds, 100.0), at(seconds))
    return track


def fed(events: list[MarketEvent], minutes: int = 60) -> Track:
    track = Track(OiCandle)
    for event in events:
        track.take(event, at(60 * minutes + 1))
    return track


def test_the_past_is_put_in_order_and_becomes_columns() -> None:
    track = fed(past(60, 3601))
    assert track.reading
    begun(track)
    exposure = track.estimator.exposure()
    assert exposure is not None
    first = exposure.grid.first
    minutes = [range(START // MINUTE + m, START // MINUTE + m + 1) for m in (2, 30, 58)]
    cells = track.columns(minutes, first, exposure.grid.size, (True, True))
    totals = cells.sum(axis=1)
    assert totals[0] == 0.0
    assert 0 < totals[1] < totals[2]


def test_a_past_of_bars_and_counts_has_no_holes() -> None:
    track = fed(past(60, 3601))
    begun(track)
    minutes = [range(START // MINUTE + m, START // MINUTE + m + 1) for m in range(59)]
    assert not np.isnan(track.columns(minutes, 0, 4, (True, True))).any()


def test_order_of_arrival_does_not_matter() -> None:
    events = past(60, 3601)
    one, other = fed(events), fed(events[::-1])
    begun(one)
    begun(other)
    first, second = one.estimator.exposure(), other.estimator.exposure()
    assert first is not None
    assert second is not None
    assert (first.long == second.long).all()
    assert (first.short == second.short).all()


def test_a_cluster_is_as_old_as_its_larger_half() -> None:
    class Grows:
        method = "grows"
        usd = 1e6

        def update(self, event: MarketEvent) -> None:
            pass

        def exposure(self) -> Exposure:
            grid = Grid.around(100.0)
            long = np.zeros(grid.size)
            long[grid.index(97.0)] = self.usd
            return Exposure(grid, long, np.zeros(grid.size))

        def warming(self) -> str:
            return ""

    estimator = Grows()
    track = begun(Track(lambda: estimator))
    for minute in range(61, 81):
        estimator.usd = 1e6 if minute < 70 else 5e6
        track.take(mark(60 * minute + 1, 100.0), at(60 * minute + 1))
    found = clusters(estimator.exposure(), 100.0)
    assert [one.age_s for one in track.foreseen(found)] == [600]
    estimator.usd = 5e8
    track.take(mark(4861, 100.0), at(4861))
    found = clusters(estimator.exposure(), 100.0)
    assert [one.age_s for one in track.foreseen(found)] == [0]


def test_it_goes_live_when_the_past_stops_coming() -> None:
    track = fed(past(60, 3601))
    for second in range(1, 20):
        track.take(mark(3601 + second, 100.0), at(3601 + second))
    assert not track.reading


def test_the_past_can_be_applied_while_nothing_comes() -> None:
    waiting, given = fed(past(60, 3601)), fed(past(60, 3601))
    assert not waiting.catch_up(), "it is still being collected"
    waiting.begin()
    shares = 0
    while waiting.catch_up():
        shares += 1
    assert shares > 0
    assert not waiting.reading
    one, other = waiting.estimator.exposure(), begun(given).estimator.exposure()
    assert one is not None
    assert other is not None
    assert one.long.sum() == other.long.sum() > 0


def test_the_map_does_not_wait_for_the_board_to_learn_the_past() -> None:
    class Board:
        learned: ClassVar[list[MarketEvent]] = []
        observed: ClassVar[list[MarketEvent]] = []

        def learn(self, event: MarketEvent) -> None:
            self.learned.append(event)

        def observe(self, event: MarketEvent) -> None:
            self.observed.append(event)

    track = Track(OiCandle, board=lambda _: cast("Scoreboard", Board()))
    events = past(200, 12_001)
    for event in events:
        track.take(event, at(12_001))
    track.begin()
    while track.reading:
        track.catch_up()
    assert not Board.learned
    live = [mark(12_001 + second, 100.0) for second in range(9)]
    track.take(live[0], at(12_001))
    assert 0 < len(Board.learned) < len(condensed(events))
    while track.catch_up():
        pass
    assert len(Board.learned) == len(condensed(events)) + 1
    assert Board.learned == sorted(Board.learned, key=lambda event: event.at)
    for event in live[1:]:
        track.take(event, event.seen)
    assert Board.observed == live[1:]


def test_without_a_past_it_goes_live_too() -> None:
    track = Track(OiCandle)
    for second in range(10):
        track.take(mark(second, 100.0), at(second))
    assert not track.reading


def test_a_past_that_comes_too_late_is_left_out_of_the_map() -> None:
    track = Track(OiCandle)
    for second in range(600):
        track.take(mark(second, 100.0), at(second))
    before = track.version
    track.take(candle(60, 50.0, low=1.0), at(600))
    exposure = track.estimator.exposure()
    assert exposure is not None
    assert exposure.grid.holds(100.0)
    assert track.version == before


def test_a_minute_without_data_is_no_column() -> None:
    track = Track(OiCandle)
    for second in (*range(70), *range(200, 270)):
        track.take(mark(second, 100.0), at(second))
    minutes = [range(START // MINUTE + m, START // MINUTE + m + 1) for m in range(4)]
    found = np.isnan(track.columns(minutes, 0, 4, (True, True))).all(axis=1).tolist()
    assert found == [False, False, True, False]


def test_a_longer_bar_covers_all_its_minutes_and_no_more() -> None:
    track = Track(OiCandle)
    for end in (600, 900, 1800):
        track.take(replace(candle(end, 100.0), interval_s=300), at(4000))
    begun(track)
    minutes = [range(START // MINUTE + m, START // MINUTE + m + 1) for m in range(9, 30)]
    known = ~np.isnan(track.columns(minutes, 0, 4, (True, True))).any(axis=1)
    expected = [9 <= m <= 14 or m >= 25 for m in range(9, 30)]
    assert known.tolist() == expected


def test_a_column_is_never_edited_later() -> None:
    track = fed(past(60, 3601))
    begun(track)
    exposure = track.estimator.exposure()
    assert exposure is not None
    wanted = ([range(START // MINUTE + 30, START // MINUTE + 31)], exposure.grid.first, 2048)
    before = track.columns(*wanted, (True, True)).copy()
    track.take(mark(3700, 60.0), at(3700))
    assert (track.columns(*wanted, (True, True)) == before).all()


def test_half_precision_keeps_three_digits() -> None:
    track = fed(past(60, 3601))
    begun(track)
    exposure = track.estimator.exposure()
    assert exposure is not None
    history = History(10)
    history.put(5, exposure)
    kept = history.column(5, exposure.grid.first, exposure.grid.size, (True, False))
    assert kept is not None
    now = present(exposure, exposure.grid.first, exposure.grid.size, (True, False))
    assert np.allclose(kept, now, rtol=2e-3, atol=1.0)
    assert history.column(6, 0, 4, (True, True)) is None
    assert history.column(15, 0, 4, (True, True)) is None
