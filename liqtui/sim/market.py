"""A market of several coins on several exchanges, whose open positions are known.

The past is run coarsely, one coin after the other (`Market.advance`), the present finely and all
together (`Market.step`); it is the same state that goes on. Coins share their weather: those that
were stepped equally moved together. Equal seeds and equal steps make equal markets, and a coin does
not depend on which others there are (docs/estimator.md 7).
"""

import math
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Final
from zlib import crc32

import numpy as np
from msgspec import Struct
from numpy.random import Generator, SeedSequence, default_rng

from liqtui.model.market import Side, Taker
from liqtui.sim import coins
from liqtui.sim.families import MIXED, Family
from liqtui.sim.minutes import Minutes
from liqtui.sim.price import Climate
from liqtui.sim.scenarios import CALM, Scenario
from liqtui.sim.tape import Tape
from liqtui.sim.terms import Floats
from liqtui.sim.wire import (
    SECOND,
    Bar,
    Book,
    Contract,
    Interest,
    Liquidated,
    Marked,
    Settled,
    Ticker,
    Traded,
)
from liqtui.sim.world import Step, World

_MS: Final = SECOND // 1000
_REMEMBERED: Final = 1000
"""Liquidations an exchange can be asked for."""
_FIRST_TRADE: Final = 400_000_000
_HASTE: Final = 0.12
"""Seconds that a liquidation takes, on average, from the mark that triggers it."""


class Truth(Struct, frozen=True, eq=False):
    """Where the open positions of a coin are liquidated, over all exchanges."""

    base: str
    at: int
    """UTC ns."""
    price: float
    """Mean of the marks, weighted by open interest."""
    long: Floats
    """(positions, 2) liquidation price and USD at that price; without those it never happens to."""
    short: Floats
    long_oi: float
    """USD at the mark of all longs, liquidatable or not."""
    short_oi: float


class Moment(Struct, frozen=True):
    """What happened in a step of the whole market, each in the order of time."""

    at: int
    """UTC ns at its end."""
    traded: tuple[Traded, ...]
    liquidated: tuple[Liquidated, ...]
    settled: tuple[Settled, ...] = ()


class Stall:
    """One coin's world and what is printed of it.

    Args:
        coin: what is traded.
        contracts: on it, at least one.
        seed: of the whole market.
        family: who trades.
        now: UTC seconds.
        shift: UTC seconds after which `Family.shift` holds.
    """

    def __init__(
        self,
        coin: coins.Coin,
        contracts: tuple[Contract, ...],
        seed: int,
        family: Family,
        now: float,
        shift: float,
    ) -> None:
        climate = Climate(_random(seed, "climate"))
        self.world = World(coin, contracts, family, climate, _random(seed, coin.base), now, shift)
        self._rng = _random(seed, f"{coin.base} tape")
        self._tape = Tape(self.world.terms, self._rng)
        self.minutes = Minutes(self.world.terms, now, self.world.price.quotes.last)
        self._busy = np.array([coins.share(one) for one in contracts]) ** 0.7 * (
            self.world.scale**0.6
        )
        self._counted = deque([(now, self.world.accounts.long)])
        """Open interest, in units by pit, from what is published on."""
        self.liquidated: dict[str, deque[Liquidated]] = {
            one.symbol: deque(maxlen=_REMEMBERED) for one in contracts
        }

    def step(self, dt: float) -> Step:
        """Let ``dt`` seconds pass."""
        step = self.world.step(dt)
        self.minutes.take(step)
        counted, published = self._counted, step.now - self.world.family.late
        counted.append((step.now, step.interest))
        while len(counted) > 1 and counted[1][0] <= published:
            counted.popleft()
        return step

    def traded(self, step: Step, rate: float, number: int) -> Iterator[Traded]:
        """Yield a step's trades.

        Args:
            step: what happened.
            rate: trades a second of the busiest contract in average times.
            number: of the first.
        """
        busy = self.world.activity() * self.world.scenario.prints
        prints = self._tape.print(step, self._busy * rate * busy * step.dt)
        terms, start = self.world.terms, step.now - step.dt
        base = np.where(terms.inverse[prints.pit], 1.0 / prints.price, 1.0) * prints.units
        rows = zip(
            prints.pit.tolist(), base.tolist(), prints.price.tolist(),
            (start + prints.when * step.dt).tolist(), strict=True,
        )  # fmt: skip
        for count, (pit, quantity, price, at) in enumerate(rows):
            taker = Taker.BUY if quantity > 0 else Taker.SELL
            yield Traded(terms.contracts[pit], taker, price, abs(quantity), _ns(at), number + count)

    def dead(self, step: Step) -> Iterator[Liquidated]:
        """Yield a step's liquidations: triggered by the mark of a whole second, filled soon."""
        closed, terms = step.closed, self.world.terms
        if not closed.count:
            return
        start = step.now - step.dt
        at = start + closed.when * step.dt
        if step.dt >= 1.0:
            haste = self._rng.exponential(_HASTE, closed.count)
            at = np.minimum(np.floor(at) + np.minimum(haste, 0.95), step.now - 1e-3)
        base = closed.units / np.where(terms.inverse[closed.pit], closed.trigger, 1.0)
        bankruptcy = np.where(np.isnan(closed.bankruptcy), closed.fill, closed.bankruptcy)
        columns = closed.pit, closed.sign, base, closed.trigger, bankruptcy, closed.fill, at
        for row in zip(*(column.tolist() for column in columns), strict=True):
            pit, sign, quantity, trigger, broke, fill, when = row
            side = Side.LONG if sign > 0 else Side.SHORT
            contract = terms.contracts[pit]
            yield Liquidated(contract, side, quantity, trigger, broke, fill, _ns(when))

    def settled(self, step: Step) -> Iterator[Settled]:
        """Yield the funding that was paid at a step's end."""
        for pit in np.flatnonzero(~np.isnan(step.settled)):
            contract, mark = self.world.terms.contracts[pit], float(step.quotes.mark[pit])
            yield Settled(contract, float(step.settled[pit]), mark, _ns(step.now))

    def tickers(self) -> Iterator[Ticker]:
        """Yield how every contract stands."""
        world, quotes = self.world, self.world.price.quotes
        at, hour_ago, rate = _ns(world.now), self.minutes.hour_ago(), world.funding.rate
        _, counted = self._counted[0]
        interest = counted / np.where(world.terms.inverse, quotes.mark, 1.0)
        for pit, (contract, day) in enumerate(
            zip(world.terms.contracts, self.minutes.days(), strict=True)
        ):
            mark, every = float(quotes.mark[pit]), contract.funding_hours * 3600 * SECOND
            due = (at // every + 1) * every
            yield Ticker(
                Marked(contract, mark, quotes.index, float(rate[pit]), due, at),
                Interest(contract, float(interest[pit]), mark, at),
                float(quotes.last[pit]),
                float(hour_ago[pit]),
                day,
            )

    def truth(self) -> Truth:
        """Return where its open positions are liquidated."""
        world, accounts = self.world, self.world.accounts
        marks = world.price.quotes.mark
        price = np.where(world.terms.inverse, 1.0, marks)
        long, short = accounts.long * price, accounts.short * price
        return Truth(
            base=world.coin.base,
            at=_ns(world.now),
            price=float(long @ marks / long.sum()),
            long=self._standing(1.0),
            short=self._standing(-1.0),
            long_oi=float(long.sum()),
            short_oi=float(short.sum()),
        )

    def _standing(self, sign: float) -> Floats:
        accounts, terms = self.world.accounts, self.world.terms
        slots = np.flatnonzero((accounts.sign == sign) & ~np.isnan(accounts.liq))
        price = accounts.liq[slots]
        usd = terms.usd(accounts.pit[slots], accounts.units[slots], price)
        return np.stack((price, usd), axis=1)


class Market:
    """See the module.

    Args:
        contracts: what is listed, anywhere; coins nobody knows are left out.
        seed: of all its randomness.
        now: UTC seconds when it begins, a whole minute.
        family: who trades.
        shift: UTC seconds after which `Family.shift` holds.
    """

    def __init__(
        self,
        contracts: Iterable[Contract],
        seed: int,
        now: int,
        family: Family = MIXED,
        shift: float = math.inf,
    ) -> None:
        listed: dict[str, list[Contract]] = {}
        for one in contracts:
            listed.setdefault(one.base, []).append(one)
        self._stalls = {
            one.base: Stall(one, tuple(listed[one.base]), seed, family, now, shift)
            for one in coins.COINS
            if one.base in listed
        }
        self._number = _FIRST_TRADE

    @property
    def bases(self) -> tuple[str, ...]:
        """Return the coins, largest first."""
        return tuple(self._stalls)

    def now(self, base: str) -> int:
        """Return how far a coin's market has come, UTC ns."""
        return _ns(self._stalls[base].world.now)

    def switch(self, scenario: Scenario = CALM) -> None:
        """Let a scenario begin now."""
        for stall in self._stalls.values():
            stall.world.switch(scenario)

    def advance(self, base: str, until: int, dt: float = 10.0) -> None:
        """Run one coin's market without printing its trades.

        Args:
            base: of the coin.
            until: UTC ns.
            dt: seconds of a step; a minute is a multiple of it.
        """
        stall = self._stalls[base]
        while _ns(stall.world.now) < until:
            step = stall.step(dt)
            for one in stall.dead(step):
                stall.liquidated[one.contract.symbol].append(one)

    def step(self, dt: float, prints: float = 3.0) -> Moment:
        """Let ``dt`` seconds pass everywhere.

        Args:
            dt: seconds of which a minute is a multiple.
            prints: trades a second of BTC's busiest contract in average times.
        """
        traded: list[Traded] = []
        liquidated: list[Liquidated] = []
        settled: list[Settled] = []
        for stall in self._stalls.values():
            step = stall.step(dt)
            settled += stall.settled(step)
            traded += stall.traded(step, prints, self._number + len(traded))
            for one in stall.dead(step):
                stall.liquidated[one.contract.symbol].append(one)
                liquidated.append(one)
        self._number += len(traded)
        traded.sort(key=lambda one: one.at)
        liquidated.sort(key=lambda one: one.at)
        at = max(self.now(base) for base in self._stalls)
        return Moment(at, tuple(traded), tuple(liquidated), tuple(settled))

    def tickers(self) -> list[Ticker]:
        """Return how every contract stands now."""
        return [ticker for stall in self._stalls.values() for ticker in stall.tickers()]

    def join(self, other: "Market") -> None:
        """Take in the coins of a market that was made of the same seed and has come as far."""
        found = self._stalls | other._stalls
        self._stalls = {one.base: found[one.base] for one in coins.COINS if one.base in found}

    def bars(self, since: int) -> list[Bar]:
        """Return every contract's minutes that were finished after ``since`` (UTC ns)."""
        return [
            bar
            for stall in self._stalls.values()
            for pit in range(len(stall.world.terms.contracts))
            for bar in stall.minutes.bars(pit, since)
        ]

    def book(self, contract: Contract) -> Book:
        """Return what its exchange remembers of a contract."""
        stall = self._stalls[contract.base]
        pit = stall.world.terms.contracts.index(contract)
        ticker = next(one for one in stall.tickers() if one.contract == contract)
        minutes = stall.minutes
        return Book(
            ticker, minutes.bars(pit), minutes.points(pit), minutes.settled(pit),
            list(stall.liquidated[contract.symbol]),
        )  # fmt: skip

    def truth(self, base: str) -> Truth:
        """Return where the open positions of a coin are liquidated."""
        return self._stalls[base].truth()


def _random(seed: int, part: str) -> Generator:
    """Return the randomness of one part of the market, whatever other parts there are."""
    return default_rng(SeedSequence(seed, spawn_key=(crc32(part.encode()),)))


def _ns(seconds: float) -> int:
    return round(seconds * 1000) * _MS
