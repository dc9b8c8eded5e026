from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from liqtui.protocol.raw import Direction, Raw
from liqtui.sim.replay import JournalServer, Replayed
from tests.conditions import LIMIT
from tests.making import START, at

HOSTS = {"toy": {"ws": "wss://toy.example/ws", "rest": "https://toy.example/api"}}
WS, REST = HOSTS["toy"]["ws"], HOSTS["toy"]["rest"]


def raw(body: bytes, direction: Direction = "in", conn: str = "a#1", url: str = WS) -> Raw:
    return Raw("toy", conn, direction, url, at(0), body, 200 if url.startswith("http") else None)


@asynccontextmanager
async def serving(lines: list[Raw]) -> AsyncIterator[tuple[dict[str, str], aiohttp.ClientSession]]:
    server = JournalServer(Replayed(lines), HOSTS, lambda _seen: 0.0)
    async with server.running(), aiohttp.ClientSession() as client:
        yield server.local_hosts("toy"), client


async def frames(client: aiohttp.ClientSession, url: str, hello: str, count: int) -> list[bytes]:
    async with client.ws_connect(url) as socket:
        await socket.send_str(hello)
        found = [await socket.receive(timeout=LIMIT) for _ in range(count)]
    return [m.data if isinstance(m.data, bytes) else str(m.data).encode() for m in found]


async def test_a_connection_gets_its_frames_in_order_and_byte_for_byte() -> None:
    lines = [raw(b"hello", "out"), raw(b'{"a": 1}'), raw(b"pong"), raw(b"\xff\x00")]
    async with serving(lines) as (hosts, client):
        assert await frames(client, hosts["ws"], "hello", 3) == [b'{"a": 1}', b"pong", b"\xff\x00"]


async def test_of_two_with_one_url_the_one_that_talks_alike_is_served() -> None:
    lines = [
        raw(b'{"args":["liq.AAA"]}', "out"),
        raw(b"for a"),
        raw(b'{"args":["liq.BBB"]}', "out", "b#1"),
        raw(b"for b", conn="b#1"),
    ]
    async with serving(lines) as (hosts, client):
        assert await frames(client, hosts["ws"], '{"args":["liq.BBB"]}', 1) == [b"for b"]
        assert await frames(client, hosts["ws"], '{"args":["liq.AAA"]}', 1) == [b"for a"]


async def test_a_connection_that_closed_then_closes_now_and_the_next_one_follows() -> None:
    lines = [raw(b"one"), raw(b"", "close"), raw(b"two", conn="a#2")]
    async with serving(lines) as (hosts, client):
        async with client.ws_connect(hosts["ws"]) as socket:
            await socket.send_str("hello")
            assert (await socket.receive(timeout=LIMIT)).data == "one"
            assert (await socket.receive(timeout=LIMIT)).type is aiohttp.WSMsgType.CLOSE
        assert await frames(client, hosts["ws"], "hello", 1) == [b"two"]


async def test_answers_are_those_recorded_and_the_last_one_stays() -> None:
    url = f"{REST}/oi?symbol=X"
    async with serving([raw(b"1", url=url), raw(b"2", url=url)]) as (hosts, client):
        bodies = [await (await client.get(f"{hosts['rest']}/oi?symbol=X")).read() for _ in range(3)]
    assert bodies == [b"1", b"2", b"2"]


async def test_other_times_are_the_same_question() -> None:
    url = f"{REST}/klines?symbol=X&startTime=1790000000000&limit=5"
    async with serving([raw(b"bars", url=url)]) as (hosts, client):
        asked = f"{hosts['rest']}/klines?symbol=X&startTime=1799999999999&limit=5"
        assert await (await client.get(asked)).read() == b"bars"
        missed = await client.get(f"{hosts['rest']}/klines?symbol=Y&limit=5")
        assert missed.status == 404


async def test_another_path_of_the_host_is_served_to_who_asks_for_the_same() -> None:
    lines = [raw(b"subscribe btcusdt", "out"), raw(b"one")]
    async with serving(lines) as (hosts, client):
        assert await frames(client, f"{hosts['ws']}/stream", "subscribe btcusdt", 1) == [b"one"]


async def test_a_page_size_is_no_other_question_but_a_symbol_is() -> None:
    url = f"{REST}/klines?symbol=X&interval=1m&limit=5"
    async with serving([raw(b"bars", url=url)]) as (hosts, client):
        same = await client.get(f"{hosts['rest']}/klines?interval=1m&symbol=X&limit=9")
        assert await same.read() == b"bars"
        for query in ("symbol=X&interval=5m", "symbol=Y&interval=1m"):
            assert (await client.get(f"{hosts['rest']}/klines?{query}")).status == 404


async def test_status_and_headers_are_the_recorded_ones() -> None:
    refused = Raw("toy", "rest", "in", f"{REST}/x", START, b"{}", 429, {"Retry-After": "7"})
    async with serving([refused]) as (hosts, client):
        answer = await client.get(f"{hosts['rest']}/x")
        assert (answer.status, answer.headers["Retry-After"]) == (429, "7")
