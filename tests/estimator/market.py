"""A small made-up market for the estimator's tests: a walk, trades, readings and liquidations."""

from collections.abc import Iterator, Sequence

import numpy as np

from liqtui.estimator.path import Fresh
from liqtui.model.events import MarketEvent
from liqtui.model.market import Instrument, Side
from tests.making import BTC, funding, interest, liquidation, mark, trade


def walk(seed: int, minutes: int, of: Instrument = BTC, turn: float = 1e-3) -> list[MarketEvent]:
    """Return events of a minute's trades, a mark, open interest and now and then a liquidation.

    Args:
        seed: of the randomness.
        minutes: how long.
        of: the instrument.
        turn: volatility of a minute.
    """
    return list(_walk(np.random.default_rng(seed), minutes, of, turn))


def _walk(
    rng: np.random.Generator, minutes: int, of: Instrument, turn: float
) -> Iterator[MarketEvent]:
    price, held = 100.0, 1e6
    yield mark(0, price, of)
    yield interest(0, held, of)
    yield funding(0, 1e-4, of=of)
    for minute in range(minutes):
        before, price = price, price * float(np.exp(turn * rng.normal()))
        for second in (10, 25, 40):
            yield trade(minute * 60 + second, price, float(rng.exponential(500)), of)
        if abs(price / before - 1) > turn:
            side = Side.LONG if price < before else Side.SHORT
            yield liquidation(minute * 60 + 45, price, float(rng.exponential(2e4)), side, of)
        held += float(rng.normal(0, 300))
        yield mark(minute * 60 + 50, price, of)
        yield interest(minute * 60 + 55, held, of)


def broken(first: int, events: Sequence[float], usd: Sequence[float]) -> Fresh:
    """Return new ground of longs with so much fired in each of its bins."""
    bins = np.arange(len(events))
    counted = np.array([events, usd, usd], np.float64)
    return Fresh(0, first, len(events), np.stack((bins, bins + 1)), counted)
