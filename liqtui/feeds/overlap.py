"""Two connections that bring the same events, merged without losing or doubling one."""

from typing import Final, TypeAlias

from liqtui.model.events import Liquidation, Trade
from liqtui.model.market import Side, Taker

Counted: TypeAlias = Liquidation | Trade
"""What may not be doubled; a price or a rate said twice is the same price."""

_Key: TypeAlias = tuple[int, str, float, float | None, int]

_SECOND: Final = 1e9


class _Lane:
    """How often one connection brought each event, in this window and in the one before."""

    def __init__(self) -> None:
        self.now: dict[_Key, int] = {}
        self.before: dict[_Key, int] = {}

    def count(self, key: _Key) -> int:
        return self.now.get(key) or self.before.get(key, 0)

    def turn(self, recent: bool) -> None:
        self.before = self.now if recent else {}
        self.now = {}


class Overlap:
    """Passes an event as often as the connection that brought it most often.

    Liquidations carry no identifier, and equal ones on one connection can be real, so connections
    are merged as multisets: the maximum of counts per event, not their union. What was heard is
    remembered for one to two windows; that spans the reconnects too, after which a venue may
    repeat itself.

    Args:
        window: seconds.
    """

    def __init__(self, window: float) -> None:
        self._window = int(window * _SECOND)
        self._since = 0
        self._lanes: dict[int, _Lane] = {}

    def admit(self, number: int, event: Counted) -> bool:
        """Return whether this event is new.

        Args:
            number: of the connection it came over.
            event: with the time of its receipt.
        """
        if not -self._window <= event.seen - self._since < self._window:
            self._turn(event.seen)
        lane = self._lanes.get(number)
        if lane is None:
            lane = self._lanes[number] = _Lane()
        key = _key(event)
        lane.now[key] = count = lane.count(key) + 1
        if len(self._lanes) == 1:
            return True
        return all(count > other.count(key) for other in self._lanes.values() if other is not lane)

    def _turn(self, seen: int) -> None:
        recent = self._window <= seen - self._since < 2 * self._window
        for lane in self._lanes.values():
            lane.turn(recent)
        self._lanes = {number: lane for number, lane in self._lanes.items() if lane.before}
        self._since = seen


def _key(event: Counted) -> _Key:
    # Numbers, not the enumerations: their hash is written in Python and this is done per trade.
    if isinstance(event, Trade):
        kind = 0 if event.taker is Taker.BUY else 1
    else:
        kind = 2 if event.side is Side.LONG else 3
    return (kind, event.instrument.symbol, event.price, event.quantity, event.at)
