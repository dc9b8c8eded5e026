"""Bars of a minute made of the trades heard, with dollars by size of trade and aggressor."""

from bisect import bisect_right
from collections.abc import Iterator
from typing import Final

from liqtui.model.events import Trade
from liqtui.model.market import Taker
from liqtui.store.rings import MINUTE
from liqtui.store.volume import FLOORS

_CLASSES: Final = len(FLOORS)
_INNER: Final = FLOORS[1:]
LATE: Final = 3_000_000_000
"""Nanoseconds that trades of a minute may take to arrive."""


class Bar:
    """One contract's minute."""

    __slots__ = ("bought", "close", "high", "low", "open", "usd", "volume")

    def __init__(self, price: float) -> None:
        self.open = self.high = self.low = self.close = price
        self.volume = self.bought = 0.0
        self.usd = [0.0] * (2 * _CLASSES)
        """Bought, then sold, per class."""

    def add(self, event: Trade, quantity: float) -> None:
        """Count one trade."""
        price = self.close = event.price
        if price > self.high:
            self.high = price
        elif price < self.low:
            self.low = price
        self.volume += quantity
        usd = price * quantity
        size = bisect_right(_INNER, usd)
        if event.taker is Taker.BUY:
            self.bought += quantity
            self.usd[size] += usd
        else:
            self.usd[_CLASSES + size] += usd


class Bars:
    """The minutes that are not over yet, by contract."""

    def __init__(self) -> None:
        self._open: dict[tuple[int, int], Bar] = {}
        self._over = -1
        """The last minute that was given out: what comes later for it is too late."""

    def add(self, contract: int, event: Trade) -> None:
        """Count one trade of known size."""
        minute = event.at // MINUTE
        if event.quantity is None or minute <= self._over:
            return
        bar = self._open.get((minute, contract))
        if bar is None:
            bar = self._open[minute, contract] = Bar(event.price)
        bar.add(event, event.quantity)

    def over(self, now: int) -> Iterator[tuple[int, int, Bar]]:
        """Yield (minute, contract, bar) of the minutes that are over by now (UTC ns)."""
        last = (now - LATE) // MINUTE - 1
        for minute, contract in sorted(key for key in self._open if key[0] <= last):
            yield minute, contract, self._open.pop((minute, contract))
        self._over = max(self._over, last)
