"""What longs pay shorts: the premium's mean over each contract's interval, and interest."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from liqtui.sim.terms import Bools, Floats
from liqtui.sim.wire import Contract

_INTEREST: Final = 1e-4
"""For eight hours."""
_DAMPED, _MOST = 5e-4, 3e-3
"""Difference to interest up to which the premium does not matter, and the largest rate."""


class Funding:
    """The running estimates of all contracts of a coin.

    Args:
        contracts: that settle it.
    """

    def __init__(self, contracts: Sequence[Contract]) -> None:
        hours = np.array([one.funding_hours for one in contracts], np.float64)
        self._every, self._interest = hours * 3600, _INTEREST * hours / 8
        self._sum, self._time = np.zeros(len(hours)), np.full(len(hours), 1e-9)

    @property
    def rate(self) -> Floats:
        """Return what would be paid if it were settled now."""
        mean = self._sum / self._time
        damped = mean + np.clip(self._interest - mean, -_DAMPED, _DAMPED)
        rate: Floats = np.clip(damped, -_MOST, _MOST)
        return rate

    def step(self, now: float, dt: float, premium: Floats) -> Floats:
        """Let ``dt`` seconds pass.

        Args:
            now: UTC seconds at their end.
            dt: seconds.
            premium: of the last price over the index, by pit.

        Returns:
            The rates settled at the end; NaN where none is.
        """
        self._sum += premium * dt
        self._time += dt
        due = self.due(now, dt)
        paid = np.where(due, self.rate, np.nan)
        self._sum[due], self._time[due] = 0.0, 1e-9
        return paid

    def due(self, now: float, dt: float) -> Bools:
        """Whether a settlement fell into the ``dt`` seconds before ``now``, by pit."""
        due: Bools = now // self._every > (now - dt) // self._every
        return due
