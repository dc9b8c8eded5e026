"""Levels anchored to entries: growth of open interest enters at the price of its five minutes.

What the repaired methods of the seed and the OI-candle method share. Open interest that falls
takes the same fraction of every level away, where the method knows of closing at all.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from liqtui.estimator import Exposure
from liqtui.estimator.baselines.ladder import Ladder, distances
from liqtui.estimator.baselines.market import SLOT, Market, Quote, in_base
from liqtui.estimator.slices import Parts, tier_of
from liqtui.model.events import MarketEvent, Trade
from liqtui.model.market import Instrument

Mixture: TypeAlias = Callable[[Market, Instrument], tuple[NDArray[np.float64], NDArray[np.float64]]]
"""Leverages and the share of new positions at each, summing to 1."""


class _Reading:
    """One instrument's open interest when the last five minutes began, and how far they are."""

    def __init__(self) -> None:
        self.slot: int | None = None
        self.price = 0.0
        self.oi: float | None = None


class Entered:
    """See the module; an `Estimator`.

    Args:
        method: its name.
        mixture: of the leverages of new positions.
        old_book: whether the first reading of open interest enters too, at its own price.
        closes: whether falling open interest takes levels away.
        by_taker: whether takers' side splits the growth, as vendors do; else both sides get all
            of it, as every contract has a long and a short.
    """

    def __init__(
        self,
        method: str,
        mixture: Mixture,
        *,
        old_book: bool = True,
        closes: bool = True,
        by_taker: bool = False,
    ) -> None:
        self.method = method
        self._mixture = mixture
        self._old_book = old_book
        self._closes = closes
        self._by_taker = by_taker
        self._market = Market()
        self._ladder = Ladder()
        self._readings: dict[tuple[str, str], _Reading] = {}
        self._entered = False

    def update(self, event: MarketEvent) -> None:
        """Take in one event."""
        if type(event) is Trade and not self._by_taker:
            return
        move = self._market.take(event)
        if move is None:
            return
        quote = move.quote
        self._ladder.cross(quote, move.low, move.high)
        reading = self._readings.setdefault(quote.instrument.key, _Reading())
        slot = move.at // SLOT
        if reading.slot is not None and slot != reading.slot:
            self._close(quote, reading)
        reading.slot, reading.price = slot, move.close

    def _close(self, quote: Quote, reading: _Reading) -> None:
        """Enter what grew in the five minutes that are over, at their last price."""
        if quote.face is None:
            return
        before, reading.oi = reading.oi, quote.face
        if before is None:
            if self._old_book:
                self._enter(quote, reading.price, in_base(quote, quote.face))
        elif quote.face > before:
            self._enter(quote, reading.price, in_base(quote, quote.face - before))
        elif quote.face < before and self._closes:
            self._ladder.scale(quote, quote.face / before)
        quote.bought = quote.sold = 0.0

    def _enter(self, quote: Quote, price: float, quantity: float) -> None:
        leverages, shares = self._mixture(self._market, quote.instrument)
        sides = np.full(2, quantity)
        if self._by_taker and quote.bought + quote.sold > 0:
            sides *= np.array((quote.bought, quote.sold)) / (quote.bought + quote.sold)
        away, classes = distances(quote, leverages), tier_of(leverages)
        self._ladder.enter(quote, price, sides, away, shares, classes)
        self._entered = True

    def exposure(self) -> Exposure | None:
        """Return what stands now, None before any price was seen."""
        if self._ladder.grid is None:
            return None
        usd = self._ladder.usd()
        return Exposure(self._ladder.grid, usd[0], usd[1])

    def parts(self) -> Parts:
        """Return what stands by venue and class of leverage."""
        return self._ladder.parts() if self._ladder.grid is not None else {}

    def warming(self) -> str:
        """Say why the estimate cannot be trusted yet."""
        if not self._market.quotes:
            return "no price yet"
        if all(quote.face is None for quote in self._market.quotes.values()):
            return "no open interest yet"
        return "" if self._entered else "no growth of open interest seen yet"
