"""Slow money: a few large accounts at low leverage that take the other side of everybody else.

Whoever buys does so from whoever sells or, for the rest, from here; so the longs equal the shorts
at every instant. What is held against the flow is closed first, so that in each pit all of it is
on one side.
"""

from typing import Final

import numpy as np
from numpy.random import Generator

from liqtui.sim.accounts import Accounts
from liqtui.sim.families import POOL
from liqtui.sim.terms import Floats, Places

SIZE: Final = 16
"""Accounts in each pit: the first slots."""
_DUST: Final = 1e-6
"""Lots that are nothing but rounding."""


class Pool:
    """See the module.

    Args:
        accounts: whose reserved slots are used.
        kind: the number of its kind.
        rng: the randomness.
    """

    def __init__(self, accounts: Accounts, kind: int, rng: Generator) -> None:
        self._accounts = accounts
        self._rng = rng
        pits = len(accounts.terms.contracts)
        self.slots: Places = np.arange(pits * SIZE)
        accounts.pit[self.slots] = np.repeat(np.arange(pits), SIZE)
        accounts.kind[self.slots] = kind
        spread = np.exp(POOL.dares * rng.standard_normal(pits * SIZE))
        self._leverage = np.maximum(POOL.leverage * spread, 1.1)

    @property
    def net(self) -> Floats:
        """Return the units held long, less those held short, by pit."""
        accounts = self._accounts
        held = accounts.sign[self.slots] * accounts.units[self.slots]
        by_pit: Floats = held.reshape(-1, SIZE).sum(axis=1)
        return by_pit

    def trade(self, bought: Floats, price: Floats, now: float) -> None:
        """Buy units in each pit; sell where negative.

        Args:
            bought: by pit.
            price: by pit.
            now: seconds.
        """
        if not bought.any():
            return
        rest = bought - self._shrink(bought)
        slots = np.arange(len(bought)) * SIZE + self._rng.integers(0, SIZE, len(bought))
        wanted = np.abs(rest) > _DUST * self._accounts.terms.lot
        if wanted.any():
            self._enlarge(slots[wanted], rest[wanted], price[wanted], now)

    def _shrink(self, bought: Floats) -> Floats:
        """Close what is held against the flow; return what was bought so.

        It may be more than was wanted: an account that would keep less than half a lot is closed.
        """
        net = self.net
        closing = np.where(net * bought < 0, np.minimum(np.abs(net), np.abs(bought)), 0.0)
        if closing.any():
            part = np.repeat(closing / np.maximum(np.abs(net), 1e-300), SIZE)
            used = self.slots[(part > 0) & (self._accounts.units[self.slots] > 0)]
            self._accounts.close(used, self._accounts.units[used] * part[used])
        return self.net - net

    def _enlarge(self, slots: Places, bought: Floats, price: Floats, now: float) -> None:
        accounts, units = self._accounts, np.abs(bought)
        new = accounts.sign[slots] == 0
        fresh = slots[new]
        if len(fresh):
            leverage = self._leverage[fresh]
            accounts.begin(fresh, np.sign(bought[new]), units[new], price[new], leverage)
            accounts.opened[fresh] = now
        if not new.all():
            accounts.add(slots[~new], units[~new], price[~new])

    def margin_again(self) -> None:
        """Compute liquidation prices: they are far away, so it need not be done at every trade."""
        self._accounts.margin_again(self.slots[self._accounts.sign[self.slots] != 0])
