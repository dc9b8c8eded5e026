"""The volume profile: open interest stands as if it had entered where the last day's volume was.

Docs/estimator.md 1.4, BL-VP: the profile of traded volume, shifted by each tier's distance, with
what the mark crossed since taken out, scaled to the open interest.
"""

from math import exp

import numpy as np
from msgspec import Struct

from liqtui.estimator import Exposure
from liqtui.estimator.baselines.ladder import Ladder, distances
from liqtui.estimator.baselines.market import DAY, Market, Move
from liqtui.estimator.grid import bucket, centres
from liqtui.estimator.oi_candle import LEVERAGES, tier_shares
from liqtui.model.events import MarketEvent

_MINUTE = 60_000_000_000
_LARGE = 1e6
_MOST = 100
"""Bins of one bar that are filled."""


class _Filling(Struct, eq=False):
    """How one instrument's profile grows; old volume fades because new volume weighs more."""

    since: int
    flushed: int
    total: float = 0.0


class VolumeProfile:
    """See the module; an `Estimator`."""

    method = "volume-profile"

    def __init__(self) -> None:
        self._market = Market()
        self._ladder = Ladder()
        self._fillings: dict[tuple[str, str], _Filling] = {}

    def update(self, event: MarketEvent) -> None:
        """Take in one event."""
        move = self._market.take(event)
        if move is None:
            return
        key = move.quote.instrument.key
        filling = self._fillings.setdefault(key, _Filling(move.at, move.at))
        if move.low < move.high or move.at - filling.flushed >= _MINUTE:
            self._fill(filling, move)
        self._ladder.cross(move.quote, move.low, move.high)

    def _fill(self, filling: _Filling, move: Move) -> None:
        """Enter the volume since the last time, evenly over the prices of the move."""
        quote = move.quote
        weight = exp(min((move.at - filling.since) / DAY, 100.0))
        volume = (quote.bought + quote.sold) * weight
        filling.flushed, quote.bought, quote.sold = move.at, 0.0, 0.0
        entries = _entries(move)
        away, shares = distances(quote, LEVERAGES), tier_shares(quote.instrument.max_leverage)
        for price in entries:
            each = volume / len(entries)
            self._ladder.enter(quote, price, (each, each), away, shares)
        filling.total += volume
        if weight > _LARGE:
            self._ladder.scale(quote, 1.0 / weight)
            filling.since, filling.total = move.at, filling.total / weight

    def exposure(self) -> Exposure | None:
        """Return what stands now, None before any price was seen."""
        grid = self._ladder.grid
        if grid is None:
            return None
        usd = np.zeros((2, grid.size))
        for key, quote in self._market.quotes.items():
            total = self._fillings[key].total
            if total > 0:
                usd += self._ladder.held(quote) * grid.prices * ((quote.oi or 0.0) / total)
        return Exposure(grid, usd[0], usd[1])

    def warming(self) -> str:
        """Say why the estimate cannot be trusted yet."""
        if not self._market.quotes:
            return "no price yet"
        if not self._market.oi_usd:
            return "no open interest yet"
        filled = any(filling.total for filling in self._fillings.values())
        return "" if filled else "no volume seen yet"


def _entries(move: Move) -> list[float]:
    """Return prices evenly over a bar, or the one there is."""
    first, last = bucket(move.low), bucket(move.high)
    if first == last:
        return [move.close]
    found: list[float] = centres(np.arange(first, min(last, first + _MOST) + 1)).tolist()
    return found
