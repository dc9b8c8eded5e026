"""Peaks of an estimated map."""

import math

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from liqtui.estimator import Bands, Exposure
from liqtui.estimator.bands import around
from liqtui.estimator.grid import Grid, centres
from liqtui.estimator.reach import HORIZONS, cascade, touch
from liqtui.model.market import Side
from liqtui.model.snapshot import Cluster

REACH = 0.15
"""Fraction of price within which peaks are sought, usually."""
_APART = 5
"""Buckets (0.5 %) that two peaks of one side are apart at least."""
_FLANK = 0.5
"""A cluster reaches to where the map falls below this fraction of its peak."""
_SOUGHT = 3
"""Peaks looked at on each side, times those that are wanted."""


def clusters(
    exposure: Exposure, price: float, most: int = 8, reach: float = REACH
) -> tuple[Cluster, ...]:
    """Return the peaks around ``price`` that matter most, those first.

    The largest, times the probability that the price gets there within hours: the very largest
    lie where it hardly ever goes. Without an outlook the largest.

    Args:
        exposure: the map.
        price: the mark.
        most: how many, over both sides.
        reach: fraction of price within which they are sought.
    """
    found = [
        cluster
        for side, values in ((Side.LONG, exposure.long), (Side.SHORT, exposure.short))
        for cluster in _side(exposure, values, side, price, _SOUGHT * most, reach)
    ]
    found.sort(key=lambda one: (_met(exposure, one, price) * one.usd, one.usd), reverse=True)
    return tuple(_foreseen(exposure, cluster, price) for cluster in found[:most])


def _met(exposure: Exposure, cluster: Cluster, price: float) -> float:
    """Return the probability that the price gets to a cluster within hours; 1 if it is unknown."""
    if exposure.outlook is None:
        return 1.0
    return touch(math.log(cluster.price / price), HORIZONS[-1], exposure.outlook.daily)


def _foreseen(exposure: Exposure, cluster: Cluster, price: float) -> Cluster:
    """Return a cluster with its band and how surely the price gets there."""
    if exposure.bands is not None:
        cluster = replace(cluster, band=_band(exposure, exposure.bands, cluster, price))
    outlook = exposure.outlook
    if outlook is None:
        return cluster
    away = math.log(cluster.price / price)
    chances = tuple(touch(away, seconds, outlook.daily) for seconds in HORIZONS)
    return replace(cluster, touch=chances)


def fired(cluster: Cluster, fire: Exposure, sure: float | None) -> Cluster:
    """Return a cluster with what comes of it once it is touched.

    Args:
        cluster: of the standing map.
        fire: what is expected to fire.
        sure: how surely half of that does; None where it is not known.
    """
    usd, found = getattr(fire, cluster.side.value), expected(cluster, fire)
    cluster = replace(cluster, expected=found, confidence=sure)
    low, high = (fire.grid.index(edge) for edge in (cluster.low, cluster.high))
    push = fire.outlook.per_usd if fire.outlook is not None else 0.0
    if not push or not 0 <= low <= high < fire.grid.size:
        return cluster
    near, step = (high, -1) if cluster.side is Side.LONG else (low, 1)
    falls, branching = cascade(usd, near, high - low + 1, step, push)
    return replace(cluster, cascade_usd=falls, branching=branching)


def expected(cluster: Cluster, fire: Exposure) -> float:
    """Return the USD of a cluster that is expected to fire, if it is touched."""
    low, high = (max(fire.grid.index(edge), 0) for edge in (cluster.low, cluster.high))
    return float(getattr(fire, cluster.side.value)[low : high + 1].sum())


def _band(exposure: Exposure, bands: Bands, cluster: Cluster, price: float) -> tuple[float, float]:
    """Return a cluster's band: no more than the one of all that stands up to its far edge."""
    way = _way(exposure.grid, cluster, price)
    upper = float(getattr(bands, cluster.side.value)[1][way].sum())
    return around(cluster.usd, upper, bands.lump)


def _way(grid: Grid, cluster: Cluster, price: float) -> slice:
    """Return the buckets from the price through a cluster."""
    here, low, high = (grid.index(x) for x in (price, cluster.low, cluster.high))
    return slice(max(low, 0), here + 1) if cluster.side is Side.LONG else slice(here, high + 1)


def _side(
    exposure: Exposure,
    values: NDArray[np.float64],
    side: Side,
    price: float,
    most: int,
    reach: float,
) -> list[Cluster]:
    grid = exposure.grid
    low, high = grid.index(price * (1 - reach)), grid.index(price * (1 + reach))
    low, high = max(low, 0), min(high + 1, grid.size)
    if high - low < 3:
        return []
    left = np.convolve(values[low:high], (0.25, 0.5, 0.25), "same")
    found: list[Cluster] = []
    while len(found) < most and left.max() > 0:
        peak = int(left.argmax())
        start, end = _flanks(left, peak)
        usd = float(values[low + start : low + end].sum())
        found.append(_cluster(grid.first + low, peak, start, end, usd, side, price))
        left[max(0, min(start, peak - _APART)) : max(end, peak + _APART + 1)] = 0.0
    return [cluster for cluster in found if cluster.usd > 0]


def _flanks(values: NDArray[np.float64], peak: int) -> tuple[int, int]:
    floor = values[peak] * _FLANK
    start = end = peak
    while start > 0 and values[start - 1] >= floor and peak - start < 2 * _APART:
        start -= 1
    while end + 1 < len(values) and values[end + 1] >= floor and end - peak < 2 * _APART:
        end += 1
    return start, end + 1


def _cluster(
    first: int, peak: int, start: int, end: int, usd: float, side: Side, price: float
) -> Cluster:
    at, low, high = (float(x) for x in centres([first + peak, first + start, first + end - 1]))
    return Cluster(side, at, low, high, usd, at / price - 1.0)
