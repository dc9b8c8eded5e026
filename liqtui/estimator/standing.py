"""What stands of one instrument, by every member of a bank of assumptions.

Exposure is unweighted: the quantity still open that would be liquidated in a bucket *if* it were
of an atom's kind (docs/estimator.md 4.1). How much of the open is of that kind is the mixture's to
say. Members differ in how fast positions turn over and in how much sooner the near ones are closed
by hand; their common history of prices lets one set of arrays serve them all.
"""

import math
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from liqtui.estimator.basis import ATOMS, REACH, SUB, Basis, Floats
from liqtui.estimator.grid import STEP, Grid

_ASSUMED: Final = np.array(list(product((0.05, 0.4, 3.0), (0.0, 0.7)))).T
TURNOVERS: Final = _ASSUMED[0]
"""(members,) open interest opened anew per day."""
HASTES: Final = _ASSUMED[1]
"""(members,) exponent by which near positions are closed sooner."""
MEMBERS: Final = len(TURNOVERS)
_KERNELS: Final = ATOMS - 1
_NERVES: Final = np.array([0.25, 0.6])
"""Of the way from liquidation to entry."""
_LEAVING: Final = np.array([1.0, 0.0])
"""How many of those who leave in time have left when no more than that is left of the way."""
_COMMON: Final = 0.15
"""Log distance of positions of every size."""
_SIZED: Final = 1.0
"""Power of the distance by which large prints are likelier than small ones."""
_LEAST_SCALE: Final = 1e-3


def haste(distances: Floats) -> Floats:
    """Return (members, atoms) how fast each kind is closed by hand, in no particular unit."""
    speeds: Floats = np.clip(distances, 0.01, 0.6) ** -HASTES[:, None]
    return speeds


def by_size(weights: Floats, large: Floats, usual: float, distances: Floats) -> Floats:
    """Return (atoms, n) shares of places among the entries of each kind.

    Small positions run higher leverage (docs/estimator.md 2.3), so far kinds are entered more
    where large prints are, and near ones where small prints are; over time each as much as ever.

    Args:
        weights: (n,) share of entries at each place.
        large: (n,) the part of it by large prints.
        usual: that part over all that is usually traded.
        distances: (atoms,) log distances.
    """
    favour = ((distances / _COMMON) ** _SIZED)[:, None]
    shares: Floats = (weights - large + favour * large) / (1.0 - usual + favour * usual)
    return shares


class Standing:
    """See the module.

    Args:
        basis: the instrument's atoms.
        grid: the window.
    """

    def __init__(self, basis: Basis, grid: Grid) -> None:
        self.grid = grid
        self._basis = basis
        self._held: NDArray[np.float32] = np.zeros((2, MEMBERS, _KERNELS, grid.size), np.float32)
        self._scale: Floats = np.ones((MEMBERS, 2, ATOMS))
        self._sums: Floats = np.zeros((MEMBERS, 2, ATOMS))
        reach = math.ceil(_NERVES[-1] * basis.distances[:-1].max() / STEP)
        way = np.abs(np.arange(-reach, reach + 1)) * STEP / basis.distances[:-1, None]
        self._leaving: NDArray[np.float32] = np.interp(way, _NERVES, _LEAVING).astype(np.float32)
        """(atoms - 1, 2 reach + 1) of those who leave in time, with the mark in the middle."""
        self._starts, self._ends = [grid.size, grid.size], [0, 0]
        """Between which buckets longs and shorts stand."""

    @property
    def quantity(self) -> Floats:
        """(members, 2, atoms) open if all were of that kind."""
        return self._sums * self._scale

    def enter(self, side: int, numbers: NDArray[np.int64], weights: Floats, opened: Floats) -> None:
        """Add new positions.

        Args:
            side: 0 long, 1 short.
            numbers: (n,) fifths of buckets of the entries, absolute.
            weights: (atoms, n) their shares among those of each kind, summing to about 1.
            opened: (members,) quantity.
        """
        first, spread = self._spread(side, numbers, weights)
        self.put(
            side,
            first,
            spread[None],
            opened[:, None] * np.append(np.ones(_KERNELS), weights[-1].sum()),
        )

    def put(self, side: int, first: int, spread: NDArray[np.float32], opened: Floats) -> None:
        """Add exposure.

        Args:
            side: 0 long, 1 short.
            first: absolute bucket of the spread's first column.
            spread: (members or 1, atoms - 1, width) share per bucket.
            opened: (members, atoms) quantity.
        """
        start = first - self.grid.first
        low, high = max(start, 0), min(start + spread.shape[2], self.grid.size)
        scaled = opened / self._scale[:, side]
        self._sums[:, side, -1] += scaled[:, -1]
        if low >= high:
            return
        kept = spread[:, :, low - start : high - start]
        self._held[side, :, :, low:high] += scaled[:, :-1, None].astype(np.float32) * kept
        self._sums[:, side, :-1] += scaled[:, :-1] * kept.sum(axis=2)
        self._starts[side] = min(self._starts[side], low)
        self._ends[side] = max(self._ends[side], high)

    def _spread(
        self, side: int, numbers: NDArray[np.int64], weights: Floats
    ) -> tuple[int, NDArray[np.float32]]:
        """Return the first bucket and (atoms - 1, width) shares of entries' liquidations."""
        at = numbers // SUB
        low, high = int(at.min()), int(at.max())
        spread = np.zeros((_KERNELS, REACH + high - low), np.float32)
        columns = weights[:-1].T.astype(np.float32)[..., None]
        for bucket, sub, column in zip(at.tolist(), (numbers % SUB).tolist(), columns, strict=True):
            start = bucket - low if side else high - bucket
            spread[:, start : start + REACH] += column * self._basis.kernels[sub, side]
        if side:
            return low, spread
        return high - spread.shape[1] + 1, spread[:, ::-1]

    def shrink(self, left: Floats) -> None:
        """Close by hand: ``left`` (members, 2, atoms) is the fraction that stays."""
        self._scale *= left
        if self._scale.min() < _LEAST_SCALE:
            self._held *= self._scale.swapaxes(0, 1)[:, :, :-1, None].astype(np.float32)
            self._sums *= self._scale
            self._scale[:] = 1.0

    def cross(self, low: float, high: float) -> Floats | None:
        """Clear what the mark went through and return it.

        Returns:
            (members, atoms) quantity, None where nothing stood.
        """
        crossed = None
        bottom, top = max(self.grid.index(low), 0), min(self.grid.index(high) + 1, self.grid.size)
        if bottom < self._ends[0]:
            crossed = self._take(0, bottom, self._ends[0])
            self._ends[0] = bottom
        if top > self._starts[1]:
            taken = self._take(1, self._starts[1], top)
            crossed = taken if crossed is None else crossed + taken
            self._starts[1] = top
        return crossed

    def _take(self, side: int, start: int, end: int) -> Floats:
        part = self._held[side, :, :, start:end]
        taken = np.zeros((MEMBERS, ATOMS))
        taken[:, :-1] = part.sum(axis=2)
        self._sums[:, side] -= taken
        part[:] = 0.0
        scaled: Floats = taken * self._scale[:, side]
        return scaled

    @property
    def edges(self) -> tuple[int, int]:
        """Longs stand in the buckets below the one, shorts from the other on."""
        return self._ends[0], self._starts[1]

    @property
    def there(self) -> list[slice]:
        """Buckets among which longs stand, and shorts."""
        return list(map(slice, self._starts, self._ends))

    def clear(self) -> None:
        """Forget everything."""
        self._held[:] = 0.0
        self._sums[:] = 0.0
        self._scale[:] = 1.0
        self._starts, self._ends = [self.grid.size, self.grid.size], [0, 0]

    def move(self, grid: Grid) -> None:
        """Take another window; what lies outside it is lost."""
        self._held = self.grid.move(self._held, grid)
        shift = grid.first - self.grid.first
        self._starts = [min(max(start - shift, 0), grid.size) for start in self._starts]
        self._ends = [min(max(end - shift, 0), grid.size) for end in self._ends]
        self._sums[:, :, :-1] = self._held.sum(axis=3).swapaxes(0, 1)
        self.grid = grid

    def mix(self, weights: Floats, fires: Floats, price: float) -> Floats:
        """Return (2, size) quantity per bucket that is still there when the mark is ``price``.

        Args:
            weights: (members, 2, atoms) share of each atom, times the member's weight.
            fires: (atoms,) what part of each stays to its end.
            price: the mark.
        """
        mixed = np.zeros((2, self.grid.size))
        scaled = self._scaled(weights)
        leaves = (1.0 - fires[:-1]).astype(np.float32)
        for side, there in enumerate(self.there):
            rows = self._held[side].reshape(-1, self.grid.size)
            mixed[side, there] = scaled[side].ravel() @ rows[:, there]
            # Kinds need telling apart only where some of them have left.
            near, leaving = self._near(price, there)
            gone = _by_kind(scaled[side] * leaves, self._held[side, :, :, near])
            mixed[side, near] -= np.einsum("kn,kn->n", gone, leaving)
        return mixed

    def split(self, weights: Floats, fires: Floats, price: float) -> Floats:
        """Return (atoms - 1, 2, size) quantity per kind and bucket, from what `mix` takes."""
        found = np.zeros((_KERNELS, 2, self.grid.size))
        scaled = self._scaled(weights)
        for side, there in enumerate(self.there):
            found[:, side, there] = _by_kind(scaled[side], self._held[side, :, :, there])
            near, leaving = self._near(price, there)
            found[:, side, near] *= 1.0 - (1.0 - fires[:-1, None]) * leaving
        return found

    def _scaled(self, weights: Floats) -> NDArray[np.float32]:
        """Return (2, members, atoms - 1) by what exposure is multiplied."""
        scaled = (weights * self._scale)[:, :, :-1].swapaxes(0, 1)
        return np.ascontiguousarray(scaled, np.float32)

    def _near(self, price: float, there: slice) -> tuple[slice, NDArray[np.float32]]:
        """Return buckets in which some have left when the mark is ``price``, and what part."""
        here = min(max(self.grid.index(price), 0), self.grid.size - 1)
        first = here - self._leaving.shape[1] // 2
        start = max(there.start, first)
        stop = max(min(there.stop, first + self._leaving.shape[1]), start)
        return slice(start, stop), self._leaving[:, start - first : stop - first]


def _by_kind(scaled: NDArray[np.float32], held: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (atoms - 1, width) sums over members of (members, atoms - 1, width) exposure."""
    summed: NDArray[np.float32] = scaled.T[:, None] @ held.swapaxes(0, 1)
    return summed[:, 0]
