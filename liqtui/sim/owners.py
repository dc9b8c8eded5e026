"""What the owners of open positions do: leave, fear, and go on buying (docs/estimator.md 7)."""

from typing import Final

import numpy as np
from numpy.random import Generator

from liqtui.sim.accounts import Accounts
from liqtui.sim.families import Family
from liqtui.sim.orders import Orders
from liqtui.sim.price import Quotes
from liqtui.sim.terms import Bools, Floats, Places
from liqtui.sim.traders import Crowd
from liqtui.sim.watch import Watch

_SLICE: Final = 15_000.0
"""USD a second that a large order takes in, in a market as large as BTC's."""
_TOP_UP, _AVERAGED = 0.6, 0.5
"""What part of its margin, or of the position, is added at an alarm."""
_RESCUES: Final = 3


class Owners:
    """See the module.

    Args:
        accounts: what they own.
        watch: which must hear of changes.
        family: their habits.
        crowd: which draws them.
        scale: of the market against BTC's.
        rng: the randomness.
    """

    def __init__(
        self,
        accounts: Accounts,
        watch: Watch,
        family: Family,
        crowd: Crowd,
        scale: float,
        rng: Generator,
    ) -> None:
        self._accounts = accounts
        self._watch = watch
        self._crowd = crowd
        self._slice = _SLICE * scale
        self._rng = rng
        chances = [family.column(name) for name in ("rescue", "average", "give_up")]
        self._choices = np.cumsum(chances, axis=0).T
        self._slicing: Places = np.zeros(0, np.intp)

    def patience(self, pit: Places, price: Floats, dt: float) -> Floats:
        """Return the units that a large order may take in a step."""
        usd = np.full(len(pit), self._slice * dt)
        return self._accounts.terms.units(pit, usd, price)

    def leave(self, slots: Places, quotes: Quotes, now: float, dt: float, orders: Orders) -> None:
        """Close what its owners close; who is large does so in slices."""
        if not len(slots):
            return
        accounts = self._accounts
        pit = accounts.pit[slots]
        units = np.minimum(accounts.units[slots], self.patience(pit, quotes.last[pit], dt))
        orders.add(pit, -accounts.sign[slots] * units)
        beginning = slots[accounts.expiry[slots] > now]
        accounts.expiry[slots], accounts.wanted[slots] = now, 0.0
        accounts.close(slots, units)
        self._watch.add(beginning[accounts.sign[beginning] != 0])

    def fear(self, slots: Places, quotes: Quotes, now: float, dt: float, orders: Orders) -> None:
        """Let those in danger add margin, average in, give up, or hope."""
        slots = slots[self._accounts.sign[slots] != 0]
        if not len(slots):
            return
        kind, drawn = self._accounts.kind[slots], self._rng.random(len(slots))
        choice = (drawn[:, None] >= self._choices[kind]).sum(axis=1)
        self._top_up(slots[choice == 0])
        self._average_in(slots[choice == 1], quotes, orders)
        self._calm(slots, choice == 3)
        self.leave(slots[choice == 2], quotes, now, dt, orders)

    def _calm(self, slots: Places, hopes: Bools) -> None:
        """Set the next alarms; there is none for who hopes, or has done enough."""
        accounts = self._accounts
        accounts.rescues[slots] += 1
        done = hopes | (accounts.rescues[slots] >= _RESCUES)
        alarms = self._crowd.alarms(
            accounts.kind[slots], accounts.entry[slots], accounts.liq[slots]
        )
        accounts.alarm[slots] = np.where(done, np.nan, alarms)
        self._watch.add(slots)

    def _top_up(self, slots: Places) -> None:
        accounts = self._accounts
        pit, units, entry = accounts.pit[slots], accounts.units[slots], accounts.entry[slots]
        least = 0.02 * accounts.terms.value(pit, units, entry)
        accounts.margin[slots] += np.maximum(_TOP_UP * accounts.margin[slots], least)
        accounts.margin_again(slots)

    def _average_in(self, slots: Places, quotes: Quotes, orders: Orders) -> None:
        if not len(slots):
            return
        accounts = self._accounts
        pit = accounts.pit[slots]
        units = accounts.terms.whole(pit, _AVERAGED * accounts.units[slots])
        accounts.add(slots, units, quotes.last[pit])
        accounts.margin_again(slots)
        orders.add(pit, accounts.sign[slots] * units)

    def begin(self, slots: Places) -> None:
        """Look after new positions."""
        self._watch.add(slots)
        wanting = slots[self._accounts.wanted[slots] > 0]
        self._slicing = np.concatenate((self._slicing, wanting))

    def go_on(self, quotes: Quotes, dt: float, orders: Orders) -> None:
        """Let large orders take their next slices."""
        accounts = self._accounts
        self._slicing = self._slicing[accounts.wanted[self._slicing] > 0]
        slots = self._slicing
        if not len(slots):
            return
        pit = accounts.pit[slots]
        price = quotes.last[pit]
        units = np.minimum(accounts.wanted[slots], self.patience(pit, price, dt))
        accounts.wanted[slots] -= units
        accounts.add(slots, units, price)
        accounts.margin_again(slots)
        self._watch.add(slots)
        orders.add(pit, accounts.sign[slots] * units)
