"""What happened to one coin by the minute, as alerts are judged by it: prices and liquidations.

What a sampled feed shows is corrected for what it hides, by what the complete feeds of the same
coin would have shown under its rule (docs/estimator.md 4.6); no map has a say in it.
"""

import numpy as np
from msgspec import Struct

from liqtui.alerts.ledger import Course
from liqtui.alerts.policy import MINUTE
from liqtui.estimator.coverage import DEFAULT, Stretch, Twins
from liqtui.model.events import Liquidation
from liqtui.model.market import Coverage, Side

_SIDES = tuple(Side)


class _Feed(Struct):
    """One side of one contract, as its feed tells it."""

    side: Side
    sampled: bool
    stretch: Stretch
    minute: int = 0
    """Of the last liquidation."""


class Happened:
    """See the module."""

    def __init__(self) -> None:
        self._twins = Twins()
        self._feeds: dict[tuple[tuple[str, str], Side], _Feed] = {}
        self._usd: dict[tuple[int, int], float] = {}
        """By side and minute."""
        self._prices: dict[int, tuple[float, float]] = {}
        """Lowest and highest by minute."""

    def priced(self, price: float, at: int) -> None:
        """Take in the coin's price at a moment (UTC ns)."""
        low, high = self._prices.get(at // MINUTE, (price, price))
        self._prices[at // MINUTE] = min(low, price), max(high, price)

    def liquidated(self, event: Liquidation) -> None:
        """Take in one liquidation; one of unknown size is left out."""
        usd = event.notional
        if usd is None:
            return
        feed = self._feed(event)
        before, feed.minute = feed.minute, (event.seen or event.at) // MINUTE
        ended = feed.stretch.add(event, usd)
        self._end(feed, before, ended)
        if not feed.sampled:
            self._add(feed.side, feed.minute, usd)

    def _feed(self, event: Liquidation) -> _Feed:
        instrument = event.instrument
        key = (instrument.key, event.side)
        feed = self._feeds.get(key)
        if feed is None:
            sampled = instrument.coverage is Coverage.SAMPLED
            stretch = Stretch(instrument.sampling or DEFAULT)
            feed = self._feeds[key] = _Feed(event.side, sampled, stretch)
        return feed

    def _end(self, feed: _Feed, minute: int, ended: tuple[float, float, float] | None) -> None:
        """Take in a stretch that is over: count it, or learn from it what others hide."""
        if ended is None:
            return
        everything, shown, taken = ended
        if feed.sampled:
            self._add(feed.side, minute, shown * self._twins.factor(taken))
        else:
            self._twins.learn(everything, shown, taken)

    def _add(self, side: Side, minute: int, usd: float) -> None:
        key = (_SIDES.index(side), minute)
        self._usd[key] = self._usd.get(key, 0.0) + usd

    def course(self) -> Course | None:
        """Return all of it, None before there was a price; to be called once, at the end."""
        if not self._prices:
            return None
        for feed in self._feeds.values():
            self._end(feed, feed.minute, feed.stretch.close())
        first, last = min(self._prices), max(self._prices)
        usd, bounds = np.zeros((2, last - first + 1)), np.zeros((2, last - first + 1))
        for (number, minute), came in self._usd.items():
            if first <= minute <= last:
                usd[number, minute - first] += came
        held = self._prices[first]
        for n in range(last - first + 1):
            held = self._prices.get(first + n, held)
            bounds[:, n] = held
        return Course(first, usd, bounds[0], bounds[1])
