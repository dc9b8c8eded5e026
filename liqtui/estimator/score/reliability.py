"""Do clusters fire as often as was said? Docs/estimator.md 4.7 and 6.3.

Probabilities are recalibrated and their score is taken apart by isotonic regression (CORP:
Dimitriadis, Gneiting and Jordan, PNAS 2021).
"""

from math import erf, exp, expm1, sqrt
from statistics import NormalDist
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
_UNSURE: Final = 1.4
"""Standard deviation of the logarithm of what fires over what was expected, lumps apart: half of
what is expected fired of 40 % of 672 touched clusters, of simulated worlds of ten families."""
_TYPICAL: Final = 0.1
"""Of the lump, which a few giants make: the size of most of what a cluster is made of."""
_SCORES: Final = tuple(NormalDist().inv_cdf((n + 0.5) / 20) for n in range(20))
"""Of twenty equally likely parts of a normal law."""
_BELIEF: Final = 30.0
"""Touched clusters that the forecast itself counts for."""


def fires(mass: float, lump: float) -> float:
    """Return the probability that at least half of a touched cluster's USD is liquidated.

    Compound Poisson of liquidations of a tenth of a lump, where the mass itself is known no better
    than by a factor: without that four of ten are said to be certain.

    Args:
        mass: expected USD.
        lump: ``E[y^2] / E[y]`` of single liquidations, USD.

    >>> fires(0.0, 1e6), round(fires(1e3, 1e6), 3), round(fires(1e9, 1e6), 2)
    (0.0, 0.009, 0.4)
    """
    if not mass > 0.0:
        return 0.0
    factors = [exp(_UNSURE * score - _UNSURE * _UNSURE / 2.0) for score in _SCORES]
    count = mass / (_TYPICAL * lump)
    found = [_at_least(0.5 / factor, count * factor) for factor in factors]
    return sum(found) / len(found)


def _at_least(share: float, count: float) -> float:
    """Return the probability that a compound Poisson sum is a share of its mean or more.

    Nothing at all, or a Gamma of the right mean and variance (Wilson-Hilferty).
    """
    some = -expm1(-count)
    mean, square = count / some, (count + count * count) / some
    shape = mean * mean / max(square - mean * mean, 1e-12)
    root = (share * count / mean) ** (1 / 3)
    deviation = (root - (1 - 1 / (9 * shape))) * sqrt(9 * shape)
    return some * 0.5 * (1.0 - erf(deviation / sqrt(2)))


def isotonic(values: ArrayLike) -> Floats:
    """Return the nearest non-decreasing series (pool adjacent violators).

    >>> isotonic([1.0, 3.0, 2.0, 4.0]).tolist()
    [1.0, 2.5, 2.5, 4.0]
    """
    means: list[float] = []
    sizes: list[int] = []
    for value in np.asarray(values, np.float64).tolist():
        means.append(value)
        sizes.append(1)
        while len(means) > 1 and means[-2] >= means[-1]:
            size = sizes[-2] + sizes[-1]
            means[-2] = (means[-2] * sizes[-2] + means[-1] * sizes[-1]) / size
            sizes[-2] = size
            del means[-1], sizes[-1]
    return np.repeat(means, sizes)


class Reliability(Struct, frozen=True, eq=False):
    """Brier's score taken apart: ``brier = miscalibration - discrimination + uncertainty``."""

    brier: float
    miscalibration: float
    discrimination: float
    uncertainty: float
    said: Floats
    """(n,) the forecasts, ascending."""
    held: Floats
    """(n,) how often it happened at each, by isotonic regression."""
    came: Floats
    """(n,) whether it did, 0 or 1."""


def reliability(said: ArrayLike, happened: ArrayLike) -> Reliability | None:
    """Return how probabilities did, None of none.

    Args:
        said: (n,) probabilities.
        happened: (n,) whether it did.

    >>> found = reliability([0.2, 0.2, 0.2, 0.2, 0.2], [0, 0, 1, 0, 0])
    >>> round(found.brier, 3), abs(found.miscalibration) < 1e-9, abs(found.discrimination) < 1e-9
    (0.16, True, True)
    >>> reliability([0.0, 1.0], [0, 1]).discrimination
    0.25
    """
    p, y = np.asarray(said, np.float64), np.asarray(happened, np.float64)
    if not p.size:
        return None
    order = np.argsort(p, kind="stable")
    p, y = p[order], y[order]
    _, group, counts = np.unique(p, return_inverse=True, return_counts=True)
    tied = (np.bincount(group, y) / counts)[group]  # equal forecasts cannot be told apart
    held = isotonic(tied)
    brier, recalibrated = float(((p - y) ** 2).mean()), float(((held - y) ** 2).mean())
    uncertainty = float(y.mean() * (1.0 - y.mean()))
    return Reliability(
        brier, brier - recalibrated, uncertainty - recalibrated, uncertainty, p, held, y
    )


def recalibrated(before: Reliability | None, asked: float) -> float:
    """Return what a probability turned out to be worth before.

    Between the steps of the isotonic fit, and the less the fewer there were.

    Args:
        before: how earlier forecasts did, None of none.
        asked: a new one.

    >>> round(recalibrated(reliability([0.9] * 360, [1] * 180 + [0] * 180), 0.9), 2)
    0.53
    >>> recalibrated(None, 0.7)
    0.7
    """
    if before is None:
        return asked
    count = len(before.said)
    held = float(np.interp(asked, before.said, before.held))
    return (held * count + asked * _BELIEF) / (count + _BELIEF)
