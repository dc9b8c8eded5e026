"""The ways a position can lie: kinds of distance from its entry to its liquidation.

A mixture of few fixed kinds (atoms) is what the estimator learns (docs/estimator.md 4.1): narrow
ones where an exchange's round leverages liquidate, broad ones for everything that smears them
(cross margin, added margin, odd leverages), and one for what no price in reach liquidates. In log
price every entry has its atoms at the same distances: to enter a position is to add a kernel.
"""

from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from liqtui.estimator.formulas import liquidation_distance
from liqtui.estimator.grid import STEP
from liqtui.model.market import Instrument, Side

Floats = NDArray[np.float64]

SIDES: Final = (Side.LONG, Side.SHORT)
LEVERAGES: Final = np.array([3.0, 5.0, 10.0, 20.0, 25.0, 50.0, 75.0, 100.0])
"""Of the narrow atoms."""
BROAD: Final = np.array([0.4, 0.7, 1.1, 1.8, 2.9, 4.6, 7.4, 12.0, 19.0, 31.0]) / 100
"""Margins of the broad atoms: what they can lose, as a fraction of what they are worth."""
ATOMS: Final = len(LEVERAGES) + len(BROAD) + 1
"""The last one lies out of reach."""
SUB: Final = 5
"""Kernels a bucket, each for entries in another fifth of it."""
REACH: Final = 600
"""Buckets that a kernel extends to: 60 % in log price."""
_NARROW, _WIDE = 0.03, 0.24
"""Standard deviations of the log distance."""
_OUT_OF_REACH: Final = 0.4
"""Margins from here on are out of reach."""
_DEFAULT_MAINTENANCE: Final = 0.005


class Basis(Struct, frozen=True, eq=False):
    """The atoms of one instrument."""

    kernels: NDArray[np.float32]
    """(SUB, 2, ATOMS - 1, REACH) unit mass; entry 0 is the bucket of the entry itself, and the
    next ones are further away on the side where that position is liquidated."""
    distances: Floats
    """(ATOMS,) typical log distance."""
    margins: Floats
    """(ATOMS,) what each can lose, as a fraction of what it is worth."""


def basis(instrument: Instrument) -> Basis:
    """Return the atoms of an instrument, by its lowest bracket and its trigger's fee."""
    rate = instrument.tiers[0].rate if instrument.tiers else _DEFAULT_MAINTENANCE
    held = np.minimum(rate, 0.5 / LEVERAGES)
    fee, kind = instrument.trigger_fee or 0.0, instrument.kind
    sides = [
        np.abs(
            np.concatenate(
                (
                    liquidation_distance(kind, side, LEVERAGES, held, fee),
                    liquidation_distance(kind, side, 1.0 / BROAD, 0.0),
                )
            )
        )
        for side in SIDES
    ]
    kernels = np.array(
        [[_kernels(at, side, sub) for side, at in zip(SIDES, sides, strict=True)]
         for sub in range(SUB)]
    )  # fmt: skip
    centres = np.append(np.mean(sides, axis=0), _OUT_OF_REACH * 1.5)
    margins = np.concatenate((1.0 / LEVERAGES, BROAD, [_OUT_OF_REACH * 1.5]))
    return Basis(kernels.astype(np.float32), centres, margins)


def _kernels(away: Floats, side: Side, sub: int) -> Floats:
    """Return (ATOMS - 1, REACH) masses for entries in one fifth of a bucket."""
    at = np.log(away)
    width = np.repeat([_NARROW, _WIDE], [len(LEVERAGES), len(BROAD)])
    inside = (sub + 0.5) / SUB
    start = 1.0 - inside if side is Side.SHORT else inside
    edges = np.log((np.arange(REACH) + start) * STEP)
    below = _normal((edges - at[:, None]) / width[:, None])
    masses = np.diff(below, axis=1, prepend=0.0)
    whole: Floats = masses / masses.sum(axis=1, keepdims=True)
    return whole


def _normal(z: Floats) -> Floats:
    """Return the normal distribution function, by its logistic approximation (error < 2e-4)."""
    value: Floats = 1.0 / (1.0 + np.exp(-np.clip(1.5976 * z + 0.070565 * z**3, -60.0, 60.0)))
    return value


def prior_shares(margins: Floats, leverage: float, spread: float, round_: float) -> Floats:
    """Return what share of entries has each atom, (ATOMS,), summing to 1.

    Args:
        margins: of the atoms; those out of reach come last.
        leverage: median.
        spread: standard deviation of its logarithm.
        round_: share of what lies in reach that has a round leverage and nothing else to its name.
    """
    middle = -np.log(leverage)
    narrow, broad = margins[: len(LEVERAGES)], margins[len(LEVERAGES) : -1]
    out = 1.0 - float(_normal(np.array((np.log(_OUT_OF_REACH) - middle) / spread)))
    parts = [np.exp(-((np.log(at) - middle) ** 2) / (2 * spread**2)) for at in (narrow, broad)]
    weights = [_cells(np.log(at)) * part for at, part in zip((narrow, broad), parts, strict=True)]
    parts = [
        share * (1.0 - out) * weight / weight.sum()
        for share, weight in zip((round_, 1.0 - round_), weights, strict=True)
    ]
    return np.concatenate((*parts, [out]))


def _cells(at: Floats) -> Floats:
    """Return the width of each point's cell on a line."""
    order = np.argsort(at)
    widths = np.empty_like(at)
    widths[order] = np.gradient(at[order])
    return widths
