"""Estimating where positions stand that will be closed by force.

An `Estimator` watches one base over all venues. It is fed events in order of time, first of the
past, then live, and can be asked at any moment for what it thinks stands now. All of it is an
estimate, and no number leaves this package as NaN.
"""

from typing import Protocol, runtime_checkable

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from liqtui.estimator.grid import Grid
from liqtui.estimator.reach import Outlook
from liqtui.model.events import Gap, MarketEvent


class Bands(Struct, frozen=True, eq=False):
    """Between what the truth lies with a stated probability, per price bin.

    They are made for sums from the price outwards: summed over the bins up to a distance, the
    lower and the upper values are the bounds of what stands up to there.
    """

    level: float
    """The probability."""
    long: tuple[NDArray[np.float64], NDArray[np.float64]]
    """(grid.size,) lower and upper USD."""
    short: tuple[NDArray[np.float64], NDArray[np.float64]]
    lump: float = 0.0
    """USD: the size of the positions, E[size^2] / E[size]."""


class Exposure(Struct, frozen=True, eq=False):
    """Estimated USD standing per price bin, now."""

    grid: Grid
    long: NDArray[np.float64]
    """(grid.size,) USD of longs that would be liquidated in each bin."""
    short: NDArray[np.float64]
    bands: Bands | None = None
    outlook: Outlook | None = None


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
class Attentive(Protocol):
    """An estimator that is less sure of itself where it did not hear everything."""

    def missed(self, gap: Gap) -> None:
        """Take note of a stretch in which a venue's events may have been lost."""

    def ail(self, venue: str, *, ill: bool) -> None:
        """Take note of whether a venue's feeds are not well now."""


@runtime_checkable
class Remarking(Protocol):
    """An estimator that has more to say of what it is fed with."""

    def remark(self) -> str:
        """Say what is odd and allowed for; empty when nothing is."""
