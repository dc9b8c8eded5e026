"""What an exchange's rules make of a position, against the formulas of docs/estimator.md 2.1."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqtui.model.market import ContractKind
from liqtui.sim.terms import Floats, Places, Terms
from liqtui.sim.wire import Contract, schedule

TIERS = schedule((0, 0.005, 100), (1e6, 0.01, 50), (5e6, 0.025, 20))
FEE = 0.0005
LINEAR = Contract(venue="x", market="usdm", symbol="L", base="BTC", tick="0.1", lot="0.001",
                  tiers=TIERS, trigger_fee=FEE)  # fmt: skip
INVERSE = Contract(venue="x", market="coinm", symbol="I", base="BTC", tick="0.1", size=100.0,
                   kind=ContractKind.INVERSE, tiers=TIERS, trigger_fee=FEE)  # fmt: skip
TERMS = Terms.of((LINEAR, INVERSE))

pits = st.sampled_from((0, 1))
signs = st.sampled_from((1.0, -1.0))
prices = st.floats(1e-3, 1e6)
worth = st.floats(100.0, 5e7)
leverages = st.floats(1.5, 40.0)
higher = st.floats(3.0, 40.0)
"""Below, a long at the bottom of a bracket may lose so much that this bracket asks nothing."""


def one(value: float) -> Floats:
    return np.array([value])


def at(pit: int) -> Places:
    return np.array([pit])


def fresh(pit: int, entry: float, usd: float, leverage: float) -> tuple[Floats, Floats]:
    """Return the units and the margin of a new isolated position."""
    units = one(usd if pit else usd / entry)
    return units, TERMS.value(at(pit), units, one(entry)) / leverage


@given(pits, signs, prices, worth, leverages)
def test_at_its_liquidation_price_a_margin_is_what_maintenance_asks(
    pit: int, sign: float, entry: float, usd: float, leverage: float
) -> None:
    units, margin = fresh(pit, entry, usd, leverage)
    liq = TERMS.liquidation(at(pit), one(sign), units, one(entry), margin)
    if np.isnan(liq[0]):  # a short in coins with more coins than it can ever lose
        assert pit == 1
        assert sign < 0
        return
    bracket = TERMS.bracket(at(pit), TERMS.usd(at(pit), units, one(entry)))
    spared = TERMS.deductions[pit, bracket] / (liq if pit else 1.0)
    rate = TERMS.rates[pit, bracket] + FEE
    left = margin + TERMS.gains(at(pit), one(sign), units, one(entry), liq)
    needed = TERMS.value(at(pit), units, liq) * rate - spared
    assert left[0] == pytest.approx(needed[0], rel=1e-6, abs=1e-9 * margin[0])


@given(signs, prices, leverages)
def test_small_isolated_positions_have_the_textbook_price(
    sign: float, entry: float, leverage: float
) -> None:
    rate = 0.005 + FEE
    for pit, wanted in (
        (0, entry * (1 - sign / leverage) / (1 - sign * rate)),
        (1, entry * (1 + sign * rate) / (1 + sign / leverage)),
    ):
        units, margin = fresh(pit, entry, 1000.0, leverage)
        liq = TERMS.liquidation(at(pit), one(sign), units, one(entry), margin)
        assert liq[0] == pytest.approx(wanted, rel=1e-9)


@given(pits, signs, prices, worth, higher)
def test_the_trigger_comes_before_bankruptcy_and_both_are_on_the_bad_side(
    pit: int, sign: float, entry: float, usd: float, leverage: float
) -> None:
    units, margin = fresh(pit, entry, usd, leverage)
    row = at(pit), one(sign), units, one(entry), margin
    liq, broke = TERMS.liquidation(*row)[0], TERMS.bankruptcy(*row)[0]
    assert not sign * (broke - liq) > 0
    assert not sign * (broke - entry) > 0


@given(pits, signs, prices, worth, leverages, st.floats(1.01, 3.0))
def test_more_margin_never_brings_liquidation_nearer(
    pit: int, sign: float, entry: float, usd: float, leverage: float, factor: float
) -> None:
    units, margin = fresh(pit, entry, usd, leverage)
    rows = at(pit), one(sign), units, one(entry)
    before, after = TERMS.liquidation(*rows, margin), TERMS.liquidation(*rows, margin * factor)
    assert np.isnan(after[0]) or sign * (after[0] - before[0]) < 0


def test_who_owes_nothing_is_never_liquidated() -> None:
    units, margin = fresh(0, 100.0, 1000.0, 1.0)
    assert np.isnan(TERMS.liquidation(at(0), one(1.0), units, one(100.0), margin * 1.01)).all()
    units, margin = fresh(1, 100.0, 1000.0, 0.9)
    assert np.isnan(TERMS.liquidation(at(1), one(-1.0), units, one(100.0), margin)).all()


@given(pits, prices, worth)
def test_units_are_whole_lots_and_at_least_one(pit: int, price: float, usd: float) -> None:
    units = TERMS.units(at(pit), one(usd), one(price))[0]
    lots = units / TERMS.lot[pit]
    assert lots == pytest.approx(round(lots))
    assert lots >= 1
    assert TERMS.whole(at(pit), one(units))[0] == pytest.approx(units)


@given(pits, worth, prices, worth, st.floats(0.5, 2.0))
def test_adding_at_another_price_gains_and_loses_nothing(
    pit: int, held: float, entry: float, more: float, move: float
) -> None:
    price, row, units = one(entry * move), at(pit), one(held)
    mean = TERMS.averaged(row, units, one(entry), one(more), price)
    assert min(1.0, move) * 0.999 <= mean[0] / entry <= max(1.0, move) * 1.001
    apart = TERMS.gains(row, one(1.0), units, one(entry), price)
    together = TERMS.gains(row, one(1.0), units + more, mean, price)
    scale = TERMS.value(row, units + more, one(entry))[0]
    assert together[0] == pytest.approx(apart[0], abs=1e-9 * scale)


def test_brackets_begin_at_their_floors() -> None:
    usd = np.array([0.0, 999_999.0, 1e6, 5e6, 1e12])
    assert TERMS.bracket(np.zeros(5, np.intp), usd).tolist() == [0, 0, 1, 2, 2]
