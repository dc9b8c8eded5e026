"""Clusters that the price went through: did they fire, and as surely as was said?"""

from collections import deque
from typing import Final

import numpy as np
from msgspec import Struct

from liqtui.estimator import Exposure
from liqtui.estimator.clusters import clusters
from liqtui.estimator.grid import Grid, bucket
from liqtui.estimator.path import Cut, Fresh
from liqtui.estimator.score.reliability import Reliability, fires, recalibrated, reliability
from liqtui.model.market import Side
from liqtui.model.snapshot import Cluster, Touch

_MOST: Final = 2000
"""Touched clusters remembered per method."""
_JUDGED: Final = 40
"""Clusters of a map that are judged where touched: the largest few are too far away to be."""
_LISTED: Final = 50
"""Of which so many, the newest, are kept one by one."""
_MIXED: Final = 20
"""Touched clusters from which on probabilities are recalibrated by what came of them."""
_SIDES: Final = (Side.LONG, Side.SHORT)


class Report(Struct, frozen=True):
    """How a method's touched clusters did; None of none."""

    touched: int = 0
    fired: float | None = None
    """Share that fired: at least half of what was said was liquidated."""
    brier: float | None = None
    miscalibration: float | None = None
    discrimination: float | None = None


class Touched:
    """What every method's touched clusters were said to do, and did."""

    def __init__(self) -> None:
        self._raw: dict[str, deque[tuple[float, bool]]] = {}
        self._said: dict[str, deque[tuple[float, bool]]] = {}
        self._listed: dict[str, deque[Touch]] = {}

    def add(
        self, method: str, published: Cut, fresh: Fresh, lump: float, shape: Cut | None = None
    ) -> None:
        """Score the clusters whose peak lies on one side's new ground.

        Args:
            method: its name.
            published: what it expects.
            fresh: the ground.
            lump: `Path.lump`.
            shape: the map whose clusters they are, where it is another one.
        """
        if lump <= 0:
            return
        raw = self._raw.setdefault(method, deque(maxlen=_MOST))
        said = self._said.setdefault(method, deque(maxlen=_MOST))
        found = crossed(published, fresh, shape or published)
        chances = [fires(mass, lump) for _, mass, _ in found]
        # All are forecast before any is looked at.
        forecasts = [self._forecast(raw, chance) for chance in chances]
        touches = [
            Touch(published.at, cluster.side, cluster.price, mass, usd, chance)
            for (cluster, mass, usd), chance in zip(found, forecasts, strict=True)
        ]
        said.extend((touch.chance, touch.fired) for touch in touches)
        raw.extend((p, touch.fired) for p, touch in zip(chances, touches, strict=True))
        self._listed.setdefault(method, deque(maxlen=_LISTED)).extend(touches)

    def listed(self, method: str) -> tuple[Touch, ...]:
        """Return a method's touched clusters, newest first."""
        return tuple(reversed(self._listed.get(method, ())))

    def chance(self, method: str, mass: float, lump: float) -> float | None:
        """Return how surely a cluster of a method fires if touched; None before any liquidation."""
        if lump <= 0:
            return None
        return self._forecast(self._raw.get(method, deque()), fires(mass, lump))

    def _forecast(self, raw: deque[tuple[float, bool]], p: float) -> float:
        if len(raw) < _MIXED:
            return p
        before = np.array(raw, np.float64)
        return recalibrated(before[:, 0], before[:, 1], p)

    def reliability(self, method: str) -> Reliability | None:
        """Return a method's forecasts taken apart, for its diagram."""
        pairs = np.array(self._said.get(method, ()), np.float64).reshape(-1, 2)
        return reliability(pairs[:, 0], pairs[:, 1])

    def report(self, method: str) -> Report:
        """Return how a method did."""
        found = self.reliability(method)
        if found is None:
            return Report()
        came = float(np.mean([fired for _, fired in self._said[method]]))
        return Report(
            len(found.said), came, found.brier, found.miscalibration, found.discrimination
        )


def crossed(published: Cut, fresh: Fresh, shape: Cut) -> list[tuple[Cluster, float, float]]:
    """Return clusters whose peak lies on new ground, each with USD said and USD fired.

    Both of the part of the cluster that was crossed: the price may have turned inside it.
    """
    had, came = fresh.of(published), fresh.usd
    found: list[tuple[Cluster, float, float]] = []
    for cluster in _clusters(shape):
        peak = bucket(cluster.price) - fresh.first
        if cluster.side is _SIDES[fresh.side] and 0 <= peak < fresh.size:
            low = max(bucket(cluster.low) - fresh.first, 0)
            part = slice(low, bucket(cluster.high) - fresh.first + 1)
            found.append((cluster, float(had[part].sum()), float(came[part].sum())))
    return found


def _clusters(published: Cut) -> tuple[Cluster, ...]:
    long, short = np.asarray(published.usd, np.float64)
    grid = Grid(published.first, published.usd.shape[1])
    return clusters(Exposure(grid, long, short), published.price, _JUDGED)
