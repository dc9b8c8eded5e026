"""What the model may cost: its state, an event, a map, a day of the past, many markets at once.

At 4,000 buckets, twice as many as the product's window has.
"""

import tempfile
import tracemalloc
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from statistics import median, quantiles
from typing import Final

import numpy as np

from liqtui.commands.estimate import Estimation
from liqtui.estimator.basis import ATOMS
from liqtui.estimator.book import NS
from liqtui.estimator.methods import MODEL
from liqtui.estimator.mixture import OPINIONS
from liqtui.estimator.model import Model
from liqtui.estimator.standing import MEMBERS
from liqtui.model import wire
from liqtui.model.events import MarketEvent, MarkPrice
from liqtui.model.market import Instrument
from liqtui.store import journal
from tests.bench.busy import Rates, busy
from tests.bench.measure import once
from tests.bench.report import Row
from tests.making import instrument

_BUCKETS: Final = 4000
_VENUES: Final = 6
_BASES: Final = 10
_OF: Final = f"{MODEL}, {_BUCKETS:,}"
_USUAL: Final = Rates(trades=1.0, marks=1, interest=5, liquidations=0.01)
_HOUR: Final = 3600
_DAY: Final = Rates(trades=1.47, marks=3, interest=10, liquidations=0.01)
"""A million events of six markets in a day."""
_BUSY: Final = Rates(trades=30.0, marks=1, interest=5, liquidations=0.2)
_FIRST, _LAST = 60, 180
"""Seconds that many markets are followed for, once their books are filled."""
_LOOKS: Final = 4
"""Maps a second of the coin that is shown; of the others one a minute."""


_RESTS: Final = "mark that meets nothing"
_MEETS: Final = "mark that meets something"
_ENDS: Final = "mark that ends a minute"
_SETTLED: Final = "open interest"
_MAP: Final = "map of a market remade"
_MAPS: Final = "map of six, one remade"
_GOALS: Final = {
    _RESTS: "100",
    _MEETS: "100",
    _ENDS: "100",
    _SETTLED: "1,000",
    _MAP: "200",
    _MAPS: "",
}
"""Of each kind of work, in µs."""


def budgets() -> Iterator[Row]:
    """Measure what the model takes, each beside what it may take."""
    counts = f"{ATOMS} atoms, {len(OPINIONS)} opinions on leverage, {MEMBERS} members"
    state = _bytes() / _VENUES / MEMBERS / 1e6
    yield Row(f"{_OF}: a market and member", state, "MB", goal="1", note=counts)
    for name, (seconds, goal) in _pieces().items():
        quick = quantiles(seconds, n=10)[0] * 1e6
        seen = f"median of {len(seconds):,}; a tenth took less than {quick:,.0f} µs"
        yield Row(f"{_OF}: {name}", median(seconds) * 1e6, "µs", goal=goal, note=seen)
    with tempfile.NamedTemporaryFile(suffix=".ndjson") as file:
        events = _written(file.name)
        spent = once(partial(_estimated, file.name))
    yield Row("estimate, a day of one coin", spent, "s", goal="60", note=f"{events:,} events")
    events, spent = _followed()
    rate = f"{events / (_LAST - _FIRST):,.0f} events a second"
    share = 100 * spent / (_LAST - _FIRST)
    yield Row(f"{_BASES} coins of {_VENUES} markets", share, "% core", goal="10", note=rate)


def _bytes() -> int:
    """Return what six markets take once they were looked at."""
    tracemalloc.start()
    model = Model(_BUCKETS)
    _play(model, busy(_markets("BTC"), _USUAL, 0, 120))
    model.exposure()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return held


def _pieces() -> dict[str, tuple[list[float], str]]:
    """Return seconds of each kind of work in a busy hour after another, and goals in µs."""
    model, total = Model(_BUCKETS), np.zeros((2, _BUCKETS))
    _play(model, busy(_markets("BTC"), _USUAL, 0, _HOUR))
    books = {book.instrument.key: book for book in model.books}
    spent: dict[str, list[float]] = defaultdict(list)
    for event in chain.from_iterable(busy(_markets("BTC"), _USUAL, _HOUR, 2 * _HOUR)):
        book = books[event.instrument.key]
        changes, edges = book.changes, book.standing.edges
        seconds = once(partial(model.update, event))
        changed, moved = book.changes != changes, book.standing.edges != edges
        if isinstance(event, MarkPrice):
            spent[_ENDS if changed else _MEETS if moved else _RESTS].append(seconds)
        elif changed:
            spent[_SETTLED].append(seconds)
            remade = once(partial(book.add_to, total))
            spent[_MAP].append(remade)
            spent[_MAPS].append(remade + once(model.exposure))
    return {name: (spent[name], goal) for name, goal in _GOALS.items()}


def _written(path: str) -> int:
    """Write the lines of a day; return how many."""
    count = 0
    with Path(path).open("wb") as file:
        for event in chain.from_iterable(busy(_markets("BTC"), _DAY, 0, 24 * _HOUR)):
            file.write(wire.line(event) + b"\n")
            count += 1
    return count


def _estimated(path: str) -> None:
    estimation = Estimation("BTC", Model(_BUCKETS), 600 * NS, MODEL, "standing")
    with journal.opened(path) as file:
        for _ in estimation.maps(journal.lines(file)):
            pass


def _followed() -> tuple[int, float]:
    """Return how many events many markets had, and the seconds that they and the maps took."""
    coins = [(Model(_BUCKETS), _markets(f"COIN{number}")) for number in range(_BASES)]
    for model, markets in coins:
        _play(model, busy(markets, _BUSY, 0, _FIRST))
    streams = [list(busy(markets, _BUSY, _FIRST, _LAST)) for _, markets in coins]
    models = [model for model, _ in coins]

    def follow() -> None:
        for second, everything in enumerate(zip(*streams, strict=True)):
            for model, events in zip(models, everything, strict=True):
                looks = _LOOKS if model is models[0] else second % 60 == 0
                _followed_for_a_second(model, events, looks)

    return sum(len(events) for stream in streams for events in stream), once(follow)


def _followed_for_a_second(model: Model, events: list[MarketEvent], looks: int) -> None:
    for number, event in enumerate(events, 1):
        model.update(event)
        if number * looks % len(events) < looks:
            model.exposure()


def _play(model: Model, seconds: Iterator[list[MarketEvent]]) -> None:
    for event in chain.from_iterable(seconds):
        model.update(event)


def _markets(base: str) -> list[Instrument]:
    return [
        instrument(venue=f"venue{n}", base=base, symbol=f"{base}USDT", max_leverage=125.0)
        for n in range(_VENUES)
    ]
