"""What usually stands how far from the price, and a map drawn towards it where it knows least.

Positions that stand far away are old: their entries were seen long ago or never, and a map says
more of how fast it lets them go than of the truth. From 3 % of the price on, increasingly, what
stands in a shell is drawn towards what usually stands there on simulated worlds of six families and
many weathers (docs/estimator.md 4.7, 7), as long as the market is of their kind. What a side holds
in all stays the same.
"""

from typing import Final

import numpy as np

from liqtui.estimator.basis import Floats

_BUCKETS: Final = np.array([3, 5, 10, 20, 30, 50, 70, 100, 150])
"""Buckets from the price,"""
RADII: Final = np.log(_BUCKETS)
"""their logarithm:"""
SHARES: Final = np.array([-12.0, -10.3, -8.65, -7.3, -6.5, -5.15, -3.9, -2.75, -1.4])
"""logarithm of the share of open interest that stands up to there,"""
_CALM: Final = 0.025
"""when the volatility of a day is this,"""
_SWEPT: Final = 0.9
"""and by what power of it less where it is higher: what stands near is soon met."""
_SHELLS: Final = np.diff(np.exp(SHARES), prepend=0.0)
"""The shares of the shells."""
_PULL: Final = np.interp(_BUCKETS, [30, 70], [0.0, 0.5])
"""How much of that and not of the map is believed of the shell that ends there."""
_WITHIN: Final = np.log(np.arange(1, _BUCKETS[-1] + 1))
"""Logarithms of all of them."""
_MIDDLES: Final = np.log((_BUCKETS + np.concatenate(([0], _BUCKETS[:-1]))) / 2)
_ALIKE: Final = 1.0
"""Standard deviation of the logarithm of what is liquidated in a market of the usual kind: between
seeds of the simulated market and of `tests.bench.young`, which liquidates many times more."""
_MOST: Final = 50.0
"""Times that the usual may differ from the map to be heard."""
_LEAST: Final = 0.1
"""Of what stands beyond all shells, this share stays there."""


def usual(interest: float, daily: float) -> float:
    """Return the USD of which a share usually stands up to each distance.

    Args:
        interest: USD open, on one side.
        daily: volatility of a day.
    """
    ratio = min(max(daily, 0.4 * _CALM), 4.0 * _CALM) / _CALM
    return interest / float(ratio**_SWEPT)


def drawn(long: Floats, short: Floats, usually: float, alike: float) -> tuple[Floats, Floats]:
    """Return by what the USD standing from the price outward are to be multiplied.

    Both sides are drawn alike: how they compare is what the map knows, and worth more.

    Args:
        long: (n,) the bucket of the price first.
        short: (m,) likewise.
        usually: as of `usual`, of one side.
        alike: as of `likeness`.
    """
    shells = usually * _SHELLS
    within = 0.5 * (_shells(long) + _shells(short))
    ratio = np.minimum(np.maximum((shells + 1.0) / (within + 1.0), 1.0 / _MOST), _MOST)
    pull = alike * _PULL
    near = np.exp(np.interp(_WITHIN, _MIDDLES, pull * np.log(ratio)))
    return _multiplied(long, near), _multiplied(short, near)


def likeness(lively: float) -> float:
    """Return how much a market is of the usual kind, 0 to 1.

    Args:
        lively: how many times more than usually is liquidated.
    """
    return float(np.exp(-0.5 * (np.log(lively) / _ALIKE) ** 2))


def _shells(usd: Floats) -> Floats:
    sums = np.cumsum(usd[: _BUCKETS[-1]]).take(_BUCKETS - 1, mode="clip")
    sums[1:] -= sums[:-1]
    return sums


def _multiplied(usd: Floats, near: Floats) -> Floats:
    """Return factors that are those near the price, and such that the sum stays beyond."""
    count = min(len(near), len(usd))
    beyond = usd[count:].sum()
    moved = usd[:count] @ (1.0 - near[:count])
    factors = np.full(len(usd), max(1.0 + moved / beyond, _LEAST) if beyond > 0.0 else 1.0)
    factors[:count] = near[:count]
    return factors
