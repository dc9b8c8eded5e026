"""Methods 1 and 3 and the heatmap of five tiers from the document this project began with.

As they were written, with their faults: levels hang on the present price, 60 % of the open
interest is long, a level is simply 1/leverage away, and a funding rate of 1 % per interval counts
as the threshold. And repaired (docs/estimator.md 1.1): levels stand where positions entered, both
sides hold all of it, margin arithmetic is the venue's, and leverage follows funding and growth
smoothly.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from liqtui.estimator.baselines.entered import Mixture
from liqtui.estimator.baselines.market import Market
from liqtui.estimator.grid import Grid
from liqtui.model.market import Instrument

Floats = NDArray[np.float64]

_SHARES: Final = (0.6, 0.4)
"""Of the open interest, long and short."""
_AVERAGE: Final = 12.0
_TIERS: Final = (5.0, 10.0, 15.0, 20.0, 25.0)
_ATOMS: Final = np.array([3.0, 5.0, 10.0, 20.0, 25.0, 50.0, 75.0, 100.0])
_MEDIAN, _SPREAD = 10.0, 0.9


def average(market: Market, price: float, grid: Grid) -> Floats:
    """Draw method 1: everybody at 12x."""
    return _spikes(market, price, grid, (_AVERAGE,))


def by_funding(market: Market, price: float, grid: Grid) -> Floats:
    """Draw method 3: everybody at the leverage the funding rate and the growth tell."""
    return _spikes(market, price, grid, (stepped_leverage(market.funding, market.growth_24h),))


def tiers(market: Market, price: float, grid: Grid) -> Floats:
    """Draw the heatmap of five tiers; no two are near enough (0.5 %) to be merged."""
    return _spikes(market, price, grid, _TIERS)


def _spikes(market: Market, price: float, grid: Grid, leverages: tuple[float, ...]) -> Floats:
    usd = np.zeros((2, grid.size))
    each = market.oi_usd / len(leverages)
    for leverage in leverages:
        for side, sign in enumerate((-1.0, 1.0)):
            index = grid.index(price * (1.0 + sign / leverage))
            usd[side, index] += each * _SHARES[side]
    return usd


def stepped_leverage(funding: float, growth: float) -> float:
    """Return method 3's average leverage.

    >>> stepped_leverage(0.0005, 0.2), stepped_leverage(0.02, 0.2), stepped_leverage(0.02, 0.0)
    (8.0, 18.0, 12.0)
    """
    if funding <= 0.01:
        return 8.0
    return 18.0 if growth > 0.15 else 12.0


def smooth_leverage(funding_8h: float, growth: float) -> float:
    """Return method 3's average leverage with a threshold that funding reaches, and no steps.

    >>> [round(smooth_leverage(f, g), 1) for f, g in ((-0.01, 0.0), (0.01, -1.0), (0.01, 1.0))]
    [8.0, 12.0, 18.0]
    """
    crowded = _sigmoid((funding_8h - 3e-4) / 1e-4)
    return float(8.0 * 1.5 ** (crowded + crowded * _sigmoid((growth - 0.15) / 0.03)))


def _sigmoid(x: float) -> float:
    return float(1.0 / (1.0 + np.exp(-np.clip(x, -50.0, 50.0))))


def tilted(mean: float) -> Floats:
    """Return shares of the tiers whose average leverage is ``mean``: a log-normal, tilted."""
    base = np.exp(-((np.log(_ATOMS / _MEDIAN)) ** 2) / (2 * _SPREAD**2))
    low, high = -5.0, 5.0
    for _ in range(40):
        middle = (low + high) / 2
        shares = base * _ATOMS**middle
        shares /= shares.sum()
        low, high = (middle, high) if shares @ _ATOMS < mean else (low, middle)
    return shares


def fixed(*leverages: float) -> Mixture:
    """Return a mixture of equal shares at given leverages."""
    each = np.full(len(leverages), 1.0 / len(leverages))

    def mixture(market: Market, instrument: Instrument) -> tuple[Floats, Floats]:
        return np.asarray(leverages), each

    return mixture


def tilted_by_funding(market: Market, instrument: Instrument) -> tuple[Floats, Floats]:
    """Return the mixture of method 3 repaired."""
    return _ATOMS, tilted(smooth_leverage(market.funding_8h, market.growth_24h))


REPAIRED_AVERAGE: Final = fixed(_AVERAGE)
REPAIRED_TIERS: Final = fixed(*_TIERS)
