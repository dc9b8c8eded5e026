"""What was estimated then: one column a minute, never edited later."""

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from liqtui.estimator import Exposure
from liqtui.estimator.grid import SIZE

Minutes: TypeAlias = NDArray[np.int64]
_UNIT = 1e4
"""USD per stored unit: half precision then holds $10 to $650M a bucket, in 3 digits."""


class History:
    """A ring of map columns in half precision.

    Args:
        minutes: columns kept (a day of both sides takes 12 MB).
    """

    def __init__(self, minutes: int = 1440) -> None:
        self.minutes = minutes
        self._minute: NDArray[np.int64] = np.full(minutes, -1, np.int64)
        self._first: NDArray[np.int64] = np.zeros(minutes, np.int64)
        self._held: NDArray[np.float16] = np.zeros((minutes, 2, SIZE), np.float16)

    def put(self, minute: int, exposure: Exposure) -> None:
        """Keep the map as it stood at the end of a minute (UTC); the first one said stays."""
        slot = minute % len(self._minute)
        if self._minute[slot] >= minute:
            return
        self._minute[slot] = minute
        self._first[slot] = exposure.grid.first
        both = np.stack((exposure.long, exposure.short))
        self._held[slot] = np.minimum(both / _UNIT, 65_000.0)

    def recall(self, minute: int, first: int, both: NDArray[np.float16]) -> None:
        """Keep a column of a former run as it was.

        Args:
            minute: UTC minutes.
            first: absolute number of its lowest bucket.
            both: (2, n) longs and shorts as they were held; what is not told is 0.
        """
        slot = minute % len(self._minute)
        if self._minute[slot] < minute:
            self._minute[slot], self._first[slot] = minute, first
            self._held[slot] = 0.0
            self._held[slot, :, : both.shape[1]] = both

    def news(
        self, done: NDArray[np.int64], most: int
    ) -> Iterator[tuple[int, int, NDArray[np.float16]]]:
        """Yield (minute, lowest bucket, (2, n) as held) of columns that are not among those done.

        Args:
            done: (minutes,) the minutes of this ring that were yielded; they are noted there.
            most: how many at most.
        """
        for slot in np.flatnonzero(self._minute != done)[:most]:
            done[slot] = self._minute[slot]
            yield int(self._minute[slot]), int(self._first[slot]), self._held[slot].copy()

    def column(
        self, minute: int, first: int, size: int, sides: tuple[bool, bool]
    ) -> NDArray[np.float32] | None:
        """Return one column over absolute buckets ``first`` to ``first + size``.

        Args:
            minute: UTC minutes.
            first: absolute number of the lowest bucket.
            size: how many.
            sides: whether longs and shorts are summed.

        Returns:
            (size,) USD, or None where there was no data in that minute.
        """
        slot = minute % len(self._minute)
        if self._minute[slot] != minute:
            return None
        return window(self._held[slot], first - int(self._first[slot]), size, sides) * _UNIT

    def held(self, side: int, first: int, last: int) -> tuple[Minutes, NDArray[np.float64]]:
        """Return the minutes there are, newest first, and what a side had in some buckets then.

        Args:
            side: 0 long, 1 short.
            first: absolute number of the lowest bucket.
            last: and of the highest.

        Returns:
            (n,) UTC minutes and (n,) USD.
        """
        order = np.argsort(-self._minute, kind="stable")
        order = order[self._minute[order] >= 0]
        usd = np.zeros(len(order))
        for start in np.unique(self._first[order]).tolist():
            low, high = max(first - start, 0), max(last + 1 - start, 0)
            own = self._first[order] == start
            part = self._held[order[own], side, low:high]
            usd[own] = part.sum(axis=1, dtype=np.float64) * _UNIT
        return self._minute[order], usd


def window(
    both: NDArray[np.floating], start: int, size: int, sides: tuple[bool, bool]
) -> NDArray[np.float32]:
    """Return the chosen sides' sum over ``size`` buckets from ``start``; outside it is 0.

    Args:
        both: (2, n) longs and shorts.
        start: may be negative or beyond the end.
        size: of the result.
        sides: whether longs and shorts are summed.
    """
    total = np.zeros(size, np.float32)
    low, high = max(start, 0), min(start + size, both.shape[1])
    if low < high:
        for side, wanted in enumerate(sides):
            if wanted:
                total[low - start : high - start] += both[side, low:high]
    return total
