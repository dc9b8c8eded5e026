"""Which positions could trigger soon: a short list, so that a step need not look at all of them."""

from typing import Final

import numpy as np
from msgspec import Struct

from liqtui.sim.accounts import Accounts
from liqtui.sim.price import Quotes
from liqtui.sim.terms import Floats, Places

_BAND: Final = 0.006
"""How near a trigger must be to the price to be looked at."""
_LONGEST: Final = 900.0
"""Seconds after which the list is made anew in any case."""
_BLOCK: Final = 8192
"""Slots looked at together: more than fit a processor's cache take longer."""


class Hits(Struct, frozen=True, eq=False):
    """Slots whose triggers were reached."""

    leaving: Places
    """By the last price or by time."""
    alarmed: Places
    """By the mark, but not yet liquidated."""
    dead: Places


class Watch:
    """The positions near their triggers.

    The list holds copies of each one's nearest triggers side by side. A copy may be out of date, so
    who seems to be hit is looked up; who changed is copied once more.
    """

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._last = self._mark = np.ones(1)
        self._until = 0.0
        self._new: list[Places] = []
        nobody = np.zeros(0, np.intp)
        self._keep(nobody, *self._triggers(nobody))

    def stale(self, quotes: Quotes, now: float) -> bool:
        """Whether the list must be made anew."""
        strayed = np.abs(quotes.last / self._last - 1.0), np.abs(quotes.mark / self._mark - 1.0)
        return now >= self._until or bool(np.maximum(*strayed).max() > 0.9 * _BAND)

    def refresh(self, quotes: Quotes, now: float) -> None:
        """Make the list anew."""
        low, high = _ends(quotes)
        low, high, soon = low - _BAND * np.abs(low), high + _BAND * np.abs(high), now + _LONGEST
        found = []
        for start in range(0, len(self._accounts.sign), _BLOCK):
            place, worst, best, due = self._triggers(slice(start, start + _BLOCK))
            near = (worst > low[place]) | (best < high[place]) | (due <= soon)
            found.append(start + np.flatnonzero(near))
        slots = np.concatenate(found)
        self._keep(slots, *self._triggers(slots))
        self._last, self._mark, self._until = quotes.last, quotes.mark, now + _LONGEST

    def _keep(self, slots: Places, place: Places, worst: Floats, best: Floats, due: Floats) -> None:
        self._slots, self._place = slots, place
        self._worst, self._best, self._due = worst, best, due
        self._new.clear()

    def _triggers(self, slots: Places | slice) -> tuple[Places, Floats, Floats, Floats]:
        """Return where to look each one's price up, and its triggers.

        Returns:
            Pits, shorts after all longs; the nearest trigger on the bad side and that on the good
            side, both with the position's sign; the expiry.
        """
        accounts, sign = self._accounts, self._accounts.sign[slots]
        worst = np.fmax(sign * accounts.liq[slots], sign * accounts.alarm[slots])
        worst = np.fmax(worst, sign * accounts.stop[slots])
        place = accounts.pit[slots] + len(accounts.long) * (sign < 0)
        return place, worst, sign * accounts.take[slots], accounts.expiry[slots]

    def expire(self) -> None:
        """Let the list be made anew before the next step."""
        self._until = 0.0

    def add(self, slots: Places) -> None:
        """Look at positions that are new or have changed, from the next step on."""
        if len(slots):
            self._new.append(slots)

    def _take_in(self) -> None:
        """Copy what was added."""
        if not self._new:
            return
        slots = np.concatenate(self._new)
        place, worst, best, due = self._triggers(slots)
        self._keep(
            np.concatenate((self._slots, slots)),
            np.concatenate((self._place, place)),
            np.concatenate((self._worst, worst)),
            np.concatenate((self._best, best)),
            np.concatenate((self._due, due)),
        )

    def _candidates(self, quotes: Quotes, now: float) -> Places:
        self._take_in()
        low, high = _ends(quotes)
        near = (low[self._place] <= self._worst) | (high[self._place] >= self._best)
        near |= self._due <= now
        found = np.flatnonzero(near)
        ended = found[self._accounts.sign[self._slots[found]] == 0]
        for copies in (self._worst, self._best, self._due):
            copies[ended] = np.nan
        return np.unique(self._slots[found])

    def hits(self, quotes: Quotes, now: float) -> Hits:
        """Return whose triggers are reached."""
        accounts, slots = self._accounts, self._candidates(quotes, now)
        pit, sign = accounts.pit[slots], accounts.sign[slots]
        last, mark = sign * quotes.last[pit], sign * quotes.mark[pit]
        dead = mark <= sign * accounts.liq[slots]
        alarmed = (mark <= sign * accounts.alarm[slots]) & ~dead
        leaving = (accounts.expiry[slots] <= now) | (last <= sign * accounts.stop[slots])
        leaving |= last >= sign * accounts.take[slots]
        return Hits(slots[leaving], slots[alarmed], slots[dead])


def _ends(quotes: Quotes) -> tuple[Floats, Floats]:
    """Return the prices that are worst and best, by place, with the position's sign."""
    low, high = np.minimum(quotes.last, quotes.mark), np.maximum(quotes.last, quotes.mark)
    return np.concatenate((low, -high)), np.concatenate((quotes.last, -quotes.last))
