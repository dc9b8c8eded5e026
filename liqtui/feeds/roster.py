"""Feeds by name, each in a task of its own, kept equal to what is wanted."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, Protocol, TypeVar

from liqtui.model.snapshot import FeedHealth


class Named(Protocol):
    """Something wanted: a `Stream` or a `Poll`."""

    @property
    def name(self) -> str:
        """Stable from one wish to the next."""


Wanted = TypeVar("Wanted", bound=Named)
Wish = TypeVar("Wish", contravariant=True)
Runner = TypeVar("Runner", bound="Member[Any]")


class Member(Protocol[Wish]):
    """What runs it."""

    async def run(self) -> None:
        """Go on until cancelled."""

    def replace(self, wanted: Wish, /) -> None:
        """Go on with this from now on."""

    def renew(self) -> None:
        """Start over at once."""

    def suspect(self, reason: str) -> None:
        """Count as stale until there is news."""

    def health(self) -> FeedHealth:
        """Return counters and state."""


class Roster(Generic[Wanted, Runner]):
    """Starts, replaces and stops members.

    Args:
        group: where their tasks live; a fault in one ends all, for it is a fault of ours.
        make: returns the runner for something wanted.
    """

    def __init__(self, group: asyncio.TaskGroup, make: Callable[[Wanted], Runner]) -> None:
        self._group = group
        self._make = make
        self._members: dict[str, tuple[Runner, asyncio.Task[None]]] = {}

    def __iter__(self) -> Iterator[Runner]:
        return iter([member for member, _ in self._members.values()])

    def match(self, wanted: Iterable[Wanted]) -> None:
        """Start what is new, stop what is gone, hand the rest its new description."""
        wishes = {wish.name: wish for wish in wanted}
        for name in self._members.keys() - wishes.keys():
            _, task = self._members.pop(name)
            task.cancel()
        for name, wish in wishes.items():
            if name in self._members:
                self._members[name][0].replace(wish)
            else:
                member = self._make(wish)
                self._members[name] = (member, self._group.create_task(member.run()))
