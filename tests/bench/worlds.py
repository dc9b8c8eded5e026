"""The worlds of `tests.bench.young`: what its families of traders do, and what a seed decides.

The families are those of the estimator's first prototype (docs/estimator.md 5).
"""

from typing import Final, TypeVar

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

_T = TypeVar("_T")


class Habits(Struct, frozen=True):
    """What a family's traders do; shares of all positions where nothing else is said."""

    leverage: tuple[float, ...]
    churn: float
    """What market makers trade among themselves, in units of what others open."""
    cross: float = 0.0
    stop: float = 0.0
    trend: float = 0.0
    """How much entries follow the last hour's move; below 0 they go against it."""
    hedge: float = 0.0
    average: float = 0.0
    """How readily losers buy more."""
    broad: bool = False
    """Half the leverages are no round numbers."""
    brief: bool = False
    """High leverage is held for less long."""
    jumps: bool = False
    """Leverage rises midway through the recording."""


FAMILIES: Final = {
    "A": Habits((0.08, 0.15, 0.25, 0.2, 0.12, 0.12, 0.03, 0.05), 2.0),
    "B": Habits(
        (0.1, 0.18, 0.27, 0.2, 0.1, 0.1, 0.02, 0.03), 8.0,
        cross=0.6, stop=0.4, trend=0.6, broad=True, brief=True,
    ),
    "C": Habits(
        (0.1, 0.2, 0.25, 0.2, 0.1, 0.1, 0.02, 0.03), 20.0,
        cross=0.8, stop=0.3, trend=-0.6, hedge=0.05, average=0.4, broad=True, jumps=True,
    ),
}  # fmt: skip


class World(Struct, frozen=True):
    """All that one market is made of."""

    family: str
    seed: int
    hold: float
    """Mean days for which a position is kept."""
    volatility: float
    """Of a day."""
    unseen: float
    """Days before the recording, from empty books on."""
    recorded: float
    tilt: float
    """Exponent by which shares of high leverages are raised."""
    churn: float
    takers: float
    """Share of the openings that are the aggressor's."""
    spread: float
    """Deviation of the logarithm of sizes."""
    interest: float
    """USD of open interest to which the market tends."""
    coverage: tuple[str, ...]
    """Of each venue's liquidation feed."""
    each: bool
    """Every trade is published, or one sum a tick and side."""
    paired: bool
    """Every contract has both sides among the traders, or market makers hold the rest."""

    @property
    def habits(self) -> Habits:
        return FAMILIES[self.family]


def drawn(family: str, seed: int) -> World:
    """Return the world of a seed."""
    rng = np.random.default_rng([77, seed, ord(family)])

    def one(*of: _T) -> _T:
        return of[int(rng.integers(len(of)))]

    world = World(
        family, seed, hold=one(0.4, 0.8, 1.5, 3.0), volatility=one(0.02, 0.03, 0.045),
        unseen=one(1.0, 1.0, 3.0), tilt=one(-0.4, 0.0, 0.3), churn=one(0.5, 1.0, 2.0),
        takers=one(0.7, 0.85, 0.95), spread=one(1.2, 1.7, 2.1),
        coverage=one(("full",), ("full",), ("full", "full")), recorded=one(0.5, 0.75, 1.0),
        each=one(False, True), paired=one(True, True, True, False),
        interest=2e8 * one(0.5, 1.0, 1.5),
    )  # fmt: skip
    if len(world.coverage) == 1:
        return world
    return replace(world, coverage=("full", one("full", "sampled")))
