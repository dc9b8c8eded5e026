"""A stream kept alive against servers that do what servers do."""

import asyncio

from websockets.asyncio.server import ServerConnection

from liqtui.clock import SystemClock
from liqtui.feeds.stream import Feed
from liqtui.model.events import Gap, Liquidation, MarkPrice
from tests.conditions import becomes
from tests.feeds import toy
from tests.feeds.rig import BLOCKED, CONNECTING, DOWN, LIVE, STALE, Heard, context, fed, running
from tests.feeds.servers import exchange, in_turn, refusing, saying, silence, slam, ticking


async def test_events_go_from_the_socket_to_emit() -> None:
    heard = Heard()
    handler = saying(toy.ack(), toy.mark(), toy.liquidation(101.0))
    async with exchange(handler) as server, fed(heard, toy.stream(server.url)) as feed:
        await becomes(lambda: heard.of(Liquidation))
        health = feed.health()
    assert heard.states == [CONNECTING, LIVE]
    assert [event.price for event in heard.of(Liquidation)] == [101.0]
    assert heard.gaps == []
    assert (health.state, health.frames, health.reconnects) == (LIVE, 3, 0)


async def test_a_refused_connection_is_down_with_the_reason_and_tried_again() -> None:
    heard = Heard()
    async with exchange(silence) as server:
        url = server.url
    feed = Feed(toy.stream(url), context(heard))
    async with running(feed.run()):
        await becomes(lambda: feed.health().reconnects > 2)
    assert heard.states == [CONNECTING, DOWN]
    assert "refused" in heard.reasons()[-1].lower()


async def test_retry_after_is_honoured() -> None:
    heard = Heard()
    async with (
        refusing(429, Retry_After="600") as (url, tries),
        fed(heard, toy.stream(url)) as feed,
    ):
        await becomes(lambda: BLOCKED in heard.states)
        feed.renew()
        await a_connection_elsewhere()
    assert len(tries) == 1


async def a_connection_elsewhere() -> None:
    """Let as much happen as a connect and its first event take, which is all that can be waited
    for when nothing is to happen."""
    heard = Heard()
    async with exchange(saying(toy.mark())) as server, fed(heard, toy.stream(server.url)):
        await becomes(lambda: LIVE in heard.states)


async def test_a_ban_holds_for_all_sockets_of_the_venue_and_is_shown() -> None:
    heard = Heard()
    async with refusing(418, b"banned", Retry_After="600") as (url, tries):
        place = context(heard)
        async with running(Feed(toy.stream(url), place).run()):
            await becomes(lambda: BLOCKED in heard.states)
            other = Feed(toy.stream(url, name="other"), place)
            async with running(other.run()):
                await becomes(lambda: other.health().state is BLOCKED)
    assert len(tries) == 1
    assert other.health().reason == "HTTP 418: banned"


async def test_accept_then_close_backs_off() -> None:
    heard = Heard()
    async with (
        exchange(slam) as server,
        fed(heard, toy.stream(server.url), base=0.2, knock=60.0) as feed,
    ):
        await becomes(lambda: len(server.opened) > 1)
        assert failures(feed, server.url) >= 2
    assert heard.states == [CONNECTING, DOWN]
    assert "1008 go away" in heard.reasons()[-1]


async def test_data_alone_does_not_reset_the_back_off() -> None:
    heard = Heard()
    async with (
        exchange(saying(toy.mark(), then=slam)) as server,
        fed(heard, toy.stream(server.url), settle=60.0) as feed,
    ):
        await becomes(lambda: len(server.opened) > 4)
        assert failures(feed, server.url) >= 4
    assert feed.health().reconnects >= 4


async def test_data_on_a_settled_connection_resets_the_back_off() -> None:
    heard = Heard()
    async with (
        exchange(saying(toy.mark(), then=slam)) as server,
        fed(heard, toy.stream(server.url), settle=0.0) as feed,
    ):
        await becomes(lambda: len(server.opened) > 6)
        assert failures(feed, server.url) <= 2, "the loss, and the one try after it"


def failures(feed: Feed, url: str) -> int:
    """In a row, of a stream's host."""
    return feed._context.reach(url)._backoff.failures


async def test_reconnects_stay_within_the_venues_budget() -> None:
    heard = Heard()
    async with exchange(slam) as server:
        place = context(heard, base=0.0, connects=3, connects_window=60.0)
        feeds = [Feed(toy.stream(server.url, name=name), place) for name in "ab"]
        async with running(feeds[0].run()), running(feeds[1].run()):
            clock = SystemClock()
            await becomes(lambda: place.connects.wait(clock.monotonic()) > 50)
            await becomes(lambda: len(server.opened) == 5)
    assert len(server.opened) == 5, "the first of each stream, and three more"


async def test_a_loss_is_a_gap_from_the_last_sign_of_life_to_the_next_event() -> None:
    heard = Heard()
    handler = in_turn(saying(toy.mark(0.5), toy.mark(1.0)), ticking(lambda: toy.mark(2.0)))
    async with exchange(handler) as server:
        stream = toy.stream(server.url, quiet=0.1)
        async with fed(heard, stream):
            await becomes(lambda: heard.gaps)
    assert heard.states == [CONNECTING, LIVE, STALE, LIVE]
    (gap,) = heard.gaps
    first, second = heard.of(MarkPrice)[1:3]
    assert (first.price, second.price) == (1.0, 2.0)
    assert gap.start == first.seen
    assert gap.end >= second.seen
    assert gap.reason == "no MarkPrice for 0.1 s"
    order = [event for event in heard.events if isinstance(event, Gap | MarkPrice)]
    assert order[1:4] == [first, gap, second]


async def test_a_stream_that_is_stopped_while_it_is_down_tells_what_it_lost() -> None:
    heard = Heard()
    async with (
        exchange(saying(toy.mark(), then=slam)) as server,
        fed(heard, toy.stream(server.url), base=600.0, knock=600.0),
    ):
        await becomes(lambda: DOWN in heard.states)
        assert heard.gaps == []
    assert len(heard.gaps) == 1


async def test_an_announced_close_opens_the_next_connection_first() -> None:
    heard = Heard()

    async def leaving(socket: ServerConnection, number: int) -> None:
        await socket.send(toy.mark())
        await socket.send(toy.liquidation(1.0))
        await socket.send(toy.frame(k="bye", why="upgrade in 30 s"))
        await ticking(toy.mark)(socket, number)

    fresh = saying(toy.liquidation(1.0), toy.liquidation(2.0), then=ticking(toy.mark))
    async with (
        exchange(in_turn(leaving, fresh)) as server,
        fed(heard, toy.stream(server.url)) as feed,
    ):
        await becomes(lambda: len(server.opened) == 2 and server.open == 1)
        await becomes(lambda: len(heard.of(Liquidation)) == 2)
        assert feed.health().reconnects == 0
    assert heard.states == [CONNECTING, LIVE]
    assert heard.gaps == []
    assert [event.price for event in heard.of(Liquidation)] == [1.0, 2.0]


async def test_a_connection_is_succeeded_before_the_venue_cuts_it() -> None:
    heard = Heard()
    async with (
        exchange(ticking(toy.mark)) as server,
        fed(heard, toy.stream(server.url, lifetime=0.2), early=0.1, settle=0.0) as feed,
    ):
        feed._backoff.after()
        await becomes(lambda: len(server.opened) > 3)
        assert feed.health().reconnects == 0
        assert feed._backoff.failures == 0, "what has lasted until its time was good"
    assert heard.states == [CONNECTING, LIVE]
    assert heard.gaps == []


async def test_a_successor_that_does_not_speak_leaves_the_old_connection_open() -> None:
    heard = Heard()
    sick = saying(toy.ack(), then=slam)
    handler = in_turn(ticking(toy.mark), sick, sick, ticking(toy.mark))
    async with exchange(handler) as server, fed(heard, toy.stream(server.url)) as feed:
        await becomes(lambda: LIVE in heard.states)
        feed.renew()
        await becomes(lambda: len(server.opened) == 4 and server.open == 1)
    assert heard.states == [CONNECTING, LIVE]
    assert heard.gaps == []


async def test_an_old_connection_that_dies_before_its_successor_speaks_is_a_loss() -> None:
    heard = Heard()
    second = asyncio.Event()

    async def dying(socket: ServerConnection, _number: int) -> None:
        await socket.send(toy.mark())
        await second.wait()

    async def slow(socket: ServerConnection, number: int) -> None:
        second.set()
        await becomes(lambda: DOWN in heard.states)
        await ticking(toy.mark)(socket, number)

    async with exchange(in_turn(dying, slow)) as server, fed(heard, toy.stream(server.url)) as feed:
        await becomes(lambda: LIVE in heard.states)
        feed.renew()
        await becomes(lambda: heard.states.count(LIVE) == 2)
        assert len(server.opened) == 2
    assert len(heard.gaps) == 1


async def test_changed_topics_are_subscribed_without_a_loss() -> None:
    heard = Heard()
    async with (
        exchange(ticking(toy.mark)) as server,
        fed(heard, toy.stream(server.url, topics=["mark"])) as feed,
    ):
        await becomes(lambda: LIVE in heard.states)
        feed.replace(toy.stream(server.url, topics=["mark", "trade.ETH"]))
        await becomes(lambda: len(server.opened) == 2 and server.open == 1)
        feed.replace(toy.stream(server.url, topics=["mark", "trade.ETH"]))
        await becomes(lambda: len(heard.of(MarkPrice)) > 9)
        assert len(server.opened) == 2
    assert "trade.ETH" in server.asked[-1]
    assert heard.states == [CONNECTING, LIVE]


async def test_a_connection_that_is_given_up_before_it_proved_itself_is_a_loss() -> None:
    heard = Heard()
    handler = in_turn(ticking(toy.liquidation), ticking(toy.mark))
    async with exchange(handler) as server, fed(heard, toy.stream(server.url)) as feed:
        await becomes(lambda: LIVE in heard.states)
        feed.renew()
        await becomes(lambda: heard.states.count(LIVE) == 2)
    assert heard.states == [CONNECTING, LIVE, CONNECTING, LIVE]
    assert [gap.reason for gap in heard.gaps] == ["asked for"]


async def test_a_suspected_feed_is_stale_until_it_speaks() -> None:
    heard = Heard()
    async with exchange(ticking(toy.mark)) as server, fed(heard, toy.stream(server.url)) as feed:
        await becomes(lambda: LIVE in heard.states)
        feed.suspect("clock jumped by +600 s")
        await becomes(lambda: heard.states[-1] is LIVE)
        assert len(server.opened) == 1
    assert heard.states == [CONNECTING, LIVE, STALE, LIVE]
    assert heard.gaps[0].reason == "clock jumped by +600 s"
