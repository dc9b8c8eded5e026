"""The common layer that makes any method's map say what is to be expected to fire.

Docs/estimator.md 4.7: per shell of distance the ratio of what was liquidated to what the map had
in the bins the mark crossed, learned after each half hour and forgotten over days; and a share of
the map smoothed over half a percent, as large as would have told best where in the crossed bins
liquidations happen. Learned from what the feeds show: where they show a part, it says a part.
"""

from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from liqtui.estimator import Attentive, Estimator, Exposure
from liqtui.estimator.grid import STEP, Grid
from liqtui.estimator.path import Cut, Fresh, Path, cut, distance, known
from liqtui.model.events import Gap, MarketEvent, Trade

_WINDOW: Final = 1_800_000_000_000
"""Half an hour, ns."""
_EDGES: Final = np.array([0.008, 0.015, 0.03, 0.06])
"""Between the shells .3-.8, .8-1.5, 1.5-3, 3-6 and above 6 %."""
_CENTRES: Final = np.log([0.005, 0.011, 0.021, 0.042, 0.095])
_PRIOR_USD: Final = 200_000.0
_HALF_LIFE: Final = 3 * 86_400_000_000_000
_WIDTH: Final = 5.0
"""Bins (0.1 %), standard deviation of the smoothing."""
_TAPS: Final = np.exp(-0.5 * (np.arange(-15, 16) / _WIDTH) ** 2)
_KERNEL: Final = _TAPS / _TAPS.sum()
_STACK_PRIOR: Final = 20.0
"""Liquidations' worth of belief in an equal share of the map and its smoothed form."""

Floats = NDArray[np.float64]


class Shells:
    """The learned ratios, and the share of the smoothed map."""

    def __init__(self) -> None:
        self._predicted = np.zeros(5)
        self._fired = np.zeros(5)
        self._explained = np.array((_STACK_PRIOR / 2, _STACK_PRIOR / 2))
        """Liquidations told by the map as it is, and by its smoothed form."""

    @property
    def gains(self) -> Floats:
        """(5,) what is to fire per USD on the map, by shell.

        A shell that was not tested is worth what the others are: where a map of billions fires
        millions, to believe the rest of it makes a cliff that no map of its own has.
        """
        fired, predicted = self._fired.sum(), self._predicted.sum()
        overall = (_PRIOR_USD + fired) / (_PRIOR_USD + predicted)
        weight = _PRIOR_USD + predicted / len(self._fired)
        gains: Floats = (weight * overall + self._fired) / (weight + self._predicted)
        return gains

    @property
    def smoothed(self) -> float:
        """The share of the smoothed map."""
        return float(self._explained[1] / self._explained.sum())

    def forget(self, elapsed: int) -> None:
        """Let what was learned fade over ``elapsed`` nanoseconds."""
        kept = 0.5 ** (elapsed / _HALF_LIFE)
        self._predicted *= kept
        self._fired *= kept
        prior = _STACK_PRIOR / 2
        self._explained = prior + (self._explained - prior) * kept

    def learn(self, fresh: Fresh, published: Cut) -> None:
        """Compare what one side of a window had on the map with what fired."""
        if not fresh.size:
            return
        both = np.stack((fresh.of(published), fresh.of(smooth_cut(published))))
        mixed = np.array((1.0 - self.smoothed, self.smoothed)) @ both
        shell = np.searchsorted(_EDGES, distance(fresh, published.price))
        self._predicted += np.bincount(shell, mixed, 5)
        self._fired += np.bincount(shell, fresh.usd, 5)
        self._stack(both, fresh)

    def _stack(self, both: Floats, fresh: Fresh) -> None:
        """Credit each form with the liquidations it made likely, given the crossed bins."""
        totals = both.sum(axis=1, keepdims=True)
        if not (totals > 0).all() or not fresh.events:
            return
        shares = np.array([[1.0 - self.smoothed], [self.smoothed]])
        likely = fresh.mean(both / totals * shares)
        told = likely.sum(axis=0)
        seen = told > 0
        self._explained += (likely[:, seen] / told[seen]) @ fresh.counted[0, seen]

    def applied(self, usd: Floats, grid: Grid, price: float) -> Floats:
        """Return a map (2, size) as what is to be expected to fire."""
        share = self.smoothed
        mixed = (1.0 - share) * usd + share * smooth(usd)
        away = (grid.first + 0.5 + np.arange(grid.size)) * STEP - np.log(price)
        log_away = np.log(np.maximum(np.abs(away), 1e-4))
        fired: Floats = mixed * np.exp(np.interp(log_away, _CENTRES, np.log(self.gains)))
        # Smoothing must not put longs above the price, nor shorts below.
        here = grid.index(price)
        fired[0, max(here + 1, 0) :] = 0.0
        fired[1, : max(here, 0)] = 0.0
        return fired


def smooth(usd: NDArray[np.floating]) -> Floats:
    """Return a map (2, n) smoothed over half a percent."""
    return np.stack([np.convolve(side, _KERNEL, "same") for side in usd])


def smooth_cut(published: Cut) -> Cut:
    """Return a published map smoothed."""
    usd = smooth(published.usd).astype(np.float32)
    return Cut(published.at, published.price, published.first, usd)


class Layer(Protocol):
    """Makes what is expected to fire of what stands, and learns how."""

    def forget(self, elapsed: int) -> None:
        """Let what was learned fade over ``elapsed`` nanoseconds."""

    def learn(self, fresh: Fresh, published: Cut) -> None:
        """Compare what one side of a window had on the map with what fired."""

    def applied(self, usd: Floats, grid: Grid, price: float) -> Floats:
        """Return a map (2, size) as what is to be expected to fire."""


class Calibrated:
    """Any estimator with a layer; an `Estimator`.

    Args:
        inner: the estimator; this one feeds it.
        layer: the common one unless another is given.
    """

    def __init__(self, inner: Estimator, layer: Layer | None = None) -> None:
        self.method = f"{inner.method}+cal"
        self.inner = inner
        self.layer = layer or Shells()
        self._path = Path(_WINDOW)
        self._published: Cut | None = None
        self._due = 0

    def update(self, event: MarketEvent) -> None:
        """Take in one event; every half hour, first learn from the last one."""
        now = known(event)
        if now > self._due:
            self._turn(now)
        if type(event) is not Trade:  # volume is no concern of this layer
            self._path.take(event, now)
        self.inner.update(event)

    def missed(self, gap: Gap) -> None:
        """Let the inner one take note of a stretch in which events may have been lost."""
        if isinstance(self.inner, Attentive):
            self.inner.missed(gap)

    def ail(self, venue: str, *, ill: bool) -> None:
        """Let the inner one take note of whether a venue's feeds are not well now."""
        if isinstance(self.inner, Attentive):
            self.inner.ail(venue, ill=ill)

    def _turn(self, now: int) -> None:
        if self._published is not None:
            self._learn(self._published)
        since, self._due = self._due, -(-now // _WINDOW) * _WINDOW
        if since:
            self.layer.forget(self._due - since)
        self._published = None
        # A silence over the last half hour has no map that belongs to this one.
        if self._due - since != _WINDOW:
            return
        exposure, price = self.inner.exposure(), self._path.price
        if exposure is not None and price is not None:
            self._published = cut(exposure, price, since)

    def _learn(self, published: Cut) -> None:
        if self._path.fired:
            window = self._path.window(published.at, published.price, published.at + _WINDOW)
            for fresh in window:
                self.layer.learn(fresh, published)

    def exposure(self) -> Exposure | None:
        """Return what is to be expected to fire, None before any price was seen."""
        standing, price = self.inner.exposure(), self._path.price
        if standing is None or price is None:
            return None
        usd = np.stack((standing.long, standing.short))
        fired = self.layer.applied(usd, standing.grid, price)
        return Exposure(standing.grid, fired[0], fired[1], outlook=standing.outlook)

    def warming(self) -> str:
        """Say why the estimate cannot be trusted yet."""
        reason = self.inner.warming()
        if reason or self._path.fired:
            return reason
        return "no liquidation to calibrate by yet"
