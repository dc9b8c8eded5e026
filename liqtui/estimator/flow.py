"""Where positions were opened: the trades between two readings of open interest.

A reading says how many contracts more there are, the trades say where hands changed; how much of
the trading opened anything is an assumption of each member of the bank (docs/estimator.md 4.2).
"""

import math
from collections import deque
from operator import add
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from liqtui.estimator.basis import SUB, Floats
from liqtui.estimator.grid import STEP
from liqtui.estimator.lag import SLICE

_TILT: Final = 0.9
"""Share of the opened longs that entered as buyers' orders, and of shorts as sellers'."""
_LEAN: Final = 0.5
"""How much of the takers' surplus tells which side opened in haste."""
_DAY: Final = 86_400.0
_MEMORY: Final = 0.5 * _DAY
_LEAST_TURNOVER: Final = 0.003
_LARGE: Final = 0.95
"""Of all prints: those that are not large."""
_PACE: Final = 0.1
"""How far one print moves the boundary between large and small, in its logarithm."""
_MOST: Final = 60
"""Slices that wait to be covered."""
_UP, _DOWN = math.exp(_PACE * _LARGE), math.exp(-_PACE * (1.0 - _LARGE))


class Opened(Struct, frozen=True, eq=False):
    """What an interval between two readings did."""

    numbers: NDArray[np.int64]
    """(n,) fifths of buckets, absolute."""
    weights: Floats
    """(2, n) share of the longs and of the shorts that entered there."""
    large: Floats
    """(2, n) the part of it by large prints."""
    usual: float
    """Share of large prints in what is usually traded."""
    opened: Floats
    """(members, 2) quantity of longs and of shorts opened."""
    closed: Floats
    """(members, 2) quantity closed by hand."""
    doubtful: bool
    """Open interest moved by more than was traded."""


class Part:
    """What was traded within a stretch of time."""

    def __init__(self) -> None:
        self.end = 0
        """UTC ns, once it has ended."""
        self.places: dict[int, list[float]] = {}
        """Bought, sold, and the part of both by large prints, by fifth of a bucket."""
        self.volume = self.large = 0.0
        self.net = 0.0
        """Bought beyond what was sold."""
        self.forced = [0.0, 0.0]
        """Quantity of longs and of shorts liquidated."""

    def add(self, number: int, bought: float, sold: float, large: float) -> None:
        """Add what was traded at a place, and the share of it by large prints."""
        cell = self.places.get(number)
        if cell is None:
            cell = self.places[number] = [0.0, 0.0, 0.0, 0.0]
        cell[0] += bought
        cell[1] += sold
        cell[2] += bought * large
        cell[3] += sold * large
        self.volume += bought + sold
        self.large += (bought + sold) * large
        self.net += bought - sold

    def take(self, other: "Part") -> None:
        """Add another one's."""
        for number, more in other.places.items():
            cell = self.places.get(number)
            self.places[number] = more if cell is None else list(map(add, cell, more))
        self.volume += other.volume
        self.large += other.large
        self.net += other.net
        self.forced = list(map(add, self.forced, other.forced))


class Flow:
    """Collects trades; quantities in the unit a contract is fixed in."""

    def __init__(self) -> None:
        self._now = Part()
        self._waiting: deque[Part] = deque()
        """What readings that come late are yet to cover."""
        self._seconds = 0.0
        self._daily = 0.0
        self._boundary = 0.0
        """Quantity from which on a print is large, learned."""
        self._usual: float = 0.0

    def trade(self, price: float, quantity: float, bought: bool) -> None:
        """Add a trade."""
        large = quantity > self._boundary
        if self._boundary:
            self._boundary *= _UP if large else _DOWN
        else:
            self._boundary = quantity
        self._now.add(_place(price), quantity * bought, quantity * (not bought), float(large))

    def bar(self, low: float, high: float, quantity: float, bought: float) -> None:
        """Add a candle's volume, spread over its range."""
        ends = (np.log((low, high)) * (SUB / STEP)).astype(np.int64)
        numbers = np.unique(np.linspace(ends[0], ends[1], 24).astype(np.int64)).tolist()
        for number in numbers:
            self._now.add(
                number, bought / len(numbers), (quantity - bought) / len(numbers), self._usual
            )

    def force(self, side: int, quantity: float) -> None:
        """Add a liquidation: what it closes is not closed by hand."""
        self._now.forced[side] += quantity

    def cut(self, end: int) -> None:
        """Lay what was traded up to a time (UTC ns) aside, to be gathered later."""
        self._now.end = end
        self._waiting.append(self._now)
        self._now = Part()
        for each in self._waiting:  # a clock may go back
            each.end = min(each.end, end)
        if len(self._waiting) > _MOST:  # and readings may stop
            oldest = self._waiting.popleft()
            self._waiting[0].take(oldest)

    def gather(self, until: int, at: int) -> None:
        """Take up what was traded up to a time and lay the rest aside.

        Args:
            until: UTC ns.
            at: the same of now.
        """
        if until == at and not self._waiting:
            return
        self.cut(at)
        while self._waiting and self._waiting[0].end <= until + SLICE // 2:
            self._now.take(self._waiting.popleft())

    def settle(
        self, grown: float, interest: float, price: float, seconds: float, turnovers: Floats
    ) -> Opened:
        """Split what was traded into opened and closed, and begin a new interval.

        Args:
            grown: change of open interest.
            interest: open interest before it.
            price: where what no trade explains is entered.
            seconds: length of the interval.
            turnovers: (members,) open interest opened a day.
        """
        volume = self._now.volume
        self._age(seconds)
        share = float(np.clip(grown / volume, -1.0, 1.0)) if volume > 0 else 0.0
        relevant = np.clip(2 * turnovers * interest / max(self._daily, 1e-12), _LEAST_TURNOVER, 1.0)
        relevant = np.maximum(relevant, abs(share))
        missing = grown - share * volume
        doubtful = abs(missing) > max(0.02 * volume, 1e-4 * interest)
        if missing > 0:
            self._now.add(_place(price), missing, missing, self._usual)
        numbers, weights, large = self._places()
        lean, forced = self._lean(relevant), self._now.forced
        closed = (volume * (relevant - share) / 2)[:, None] * (1 - lean) + max(-missing, 0.0)
        self._now = Part()
        return Opened(
            numbers,
            weights,
            large,
            self._usual,
            (volume * (relevant + share) / 2)[:, None] * (1 + lean) + max(missing, 0.0),
            np.maximum(closed - forced, 0.0),
            doubtful,
        )

    def _lean(self, relevant: Floats) -> Floats:
        """Return (members, 2) by how much more than half of it was leveraged longs and shorts.

        Whoever wants a position in haste takes; slow money at low leverage makes. So what buyers
        took beyond what sellers did opened longs and closed shorts.
        """
        now = self._now
        net = now.net / np.maximum(2 * relevant * max(now.volume, 1e-12), 1e-12)
        lean = np.clip(_LEAN * net, -0.9, 0.9)[:, None]
        return np.hstack((lean, -lean))

    def _age(self, seconds: float) -> None:
        """Keep the running rate of trading per day."""
        kept = 0.5 ** (seconds / _MEMORY)
        self._seconds = self._seconds * kept + seconds
        past = max(self._seconds - seconds, 0.0) / _DAY
        self._daily, before = (self._daily * past + self._now.volume), self._daily * past
        self._usual = (self._usual * before + self._now.large) / max(self._daily, 1e-12)
        self._daily /= max(self._seconds, 1.0) / _DAY

    def _places(self) -> tuple[NDArray[np.int64], Floats, Floats]:
        """Return where longs and shorts entered, (2, n) shares summing to 1 each, and by large."""
        numbers = np.array(list(self._now.places), np.int64)
        flow = np.array(list(self._now.places.values())).reshape(-1, 2, 2).transpose(1, 2, 0)
        mixed = _TILT * flow + (1.0 - _TILT) * flow[:, ::-1]
        weights, large = mixed / np.maximum(mixed[0].sum(axis=1, keepdims=True), 1e-300)
        return numbers, weights, large


def _place(price: float) -> int:
    """Return the fifth of a bucket that a price lies in."""
    return int(math.log(price) * (SUB / STEP) // 1)
