import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqtui.estimator.formulas import effective_rate, liquidation_distance
from liqtui.model.market import ContractKind, Side

LINEAR, INVERSE = ContractKind.LINEAR, ContractKind.INVERSE
leverages = st.floats(1.5, 100.0)
rates = st.floats(0.0, 0.004)


@given(leverages, rates, st.sampled_from(Side))
def test_at_the_trigger_linear_margin_is_the_maintenance(
    leverage: float, rate: float, side: Side
) -> None:
    s = 1 if side is Side.LONG else -1
    price = float(np.exp(liquidation_distance(LINEAR, side, leverage, rate)))
    equity = 1 / leverage + s * (price - 1)
    assert equity == pytest.approx(price * rate, abs=1e-9)


@given(leverages, rates, st.sampled_from(Side))
def test_at_the_trigger_inverse_margin_is_the_maintenance(
    leverage: float, rate: float, side: Side
) -> None:
    s = 1 if side is Side.LONG else -1
    price = float(np.exp(liquidation_distance(INVERSE, side, leverage, rate)))
    equity = 1 / leverage + s * (1 - 1 / price)
    assert equity == pytest.approx(rate / price, abs=1e-9)


@given(leverages, rates, st.sampled_from(ContractKind))
def test_longs_die_below_and_shorts_above(leverage: float, rate: float, kind: ContractKind) -> None:
    assert liquidation_distance(kind, Side.LONG, leverage, rate) < 0
    assert liquidation_distance(kind, Side.SHORT, leverage, rate) > 0


def test_documented_distances() -> None:
    assert liquidation_distance(LINEAR, Side.LONG, 10, 0.005) == pytest.approx(-0.1003, abs=1e-4)
    assert np.expm1(liquidation_distance(INVERSE, Side.LONG, 10, 0.0)) == pytest.approx(-1 / 11)


def test_one_no_price_liquidates() -> None:
    assert np.isneginf(liquidation_distance(LINEAR, Side.LONG, 1.0, 0.0))
    assert np.isposinf(liquidation_distance(INVERSE, Side.SHORT, 1.0, 0.0))


def test_effective_rate_is_continuous_over_a_schedule() -> None:
    tiers = [(0, 0.004, 0), (300e3, 0.005, 300), (800e3, 0.0065, 1500)]
    below, above = effective_rate([799_999.0, 800_001.0], tiers)
    assert below == pytest.approx(above, abs=1e-8)
    assert effective_rate(1000.0, tiers) == pytest.approx(0.004)
