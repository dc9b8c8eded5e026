"""Traded dollars by the size of the trade and its aggressor, minute by minute."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from liqtui.model.events import Trade
from liqtui.model.market import Taker
from liqtui.model.volume import SizeClass, Volume
from liqtui.store.rings import MINUTE

FLOORS: Final = (0.0, 1e3, 1e4, 1e5, 1e6)
"""USD from which on a trade is of a class."""
_KEPT: Final = 60
_SHORT: Final = 5
"""Minutes of the long and of the short window."""
_SUMS: Final = 2 * len(FLOORS)
_INNER: Final = FLOORS[1:]


class Traded:
    """One venue's trades of one coin over the last hour."""

    def __init__(self) -> None:
        self.since = 0
        """Of the first trade, UTC ns."""
        self._minute = -1
        self._open = [0.0] * _SUMS
        self._minutes: NDArray[np.int64] = np.full(_KEPT, -1, np.int64)
        self._sums: NDArray[np.float64] = np.zeros((_KEPT, _SUMS))

    def add(self, event: Trade) -> None:
        """Count one trade of known size, as the venue printed it."""
        if event.quantity is None:
            return
        minute = event.at // MINUTE
        if minute != self._minute:
            self._turn(minute)
            self.since = self.since or event.at
        usd = event.price * event.quantity
        self._open[2 * bisect_right(_INNER, usd) + (event.taker is Taker.SELL)] += usd

    def recall(self, minute: int, usd: Sequence[float]) -> None:
        """Take a minute (UTC) of a former run: bought, then sold, per class."""
        slot = minute % _KEPT
        if self._minutes[slot] < minute:
            self._minutes[slot] = minute
            self._sums[slot, 0::2], self._sums[slot, 1::2] = usd[: len(FLOORS)], usd[len(FLOORS) :]
            self.since = min(self.since or minute * MINUTE, minute * MINUTE)

    def _turn(self, minute: int) -> None:
        """Put the open minute away and take up another, perhaps one that was open before."""
        self._keep()
        slot = minute % _KEPT
        known = self._minutes[slot] == minute
        self._open = self._sums[slot].tolist() if known else [0.0] * _SUMS
        self._minute = minute

    def _keep(self) -> None:
        slot = self._minute % _KEPT
        if self._minute >= 0 and self._minutes[slot] <= self._minute:
            self._minutes[slot], self._sums[slot] = self._minute, self._open

    def last(self, now: int) -> NDArray[np.float64]:
        """Return (minutes, classes, 2) USD bought and sold up to ``now``, oldest first."""
        self._keep()
        minutes = now // MINUTE - np.arange(_KEPT - 1, -1, -1)
        slots = minutes % _KEPT
        known = self._minutes[slots] == minutes
        sums = np.where(known[:, None], self._sums[slots], 0.0)
        return sums.reshape(_KEPT, len(FLOORS), 2)


def volume(traded: Iterable[Traded], now: int) -> Volume | None:
    """Return the distribution over some venues, None before the first trade.

    Args:
        traded: of those venues.
        now: UTC ns, the end of the windows.
    """
    spoken = [one for one in traded if one.since]
    if not spoken:
        return None
    sums = sum(one.last(now) for one in spoken)
    assert isinstance(sums, np.ndarray)
    classes = [_class(floor, sums[:, number]) for number, floor in enumerate(FLOORS)]
    return Volume(min(one.since for one in spoken), tuple(classes[::-1]))


def _class(floor: float, minutes: NDArray[np.float64]) -> SizeClass:
    long, short = minutes.sum(axis=0).tolist(), minutes[-_SHORT:].sum(axis=0).tolist()
    running: Sequence[float] = np.cumsum(minutes[:, 0] - minutes[:, 1]).tolist()
    return SizeClass(floor, short[0], short[1], long[0], long[1], tuple(running))
