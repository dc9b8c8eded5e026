"""The book that stood before anyone looked, spread over where it was most likely entered.

Positions of mean age T entered at prices that a random walk has left since: their entries lie
around today's price by a Laplace law, and the walk has not touched a level at distance x from
today's price and d from the entry with probability 1 - exp(-2 d x / (s^2 T)) (the bridge between
the two).
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from liqtui.estimator.basis import ATOMS, REACH, SUB, Basis, Floats
from liqtui.estimator.grid import STEP, bucket
from liqtui.estimator.standing import MEMBERS, TURNOVERS, Standing, haste

_OLDEST: Final = 4.0
"""Days: those who have held for longer entered no further away, on the whole."""
_REACH: Final = 300
"""Buckets on either side of today's price that entries are sought in."""


def ages(distances: Floats) -> Floats:
    """Return (members, atoms) mean age in days of what stands."""
    speeds = haste(distances)
    relative = speeds / speeds[:, ATOMS // 2, None]
    older: Floats = np.minimum(1.0 / (TURNOVERS[:, None] * relative), _OLDEST)
    return older


def seed(
    standing: Standing,
    basis: Basis,
    price: float,
    quantity: float,
    volatility: float,
    shares: Floats,
) -> None:
    """Fill an empty book.

    Args:
        standing: to be filled.
        basis: its atoms.
        price: the mark.
        quantity: one-sided open interest.
        volatility: of a day.
        shares: (members, atoms) of what is opened.
    """
    speeds = haste(basis.distances)
    alive = (shares / speeds).sum(axis=1, keepdims=True)
    opened = quantity / speeds / alive
    old = ages(basis.distances)
    for side in (0, 1):
        first, spread = _spread(basis, side, bucket(price), volatility, old)
        standing.put(side, first, spread, opened)
    standing.cross(price, price)


def _spread(
    basis: Basis, side: int, middle: int, volatility: float, old: Floats
) -> tuple[int, NDArray[np.float32]]:
    """Return the first bucket and (members, atoms - 1, width) shares still standing."""
    width = 2 * _REACH + REACH
    kernels = basis.kernels[SUB // 2, side].astype(np.float64)
    if side == 0:
        kernels = kernels[:, ::-1]
    first = middle - _REACH - (REACH - 1 if side == 0 else 0)
    levels = (np.arange(width) + first - middle) * STEP
    ahead = np.maximum(levels if side else -levels, 0.0)
    spread = np.zeros((MEMBERS, ATOMS - 1, width))
    entries = np.arange(-_REACH, _REACH) * STEP
    transformed = np.fft.rfft(kernels, width)
    for member in range(MEMBERS):
        walk = volatility**2 * old[member, :-1, None]
        laplace = np.exp(-np.abs(entries) / np.sqrt(walk / 2))
        laplace /= laplace.sum(axis=1, keepdims=True)
        lying = np.fft.irfft(np.fft.rfft(laplace, width) * transformed, width)
        away = basis.distances[:-1, None]
        spread[member] = np.maximum(lying, 0.0) * -np.expm1(-2 * away * ahead / walk)
    spread /= np.maximum(spread.sum(axis=2, keepdims=True), 1e-12)
    return first, spread.astype(np.float32)
