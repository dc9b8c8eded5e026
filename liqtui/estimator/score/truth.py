"""A map against the true one: docs/estimator.md 6.1.

Maps and truths here are arrays over the same bins of `liqtui.estimator.grid.STEP` in log price,
in USD, with the price's bin in the middle.
"""

from math import log
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from liqtui.estimator.grid import STEP

Floats = NDArray[np.float64]

REACH: Final = 0.15
"""Log distance from the price within which maps are compared."""
BASIS_POINT: Final = 1e-4
_HIT: Final = 0.0025
_PEAK_WIDTH: Final = 0.0015
_APART: Final = 0.005
_NEAREST, _FURTHEST = 0.005, 0.08


def within(size: int, reach: float) -> NDArray[np.bool_]:
    """Tell which of ``size`` bins lie within a log distance of the middle one."""
    return np.abs(np.arange(size) - size // 2) * STEP <= reach + 1e-12


def emd(estimated: ArrayLike, true: ArrayLike) -> float | None:
    """Return the earth mover's distance in log price between two maps scaled to the same total.

    None where one of them is empty.

    >>> round(emd([0, 1, 0, 0], [0, 0, 0, 5]) / STEP, 6)
    2.0
    >>> emd([0, 0], [1, 0]) is None
    True
    """
    a, t = np.asarray(estimated, np.float64), np.asarray(true, np.float64)
    if not (a.sum() > 0 and t.sum() > 0):
        return None
    return float(STEP * np.abs(np.cumsum(a / a.sum() - t / t.sum())).sum())


def smoothed(usd: ArrayLike, width: float) -> Floats:
    """Return a map smoothed by a Gaussian of standard deviation ``width`` in log price.

    >>> smoothed([0, 0, 0, 1, 0, 0, 0], 1e-9).tolist()
    [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]
    """
    values = np.asarray(usd, np.float64)
    reach = min(int(4 * width / STEP) + 1, (len(values) - 1) // 2)
    taps = np.exp(-0.5 * (np.arange(-reach, reach + 1) * STEP / width) ** 2)
    return np.convolve(values, taps / taps.sum(), "same")


def overlap(estimated: ArrayLike, true: ArrayLike, width: float = 0.0025) -> float | None:
    """Return the share that two smoothed maps, scaled to the same total, have in common.

    >>> a, b = np.zeros(99), np.zeros(99)
    >>> a[30] = b[60] = b[30] = 1.0
    >>> round(overlap(a, a), 6), round(overlap(a, b, 0.0001), 6)
    (1.0, 0.5)
    """
    a, t = smoothed(estimated, width), smoothed(true, width)
    if not (a.sum() > 0 and t.sum() > 0):
        return None
    return float(np.minimum(a / a.sum(), t / t.sum()).sum())


def peaks(usd: ArrayLike, most: int = 5) -> NDArray[np.int64]:
    """Return the bins of the largest local maxima between 0.5 and 8 % from the price.

    Smoothed over 15 bp, at least 50 bp apart, largest first.

    >>> usd = np.zeros(301)
    >>> usd[[100, 103, 170, 151]] = 5.0, 2.0, 3.0, 9.0
    >>> peaks(usd).tolist()
    [100, 170]
    """
    values = smoothed(usd, _PEAK_WIDTH)
    away = np.abs(np.arange(len(values)) - len(values) // 2) * STEP
    padded = np.pad(values, 1)
    top = (values > 0) & (values >= padded[:-2]) & (values > padded[2:])
    left = np.where(top & (away >= _NEAREST) & (away <= _FURTHEST), values, 0.0)
    found: list[int] = []
    apart = round(_APART / STEP)
    while len(found) < most and left.max() > 0:
        found.append(int(left.argmax()))
        left[max(found[-1] - apart + 1, 0) : found[-1] + apart] = 0.0
    return np.array(found, np.int64)


def hits(estimated: ArrayLike, true: ArrayLike, most: int = 5) -> float | None:
    """Return the share of the largest true clusters with an estimated one within 25 bp.

    None where there is no true cluster.

    >>> t, m = np.zeros(301), np.zeros(301)
    >>> t[[100, 120, 190]] = 3.0, 2.0, 1.0
    >>> m[[102, 130]] = 1.0, 1.0
    >>> round(hits(m, t), 3)
    0.333
    """
    centres = peaks(true, most)
    if not len(centres):
        return None
    guesses = peaks(estimated, most)
    if not len(guesses):
        return 0.0
    near = np.abs(centres[:, None] - guesses[None, :]) * STEP <= _HIT + 1e-12
    return float(near.any(axis=1).mean())


def chance(profile: ArrayLike, true: ArrayLike, most: int = 5) -> float | None:
    """Return the hits to be expected of as many guesses drawn at random from a profile.

    Args:
        profile: how much stands at each bin on average, by its distance from the price.
        true: the true map.
        most: clusters, and guesses.
    """
    centres, p = peaks(true, most), np.asarray(profile, np.float64)
    away = np.abs(np.arange(len(p)) - len(p) // 2) * STEP
    p = np.where((away >= _NEAREST) & (away <= _FURTHEST), p, 0.0)
    if not len(centres) or not p.sum() > 0:
        return None
    near = int(_HIT / STEP + 1e-9)
    mass = np.array([p[max(c - near, 0) : c + near + 1].sum() for c in centres]) / p.sum()
    return float((1.0 - (1.0 - mass) ** most).mean())


def shell_ratios(estimated: ArrayLike, true: ArrayLike) -> Floats:
    """Return ``ln(estimated / true)`` USD in shells 0-1, 1-2, 2-5, 5-10, 10-15 % from the price.

    NaN where one of them is empty.

    >>> shell_ratios(np.full(301, 2.0), np.full(301, 1.0)).round(3).tolist()
    [0.693, 0.693, 0.693, 0.693, 0.693]
    """
    a, t = np.asarray(estimated, np.float64), np.asarray(true, np.float64)
    away = np.abs(np.arange(len(a)) - len(a) // 2) * STEP
    shell = np.searchsorted([0.01, 0.02, 0.05, 0.10, 0.15], away - 1e-12)
    sums = np.stack([np.bincount(shell, x, 6)[:5] for x in (a, t)])
    ratios = np.full(5, np.nan)
    some = (sums > 0).all(axis=0)
    ratios[some] = np.log(sums[0, some] / sums[1, some])
    return ratios


def cumulative(usd: ArrayLike, distances: ArrayLike) -> Floats:
    """Return USD within each of several log distances of the price.

    >>> cumulative(np.ones(301), [0.01, 0.02]).tolist()
    [21.0, 41.0]
    """
    values = np.asarray(usd, np.float64)
    sums: Floats = np.array(
        [values[within(len(values), float(d))].sum() for d in np.asarray(distances)]
    )
    return sums


def crps(quantiles: ArrayLike, levels: ArrayLike, outcome: float) -> float:
    """Return the continuous ranked probability score of a forecast given by quantiles.

    Twice the mean pinball loss (Gneiting and Raftery 2007); for one certain value, the error.

    >>> crps([3.0, 3.0, 3.0], [0.25, 0.5, 0.75], 5.0)
    2.0
    """
    q, level = np.asarray(quantiles, np.float64), np.asarray(levels, np.float64)
    short = outcome - q
    return float(2.0 * np.maximum(level * short, (level - 1.0) * short).mean())


def fanned(low: float, middle: float, high: float, level: float) -> tuple[Floats, Floats]:
    """Return quantiles of a law that is log-normal on each side of its middle, and their levels.

    Args:
        low: lower end of a band.
        middle: its median.
        high: upper end.
        level: how probably the band holds the outcome.

    >>> levels, found = fanned(1.0, 4.0, 8.0, 0.8)
    >>> np.interp([0.1, 0.5, 0.9], levels, found).round(6).tolist()
    [1.0, 4.0, 8.0]
    """
    edge = NormalDist().inv_cdf(0.5 + level / 2)
    levels = np.arange(1, 20) / 20.0
    scores = np.array([NormalDist().inv_cdf(x) for x in levels]) / edge
    m = max(middle, 1e-9)
    ends = np.where(scores < 0, log(m / max(min(low, m), 1e-9)), log(max(high, m) / m))
    return levels, m * np.exp(scores * ends)


def leverage_emd(estimated: ArrayLike, true: ArrayLike) -> float | None:
    """Return the earth mover's distance between two maps by the logarithm of their distance.

    How far off the leverage is at which the book seems to stand: 0.69 is a factor of two.
    From 0.5 % of the price on; None where one of them is empty there.

    >>> two, four = np.zeros(301), np.zeros(301)
    >>> two[150 - 20] = four[150 + 40] = 1.0
    >>> round(leverage_emd(two, four), 2)
    0.69
    """
    a, t = np.asarray(estimated, np.float64), np.asarray(true, np.float64)
    away = np.abs(np.arange(len(a)) - len(a) // 2)
    first = round(_NEAREST / STEP)
    near, true_near = (np.bincount(away, x)[first:].astype(np.float64) for x in (a, t))
    if not (near.sum() > 0 and true_near.sum() > 0):
        return None
    gaps = np.diff(np.log(np.arange(first, first + len(near))))
    apart = np.cumsum(near / near.sum() - true_near / true_near.sum())
    return float((np.abs(apart)[:-1] * gaps).sum())
