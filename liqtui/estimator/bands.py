"""Between what the truth lies, four times out of five.

What stands up to a distance is taken as log-normal. Its variance has three parts: how far the
bank's opinions lie apart, how few positions it consists of (sizes are heavy-tailed, so that even a
known intensity says little of a small cluster), and what the bank has no opinion on
(docs/estimator.md 4.7). The last was set on simulated worlds and is checked on others.
"""

from typing import Final

import numpy as np

from liqtui.estimator import Bands
from liqtui.estimator.basis import Floats
from liqtui.estimator.grid import Grid

LEVEL: Final = 0.8
_QUANTILE: Final = 1.2816
RADII: Final = np.array([3, 5, 10, 20, 30, 50, 70, 100, 150, 300])
"""Buckets from the price at which the variance is worked out."""
_OPINION: Final = 1.0
"""Factor on the bank's own standard deviation."""
_UNKNOWN: Final = np.array([1.5, 1.4, 1.2, 0.7, 0.5, 0.3, 0.25, 0.2, 0.2, 0.2])
"""(radii,) standard deviations of what the bank has no opinion on."""
_WIDTH: Final = np.array([0.7, 0.7, 0.7, 0.7, 0.8, 0.92, 0.92, 0.9, 0.9, 0.9])
"""(radii,) what the deviation turned out to be worth over six families of simulated worlds: the
factor by which four truths out of five lay within it."""
_LARGEST: Final = 3.0
"""Factor of e at most."""


def deviation(sums: Floats, weights: Floats, lump: float, doubt: float) -> Floats:
    """Return (2, radii) standard deviations of the logarithm of what stands up to each radius.

    Args:
        sums: (pairs, 2, radii) USD by each opinion.
        weights: (pairs,) summing to 1.
        lump: USD, E[size^2] / E[size] of positions.
        doubt: standard deviation added for what the data lack.
    """
    mean = np.einsum("p,psr->sr", weights, sums)
    logs = np.log(np.maximum(sums, 1e-3 * np.maximum(mean, 1.0)))
    middle = np.einsum("p,psr->sr", weights, logs)
    spread = np.einsum("p,psr->sr", weights, (logs - middle) ** 2)
    lumps = np.log1p(lump / np.maximum(mean, 1e-3 * lump + 1.0))
    variance = _OPINION**2 * spread + lumps + _UNKNOWN**2 + doubt**2
    found: Floats = np.minimum(_WIDTH * np.sqrt(variance), _LARGEST)
    return found


def bands(grid: Grid, held: Floats, price: float, deviations: Floats) -> Bands:
    """Return the bands of a map.

    Args:
        grid: its window.
        held: (2, size) USD.
        price: the mark.
        deviations: (2, radii), as `deviation` gives them.
    """
    here = min(max(grid.index(price), 0), grid.size - 1)
    long, short = held[0, here::-1], held[1, here:]
    low, high = np.zeros_like(held), np.zeros_like(held)
    low[0, here::-1], high[0, here::-1] = _outward(long, deviations[0])
    low[1, here:], high[1, here:] = _outward(short, deviations[1])
    return Bands(LEVEL, (low[0], high[0]), (low[1], high[1]))


def _outward(usd: Floats, deviations: Floats) -> tuple[Floats, Floats]:
    """Return the increments of the lower and of the upper bounds of the sums from the price on."""
    sums = np.cumsum(usd)
    radii = np.arange(1, len(usd) + 1)
    wide = _QUANTILE * np.interp(np.log(radii), np.log(RADII), deviations)
    edges = [np.maximum.accumulate(sums * np.exp(sign * wide)) for sign in (-1.0, 1.0)]
    low, high = (np.diff(edge, prepend=0.0) for edge in edges)
    return low, high
