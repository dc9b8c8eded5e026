"""Liquidations of a former run: an exchange may tell of them again, and each counts once."""

from collections import Counter
from typing import TypeAlias

from liqtui.model.events import Liquidation
from liqtui.model.market import Side

_Identity: TypeAlias = tuple[tuple[str, str], int, Side, float, float | None]


class Told:
    """What was told before; what comes again is taken off."""

    def __init__(self) -> None:
        self._count: Counter[_Identity] = Counter()

    def add(self, event: Liquidation) -> None:
        """Take note of one of a former run."""
        self._count[_identity(event)] += 1

    def again(self, event: Liquidation) -> bool:
        """Tell whether this is one of them."""
        key = _identity(event)
        if key not in self._count:
            return False
        self._count[key] -= 1
        if not self._count[key]:
            del self._count[key]
        return True


def _identity(event: Liquidation) -> _Identity:
    """Return what tells a liquidation from others, to the millisecond: so it was kept."""
    at = event.at // 1_000_000
    return (event.instrument.key, at, event.side, event.price, event.quantity)
