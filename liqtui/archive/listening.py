"""Since when each contract was heard without a hole: what need not be fetched again."""

from collections.abc import Iterator
from itertools import count
from typing import Final

from msgspec import Struct

from liqtui.model.events import Gap
from liqtui.store.rings import MINUTE

SHORTEST: Final = MINUTE
"""Nanoseconds of a hole that is worth fetching."""


class _Stretch(Struct):
    number: int
    contract: int
    venue: str
    start: int
    end: int
    """UTC ns, whole minutes; equal: nothing is known yet."""


class Stretch(Struct, frozen=True):
    """A stretch as it is kept; one of the same number replaces it."""

    number: int
    contract: int
    start: int
    end: int
    """UTC ns, whole minutes."""


class Listening:
    """The stretches of this run.

    Args:
        first: the number of the first.
    """

    def __init__(self, first: int = 1) -> None:
        self._numbers = count(first)
        self._open: dict[int, _Stretch] = {}
        self._heard: dict[str, int] = {}

    def number(self) -> int:
        """Return a number that no stretch has."""
        return next(self._numbers)

    def heard(self, contract: int, venue: str, at: int) -> None:
        """Take note that a contract was heard at a time (UTC ns)."""
        if at > self._heard.get(venue, 0):
            self._heard[venue] = at
        if contract not in self._open:
            start = -(-at // MINUTE) * MINUTE
            self._open[contract] = _Stretch(self.number(), contract, venue, start, start)

    def lost(self, gap: Gap) -> Iterator[Stretch]:
        """End a venue's stretches where a hole begins; yield those that reached into it."""
        if gap.end - gap.start < SHORTEST:
            return
        mine = [one for one in self._open.values() if one.venue == gap.venue]
        for one in mine:
            end = max(gap.start // MINUTE * MINUTE, one.start)
            if end < one.end:
                yield Stretch(one.number, one.contract, one.start, end)
            start = -(-gap.end // MINUTE) * MINUTE
            self._open[one.contract] = _Stretch(
                self.number(), one.contract, one.venue, start, start
            )

    def grown(self, now: int) -> Iterator[Stretch]:
        """Yield the stretches that have become longer by now (UTC ns)."""
        for one in self._open.values():
            end = min(now, self._heard[one.venue]) // MINUTE * MINUTE
            if end > one.end:
                one.end = end
                yield Stretch(one.number, one.contract, one.start, end)
