import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqtui.estimator.grid import bucket
from liqtui.estimator.model import Model
from liqtui.estimator.oi_candle import OiCandle
from liqtui.estimator.picture import Painter, frame
from liqtui.estimator.slices import Divisible
from liqtui.estimator.track import Track
from liqtui.model.events import MarketEvent
from liqtui.model.market import Side
from liqtui.model.view import TIERS, View
from liqtui.store.market import Market
from tests.making import at, instrument, interest, liquidation, mark, trade


def painted(
    view: View, seconds: int = 1300, method: type[OiCandle] = OiCandle
) -> tuple[Painter, Market]:
    market, track = Market(), Track(method)
    for second in range(0, seconds, 10):
        pair: list[MarketEvent] = [mark(second, 100.0), interest(second, 1000.0 + second)]
        for event in pair:
            market.apply(event)
            track.take(event, at(second))
    return Painter(market.base("BTC"), track), market


def test_a_heatmap_has_the_shape_asked_for_and_cannot_be_changed() -> None:
    view = View(columns=30, rows=40, bins_per_row=10)
    heatmap = painted(view)[0].paint(view, at(1299))
    assert heatmap is not None
    assert heatmap.cells.shape == (40, 30)
    assert heatmap.prices.shape == heatmap.long.shape == (40,)
    assert (np.diff(heatmap.prices) < 0).all()
    assert np.diff(heatmap.times).tolist() == [60_000_000_000] * 29
    with pytest.raises(ValueError, match="read-only"):
        heatmap.cells[0, 0] = 1.0


def test_what_a_method_remarks_on_its_feeds_goes_with_its_map() -> None:
    class Remarking(OiCandle):
        def remark(self) -> str:
            return "open interest 120 s late"

    view = View(columns=30, rows=40, bins_per_row=10)
    for method, said in ((OiCandle, ""), (Remarking, "open interest 120 s late")):
        heatmap = painted(view, method=method)[0].paint(view, at(1299))
        assert heatmap is not None
        assert heatmap.remark == said


def test_columns_before_the_first_event_are_unknown_not_zero() -> None:
    view = View(columns=30, rows=40, bins_per_row=10)
    heatmap = painted(view)[0].paint(view, at(1299))
    assert heatmap is not None
    known = ~np.isnan(heatmap.cells).any(axis=0)
    assert known.tolist() == [False] * 7 + [True] * 23
    assert np.isnan(heatmap.trace[0])
    assert heatmap.trace[-1] == 100.0


def test_longs_stand_below_and_shorts_above_the_mark() -> None:
    view = View(columns=30, rows=40, bins_per_row=10)
    heatmap = painted(view)[0].paint(view, at(1299))
    assert heatmap is not None
    assert heatmap.long[heatmap.prices < 99].sum() > 0
    assert heatmap.long[heatmap.prices > 101].sum() == 0
    assert heatmap.short[heatmap.prices < 99].sum() == 0
    both = heatmap.cells[:, -1]
    assert both.sum() == pytest.approx(heatmap.long.sum() + heatmap.short.sum())


def test_a_side_can_be_left_out() -> None:
    view = View(columns=30, rows=40, bins_per_row=10, side=Side.SHORT)
    heatmap = painted(view)[0].paint(view, at(1299))
    assert heatmap is not None
    assert (
        heatmap.cells[heatmap.prices < 99].sum(where=~np.isnan(heatmap.cells[heatmap.prices < 99]))
        == 0
    )


def test_realised_liquidations_are_summed_per_cell() -> None:
    view = View(columns=30, rows=40, bins_per_row=10)
    painter, market = painted(view)
    for second, usd in ((1210, 500.0), (1215, 700.0)):
        market.base("BTC").liquidated(liquidation(second, 99.0, usd))
    market.base("BTC").liquidated(liquidation(1216, 99.0, 10.0, Side.SHORT))
    market.base("BTC").liquidated(liquidation(1217, 20.0, 9e9))
    heatmap = painter.paint(view, at(1299))
    assert heatmap is not None
    assert [(m.side, m.usd, m.column) for m in heatmap.marks] == [
        (Side.LONG, 1200.0, 28),
        (Side.SHORT, 10.0, 28),
    ]
    row = heatmap.marks[0].row
    assert heatmap.prices[row] == pytest.approx(99.0, rel=0.006)
    shorts = painter.paint(View(columns=30, rows=40, bins_per_row=10, side=Side.SHORT), at(1299))
    assert shorts is not None
    assert [mark.usd for mark in shorts.marks] == [10.0]
    theirs = liquidation(1218, 99.0, 70.0, of=instrument(venue="other"))
    market.base("BTC").liquidated(theirs)
    only = View(columns=30, rows=40, bins_per_row=10, venues=frozenset({"other"}))
    other = painter.paint(only, at(1299))
    assert other is not None
    assert [mark.usd for mark in other.marks] == [70.0]
    assert other.divisible == isinstance(OiCandle(), Divisible)
    assert shorts.long.sum() == 0


@pytest.mark.parametrize(("rows", "bins"), [(12, 7), (24, 3), (80, 1), (400, 1)])
def test_rows_left_to_the_height_show_about_eight_percent(rows: int, bins: int) -> None:
    assert frame(View(rows=rows), 100.0, at(0)).bins == bins


def test_before_any_price_there_is_no_heatmap() -> None:
    market = Market()
    assert Painter(market.base("BTC"), Track(OiCandle)).paint(View(), at(0)) is None


@given(st.floats(1e-6, 1e6), st.integers(4, 120), st.integers(1, 50))
def test_the_mark_is_always_in_the_middle_half(price: float, rows: int, bins: int) -> None:
    covered = frame(View(rows=rows, bins_per_row=bins), price, at(0))
    place = (bucket(price) - covered.first) / covered.size
    assert 0.2 <= place <= 0.8
    assert covered.first % bins == 0


def test_what_lies_on_the_way_is_summed_from_the_mark_and_beyond_the_view() -> None:
    near = View(columns=5, rows=40, bins_per_row=1, centre=90.0)
    wide = View(columns=5, rows=400, bins_per_row=1)
    painter = painted(wide)[0]
    heat, whole = painter.paint(near, at(1299)), painter.paint(wide, at(1299))
    assert heat is not None
    assert whole is not None
    below = whole.prices < 100.0
    for price, usd in zip(heat.prices.tolist(), heat.reach.tolist(), strict=True):
        passed = below & (whole.prices >= np.float32(price) * 0.9995)
        assert usd == pytest.approx(float(whole.long[passed].sum()), rel=1e-3)
    assert (np.diff(heat.reach) >= 0).all()
    assert whole.reach[whole.prices > 105.0].max() == pytest.approx(
        float(whole.short[whole.prices > 100.0].sum()), rel=0.05
    )
    assert whole.reach[np.argmin(np.abs(whole.prices - 100.0))] == 0
    shorts = painter.paint(View(columns=5, rows=40, side=Side.SHORT, centre=90.0), at(1299))
    assert shorts is not None
    assert shorts.reach.max() == 0


def test_clusters_are_told_their_classes_of_leverage_once_the_map_is_split() -> None:
    market, track = Market(), Track(Model)
    for second in range(0, 1300, 10):
        price = 100.0 * (1 + 0.001 * (second % 70) / 70)
        events: list[MarketEvent] = [mark(second, price), interest(second, 1000.0 + second)]
        for event in (*events, trade(second, price, 500.0)):
            market.apply(event)
            track.take(event, at(second))
    painter = Painter(market.base("BTC"), track)
    assert {one.tiers for one in painter.near()} == {()}
    painter.split(at(1300))
    found = painter.near()
    assert any(one.tiers for one in found)
    assert all(set(one.tiers) <= set(TIERS) for one in found)
