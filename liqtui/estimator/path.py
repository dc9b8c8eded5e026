"""Where the price went after a map was published, and what was liquidated there.

A map is judged only on the bins the mark crossed for the first time since, at least 30 bp from the
price it was published at (docs/estimator.md 6.0, 6.2): whether price would go there is not its
business, and what happens around the price is no forecast.

Where a liquidation was triggered is known no better than its market's mark is: anywhere between
the mark before it and the next one. Feeds that give a mark a second leave little doubt; through a
crash, or where marks are seconds apart, it is a span of bins, and a map is asked for the span.
"""

from collections import deque
from collections.abc import Sequence
from typing import Final

import numpy as np
from msgspec import Struct, field
from numpy.typing import NDArray

from liqtui.estimator import Exposure
from liqtui.estimator.baselines.market import Market
from liqtui.estimator.grid import STEP, Grid, bucket
from liqtui.estimator.sizes import Sizes
from liqtui.model.events import (
    Candle,
    Funding,
    Liquidation,
    MarketEvent,
    MarkPrice,
    OpenInterest,
    Trade,
)
from liqtui.model.market import Side

REACH: Final = 160
"""Bins (0.1 %) on each side of the price that a published map keeps."""
NEAR: Final = 4
"""Bins around the price, at least 30 bp, on which no map is judged."""
MINUTE: Final = 60_000_000_000


class Cut(Struct, frozen=True, eq=False):
    """A map as it was published, around the price of then."""

    at: int
    price: float
    first: int
    """Absolute number of the first bin."""
    usd: NDArray[np.float32]
    """(2, 2 * REACH + 1) of longs and shorts."""

    def over(self, first: int, last: int) -> NDArray[np.float64]:
        """Return (2, last - first) USD over absolute bins; what was not kept is 0."""
        return _over(self.usd, self.first, first, last)


def known(event: MarketEvent) -> int:
    """Return when an event could be known, UTC ns.

    On its arrival, but for what stands in an exchange's history too: fetched later, it was there.
    """
    if isinstance(event, Candle | OpenInterest | Funding):
        return event.at
    return event.seen or event.at


def cut(exposure: Exposure, price: float, at: int) -> Cut:
    """Return what is published of a map when the price is ``price``."""
    both = cut_of(np.stack((exposure.long, exposure.short)), exposure.grid, price)
    return Cut(at, price, bucket(price) - REACH, both.astype(np.float32))


def cut_of(usd: NDArray[np.float64], grid: Grid, price: float) -> NDArray[np.float64]:
    """Return (2, 2 * REACH + 1) of a map (2, size) around a price."""
    first = bucket(price) - REACH
    return _over(usd, grid.first, first, first + 2 * REACH + 1)


def _over(usd: NDArray[np.floating], own: int, first: int, last: int) -> NDArray[np.float64]:
    found = np.zeros((2, max(last - first, 0)))
    low, high = max(first, own), min(last, own + usd.shape[1])
    if low < high:
        found[:, low - first : high - first] = usd[:, low - own : high - own]
    return found


class Fresh(Struct, frozen=True, eq=False):
    """The bins of one side that were crossed first in a window, nearest or not, ascending."""

    side: int
    """0 longs, 1 shorts."""
    first: int
    """Absolute number of the first bin."""
    size: int
    spans: NDArray[np.int64]
    """(2, n) the bins, from the first and before the second, that hold the triggers of each row."""
    counted: NDArray[np.float64]
    """(3, n) liquidations, USD, and USD with each cut to the 99th percentile of those before."""

    @property
    def events(self) -> float:
        """Liquidations."""
        return float(self.counted[0].sum())

    @property
    def usd(self) -> NDArray[np.float64]:
        """(size,) USD, spread evenly over each span."""
        ends = np.zeros(self.size + 1)
        rate = self.counted[1] / (self.spans[1] - self.spans[0])
        np.add.at(ends, self.spans[0], rate)
        np.subtract.at(ends, self.spans[1], rate)
        spread: NDArray[np.float64] = np.maximum(np.cumsum(ends)[:-1], 0.0)
        return spread

    def mean(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (..., n) the mean of values (..., size) over every span."""
        sums = np.cumsum(values, axis=-1)
        sums = np.concatenate((np.zeros((*sums.shape[:-1], 1)), sums), axis=-1)
        low, high = self.spans
        means: NDArray[np.float64] = (sums[..., high] - sums[..., low]) / (high - low)
        return means

    def of(self, published: Cut) -> NDArray[np.float64]:
        """Return (size,) what a map had in these bins, USD."""
        crossed: NDArray[np.float64] = published.over(self.first, self.first + self.size)[self.side]
        return crossed


class _Minute(Struct, eq=False):
    number: int
    low: int
    high: int
    volume: float = 0.0
    fired: dict[tuple[int, int, int], list[float]] = field(default_factory=dict)
    """(side, lowest bin, highest bin) to [events, USD, capped USD]."""


class _Marked(Struct, eq=False):
    """One instrument's last two marks, and what fired since."""

    at: int
    """Of the last, UTC ns."""
    before: int
    here: int
    """Their bins."""
    since: list[tuple[_Minute, int, list[float]]] = field(default_factory=list)
    """Minute of arrival, side, and [events, USD, capped USD]."""

    def move(self, at: int, here: int) -> None:
        """Take the next mark, the one that tells how far what fired may have lain."""
        self.settle(here)
        self.at, self.before, self.here = at, self.here, here

    def settle(self, end: int) -> None:
        """Count what fired since the last mark as of the way from there to ``end``."""
        span = min(self.here, end), max(self.here, end)
        for minute, side, counted in self.since:
            _count(minute, side, span, counted)
        self.since.clear()

    @property
    def way(self) -> tuple[int, int]:
        """The lowest and the highest bin that the last mark newly reached; its own where none."""
        return min(self.before + 1, self.here), max(self.before - 1, self.here)


def _count(minute: _Minute, side: int, span: tuple[int, int], counted: Sequence[float]) -> None:
    sums = minute.fired.setdefault((side, *span), [0.0, 0.0, 0.0])
    for number, value in enumerate(counted):
        sums[number] += value


class Path:
    """The last hours' price and liquidations, by the minute.

    Args:
        keep: nanoseconds kept.
    """

    def __init__(self, keep: int) -> None:
        self.market = Market()
        self._keep = keep // MINUTE + 2
        self._minutes: deque[_Minute] = deque()
        self._marks: dict[tuple[str, str], _Marked] = {}
        self._sizes = Sizes()
        self.fired = 0
        """Liquidations seen since the start."""

    @property
    def price(self) -> float | None:
        """The mean mark, weighted by open interest."""
        return self.market.price

    def take(self, event: MarketEvent, now: int) -> None:
        """Take in one event that arrived at ``now`` (UTC ns)."""
        if isinstance(event, Liquidation):
            self._liquidated(event, now)
            return
        if isinstance(event, Trade):
            self._traded(event.quantity, now)
            return
        move = self.market.take(event)
        if isinstance(event, Candle):
            self._traded(event.volume, now)
        if move is not None and (price := self.price) is not None:
            # The reference can be another venue's price: a bar's range is taken relative to it.
            minute = self._minute(now)
            minute.low = min(minute.low, bucket(price * move.low / move.close))
            minute.high = max(minute.high, bucket(price * move.high / move.close))
        if isinstance(event, MarkPrice):
            self._marked(event)

    def _marked(self, event: MarkPrice) -> None:
        here, known = bucket(event.price), self._marks.get(event.instrument.key)
        if known is None:
            self._marks[event.instrument.key] = _Marked(event.at, here, here)
        else:
            known.move(event.at, here)

    def _traded(self, quantity: float | None, now: int) -> None:
        if self._minutes and quantity:
            self._minute(now).volume += quantity

    def _liquidated(self, event: Liquidation, now: int) -> None:
        price = self.price
        if price is None or not event.notional:
            return
        self.fired += 1
        capped = self._sizes.take(event.notional)
        self._place(event, self._minute(now), [1.0, event.notional, capped])

    def _place(self, event: Liquidation, minute: _Minute, counted: list[float]) -> None:
        side = 0 if event.side is Side.LONG else 1
        marked = self._marks.get(event.instrument.key)
        if marked is None:
            here = bucket(event.price)
            _count(minute, side, (here, here), counted)
        elif event.at <= marked.at:
            _count(minute, side, marked.way, counted)
        else:
            marked.since.append((minute, side, counted))

    @property
    def lump(self) -> float:
        """``E[y^2] / E[y]`` of single liquidations, capped, USD; 0 before any."""
        return self._sizes.capped_lump()

    def _minute(self, now: int) -> _Minute:
        # What is stamped with the first instant of a minute tells of the one before.
        number = (now - 1) // MINUTE
        minutes = self._minutes
        if not minutes or number > minutes[-1].number:
            at = bucket(self.price or 1.0)
            minutes.append(_Minute(number, at, at))
            while minutes[0].number < number - self._keep:
                minutes.popleft()
        return minutes[-1]

    def window(self, start: int, price: float, end: int) -> tuple[Fresh, Fresh]:
        """Return what was crossed first in ``(start, end]``, by longs' levels and by shorts'.

        Args:
            start: when the map was published, a whole minute; UTC ns.
            price: at that time.
            end: a whole minute.
        """
        for marked in self._marks.values():
            marked.settle(marked.here)  # there may never be a next mark
        minutes = self._between(start, end)
        here = bucket(price)
        # Of what lies further away no map that was kept says anything.
        low = max(min((minute.low for minute in minutes), default=here), here - REACH)
        high = min(max((minute.high for minute in minutes), default=here), here + REACH)
        return (
            _fresh(0, low, max(here - NEAR + 1, low), minutes),
            _fresh(1, min(here + NEAR, high + 1), high + 1, minutes),
        )

    def volume(self, start: int, end: int) -> float:
        """Return what was traded in ``(start, end]``, units of base."""
        return sum(minute.volume for minute in self._between(start, end))

    def _between(self, start: int, end: int) -> list[_Minute]:
        first, last = start // MINUTE, end // MINUTE
        return [minute for minute in self._minutes if first <= minute.number < last]


def _fresh(side: int, first: int, last: int, minutes: list[_Minute]) -> Fresh:
    spans: list[tuple[int, int]] = []
    counted: list[list[float]] = []
    for minute in minutes:
        for (fired_side, low, high), found in minute.fired.items():
            start, end = max(low, first), min(high + 1, last)
            if fired_side == side and start < end:
                share = (end - start) / (high + 1 - low)
                spans.append((start - first, end - first))
                counted.append([share * value for value in found])
    return Fresh(
        side,
        first,
        last - first,
        np.array(spans, np.int64).reshape(-1, 2).T,
        np.array(counted).reshape(-1, 3).T,
    )


def distance(fresh: Fresh, price: float) -> NDArray[np.float64]:
    """Return (n,) absolute log distances of crossed bins from the price they were seen from."""
    away: NDArray[np.float64] = np.abs(
        (fresh.first + 0.5 + np.arange(fresh.size)) * STEP - np.log(price)
    )
    return away
