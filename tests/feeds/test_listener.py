"""What is made of the frames a server sends."""

import asyncio

import msgspec
import pytest
from websockets.asyncio.server import ServerConnection

from liqtui.feeds.stream import Feed
from liqtui.model.events import Liquidation, MarkPrice, Trade
from tests.conditions import LIMIT, becomes
from tests.feeds import toy
from tests.feeds.rig import CONNECTING, LIVE, REJECTED, Heard, context, fed
from tests.feeds.servers import exchange, in_turn, saying, slam, ticking


async def test_live_is_said_at_the_first_event_and_not_for_an_ack() -> None:
    heard = Heard()
    async with (
        exchange(saying(toy.ack(), toy.ack("liq"))) as server,
        fed(heard, toy.stream(server.url)) as feed,
    ):
        await becomes(lambda: feed.health().frames == 2)
        assert heard.states == [CONNECTING]


async def test_unreadable_messages_are_counted_and_the_socket_lives() -> None:
    heard = Heard()

    async def handler(socket: ServerConnection, number: int) -> None:
        await socket.send(b"\xff\xfe", text=True)
        for text in ("[1", "{}", toy.frame(k="boom"), toy.frame(k="novel")):
            await socket.send(text)
        await saying(toy.mark())(socket, number)

    async with exchange(handler) as server, fed(heard, toy.stream(server.url)) as feed:
        await becomes(lambda: LIVE in heard.states)
        health = feed.health()
    assert (health.malformed, health.unknown, health.reconnects) == (4, 1, 0)
    assert health.last == "unknown: novel"


async def test_equal_events_of_one_connection_are_all_real() -> None:
    heard = Heard()
    twice = [toy.liquidation(), toy.liquidation(), toy.mark()]
    async with exchange(saying(*twice)) as server, fed(heard, toy.stream(server.url)):
        await becomes(lambda: heard.of(MarkPrice))
    assert len(heard.of(Liquidation)) == 2


async def test_what_a_venue_repeats_after_a_reconnect_is_not_told_twice() -> None:
    heard = Heard()
    handler = in_turn(
        saying(toy.mark(), toy.liquidation(1.0), toy.trade(1.0), then=slam),
        saying(toy.liquidation(1.0), toy.trade(1.0), toy.liquidation(2.0), toy.mark()),
    )
    async with exchange(handler) as server, fed(heard, toy.stream(server.url)):
        await becomes(lambda: len(heard.of(Liquidation)) == 2)
    assert [event.price for event in heard.of(Liquidation)] == [1.0, 2.0]
    assert len(heard.of(Trade)) == 1


async def test_a_rejected_topic_is_shown_verbatim_and_the_rest_lives() -> None:
    heard = Heard()
    handler = saying(toy.rejection("liq", "Wrong URL or channel: 60018"), toy.mark())
    async with exchange(handler) as server, fed(heard, toy.stream(server.url)) as feed:
        await becomes(lambda: LIVE in heard.states)
        health = feed.health()
    assert health.rejected == ("rejected liq: Wrong URL or channel: 60018",)
    assert "Wrong URL or channel: 60018" in health.reason
    assert len(server.opened) == 1


async def test_a_stream_of_which_every_topic_is_rejected_rests() -> None:
    heard = Heard()
    handler = saying(toy.rejection("liq", "no"), toy.rejection("mark", "not allowed"))
    async with (
        exchange(handler) as server,
        fed(heard, toy.stream(server.url), rejected=600.0) as feed,
    ):
        await becomes(lambda: feed.health().state is REJECTED and not server.open)
        assert feed.health().reason == "not allowed"
        feed.renew()
        await becomes(lambda: len(server.opened) == 2)


async def test_silence_after_a_rejection_is_a_rejection() -> None:
    heard = Heard()
    handler = saying(toy.ack("mark"), toy.rejection("liq", "no such channel"))
    async with exchange(handler) as server, fed(heard, toy.stream(server.url, quiet=0.05)):
        await becomes(lambda: heard.said(REJECTED, "no such channel"))


async def test_words_of_the_network_cannot_steer_a_terminal() -> None:
    heard = Heard()
    async with (
        exchange(saying(toy.rejection("liq", "\x1b[2Jno\u202e"), toy.mark())) as server,
        fed(heard, toy.stream(server.url)),
    ):
        await becomes(lambda: LIVE in heard.states)
    assert all(reason.isprintable() for reason in heard.reasons())


async def test_what_emit_raises_is_not_taken_for_a_network_fault() -> None:
    async with exchange(ticking(toy.mark)) as server:
        heard = Heard()
        place = context(heard)

        def emit(event: object) -> None:
            if isinstance(event, MarkPrice):
                raise ValueError("engine")

        broken = msgspec.structs.replace(place, emit=emit)
        with pytest.raises(BaseExceptionGroup) as caught:
            async with asyncio.timeout(LIMIT):
                await Feed(toy.stream(server.url), broken).run()
    assert caught.group_contains(ValueError, match="engine")
