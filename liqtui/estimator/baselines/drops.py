"""Method 2 of the seed: how far from the last high were positions liquidated before?

As it was written: the distance of every past liquidation, of either side, from the high of the
day is taken below the *present* price, so all levels are longs' and none is ever reached.
Repaired (docs/estimator.md 1.1): longs count from the day's high and shorts from its low, and so
do the levels; one that the price went through since that extreme is gone.
"""

from collections import deque
from datetime import UTC, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from liqtui.estimator import Exposure
from liqtui.estimator.baselines.market import DAY, Market
from liqtui.estimator.grid import Grid
from liqtui.model.events import Liquidation, MarketEvent, Trade
from liqtui.model.market import Side

_WIDTH: Final = 0.0025
_BINS: Final = 160
"""Of 0.25 % each: drops of up to 40 %."""
_DAYS: Final = 30
_MOST: Final = 3
"""Clusters of drops; the seed expects 8, 12 and 15 %."""


class Drops:
    """See the module; an `Estimator`."""

    def __init__(self, *, repaired: bool = False) -> None:
        self.method = "seed2-repaired" if repaired else "seed2"
        self._repaired = repaired
        self._market = Market()
        self._since: int | None = None
        """UTC ns of the first liquidation heard of."""
        self._now = 0
        self._days: deque[tuple[int, NDArray[np.float64]]] = deque(maxlen=_DAYS)

    def update(self, event: MarketEvent) -> None:
        """Take in one event."""
        self._now = event.at
        if isinstance(event, Liquidation):
            self._since = event.at if self._since is None else self._since
            self._liquidated(event)
        elif type(event) is not Trade:
            self._market.take(event)

    def _liquidated(self, event: Liquidation) -> None:
        extremes = self._market.extremes
        if not extremes or event.notional is None:
            return
        if self._repaired and event.side is Side.SHORT:
            low = min(slot.low for slot in extremes)
            side, drop = 1, event.price / low - 1.0
        else:
            high = max(slot.high for slot in extremes)
            side, drop = 0, 1.0 - event.price / high
        column = int(drop / _WIDTH)
        if drop >= 0.0 and column < _BINS:
            self._day(event.at // DAY)[side, column] += event.notional

    def _day(self, day: int) -> NDArray[np.float64]:
        if not self._days or day > self._days[-1][0]:
            self._days.append((day, np.zeros((2, _BINS))))
        return self._days[-1][1]

    def exposure(self) -> Exposure | None:
        """Return the map, None before any price was seen."""
        price = self._market.price
        if price is None:
            return None
        grid = Grid.around(price)
        usd = np.zeros((2, grid.size))
        for side in range(2 if self._repaired else 1):
            for drop, share in common(self._seen(side)):
                index = grid.index(self._level(side, drop, price) or price)
                if 0 <= index < grid.size and index != grid.index(price):
                    usd[side, index] += share * self._market.oi_usd
        return Exposure(grid, usd[0], usd[1])

    def _seen(self, side: int) -> NDArray[np.float64]:
        return sum((day[side] for _, day in self._days), np.zeros(_BINS))

    def _level(self, side: int, drop: float, price: float) -> float | None:
        """Return where a drop leads, None where the price has been since."""
        if not self._repaired:
            return price * (1.0 - drop)
        slots = list(self._market.extremes)
        if side == 0:
            top = max(range(len(slots)), key=lambda i: slots[i].high)
            level = slots[top].high * (1.0 - drop)
            return level if level < min([price, *(s.low for s in slots[top + 1 :])]) else None
        bottom = min(range(len(slots)), key=lambda i: slots[i].low)
        level = slots[bottom].low * (1.0 + drop)
        return level if level > max([price, *(s.high for s in slots[bottom + 1 :])]) else None

    def warming(self) -> str:
        """Say why the estimate cannot be trusted yet: since when liquidations are known."""
        if self._market.price is None:
            return "no price yet"
        if self._since is None or not self._days:
            return "no liquidation seen yet"
        if self._now - self._since >= _DAYS * DAY:
            return ""
        since = datetime.fromtimestamp(self._since / 1e9, UTC)
        return f"liquidations known since {since:%Y-%m-%d %H:%M} UTC only"


def common(seen: NDArray[np.float64]) -> list[tuple[float, float]]:
    """Return the most common drops with their share of what was liquidated, largest first.

    Args:
        seen: (bins,) USD liquidated per drop.

    >>> seen = np.zeros(160)
    >>> seen[[32, 33, 48]] = 30.0, 10.0, 20.0
    >>> [(round(drop, 5), round(share, 3)) for drop, share in common(seen)]
    [(0.08125, 0.667), (0.12125, 0.333)]
    """
    left, total = seen.astype(np.float64), seen.sum()
    found: list[tuple[float, float]] = []
    while len(found) < _MOST and left.max() > 0:
        peak = int(left.argmax())
        near = slice(max(peak - 1, 0), peak + 2)
        found.append(((peak + 0.5) * _WIDTH, float(left[near].sum() / total)))
        left[near] = 0.0
    return found
