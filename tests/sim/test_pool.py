"""Slow money, which takes the other side."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.random import default_rng

from liqtui.sim.accounts import Accounts
from liqtui.sim.orders import Orders, taken
from liqtui.sim.pool import SIZE, Pool
from tests.sim.test_terms import TERMS

PRICE = np.array([100.0, 100.0])
amounts = st.lists(st.tuples(st.integers(-500, 500), st.integers(-500, 500)), max_size=12)


@given(amounts)
@example([(0, 1), (0, 2), (0, -2)])
def test_it_holds_what_it_bought_all_of_it_on_one_side(bought: list[tuple[int, int]]) -> None:
    accounts = Accounts(TERMS, 2 * SIZE)
    pool = Pool(accounts, 0, default_rng(1))
    total = np.zeros(2)
    for now, (linear, inverse) in enumerate(bought):
        units = np.array([linear, inverse * 100.0])
        pool.trade(units, PRICE, float(now))
        total += units
        assert pool.net == pytest.approx(total, abs=1e-6)
        for pit in range(2):
            signs = set(accounts.sign[pit * SIZE : (pit + 1) * SIZE].tolist()) - {0.0}
            assert len(signs) <= 1, "what it held against the flow was closed first"
    assert accounts.long - accounts.short == pytest.approx(total, abs=1e-6)


def test_it_is_hard_to_liquidate_and_no_slot_of_it_is_given_away() -> None:
    accounts = Accounts(TERMS, 2 * SIZE)
    pool = Pool(accounts, 0, default_rng(1))
    for now in range(50):
        pool.trade(np.array([10.0, 1000.0]), PRICE, float(now))
    pool.margin_again()
    own = pool.slots[accounts.sign[pool.slots] != 0]
    known = own[~np.isnan(accounts.liq[own])]
    assert (accounts.liq[known] < 90.0).all()
    pool.trade(-pool.net, PRICE, 51.0)
    accounts.recycle()
    assert (accounts.sign == 0).all()
    rows = {"sign": np.ones(2), "units": np.ones(2), "entry": PRICE, "margin": PRICE}
    others = accounts.open(np.zeros(2, np.intp), np.zeros(2, np.intp), rows)
    assert not set(others.tolist()) & set(pool.slots.tolist())


def test_orders_add_up_by_contract_and_side() -> None:
    orders = Orders(2)
    assert orders.net().tolist() == [0.0, 0.0]
    orders.add(np.array([0, 1, 0]), np.array([2.0, 3.0, -5.0]))
    orders.add(np.zeros(0, np.intp), np.zeros(0))
    orders.add(np.array([1]), np.array([-1.0]))
    assert orders.net().tolist() == [-3.0, 2.0]
    bought, sold = taken(*orders.joined(), 2)
    assert (bought.tolist(), sold.tolist()) == ([2.0, 3.0], [5.0, 1.0])
