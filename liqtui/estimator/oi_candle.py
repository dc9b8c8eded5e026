"""The OI-candle method: growth of open interest, entered at the candle's close, stacked by tier.

The method most published heatmaps describe (docs/estimator.md 1.2, BL-CG): every five minutes a
growth of open interest is new positions entered near the close; each leverage tier's share is
put at the price where it would be liquidated, and stands there until the mark crosses it. It
knows nothing of positions closed by hand, so it overstates; it says so in `warming` and by name.

Vendors split the growth between long and short by the takers' side. A new contract has one long
and one short, so here both sides get the whole of it, at distances of their own.
"""

import numpy as np
from numpy.typing import NDArray

from liqtui.estimator import Exposure
from liqtui.estimator.formulas import liquidation_distance
from liqtui.estimator.grid import STEP, Grid
from liqtui.model.events import Candle, MarketEvent, MarkPrice, OpenInterest
from liqtui.model.market import CandlePrice, Instrument, Side, Unit

LEVERAGES = np.array([5.0, 10.0, 25.0, 50.0, 100.0])
"""The tiers vendors draw."""
_MEDIAN_LEVERAGE, _SPREAD = 10.0, 0.9
"""Log-normal share of the tiers: the prior of docs/estimator.md 4.4."""
_DEFAULT_MAINTENANCE = 0.005
_INTERVAL = 300_000_000_000
"""Five minutes, ns."""
_SIDES = (Side.LONG, Side.SHORT)


def tier_shares(most: float | None) -> NDArray[np.float64]:
    """Return the assumed share of new positions per tier of `LEVERAGES`, summing to 1.

    Args:
        most: the instrument's highest leverage; tiers above it get nothing.
    """
    shares = np.exp(-((np.log(LEVERAGES / _MEDIAN_LEVERAGE)) ** 2) / (2 * _SPREAD**2))
    if most is not None:
        shares = np.where(max(most, LEVERAGES[0]) >= LEVERAGES, shares, 0.0)
    total: NDArray[np.float64] = shares / shares.sum()
    return total


class _Levels:
    """What stands of one instrument, and the interval under way."""

    def __init__(self, instrument: Instrument, grid: Grid) -> None:
        self.held = np.zeros((2, grid.size))
        """(side, bin) units of base."""
        self.interval = 0
        self.price: float | None = None
        self.oi: float | None = None
        """At the end of the last interval (`OpenInterest.face`)."""
        self.latest_oi: float | None = None
        self.adopt(instrument)

    def adopt(self, instrument: Instrument) -> None:
        """Take the tiers of what is newly said of the instrument."""
        self.instrument = instrument
        rate = instrument.tiers[0].rate if instrument.tiers else _DEFAULT_MAINTENANCE
        fee = instrument.trigger_fee or 0.0
        held = np.minimum(rate, 0.5 / LEVERAGES)
        self.distances = [
            liquidation_distance(instrument.kind, side, LEVERAGES, held, fee) for side in _SIDES
        ]
        self.shares = tier_shares(instrument.max_leverage)


class OiCandle:
    """See the module; an `Estimator` of one base."""

    method = "oi-candle"

    def __init__(self) -> None:
        self._grid: Grid | None = None
        self._levels: dict[tuple[str, str], _Levels] = {}
        self._entered = 0.0
        self._mass: NDArray[np.float64] | None = None

    def update(self, event: MarketEvent) -> None:
        """Take in one event."""
        match event:
            case MarkPrice():
                self._priced(event, event.price, event.price, event.price)
            case Candle() if event.price is not CandlePrice.INDEX:
                self._priced(event, event.low, event.high, event.close)
            case OpenInterest():
                self._opened(event)
            case _:
                pass

    def _priced(self, event: MarkPrice | Candle, low: float, high: float, close: float) -> None:
        levels = self._of(event.instrument, close)
        self._cross(levels, low, high)
        if levels.interval != event.at // _INTERVAL:
            self._close_interval(levels)
            levels.interval = event.at // _INTERVAL
        levels.price = close

    def _opened(self, event: OpenInterest) -> None:
        levels = self._levels.get(event.instrument.key)
        if levels is not None and event.face is not None:
            levels.latest_oi = event.face
            if levels.oi is None:
                levels.oi = event.face

    def _of(self, instrument: Instrument, price: float) -> _Levels:
        grid = self._grid = self._anchored(price)
        levels = self._levels.get(instrument.key)
        if levels is None:
            levels = self._levels[instrument.key] = _Levels(instrument, grid)
        elif levels.instrument is not instrument:
            levels.adopt(instrument)
        return levels

    def _anchored(self, price: float) -> Grid:
        grid = self._grid
        if grid is None:
            return Grid.around(price)
        if grid.holds(price):
            return grid
        moved = Grid.around(price)
        for levels in self._levels.values():
            levels.held = grid.move(levels.held, moved)
        self._mass = None
        return moved

    def _cross(self, levels: _Levels, low: float, high: float) -> None:
        """Clear what the mark went through: longs at and above the low, shorts up to the high."""
        assert self._grid is not None
        longs = levels.held[0, max(self._grid.index(low), 0) :]
        shorts = levels.held[1, : max(self._grid.index(high) + 1, 0)]
        if longs.any() or shorts.any():
            longs[:] = 0.0
            shorts[:] = 0.0
            self._mass = None

    def _close_interval(self, levels: _Levels) -> None:
        if levels.latest_oi is None or levels.oi is None or levels.price is None:
            return
        grown = levels.latest_oi - levels.oi
        levels.oi = levels.latest_oi
        if levels.instrument.contract_unit is Unit.QUOTE:
            grown /= levels.price
        if grown > 0:
            self._enter(levels, grown, levels.price)

    def _enter(self, levels: _Levels, quantity: float, price: float) -> None:
        assert self._grid is not None
        for side, distances in enumerate(levels.distances):
            at = np.floor((np.log(price) + distances) / STEP).astype(np.int64) - self._grid.first
            within = (at >= 0) & (at < self._grid.size)
            np.add.at(levels.held[side], at[within], quantity * levels.shares[within])
        self._entered += quantity * price
        self._mass = None

    def exposure(self) -> Exposure | None:
        """Return what stands now, None before any price was seen."""
        if self._grid is None:
            return None
        if self._mass is None:
            held = np.zeros((2, self._grid.size))
            for levels in self._levels.values():
                held += levels.held
            self._mass = held * self._grid.prices
        return Exposure(self._grid, self._mass[0], self._mass[1])

    def warming(self) -> str:
        """Say why the estimate cannot be trusted yet."""
        if not self._levels:
            return "no price yet"
        if all(levels.oi is None for levels in self._levels.values()):
            return "no open interest yet"
        return "" if self._entered else "no growth of open interest seen yet"
