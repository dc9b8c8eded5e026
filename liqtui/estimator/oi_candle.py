"""The OI-candle method: growth of open interest, entered at the candle's close, stacked by tier.

The method most published heatmaps describe (docs/estimator.md 1.2, BL-CG): every five minutes a
growth of open interest is new positions entered near the close; each leverage tier's share is
put at the price where it would be liquidated, and stands there until the mark crosses it. It
knows nothing of positions closed by hand, so it overstates; it says so in `warming` and by name.

Vendors split the growth between long and short by the takers' side. A new contract has one long
and one short, so here both sides get the whole of it, at distances of their own; the vendors' way
is ``oi-candle-taker``.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from liqtui.estimator.baselines.entered import Entered
from liqtui.estimator.baselines.market import Market
from liqtui.model.market import Instrument

LEVERAGES = np.array([5.0, 10.0, 25.0, 50.0, 100.0])
"""The tiers vendors draw."""
_MEDIAN_LEVERAGE, _SPREAD = 10.0, 0.9
"""Log-normal share of the tiers: the prior of docs/estimator.md 4.4."""


Floats: TypeAlias = NDArray[np.float64]


def tier_shares(most: float | None) -> Floats:
    """Return the assumed share of new positions per tier of `LEVERAGES`, summing to 1.

    Args:
        most: the instrument's highest leverage; tiers above it get nothing.
    """
    shares = np.exp(-((np.log(LEVERAGES / _MEDIAN_LEVERAGE)) ** 2) / (2 * _SPREAD**2))
    if most is not None:
        shares = np.where(max(most, LEVERAGES[0]) >= LEVERAGES, shares, 0.0)
    total: Floats = shares / shares.sum()
    return total


def vendor_tiers(market: Market, instrument: Instrument) -> tuple[Floats, Floats]:
    """Return the tiers and their shares for one instrument, whatever the market does."""
    return LEVERAGES, tier_shares(instrument.max_leverage)


class OiCandle(Entered):
    """See the module; an `Estimator` of one base.

    Args:
        by_taker: split the growth by the takers' side.
    """

    def __init__(self, *, by_taker: bool = False) -> None:
        super().__init__(
            "oi-candle-taker" if by_taker else "oi-candle",
            vendor_tiers,
            old_book=False,
            closes=False,
            by_taker=by_taker,
        )
