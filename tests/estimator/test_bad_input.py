"""Whatever the feeds say, every number that leaves the estimator is one, and the same again."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct, structs

from liqtui.estimator import Exposure
from liqtui.estimator.calibration import Calibrated
from liqtui.estimator.clusters import clusters
from liqtui.estimator.lag import NS, Lag
from liqtui.estimator.methods import expecting
from liqtui.estimator.model import Model
from liqtui.estimator.score.board import Scoreboard
from liqtui.model.events import MarketEvent
from liqtui.model.market import ContractKind, Coverage, Side, Tier, Unit
from tests.making import BTC, candle, funding, instrument, interest, liquidation, mark, trade

Ran = tuple[list[bytes], Exposure | None, Exposure | None]
MARKETS = (
    BTC,
    instrument(venue="bare", coverage=Coverage.NONE, tiers=()),
    instrument(venue="sampled", coverage=Coverage.SAMPLED, tiers=(Tier(0.0, 0.4, 2.0, 0.0),)),
    instrument(
        symbol="BTCUSD", kind=ContractKind.INVERSE, contract_unit=Unit.QUOTE, market="inverse"
    ),
)
seconds = st.one_of(st.integers(0, 7200), st.integers(-100_000, 10_000_000))
prices = st.one_of(st.floats(90.0, 110.0), st.floats(1e-6, 1e7))
amounts = st.one_of(st.floats(0.0, 1e6), st.floats(0.0, 1e15))
market = st.sampled_from(MARKETS)
events = st.one_of(
    st.builds(mark, seconds, prices, market),
    st.builds(lambda s, q, of: interest(s, q, of), seconds, amounts, market),
    st.builds(lambda s, p, q, of: trade(s, p, q, of), seconds, prices, amounts, market),
    st.builds(
        lambda s, p, u, side, of: liquidation(s, p, u, side, of),
        seconds, prices, amounts, st.sampled_from(Side), market,
    ),
    st.builds(lambda s, r, of: funding(s, r, of=of), seconds, st.floats(-0.05, 0.05), market),
    st.builds(
        lambda s, p, q, of, late: candle(s, p, min(p, q), max(p, q), of, seen=s + late),
        seconds, prices, prices, market, st.sampled_from((0.0, 1e5)),
    ),
)  # fmt: skip


def finite(value: object) -> bool:
    """Tell whether every number in a structure is one."""
    if isinstance(value, np.ndarray):
        return bool(np.isfinite(value).all())
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, tuple):
        return all(map(finite, value))
    if isinstance(value, Struct):
        return all(map(finite, structs.astuple(value)))
    return True


def run(given_: list[MarketEvent]) -> Ran:
    """Return the ledger, what stands and what is expected to fire."""
    model, ledger = Model(), list[bytes]()
    fire = expecting(model)
    assert isinstance(fire, Calibrated)
    board = Scoreboard("BTC", (), (model, fire), write=ledger.append)
    for event in given_:
        board.observe(event)
        fire.update(event)
    return ledger, model.exposure(), fire.exposure()


def shifting(lag: Lag, _change: float, moment: int) -> bool:
    """Believe another lag at each reading."""
    lag.late = moment // NS % 4 * 60 * NS
    return True


@settings(max_examples=30, deadline=None)
@given(st.lists(events, max_size=40))
def test_no_nan_leaves_and_the_same_events_say_the_same(given_: list[MarketEvent]) -> None:
    sound(run(given_), run(given_))


@settings(max_examples=30, deadline=None)
@given(st.lists(events, max_size=40))
def test_nor_where_open_interest_is_late(given_: list[MarketEvent]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Lag, "reading", shifting)
        sound(run(given_), run(given_))


def sound(first: Ran, second: Ran) -> None:
    """Check that two runs say the same, and nothing that is no number."""
    assert first[0] == second[0]
    for one, other in zip(first[1:], second[1:], strict=True):
        assert isinstance(one, Exposure) == isinstance(other, Exposure)
        if not isinstance(one, Exposure) or not isinstance(other, Exposure):
            continue
        assert finite(one)
        assert (one.long == other.long).all()
        assert (one.short >= 0).all()
        assert finite(clusters(one, 100.0))
