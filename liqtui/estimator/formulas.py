"""At which price a position is liquidated: margin arithmetic, pure, over arrays.

Source: docs/estimator.md 2.1. The trigger is where margin plus unrealised profit falls to the
maintenance margin (rate ``m``, deduction ``c``) plus the venue's trigger fee ``f``; with ``s`` = +1
for a long and -1 for a short::

    linear   W + s q (P - E) = q P (m + f) - c
    inverse  W + s N (1/E - 1/P) = (N / P)(m + f) - c
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from liqtui.model.market import ContractKind, PriceKind, Side

_SIGN = {Side.LONG: 1.0, Side.SHORT: -1.0}


def liquidation_distance(
    kind: ContractKind, side: Side, leverage: ArrayLike, maintenance: ArrayLike, fee: float = 0.0
) -> NDArray[np.float64]:
    """Return ``ln(liquidation price / entry)`` of fresh isolated positions.

    Args:
        kind: linear or inverse.
        side: of the position.
        leverage: initial notional over margin, at least 1.
        maintenance: maintenance margin rate of the position's bracket (deduction already in it).
        fee: what the venue adds to it in its trigger.

    Returns:
        Negative for longs, positive for shorts; infinite where no price liquidates (a linear long
        with no leverage at 0, an inverse short at infinity).

    >>> float(np.expm1(liquidation_distance(ContractKind.LINEAR, Side.LONG, 10, 0.0)).round(6))
    -0.1
    >>> float(np.expm1(liquidation_distance(ContractKind.INVERSE, Side.SHORT, 10, 0.0)).round(6))
    0.111111
    """
    s = _SIGN[side]
    inverse_leverage = 1.0 / np.asarray(leverage, np.float64)
    held = np.asarray(maintenance, np.float64) + fee
    if kind is ContractKind.LINEAR:
        top, bottom = 1.0 - s * inverse_leverage, 1.0 - s * held
    else:
        top, bottom = 1.0 + s * held, 1.0 + s * inverse_leverage
    with np.errstate(divide="ignore"):
        distance: NDArray[np.float64] = np.log(np.maximum(top, 0.0)) - np.log(
            np.maximum(bottom, 0.0)
        )
    return distance


def effective_rate(notional: ArrayLike, tiers: ArrayLike) -> NDArray[np.float64]:
    """Return maintenance margin over notional for positions of the given sizes.

    Args:
        notional: USD.
        tiers: rows of (floor, rate, deduction), ascending floors.
    """
    size = np.asarray(notional, np.float64)
    table = np.asarray(tiers, np.float64)
    row = np.maximum(np.searchsorted(table[:, 0], size, side="right") - 1, 0)
    rate: NDArray[np.float64] = table[row, 1] - table[row, 2] / np.maximum(size, 1e-9)
    return rate


def liquidation_price(
    kind: ContractKind,
    side: Side,
    entry: ArrayLike,
    quantity: ArrayLike,
    margin: ArrayLike,
    rate: ArrayLike,
    deduction: ArrayLike = 0.0,
) -> NDArray[np.float64]:
    """Return the mark at which positions are liquidated; NaN where no price is that bad.

    Args:
        kind: linear or inverse.
        side: of the positions.
        entry: average price.
        quantity: units of base (linear), USD of face value (inverse).
        margin: that belongs to the position: USD (linear), units of base (inverse).
        rate: maintenance rate and trigger fee; 0, with no deduction, gives the bankruptcy price.
        deduction: of the position's bracket, in the unit of the margin.
    """
    s = _SIGN[side]
    price, size = np.asarray(entry, np.float64), np.asarray(quantity, np.float64)
    backing = np.asarray(margin, np.float64) + np.asarray(deduction, np.float64)
    held = np.asarray(rate, np.float64)
    if kind is ContractKind.LINEAR:
        top, bottom = backing - s * size * price, size * (held - s)
    else:
        top, bottom = size * (s + held), backing + s * size / price
    with np.errstate(divide="ignore", invalid="ignore"):
        found = top / bottom
    return np.where((found > 0) & np.isfinite(found), found, np.nan)


def trigger_price(
    kind: ContractKind, side: Side, price: float, price_kind: PriceKind, rate: float
) -> float:
    """Return the mark that triggered a liquidation, from what the venue printed.

    A bankruptcy price lies beyond the trigger by the maintenance margin (docs/estimator.md 2.1); a
    fill, an order's limit and a mark are taken for the trigger itself.

    Args:
        kind: linear or inverse.
        side: of the position.
        price: as printed.
        price_kind: what it is.
        rate: maintenance rate of the position's bracket, with the trigger's fee.

    >>> round(
    ...     trigger_price(ContractKind.LINEAR, Side.LONG, 90.0, PriceKind.BANKRUPTCY, 0.01), 4
    ... )
    90.9091
    """
    if price_kind is not PriceKind.BANKRUPTCY:
        return price
    s = _SIGN[side]
    return price / (1.0 - s * rate) if kind is ContractKind.LINEAR else price * (1.0 + s * rate)
