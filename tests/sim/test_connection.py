import asyncio
import socket
from typing import Any

import aiohttp
import pytest
from aiohttp import WSMsgType
from msgspec.structs import replace

from liqtui.sim.wires import binance, bybit, gate, okx
from tests.conditions import LIMIT, becomes
from tests.sim.stage import SUBSCRIBE, contract, dead, stage

PINGS = {"bybit": '{"op":"ping"}', "okx": "ping"}


@pytest.mark.parametrize("venue", ["binance", "gate"])
async def test_who_pings_by_itself_does_so_and_takes_pongs(venue: str) -> None:
    async with stage(haste=2000) as on, on.talk(venue, autoping=False) as talk:
        for _ in range(3):
            ping = await talk.socket.receive(timeout=LIMIT)
            assert ping.type is WSMsgType.PING
            await talk.socket.pong(ping.data)


@pytest.mark.parametrize("venue", ["binance", "gate"])
async def test_who_does_not_pong_is_cut(venue: str) -> None:
    async with stage(haste=3000) as on, on.talk(venue, autoping=False) as talk:
        assert await talk.end() == 1006
        await becomes(lambda: not on[venue].connections)


@pytest.mark.parametrize("venue", ["bybit", "okx"])
async def test_who_is_silent_is_cut(venue: str) -> None:
    async with stage(haste=300) as on, on.talk(venue) as talk:
        assert await talk.end() == 1001
        await becomes(lambda: not on[venue].connections)


async def test_who_pings_stays() -> None:
    async with stage(haste=60) as on, on.talk("okx") as okx_talk, on.talk("bybit") as bybit_talk:
        talks = {"okx": okx_talk, "bybit": bybit_talk}
        held = {venue: on[venue].connections for venue in talks}
        now = asyncio.get_running_loop().time
        begun = now()
        while now() < begun + 1.2:  # longer than either may be silent
            for venue, talk in talks.items():
                await talk.say(PINGS[venue])
                assert "pong" in str(await talk.hear())
        assert {venue: on[venue].connections for venue in talks} == held


async def test_data_keeps_a_connection_only_where_the_servers_words_count() -> None:
    async with stage(haste=100) as on, on.reading("okx"), on.reading("bybit"):
        (kept,) = on["okx"].connections
        while on["bybit"].connections:
            on.play(*dead("okx"), *dead("bybit"), seconds=1)
            await asyncio.sleep(0.01)
        assert on["okx"].connections == [kept]
        await becomes(lambda: not on["okx"].connections)


async def test_the_eleventh_message_of_a_second_is_one_too_many() -> None:
    async with stage() as on, on.talk("binance") as talk:
        for number in range(5):
            await talk.say(f'{{"method":"LIST_SUBSCRIPTIONS","id":{number}}}')
            await talk.socket.ping()
        assert [(await talk.hear())["id"] for _ in range(5)] == [0, 1, 2, 3, 4]
        assert not talk.socket.closed
        await talk.say('{"method":"LIST_SUBSCRIPTIONS","id":5}')
        assert await talk.end() == 1008


async def test_a_connection_lives_as_long_as_the_exchange_says() -> None:
    rules = {"binance": replace(binance.RULES, lifetime=0.05)}
    async with stage(rules=rules) as on, on.talk("binance") as talk:
        assert await talk.end() == 1001
    assert binance.RULES.lifetime == 24 * 3600
    assert [w.RULES.lifetime for w in (bybit, gate, okx)] == [None, None, None]


@pytest.mark.parametrize(("venue", "field"), [("okx", "event"), ("gate", "channel")])
async def test_an_upgrade_is_announced_before_it_closes(venue: str, field: str) -> None:
    rules = {"okx": replace(okx.RULES, quiet=None)}
    async with stage(haste=1000, rules=rules) as on, on.talk(venue) as talk:
        on[venue].switch("upgrade")
        said = await talk.hear()
        assert said[field] in {"notice", "futures.system"}
        assert await talk.end() == 1012


async def test_an_upgrade_is_not_announced_where_no_notice_is_documented() -> None:
    async with stage() as on, on.talk("binance") as talk:
        on["binance"].switch("upgrade")
        assert await talk.end() == 1012


async def test_pings_are_answered_with_their_own_words() -> None:
    async with stage() as on, on.talk("gate", autoping=False) as talk:
        await talk.socket.ping(b"are you there")
        pong = await talk.socket.receive(timeout=LIMIT)
        assert (pong.type, pong.data) == (WSMsgType.PONG, b"are you there")


async def test_garbage_from_a_client_is_answered_and_survived() -> None:
    async with stage() as on, on.talk("bybit") as talk:
        await talk.socket.send_bytes(b"\xff\x00")
        assert (await talk.hear())["success"] is True
        await talk.say(SUBSCRIBE["bybit"])
        assert (await talk.hear())["op"] == "subscribe"


def narrow(address: Any) -> socket.socket:
    """Make a socket that takes little before somebody reads."""
    found = socket.socket(*address[:3])
    found.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    return found


async def test_who_does_not_read_is_cut_and_nobody_waits_for_him() -> None:
    connector = aiohttp.TCPConnector(socket_factory=narrow)
    async with (
        stage(room=100_000) as on,
        on.reading("okx") as quick,
        aiohttp.ClientSession(connector=connector) as client,
        client.ws_connect(on.url("okx", "ws", "/ws/v5/public")) as slow,
    ):
        await slow.send_str(SUBSCRIBE["okx"])
        await becomes(lambda: all(one.topics for one in on["okx"].connections))
        (reading, lazy), heard, sent = on["okx"].connections, 0, 0
        while lazy in on["okx"].connections:
            on.play(*dead("okx", 200), seconds=1)
            sent += 200
            while heard < sent:
                heard += "data" in await quick.hear()
        assert on["okx"].connections == [reading]
        assert reading.sent == sent > lazy.sent


async def test_what_was_sent_is_counted_by_connection_and_in_all() -> None:
    async with stage() as on, on.reading("gate") as one:
        async with on.reading("gate") as other:
            on.play(*dead("gate", 7), seconds=2)
            await asyncio.gather(one.hear(), other.hear())
            await becomes(lambda: on["gate"].counts().sent == 14)
            assert [held.sent for held in on["gate"].connections] == [7, 7]
        await becomes(lambda: len(on["gate"].connections) == 1)
        assert on["gate"].counts().sent == 14


async def test_a_client_may_leave_without_a_word() -> None:
    async with stage() as on, aiohttp.ClientSession() as client:
        url = on.url("okx", "ws", "/ws/v5/public")
        talk = await client.ws_connect(url)
        await becomes(lambda: on["okx"].connections)
        talk._response.connection.transport.abort()  # type: ignore[union-attr]
        await becomes(lambda: not on["okx"].connections)
        on.play(*dead("okx", of=contract("okx")))
