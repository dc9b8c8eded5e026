"""The map by venue and class of leverage: what stands now, and what stood then.

A filtered map needs its past filtered too, so every five minutes the split map is kept near the
price; that costs a fifth of the memory that every minute would, and a filter is for looking.
"""

from collections.abc import Mapping
from typing import Final, Protocol, TypeAlias, runtime_checkable

import numpy as np
from msgspec import Struct
from numpy.typing import ArrayLike, NDArray

from liqtui.estimator.grid import Grid
from liqtui.model.view import TIERS

Parts: TypeAlias = Mapping[str, NDArray[np.float64]]
"""By venue: (classes, 2, size) USD of longs and shorts per bucket."""

MINUTES: Final = 5
"""From one kept map to the next."""
_SIZE: Final = 320
"""Buckets kept of each: 16 % of price either way."""
_UNIT: Final = 1e4
"""USD per stored unit, as in `history`."""


@runtime_checkable
class Divisible(Protocol):
    """An estimator that knows whose positions it estimates."""

    def parts(self) -> Parts:
        """Return the map by venue and class of leverage; the sum of all is `exposure`'s."""


class Part(Struct, frozen=True):
    """A choice of venues and classes of leverage; empty: all."""

    venues: frozenset[str] = frozenset()
    tiers: frozenset[int] = frozenset()
    """Of `TIERS`."""

    @property
    def classes(self) -> list[int]:
        """The places in `TIERS` of the chosen ones."""
        return [n for n, tier in enumerate(TIERS) if not self.tiers or tier in self.tiers]

    def of(self, parts: Parts, size: int) -> NDArray[np.float64]:
        """Return the (2, size) USD of what is chosen."""
        total = np.zeros((2, size))
        for venue, each in parts.items():
            if not self.venues or venue in self.venues:
                total += each[self.classes].sum(axis=0)
        return total


WHOLE: Final = Part()


def tier_of(leverages: ArrayLike) -> NDArray[np.int64]:
    """Return the place in `TIERS` of the class each leverage belongs to: the nearest in ratio."""
    logs = np.log(np.asarray(leverages, np.float64))
    away = np.abs(logs[..., None] - np.log(TIERS))
    nearest: NDArray[np.int64] = away.argmin(axis=-1)
    return nearest


class Slices:
    """A ring of split maps in half precision.

    Args:
        minutes: of the past that is kept.
    """

    def __init__(self, minutes: int = 1440) -> None:
        self._slots = max(1, minutes // MINUTES)
        self._period: NDArray[np.int64] = np.full(self._slots, -1, np.int64)
        self._first: NDArray[np.int64] = np.zeros(self._slots, np.int64)
        self._held: dict[str, NDArray[np.float16]] = {}

    def due(self, minute: int) -> bool:
        """Tell whether the map of this minute (UTC) begins another five."""
        period = minute // MINUTES
        return bool(self._period[period % self._slots] < period)

    def put(self, minute: int, grid: Grid, price: float, parts: Parts) -> None:
        """Keep a split map; the first of its five minutes stays."""
        period = minute // MINUTES
        slot = period % self._slots
        start = min(max(grid.index(price) - _SIZE // 2, 0), grid.size - _SIZE)
        self._period[slot], self._first[slot] = period, grid.first + start
        for held in self._held.values():
            held[slot] = 0.0
        for venue, each in parts.items():
            if venue not in self._held:
                shape = (self._slots, len(TIERS), 2, _SIZE)
                self._held[venue] = np.zeros(shape, np.float16)
            self._held[venue][slot] = np.minimum(each[:, :, start : start + _SIZE] / _UNIT, 65e3)

    def column(self, minute: int, part: Part) -> tuple[int, NDArray[np.float32]] | None:
        """Return the first bucket and (2, buckets) USD of what is chosen, None where not kept."""
        period = minute // MINUTES
        slot = period % self._slots
        if self._period[slot] != period:
            return None
        both = np.zeros((2, _SIZE), np.float32)
        for venue, held in self._held.items():
            if not part.venues or venue in part.venues:
                both += held[slot][part.classes].sum(axis=0, dtype=np.float32)
        return int(self._first[slot]), both * np.float32(_UNIT)
