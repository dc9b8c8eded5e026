import asyncio
import json
import re
from typing import Any

import aiohttp
import pytest

from liqtui.sim.faults import FAULTS, FaultError, Faults
from liqtui.sim.printing import MS
from liqtui.sim.wire import SECOND
from tests.conditions import LIMIT, becomes
from tests.sim import made
from tests.sim.stage import HOSTS, contract, dead, stage

VENUES = tuple(HOSTS)


@pytest.mark.parametrize("venue", VENUES)
async def test_a_stalled_exchange_sends_no_data_but_pongs(venue: str) -> None:
    async with stage() as on, on.reading(venue, autoping=False) as talk:
        on[venue].switch("stall")
        on.play(*dead(venue, 3), seconds=3)
        await talk.socket.ping(b"?")
        assert (await talk.socket.receive(timeout=LIMIT)).type is aiohttp.WSMsgType.PONG
        on[venue].clear("stall")
        on.play(*dead(venue), seconds=3)
        await talk.hear()
        assert on[venue].counts().sent == 1


async def test_after_a_stall_tickers_are_told_whole() -> None:
    btc = contract("bybit")
    async with stage() as on, on.talk("bybit") as talk:
        await talk.say('{"op":"subscribe","args":["tickers.BTCUSDT"]}')
        await talk.heard(2)
        on.play(made.ticker(btc))
        await talk.hear()
        on["bybit"].switch("stall")
        on.play(made.ticker(btc, mark=70_000.0))
        on["bybit"].clear()
        on.play(made.ticker(btc, mark=70_000.0, oi=9.0))
        told = await talk.hear()
        assert (told["type"], told["data"]["markPrice"]) == ("snapshot", "70000.00")


async def test_a_half_open_exchange_takes_connections_and_says_nothing() -> None:
    async with stage() as on, on.reading("okx", autoping=False) as talk:
        on["okx"].switch("half-open")
        on.play(*dead("okx"))
        await talk.socket.ping(b"?")
        await talk.say("ping")
        url = on.url("okx", "ws", "/ws/v5/public")
        opened = asyncio.ensure_future(on.client.ws_connect(url))
        asked = asyncio.ensure_future(on.get("okx", "/api/v5/public/time"))
        heard = asyncio.ensure_future(talk.socket.receive())
        done, _ = await asyncio.wait([opened, asked, heard], timeout=0.2)
        assert not done
        on["okx"].clear("half-open")
        assert (await asyncio.wait_for(asked, LIMIT))[0] == 200
        assert (await asyncio.wait_for(heard, LIMIT)).type is not aiohttp.WSMsgType.TEXT
        await (await asyncio.wait_for(opened, LIMIT)).close()


async def test_who_gave_up_on_a_half_open_exchange_is_forgotten(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with stage() as on:
        on["okx"].switch("half-open")
        for opening in (
            on.client.ws_connect(on.url("okx", "ws", "/ws/v5/public")),
            on.get("okx", "/api/v5/public/time"),
        ):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(opening, 0.05)
        on["okx"].clear()
        async with on.reading("okx"):
            assert len(on["okx"].connections) == 1
    assert not caplog.records


async def test_garbage_comes_beside_the_data() -> None:
    async with stage() as on, on.reading("okx") as talk:
        on["okx"].switch("garbage")
        on.play(*dead("okx", 18))
        told = [await talk.socket.receive(timeout=LIMIT) for _ in range(36)]
        assert [json.loads(one.data)["arg"]["instType"] for one in told[::2]] == ["SWAP"] * 18
        odd = [one.data for one in told[1::2]]
        assert len(set(map(str, odd))) > 8
        assert any(isinstance(one, bytes) for one in odd)
        assert any("NaN" in str(one) for one in odd)
        assert on["okx"].counts().sent == 18


async def test_an_oversize_frame_comes_once_to_each_connection() -> None:
    async with stage() as on, on.reading("okx", max_msg_size=0) as talk:
        on["okx"].switch("oversize", "2")
        on.play(*dead("okx", 2))
        sizes = [len((await talk.socket.receive(timeout=LIMIT)).data) for _ in range(3)]
        assert sizes[0] > 2 << 20
        assert max(sizes[1:]) < 1000


async def test_an_oversize_frame_is_the_clients_to_refuse() -> None:
    async with stage() as on, on.reading("okx", max_msg_size=1 << 20) as talk:
        on["okx"].switch("oversize")
        on.play(*dead("okx", 2))
        message = await talk.socket.receive(timeout=LIMIT)
        assert message.type is aiohttp.WSMsgType.ERROR
        assert talk.socket.close_code == 1009


async def test_duplicates_are_counted_apart_and_replayed_to_who_comes_again() -> None:
    async with stage() as on:
        on["okx"].switch("duplicate")
        async with on.reading("okx") as talk:
            on.play(*dead("okx", 2))
            one, again, other, _ = await talk.heard(4)
            assert one == again != other
            counts = on["okx"].counts()
            assert (counts.sent, counts.again) == (2, 2)
            async with on.reading("okx") as late:
                assert await late.hear() == one
                await becomes(lambda: on["okx"].connections[1].again)
                assert on["okx"].connections[1].sent == 0


async def test_disorder_swaps_frames_and_loses_none() -> None:
    async with stage() as on, on.reading("okx") as talk:
        on["okx"].switch("disorder")
        on.play(*dead("okx", 3))
        on["okx"].clear("disorder")
        on.play(*dead("okx", 1, price=7e4))
        sizes = [row["data"][0]["details"][0]["sz"] for row in await talk.heard(4)]
        assert sizes == ["10.1", "10", "10", "10.2"]


async def test_numbers_lose_their_quotes() -> None:
    async with stage() as on, on.reading("bybit") as talk:
        on["bybit"].switch("numbers")
        on.play(made.liquidated(contract("bybit"), quantity=2.0), seconds=1)
        (row,) = (await talk.hear())["data"]
        assert (row["v"], row["p"], row["s"]) == (2.0, 79680.0, "BTCUSDT")


@pytest.mark.parametrize(
    ("venue", "path"),
    [("binance", "o.st"), ("gate", "result.0"), ("okx", "data.0.details.1")],
)
async def test_variants_print_the_same_in_another_form(venue: str, path: str) -> None:
    def found(message: Any) -> bool:
        for part in path.split("."):
            try:
                message = message[int(part) if part.isdigit() else part]
            except (KeyError, IndexError):
                return False
        return True

    async with stage() as on, on.reading(venue) as talk:
        on.play(*dead(venue, 2), seconds=2)
        usual = await talk.hear()
        if venue == "okx":
            await talk.hear()
        on[venue].switch("variant")
        on.play(*dead(venue, 2), seconds=2)
        assert found(await talk.hear()) is not found(usual)


async def test_a_variant_of_net_positions_tells_no_side_of_them() -> None:
    async with stage() as on, on.reading("okx") as talk:
        on["okx"].switch("variant")
        on.play(*dead("okx", 3), seconds=2)
        details = (await talk.hear())["data"][0]["details"]
        assert [one["posSide"] for one in details] == ["net"] * 3
        times = [int(one["ts"]) for one in details]
        assert times == sorted(times, reverse=True)


async def test_late_liquidations_keep_their_time() -> None:
    async with stage() as on, on.reading("okx") as talk:
        on["okx"].switch("late", "300")
        on.play(*dead("okx"), seconds=299)
        assert on["okx"].counts().happened == 0
        on.play(seconds=1)
        told = (await talk.hear())["data"][0]["details"][0]
        assert int(told["ts"]) == made.AT // MS


@pytest.mark.parametrize("venue", ["binance", "gate", "okx"])
async def test_a_contract_that_is_not_listed_is_liquidated(venue: str) -> None:
    async with stage() as on, on.reading(venue) as talk:
        on[venue].switch("unknown")
        on.play(*dead(venue), seconds=2)
        known, unknown = await talk.heard(2)
        assert "未知" not in str(known)
        assert "未知" in str(unknown)


async def test_a_delisted_contract_is_gone_from_everywhere() -> None:
    pepe = contract("okx", "PEPE-USDT-SWAP")
    ask = '{"op":"subscribe","args":[{"channel":"trades","instId":"PEPE-USDT-SWAP"}]}'
    async with stage() as on, on.talk("okx") as talk:
        await talk.say(ask)
        assert (await talk.hear())["event"] == "subscribe"
        on["okx"].switch("delisting", pepe.symbol)
        on.play(made.traded(pepe), *dead("okx", of=pepe))
        await talk.say(ask)
        assert (await talk.hear())["code"] == "60018"
        _, listed, _ = await on.get("okx", "/api/v5/public/instruments?instType=SWAP")
        assert pepe.symbol not in str(listed)
        _, gone, _ = await on.get("okx", "/api/v5/public/funding-rate?instId=PEPE-USDT-SWAP")
        assert gone["code"] == "51001"
        on["okx"].clear("delisting")
        _, listed, _ = await on.get("okx", "/api/v5/public/instruments?instType=SWAP")
        assert pepe.symbol in str(listed)


async def test_a_storm_accepts_and_closes() -> None:
    async with stage() as on, on.reading("gate") as talk:
        on["gate"].switch("storm")
        assert await talk.end() == 1001
        for _ in range(3):
            async with on.talk("gate") as again:
                assert await again.end() == 1013
        on["gate"].clear()
        async with on.reading("gate"):
            assert on["gate"].connections


async def test_an_outage_cuts_and_refuses_everything() -> None:
    async with stage() as on, on.reading("binance") as talk, on.reading("okx"):
        on["binance"].switch("outage")
        assert await talk.end() == 1006
        with pytest.raises(aiohttp.ClientError):
            await on.get("binance", "/fapi/v1/time", "rest-usdm")
        with pytest.raises(aiohttp.ClientError):
            async with on.talk("binance"):
                pass
        assert on["okx"].connections
        on["binance"].clear()
        assert (await on.get("binance", "/fapi/v1/time", "rest-usdm"))[0] == 200


@pytest.mark.parametrize("venue", VENUES)
async def test_a_skewed_clock_dates_everything(venue: str) -> None:
    path = {
        "binance": "/fapi/v1/time",
        "bybit": "/v5/market/time",
        "okx": "/api/v5/public/time",
    }
    async with stage() as on, on.reading(venue) as talk:
        on[venue].switch("skew", "-45")
        on.play(*dead(venue), seconds=2)
        told = str(await talk.hear())
        assert str(made.AT // MS - 45_000) in told
        assert not re.search(rf"{made.AT // SECOND}\d\d\d", told)
        if venue in path:
            role = "rest-usdm" if venue == "binance" else "rest"
            _, now, _ = await on.get(venue, path[venue], role)
            assert str((made.AT + 2 * SECOND) // SECOND - 45) in str(now)


async def test_blocked_countries_are_told_in_each_exchanges_words() -> None:
    async with stage() as on:
        for venue in ("binance", "bybit"):
            on[venue].switch("geoblock")
        status, body, _ = await on.get("binance", "/fapi/v1/exchangeInfo", "rest-usdm")
        assert (status, body["code"]) == (451, 0)
        assert "restricted location" in body["msg"]
        status, body, headers = await on.get("bybit", "/v5/market/time")
        assert (status, headers["Content-Type"].split(";")[0]) == (403, "text/html")
        assert "CloudFront" in body
        async with on.reading("binance"):
            assert on["binance"].connections
        with pytest.raises(FaultError):
            on["okx"].switch("geoblock")


@pytest.mark.parametrize(
    ("venue", "argument", "status", "said"),
    [
        ("binance", "", 429, "-1003"),
        ("binance", "banned", 418, "banned until"),
        ("bybit", "", 200, "10006"),
        ("bybit", "banned", 403, "access too frequent"),
        ("okx", "", 429, "50011"),
        ("gate", "", 429, "TOO_MANY_REQUESTS"),
    ],
)
async def test_refusals_are_in_each_exchanges_words(
    venue: str, argument: str, status: int, said: str
) -> None:
    async with stage() as on:
        on[venue].switch("rate-limit", argument)
        found, body, headers = await on.get(venue, "/x")
        assert found == status
        assert said in str(body)
        assert ("Retry-After" in headers) == (venue == "binance" or venue == "okx")
        on[venue].clear("rate-limit")
        assert said not in str((await on.get(venue, "/x"))[1])


def test_faults_are_those_there_are() -> None:
    faults = Faults()
    for name in FAULTS:
        faults.switch(name)
    assert faults.on().keys() == FAULTS.keys()
    assert (faults.number("late"), faults.text("rate-limit")) == (180.0, "refused")
    faults.clear("late")
    assert (faults.number("late"), "late" in faults) == (0.0, False)
    faults.clear()
    assert not faults.on()


@pytest.mark.parametrize(
    ("name", "argument"),
    [("meteor", ""), ("late", "soon"), ("skew", "nan"), ("late", "1e99"), ("rate-limit", "x")],
)
def test_other_faults_are_refused(name: str, argument: str) -> None:
    with pytest.raises(FaultError):
        Faults().switch(name, argument)


async def test_a_fault_of_one_is_no_fault_of_the_others() -> None:
    async with stage() as on, on.reading("okx") as okx, on.reading("bybit") as bybit:
        on["okx"].switch("stall")
        on.play(*dead("okx"), *dead("bybit"), seconds=1)
        await bybit.hear()
        on["okx"].clear()
        on.play(*dead("okx"), *dead("bybit"), seconds=1)
        await asyncio.gather(okx.hear(), bybit.hear())
        assert (on["okx"].counts().sent, on["bybit"].counts().sent) == (1, 2)
