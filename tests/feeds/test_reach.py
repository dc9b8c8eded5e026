"""A host that is down is down for every socket that wants it."""

from contextlib import AsyncExitStack

from websockets.asyncio.server import ServerConnection

from liqtui.clock import ManualClock
from liqtui.feeds.backoff import Backoff
from liqtui.feeds.reach import Reach
from liqtui.feeds.refusal import Setback
from liqtui.feeds.stream import Feed
from tests.conditions import becomes
from tests.feeds import toy
from tests.feeds.rig import BLOCKED, DOWN, LIVE, Heard, context, running
from tests.feeds.servers import exchange, slam, ticking

LOST = Setback(DOWN, "connection lost")


class Host:
    """A reach whose every pause is the longest of its step."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.revived = 0
        self.reach = Reach(self.clock, Backoff(1.0, 15.0, lambda: 1.0), self._revive)

    def _revive(self) -> None:
        self.revived += 1

    def tries(self, seconds: float) -> list[float]:
        """Try whenever it is allowed, and fail; return when."""
        found, start = [], self.clock.monotonic()
        while (now := self.clock.monotonic() - start) < seconds:
            if self.reach.wait() == 0.0:
                found.append(now)
                self.reach.tried()
                assert self.reach.failed(LOST)
            self.clock.advance(0.25)
        return found


def test_an_unknown_host_may_be_tried_at_once() -> None:
    assert Host().reach.wait() == 0.0


def test_the_tries_of_all_sockets_keep_one_pace_however_many_fail_at_once() -> None:
    host = Host()
    for _ in range(5):
        assert host.reach.failed(LOST)
    assert host.tries(60.0) == [1.0, 3.0, 7.0, 15.0, 30.0, 45.0]


def test_where_others_are_served_a_failure_is_the_sockets_own() -> None:
    host = Host()
    host.reach.serves()
    assert not host.reach.failed(LOST)
    assert host.reach.wait() == 0.0
    host.reach.left(settled=False)
    assert host.reach.failed(LOST)
    assert host.reach.wait() == 1.0


def test_one_success_opens_it_for_all_and_is_told_once() -> None:
    host = Host()
    host.tries(20.0)
    assert host.reach.shut == LOST
    host.reach.serves()
    host.reach.serves()
    assert host.reach.wait() == 0.0
    assert host.revived == 1


def test_the_pace_starts_anew_only_after_a_socket_that_lasted() -> None:
    host = Host()
    host.tries(20.0)
    for settled, expected in ((False, 15.0), (True, 1.0)):
        host.reach.serves()
        host.reach.left(settled)
        host.reach.failed(LOST)
        assert host.reach.wait() == expected


def test_what_a_host_asks_for_is_waited_out_by_all_unless_a_user_is_in_a_hurry() -> None:
    host = Host()
    host.reach.failed(LOST)
    host.reach.failed(Setback(BLOCKED, "HTTP 451", wait=600.0))
    assert host.reach.wait() >= 600.0
    host.reach.hurry()
    assert host.reach.wait() == 0.0


async def test_one_socket_finds_out_that_a_host_is_up_and_all_connect() -> None:
    heard, up = Heard(), False

    async def moody(socket: ServerConnection, number: int) -> None:
        await (ticking(toy.mark) if up else slam)(socket, number)

    async with exchange(moody) as server, AsyncExitStack() as stack:
        place = context(heard, base=600.0, knock=600.0)
        feeds = [Feed(toy.stream(server.url, name=name), place) for name in "abc"]
        for feed in feeds:
            await stack.enter_async_context(running(feed.run()))
        await becomes(lambda: all(feed.health().state is DOWN for feed in feeds))
        assert len(server.opened) == 3
        place.reach(server.url).hurry()
        await becomes(lambda: len(server.opened) == 4 and not server.open)
        up = True
        place.reach(server.url).hurry()
        await becomes(lambda: all(feed.health().state is LIVE for feed in feeds))
        assert len(server.opened) == 7
        assert server.open == 3


async def test_a_new_socket_to_a_host_that_is_down_says_why_and_waits() -> None:
    heard = Heard()
    async with exchange(slam) as server:
        place = context(heard, base=600.0, knock=600.0)
        first, late = (Feed(toy.stream(server.url, name=name), place) for name in "ab")
        async with running(first.run()):
            await becomes(lambda: first.health().state is DOWN)
            async with running(late.run()):
                await becomes(lambda: late.health().state is DOWN)
        assert late.health().reason == first.health().reason
        assert len(server.opened) == 1
