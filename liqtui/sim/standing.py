"""Where open positions are liquidated, as a line of the public wire of events.

Levels are put together in bins of `WIDTH` in log price, each told at the mean of its dollars, so
that a reader with bins of his own moves nothing by more than that.
"""

from typing import Final

import msgspec
import numpy as np

from liqtui.sim.market import Truth
from liqtui.sim.terms import Floats

WIDTH: Final = 2.5e-4
"""In log price: a quarter of the bins that maps are graded in (docs/estimator.md 6.1)."""
_CENTS: Final = 0.005
_encode = msgspec.json.Encoder().encode


def line(truth: Truth) -> bytes:
    """Return the truth as a line without its newline; who is never liquidated is left out."""
    return _encode(
        {
            "type": "truth",
            "ts": truth.at // 1_000_000,
            "base": truth.base,
            "price": _short(truth.price),
            "long": levels(truth.long),
            "short": levels(truth.short),
            "long_oi": round(truth.long_oi, 2),
            "short_oi": round(truth.short_oi, 2),
        }
    )


def levels(positions: Floats) -> list[list[float]]:
    """Put (price, USD) of positions together to one level a bin, by ascending price."""
    price, usd = positions[positions[:, 1] > _CENTS].T
    bins = np.floor(np.log(price) / WIDTH).astype(np.intp)
    place = bins - bins.min(initial=0)
    total = np.bincount(place, usd)
    kept = np.flatnonzero(total)
    total, value = total[kept], np.bincount(place, usd * price)[kept]
    rows = zip((value / total).tolist(), total.tolist(), strict=True)
    return [[_short(at), round(worth, 2)] for at, worth in rows]


def _short(price: float) -> float:
    """Return a price with nine digits."""
    return float(f"{price:.9g}")
