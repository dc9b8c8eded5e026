"""What is expected to fire where the price goes: the standing map, less sure of itself.

A map can be right about how much stands and still mislead about where it fires: positions are
stopped out, saved, opened on the way there. So what fires is told by three forms at once: the
map's square root (peaks and gaps are there, but lower than they look), an even spread, and one
that fades with the distance (small positions at high leverage, opened lately or not yet). Their
shares are learned from what fired on the ground the price newly crossed and from what did not: a
form that puts dollars where nothing fires loses its share (docs/estimator.md 4.4, with forms in
place of kinds). Learned from liquidations rather than dollars: one giant must not decide.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from liqtui.estimator.grid import STEP, Grid
from liqtui.estimator.path import REACH, Cut, Fresh, cut_of, distance

Floats = NDArray[np.float64]

_FADING: Final = 0.01
"""Log distance over which the last form falls to 1/e,"""
_NEAR: Final = 3.0
"""from so many times the even spread."""
_PRIOR: Final = np.array([0.02, 0.05, 0.005])
"""Share of each form's dollars that fires, before anything is learned: mostly even, so that a map
has to earn its say."""
_STRENGTH: Final = 2e-4
"""Of the map's dollars: how much crossed ground weighs as much as that guess."""
_HALF_LIFE: Final = 3 * 86_400_000_000_000


class Forms:
    """The learned shares; a `Layer`."""

    def __init__(self) -> None:
        self._crossed: Floats = np.zeros(len(_PRIOR))
        self._fired: Floats = np.zeros(len(_PRIOR))
        """USD of each form on crossed ground, and what fired that is credited to it."""
        self._strength = 1.0
        self._events = self._usd = 0.0

    @property
    def shares(self) -> Floats:
        """(3,) of the dollars of the root, of the even and of the fading spread, what fires."""
        shares: Floats = (_PRIOR * self._strength + self._fired) / (self._strength + self._crossed)
        return shares

    def forget(self, elapsed: int) -> None:
        """Let what was learned fade over ``elapsed`` nanoseconds."""
        kept = 0.5 ** (elapsed / _HALF_LIFE)
        self._crossed *= kept
        self._fired *= kept
        self._events *= kept
        self._usd *= kept

    def learn(self, fresh: Fresh, published: Cut) -> None:
        """Compare what one side of a window had on the map with what fired."""
        total = float(published.usd.sum())
        if not fresh.size or not total > 0:
            return
        self._strength = max(_STRENGTH * total, 1.0)
        away = distance(fresh, published.price)
        had = _forms(fresh.of(published), total / published.usd.size, away)
        self._credit(had, fresh)
        self._crossed += had.sum(axis=1)

    def _credit(self, had: Floats, fresh: Fresh) -> None:
        """Split what fired among the forms by how much of it each expected there."""
        if not fresh.events:
            return
        events, usd, _ = fresh.counted
        self._events += fresh.events
        self._usd += float(usd.sum())
        expected = fresh.mean(had) * self.shares[:, None]
        told = expected / np.maximum(expected.sum(axis=0), 1e-12)
        self._fired += told @ events * (self._usd / self._events)

    def applied(self, usd: Floats, grid: Grid, price: float) -> Floats:
        """Return a map (2, size) as what is to be expected to fire."""
        near = cut_of(usd, grid, price)
        total = float(near.sum())
        if not total > 0:
            return np.zeros_like(usd)
        away = np.abs((grid.first + 0.5 + np.arange(grid.size)) * STEP - np.log(price))
        shape = _forms(usd, total / near.size, away)
        fired: Floats = np.tensordot(self.shares, shape, 1)
        here = grid.index(price)
        low, high = max(here - REACH, 0), max(here, 0)
        fired[0, :low] = fired[0, high:] = 0.0  # longs are met below the price, shorts above
        fired[1, : high + 1] = fired[1, here + REACH + 1 :] = 0.0
        return fired


def _forms(usd: Floats, even: float, away: Floats) -> Floats:
    """Return (3, ..., n) the root of a map, an even and a fading spread, all in USD.

    Args:
        usd: (..., n).
        even: USD per bin where the map is spread evenly.
        away: (n,) absolute log distances from the price.
    """
    fading = np.broadcast_to(_NEAR * even * np.exp(-away / _FADING), usd.shape)
    return np.stack((np.sqrt(usd * even), np.full(usd.shape, even), fading))
