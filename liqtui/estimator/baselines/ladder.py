"""Quantities standing at absolute prices until the mark of their instrument crosses them."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from liqtui.estimator.baselines.market import Quote
from liqtui.estimator.formulas import liquidation_distance
from liqtui.estimator.grid import STEP, Grid, bucket
from liqtui.model.market import Side
from liqtui.model.view import TIERS

_DEFAULT_MAINTENANCE = 0.005
_SIDES = (Side.LONG, Side.SHORT)
_EVERYWHERE = (-(2**60), 2**60)


def distances(quote: Quote, leverages: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ``ln(liquidation price / entry)`` of longs and shorts, (2, k)."""
    instrument = quote.instrument
    rate = instrument.tiers[0].rate if instrument.tiers else _DEFAULT_MAINTENANCE
    held = np.minimum(rate, 0.5 / leverages)
    fee = instrument.trigger_fee or 0.0
    return np.stack(
        [liquidation_distance(instrument.kind, side, leverages, held, fee) for side in _SIDES]
    )


class Ladder:
    """Units of base per instrument, class of leverage, side and price bin."""

    def __init__(self) -> None:
        self.grid: Grid | None = None
        self._held: dict[tuple[str, str], NDArray[np.float64]] = {}
        self._clear: dict[tuple[str, str], tuple[int, int]] = {}
        """Absolute bins that hold nothing: longs from the first on, shorts up to the second."""

    def cross(self, quote: Quote, low: float, high: float) -> None:
        """Clear what the mark went through: longs at and above the low, shorts up to the high."""
        key = quote.instrument.key
        bottom, top = bucket(low), bucket(high)
        longs, shorts = self._clear.get(key, _EVERYWHERE[::-1])
        if bottom >= longs and top <= shorts:
            return
        self._clear[key] = (min(bottom, longs), max(top, shorts))
        held = self._of(quote)
        assert self.grid is not None
        held[:, 0, max(bottom - self.grid.first, 0) :] = 0.0
        held[:, 1, : max(top + 1 - self.grid.first, 0)] = 0.0

    def enter(
        self,
        quote: Quote,
        price: float,
        sides: ArrayLike,
        away: ArrayLike,
        shares: ArrayLike,
        classes: ArrayLike = 0,
    ) -> None:
        """Put new positions where they would be liquidated.

        Args:
            quote: of their instrument.
            price: of their entry.
            sides: (2,) units of base of longs and of shorts.
            away: (2, k) log distances of the levels from the entry.
            shares: (k,) of each level.
            classes: (k,) of leverage, as `tier_of`.
        """
        held = self._of(quote)
        assert self.grid is not None
        levels = np.log(price) + np.asarray(away, np.float64)
        levels = np.where(np.isfinite(levels), levels, -1e6)
        at = np.floor(levels / STEP).astype(np.int64) - self.grid.first
        tiers = np.broadcast_to(np.asarray(classes), at.shape[1:])
        for side, quantity in enumerate(np.asarray(sides, np.float64)):
            within = (at[side] >= 0) & (at[side] < self.grid.size)
            where = (tiers[within], side, at[side][within])
            np.add.at(held, where, quantity * np.asarray(shares)[within])
        self._clear.pop(quote.instrument.key, None)

    def scale(self, quote: Quote, factor: float) -> None:
        """Multiply what stands of one instrument."""
        self._of(quote)[:] *= factor

    def held(self, quote: Quote) -> NDArray[np.float64]:
        """Return (2, size) units of base that stand of one instrument; not to be changed."""
        total: NDArray[np.float64] = self._of(quote).sum(axis=0)
        return total

    def parts(self) -> dict[str, NDArray[np.float64]]:
        """Return by venue the (classes, 2, size) USD, each bin at its own price."""
        assert self.grid is not None
        found: dict[str, NDArray[np.float64]] = {}
        for (venue, _), held in self._held.items():
            found[venue] = found.get(venue, 0.0) + held * self.grid.prices
        return found

    def usd(self) -> NDArray[np.float64]:
        """Return (2, size) USD of all instruments, each bin at its own price."""
        assert self.grid is not None
        total = np.zeros((2, self.grid.size))
        for held in self._held.values():
            total += held.sum(axis=0)
        return total * self.grid.prices

    def _of(self, quote: Quote) -> NDArray[np.float64]:
        grid = self._anchored(quote.price)
        key = quote.instrument.key
        held = self._held.get(key)
        if held is None:
            held = self._held[key] = np.zeros((len(TIERS), 2, grid.size))
        return held

    def _anchored(self, price: float) -> Grid:
        """Return the window, moved where the price has left its middle half."""
        if self.grid is None:
            self.grid = Grid.around(price)
        elif not self.grid.holds(price):
            moved = Grid.around(price)
            for key, held in self._held.items():
                self._held[key] = self.grid.move(held, moved)
            self.grid = moved
        return self.grid
