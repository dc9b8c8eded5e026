"""Clusters that the price went through: did they fire, and as surely as was said?"""

from collections import deque
from collections.abc import Sequence
from typing import Final, TypeVar

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from liqtui.estimator import Exposure
from liqtui.estimator.clusters import clusters
from liqtui.estimator.grid import Grid, bucket
from liqtui.estimator.path import Cut, Fresh
from liqtui.estimator.score.ledger import Fell, Scored
from liqtui.estimator.score.reliability import Reliability, fires, recalibrated, reliability
from liqtui.model.market import Side
from liqtui.model.score import Touch
from liqtui.model.snapshot import Cluster

_MOST: Final = 2000
"""Touched clusters remembered per method."""
_JUDGED: Final = 40
"""Clusters of a map that are judged where touched: the largest few are too far away to be."""
_LISTED: Final = 50
"""Of which so many, the newest, are kept one by one."""
_MIXED: Final = 20
"""Touched clusters from which on probabilities are recalibrated by what came of them."""
_PLACES: Final = 500
"""Earlier windows, whose ground is searched for places like a cluster's;"""
_MATCHED: Final = 19
"""so many are needed to tell what is usual."""
_SIDES: Final = (Side.LONG, Side.SHORT)
_Kind = TypeVar("_Kind", bound=np.generic)
Floats = NDArray[np.float64]


class Report(Struct, frozen=True):
    """How a method's touched clusters did; None of none."""

    touched: int = 0
    fired: float | None = None
    """Share that fired: at least half of what was said was liquidated."""
    brier: float | None = None
    """Of the forecasts that half of it fires: miscalibration - discrimination + uncertainty."""
    miscalibration: float | None = None
    discrimination: float | None = None
    uncertainty: float | None = None
    beyond: float | None = None
    """Share of which more fired than at 19 of 20 places like it that were no clusters: by chance
    a twentieth."""
    matched: int = 0
    """Clusters for which there were enough of such places."""


class _Past(Struct, frozen=True, eq=False):
    """One side's new ground of an earlier window, the nearest bin first."""

    usd: Floats
    free: NDArray[np.bool_]
    """Where there was no cluster of the method."""


class Touched:
    """What every method's touched clusters were said to do, and did."""

    def __init__(self) -> None:
        self._raw: dict[str, deque[tuple[float, bool]]] = {}
        self._said: dict[str, deque[tuple[float, bool]]] = {}
        self._fits: dict[str, Reliability | None] = {}
        """Of the raw ones, until there are more."""
        self._listed: dict[str, deque[Touch]] = {}
        self._past: dict[str, deque[_Past]] = {}
        self._beyond: dict[str, deque[bool]] = {}

    def add(
        self, method: str, published: Cut, fresh: Fresh, lump: float, shape: Cut | None = None
    ) -> tuple[Fell, ...]:
        """Score the clusters whose peak lies on one side's new ground; return them.

        Args:
            method: its name.
            published: what it expects.
            fresh: the ground.
            lump: `Path.lump`.
            shape: the map whose clusters they are, where it is another one.
        """
        if lump <= 0:
            return ()
        places = crossed(published, fresh, shape or published)
        past = self._past.setdefault(method, deque(maxlen=_PLACES))
        # All are forecast before any is looked at.
        fit = self._fit(method)
        fell = tuple(_fell(one, fit, past, fresh, lump) for one in places)
        past.append(_past(fresh, [part for _, _, part in places]))
        for one in fell:
            self._take(method, published.at, _SIDES[fresh.side], one)
        return fell

    def _take(self, method: str, at: int, side: Side, one: Fell) -> None:
        touch = Touch(at, side, one.price, one.said, one.came, one.chance)
        fired = touch.fired
        self._fits.pop(method, None)
        self._raw.setdefault(method, deque(maxlen=_MOST)).append((one.raw, fired))
        self._said.setdefault(method, deque(maxlen=_MOST)).append((one.chance, fired))
        self._listed.setdefault(method, deque(maxlen=_LISTED)).append(touch)
        if one.beyond is not None:
            self._beyond.setdefault(method, deque(maxlen=_MOST)).append(one.beyond)

    def restore(self, line: Scored) -> None:
        """Take what the ledger of an earlier run says; lines come in their order."""
        for one in line.touched:
            self._take(line.method, line.at, Side(line.side), one)

    def listed(self, method: str) -> tuple[Touch, ...]:
        """Return a method's touched clusters, newest first."""
        return tuple(reversed(self._listed.get(method, ())))

    def chance(self, method: str, mass: float, lump: float) -> float | None:
        """Return how surely a cluster of a method fires if touched; None before any liquidation."""
        if lump <= 0:
            return None
        return recalibrated(self._fit(method), fires(mass, lump))

    def _fit(self, method: str) -> Reliability | None:
        """Return how a method's forecasts did before they were recalibrated."""
        if method not in self._fits:
            raw = np.array(self._raw.get(method, ()), np.float64).reshape(-1, 2)
            known = len(raw) >= _MIXED
            self._fits[method] = reliability(raw[:, 0], raw[:, 1]) if known else None
        return self._fits[method]

    def reliability(self, method: str) -> Reliability | None:
        """Return a method's forecasts taken apart, for its diagram."""
        pairs = np.array(self._said.get(method, ()), np.float64).reshape(-1, 2)
        return reliability(pairs[:, 0], pairs[:, 1])

    def report(self, method: str) -> Report:
        """Return how a method did."""
        found = self.reliability(method)
        if found is None:
            return Report()
        beyond = self._beyond.get(method, ())
        return Report(
            touched=len(found.said),
            fired=float(np.mean([fired for _, fired in self._said[method]])),
            brier=found.brier,
            miscalibration=found.miscalibration,
            discrimination=found.discrimination,
            uncertainty=found.uncertainty,
            beyond=float(np.mean(beyond)) if beyond else None,
            matched=len(beyond),
        )


def _fell(
    place: tuple[Cluster, float, slice],
    fit: Reliability | None,
    past: deque[_Past],
    fresh: Fresh,
    lump: float,
) -> Fell:
    cluster, mass, part = place
    came, raw = float(fresh.usd[part].sum()), fires(mass, lump)
    beyond = _beyond(came, part, fresh, past)
    return Fell(cluster.price, mass, came, raw, recalibrated(fit, raw), beyond)


def _past(fresh: Fresh, parts: Sequence[slice]) -> _Past:
    free = np.ones(fresh.size, np.bool_)
    for part in parts:
        free[part] = False
    return _Past(_outward(fresh.usd, fresh.side), _outward(free, fresh.side))


def _outward(values: NDArray[_Kind], side: int) -> NDArray[_Kind]:
    """Return the bins of one side's ground, ascending in price, from the nearest on."""
    return values if side else values[::-1]


def _beyond(came: float, part: slice, fresh: Fresh, past: deque[_Past]) -> bool | None:
    """Tell whether more fired than at 19 of 20 places as wide and as far that were no clusters.

    In windows of about as long a way: the price came there about as fast.
    """
    low, high, _ = part.indices(fresh.size)
    near, far = (low, high) if fresh.side else (fresh.size - high, fresh.size - low)
    like = [
        float(one.usd[near:far].sum())
        for one in past
        if far <= len(one.usd) <= 2 * fresh.size and one.free[near:far].all()
    ]
    return came > float(np.quantile(like, 0.95)) if len(like) >= _MATCHED else None


def crossed(published: Cut, fresh: Fresh, shape: Cut) -> list[tuple[Cluster, float, slice]]:
    """Return clusters whose peak lies on new ground, each with USD said and its part of the ground.

    The price may have turned inside a cluster: only the part that was crossed is judged.
    """
    had = fresh.of(published)
    found: list[tuple[Cluster, float, slice]] = []
    for cluster in _clusters(shape):
        peak = bucket(cluster.price) - fresh.first
        if cluster.side is _SIDES[fresh.side] and 0 <= peak < fresh.size:
            low = max(bucket(cluster.low) - fresh.first, 0)
            part = slice(low, bucket(cluster.high) - fresh.first + 1)
            found.append((cluster, float(had[part].sum()), part))
    return found


def _clusters(published: Cut) -> tuple[Cluster, ...]:
    long, short = np.asarray(published.usd, np.float64)
    grid = Grid(published.first, published.usd.shape[1])
    return clusters(Exposure(grid, long, short), published.price, _JUDGED)
