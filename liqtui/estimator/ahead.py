"""What is to be expected to be liquidated within the hour, on each side of the price.

Of what is expected to fire at a price, the part that comes with the probability that the price
gets there; summed over all prices, peaks or not: near the price, where most is reached, there are
seldom any. A price that has moved for a quarter of an hour is taken to have half of that move
before it: without that, as many false alarms tell of fewer bursts. What is expected to fire is
learned on days when many are stopped out or saved in time; of a crash that begins on such a day
nothing would be said, so some of all that stands is taken to fire at least.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from liqtui.estimator import Exposure
from liqtui.estimator.grid import STEP
from liqtui.estimator.reach import touch
from liqtui.model.market import Side
from liqtui.model.situation import Ahead

MOVED_S: Final = 900
_GOES_ON: Final = 0.5
_HORIZON: Final = 3600.0
_REACH: Final = 45
"""Bins (0.1 %) beyond which little is reached within an hour."""
_AT_LEAST: Final = 0.03
"""Of what stands: in a made crash 3 to 14 % of it fired."""
_HARDLY: Final = 1e-3
"""A probability that nothing hangs on."""
_LEVEL: Final = 0.25
"""Of the sum: the price by which so much of it lies tells where it begins."""
_STANDS: Final = 20
"""Bins over which is told what stands."""


def ahead(
    standing: Exposure, fire: Exposure, price: float, moved: float, daily: float
) -> tuple[Ahead, Ahead]:
    """Return what is ahead of longs, below the price, and of shorts, above it.

    Args:
        standing: what stands.
        fire: what of it is expected to fire where the price gets there.
        price: now.
        moved: log return of the last `MOVED_S`.
        daily: volatility, standard deviation of a day's log return.
    """
    return (
        _side(standing, fire, Side.LONG, price, -moved, daily),
        _side(standing, fire, Side.SHORT, price, moved, daily),
    )


def _side(
    standing: Exposure, fire: Exposure, side: Side, price: float, towards: float, daily: float
) -> Ahead:
    step = -1 if side is Side.LONG else 1
    drift = _GOES_ON * towards
    chances = _chances(drift, daily)
    fires = _from(fire, side, price, step, chances.size)
    held = _AT_LEAST * _from(standing, side, price, step, chances.size)
    expected = chances * np.maximum(fires, held)
    sums = np.cumsum(expected)
    total = float(sums[-1])
    begins = int(np.searchsorted(sums, _LEVEL * total))
    level = price * math.exp(step * STEP * begins)
    stands = float(_from(standing, side, price, step, _STANDS + 1).sum())
    return Ahead(side, total, level, stands, level / price - 1.0)


def _chances(drift: float, daily: float) -> NDArray[np.float64]:
    """Return the probabilities that each bin from the price on is reached, as far as it matters."""
    found: list[float] = []
    for n in range(_REACH + 1):
        found.append(touch(max(n * STEP - drift, 0.0), _HORIZON, daily))
        if found[-1] < _HARDLY:
            break
    return np.array(found)


def _from(
    exposure: Exposure, side: Side, price: float, step: int, count: int
) -> NDArray[np.float64]:
    """Return (count,) USD of one side's bins from the price on; what is off the grid is 0."""
    grid, values = exposure.grid, getattr(exposure, side.value)
    places = grid.index(price) + step * np.arange(count)
    held = (places >= 0) & (places < grid.size)
    found: NDArray[np.float64] = np.where(held, values[np.clip(places, 0, grid.size - 1)], 0.0)
    return found
