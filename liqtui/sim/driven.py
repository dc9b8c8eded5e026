"""The market as what drives the exchanges: its past at once, then its seconds one by one."""

import math
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec
import numpy as np

from liqtui.sim.feed import Moment
from liqtui.sim.market import Market, Truth
from liqtui.sim.printing import MS
from liqtui.sim.terms import Floats
from liqtui.sim.wire import SECOND, Book, Contract, Liquidated, Traded

_STEP: Final = 1.0
"""Seconds."""
_GRID: Final = 2.5e-4
"""Logarithm of the price between two levels of what is told of the truth."""
_DIGITS: Final = 8
"""Of a level's price."""


class Driven:
    """See the module.

    Args:
        market: that has come to the present.
        contracts: whose past is told; of coins that are in the market.
        prints: trades a second of BTC's busiest contract in average times.
    """

    def __init__(self, market: Market, contracts: Iterable[Contract], prints: float = 3.0) -> None:
        self._market = market
        self._contracts = [one for one in contracts if one.base in market.bases]
        self._prints = prints
        self._now = max(market.now(base) for base in market.bases)
        self._told = (0, list[bytes]())

    def past(self) -> Iterable[Book]:
        """Yield what each exchange remembers of its contracts."""
        return map(self._market.book, self._contracts)

    def moments(self) -> Iterator[Moment]:
        """Yield the seconds."""
        while True:
            step = self._market.step(_STEP, self._prints)
            before, self._now = self._now, step.at
            bars, settled = self._market.ended(before) if _minute_ends(step.at) else ([], [])
            happened: list[Liquidated | Traded] = [*step.traded, *step.liquidated]
            yield Moment(step.at, happened, self._market.tickers(), bars, settled)

    def truth(self, at: int) -> Iterable[bytes]:
        """Return a line for each coin, made once a step."""
        if self._told[0] != self._now:
            lines = [line(self._market.truth(base)) for base in self._market.bases]
            self._told = self._now, lines
        return self._told[1]


def _minute_ends(at: int) -> bool:
    return at % (60 * SECOND) == 0


def line(truth: Truth) -> bytes:
    """Return the truth as a line of events; positions as near as 2.5 bp are put together."""
    return msgspec.json.encode({
        "type": "truth", "ts": truth.at // MS, "base": truth.base, "price": truth.price,
        "long": levels(truth.long), "short": levels(truth.short),
        "long_oi": truth.long_oi, "short_oi": truth.short_oi,
    })  # fmt: skip


def levels(standing: Floats) -> list[list[float]]:
    """Put positions together, in ascending price.

    Args:
        standing: (positions, 2) price and USD.

    Returns:
        The mean price and the whole dollars of each level that has any.
    """
    if not len(standing):
        return []
    price, usd = standing.T
    cell = np.floor(np.log(price) / _GRID).astype(np.intp)
    cell -= cell.min()
    held, paid = np.bincount(cell, usd), np.bincount(cell, usd * price)
    found = np.flatnonzero(held >= 0.5)
    mean = paid[found] / held[found]
    decimals = _DIGITS - 1 - math.floor(math.log10(mean[-1]))
    rows: list[list[float]] = np.stack(
        (np.round(mean, decimals), np.rint(held[found])), axis=1
    ).tolist()
    return rows
