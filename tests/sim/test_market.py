"""What holds for the simulated market whatever happens in it."""

import math
from itertools import pairwise

import numpy as np
import pytest

from liqtui.model.market import Side, Taker
from liqtui.sim import coins
from liqtui.sim.families import MIXED
from liqtui.sim.market import Market, Moment, Stall
from liqtui.sim.scenarios import CALM, Scenario, Shock
from liqtui.sim.wire import SECOND
from liqtui.sim.wires import wires

START = 1_790_000_040
FALL = Scenario(name="fall", about="", shocks=(Shock(at=0.0, move=-0.05, seconds=600.0),))


def market(seed: int = 1) -> Market:
    """Return Bitcoin's market on all exchanges, an hour old."""
    contracts = [one for wire in wires() for one in wire.contracts if one.base == "BTC"]
    made = Market(contracts, seed, START)
    made.advance("BTC", (START + 3600) * SECOND, 30.0)
    return made


def stepped(made: Market, steps: int = 60) -> list[Moment]:
    return [made.step(10.0) for _ in range(steps)]


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("scenario", [CALM, FALL])
def test_every_long_has_its_short_at_every_instant(seed: int, scenario: Scenario) -> None:
    made = market(seed)
    made.switch(scenario)
    for _ in range(30):
        made.step(10.0)
        truth = made.truth("BTC")
        assert truth.long_oi == pytest.approx(truth.short_oi, rel=1e-9)
        assert truth.long_oi > 0


def test_the_truth_lies_on_the_right_side_and_within_what_is_open() -> None:
    made = market()
    stepped(made, 5)
    truth = made.truth("BTC")
    assert (truth.long[:, 0] < truth.price * 1.01).all()
    assert (truth.short[:, 0] > truth.price * 0.99).all()
    assert 0 < truth.long[:, 1].sum() <= truth.long_oi
    assert np.isfinite(truth.short).all()


def test_a_fall_kills_longs_and_tells_of_each() -> None:
    made = market()
    made.switch(FALL)
    dead = [one for moment in stepped(made) for one in moment.liquidated]
    longs = sum(one.quantity for one in dead if one.side is Side.LONG)
    assert longs > 3 * sum(one.quantity for one in dead if one.side is Side.SHORT)
    for one in dead:
        assert one.quantity > 0
        assert one.fill > 0
        assert one.bankruptcy > 0


def test_open_interest_moves_no_more_than_was_traded() -> None:
    made = market()
    before = {one.contract: one.interest.quantity for one in made.tickers()}
    moment = made.step(10.0)
    for ticker in made.tickers():
        traded = sum(t.quantity for t in moment.traded if t.contract == ticker.contract)
        moved = abs(ticker.interest.quantity - before[ticker.contract])
        # What an inverse contract's USD are worth in coins moves with the price as well.
        worth = before[ticker.contract] * 0.01 if ticker.contract.inverse else 0.0
        assert moved <= traded + worth + 1e-6 * before[ticker.contract]


def test_equal_seeds_make_equal_markets_and_others_do_not() -> None:
    one, same, other = (stepped(market(seed), 3) for seed in (1, 1, 2))
    assert one == same
    assert one != other


def test_a_coin_does_not_depend_on_which_others_there_are() -> None:
    def alone(*bases: str) -> list[Moment]:
        listed = [one for wire in wires() for one in wire.contracts if one.base in bases]
        found = stepped(Market(listed, 1, START), 4)
        return [
            Moment(
                one.at,
                tuple(trade for trade in one.traded if trade.contract.base == "PEPE"),
                tuple(dead for dead in one.liquidated if dead.contract.base == "PEPE"),
            )
            for one in found
        ]

    one, both = alone("PEPE"), alone("PEPE", "SOL")
    for own, among in zip(one, both, strict=True):
        assert [(t.price, t.quantity) for t in own.traded] == [
            (t.price, t.quantity) for t in among.traded
        ]
        assert own.liquidated == among.liquidated
    assert any(own.traded for own in one)


def test_the_truth_counts_every_account_that_can_be_liquidated() -> None:
    listed = tuple(one for wire in wires() for one in wire.contracts if one.base == "BTC")
    stall = Stall(coins.coin("BTC"), listed, 1, MIXED, START, math.inf)
    truth, accounts, terms = stall.truth(), stall.world.accounts, stall.world.terms
    for sign, told in ((1.0, truth.long), (-1.0, truth.short)):
        slots = np.flatnonzero((accounts.sign == sign) & (accounts.liq > 0))
        worth = terms.usd(accounts.pit[slots], accounts.units[slots], accounts.liq[slots])
        assert told[:, 1].sum() == pytest.approx(worth.sum())
        assert len(told) == len(slots) > 10_000


def test_trades_come_in_order_from_both_sides() -> None:
    traded = [one for moment in stepped(market(), 5) for one in moment.traded]
    assert [one.at for one in traded] == sorted(one.at for one in traded)
    assert {one.taker for one in traded} == {Taker.BUY, Taker.SELL}
    assert len({(one.contract.symbol, one.number) for one in traded}) == len(traded)


def test_a_step_of_two_minutes_becomes_two_bars() -> None:
    contracts = [one for wire in wires() for one in wire.contracts if one.base == "BTC"]
    made = Market(contracts, 1, START)
    traded = 0.0
    for minute in range(2, 22, 2):
        made.advance("BTC", (START + 60 * minute) * SECOND, 120.0)
    bars, ticker = made.book(contracts[0]).bars, made.tickers()[0]
    assert [one.at for one in bars] == [(START + 60 * n) * SECOND for n in range(20)]
    assert bars[-1].close == ticker.last
    for before, one in pairwise(bars):
        assert one.open == before.close
    for one in bars:
        assert one.low <= min(one.open, one.close) <= max(one.open, one.close) <= one.high
        assert 0 < one.taker_buy < one.volume
        traded += one.volume
    assert ticker.day.volume == pytest.approx(traded)
