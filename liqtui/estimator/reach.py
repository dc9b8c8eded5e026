"""Whether the price gets to a level, and what happens when it does (docs/estimator.md 4.8)."""

from math import erfc, exp, log, sqrt
from typing import Final

import numpy as np
from msgspec import Struct

from liqtui.estimator.basis import Floats
from liqtui.estimator.grid import STEP

HORIZONS: Final = (900, 3600, 14_400)
"""Seconds: a quarter of an hour, an hour, four hours."""
_DAY: Final = 86_400.0
_HALF_LIVES: Final = (1800.0, _DAY)
_USUAL: Final = 0.025
_NODES: Final = ((0.0, 0.5333), (1.3556, 0.2221), (-1.3556, 0.2221), (2.857, 0.01126),
                 (-2.857, 0.01126))  # fmt: skip
"""Gauss-Hermite, for a volatility that is not known better than by a factor."""
_UNSURE: Final = 0.4
_DISCRETE: Final = 0.5826
"""Shift of a barrier that is looked at now and then (Broadie, Glasserman, Kou)."""
_LOOK: Final = 1.0
_KEPT: Final = 0.998
"""Of a minute's weight after another one."""
_FEW: Final = 10
"""Minutes of trading of which nothing can be said."""
_DENSE: Final = 10
"""Buckets over which what a price meets is averaged, at least."""


class Volatility:
    """Of a day, from the minutes' returns with a short and a long memory."""

    def __init__(self) -> None:
        self._variances = [_USUAL**2, _USUAL**2]
        self._last: tuple[int, float] | None = None

    def take(self, price: float, at: int) -> None:
        """Take in a mark (UTC ns)."""
        if self._last is None:
            self._last = at, price
            return
        seconds = (at - self._last[0]) / 1e9
        if seconds < 0:
            self._last = at, price
        elif seconds >= 60:
            daily = log(price / self._last[1]) ** 2 * _DAY / seconds
            for number, life in enumerate(_HALF_LIVES):
                kept = 0.5 ** (seconds / life)
                mixed = kept * self._variances[number] + (1 - kept) * daily
                self._variances[number] = min(mixed, 4.0)
            self._last = at, price

    @property
    def daily(self) -> float:
        """Standard deviation of a day's log return."""
        return sqrt(sum(self._variances) / len(self._variances))


def touch(distance: float, seconds: float, daily: float) -> float:
    """Return the probability that a price gets ``distance`` (log) away within ``seconds``.

    >>> round(touch(0.01, 3600.0, 0.6 / 365**0.5), 2)
    0.15
    """
    found = 0.0
    for node, weight in _NODES:
        sigma = daily * exp(_UNSURE * node) / sqrt(_DAY)
        shifted = abs(distance) + _DISCRETE * sigma * sqrt(_LOOK)
        found += weight * erfc(shifted / max(sigma * sqrt(2 * seconds), 1e-12))
    return min(found, 1.0)


class Outlook(Struct, frozen=True):
    """What a map needs to know to tell what may come of it."""

    daily: float
    """Volatility of a day."""
    per_usd: float
    """Log price that a dollar of forced flow moves at least; 0 where nothing is known."""


class Impact:
    """What trading does to the price.

    A regression of the mark's moves on what takers bought and sold, a minute each. What chance
    alone may have made of it is taken off: of few minutes any slope can come, and of little flow
    an absurd one.
    """

    def __init__(self) -> None:
        self._minutes = self._moves = self._moved = self._squares = 0.0
        self._net = 0.0

    def trade(self, usd: float) -> None:
        """Add a taker's order, negative where sold."""
        self._net += usd

    def minute(self, moved: float) -> None:
        """End a minute in which the log price moved."""
        net, self._net = self._net, 0.0
        if net:  # else nobody traded, or nobody told
            self._minutes = _KEPT * self._minutes + 1.0
            self._moves = _KEPT * self._moves + moved * moved
            self._moved = _KEPT * self._moved + moved * net
            self._squares = _KEPT * self._squares + net * net

    @property
    def per_usd(self) -> float:
        """Log price per USD at least, by the lower end of its 95 % interval; 0: it is not known."""
        if self._minutes < _FEW:
            return 0.0
        slope = self._moved / self._squares
        left = max(self._moves - slope * self._moved, 0.0) / (self._minutes - 1.0)
        return max(slope - 2.0 * sqrt(left / self._squares), 0.0)


def cascade(usd: Floats, near: int, width: int, step: int, per_usd: float) -> tuple[float, float]:
    """Follow forced orders that push the price into further ones, once a cluster has fired.

    Bounded by what is expected to fire in all: fed with what stands, most of which never fires,
    it ends in billions.

    Args:
        usd: (size,) what is expected to fire of one side where the price goes.
        near: the cluster's bucket that is met first.
        width: its buckets.
        step: -1 for longs, which are met going down, +1 for shorts.
        per_usd: log price that forced flow moves at least.

    Returns:
        USD that falls in all, the cluster's included, and the branching ratio there, at least:
        USD met per USD sold.
    """
    ahead = usd[near::step]
    if not len(ahead):
        return 0.0, 0.0
    fallen = np.cumsum(ahead)[min(width, len(ahead)) - 1 :]
    beyond = np.arange(1, len(fallen) + 1) * STEP
    stops = np.flatnonzero(per_usd * fallen < beyond)
    last = int(stops[0]) if len(stops) else len(fallen) - 1
    near_by = ahead[: max(width, _DENSE)]
    return float(fallen[last]), float(per_usd * near_by.sum() / (len(near_by) * STEP))
