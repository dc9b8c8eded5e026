"""How large single liquidations are.

Sizes are so heavy-tailed that the largest few of a day can hold a tenth of its dollars
(docs/estimator.md 3): if they told how much evidence the others are, nothing would ever be learned.
So that is taken from sizes capped at a high percentile of those before (docs/estimator.md 4.4).
"""

from math import log10
from typing import Final

import numpy as np

_DECIBELS: Final = 120
_CAPPED: Final = 0.99
_AFTER: Final = 50
"""Sizes after which the cap is found anew."""


class Sizes:
    """Sums over sizes in USD."""

    def __init__(self) -> None:
        self._counted = np.zeros(_DECIBELS)
        self._cap = float("inf")
        self._taken = 0
        self._usd = self._squares = 0.0
        self._capped = self._capped_squares = 0.0

    def take(self, usd: float) -> float:
        """Count a size; return it, or the 99th percentile of those before if that is less."""
        capped = min(usd, self._cap)
        self._usd += usd
        self._squares += usd * usd
        self._capped += capped
        self._capped_squares += capped * capped
        self._counted[min(max(int(10 * log10(max(usd, 1.0))), 0), _DECIBELS - 1)] += 1
        self._taken += 1
        if self._taken % _AFTER == 0:
            share = np.cumsum(self._counted) / self._taken
            self._cap = float(10 ** ((np.searchsorted(share, _CAPPED) + 1) / 10))
        return capped

    def lump(self, guess: float, weight: float) -> float:
        """Return ``E[y^2] / E[y]``.

        Args:
            guess: what it is before any was seen, USD.
            weight: USD that the guess counts for.
        """
        return (self._squares + guess * weight) / (self._usd + weight)

    def capped_lump(self, guess: float = 0.0, weight: float = 1e-9) -> float:
        """Return the same of capped sizes."""
        return (self._capped_squares + guess * weight) / (self._capped + weight)

    def left(self, weight: float) -> float:
        """Return the share of all USD that is left of capped sizes.

        Args:
            weight: USD for which all counts as left.
        """
        return (self._capped + weight) / (self._usd + weight)
