"""Busy markets, second by second: trades, marks, open interest, now and then liquidations."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from msgspec import Struct

from liqtui.model.events import MarketEvent, Trade
from liqtui.model.market import Instrument, Side, Taker
from tests.making import at, interest, liquidation, mark

_PRICE: Final = 50_000.0
_OPEN: Final = 1e4
_SECOND: Final = 1e-4
"""Standard deviation of a second's return: 2.9 % a day."""
_GROWS: Final = 2e-4
"""The same of open interest from one reading to the next."""


class Rates(Struct, frozen=True):
    """How often things happen, of one market."""

    trades: float
    """A second."""
    marks: int
    """Seconds from one to the next."""
    interest: int
    """Seconds from one reading to the next."""
    liquidations: float
    """A second."""


def busy(
    markets: Sequence[Instrument], rates: Rates, first: int, last: int
) -> Iterator[list[MarketEvent]]:
    """Yield the events of each second from the first to before the last.

    Args:
        markets: of one base, whose price they share.
        rates: of each of them.
        first: seconds.
        last: seconds.
    """
    random = np.random.default_rng(first)
    price, held = _PRICE, np.full(len(markets), _OPEN)
    for second in range(first, last):
        price *= float(np.exp(random.normal(0.0, _SECOND)))
        events: list[MarketEvent] = []
        for number, of in enumerate(markets):
            events += _trades(random, second, price, rates.trades, of)
            if random.random() < rates.liquidations:
                side = Side.LONG if random.random() < 0.5 else Side.SHORT
                events.append(liquidation(second, price, random.lognormal(8.0, 1.5), side, of))
            if (second + number) % rates.marks == 0:
                events.append(mark(second, price, of))
            if (second + number) % rates.interest == 0:
                held[number] *= np.exp(random.normal(0.0, _GROWS))
                events.append(interest(second, float(held[number]), of))
        yield events


def _trades(
    random: np.random.Generator, second: int, price: float, rate: float, of: Instrument
) -> list[MarketEvent]:
    count = random.poisson(rate)
    prices = (price * np.exp(random.normal(0.0, _SECOND, count))).tolist()
    sizes = random.lognormal(-3.0, 1.5, count).tolist()
    takers = [Taker.BUY if buys else Taker.SELL for buys in (random.random(count) < 0.5).tolist()]
    moment = at(second)
    return [
        Trade(of, taker, where, size, moment, moment)
        for taker, where, size in zip(takers, prices, sizes, strict=True)
    ]
