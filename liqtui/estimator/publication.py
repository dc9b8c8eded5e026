"""A map as a line of the public wire."""

from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from liqtui.estimator import Exposure

_REACH: Final = 0.15
"""Fraction of price within which levels are published."""
_encode = msgspec.json.Encoder().encode


def line(at: int, base: str, price: float, method: str, kind: str, exposure: Exposure) -> bytes:
    """Return a map as one line, without its newline.

    Args:
        at: UTC ns.
        base: the coin.
        price: the mark.
        method: its name.
        kind: ``standing`` or ``fire``.
        exposure: the map.
    """
    fields: dict[str, Any] = {
        "type": "map",
        "ts": at // 1_000_000,
        "base": base,
        "price": price,
        "method": method,
        "kind": kind,
    }
    prices = exposure.grid.prices
    near = np.abs(prices / price - 1.0) <= _REACH
    sides = {"long": exposure.long, "short": exposure.short}
    kept = {side: np.flatnonzero(near & (usd > 0.0)) for side, usd in sides.items()}
    for side, usd in sides.items():
        fields[side] = np.stack((prices[kept[side]], usd[kept[side]]), axis=1).tolist()
    bands = exposure.bands
    if bands is not None:
        fields["band"] = bands.level
        for side, (low, high) in {"long": bands.long, "short": bands.short}.items():
            fields[f"{side}_lo"] = _rounded(low[kept[side]])
            fields[f"{side}_hi"] = _rounded(high[kept[side]])
    return _encode(fields)


def _rounded(usd: NDArray[np.float64]) -> list[float]:
    values: list[float] = np.round(usd, 2).tolist()
    return values
