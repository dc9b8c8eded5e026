"""Between what the truth lies, four times out of five.

What stands up to a distance is taken as log-normal around the map. Its variance has three parts:
how few positions it consists of (sizes are heavy-tailed, so that even a known intensity says little
of a small cluster), what is missing from the data (`liqtui.estimator.evidence`), and how far maps
turned out to be off on simulated worlds of six families (docs/estimator.md 4.7, 7). Two other
things were tried in its place and told nothing of how far a map is off: how far the bank's opinions
lie apart, and how well the dollars that fired were foretold.
"""

from typing import Final

import numpy as np

from liqtui.estimator import Bands
from liqtui.estimator.basis import Floats
from liqtui.estimator.grid import Grid

LEVEL: Final = 0.8
_QUANTILE: Final = 1.2816
_RADII: Final = np.log([3, 5, 10, 20, 30, 50, 70, 100, 150])
"""Buckets from the price,"""
_OFF: Final = np.array([1.8, 1.05, 0.77, 0.68, 0.7, 0.67, 0.7, 0.62, 0.66])
"""and the standard deviation of the logarithm of truth over map up to there, lumps apart: with it
four truths out of five lay within."""
_SHAPE: Final = 0.5
"""What a cluster adds to that: dollars that stand up to a distance may stand beside it."""
_LARGEST: Final = 3.0
"""Factor of e at most."""


def bands(grid: Grid, held: Floats, price: float, lump: float, doubt: float) -> Bands:
    """Return the bands of a map.

    Args:
        grid: its window.
        held: (2, size) USD.
        price: the mark.
        lump: USD, E[size^2] / E[size] of positions.
        doubt: standard deviation added for what the data lack.
    """
    here = min(max(grid.index(price), 0), grid.size - 1)
    long, short = held[0, here::-1], held[1, here:]
    low, high = np.zeros_like(held), np.zeros_like(held)
    low[0, here::-1], high[0, here::-1] = _outward(long, lump, doubt)
    low[1, here:], high[1, here:] = _outward(short, lump, doubt)
    return Bands(LEVEL, (low[0], high[0]), (low[1], high[1]), lump)


def _outward(usd: Floats, lump: float, doubt: float) -> tuple[Floats, Floats]:
    """Return the increments of the lower and of the upper bounds of the sums from the price on."""
    sums = np.cumsum(usd)
    off = np.interp(np.log(np.arange(1, len(usd) + 1)), _RADII, _OFF)
    wide = _QUANTILE * np.minimum(np.sqrt(off**2 + _lumps(sums, lump) + doubt**2), _LARGEST)
    edges = [np.maximum.accumulate(sums * np.exp(sign * wide)) for sign in (-1.0, 1.0)]
    low, high = (np.diff(edge, prepend=0.0) for edge in edges)
    return low, high


def _lumps(usd: Floats, lump: float) -> Floats:
    """Return the variance of the logarithm that a few large positions leave."""
    variance: Floats = np.log1p(lump / np.maximum(usd, 1e-3 * lump + 1.0))
    return variance


def around(usd: float, reached: float, upper: float, lump: float) -> tuple[float, float]:
    """Return between what a cluster's dollars lie, as probably.

    Args:
        usd: of the cluster.
        reached: USD of the map from the price through the cluster.
        upper: the bound of those.
        lump: USD, E[size^2] / E[size] of positions.
    """
    if not usd > 0.0:
        return 0.0, upper
    off = np.log(max(upper, reached) / reached) / _QUANTILE
    lumps = float(_lumps(np.array(usd), lump))
    wide = _QUANTILE * min(float(np.sqrt(off**2 + _SHAPE**2 + lumps)), _LARGEST)
    low, high = usd * np.exp(-wide), min(usd * np.exp(wide), upper)
    return float(low), float(max(high, usd))
