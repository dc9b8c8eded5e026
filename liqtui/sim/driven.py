"""The market as what drives the exchanges: its past at once, then its seconds one by one."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from liqtui.sim import coins, standing
from liqtui.sim.feed import Moment
from liqtui.sim.market import Market
from liqtui.sim.scenarios import CALM, Scenario
from liqtui.sim.wire import (
    SECOND,
    Bar,
    Book,
    Contract,
    Interest,
    Liquidated,
    Marked,
    Ticker,
    Traded,
)

_STEP: Final = 1.0
"""Seconds."""


def _nobody() -> Iterable[Market]:
    return ()


class Driven:
    """See the module.

    Args:
        market: that has come to the present.
        contracts: what is listed, of coins that are in the market or will be.
        scenario: begins now.
        late: returns, each time it is asked, the markets of other coins that have meanwhile come
            as far as ``market`` is now.
        prints: trades a second of BTC's busiest contract in average times.
    """

    def __init__(
        self,
        market: Market,
        contracts: Iterable[Contract],
        scenario: Scenario = CALM,
        late: Callable[[], Iterable[Market]] = _nobody,
        prints: float = 3.0,
    ) -> None:
        self._market = market
        self._contracts = list(contracts)
        self._scenario = scenario
        self._late = late
        self._prints = prints
        self._began = self._now = max(market.now(base) for base in market.bases)
        self._told = (0, list[bytes]())
        market.switch(scenario)

    def past(self) -> Iterable[Book]:
        """Yield what each exchange remembers of its contracts."""
        for one in self._contracts:
            there = one.base in self._market.bases
            yield self._market.book(one) if there else _listed(one, self._now)

    def moments(self) -> Iterator[Moment]:
        """Yield the seconds."""
        while True:
            known = [book for late in self._late() for book in self._join(late)]
            step = self._market.step(_STEP, self._prints)
            before, self._now = self._now, step.at
            happened: list[Liquidated | Traded] = [*step.traded, *step.liquidated]
            bars = self._market.bars(before) if _minute_ends(step.at) else []
            yield Moment(step.at, happened, self._market.tickers(), bars, list(step.settled), known)

    def _join(self, late: Market) -> list[Book]:
        """Let a market that comes later be where it would be; return its books."""
        for base in late.bases:
            late.advance(base, self._began, _STEP)
        late.switch(self._scenario)
        for base in late.bases:
            late.advance(base, self._now, _STEP)
        self._market.join(late)
        return [late.book(one) for one in self._contracts if one.base in late.bases]

    def truth(self, at: int) -> Iterable[bytes]:
        """Return a line for each coin, made once a step."""
        if self._told[0] != self._now:
            lines = [standing.line(self._market.truth(base)) for base in self._market.bases]
            self._told = self._now, lines
        return self._told[1]


def _minute_ends(at: int) -> bool:
    return at % (60 * SECOND) == 0


def _listed(contract: Contract, at: int) -> Book:
    """Return a contract with the usual price of its coin, as long as nothing else is known."""
    coin, every = coins.coin(contract.base), contract.funding_hours * 3600 * SECOND
    price, held = coin.price, coin.interest * coins.share(contract) / coin.price
    marked = Marked(contract, price, price, 0.0, (at // every + 1) * every, at)
    day = Bar(contract, 86_400, price, price, price, price, 0.0, 0.0, 0, at - 86_400 * SECOND)
    interest = Interest(contract, held, price, at)
    return Book(Ticker(marked, interest, price, price, day), coming=True)
