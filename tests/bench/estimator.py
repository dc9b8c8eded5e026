"""The estimate and what is made of it: an event, a map, a picture, a day of the past."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import partial
from itertools import cycle
from typing import Final

import numpy as np

from liqtui.engine import Engine
from liqtui.estimator import Estimator
from liqtui.estimator.clusters import clusters
from liqtui.estimator.grid import SIZE
from liqtui.estimator.methods import MODEL, make
from liqtui.estimator.oi_candle import LEVERAGES
from liqtui.estimator.picture import Painter
from liqtui.estimator.track import Track
from liqtui.model.events import MarketEvent
from liqtui.model.view import View
from liqtui.store.market import Market
from tests.bench.budgets import budgets
from tests.bench.measure import interleaved, once
from tests.bench.report import Row
from tests.making import at, candle, instrument, interest, liquidation, mark, trade

_MARKETS: Final = tuple(instrument(venue=f"venue{n}", max_leverage=125.0) for n in range(6))
_MINUTES: Final = 1440
_END: Final = _MINUTES * 60
_PRICE: Final = 50_000.0
_VIEW: Final = View(columns=140, rows=76, tape_rows=250)
"""What a terminal of 200x50 asks for."""
_SIMPLE: Final = "oi-candle"
_REFERENCE: Final = "numpy, five tiers into a map"


def run() -> Iterator[Row]:
    """Measure beside the one numpy operation that an entry of five tiers takes at least."""
    past = day()
    works: dict[str, Callable[[], object]] = {_REFERENCE: _numpy()}
    for method in (_SIMPLE, MODEL):
        works |= _method(method, past)
    works |= {**_maps(past), **_engine(past)}
    times = interleaved(works)
    for name in works:
        ratio = times.ratio(name, to=_REFERENCE)
        yield Row(name, times.median(name) * 1e6, "µs", ratio, "x numpy")
    yield from _days(past)
    yield from budgets()


def _method(name: str, past: list[MarketEvent]) -> dict[str, Callable[[], object]]:
    kinds: dict[str, list[MarketEvent]] = {
        "mark": [mark(_END, _PRICE, of) for of in _MARKETS],
        "trade": [trade(_END, _PRICE, 1.0, of) for of in _MARKETS],
        "open interest": [interest(_END, 1e4, of) for of in _MARKETS],
    }
    ready = _ready(name, past)
    return {
        **{f"{name}, {kind}": _each(deepcopy(ready), kinds[kind]) for kind in kinds},
        f"{name}, interval closed": _intervals(deepcopy(ready)),
        f"{name}, interval closed and map": _intervals(deepcopy(ready), looked_at=True),
    }


def _days(past: list[MarketEvent]) -> list[Row]:
    """Time a day's past, with a map a minute, once a method: it takes long."""
    seconds = {name: once(partial(_tracked, name, past)) for name in (_SIMPLE, MODEL)}
    return [
        Row(
            f"{name}, a day of {len(_MARKETS)} markets ({len(past):,} events)",
            spent * 1e3,
            "ms",
            spent / seconds[_SIMPLE],
            f"x {_SIMPLE}",
        )
        for name, spent in seconds.items()
    ]


def day() -> list[MarketEvent]:
    """Return a day's minute bars and open interest every five minutes, of each market in turn."""
    random = np.random.default_rng(7)
    prices = (_PRICE * np.exp(np.cumsum(random.normal(0.0, 7e-4, _MINUTES)))).tolist()
    held = (1e4 * np.exp(np.cumsum(random.normal(0.0, 2e-3, _MINUTES)))).tolist()
    past: list[MarketEvent] = []
    for of in _MARKETS:
        for minute, price in enumerate(prices, 1):
            low, high = price * 0.9995, price * 1.0005
            past.append(candle(minute * 60, price, low, high, of, seen=_END))
        past += [interest(m * 60, held[m], of) for m in range(0, _MINUTES, 5)]
    return past


def _ready(method: str, past: list[MarketEvent]) -> Estimator:
    estimator = make(method)
    for event in sorted(past, key=lambda event: event.at):
        estimator.update(event)
    return estimator


def _tracked(method: str, past: list[MarketEvent]) -> Track:
    track = Track(lambda: make(method))
    for event in past:
        track.take(event, at(_END))
    track.begin()
    while track.reading:  # a share of the past goes with each event that comes
        track.take(mark(_END, _PRICE, _MARKETS[0]), at(_END))
    return track


def _numpy() -> Callable[[], object]:
    held, tiers, quantity = np.zeros((2, SIZE)), np.arange(5) * 100, LEVERAGES.copy()
    return lambda: np.add.at(held[0], tiers, quantity)


def _each(estimator: Estimator, events: list[MarketEvent]) -> Callable[[], object]:
    following = cycle(events)
    return lambda: estimator.update(next(following))


def _intervals(estimator: Estimator, *, looked_at: bool = False) -> Callable[[], object]:
    """Each call is five minutes later and finds open interest grown."""
    seconds, held = _END, 1e4

    def work() -> None:
        nonlocal seconds, held
        seconds, held = seconds + 300, held * 1.0001
        estimator.update(interest(seconds, held, _MARKETS[0]))
        estimator.update(mark(seconds, _PRICE, _MARKETS[0]))
        if looked_at:
            estimator.exposure()

    return work


def _maps(past: list[MarketEvent]) -> dict[str, Callable[[], object]]:
    market, track = Market(), _tracked(_SIMPLE, past)
    for event in past:
        market.apply(event)
    painter = Painter(market.base("BTC"), track)
    views = cycle((_VIEW, View(columns=141, rows=76)))
    exposure = track.estimator.exposure()
    assert exposure is not None
    return {
        "clusters": lambda: clusters(exposure, _PRICE),
        "picture, only the last column new": lambda: painter.paint(_VIEW, at(_END)),
        "picture, all new": lambda: painter.paint(next(views), at(_END)),
    }


def _engine(past: list[MarketEvent]) -> dict[str, Callable[[], object]]:
    engine = Engine({}, ["BTC"])
    for event in past:
        engine.handle(event)
    engine.begin("BTC")
    for number in range(2000):
        of = _MARKETS[number % len(_MARKETS)]
        engine.handle(mark(_END + number / 100, _PRICE, of))
        engine.handle(liquidation(_END + number / 100, _PRICE, 1e4, of=of))
    kinds: dict[str, MarketEvent] = {
        "trade": trade(_END + 20, _PRICE, 1.0, _MARKETS[0]),
        "mark": mark(_END + 20, _PRICE, _MARKETS[0]),
        "open interest": interest(_END + 20, 1e4, _MARKETS[0]),
        "liquidation": liquidation(_END + 20, _PRICE, of=_MARKETS[0]),
    }
    handled = {f"engine, {name}": _handled(engine, event) for name, event in kinds.items()}
    return {**handled, "engine, snapshot": lambda: engine.snapshot(_VIEW)}


def _handled(engine: Engine, event: MarketEvent) -> Callable[[], object]:
    return lambda: engine.handle(event)
