import asyncio
from typing import Any

import pytest
from msgspec import structs

from liqtui.model.market import Side, Taker
from liqtui.sim.printing import MS
from liqtui.sim.wire import SECOND
from liqtui.sim.wires import wires
from tests.conditions import becomes
from tests.sim import made
from tests.sim.stage import HOSTS, LEADERS, SUBSCRIBE, Stage, contract, dead, stage

VENUES = tuple(HOSTS)


async def first(on: Stage, venue: str, *frames: str, **how: Any) -> list[Any]:
    """Return the first answers to some frames."""
    async with on.talk(venue, **how) as talk:
        for frame in frames:
            await talk.say(frame)
        return [await talk.hear() for _ in frames]


def rows(venue: str, message: Any) -> list[Any]:
    """Return the liquidations in a message."""
    match venue:
        case "binance":
            return [message["o"]]
        case "bybit":
            return list(message["data"])
        case "gate":
            return list(message["result"])
    return [detail for row in message["data"] for detail in row["details"]]


@pytest.mark.parametrize("venue", VENUES)
async def test_each_liquidation_is_told_once_and_counted_as_sent_or_hidden(venue: str) -> None:
    async with stage() as on, on.reading(venue) as talk:
        on.play(*dead(venue, 30), seconds=3)
        shown = 1 if venue == "binance" else 30
        found: list[Any] = []
        while len(found) < shown:
            found += rows(venue, await talk.hear())
        counts = on[venue].counts()
        assert (counts.happened, counts.sent, counts.hidden) == (30, shown, 30 - shown)
        assert len({str(row) for row in found}) == shown


async def test_binance_shows_the_largest_of_a_second_when_it_is_over() -> None:
    async with stage() as on, on.reading("binance") as talk:
        on.play(*dead("binance", 5), seconds=0.9)
        on.play(made.traded(contract("binance")))
        assert (await talk.hear())["e"] == "aggTrade"
        on.play(seconds=0.2)
        event = await talk.hear()
        assert event["o"]["z"] == "0.104"
        assert event["E"] - event["o"]["T"] >= 996


async def test_gate_publishes_twenty_at_once_and_the_rest_after_a_second() -> None:
    async with stage() as on, on.reading("gate") as talk:
        on.play(*dead("gate", 25), seconds=0.5)
        assert len((await talk.hear())["result"]) == 20
        on.play(seconds=0.6)
        assert len((await talk.hear())["result"]) == 5


@pytest.mark.parametrize(
    ("path", "role"),
    [("/ws", "ws-usdm"), ("/stream", "ws-usdm"), ("/public/ws", "ws-usdm")],
)
async def test_a_wrong_route_acknowledges_and_stays_silent(path: str, role: str) -> None:
    async with stage() as on, on.talk("binance", path, role=role) as talk, on.reading("binance"):
        await talk.say(SUBSCRIBE["binance"])
        assert await talk.hear() == {"result": None, "id": 1}
        on.play(*dead("binance"), made.traded(contract("binance")), seconds=2)
        await becomes(lambda: on["binance"].counts().sent == 1)
        await talk.say('{"method":"LIST_SUBSCRIPTIONS","id":2}')
        assert await talk.hear() == {"result": ["!forceOrder@arr", "btcusdt@aggTrade"], "id": 2}


async def test_both_products_liquidations_come_on_both_hosts() -> None:
    coin = contract("binance", "BTCUSD_PERP")
    async with (
        stage() as on,
        on.reading("binance") as usdm,
        on.talk("binance", "/ws/!forceOrder@arr", role="ws-coinm") as coinm,
    ):
        on.play(*dead("binance"), *dead("binance", of=coin), seconds=2)
        for talk in (usdm, coinm):
            told = [await talk.hear(), await talk.hear()]
            assert {one["o"]["st"]: one["o"]["s"] for one in told} == {1: "BTCUSDT", 2: coin.symbol}


async def test_a_url_may_subscribe_and_wrap() -> None:
    path = "/market/stream?streams=btcusdt@aggTrade/!forceOrder@arr"
    async with stage() as on, on.talk("binance", path) as talk:
        on.play(made.traded(contract("binance")))
        told = await talk.hear()
        assert (told["stream"], told["data"]["e"]) == ("btcusdt@aggTrade", "aggTrade")


async def test_a_stream_in_capitals_is_silence() -> None:
    async with stage() as on, on.talk("binance") as talk:
        await talk.say('{"method":"SUBSCRIBE","params":["BTCUSDT@aggTrade"],"id":7}')
        assert await talk.hear() == {"result": None, "id": 7}
        on.play(made.traded(contract("binance")))
        await talk.say('{"method":"SET_PROPERTY","params":["combined",true],"id":8}')
        assert (await talk.hear())["id"] == 8


async def test_one_bad_topic_costs_its_whole_message_where_it_does() -> None:
    async with stage() as on:
        bad = '{"op":"subscribe","args":["tickers.BTCUSDT","tickers.NONE"],"req_id":"x"}'
        (said,) = await first(on, "bybit", bad)
        assert said["success"] is False
        assert said["ret_msg"] == "error:handler not found,topic:tickers.NONE"
        bad = '{"channel":"futures.tickers","event":"subscribe","payload":["BTC_USDT","NO_NO"]}'
        (said,) = await first(on, "gate", bad)
        assert said["error"] == {"code": 2, "message": "unknown contract NO_NO"}
        bad = '{"op":"subscribe","args":[{"channel":"liquidation-orders","instId":"BTC-USDT"}]}'
        (said,) = await first(on, "okx", bad)
        assert (said["event"], said["code"]) == ("error", "60018")


async def test_topics_of_a_connection_are_limited_to_characters() -> None:
    own = next(wire for wire in wires() if wire.venue == "bybit")
    many = tuple(
        structs.replace(own.contracts[0], symbol=f"COIN{number:04}USDT") for number in range(800)
    )
    wire = structs.replace(own, contracts=many)  # type: ignore[type-var]  # wires are structs
    topics = [f'"allLiquidation.{one.symbol}"' for one in many]
    ask = '{{"op":"subscribe","args":[{}]}}'
    url = "wss://stream.bybit.com/v5/public/linear"
    allowed = wire.answer(url, ask.format(",".join(topics[:777])).encode(), frozenset(), made.AT)
    assert len(allowed.topics) == 777
    refused = wire.answer(url, ask.format(",".join(topics[777:])).encode(), allowed.topics, made.AT)
    assert refused.topics == allowed.topics
    assert b'"success":false' in refused.frames[0]


async def test_a_ticker_is_told_whole_and_then_by_its_changes() -> None:
    btc = contract("bybit")
    async with stage() as on, on.talk("bybit") as talk:
        await talk.say('{"op":"subscribe","args":["tickers.BTCUSDT"]}')
        ack, whole = await talk.heard(2)
        assert (ack["success"], whole["type"]) == (True, "snapshot")
        on.play(made.ticker(btc, mark=80_010.0))
        assert (await talk.hear())["type"] == "snapshot"
        on.play(made.ticker(btc, mark=80_020.0))
        delta = await talk.hear()
        assert delta["type"] == "delta"
        assert delta["data"]["markPrice"] == "80020.00"
        assert "fundingRate" not in delta["data"]


async def test_who_comes_later_knows_as_much() -> None:
    btc = contract("bybit")
    async with stage() as on, on.talk("bybit") as early:
        await early.say('{"op":"subscribe","args":["tickers.BTCUSDT"]}')
        for mark in (80_010.0, 80_020.0):
            on.play(made.ticker(btc, mark=mark))
        async with on.talk("bybit") as late:
            await late.say('{"op":"subscribe","args":["tickers.BTCUSDT"]}')
            _, whole = await late.heard(2)
            assert (whole["type"], whole["data"]["markPrice"]) == ("snapshot", "80020.00")
            on.play(made.ticker(btc, mark=80_030.0))
            delta = await late.hear()
            assert (delta["type"], delta["data"]["markPrice"]) == ("delta", "80030.00")


async def test_what_is_told_too_often_is_left_out() -> None:
    btc = contract("okx")
    ask = '{"op":"subscribe","args":[{"channel":"open-interest","instId":"BTC-USDT-SWAP"}]}'
    async with stage() as on, on.talk("okx") as talk:
        await talk.say(ask)
        await talk.heard(2)
        for second in range(7):
            on.play(made.ticker(btc, made.AT + second * SECOND), seconds=1)
        times = [int(row["data"][0]["ts"]) - made.AT // MS for row in await talk.heard(3)]
        assert times == [0, 3000, 6000]


async def test_sizes_are_printed_as_each_client_asked() -> None:
    half = made.liquidated(contract("gate"), quantity=0.00127)
    async with (
        stage() as on,
        on.reading("gate", headers={"X-Gate-Size-Decimal": "1"}) as exact,
        on.reading("gate") as rough,
    ):
        on.play(half, seconds=2)
        assert [row["size"] for row in (await exact.hear())["result"]] == ["-13"]
        assert [row["size"] for row in (await rough.hear())["result"]] == [-13]
        path = "/api/v4/futures/usdt/trades?contract=BTC_USDT"
        on.play(made.traded(contract("gate"), Taker.SELL, 0.5))
        _, (row,), _ = await on.get("gate", path, headers={"x-gate-size-decimal": "1"})
        assert row["size"] == "-5000"
        _, (row,), _ = await on.get("gate", path)
        assert row["size"] == -5000


async def test_a_warning_comes_before_its_acknowledgement() -> None:
    ask = '{"channel":"futures.adl_warning","event":"subscribe","payload":["BTC_USDT"]}'
    async with stage() as on, on.talk("gate") as talk:
        await talk.say(ask)
        warning, ack = await talk.heard(2)
        assert (warning["event"], warning["result"]["state"]) == ("all", "normal")
        assert ack["result"] == {"status": "success"}


@pytest.mark.parametrize("venue", VENUES)
async def test_what_happened_can_be_asked_for(venue: str) -> None:
    paths = {
        "binance": "/fapi/v1/aggTrades?symbol=BTCUSDT",
        "bybit": "/v5/market/recent-trade?category=linear&symbol=BTCUSDT",
        "gate": "/api/v4/futures/usdt/trades?contract=BTC_USDT",
        "okx": "/api/v5/market/trades?instId=BTC-USDT-SWAP",
    }
    async with stage() as on:
        role = "rest-usdm" if venue == "binance" else "rest"
        _, before, _ = await on.get(venue, paths[venue], role)
        on.play(made.traded(contract(venue)))
        status, after, _ = await on.get(venue, paths[venue], role)
        assert status == 200
        assert "80000" not in str(before)
        assert "80000" in str(after)


async def test_all_venues_tell_a_market_in_step_with_its_clock() -> None:
    async with stage() as on:
        on.play(*(one for venue in VENUES for one in dead(venue, side=Side.SHORT)))
        assert on["okx"].counts().happened == 1
        ahead = structs.replace(dead("okx")[0], at=made.AT + 5 * SECOND)
        on.play(ahead)
        assert on["okx"].counts().happened == 1
        on.play(seconds=5)
        assert on["okx"].counts().happened == 2


async def test_clients_of_one_url_are_told_the_same_frames() -> None:
    async with stage() as on, on.reading("okx") as one, on.reading("okx") as other:
        on.play(*dead("okx", 50))
        mine, theirs = await asyncio.gather(one.heard(50), other.heard(50))
        assert mine == theirs
        assert LEADERS["okx"] in str(mine)
