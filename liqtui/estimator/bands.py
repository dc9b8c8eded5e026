"""Between what the truth lies, four times out of five.

What stands up to a distance is taken as log-normal, around a middle between the map and what
usually stands there: near the price a map follows the last hours' path further than the truth does.
The variance has three parts: how few positions it consists of (sizes are heavy-tailed, so that even
a known intensity says little of a small cluster), what is missing from the data
(`liqtui.estimator.evidence`), and how far that middle turned out to be off on simulated worlds of
six families and many weathers (docs/estimator.md 4.7, 7). Three other things were tried and told
nothing of how far a map is off: how far the bank's opinions lie apart, how well the dollars that
fired were foretold, and the share of what was crossed that fired.
"""

import math
from functools import lru_cache
from typing import Final

import numpy as np

from liqtui.estimator import Bands
from liqtui.estimator.basis import Floats
from liqtui.estimator.grid import SIZE, Grid
from liqtui.estimator.usual import RADII, SHARES

LEVEL: Final = 0.8
_QUANTILE: Final = 1.383 * 1.1**0.5
"""Deviations to either bound: of Student's t, since those below were learned from ten weathers, of
which the middle is not known exactly either."""
_PULL: Final = 0.5
"""How much of what is usual and not of the map is believed in a market of the usual kind,"""
_OFF: Final = np.array([1.0, 0.4, 0.35, 0.52, 0.57, 0.68, 0.66, 0.58, 0.35])
"""and the standard deviation of the logarithm of the truth around it, lumps apart."""
_STRANGE: Final = 0.5
"""The standard deviation to be added in a market that is not of the usual kind: the bands hold 73 %
on 15 worlds like those of `tests.bench.young`, on which it was chosen, least on the quietest, and
86 % on 12 others."""
_CLUSTER: Final = 0.8
"""The same of a cluster, of which the truth may stand beside."""
_LEAST: Final = 0.1
_FAR: Final = round(float(np.exp(RADII[-1])))
_LARGEST: Final = 3.0
"""Factors of e that a bound lies away at least from what is shown, and at most from the middle."""


def bands(
    grid: Grid, held: Floats, price: float, usually: float, lump: float, doubt: float, alike: float
) -> Bands:
    """Return the bands of a map.

    Args:
        grid: its window.
        held: (2, size) USD.
        price: the mark.
        usually: as of `liqtui.estimator.usual.usual`.
        lump: USD, E[size^2] / E[size] of positions.
        doubt: standard deviation added for what the data lack.
        alike: as of `liqtui.estimator.usual.likeness`.
    """
    here = min(max(grid.index(price), 0), grid.size - 1)
    sums = np.zeros_like(held)
    sums[0, : here + 1], sums[1, : grid.size - here] = held[0, here::-1], held[1, here:]
    # Beyond the last bucket that holds anything, and where the laws end, no bound rises.
    end = max(int(np.flatnonzero(sums.any(axis=0)).max(initial=0)) + 1, _FAR)
    doubt = math.hypot(doubt, _STRANGE * (1.0 - alike))
    edges = _edges(np.cumsum(sums[:, :end], axis=1), usually, _PULL * alike, lump, doubt)
    low, high = (_risen(edge, here, grid.size) for edge in edges)
    return Bands(LEVEL, (low[0], high[0]), (low[1], high[1]), lump)


def _edges(
    sums: Floats, usually: float, pull: float, lump: float, doubt: float
) -> tuple[Floats, Floats]:
    """Return between what the sums (2, n) from the price outward lie."""
    shares, variances = (law[: sums.shape[1]] for law in _laws(-(-sums.shape[1] // SIZE) * SIZE))
    middle = sums ** (1.0 - pull) * (usually * shares) ** pull
    wide = np.sqrt((variances + doubt**2) + _lumps(middle, lump))
    factor = np.exp(np.minimum(wide, _LARGEST) * _QUANTILE)
    # What is shown lies within: the other bound says how far it may be off.
    low = np.minimum(middle / factor, sums * math.exp(-_LEAST))
    return low, np.maximum(middle * factor, sums * math.exp(_LEAST))


def _risen(edge: Floats, here: int, size: int) -> Floats:
    """Return (2, size) by how much bounds that never fall rise from bucket to bucket."""
    steps = np.maximum.accumulate(edge, axis=1)
    steps[:, 1:] -= steps[:, :-1]
    risen = np.zeros((2, size))
    for side, away in ((0, risen[0, here::-1]), (1, risen[1, here:])):
        away[: steps.shape[1]] = steps[side, : len(away)]
    return risen


@lru_cache(maxsize=8)
def _laws(size: int) -> tuple[Floats, Floats]:
    """Return the usual shares up to each of so many buckets, and the variances around them."""
    radii = np.log(np.arange(1, size + 1))
    shares = np.exp(np.interp(radii, RADII, SHARES))
    return shares, np.interp(radii, RADII, _OFF) ** 2


def _lumps(usd: Floats, lump: float) -> Floats:
    """Return the variance of the logarithm that a few large positions leave."""
    variance: Floats = np.log1p(lump / np.maximum(usd, 1e-3 * lump + 1.0))
    return variance


def around(usd: float, upper: float, lump: float) -> tuple[float, float]:
    """Return between what a cluster's dollars lie, as probably.

    Args:
        usd: of the cluster.
        upper: the bound of all that stands from the price through the cluster.
        lump: USD, E[size^2] / E[size] of positions.
    """
    lumps = float(_lumps(np.array(usd), lump))
    wide = float(np.exp(_QUANTILE * min(np.sqrt(_CLUSTER**2 + lumps), _LARGEST)))
    return usd / wide, max(min(usd * wide, upper), usd)
