"""Somebody who pushes the price to where others' stops and liquidations lie, then lets go.

The adversary of docs/estimator.md 7 (H7).
"""

from typing import Final

import numpy as np

from liqtui.sim.accounts import Accounts
from liqtui.sim.price import Quotes

_SIGHT: Final = 0.012
"""How far he looks."""
_PAUSE: Final = 60.0
"""Seconds between two looks."""


class Hunter:
    """See the module; he pushes with what is not traded here, so that he holds nothing.

    Args:
        accounts: that he preys on.
    """

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._lean = 0.0
        self._next = 0.0

    def pull(self, quotes: Quotes, now: float) -> float:
        """Return where he pushes: 1 up, -1 down, or anything between."""
        if now >= self._next:
            self._next = now + _PAUSE
            above, below = self._prey(quotes)
            self._lean = (above - below) / max(above + below, 1.0)
        return self._lean

    def _prey(self, quotes: Quotes) -> tuple[float, float]:
        accounts = self._accounts
        mark = quotes.mark[accounts.pit]
        usd = accounts.terms.usd(accounts.pit, accounts.units, mark)
        above = below = 0.0
        for level in (accounts.liq, accounts.stop):
            gap = level / mark - 1.0
            near = np.abs(gap) < _SIGHT
            above += float(usd[near & (gap > 0)].sum())
            below += float(usd[near & (gap < 0)].sum())
        return above, below
