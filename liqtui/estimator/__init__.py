"""Estimating where positions stand that will be closed by force.

An `Estimator` watches one base over all venues. It is fed events in order of time, first of the
past, then live, and can be asked at any moment for what it thinks stands now. All of it is an
estimate, and no number leaves this package as NaN.
"""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from liqtui.estimator.grid import Grid
from liqtui.model.events import MarketEvent


class Exposure(Struct, frozen=True, eq=False):
    """Estimated USD standing per price bin, now."""

    grid: Grid
    long: NDArray[np.float64]
    """(grid.size,) USD of longs that would be liquidated in each bin."""
    short: NDArray[np.float64]


class Estimator(Protocol):
    """One way of estimating; the same contract for the model and for every simple method."""

    method: str
    """The name on screen and on the wire."""

    def update(self, event: MarketEvent) -> None:
        """Take in one event; events come in order of ``at``."""

    def exposure(self) -> Exposure | None:
        """Return what stands now, None before any price was seen."""

    def warming(self) -> str:
        """Say why the estimate cannot be trusted yet; empty when it can."""


@runtime_checkable
class Banded(Protocol):
    """An estimator that also says how sure it is."""

    def within(
        self, distances: Sequence[float], level: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        """Return the band of what stands near the price, longs and shorts together.

        Args:
            distances: log distances from the price.
            level: the band's probability, 0.8 for instance.

        Returns:
            Lower and upper USD within each distance; None before any price was seen.
        """
