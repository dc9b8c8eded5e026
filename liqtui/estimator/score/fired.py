"""A map against what fired on the ground the price newly crossed: docs/estimator.md 6.2, 6.3."""

from math import erfc, lgamma, log, sqrt
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

FLOOR: Final = 0.05
"""Share of an even spread in every map: one missed event must not cost everything."""


_MANY: Final = 500
"""Events from which on a count is as good as normal."""


def likelihoods(standing: ArrayLike) -> Floats:
    """Return how much likelier than an even spread a map makes each crossed bin.

    An empty map is an even spread.

    >>> likelihoods([3.0, 1.0]).round(3).tolist(), likelihoods([0.0, 0.0]).tolist()
    ([1.475, 0.525], [1.0, 1.0])
    """
    m = np.asarray(standing, np.float64)
    total = m.sum()
    if not total > 0:
        return np.ones(len(m))
    spread: Floats = (1.0 - FLOOR) * m * (len(m) / total) + FLOOR
    return spread


def gain(likely: ArrayLike, fired: ArrayLike) -> float:
    """Return the information that a map has over an even spread, times what fired.

    In nats times the unit of ``fired``, given the crossed bins and the total.

    Args:
        likely: (n,) how much likelier than an even spread the map made each place.
        fired: (n,) liquidations there, or their USD.

    >>> likely = likelihoods([1.0, 3.0])
    >>> round(gain(likely, [0.0, 2.0]) / 2, 4) == round(log(0.95 * 1.5 + 0.05), 4)
    True
    """
    y = np.asarray(fired, np.float64)
    return float((y * np.log(np.asarray(likely, np.float64))).sum())


def total_p(predicted: float, events: float, dispersion: float) -> float:
    """Return the two-sided p of a count under a Poisson-Gamma law: the N-test.

    Args:
        predicted: mean count.
        events: the count that was.
        dispersion: variance over mean; 1 is Poisson.

    >>> round(total_p(10.0, 10.0, 1.0), 2), total_p(10.0, 40.0, 1.0) < 1e-6
    (1.0, True)
    >>> round(total_p(499.0, 480.0, 4.0), 1) == round(total_p(520.0, 501.0, 4.0), 1)
    True
    """
    if predicted <= 0:
        return 1.0 if events == 0 else 0.0
    below = _cumulative(int(events), predicted, dispersion)
    before = _cumulative(int(events) - 1, predicted, dispersion)
    return min(1.0, 2.0 * min(below, 1.0 - before))


def _cumulative(k: int, mean: float, dispersion: float) -> float:
    if k < 0:
        return 0.0
    if k > _MANY:
        return 0.5 * erfc((mean - k - 0.5) / sqrt(2.0 * mean * max(dispersion, 1.0)))
    if dispersion <= 1.0 + 1e-9:
        terms = [i * log(mean) - mean - lgamma(i + 1) for i in range(k + 1)]
    else:
        size, p = mean / (dispersion - 1.0), 1.0 / dispersion
        terms = [
            lgamma(i + size) - lgamma(size) - lgamma(i + 1) + size * log(p) + i * log(1.0 - p)
            for i in range(k + 1)
        ]
    return min(float(np.exp(terms).sum()), 1.0)


def intensity(standing: ArrayLike, fired: ArrayLike, lump: float) -> float:
    """Return the compound-Poisson log score of total USD, over all windows, quiet ones too.

    Args:
        standing: (n,) USD predicted per window.
        fired: (n,) USD that fired.
        lump: typical size of one liquidation, USD.

    >>> intensity([10.0], [10.0], 10.0) > intensity([20.0], [10.0], 10.0)
    True
    """
    mu = np.maximum(np.asarray(standing, np.float64), 1e-3 * lump) / lump
    y = np.asarray(fired, np.float64) / lump
    return float((y * np.log(mu) - mu).sum())


def ranks(values: ArrayLike) -> Floats:
    """Return ranks from 0, ties at their mean.

    >>> ranks([3.0, 1.0, 3.0]).tolist()
    [1.5, 0.0, 1.5]
    """
    x = np.asarray(values, np.float64)
    _, inverse, counts = np.unique(x, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    means: Floats = (ends - 1 - (counts - 1) / 2.0)[inverse]
    return means


def partial_rank_correlation(x: ArrayLike, y: ArrayLike, given: ArrayLike) -> float | None:
    """Return Spearman's correlation of two series with others regressed out of the ranks.

    None where too little is left to tell.

    Args:
        x: (n,) predicted.
        y: (n,) what was.
        given: (k, n) what both may only share because of it.

    >>> n = np.arange(50.0)
    >>> x, y = n + 9 * np.sin(5 * n), n + 9 * np.sin(3 * n)
    >>> round(float(np.corrcoef(ranks(x), ranks(y))[0, 1]), 1)
    0.8
    >>> abs(partial_rank_correlation(x, y, [n])) < 0.3
    True
    >>> round(partial_rank_correlation(n, n**3, [np.cos(7 * n)]), 3)
    1.0
    """
    others = np.array([ranks(row) for row in np.atleast_2d(np.asarray(given, np.float64))])
    a, b = ranks(x), ranks(y)
    if len(a) < len(others) + 4:
        return None
    design = np.vstack([np.ones(len(a)), others]).T
    left = [v - design @ np.linalg.lstsq(design, v, rcond=None)[0] for v in (a, b)]
    norms = [float(np.sqrt(v @ v)) for v in left]
    if min(norms) < 1e-6 * len(a):
        return None
    return float(left[0] @ left[1] / (norms[0] * norms[1]))
