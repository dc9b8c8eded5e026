"""Two feeds of a venue that report the same events: a live one, and a polled one that repeats.

Both name an event (by whatever they share) and its second. Each side counts how often it met a
name, and an event is news when a count passes what was told: equal events stay apart, repeated
answers and a feed that is late by a second do not. Memory is bounded, and what it forgot counts
as told.
"""

from collections.abc import Hashable, Iterator
from typing import Final, TypeAlias

from msgspec import Struct

_DECISIVE: Final = 5
"""Comparisons that must agree before a sign is learned, nine in ten of all."""


Lane: TypeAlias = dict[tuple[Hashable, int], int]
"""How many events of each name and second one live connection brought after the polled feed."""


class Occurrence(Struct):
    """What is known of one name in one second."""

    times: int = 0
    """How often it was told."""
    ahead: int = 0
    """Of these, by the polled feed before the live one."""
    sign: int = 0
    """What the live feed said of its sign and nobody compared yet; 0: nothing."""


class Reconciliation:
    """What the two feeds told of late.

    Args:
        size: names held before the older half is forgotten; more than twice an answer's rows.
    """

    def __init__(self, size: int = 16_384) -> None:
        self._generation = size // 2
        self._young: dict[tuple[Hashable, int], Occurrence] = {}
        self._old: dict[tuple[Hashable, int], Occurrence] = {}
        self._heard: list[tuple[Hashable, int, int]] = []
        """Of the live feed, not counted yet: that can wait until somebody asks."""
        self._caught: Lane = {}
        self._votes = {1: 0, -1: 0}
        self._floor = 0
        """Second up to which names may have been forgotten."""

    @classmethod
    def kept(cls, memory: dict[str, object], name: str) -> "Reconciliation":
        """Return the one that ``memory`` holds under a name, a new one the first time."""
        found = memory.get(name)
        if not isinstance(found, cls):
            found = memory[name] = cls()
        return found

    def live(self, name: Hashable, second: int, sign: int = 0, lane: "Lane | None" = None) -> bool:
        """Take in an event of the live feed; return whether it is news.

        Args:
            name: of the event.
            second: UTC.
            sign: what the live feed says of it.
            lane: of its connection; two that overlap both bring what the polled feed told first.
        """
        if self._catches_up(name, second, sign, self._caught if lane is None else lane):
            return False
        self._heard.append((name, second, sign))
        if len(self._heard) >= self._generation:
            self.count()
        return True

    def _catches_up(self, name: Hashable, second: int, sign: int, lane: "Lane") -> bool:
        for at, met in self.near(name, second):
            caught = lane.get((name, at), 0)
            if caught < met.ahead:
                lane[name, at] = caught + 1
                met.sign = sign
                return True
        return False

    def late(self, name: Hashable, second: int) -> bool:
        """Take in an event of the polled feed alone; False where it may merely be forgotten."""
        if second <= self._floor:
            return False
        self._tell(name, second).ahead += 1
        return True

    def count(self) -> None:
        """Count what the live feed told since the last time."""
        for name, second, sign in self._heard:
            self._tell(name, second).sign = sign
        self._heard.clear()

    def near(self, name: Hashable, second: int) -> Iterator[tuple[int, Occurrence]]:
        """Yield what is known of a name in this second and beside it, most likely first."""
        for at in (second, second - 1, second + 1):
            met = self._young.get((name, at)) or self._old.get((name, at))
            if met is not None:
                yield at, met

    def _tell(self, name: Hashable, second: int) -> Occurrence:
        key = (name, second)
        met = self._young.get(key) or self._old.get(key)
        if met is None:
            if len(self._young) >= self._generation:
                self._forget()
            met = self._young[key] = Occurrence()
        met.times += 1
        return met

    def _forget(self) -> None:
        self._floor = max([self._floor, *(second for _, second in self._old)])
        self._old, self._young = self._young, {}

    def compare(self, met: Occurrence, sign: int) -> int | None:
        """Hold the live feed's sign against the polled feed's.

        Returns:
            1 if they are known to mean the same, -1 the opposite, None while it is open.
        """
        if not met.sign:
            return None
        self._votes[met.sign * sign] += 1
        met.sign = 0
        winner = max(self._votes, key=self._votes.__getitem__)
        mine, other = self._votes[winner], self._votes[-winner]
        return winner if mine >= _DECISIVE and mine >= 9 * other else None


class Answer:
    """One answer of the polled feed, which holds each event of its window once."""

    def __init__(self, told: Reconciliation) -> None:
        told.count()
        self._told = told
        self._met: dict[tuple[Hashable, int], int] = {}

    def meet(self, name: Hashable, second: int) -> Occurrence | None:
        """Return what was told of this row before, None if the row is news."""
        for at, met in self._told.near(name, second):
            count = self._met.get((name, at), 0)
            if count < met.times:
                self._met[name, at] = count + 1
                return met
        return None

    def tell(self, name: Hashable, second: int) -> bool:
        """Take in a row that is news; return whether to tell it (`Reconciliation.late`)."""
        if not self._told.late(name, second):
            return False
        self._met[name, second] = self._met.get((name, second), 0) + 1
        return True
