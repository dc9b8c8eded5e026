"""The true map beside the estimated one, where a simulation tells it: to be looked at only."""

import numpy as np
from numpy.typing import NDArray

from liqtui.estimator import Exposure
from liqtui.estimator.grid import bucket, centres, tally
from liqtui.estimator.path import REACH, cut
from liqtui.estimator.picture import Frame, row_sums
from liqtui.estimator.score import truth as metrics
from liqtui.estimator.score.standing import SIZE, binned
from liqtui.model.market import Side
from liqtui.model.snapshot import TrueMap, read_only
from liqtui.model.truth import Truth

_NEAR = 0.05
"""Log distance from the price within which dollars are compared."""
_REACHED = metrics.within(SIZE, metrics.REACH)


def beside(truth: Truth, exposure: Exposure | None, at: Frame, side: Side | None) -> TrueMap:
    """Return the truth in a heatmap's rows, and how the estimate does against it.

    Args:
        truth: where positions stand.
        exposure: what was estimated.
        at: what the heatmap covers.
        side: the only one whose cells are shown.
    """
    long, short = (
        row_sums(tally(levels, at.first, at.size).astype(np.float32), at)
        for levels in (truth.long, truth.short)
    )
    true = binned(truth)
    total = true.sum(axis=0)
    had = _estimated(exposure, truth)
    near = metrics.within(SIZE, _NEAR)
    dollars = float(total[near].sum())
    return TrueMap(
        at=truth.ts * 1_000_000,
        long=read_only(long),
        short=read_only(short),
        cells=read_only((side is not Side.SHORT) * long + (side is not Side.LONG) * short),
        shared=metrics.overlap(had.sum(axis=0), total),
        ratio=float(had[:, near].sum()) / dollars if dollars > 0 else None,
        found=metrics.hits(had.sum(axis=0), total),
        peaks=tuple(centres(metrics.peaks(total) + bucket(truth.price) - REACH).tolist()),
    )


def _estimated(exposure: Exposure | None, truth: Truth) -> NDArray[np.float64]:
    """Return (2, SIZE) USD around the truth's price."""
    usd = np.zeros((2, SIZE))
    if exposure is not None:
        usd += cut(exposure, truth.price, truth.ts * 1_000_000).usd
    return usd * _REACHED
