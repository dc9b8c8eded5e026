"""Who trades, and how families differ."""

import numpy as np
import pytest
from numpy.random import default_rng

from liqtui.sim import families
from liqtui.sim.accounts import Accounts
from liqtui.sim.families import POOL, TRADERS
from liqtui.sim.terms import Terms
from liqtui.sim.traders import Crowd, Leaders
from tests.sim.test_world import CONTRACTS, START, world

TERMS = Terms.of(CONTRACTS)


def crowd(name: str = "mixed") -> Crowd:
    return Crowd(families.family(name), TERMS, 1.0, np.ones(len(CONTRACTS)), default_rng(1))


def leaders(kind: int, count: int = 4000) -> Leaders:
    """Return entries of one kind in the first contract, at 80,000."""
    same = np.full(count, 1.0)
    pit = np.zeros(count, np.intp)
    return Leaders(pit, pit + kind, same, same * 8e4, same * START, same * START + 3600)


@pytest.mark.parametrize("kind", range(len(TRADERS)), ids=[one.name for one in TRADERS])
def test_a_kind_s_sizes_and_leverages_are_its_own_and_what_the_exchange_allows(kind: int) -> None:
    trader = TRADERS[kind]
    pit, kinds, rows = crowd().draw(leaders(kind, 4000 // int(trader.wave)), 1.0)
    assert (kinds == kind).all()
    value = TERMS.value(pit, rows["units"], rows["entry"])
    leverage = value / rows["margin"]
    allowed = TERMS.leverages[pit, TERMS.bracket(pit, value * 0.999)]
    assert (leverage <= allowed * 1.01).all()
    if trader.spread > 0:
        assert np.median(value) == pytest.approx(trader.size, rel=0.15)
    assert 0.4 * trader.leverage < np.median(leverage) < 1.6 * trader.leverage


def test_stops_lie_between_entry_and_liquidation_and_alarms_too() -> None:
    accounts, drawn = Accounts(TERMS), crowd("stops")
    slots = accounts.open(*drawn.draw(leaders(5), 1.0))
    drawn.order(accounts, slots)
    stops = slots[~np.isnan(accounts.stop[slots])]
    assert len(stops) == pytest.approx(0.5 * len(slots), rel=0.1)
    for level in (accounts.stop[stops], accounts.alarm[stops]):
        known = ~np.isnan(accounts.liq[stops])
        assert (level[known] > accounts.liq[stops][known]).all()
        assert (level[known] < accounts.entry[stops][known]).all()


def test_those_who_copy_enter_as_one() -> None:
    kind = next(n for n, one in enumerate(TRADERS) if one.name == "copied")
    pit, _, rows = crowd().draw(leaders(kind, 20), 1.0)
    assert len(pit) > 20 * 15
    assert len(np.unique(rows["entry"])) == 1


def test_a_family_without_stops_and_shared_margin_has_none() -> None:
    accounts = world("tiers").accounts
    own = np.flatnonzero((accounts.sign != 0) & (accounts.kind < len(TRADERS)))
    assert np.isnan(accounts.stop[own]).all()
    assert np.isnan(accounts.take[own]).all()
    assert (accounts.elsewhere == 0).all()
    assert (world("contagion").accounts.elsewhere != 0).any()


def test_what_everyone_holds_adds_up_to_what_is_open() -> None:
    for family in families.FAMILIES:
        shares = family.column("share")
        assert 0.5 < shares.sum() < 1.0, "slow money holds the rest"
        assert family.traders[-1].share > 0
        assert shares[-1] == POOL.share == 0.0


def test_every_family_is_found_by_its_name() -> None:
    assert len({one.name for one in families.FAMILIES}) == len(families.FAMILIES)
    assert all(families.family(one.name) is one for one in families.FAMILIES)
