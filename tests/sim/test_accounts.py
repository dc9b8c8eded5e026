"""The columns in which positions stand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqtui.sim.accounts import Accounts
from liqtui.sim.terms import Places
from tests.sim.test_terms import TERMS


def opened(accounts: Accounts, units: list[float], sign: float = 1.0) -> Places:
    """Open positions at 100 with a tenth of their value, in the linear contract."""
    held = np.array(units)
    count = len(held)
    return accounts.open(
        np.zeros(count, np.intp),
        np.zeros(count, np.intp),
        {
            "sign": np.full(count, sign),
            "units": held,
            "entry": np.full(count, 100.0),
            "margin": held * 10.0,
        },
    )


@given(st.lists(st.tuples(st.integers(0, 5), st.floats(0.01, 1.0)), max_size=20))
def test_what_is_held_is_counted_whatever_is_closed(closings: list[tuple[int, float]]) -> None:
    accounts = Accounts(TERMS)
    longs = opened(accounts, [1.0, 2.0, 3.0])
    slots = np.concatenate((longs, opened(accounts, [4.0, 5.0, 6.0], -1.0)))
    for number, part in closings:
        slot = slots[number : number + 1]
        if accounts.sign[slot][0]:
            accounts.close(slot, accounts.units[slot] * part)
    for side, counted in ((1.0, accounts.long), (-1.0, accounts.short)):
        held = accounts.units[accounts.sign == side].sum()
        assert counted[0] == pytest.approx(held, abs=1e-9)
        assert counted[1] == 0


def test_closing_a_part_keeps_the_liquidation_price_of_the_rest() -> None:
    accounts = Accounts(TERMS)
    slots = opened(accounts, [2.0])
    before = accounts.liq[slots].copy()
    accounts.close(slots, np.array([0.5]))
    accounts.margin_again(slots)
    assert accounts.liq[slots] == pytest.approx(before)
    assert accounts.margin[slots] == pytest.approx(15.0)


def test_what_is_less_than_half_a_lot_is_nothing() -> None:
    accounts = Accounts(TERMS)
    slots = opened(accounts, [2.0])
    accounts.close(slots, np.array([1.9998]))
    assert accounts.sign[slots] == 0
    assert accounts.long[0] == pytest.approx(0.0, abs=1e-12)
    assert np.isnan(accounts.liq[slots]).all()


def test_a_slot_is_given_away_again_only_after_recycling() -> None:
    accounts = Accounts(TERMS)
    gone = opened(accounts, [1.0])
    accounts.close(gone)
    assert gone[0] not in opened(accounts, [1.0] * 4000)
    accounts.recycle()
    assert gone[0] in opened(accounts, [1.0] * 4000)


def test_packing_keeps_what_stands_and_what_is_reserved() -> None:
    accounts = Accounts(TERMS, reserved=3)
    slots = opened(accounts, [1.0, 2.0, 3.0])
    accounts.close(slots[:1])
    long = accounts.long.copy()
    accounts.pack()
    assert len(accounts.sign) == 5
    assert accounts.units.tolist() == [0.0, 0.0, 0.0, 2.0, 3.0]
    accounts.recycle()
    assert accounts.long == pytest.approx(long)
    assert len(opened(accounts, [1.0])) == 1


def test_adding_margins_the_new_units_like_the_old() -> None:
    accounts = Accounts(TERMS)
    slots = opened(accounts, [1.0])
    accounts.add(slots, np.array([1.0]), np.array([90.0]))
    assert accounts.entry[slots] == pytest.approx(95.0)
    assert accounts.margin[slots] == pytest.approx(19.0)
    assert accounts.long[0] == pytest.approx(2.0)
