"""Members by name."""

import asyncio

from msgspec import Struct

from liqtui.feeds.roster import Roster
from liqtui.model.snapshot import FeedHealth
from tests.conditions import becomes
from tests.feeds.rig import LIVE


class Wish(Struct, frozen=True):
    name: str
    value: int = 0


class Runner:
    def __init__(self, wish: Wish) -> None:
        self.wish = wish
        self.state = "new"

    async def run(self) -> None:
        self.state = "running"
        try:
            await asyncio.Event().wait()
        finally:
            self.state = "stopped"

    def replace(self, wanted: Wish) -> None:
        self.wish = wanted

    def renew(self) -> None:
        raise AssertionError

    def suspect(self, reason: str) -> None:
        raise AssertionError

    def health(self) -> FeedHealth:
        return FeedHealth("toy", self.wish.name, LIVE, "", 0)


async def test_members_are_kept_equal_to_what_is_wanted() -> None:
    made: dict[str, Runner] = {}

    def make(wish: Wish) -> Runner:
        made[wish.name] = Runner(wish)
        return made[wish.name]

    async with asyncio.TaskGroup() as group:
        roster = Roster[Wish, Runner](group, make)
        roster.match([Wish("a"), Wish("b")])
        await becomes(lambda: all(runner.state == "running" for runner in made.values()))
        roster.match([Wish("b", 2), Wish("c")])
        await becomes(lambda: made["a"].state == "stopped" and made["c"].state == "running")
        assert (made["b"].wish.value, made["b"].state) == (2, "running")
        assert [member.health().stream for member in roster] == ["b", "c"]
        roster.match([])
    assert {runner.state for runner in made.values()} == {"stopped"}
