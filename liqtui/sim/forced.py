"""What an exchange does to positions whose margin no longer suffices.

Small ones are closed whole, large ones down to the bracket below, both by an order into the book
whose remaining margin goes to the pit's insurance fund. When the fund is empty no order is sent:
the most profitable of the other side are closed against them at their bankruptcy price instead
(docs/estimator.md 2.2, 3).
"""

from typing import Final

import numpy as np
from msgspec import Struct

from liqtui.sim.accounts import Accounts
from liqtui.sim.price import Quotes
from liqtui.sim.terms import Bools, Floats, Places, summed

_INSURANCE: Final = 0.001
"""The fund at the start, in open interest."""
_SLIP, _SLIPS_AT, _MOST = 3e-4, 2e-4, 0.02
"""By what part of the price an order misses it that is so large a part of open interest."""
_DAREDEVIL: Final = 200.0
_CUT: Final = 2
"""The bracket from which on positions are cut instead of closed."""


class Closed(Struct, frozen=True, eq=False):
    """Positions closed by force in a step, wholly or in part, a row each."""

    pit: Places
    sign: Floats
    units: Floats
    trigger: Floats
    bankruptcy: Floats
    fill: Floats
    leverage: Floats
    """Value at entry over the margin it had, at most 200."""
    opened: Floats
    when: Floats
    """Part of the step that had passed."""
    deleveraged: Bools
    """Closed against the other side's owners, not into the book."""

    @property
    def count(self) -> int:
        """How many."""
        return len(self.pit)


_NONE: Final = np.zeros(0)
NOTHING: Final = Closed(
    _NONE.astype(np.intp), _NONE, _NONE, _NONE, _NONE, _NONE, _NONE, _NONE, _NONE,
    _NONE.astype(np.bool_),
)  # fmt: skip


class Engine:
    """The exchanges' liquidation engines and insurance funds.

    Args:
        accounts: of all pits.
        interest: open at the start in USD, by pit.
    """

    def __init__(self, accounts: Accounts, interest: Floats) -> None:
        self._accounts = accounts
        self.funds = _INSURANCE * interest
        """USD, by pit."""

    def liquidate(self, dead: Places, quotes: Quotes, before: Floats, thin: float) -> Closed:
        """Close what is due.

        Args:
            dead: slots whose liquidation prices the marks have reached.
            quotes: at the end of the step.
            before: the marks at its start.
            thin: how thin the book is.
        """
        accounts = self._accounts
        dead = dead[accounts.sign[dead] != 0]
        if not len(dead):
            return NOTHING
        units = self._due(dead, quotes)
        closed = self._filled(dead, units, quotes, before, thin)
        accounts.margin[dead] += self._gains(dead, closed)
        whole = units >= accounts.units[dead]
        closed = self._insured(closed, accounts.margin[dead] * whole, quotes)
        cut, kept = dead[~whole], accounts.margin[dead[~whole]]
        accounts.close(dead, units)
        accounts.margin[cut] = kept
        accounts.margin_again(cut)
        self._deleverage(closed, quotes)
        return closed

    def _due(self, dead: Places, quotes: Quotes) -> Floats:
        """Return how many units of each are closed."""
        accounts, terms = self._accounts, self._accounts.terms
        pit, units = accounts.pit[dead], accounts.units[dead]
        usd = terms.usd(pit, units, quotes.mark[pit])
        bracket = terms.bracket(pit, usd)
        cut = usd - terms.floors[pit, bracket]
        part = np.where(bracket >= _CUT, cut / np.maximum(usd, 1e-300), 1.0)
        return np.minimum(units, terms.whole(pit, units * part + 0.5 * terms.lot[pit]))

    def _filled(
        self, dead: Places, units: Floats, quotes: Quotes, before: Floats, thin: float
    ) -> Closed:
        accounts, terms = self._accounts, self._accounts.terms
        pit, sign, entry = accounts.pit[dead], accounts.sign[dead], accounts.entry[dead]
        held, margin, trigger = accounts.units[dead], accounts.margin[dead], accounts.liq[dead]
        bankruptcy = terms.bankruptcy(pit, sign, held, entry, margin)
        part = units / np.maximum(accounts.long[pit], 1e-300)
        slip = np.minimum(_SLIP * thin * np.sqrt(part / _SLIPS_AT), _MOST)
        moved = quotes.mark[pit] - before[pit]
        value = terms.value(pit, held, entry)
        leverage = value / np.maximum(margin, value / _DAREDEVIL)
        with np.errstate(divide="ignore", invalid="ignore"):
            when = np.nan_to_num(np.clip((trigger - before[pit]) / moved, 0.0, 1.0))
        return Closed(
            pit, sign, units, trigger, bankruptcy, quotes.last[pit] * (1.0 - sign * slip),
            leverage, accounts.opened[dead],
            when, np.zeros(len(dead), np.bool_),
        )  # fmt: skip

    def _gains(self, dead: Places, closed: Closed) -> Floats:
        entry = self._accounts.entry[dead]
        return self._accounts.terms.gains(closed.pit, closed.sign, closed.units, entry, closed.fill)

    def _insured(self, closed: Closed, margin: Floats, quotes: Quotes) -> Closed:
        """Let the funds take what is left of margins, or close against the other side."""
        inverse = self._accounts.terms.inverse
        left = summed(closed.pit, margin, len(inverse))
        funds = self.funds + left * np.where(inverse, quotes.mark, 1.0)
        # Both sides never die at once so fast that one is too small to close the other against.
        small = 2 * summed(closed.pit, closed.units, len(inverse)) < self._accounts.long
        empty = (funds < 0) & (left < 0) & small
        self.funds = np.where(empty, self.funds, np.maximum(funds, 0.0))
        return _struck(closed, empty[closed.pit]) if empty.any() else closed

    def _deleverage(self, closed: Closed, quotes: Quotes) -> None:
        """Close the other side against what was not sent into the book."""
        rows = closed.deleveraged
        for pit, sign in set(
            zip(closed.pit[rows].tolist(), closed.sign[rows].tolist(), strict=True)
        ):
            own = rows & (closed.pit == pit) & (closed.sign == sign)
            self._take(pit, -sign, float(closed.units[own].sum()), quotes)

    def _take(self, pit: int, sign: float, units: float, quotes: Quotes) -> None:
        """Close units of one side, of those first who gain most on their margin."""
        accounts, terms = self._accounts, self._accounts.terms
        side = np.flatnonzero((accounts.pit == pit) & (accounts.sign == sign))
        price = np.full(len(side), quotes.mark[pit])
        held, entry = accounts.units[side], accounts.entry[side]
        gains = terms.gains(accounts.pit[side], accounts.sign[side], held, entry, price)
        order = np.argsort(-gains / np.maximum(accounts.margin[side], 1e-300))
        ranked = side[order]
        before = np.concatenate(([0.0], np.cumsum(held[order])[:-1]))
        taken = np.clip(units - before, 0.0, held[order])
        accounts.close(ranked[taken > 0], taken[taken > 0])


def _struck(closed: Closed, struck: Bools) -> Closed:
    """Return the rows with some of them closed at their bankruptcy prices, off the book."""
    fill = np.where(struck & ~np.isnan(closed.bankruptcy), closed.bankruptcy, closed.fill)
    return Closed(
        closed.pit, closed.sign, closed.units, closed.trigger, closed.bankruptcy, fill,
        closed.leverage, closed.opened, closed.when, struck,
    )  # fmt: skip
