from collections.abc import Callable

import numpy as np
import pytest

from liqtui.estimator import Estimator
from liqtui.estimator.model import Model
from liqtui.estimator.oi_candle import OiCandle
from liqtui.estimator.picture import Painter
from liqtui.estimator.slices import Divisible, Part, Slices, tier_of
from liqtui.estimator.track import Track
from liqtui.model.events import MarketEvent
from liqtui.model.market import Side
from liqtui.model.view import TIERS, View
from liqtui.store.market import Market
from liqtui.store.rings import MINUTE
from tests.making import START, at, instrument, interest, mark

HERE = instrument(venue="toy", max_leverage=100)
THERE = instrument(venue="other", max_leverage=100)


def painted(estimator: Callable[[], Estimator], seconds: int = 1300) -> tuple[Painter, Track]:
    market, track = Market(), Track(estimator)
    for second in range(0, seconds, 10):
        events: list[MarketEvent] = []
        for of, growth in ((HERE, 1.0), (THERE, 3.0)):
            events += [mark(second, 100.0, of), interest(second, 1000.0 + growth * second, of)]
        for event in events:
            market.apply(event)
            track.take(event, at(second))
    return Painter(market.base("BTC"), track), track


def test_leverages_fall_into_the_nearest_class() -> None:
    assert [TIERS[n] for n in tier_of([1, 5, 8, 20, 30, 60, 90, 125])] == [
        5, 5, 10, 25, 25, 50, 100, 100,
    ]  # fmt: skip


@pytest.mark.parametrize("estimator", [OiCandle, Model])
def test_the_parts_sum_to_the_whole(estimator: Callable[[], Estimator]) -> None:
    _, track = painted(estimator)
    assert isinstance(track.estimator, Divisible)
    whole, parts = track.estimator.exposure(), track.estimator.parts()
    assert whole is not None
    assert set(parts) == {"toy", "other"}
    total = sum(each.sum(axis=0) for each in parts.values())
    assert np.allclose(total, np.stack((whole.long, whole.short)), rtol=1e-4, atol=1.0)


@pytest.mark.parametrize("estimator", [OiCandle, Model])
def test_a_map_of_venues_and_of_the_others_is_the_map(estimator: Callable[[], Estimator]) -> None:
    painter, _ = painted(estimator)
    views = [View(rows=60, bins_per_row=5, venues=frozenset(names)) for names in ((), ("toy",))]
    views.append(View(rows=60, bins_per_row=5, venues=frozenset({"other"})))
    whole, toy, other = (painter.paint(view, at(1299)) for view in views)
    assert whole is not None
    assert toy is not None
    assert other is not None
    assert 0 < toy.cells[:, -1].sum() < whole.cells[:, -1].sum()
    both = toy.cells[:, -1] + other.cells[:, -1]
    assert np.allclose(both, whole.cells[:, -1], rtol=1e-3, atol=2.0)


def test_a_filtered_past_is_kept_and_unknown_where_there_was_none() -> None:
    painter, _ = painted(OiCandle)
    view = View(columns=30, rows=60, bins_per_row=5, tiers=frozenset({25}))
    heat = painter.paint(view, at(1299))
    assert heat is not None
    known = ~np.isnan(heat.cells).any(axis=0)
    assert known.tolist() == [False] * 7 + [True] * 23
    assert np.nansum(heat.cells[:, -3]) > 0


def test_nearer_classes_stand_nearer() -> None:
    painter, _ = painted(Model)
    away = []
    for tier in (10, 100):
        view = View(rows=300, bins_per_row=2, tiers=frozenset({tier}), side=Side.LONG)
        heat = painter.paint(view, at(1299))
        assert heat is not None
        away.append(float((heat.long * (100.0 - heat.prices)).sum() / heat.long.sum()))
    assert away[0] > away[1]


def test_clusters_are_those_of_the_filter() -> None:
    painter, _ = painted(OiCandle)
    every = painter.clusters_in(View(), at(1299))
    shorts = painter.clusters_in(View(side=Side.SHORT, venues=frozenset({"toy"})), at(1299))
    assert {one.side for one in every} == {Side.LONG, Side.SHORT}
    assert {one.side for one in shorts} == {Side.SHORT}
    assert max(one.usd for one in shorts) < max(one.usd for one in every)


def test_one_map_is_kept_for_five_minutes_and_as_long_as_told() -> None:
    _, track = painted(OiCandle)
    exposure = track.estimator.exposure()
    assert exposure is not None
    assert isinstance(track.estimator, Divisible)
    slices, minute = Slices(10), START // MINUTE // 5 * 5
    slices.put(minute, exposure.grid, 100.0, track.estimator.parts())
    assert not slices.due(minute + 4)
    assert slices.due(minute + 5)
    assert slices.column(minute + 4, Part()) is not None
    assert slices.column(minute + 5, Part()) is None
    first, both = slices.column(minute, Part(venues=frozenset({"nobody"}))) or (0, np.ones(1))
    assert first < exposure.grid.index(100.0) + exposure.grid.first
    assert both.sum() == 0
