import numpy as np
import pytest
from msgspec.structs import replace

from liqtui.estimator import Exposure
from liqtui.estimator.grid import Grid, bucket
from liqtui.estimator.path import NEAR, REACH, Path, cut, distance
from liqtui.model.events import MarketEvent
from liqtui.model.market import Side
from tests.making import START, at, candle, instrument, interest, liquidation, mark, trade

HOUR = 3_600_000_000_000


def taken(*events: MarketEvent) -> Path:
    path = Path(HOUR)
    for event in events:
        path.take(event, event.at)
    return path


def test_only_new_ground_far_enough_from_the_price_counts() -> None:
    path = taken(mark(1, 100.0), mark(70, 98.0), mark(130, 100.5))
    longs, shorts = path.window(START, 100.0, at(180))
    assert longs.first == bucket(98.0)
    assert longs.first + longs.size - 1 == bucket(100.0) - NEAR
    assert shorts.size == bucket(100.5) - bucket(100.0) - NEAR + 1
    assert (distance(longs, 100.0) > 0.003).all()


def test_a_liquidation_lies_where_the_mark_was_not_at_its_printed_price() -> None:
    path = taken(
        mark(1, 100.0),
        mark(59, 98.0),
        mark(60, 98.0),
        liquidation(61, 97.0, 500.0),
        liquidation(62, 97.0, 300.0, Side.SHORT),
    )
    longs, shorts = path.window(START, 100.0, at(120))
    assert longs.spans.T.tolist() == [[0, 1]]
    assert longs.usd[0] == 500.0
    assert longs.usd.sum() == 500.0
    assert shorts.size == 0


def test_a_liquidation_lies_anywhere_between_two_marks() -> None:
    path = taken(mark(1, 100.0), mark(59, 99.0), mark(60, 98.0), liquidation(60, 97.0, 500.0))
    longs, _ = path.window(START, 100.0, at(120))
    low, high = longs.spans[:, 0].tolist()
    assert (low, high) == (0, bucket(99.0) - bucket(98.0))
    assert longs.usd == pytest.approx([500.0 / high] * high + [0.0] * (longs.size - high))
    assert longs.mean(np.arange(longs.size, dtype=float)) == pytest.approx([(high - 1) / 2])


def test_what_fires_before_the_next_mark_lies_on_the_way_there() -> None:
    path = taken(mark(1, 100.0), mark(59, 99.0), liquidation(61, 97.0, 500.0), mark(69, 98.0))
    longs, _ = path.window(START, 100.0, at(120))
    assert longs.spans[:, 0].tolist() == [0, bucket(99.0) - bucket(98.0) + 1]
    assert path.window(START, 100.0, at(60))[0].usd.sum() == 0.0


def test_of_a_span_that_begins_on_old_ground_a_part_counts() -> None:
    path = taken(mark(1, 100.0), mark(60, 99.0), liquidation(60, 97.0, 1000.0))
    longs, _ = path.window(START, 100.0, at(120))
    crossed = bucket(100.0) - bucket(99.0)
    assert longs.events == pytest.approx((crossed - NEAR + 1) / crossed)


def test_ground_further_away_than_maps_are_kept_is_not_judged() -> None:
    path = taken(mark(1, 100.0), mark(61, 70.0))
    longs, _ = path.window(START, 100.0, at(120))
    assert longs.size == REACH - NEAR + 1


def test_a_window_ends() -> None:
    path = taken(mark(1, 100.0), mark(61, 99.0), mark(121, 97.0), liquidation(122, 97.0))
    longs, _ = path.window(START, 100.0, at(120))
    assert longs.first == bucket(99.0)
    assert not longs.usd.any()
    assert path.window(at(120), 99.0, at(180))[0].usd.sum() > 700.0


def test_a_bar_counts_to_the_minutes_it_ends_and_its_wick_is_crossed() -> None:
    path = taken(candle(60, 100.0), candle(120, 100.0, low=96.0), liquidation(110, 96.0))
    longs, _ = path.window(at(60), 100.0, at(120))
    assert longs.first == bucket(96.0)
    assert longs.usd.sum() == 1000.0


def test_the_path_is_of_all_marks_by_their_open_interest() -> None:
    other = instrument(venue="other")
    path = taken(
        mark(1, 100.0),
        mark(1, 104.0, other),
        interest(2, 300.0),
        interest(2, 100.0, other),
        mark(61, 100.0),
    )
    assert path.price == pytest.approx((300 * 100 + 100 * 104) / 400)


def test_it_keeps_no_more_than_it_was_told_to() -> None:
    path = taken(*(mark(60 * minute, 100.0 - minute) for minute in range(70)))
    assert path.window(START, 100.0, at(60 * 5))[0].size == 0


def test_one_giant_does_not_outweigh_the_rest() -> None:
    small = [liquidation(2 + i / 100, 98.0, 100.0) for i in range(200)]
    path = taken(mark(1, 98.0), *small, liquidation(5, 98.0, 1e9))
    longs, _ = path.window(START, 100.0, at(60))
    assert longs.usd.sum() == pytest.approx(1e9 + 20_000)
    assert longs.counted[2].sum() < 21_000


def test_volume_is_what_was_traded_within() -> None:
    path = taken(mark(1, 100.0), trade(2, 100.0, 3.0), trade(61, 100.0, 4.0))
    assert path.volume(START, at(60)) == 3.0


def test_a_cut_holds_what_is_near_the_price_and_nothing_beyond() -> None:
    grid = Grid.around(100.0)
    long, short = np.arange(grid.size, dtype=float), np.zeros(grid.size)
    kept = cut(Exposure(grid, long, short), 110.0, 5)
    j = bucket(110.0)
    assert kept.over(j, j + 2)[0].tolist() == [grid.index(110.0), grid.index(110.0) + 1]
    assert kept.over(0, 3).tolist() == [[0.0] * 3] * 2
    assert replace(kept, at=6).at == 6
