"""The past as an estimator needs it: in order of time, and no finer than it changes a map.

A day of one coin on four exchanges is ten thousand bars and counts, and every one of them costs
what a live one does. The map that was then is seen in steps of minutes, so bars are put together
and counts of open interest that follow closely are passed over: what a later one says of the time
in between is all there. Of weeks ago it only matters who opened at which prices: steps of four
hours tell that, and four weeks of them cost no more than three days.
"""

from collections.abc import Iterable
from typing import Final

from liqtui.model.events import Candle, MarketEvent, OpenInterest
from liqtui.model.market import CandlePrice
from liqtui.store.candles import joined, together
from liqtui.store.rings import MINUTE

FAR: Final = 2 * 60 * MINUTE
"""Before its end the past is far, and looked at more coarsely."""
_HOUR: Final = 60 * MINUTE
_STEPS: Final = (
    (3 * 24 * _HOUR, 4 * _HOUR, 4 * _HOUR),
    (FAR, 30 * MINUTE, _HOUR),
    (0, 5 * MINUTE, 15 * MINUTE),
)
"""From how long before its end, the steps of bars and of counts."""
_Key = tuple[tuple[str, str], CandlePrice]


def in_order(events: Iterable[MarketEvent]) -> list[MarketEvent]:
    """Sort by time; of one instant open interest first: a bar's growth belongs to that bar."""
    return sorted(events, key=lambda event: (event.at, isinstance(event, Candle)))


def condensed(events: Iterable[MarketEvent]) -> list[MarketEvent]:
    """Return what is applied of a past: bars of five minutes and counts of a quarter of an hour.

    Of the far past bars of half an hour and counts of a whole one, of what is older than three days
    both of four hours. Longer bars stay as they are, as does what is neither.
    """
    past = in_order(events)
    end = past[-1].at if past else 0
    bars: dict[_Key, Candle] = {}
    counted: dict[tuple[str, str], int] = {}
    kept: list[MarketEvent] = []
    for event in past:
        span, every = next(steps for ago, *steps in _STEPS if end - event.at >= ago)
        if isinstance(event, Candle):
            key = event.instrument.key, event.price
            before = bars.get(key)
            if before is not None and together(before, event, span):
                bars[key] = joined(before, event)
            else:
                kept += [before] if before is not None else []
                bars[key] = event
        elif not isinstance(event, OpenInterest):
            kept.append(event)
        elif event.at >= counted.get(event.instrument.key, 0):
            counted[event.instrument.key] = (event.at // every + 1) * every
            kept.append(event)
    return in_order((*kept, *bars.values()))
