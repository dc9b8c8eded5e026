"""Fixed-size numpy columns: memory that does not grow and does not care for order of arrival."""

import numpy as np
from numpy.typing import NDArray

MINUTE = 60_000_000_000
"""Nanoseconds."""


class MinuteValues:
    """The last value of each minute of the past ``size`` minutes, written in any order.

    Args:
        size: minutes kept; an older minute's slot is reused.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._minute: NDArray[np.int64] = np.full(size, -1, np.int64)
        self._at: NDArray[np.int64] = np.zeros(size, np.int64)
        self._value: NDArray[np.float64] = np.full(size, np.nan)

    def put(self, at: int, value: float) -> None:
        """Keep ``value`` as of ``at`` (UTC ns) unless its minute has a later one already."""
        minute = at // MINUTE
        slot = minute % self._size
        held = self._minute[slot]
        if held > minute or (held == minute and self._at[slot] > at):
            return
        self._minute[slot], self._at[slot], self._value[slot] = minute, at, value

    def near(self, at: int, reach: int) -> float | None:
        """Return the value of the minute at ``at`` or, failing that, up to ``reach`` earlier."""
        minute = at // MINUTE
        for back in range(reach + 1):
            slot = (minute - back) % self._size
            if self._minute[slot] == minute - back:
                return float(self._value[slot])
        return None

    def at_minutes(self, minutes: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the values of the given minutes (UTC), NaN where there is none."""
        slots = minutes % self._size
        held = self._minute[slots] == minutes
        return np.where(held, self._value[slots], np.nan)


class MinuteSums:
    """Sums per minute over the past ``size`` minutes, added to in any order."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._minute: NDArray[np.int64] = np.full(size, -1, np.int64)
        self._sum: NDArray[np.float64] = np.zeros(size)

    def add(self, at: int, value: float) -> None:
        """Add ``value`` to the minute of ``at`` (UTC ns); what is older than the ring is left."""
        minute = at // MINUTE
        slot = minute % self._size
        if self._minute[slot] > minute:
            return
        if self._minute[slot] < minute:
            self._minute[slot], self._sum[slot] = minute, 0.0
        self._sum[slot] += value

    def total(self, now: int, minutes: int) -> float:
        """Return the sum over the ``minutes`` that end with the one of ``now``."""
        last = now // MINUTE
        within = (self._minute > last - minutes) & (self._minute <= last)
        return float(self._sum[within].sum())


class Points:
    """The newest ``size`` points of (time, price, signed USD), oldest overwritten."""

    def __init__(self, size: int) -> None:
        self._rows: NDArray[np.float64] = np.zeros((size, 2))
        self._at: NDArray[np.int64] = np.zeros(size, np.int64)
        self._next = 0

    def add(self, at: int, price: float, usd: float) -> None:
        """Keep one point; ``usd`` is positive for longs and negative for shorts."""
        slot = self._next % len(self._at)
        self._at[slot] = at
        self._rows[slot] = price, usd
        self._next += 1

    def since(self, at: int) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
        """Return times (UTC ns), prices and signed USD of the points at or after ``at``."""
        held = min(self._next, len(self._at))
        chosen = np.flatnonzero(self._at[:held] >= at)
        return self._at[chosen], self._rows[chosen, 0], self._rows[chosen, 1]
