"""The past as an estimator needs it: in order of time, and no finer than it changes a map.

A day of one coin on four exchanges is ten thousand bars and counts, and every one of them costs
what a live one does. The map that was then is seen in steps of minutes, so bars are put together
and counts of open interest that follow closely are passed over: what a later one says of the time
in between is all there.
"""

from collections.abc import Iterable
from typing import Final

from liqtui.model.events import Candle, MarketEvent, OpenInterest
from liqtui.model.market import CandlePrice
from liqtui.store.candles import joined, together
from liqtui.store.rings import MINUTE

FAR: Final = 2 * 60 * MINUTE
"""Before its end the past is far, and looked at more coarsely."""
_BAR, _FAR_BAR = 5 * MINUTE, 30 * MINUTE
_COUNT, _FAR_COUNT = 15 * MINUTE, 60 * MINUTE
_Key = tuple[tuple[str, str], CandlePrice]


def in_order(events: Iterable[MarketEvent]) -> list[MarketEvent]:
    """Sort by time; of one instant open interest first: a bar's growth belongs to that bar."""
    return sorted(events, key=lambda event: (event.at, isinstance(event, Candle)))


def condensed(events: Iterable[MarketEvent]) -> list[MarketEvent]:
    """Return what is applied of a past: bars of five minutes and counts of a quarter of an hour.

    Of the far past bars of half an hour and counts of a whole one. Longer bars stay as they are,
    as does what is neither.
    """
    past = in_order(events)
    far = past[-1].at - FAR if past else 0
    bars: dict[_Key, Candle] = {}
    counted: dict[tuple[str, str], int] = {}
    kept: list[MarketEvent] = []
    for event in past:
        if isinstance(event, Candle):
            key, span = (event.instrument.key, event.price), _FAR_BAR if event.at <= far else _BAR
            before = bars.get(key)
            if before is not None and together(before, event, span):
                bars[key] = joined(before, event)
            else:
                kept += [before] if before is not None else []
                bars[key] = event
        elif not isinstance(event, OpenInterest):
            kept.append(event)
        elif event.at >= counted.get(event.instrument.key, 0):
            every = _FAR_COUNT if event.at <= far else _COUNT
            counted[event.instrument.key] = (event.at // every + 1) * every
            kept.append(event)
    return in_order((*kept, *bars.values()))
