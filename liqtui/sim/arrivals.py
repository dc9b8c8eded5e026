"""Who comes: entries at rates that keep up what each kind of trader holds in the long run."""

import math
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.random import Generator

from liqtui.sim.accounts import Accounts
from liqtui.sim.families import Family
from liqtui.sim.orders import Orders
from liqtui.sim.owners import Owners
from liqtui.sim.price import DAY, Quotes
from liqtui.sim.terms import Floats, Places
from liqtui.sim.traders import Crowd, Leaders

_CARRY: Final = 600.0
"""How much less likely longs become for each unit of the premium, in log odds."""
_MOOD, _MOOD_MEMORY = 0.05, 1.5 * DAY
"""How far the open interest that traders want wanders, and how fast."""
_LEARNING: Final = 3 * DAY
"""Seconds in which entries adapt to how long positions really live."""


class Mood(Struct, frozen=True):
    """What newcomers look at."""

    now: float
    dt: float
    quotes: Quotes
    trend: float
    """The last hour's move in its sigmas."""
    premium: Floats
    """By pit."""
    activity: float
    leverage: float
    """Factor on what they dare."""


class Arrivals:
    """See the module.

    Args:
        accounts: that they open.
        family: their habits.
        crowd: which draws them.
        aim: open interest in USD, by pit.
        rng: the randomness.
    """

    def __init__(
        self, accounts: Accounts, family: Family, crowd: Crowd, aim: Floats, rng: Generator
    ) -> None:
        self.accounts = accounts
        self._family = family
        self._crowd = crowd
        self._rng = rng
        self._trend, self._long = family.column("trend"), family.column("long")
        self._aim = np.outer(family.column("share"), aim)
        """USD on each side, by kind and pit."""
        self._life = np.ones_like(self._aim)
        self.waves = self._aim / (crowd.means() * crowd.wave)[:, None]
        """How many of them stand on each side."""
        self._room = np.ones_like(self._aim)
        self._wish = 0.0
        self._rated: Floats = np.zeros(self._aim.size)

    def settle(self, life: Floats) -> None:
        """Learn how long positions live, in seconds, by kind and pit."""
        self._life = life
        self._rate()

    def _rate(self) -> None:
        rate = self.waves / self._life * self._room * (2 * math.exp(self._wish))
        self._rated = np.cumsum(rate)

    def come(self, mood: Mood, owners: Owners, orders: Orders) -> Places:
        """Open the positions of a step; return their slots."""
        total = float(self._rated[-1])
        busy = mood.activity**self._family.linked
        count = int(self._rng.poisson(total * busy * mood.dt))
        if not count:
            return np.zeros(0, np.intp)
        place = np.searchsorted(self._rated, self._rng.random(count) * total, "right")
        kind, pit = np.divmod(place, self._aim.shape[1])
        long = self._rng.random(count) < self.lean(kind, mood.trend, mood.premium[pit])
        sign = np.where(long, 1.0, -1.0)
        return self._enter(kind, pit, sign, mood, owners, orders)

    def _enter(
        self, kind: Places, pit: Places, sign: Floats, mood: Mood, owners: Owners, orders: Orders
    ) -> Places:
        opened = np.full(len(kind), mood.now)
        leaders = Leaders(
            pit, kind, sign, mood.quotes.last[pit], opened, opened + self._crowd.holds(kind)
        )
        pit, kind, rows = self._crowd.draw(leaders, mood.leverage)
        first = np.minimum(rows["units"], owners.patience(pit, rows["entry"], mood.dt))
        rows["wanted"] = rows["units"] - first
        rows["margin"] *= first / rows["units"]
        rows["units"] = first
        orders.add(pit, rows["sign"] * first)
        slots = self.accounts.open(pit, kind, rows)
        self._crowd.order(self.accounts, slots)
        return slots

    def lean(self, kind: Places, trend: float, premium: Floats) -> Floats:
        """Return how likely newcomers go long, given each one's kind and its pit's premium."""
        odds = self._long[kind] + self._trend[kind] * 2.0 * math.tanh(trend / 2.0)
        odds -= np.clip(_CARRY * premium, -1.5, 1.5)
        likely: Floats = 1.0 / (1.0 + np.exp(-odds))
        return likely

    def adapt(self, held: Floats, elapsed: float) -> None:
        """Let entries make up for what is missing.

        Args:
            held: USD on both sides, by kind and pit.
            elapsed: seconds since it was last looked at.
        """
        kept = math.exp(-elapsed / _MOOD_MEMORY)
        noise = math.sqrt(1 - kept * kept) * float(self._rng.standard_normal())
        self._wish = kept * self._wish + _MOOD * noise
        aim = 2 * self._aim * math.exp(self._wish)
        ratio = np.clip(aim / np.maximum(held, 0.2 * aim + 1e-9), 0.5, 2.0)
        self._room = np.where(aim > 0, ratio, 1.0)
        self._life *= self._room ** (-elapsed / _LEARNING)
        self._rate()
