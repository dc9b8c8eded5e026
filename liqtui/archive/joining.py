"""Bars of a minute put together to bars of five, as an exchange's history has them."""

from collections.abc import Iterable, Iterator
from typing import Final

from liqtui.model.events import Candle
from liqtui.store.candles import joined, together
from liqtui.store.rings import MINUTE

_FINE: Final = 2 * 60 * MINUTE
"""Nanoseconds before now in which bars stay as they are."""
_SPAN: Final = 5 * MINUTE


def coarse(bars: Iterable[Candle], now: int) -> Iterator[Candle]:
    """Yield bars in their order, those of a minute put together as far as they are old.

    Args:
        bars: of one contract, by price and time.
        now: UTC ns.
    """
    held: Candle | None = None
    for bar in bars:
        old = bar.at <= now - _FINE
        if held is not None and old and held.price is bar.price and together(held, bar, _SPAN):
            held = joined(held, bar)
            continue
        if held is not None:
            yield held
        held = bar
    if held is not None:
        yield held
