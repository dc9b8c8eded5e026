import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from liqtui.estimator.formulas import liquidation_distance
from liqtui.estimator.grid import Grid
from liqtui.estimator.oi_candle import LEVERAGES, OiCandle, tier_shares
from liqtui.model.events import MarketEvent
from liqtui.model.market import CandlePrice, ContractKind, Side
from tests.making import candle, instrument, interest, mark


def grown(price: float = 100.0, quantity: float = 50.0) -> OiCandle:
    """Open interest grows from 1000 by ``quantity`` while the mark stands at ``price``."""
    estimator = OiCandle()
    for event in (mark(0, price), interest(1, 1000.0), mark(301, price)):
        estimator.update(event)
    estimator.update(interest(400, 1000.0 + quantity))
    estimator.update(mark(601, price))
    return estimator


def test_growth_stands_on_both_sides_at_its_full_size() -> None:
    exposure = grown().exposure()
    assert exposure is not None
    for side, values in ((Side.LONG, exposure.long), (Side.SHORT, exposure.short)):
        assert (values / exposure.grid.prices).sum() == pytest.approx(50.0)
        where = np.exp(liquidation_distance(ContractKind.LINEAR, side, LEVERAGES, 0.005)) * 100
        for price, share in zip(where, tier_shares(None), strict=True):
            index = exposure.grid.index(float(price))
            assert values[index] == pytest.approx(50 * share * exposure.grid.prices[index])


def test_a_level_stays_where_it_is_until_the_mark_crosses_it() -> None:
    estimator = grown()
    before = estimator.exposure()
    assert before is not None
    estimator.update(mark(700, 99.7))
    after = estimator.exposure()
    assert after is not None
    assert after.long.sum() == before.long.sum()
    estimator.update(mark(701, 95.0))
    crossed = estimator.exposure()
    assert crossed is not None
    floor = crossed.grid.index(95.0)
    assert not crossed.long[floor:].any()
    assert (crossed.long[:floor] == before.long[:floor]).all()
    assert crossed.short.sum() == pytest.approx(before.short.sum())


def test_a_wick_of_the_mark_clears_too_and_one_of_the_last_price_alone_does_not() -> None:
    estimator = grown()
    wick = candle(760, 100.0, low=89.0, high=100.0)
    estimator.update(wick)
    exposure = estimator.exposure()
    assert exposure is not None
    assert exposure.long[exposure.grid.index(89.0) :].any()
    estimator.update(replace(wick, price=CandlePrice.MARK))
    exposure = estimator.exposure()
    assert exposure is not None
    assert not exposure.long[exposure.grid.index(89.0) :].any()


def test_falling_open_interest_adds_nothing_and_the_next_growth_counts_from_there() -> None:
    estimator = grown(quantity=-50.0)
    exposure = estimator.exposure()
    assert exposure is not None
    assert not exposure.long.any()
    assert estimator.warming()
    estimator.update(interest(700, 980.0))
    estimator.update(mark(901, 100.0))
    exposure = estimator.exposure()
    assert exposure is not None
    assert (exposure.long / exposure.grid.prices).sum() == pytest.approx(30.0)
    assert estimator.warming() == ""


def test_no_tier_above_the_instruments_highest_leverage() -> None:
    assert tier_shares(20.0).tolist()[2:] == [0.0, 0.0, 0.0]
    assert tier_shares(20.0).sum() == pytest.approx(1.0)
    assert tier_shares(2.0).tolist() == [1.0, 0.0, 0.0, 0.0, 0.0]


def test_it_says_what_it_waits_for() -> None:
    estimator = OiCandle()
    assert estimator.exposure() is None
    assert estimator.warming() == "no price yet"
    estimator.update(mark(0, 1.0))
    assert estimator.warming() == "no open interest yet"


def test_the_window_follows_a_price_that_runs_away() -> None:
    estimator = grown()
    for step, price in enumerate((150.0, 250.0, 400.0, 700.0)):
        estimator.update(mark(700 + step, price))
    exposure = estimator.exposure()
    assert exposure is not None
    assert exposure.grid.holds(700.0)
    assert isinstance(exposure.grid, Grid)


events = st.lists(
    st.tuples(st.integers(1, 400), st.floats(1.0, 1e4), st.floats(0.0, 1e9), st.booleans()),
    max_size=60,
)


@given(events)
def test_no_market_makes_it_lie_in_nan_or_negatives(
    steps: list[tuple[int, float, float, bool]],
) -> None:
    estimator, now = OiCandle(), 0
    inverse = instrument(venue="other", kind=ContractKind.INVERSE, max_leverage=50.0)
    for seconds, price, quantity, other in steps:
        now += seconds
        of = inverse if other else instrument()
        batch: list[MarketEvent] = [mark(now, price, of), interest(now, quantity, of)]
        for event in batch:
            estimator.update(event)
    exposure = estimator.exposure()
    if exposure is not None:
        for values in (exposure.long, exposure.short):
            assert np.isfinite(values).all()
            assert (values >= 0).all()
