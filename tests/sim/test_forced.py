"""What happens to those whose margin no longer suffices."""

import numpy as np
import pytest

from liqtui.sim.accounts import Accounts
from liqtui.sim.forced import Closed, Engine
from liqtui.sim.price import Quotes
from liqtui.sim.terms import Floats, Places
from tests.sim.test_terms import TERMS

ENTRY = 100.0


def standing(usd: float, leverage: float, sign: float = 1.0) -> tuple[Accounts, Places]:
    """Return a position in the linear contract against many small ones at 2x."""
    accounts = Accounts(TERMS)
    others = np.full(1000, 1e4)
    units = np.concatenate(([usd / ENTRY], others))
    signs = np.concatenate(([sign], np.full(1000, -sign)))
    margin = units * ENTRY / np.concatenate(([leverage], np.full(1000, 2.0)))
    rows = {"sign": signs, "units": units, "entry": np.full(1001, ENTRY), "margin": margin}
    slots = accounts.open(np.zeros(1001, np.intp), np.zeros(1001, np.intp), rows)
    more = units[1:].sum() - units[0]
    fill = {"sign": np.array([sign]), "units": np.array([more]), "entry": np.array([ENTRY])}
    accounts.open(at_once(), at_once(), fill | {"margin": np.array([more * ENTRY])})
    return accounts, slots[:1]


def at_once() -> Places:
    return np.zeros(1, np.intp)


def quotes(price: float, last: float | None = None) -> Quotes:
    both = np.full(2, price)
    lasts = np.full(2, price if last is None else last)
    return Quotes(price, lasts, both, both, both)


def liquidated(
    accounts: Accounts, dead: Places, price: float, last: float | None = None, fund: float = 1e9
) -> tuple[Engine, Closed]:
    engine = Engine(accounts, np.full(2, fund))
    before: Floats = np.full(2, ENTRY)
    return engine, engine.liquidate(dead, quotes(price, last), before, 1.0)


def test_a_small_position_is_closed_whole_at_its_trigger() -> None:
    accounts, dead = standing(1e5, 20.0)
    trigger = float(accounts.liq[dead][0])
    engine, closed = liquidated(accounts, dead, trigger * 0.999)
    assert closed.count == 1
    assert closed.units == pytest.approx(1000.0)
    assert closed.trigger == pytest.approx(trigger)
    assert closed.bankruptcy < closed.trigger
    assert closed.leverage == pytest.approx(20.0)
    assert not closed.deleveraged.any()
    assert accounts.sign[dead] == 0
    assert 0.9 < closed.when[0] <= 1.0
    assert engine.funds[0] != engine.funds[1]


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_large_position_is_cut_to_the_bracket_below(sign: float) -> None:
    accounts, dead = standing(8e6, 15.0, sign)
    price = float(accounts.liq[dead][0]) * (1 - sign * 0.001)
    was, margin = float(accounts.units[dead][0]), float(accounts.margin[dead][0])
    old = accounts.liq[dead].copy()
    _, closed = liquidated(accounts, dead, price)
    left = float(accounts.units[dead][0])
    assert 0 < left * price <= 5e6
    assert left * price == pytest.approx(5e6, rel=1e-3)
    assert closed.units[0] + left == pytest.approx(was)
    lost = sign * closed.units[0] * (closed.fill[0] - ENTRY)
    assert accounts.margin[dead] == pytest.approx(margin + lost)
    assert sign * (accounts.liq[dead] - old) < 0, "what is left stands further away"


def test_an_order_misses_the_price_on_the_bad_side_by_little() -> None:
    for sign in (1.0, -1.0):
        accounts, dead = standing(1e5, 20.0, sign)
        price = float(accounts.liq[dead][0])
        _, closed = liquidated(accounts, dead, price)
        assert 0 < sign * (price - closed.fill[0]) < 0.02 * price


def test_an_empty_fund_closes_the_best_of_the_other_side_instead() -> None:
    accounts, dead = standing(1e5, 20.0)
    rival = np.flatnonzero(accounts.sign < 0)[500:501]
    accounts.entry[rival] = 130.0
    long, short = accounts.long.copy(), accounts.short.copy()
    trigger = float(accounts.liq[dead][0])
    engine, closed = liquidated(accounts, dead, trigger, last=trigger * 0.9, fund=0.0)
    assert closed.deleveraged.all()
    assert closed.fill == pytest.approx(closed.bankruptcy)
    assert engine.funds[0] == 0.0
    assert long[0] - accounts.long[0] == pytest.approx(1000.0)
    assert short[0] - accounts.short[0] == pytest.approx(1000.0)
    assert accounts.units[rival] == pytest.approx(9000.0), "who gained most gives it up"


def test_a_fund_pays_what_a_margin_could_not() -> None:
    accounts, dead = standing(1e5, 20.0)
    trigger = float(accounts.liq[dead][0])
    engine, closed = liquidated(accounts, dead, trigger, last=trigger * 0.9)
    assert not closed.deleveraged.any()
    owed = 5000.0 + closed.units[0] * (closed.fill[0] - ENTRY)
    assert owed < 0
    assert engine.funds[0] - engine.funds[1] == pytest.approx(owed)


def test_who_is_gone_already_is_left_alone() -> None:
    accounts, dead = standing(1e5, 20.0)
    accounts.close(dead)
    _, closed = liquidated(accounts, dead, 50.0)
    assert closed.count == 0
