"""One coin's market: its books, its funding, and what scenarios do to it."""

import math

import numpy as np
import pytest
from numpy.random import default_rng

from liqtui.sim import coins, families
from liqtui.sim.price import Climate
from liqtui.sim.scenarios import CALM, scenario
from liqtui.sim.terms import Floats, summed
from liqtui.sim.wires import wires
from liqtui.sim.world import Step, World

START = 1_794_960_000.0
"""A whole day, so that funding is settled 8 hours later."""
CONTRACTS = [one for wire in wires() for one in wire.contracts if one.base == "BTC"]


def world(
    family: str = "mixed", seed: int = 1, now: float = START, shift: float = math.inf
) -> World:
    """Return Bitcoin's market as it begins."""
    weather, own = default_rng(seed).spawn(2)
    chosen = families.family(family)
    return World(coins.coin("BTC"), CONTRACTS, chosen, Climate(weather), own, now, shift)


def run(made: World, seconds: float, dt: float = 20.0) -> list[Step]:
    return [made.step(dt) for _ in range(round(seconds / dt))]


def held(made: World, sign: float) -> Floats:
    """Add up the units of one side, account by account."""
    accounts = made.accounts
    own = accounts.sign == sign
    return summed(accounts.pit[own], accounts.units[own], len(CONTRACTS))


@pytest.mark.parametrize("name", [one.name for one in families.FAMILIES])
def test_the_books_of_every_exchange_balance_at_every_instant(name: str) -> None:
    made = world(name)
    before = made.accounts.long
    made.switch(scenario("crash"))
    for number in range(45):
        step = made.step(30.0)
        long, short = held(made, 1.0), held(made, -1.0)
        assert long == pytest.approx(short, rel=1e-9), "longs equal shorts"
        assert step.interest == pytest.approx(long, rel=1e-9), "open interest is either side"
        moved = np.abs(step.interest - before)
        assert (moved <= step.volume + 1e-9 * before).all(), f"unexplained at {number}"
        assert (step.interest > 0).all()
        before = step.interest


def test_nobody_lives_beyond_his_liquidation_price() -> None:
    made = world()
    made.switch(scenario("cascade"))
    for step in run(made, 1200):
        accounts = made.accounts
        slots = np.flatnonzero((accounts.sign != 0) & (accounts.opened < step.now - 20))
        mark = step.quotes.mark[accounts.pit[slots]]
        alive = accounts.sign[slots] * (mark - accounts.liq[slots])
        # Slow money's are computed at leisure, who was cut is looked at in the next step.
        late = slots[alive < -0.001 * mark]
        assert len(late) <= step.closed.count


def test_what_is_liquidated_was_reached_by_the_mark() -> None:
    made = world()
    made.switch(scenario("cascade"))
    closed = [(one.closed, one.quotes.mark) for one in run(made, 1200) if one.closed.count]
    assert sum(one.count for one, _ in closed) > 100
    for one, mark in closed:
        assert (one.sign * (mark[one.pit] - one.trigger) <= 0).all()
        assert (one.units > 0).all()
        assert (one.leverage >= 1).all()
        assert ((one.when >= 0) & (one.when <= 1)).all()


def test_funding_moves_liquidation_prices_towards_who_pays() -> None:
    made = world(now=START + 8 * 3600 - 40)
    run(made, 20)
    accounts = made.accounts
    state = {name: getattr(accounts, name).copy() for name in ("sign", "units", "entry", "liq")}
    (step,) = run(made, 20)
    assert not np.isnan(step.settled).any()
    same = np.flatnonzero(
        (accounts.sign != 0)
        & (accounts.sign == state["sign"])
        & (accounts.units == state["units"])
        & (accounts.entry == state["entry"])
        & (accounts.opened < step.now - 60)
        & (accounts.alarm == accounts.alarm)
    )
    moved = accounts.liq[same] / state["liq"][same] - 1.0
    rate = step.settled[accounts.pit[same]]
    assert (rate > 0).all(), "interest alone is paid by longs"
    assert len(same) > 1000
    # Longs' come nearer and shorts' go away: both up, and by as much of the price as was paid.
    assert np.median(moved / rate) == pytest.approx(1.0, rel=0.3)
    assert (np.sign(moved) == np.sign(rate)).mean() > 0.99


def test_equal_seeds_make_equal_worlds() -> None:
    one, same, other = (run(world(seed=seed), 200)[-1] for seed in (3, 3, 4))
    assert (one.quotes.last == same.quotes.last).all()
    assert (one.interest == same.interest).all()
    assert (one.quotes.last != other.quotes.last).any()


def coins_of(steps: list[Step], sign: float) -> float:
    """Return what was liquidated of one side, in linear contracts, in coins."""
    linear = ~np.array([one.inverse for one in CONTRACTS])
    return sum(
        float(one.closed.units[(one.closed.sign == sign) & linear[one.closed.pit]].sum())
        for one in steps
    )


@pytest.mark.parametrize(("name", "sign"), [("squeeze", 1.0), ("cascade", -1.0)])
def test_a_squeeze_lifts_the_price_and_kills_shorts_a_cascade_the_reverse(
    name: str, sign: float
) -> None:
    made, quiet = world(), world()
    made.switch(scenario(name))
    before = made.price.quotes.index
    steps, calm = run(made, 1500), run(quiet, 1500)
    assert sign * np.log(made.price.quotes.index / before) > 0.02
    assert coins_of(steps, -sign) > 5 * coins_of(steps, sign)
    assert coins_of(steps, -sign) > 5 * coins_of(calm, -sign)


def dared(made: World) -> float:
    """Return the median leverage of what was opened in the last ten minutes of twenty."""
    run(made, 1200)
    accounts, kinds = made.accounts, len(made.family.traders)
    new = accounts.opened > made.now - 600
    new &= (accounts.sign != 0) & (accounts.kind < kinds)
    slots = np.flatnonzero(new)
    pit, units = accounts.pit[slots], accounts.units[slots]
    value = made.terms.value(pit, units, accounts.entry[slots])
    return float(np.median(value / accounts.margin[slots]))


def test_a_leverage_shift_changes_what_newcomers_dare() -> None:
    made = world()
    made.switch(scenario("leverage-shift"))
    assert dared(made) > 1.5 * dared(world())


def test_a_stop_hunt_reaches_the_cluster_it_looks_at() -> None:
    def lowest(name: str) -> float:
        made = world(seed=2)
        accounts, price = made.accounts, made.price.quotes.last
        longs = np.flatnonzero(accounts.sign > 0)[-20_000:]
        accounts.stop[longs] = 0.995 * price[accounts.pit[longs]]
        made.switch(scenario(name))
        return min(float((one.quotes.last / price).min()) for one in run(made, 3600))

    assert lowest("calm") > 0.995
    assert lowest("stop-hunt") < 0.995


def test_a_scenario_spares_whom_it_names() -> None:
    made = world()
    made.switch(scenario("alt"))
    assert made.scenario is CALM


def test_the_turning_point_changes_what_newcomers_dare() -> None:
    assert dared(world("shift", shift=START + 600)) > 1.5 * dared(world("shift"))
