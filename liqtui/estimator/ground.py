"""What a move would liquidate in a market of the usual kind, to tell other kinds by.

How much was liquidated says little by itself: a rise of eight percent meets positions of low
leverage, too. So it is compared with what usually stands where the price newly went
(`liqtui.estimator.usual`); a market that liquidates many times as much is younger or bolder.
"""

from math import exp, log
from typing import Final

import numpy as np

from liqtui.estimator.grid import STEP
from liqtui.estimator.usual import RADII, SHARES

_HALF_LIFE: Final = 0.75 * 86_400
"""Seconds in which half of a way is forgotten: positions are opened there anew."""


class Ground:
    """The way a price went and what usually stands there."""

    def __init__(self) -> None:
        self._middle = self._low = self._high = 0.0
        self._met = 0.0

    def cross(self, low: float, high: float) -> None:
        """Take in where the price went."""
        if not self._middle:
            self._middle = self._low = self._high = 0.5 * (low + high)
        if low < self._low:
            self._met += within(log(self._middle / low)) - within(log(self._middle / self._low))
            self._low = low
        if high > self._high:
            self._met += within(log(high / self._middle)) - within(log(self._high / self._middle))
            self._high = high

    def close(self, price: float, seconds: float) -> float:
        """End a stretch of time; return the share of the open interest that was newly met.

        Args:
            price: at its end.
            seconds: its length.
        """
        met, self._met = self._met, 0.0
        back = 1.0 - 0.5 ** (seconds / _HALF_LIFE)
        self._middle, self._low, self._high = (
            way + back * (price - way) for way in (self._middle, self._low, self._high)
        )
        return met


def within(distance: float) -> float:
    """Return the share of open interest that usually stands up to a log distance, on one side.

    >>> within(-0.01), round(within(0.05), 4), within(0.5) == within(0.15)
    (0.0, 0.0058, True)
    """
    if distance <= 0.0:
        return 0.0
    return exp(float(np.interp(log(distance / STEP), RADII, SHARES)))
