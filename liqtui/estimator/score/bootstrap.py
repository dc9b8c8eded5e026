"""Intervals of sums over windows whose events come in clusters: whole blocks are drawn again."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

_DRAWS = 1000


def blocks(times: ArrayLike, width: int) -> NDArray[np.int64]:
    """Return (n,) the number of the block of time that each window belongs to, from 0.

    >>> blocks([5, 7, 25, 31], 10).tolist()
    [0, 0, 1, 2]
    """
    _, numbers = np.unique(np.asarray(times, np.int64) // width, return_inverse=True)
    return numbers.astype(np.int64)


def interval(
    above: ArrayLike, below: ArrayLike, block: ArrayLike, level: float = 0.95
) -> tuple[float, float] | None:
    """Return the bootstrap interval of ``sum(above) / sum(below)``; None of fewer than 3 blocks.

    The same draws for the same number of blocks: intervals of two methods can be compared.

    Args:
        above: (n,) per window.
        below: (n,) per window.
        block: (n,) the block of each window.
        level: of the interval.

    >>> interval([1.0, 1.0, 1.0], [2.0, 2.0, 2.0], [0, 1, 2])
    (0.5, 0.5)
    """
    number = np.asarray(block, np.int64)
    sums = np.stack([np.bincount(number, np.asarray(x, np.float64)) for x in (above, below)])
    count = sums.shape[1]
    if count < 3:
        return None
    drawn = np.random.default_rng(count).integers(0, count, (_DRAWS, count))
    top, bottom = sums[0][drawn].sum(axis=1), sums[1][drawn].sum(axis=1)
    ratios = top[bottom > 0] / bottom[bottom > 0]
    if not len(ratios):
        return None
    low, high = np.quantile(ratios, ((1 - level) / 2, (1 + level) / 2))
    return float(low), float(high)
