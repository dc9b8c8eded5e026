"""Fixed-size numpy columns: memory that does not grow and does not care for order of arrival."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

MINUTE = 60_000_000_000
"""Nanoseconds."""
_FIRST: Final = 64
"""Slots to begin with."""


class MinuteValues:
    """The last value of each minute of the past ``size`` minutes, written in any order.

    Every contract of every venue has one, so it begins small and grows with what it is given.

    Args:
        size: minutes kept at most; an older minute's slot is reused.
    """

    def __init__(self, size: int) -> None:
        self._most = size
        self._size = min(size, _FIRST)
        self._at: NDArray[np.int64] = np.zeros(self._size, np.int64)
        self._value: NDArray[np.float64] = np.zeros(self._size)

    def put(self, at: int, value: float) -> None:
        """Keep ``value`` as of ``at`` (UTC ns) unless its slot has a later one already."""
        minute = at // MINUTE
        slot = minute % self._size
        held = int(self._at[slot])
        while held // MINUTE != minute and held and self._size < self._most:
            self._grow()
            slot = minute % self._size
            held = int(self._at[slot])
        if held <= at:
            self._at[slot], self._value[slot] = at, value

    def _grow(self) -> None:
        taken = np.flatnonzero(self._at)
        at, value = self._at[taken], self._value[taken]
        self._size = min(2 * self._size, self._most)
        self._at, self._value = np.zeros(self._size, np.int64), np.zeros(self._size)
        order = np.argsort(at)  # the last one written to a slot stays
        slots = at[order] // MINUTE % self._size
        self._at[slots], self._value[slots] = at[order], value[order]

    def near(self, at: int, reach: int) -> float | None:
        """Return the value of the minute at ``at`` or, failing that, up to ``reach`` earlier."""
        newest = at // MINUTE
        for minute in range(newest, max(newest - reach - 1, 0), -1):
            slot = minute % self._size
            if self._at[slot] // MINUTE == minute:
                return float(self._value[slot])
        return None

    def at_minutes(self, minutes: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the values of the given minutes (UTC), NaN where there is none."""
        slots = minutes % self._size
        held = (self._at[slots] // MINUTE == minutes) & (minutes > 0)
        return np.where(held, self._value[slots], np.nan)


class Sums:
    """Sums per minute, or several, over the past ``size`` such steps, added to in any order."""

    def __init__(self, size: int, minutes: int = 1) -> None:
        self._size = size
        self._minutes = minutes
        self._step: NDArray[np.int64] = np.full(size, -1, np.int64)
        self._sum: NDArray[np.float64] = np.zeros(size)

    def add(self, at: int, value: float) -> None:
        """Add ``value`` to the step of ``at`` (UTC ns); what is older than the ring is left."""
        step = at // MINUTE // self._minutes
        slot = step % self._size
        if self._step[slot] > step:
            return
        if self._step[slot] < step:
            self._step[slot], self._sum[slot] = step, 0.0
        self._sum[slot] += value

    def total(self, now: int, minutes: int) -> float:
        """Return the sum over the ``minutes``, in whole steps, that end with the one of ``now``."""
        last = now // MINUTE // self._minutes
        within = (self._step > last - minutes // self._minutes) & (self._step <= last)
        return float(self._sum[within].sum())


class Points:
    """The newest ``size`` points of (time, price, signed USD), oldest overwritten."""

    def __init__(self, size: int) -> None:
        self._most = size
        first = min(size, _FIRST)
        self._rows: NDArray[np.float64] = np.zeros((first, 2))
        self._at: NDArray[np.int64] = np.zeros(first, np.int64)
        self._next = 0

    def add(self, at: int, price: float, usd: float) -> None:
        """Keep one point; ``usd`` is positive for longs and negative for shorts."""
        if self._next == len(self._at) < self._most:
            self._grow()
        slot = self._next % len(self._at)
        self._at[slot] = at
        self._rows[slot] = price, usd
        self._next += 1

    def extend(
        self, at: NDArray[np.int64], prices: NDArray[np.float64], usd: NDArray[np.float64]
    ) -> None:
        """Keep many points, as `add` does; of more than there is room for the last."""
        room = slice(max(len(at) - self._most, 0), None)
        at, rows = at[room], np.stack((prices[room], usd[room]), axis=1)
        while self._next + len(at) > len(self._at) < self._most:
            self._grow()
        slots = (self._next + np.arange(len(at))) % len(self._at)
        self._at[slots], self._rows[slots] = at, rows
        self._next += len(at)

    def _grow(self) -> None:
        more = min(len(self._at), self._most - len(self._at))
        self._rows = np.concatenate((self._rows, np.zeros((more, 2))))
        self._at = np.concatenate((self._at, np.zeros(more, np.int64)))

    def since(self, at: int) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
        """Return times (UTC ns), prices and signed USD of the points at or after ``at``."""
        held = min(self._next, len(self._at))
        chosen = np.flatnonzero(self._at[:held] >= at)
        return self._at[chosen], self._rows[chosen, 0], self._rows[chosen, 1]
