"""Maps that hang on the present price: whatever happened, they are the same distances away.

Their price can never come near a level, so they know nothing of where it went (docs/estimator.md
0.2); they are here because they are published, and because the two that know least, `uniform` and
`radial`, are hard to beat.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from liqtui.estimator import Exposure
from liqtui.estimator.baselines.market import Market
from liqtui.estimator.grid import STEP, Grid
from liqtui.model.events import MarketEvent, Trade

Shape: TypeAlias = Callable[[Market, float, Grid], NDArray[np.float64]]
"""(market, price, grid) to (2, grid.size) USD."""

_REACH = 0.15
_MAINTENANCE = 0.005
_MEDIAN_LEVERAGE, _SPREAD = 10.0, 0.9


class Floating:
    """A map drawn anew from the latest values each time it is asked for; an `Estimator`.

    Args:
        method: its name.
        shape: draws the map.
    """

    def __init__(self, method: str, shape: Shape) -> None:
        self.method = method
        self._shape = shape
        self._market = Market()

    def update(self, event: MarketEvent) -> None:
        """Take in one event."""
        if type(event) is not Trade:
            self._market.take(event)

    def exposure(self) -> Exposure | None:
        """Return the map around the present price, None before any."""
        price = self._market.price
        if price is None:
            return None
        grid = Grid.around(price)
        usd = self._shape(self._market, price, grid)
        return Exposure(grid, usd[0], usd[1])

    def warming(self) -> str:
        """Say why the estimate cannot be trusted yet."""
        if self._market.price is None:
            return "no price yet"
        return "" if self._market.oi_usd else "no open interest yet"


def uniform(market: Market, price: float, grid: Grid) -> NDArray[np.float64]:
    """Spread all open interest evenly in log price over 15 % on each side."""
    inside = [0 < away <= _REACH for away in _away(price, grid)[1]]
    up = np.asarray(inside, np.float64)
    return _both(up, market, price, grid)


def radial(market: Market, price: float, grid: Grid) -> NDArray[np.float64]:
    """Spread it as fresh positions of log-normal leverage would stand, all entered just now."""
    away = np.maximum(_away(price, grid)[1], 0.0) + _MAINTENANCE
    density = np.exp(-((np.log(1.0 / away / _MEDIAN_LEVERAGE)) ** 2) / (2 * _SPREAD**2)) / away
    return _both(np.where(away > _MAINTENANCE, density, 0.0), market, price, grid)


def _away(price: float, grid: Grid) -> NDArray[np.float64]:
    """Return (2, size) log distances of the bins from the price, ahead of longs and shorts."""
    ahead = (np.arange(grid.size) - grid.index(price)) * STEP
    return np.stack((-ahead, ahead))


def _both(up: NDArray[np.float64], market: Market, price: float, grid: Grid) -> NDArray[np.float64]:
    """Return a density above the price and its mirror image below, all open interest on each."""
    total = up.sum() or 1.0
    centre = grid.index(price)
    ahead = up[centre + 1 :] * (market.oi_usd / total)
    usd = np.zeros((2, grid.size))
    usd[1, centre + 1 :] = ahead
    below = min(centre, len(ahead))
    usd[0, centre - below : centre] = ahead[:below][::-1]
    return usd
