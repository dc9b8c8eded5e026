"""What is usual for one coin, learned from itself and slowly forgotten."""

import math
from typing import Final

from msgspec import Struct

_LEAST: Final = 100.0
"""USD up to which sizes share the first class; each further class is a factor of the root of 2."""
_CLASSES: Final = 60
_HALF_LIFE_MIN: Final = 7 * 1440
KEPT: Final = 0.5 ** (1 / _HALF_LIFE_MIN)
"""Of what was learned, after a minute."""


class Sizes(Struct, frozen=True):
    """How often which sizes were seen."""

    counts: tuple[float, ...] = (0.0,) * _CLASSES
    total: float = 0.0

    def add(self, usd: float) -> "Sizes":
        """Return it with one more size."""
        place = math.ceil(2 * math.log2(max(usd, _LEAST) / _LEAST))
        place = min(place, _CLASSES - 1)
        counts = (*self.counts[:place], self.counts[place] + 1.0, *self.counts[place + 1 :])
        return Sizes(counts, self.total + 1.0)

    def faded(self) -> "Sizes":
        """Return it a minute later."""
        if not self.total:
            return self
        return Sizes(tuple(KEPT * count for count in self.counts), KEPT * self.total)

    def quantile(self, share: float) -> float:
        """Return the USD that this share of the sizes does not exceed, rounded up to a class.

        >>> Sizes().add(1000.0).add(50.0).quantile(0.5)
        100.0
        """
        wanted, place = share * self.total, 0
        below = self.counts[0]
        while below < wanted and place < _CLASSES - 1:
            place += 1
            below += self.counts[place]
        return float(_LEAST * 2 ** (place / 2))


class Mean(Struct, frozen=True):
    """The mean size of a number that is looked at once a minute."""

    value: float = 0.0
    weight: float = 0.0
    """Minutes, faded."""

    def add(self, size: float) -> "Mean":
        """Return it with one more minute."""
        weight = KEPT * self.weight + 1.0
        return Mean(self.value + (size - self.value) / weight, weight)
