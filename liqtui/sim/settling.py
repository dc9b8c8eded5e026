"""The positions that stand when a world begins, as if it had gone on for weeks.

Their owners entered along a past that is drawn for the purpose, and those are left out whom that
past would have stopped out, contented or liquidated since.
"""

import math
from typing import Final

import numpy as np
from numpy.random import Generator

from liqtui.sim.arrivals import Arrivals
from liqtui.sim.terms import Bools, Floats, Places
from liqtui.sim.traders import HOLD_SPREAD, Crowd, Leaders

_REACH: Final = 60 * 24
"""Hours."""


class Past:
    """A price's way to where it is, hour by hour, newest first.

    Args:
        price: now.
        usual: volatility of a day.
        rng: the randomness.
    """

    def __init__(self, price: float, usual: float, rng: Generator) -> None:
        moods = np.repeat(np.exp(0.4 * rng.standard_normal(_REACH // 24) - 0.08), 24)
        moves = usual / math.sqrt(24) * moods * rng.standard_normal(_REACH)
        level = math.log(price) + np.concatenate(([0.0], np.cumsum(moves)))
        self._price = np.exp(level)
        self._low = np.minimum.accumulate(self._price)
        self._high = np.maximum.accumulate(self._price)

    def price(self, age: Floats) -> Floats:
        """Return what it was ``age`` seconds ago."""
        return np.interp(age / 3600, np.arange(len(self._price)), self._price)

    def passed(self, age: Floats, sign: Floats, level: Floats) -> Bools:
        """Whether it has since been as bad for ``sign`` as ``level``; never where that is NaN."""
        hour = np.minimum((age / 3600).astype(np.intp), _REACH)
        worst = np.where(sign > 0, self._low[hour], self._high[hour])
        passed: Bools = sign * (worst - level) <= 0
        return passed


def settle_in(arrivals: Arrivals, crowd: Crowd, past: Past, now: float, rng: Generator) -> None:
    """Open the positions that stand, and tell how long such positions live.

    Args:
        arrivals: whose habits they have.
        crowd: which draws them.
        past: along which they entered.
        now: UTC seconds.
        rng: the randomness.
    """
    kinds = len(arrivals.waves)
    lean = arrivals.lean(np.arange(kinds), 0.0, np.zeros(kinds))[:, None]
    aim = 2 * np.stack((lean, 1.0 - lean)) * arrivals.waves
    survival = np.clip(_stand(arrivals, crowd, past, rng.poisson(aim), now), 0.05, 1.0)
    _stand(arrivals, crowd, past, rng.poisson(aim * (1.0 / survival - 1.0)), now)
    arrivals.accounts.pack()
    natural = crowd.hold * math.exp(HOLD_SPREAD**2 / 2)
    arrivals.settle(natural[:, None] * survival)


def _stand(arrivals: Arrivals, crowd: Crowd, past: Past, counts: Places, now: float) -> Floats:
    """Open drawn positions that lived until now; return their part, by kind and pit."""
    sign, kind, pit = _spread(counts)
    rng = crowd.rng
    # Who stands is met the likelier the longer he stays: the holding time is biased by its length.
    hold = crowd.holds(kind) * math.exp(HOLD_SPREAD**2)
    age = hold * rng.random(len(kind))
    leaders = Leaders(pit, kind, sign, past.price(age), now - age, now - age + hold)
    accounts = arrivals.accounts
    slots = accounts.open(*crowd.draw(leaders, 1.0))
    crowd.order(accounts, slots)
    age, sign = now - accounts.opened[slots], accounts.sign[slots]
    gone = past.passed(age, sign, accounts.liq[slots])
    gone |= past.passed(age, sign, accounts.stop[slots])
    gone |= past.passed(age, -sign, accounts.take[slots])
    shape = arrivals.waves.shape
    place = accounts.kind[slots] * shape[1] + accounts.pit[slots]
    drawn = np.bincount(place, minlength=shape[0] * shape[1])
    lived = np.bincount(place, ~gone, shape[0] * shape[1])
    accounts.close(slots[gone])
    accounts.recycle()
    part: Floats = (lived / np.maximum(drawn, 1)).reshape(shape)
    return part


def _spread(counts: Places) -> tuple[Floats, Places, Places]:
    """Turn counts by side (long first), kind and pit into the sign, kind and pit of each."""
    shape, flat = counts.shape, counts.ravel()
    side, kind, pit = np.unravel_index(np.repeat(np.arange(len(flat)), flat), shape)
    return np.asarray(1.0 - 2.0 * side, np.float64), kind, pit
