"""One socket against servers that do their worst."""

import asyncio
import time

import msgspec
import pytest
import trustme
from websockets.utils import accept_key

from liqtui.clock import SystemClock
from liqtui.feeds.stream import Feed
from liqtui.model.events import MarkPrice
from liqtui.model.market import FeedState
from liqtui.protocol.venue import Heartbeat
from tests.conditions import LIMIT, becomes
from tests.feeds import servers, toy
from tests.feeds.rig import BLOCKED, CONNECTING, DOWN, LIVE, STALE, Heard, context, fed, running
from tests.feeds.servers import exchange, refusing, saying, silence, slam, ticking


async def test_a_name_that_does_not_resolve_is_down() -> None:
    heard = Heard()
    feed = Feed(toy.stream("ws://nosuch.invalid"), context(heard))
    async with running(feed.run()):
        await becomes(lambda: DOWN in heard.states)
    assert "name not resolved" in heard.reasons()[-1]


@pytest.mark.parametrize(
    ("status", "state", "words"),
    [
        (403, BLOCKED, "HTTP 403"),
        (418, BLOCKED, "HTTP 418"),
        (429, BLOCKED, "HTTP 429"),
        (451, BLOCKED, "not served to this address"),
        (404, DOWN, "HTTP 404"),
        (503, DOWN, "HTTP 503"),
    ],
)
async def test_a_refused_handshake_shows_its_kind(
    status: int, state: FeedState, words: str
) -> None:
    heard = Heard()
    async with refusing(status, b"no service") as (url, tries), fed(heard, toy.stream(url)):
        await becomes(lambda: len(tries) > 1)
    assert heard.states == [CONNECTING, state]
    assert words in heard.reasons()[-1]
    assert "no service" in heard.reasons()[-1]


async def test_a_redirect_is_not_followed() -> None:
    heard = Heard()
    async with exchange(saying(toy.mark())) as elsewhere:
        async with (
            refusing(301, Location=elsewhere.url) as (url, tries),
            fed(heard, toy.stream(url)),
        ):
            await becomes(lambda: len(tries) > 1)
        assert elsewhere.opened == []
    assert "redirect" in heard.reasons()[-1]


async def test_an_untrusted_certificate_is_the_operators_matter() -> None:
    heard = Heard()
    tls = servers.certified(trustme.CA())
    async with exchange(silence, tls) as server, fed(heard, toy.stream(server.url)):
        await becomes(lambda: BLOCKED in heard.states)
    assert "TLS certificate not trusted" in heard.reasons()[-1]


async def test_a_trusted_certificate_is_accepted(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    authority = trustme.CA()
    bundle = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    heard = Heard()
    async with (
        exchange(saying(toy.mark()), servers.certified(authority)) as server,
        fed(heard, toy.stream(server.url)),
    ):
        await becomes(lambda: LIVE in heard.states)


@pytest.mark.parametrize(
    ("handler", "words"),
    [
        (silence, "no answer to the subscription"),
        (saying(toy.ack(), toy.ack("liq")), "subscribed, then no MarkPrice"),
        (saying(toy.ack(), toy.mark()), "no MarkPrice for"),
        (ticking(lambda: toy.frame(k="pong")), "subscribed, then no MarkPrice"),
        (ticking(toy.liquidation), "subscribed, then no MarkPrice"),
    ],
    ids=["nothing", "acknowledged", "stopped", "ponging", "wrong route"],
)
async def test_silence_of_the_canary_makes_it_stale(handler: servers.Handler, words: str) -> None:
    heard = Heard()
    async with exchange(handler) as server:
        stream = toy.stream(server.url, quiet=0.15 if "MarkPrice" in words else 30.0)
        async with fed(heard, stream, answer=0.1 if "answer" in words else 30.0):
            await becomes(lambda: heard.said(STALE, words) and len(server.opened) > 1)


async def test_a_half_open_server_is_given_up() -> None:
    heard = Heard()

    async def mute(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with servers.wire(mute) as host, fed(heard, toy.stream(f"ws://{host}"), open=0.05):
        await becomes(lambda: DOWN in heard.states)
    assert heard.reasons()[-1] == "no answer in time"


HANDSHAKE = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"


async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:-2])
    key = accept_key(fields["Sec-WebSocket-Key"])
    writer.write(HANDSHAKE + f"Sec-WebSocket-Accept: {key}\r\n\r\n".encode())


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (b'\x81\x7e\x10\x00{"k":', "connection lost"),
        (b"\xff\xff\xff\xff", "closed by us: 1002"),
        (b"\x81\x85\x00\x00\x00\x00hello", "closed by us: 1002"),
    ],
    ids=["half a frame", "garbage", "masked"],
)
async def test_broken_frames_end_the_connection(said: bytes, words: str) -> None:
    heard = Heard()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await accept(reader, writer)
        writer.write(said)
        await writer.drain()

    async with servers.wire(talk) as host, fed(heard, toy.stream(f"ws://{host}")):
        await becomes(lambda: DOWN in heard.states)
    assert words in heard.reasons()[-1]


async def test_garbage_instead_of_http_is_down() -> None:
    heard = Heard()

    async def talk(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"\x00\x01\x02 not http\r\n\r\n")
        await writer.drain()

    async with servers.wire(talk) as host, fed(heard, toy.stream(f"ws://{host}")):
        await becomes(lambda: DOWN in heard.states)
    assert "no HTTP answer" in heard.reasons()[-1]


async def test_an_oversized_frame_ends_the_connection() -> None:
    heard = Heard()
    async with exchange(saying("x" * 2000)) as server:
        stream = toy.stream(server.url, max_frame=1000)
        async with fed(heard, stream):
            await becomes(lambda: DOWN in heard.states)
    assert "closed by us: 1009" in heard.reasons()[-1]


async def test_the_hello_is_paced_and_replies_are_sent() -> None:
    heard = Heard()
    async with exchange(saying(toy.frame(k="ping", n=7), toy.mark())) as server:
        stream = toy.stream(server.url, topics="abc", pace=0.01)
        async with fed(heard, stream):
            await becomes(lambda: len(server.asked) == 4)
    asked = [msgspec.json.decode(text) for text in server.asked]
    assert {"k": "pong", "n": 7} in asked
    assert [frame["topic"] for frame in asked if "op" in frame] == ["a", "b", "c"]


async def test_heartbeats_are_sent_while_the_hello_still_goes_on() -> None:
    heard = Heard()
    heartbeat = Heartbeat(0.02, lambda now: toy.frame(op="beat", at=now))
    async with exchange(ticking(toy.mark)) as server:
        stream = toy.stream(server.url, topics="abcdefghij", pace=0.01, heartbeat=heartbeat)
        async with fed(heard, stream):
            await becomes(lambda: sum("beat" in text for text in server.asked) > 2)
    first = next(number for number, text in enumerate(server.asked) if "beat" in text)
    assert first < 10


async def test_a_heartbeat_that_fails_ends_the_connection_and_the_fault_is_seen() -> None:
    heard = Heard()

    def broken(_now: int) -> str:
        raise RuntimeError("no frame")

    async with exchange(ticking(toy.mark)) as server:
        stream = toy.stream(server.url, heartbeat=Heartbeat(0.01, broken))
        with pytest.raises(BaseExceptionGroup) as caught:
            async with asyncio.timeout(LIMIT):
                await Feed(stream, context(heard)).run()
        await becomes(lambda: not server.open)
    assert caught.group_contains(RuntimeError, match="no frame")


async def test_data_that_falls_ever_further_behind_is_stale() -> None:
    heard = Heard()
    clock = SystemClock()
    late = iter(range(10, 10_000))

    def behind() -> str:
        return toy.mark(at=clock.now() // 1_000_000 - 1000 * next(late))

    async with exchange(ticking(behind, every=0.005)) as server:
        place = context(heard, late=5.0, late_for=0.15)
        async with running(Feed(toy.stream(server.url), place).run()):
            await becomes(lambda: STALE in heard.states)
    assert heard.said(STALE, "falling behind")


async def test_data_from_the_future_is_a_wrong_clock_and_said_once() -> None:
    heard, clock = Heard(), SystemClock()

    def early() -> str:
        return toy.mark(at=clock.now() // 1_000_000 + 7000)

    async with exchange(ticking(early, every=0.005)) as server:
        feed = Feed(toy.stream(server.url), context(heard, late_for=0.05))
        async with running(feed.run()):
            await becomes(lambda: "the venue's clock is 7.0 s ahead" in feed.health().last)
            frames = feed.health().frames
            await becomes(lambda: feed.health().frames > frames + 20)
        assert feed.health().reconnects == 0
    assert heard.states == [CONNECTING, LIVE]


async def test_raw_lines_are_tapped_both_ways_before_parsing() -> None:
    heard = Heard()
    async with exchange(saying("not json", toy.mark(), then=slam)) as server:
        place = context(heard, tap=heard.raws.append)
        async with running(Feed(toy.stream(server.url, topics=["mark"]), place).run()):
            await becomes(lambda: any(raw.conn == "main#2" for raw in heard.raws))
    raws = [raw for raw in heard.raws if raw.conn == "main#1"]
    assert raws[0].direction == "open"
    assert raws[-1].direction == "close"
    assert b"1008 go away" in raws[-1].body
    assert {raw.body for raw in raws if raw.direction == "out"} == {
        b'{"op":"subscribe","topic":"mark"}'
    }
    assert [raw.body for raw in raws if raw.direction == "in"] == [
        b"not json",
        toy.mark().encode(),
    ]
    assert all(raw.venue == "toy" and raw.url == server.url and raw.seen for raw in raws)


async def test_headers_and_agent_reach_the_venue() -> None:
    heard = Heard()
    async with exchange(silence) as server:
        stream = toy.stream(server.url, headers={"X-Size": "1"})
        async with fed(heard, stream):
            await becomes(lambda: server.headers)
    assert server.headers[0]["X-Size"] == "1"
    assert server.headers[0]["User-Agent"].startswith("liqtui/")
    assert "permessage-deflate" in server.headers[0]["Sec-WebSocket-Extensions"]


async def test_stopping_beside_a_server_that_never_closes_is_prompt() -> None:
    heard = Heard()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await accept(reader, writer)
        writer.write(b"\x81" + bytes([len(toy.mark())]) + toy.mark().encode())
        await asyncio.Event().wait()

    async with servers.wire(talk) as host:
        task = asyncio.create_task(Feed(toy.stream(f"ws://{host}"), context(heard)).run())
        await becomes(lambda: LIVE in heard.states)
        task.cancel()
        async with asyncio.timeout(LIMIT):
            await asyncio.wait([task])
    assert task.cancelled()


async def test_a_loop_that_stood_still_does_not_blame_the_venue() -> None:
    heard = Heard()
    async with exchange(ticking(toy.mark)) as server:
        stream = toy.stream(server.url, quiet=0.2)
        async with fed(heard, stream):
            await becomes(lambda: LIVE in heard.states)
            time.sleep(0.5)  # nothing of the loop runs: neither the server nor the feed
            told = len(heard.of(MarkPrice))
            await becomes(lambda: len(heard.of(MarkPrice)) > told + 5)
    assert STALE not in heard.states


async def chatter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Speak frames and answer nothing, not even pings."""
    await accept(reader, writer)
    text = toy.mark().encode()
    while True:
        writer.write(b"\x81" + bytes([len(text)]) + text)
        await writer.drain()
        await asyncio.sleep(0.01)


async def test_a_venue_that_does_not_answer_pings_is_lost() -> None:
    heard = Heard()
    async with servers.wire(chatter) as host, fed(heard, toy.stream(f"ws://{host}"), ping=0.05):
        await becomes(lambda: heard.said(DOWN, "closed by us: 1011"))


async def test_a_venue_with_a_heartbeat_of_its_own_is_not_pinged() -> None:
    heard = Heard()
    heartbeat = Heartbeat(0.05, lambda _: "ping")
    async with (
        servers.wire(chatter) as host,
        fed(heard, toy.stream(f"ws://{host}", heartbeat=heartbeat), ping=0.01),
    ):
        await becomes(lambda: len(heard.of(MarkPrice)) > 30)
    assert heard.states == [CONNECTING, LIVE]
