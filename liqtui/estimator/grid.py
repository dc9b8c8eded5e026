"""Prices to integer buckets of equal width in log price, and back.

Buckets are absolute: number ``j`` covers ``exp(j * STEP)`` to ``exp((j + 1) * STEP)`` whatever the
price does, so a level stays where it was put. A `Grid` is a window of them.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, TypeVar

import numpy as np
from msgspec import Struct
from numpy.typing import ArrayLike, NDArray

STEP: Final = 0.001
"""Width of a bucket in log price: 0.10 %."""
SIZE: Final = 2048
"""Buckets in a window: a factor of 2.8 in price either way."""
_Real = TypeVar("_Real", bound=np.floating[Any])
_MOST: Final = 1e24
"""USD at one level that nobody has."""


def bucket(price: float) -> int:
    """Return the absolute number of the bucket that holds ``price``."""
    return math.floor(math.log(price) / STEP)


def buckets(prices: ArrayLike) -> NDArray[np.int64]:
    """Return the absolute bucket numbers of an array of prices."""
    return np.floor(np.log(np.asarray(prices, np.float64)) / STEP).astype(np.int64)


def centres(numbers: ArrayLike) -> NDArray[np.float64]:
    """Return the prices in the middle (in log) of absolute buckets."""
    centred: NDArray[np.float64] = np.exp((np.asarray(numbers, np.float64) + 0.5) * STEP)
    return centred


def tally(levels: Sequence[tuple[float, float]], first: int, size: int) -> NDArray[np.float64]:
    """Return USD by bucket of positions given as price and USD; what is absurd is passed over.

    >>> odd = [(1e9, 5.0), (-1.0, 5.0), (100.0, -1.0), (100.0, 1e300)]
    >>> tally([(100.0, 7.0), (100.0, 2.0), *odd], bucket(100.0) - 1, 3).tolist()
    [0.0, 9.0, 0.0]
    """
    table = np.array(levels, np.float64).reshape(-1, 2)
    prices, worth = table.T
    table = table[np.isfinite(prices) & (prices > 0) & (worth >= 0) & (worth < _MOST)]
    at = buckets(table[:, 0]) - first
    seen = (at >= 0) & (at < size)
    usd = np.zeros(size)
    np.add.at(usd, at[seen], table[seen, 1])
    return usd


class Grid(Struct, frozen=True):
    """A window of ``size`` buckets starting at the absolute number ``first``."""

    first: int
    size: int = SIZE

    @classmethod
    def around(cls, price: float, size: int = SIZE) -> "Grid":
        """Return the window with ``price`` in its middle."""
        return cls(bucket(price) - size // 2, size)

    def index(self, price: float) -> int:
        """Return where ``price`` lies in the window; outside it, below 0 or from ``size`` on."""
        return bucket(price) - self.first

    @property
    def prices(self) -> NDArray[np.float64]:
        """(size,) the buckets' centre prices; not to be changed."""
        return _centres(self)

    def holds(self, price: float) -> bool:
        """Tell whether ``price`` lies in the middle half of the window."""
        quarter = self.size // 4
        return quarter <= self.index(price) < 3 * quarter

    def move(self, values: NDArray[_Real], to: "Grid") -> NDArray[_Real]:
        """Return ``values`` (last axis: this window) in another window; what is new is 0."""
        moved = np.zeros_like(values)
        shift = to.first - self.first
        start, end = max(0, shift), min(self.size, self.size + shift)
        if start < end:
            moved[..., start - shift : end - shift] = values[..., start:end]
        return moved


@lru_cache(maxsize=16)
def _centres(grid: Grid) -> NDArray[np.float64]:
    found = centres(np.arange(grid.first, grid.first + grid.size))
    found.flags.writeable = False
    return found
