import json
from typing import Any

import pytest
from msgspec import structs

from liqtui.model.market import Side, Taker
from liqtui.sim.printing import MS
from liqtui.sim.wires import bybit
from liqtui.sim.wires.bybit import WIRE
from tests.sim import made
from tests.sim.shapes import check

BTC = made.contract(WIRE, "BTCUSDT")
COIN = made.contract(WIRE, "BTCUSD")
LINEAR = "wss://stream.bybit.com/v5/public/linear"
INVERSE = "wss://stream.bybit.com/v5/public/inverse"
API = "https://api.bybit.com/v5/market"


def got(path: str) -> Any:
    reply = WIRE.rest(f"{API}/{path}", made.books(WIRE), made.AT)
    assert reply.status == 200
    body = json.loads(reply.body)
    check('{"retCode":0,"retMsg":"OK","result":{},"retExtInfo":{},"time":1}', body | {"result": {}})
    assert body["retCode"] == 0
    return body["result"]


def said(frame: str, held: frozenset[str] = frozenset()) -> tuple[Any, frozenset[str]]:
    answer = WIRE.answer(LINEAR, frame.encode(), held, made.AT)
    assert len(answer.frames) == 1
    return json.loads(answer.frames[0]), answer.topics


def test_liquidations_are_shaped_as_captured() -> None:
    check(
        '{"topic":"allLiquidation.BTCUSDT","type":"snapshot","ts":1791565601482,"data":['
        '{"T":1791565600992,"s":"BTCUSDT","S":"Buy","v":"0.006","p":"82396.90"},'
        '{"T":1791565601058,"s":"BTCUSDT","S":"Buy","v":"0.038","p":"82394.30"}]}',
        bybit.liquidations([made.liquidated(BTC)], made.AT),
    )


def test_side_is_the_positions_and_price_the_bankruptcy() -> None:
    long, short = (
        bybit.liquidations([made.liquidated(BTC, side)], made.AT)["data"][0] for side in Side
    )
    assert (long["S"], long["p"], long["v"]) == ("Buy", "79680.00", "0.190")
    assert (short["S"], short["p"]) == ("Sell", "80320.00")


def test_inverse_counts_dollars() -> None:
    row = bybit.liquidations([made.liquidated(COIN, quantity=0.5)], made.AT)["data"][0]
    assert row["v"] == "39840"  # half a coin at the bankruptcy price of 79,680


def test_half_a_second_of_a_symbol_goes_out_together() -> None:
    happened = [made.liquidated(BTC, at=made.AT + ms * MS) for ms in (0, 499, 500)]
    batches = WIRE.batches([*happened, made.liquidated(COIN)])
    assert [(b.at - made.AT, len(b.liquidated)) for b in batches] == [
        (500 * MS, 2),
        (500 * MS, 1),
        (1000 * MS, 1),
    ]
    (frame,) = WIRE.frames(LINEAR, batches[0].liquidated, batches[0].at)
    assert len(json.loads(frame.body)["data"]) == 2


def test_trades_are_shaped_as_captured_and_name_the_taker() -> None:
    check(
        '{"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":1791365008335,"data":['
        '{"T":1791365008334,"s":"BTCUSDT","S":"Buy","v":"0.001","p":"83766.30","L":"PlusTick",'
        '"i":"68bc1c35-dcc0-58e8-a4c5-f59a6b790814","BT":false,"RPI":false,"seq":821670598155}]}',
        bybit.trades([made.traded(BTC)], made.AT),
    )
    assert bybit.trades([made.traded(BTC, Taker.SELL)], made.AT)["data"][0]["S"] == "Sell"
    assert bybit.trades([made.traded(BTC, Taker.BUY)], made.AT)["data"][0]["S"] == "Buy"


def test_first_ticker_is_whole() -> None:
    whole = bybit.ticker(made.ticker(BTC), made.AT)
    check(
        '{"topic":"tickers.BTCUSDT","type":"snapshot","data":{"symbol":"BTCUSDT","tickDirection":'
        '"ZeroPlusTick","price24hPcnt":"0.001624","lastPrice":"65114.30","prevPrice24h":"65008.70",'
        '"highPrice24h":"65282.30","lowPrice24h":"64694.40","prevPrice1h":"65083.80","markPrice":'
        '"65117.44","indexPrice":"65137.76","openInterest":"59891.732","openInterestValue":'
        '"3899996265.01","turnover24h":"1142118412.9021","volume24h":"17573.9120",'
        '"fundingIntervalHour":"8","fundingCap":"0.005","singleOpenInterest":"29945.866",'
        '"singleOpenInterestValue":"1949998132.50","nextFundingTime":"1786320000000","fundingRate":'
        '"0.0001","bid1Price":"65114.20","bid1Size":"5.954","ask1Price":"65114.30","ask1Size":'
        '"10.470","preOpenPrice":"","preQty":"","curPreListingPhase":""},"cs":753843900397,'
        '"ts":1786310817583}',
        whole,
    )
    assert whole["data"]["openInterest"] == "2469.000"  # both sides
    assert whole["data"]["singleOpenInterest"] == "1234.500"


def test_later_tickers_tell_what_changed() -> None:
    before = made.ticker(BTC)
    after = structs.replace(made.ticker(BTC, oi=1300.0), last=before.last, before=before)
    delta = bybit.ticker(after, made.AT)
    assert (delta["type"], set(delta["data"])) == (
        "delta",
        {"symbol", "openInterest", "openInterestValue", "singleOpenInterest",
         "singleOpenInterestValue"},
    )  # fmt: skip
    same = structs.replace(before, before=before)
    assert bybit.ticker(same, made.AT)["data"] == {"symbol": "BTCUSDT"}


def test_inverse_interest_counts_dollars_and_is_worth_coins() -> None:
    data = bybit.fields(made.ticker(COIN, oi=100.0))
    assert (data["singleOpenInterest"], data["singleOpenInterestValue"]) == ("8000000", "100.00")


def test_ping_is_answered_with_an_op_of_ping() -> None:
    reply, _ = said('{"req_id":"100001","op":"ping"}')
    check(
        '{"success":true,"ret_msg":"pong","conn_id":"465772b1-7630-4fdc-a492-e003e6f0f260",'
        '"req_id":"","op":"ping"}',
        reply | {"req_id": ""},
    )
    assert (reply["op"], reply["ret_msg"]) == ("ping", "pong")


def test_acknowledgement_echoes_the_request() -> None:
    reply, topics = said(
        '{"req_id":"test","op":"subscribe","args":["allLiquidation.BTCUSDT","tickers.BTCUSDT"]}'
    )
    check(
        '{"success":true,"ret_msg":"","conn_id":"db292md48aephea0qcg0-cg8d","req_id":"x","op":'
        '"subscribe"}',
        reply,
    )
    assert reply["req_id"] == "test"
    assert topics == {"allLiquidation.BTCUSDT", "tickers.BTCUSDT"}


def test_one_bad_topic_costs_its_whole_message() -> None:
    frame = '{"op":"subscribe","args":["publicTrade.BTCUSDT","publicTrade.NOTASYMBOL"]}'
    reply, topics = said(frame)
    assert reply == {
        "success": False,
        "ret_msg": "error:handler not found,topic:publicTrade.NOTASYMBOL",
        "conn_id": "db292md48aephea0qcg0-cg8d",
        "req_id": "",
        "op": "subscribe",
    }
    assert not topics


def test_a_topic_of_the_other_category_is_unknown() -> None:
    reply, _ = said('{"op":"subscribe","args":["tickers.BTCUSD"]}')
    assert reply["ret_msg"] == "error:handler not found,topic:tickers.BTCUSD"


def test_subscribing_again_and_unsubscribing() -> None:
    held = frozenset({"publicTrade.BTCUSDT"})
    frame = '{"req_id":"r","op":"subscribe","args":["publicTrade.BTCUSDT"]}'
    reply, topics = said(frame, held)
    assert reply["ret_msg"] == "error:already subscribed,topic:publicTrade.BTCUSDT"
    assert (reply["req_id"], topics) == ("r", held)
    reply, topics = said('{"op":"unsubscribe","args":["publicTrade.BTCUSDT"]}', held)
    assert reply["success"] is True
    assert not topics


def test_client_sends_a_topic_a_message_and_all_are_accepted() -> None:
    for socket in WIRE.sockets(made.AT):
        held: frozenset[str] = frozenset()
        for frame in socket.hello:
            held = WIRE.answer(socket.url, frame.encode(), held, made.AT).topics
            assert json.loads(frame)["args"] == [json.loads(frame)["req_id"]]
        own = [one for one in WIRE.contracts if one.market == socket.name]
        assert len(held) == 3 * len(own)


def test_instruments_have_the_documented_keys() -> None:
    result = got("instruments-info?category=linear&limit=1000")
    documented = (
        '{"symbol":"BTCUSDT","contractType":"LinearPerpetual","status":"Trading","baseCoin":"BTC",'
        '"quoteCoin":"USDT","launchTime":"1585526400000","deliveryTime":"0","deliveryFeeRate":"",'
        '"priceScale":"2","leverageFilter":{"minLeverage":"1","maxLeverage":"100.00",'
        '"leverageStep":"0.01"},"priceFilter":{"minPrice":"0.10","maxPrice":"1999999.80",'
        '"tickSize":"0.10"},"lotSizeFilter":{"maxOrderQty":"1190.000","minOrderQty":"0.001",'
        '"qtyStep":"0.001","minNotionalValue":"5"},"unifiedMarginTrade":true,"fundingInterval":480,'
        '"settleCoin":"USDT","copyTrading":"both","upperFundingRate":"0.00375",'
        '"lowerFundingRate":"-0.00375","isPreListing":false,"preListingInfo":null,"symbolType":""}'
    )
    check(documented, result["list"][0])
    pepe = result["list"][3]
    assert (pepe["symbol"], pepe["baseCoin"], pepe["fundingInterval"]) == (
        "1000PEPEUSDT",
        "1000PEPE",
        480,
    )
    coin = got("instruments-info?category=inverse")["list"][0]
    assert (coin["settleCoin"], coin["contractType"]) == ("BTC", "InversePerpetual")


def test_tickers_of_a_category_come_at_once() -> None:
    result = got("tickers?category=inverse")
    check(
        '{"symbol":"BTCUSD","lastPrice":"120635.50","indexPrice":"114890.92","markPrice":'
        '"114898.43","prevPrice24h":"105595.90","price24hPcnt":"0.142425","highPrice24h":'
        '"131309.30","lowPrice24h":"102007.60","prevPrice1h":"119806.10","openInterest":'
        '"240113967","openInterestValue":"2089.79","turnover24h":"115.6907","volume24h":'
        '"13713832.0000","fundingRate":"0.0001","nextFundingTime":"1760371200000",'
        '"predictedDeliveryPrice":"","basisRate":"","deliveryFeeRate":"","deliveryTime":"0",'
        '"ask1Size":"9854","bid1Price":"103401.00","ask1Price":"109152.80","bid1Size":"1063",'
        '"basis":"","preOpenPrice":"","preQty":"","curPreListingPhase":"","fundingIntervalHour":'
        '"8","basisRateYear":"","fundingCap":"0.005"}',
        result["list"][0],
        "/singleOpenInterest: foreign",  # since 2026-06-11, absent from the printed sample
        "/singleOpenInterestValue: foreign",
    )
    assert [row["symbol"] for row in result["list"]] == ["BTCUSD", "ETHUSD", "SOLUSD"]


def test_interest_history_is_two_sided_and_newest_first() -> None:
    result = got("open-interest?category=linear&symbol=BTCUSDT&intervalTime=5min&limit=2")
    check(
        '{"symbol":"BTCUSD","category":"inverse","list":[{"openInterest":"63910691.00000000",'
        '"singleOpenInterest":"31955346","timestamp":"1780963200000"}],"nextPageCursor":""}',
        result,
    )
    newer, older = result["list"]
    assert int(newer["timestamp"]) - int(older["timestamp"]) == 300_000
    assert float(newer["openInterest"]) == 2 * float(newer["singleOpenInterest"])


def test_klines_are_newest_first_and_honour_their_times() -> None:
    of = "kline?category=linear&symbol=BTCUSDT&interval=1"
    result = got(f"{of}&limit=3")
    check(
        '{"symbol":"BTCUSD","category":"inverse","list":[["1670608800000","17071","17073","17027",'
        '"17055.5","268611","15.74462667"]]}',
        result,
    )
    first, second, third = (int(row[0]) for row in result["list"])
    assert (first - second, second - third) == (60_000, 60_000)
    rows = got(f"{of}&start={third}&end={second}")["list"]
    assert [int(row[0]) for row in rows] == [second, third]


def test_volume_and_turnover_swap_units() -> None:
    linear = got("kline?category=linear&symbol=BTCUSDT&interval=1&limit=1")["list"][0]
    inverse = got("kline?category=inverse&symbol=BTCUSD&interval=1&limit=1")["list"][0]
    assert float(linear[5]) == float(inverse[6]) == 5.0
    assert float(linear[6]) == pytest.approx(float(inverse[5]), rel=1e-5)


def test_tiers_are_fractions_or_percents_and_unsorted() -> None:
    result = got("risk-limit?category=linear&symbol=BTCUSDT")
    check(
        '{"category":"linear","list":[{"id":2,"symbol":"BTCUSDT","riskLimitValue":"2000000",'
        '"maintenanceMargin":"0.005","initialMargin":"0.01","isLowestRisk":0,"maxLeverage":"100.00",'
        '"mmDeduction":""}],"nextPageCursor":""}',
        result,
    )
    lowest = result["list"][-1]
    assert (lowest["isLowestRisk"], lowest["initialMargin"]) == (1, "0.01")
    coin = got("risk-limit?category=inverse&symbol=BTCUSD")["list"][-1]
    assert (coin["initialMargin"], coin["maintenanceMargin"], coin["riskLimitValue"]) == (
        "1",
        "0.5",
        "25",  # two million dollars in coins of 80,000
    )


def test_settled_funding_is_newest_first() -> None:
    result = got("funding/history?category=linear&symbol=BTCUSDT&limit=2")
    check(
        '{"category":"linear","list":[{"symbol":"ETHPERP","fundingRate":"0.0001",'
        '"fundingRateTimestamp":"1672041600000"}]}',
        result,
    )
    newer, older = (int(row["fundingRateTimestamp"]) for row in result["list"])
    assert newer - older == 8 * 3_600_000


def test_refusal_is_http_200_with_a_code() -> None:
    reply = WIRE.rest(f"{API}/kline?category=linear&symbol=BTCUSD", made.books(WIRE), made.AT)
    body = json.loads(reply.body)
    assert (reply.status, body["retCode"], body["retMsg"]) == (200, 10001, "symbol params err")


def test_past_trades_have_the_documented_keys() -> None:
    books = {BTC.symbol: structs.replace(made.book(BTC), trades=[made.traded(BTC)])}
    url = f"{API}/recent-trade?category=linear&symbol=BTCUSDT"
    (row,) = json.loads(WIRE.rest(url, books, made.AT).body)["result"]["list"]
    check(
        '{"execId":"68bc1c35-dcc0-58e8-a4c5-f59a6b790814","symbol":"BTCUSDT","price":"16618.49",'
        '"size":"0.00012","side":"Buy","time":"1672052955758","isBlockTrade":false,"isRPITrade":'
        'true,"seq":"123456"}',
        row,
    )
    assert (row["side"], row["price"], row["size"]) == ("Sell", "80000.00", "0.250")


def test_one_contract_can_be_asked_for() -> None:
    (one,) = got("tickers?category=linear&symbol=ETHUSDT")["list"]
    assert one["symbol"] == "ETHUSDT"
    (one,) = got("instruments-info?category=linear&symbol=ETHUSDT")["list"]
    assert one["symbol"] == "ETHUSDT"


def test_the_time_is_told() -> None:
    now = {"timeSecond": str(made.AT // 10**9), "timeNano": str(made.AT)}
    assert got("time") == now


def test_liquidations_are_counted_where_they_are_told() -> None:
    happened = (made.liquidated(BTC), made.liquidated(BTC), made.traded(BTC))
    told = {f.topic: f.liquidated for f in WIRE.frames(LINEAR, happened, made.AT)}
    assert told == {"publicTrade.BTCUSDT": 0, "allLiquidation.BTCUSDT": 2}


def test_tiers_of_a_category_come_at_once() -> None:
    rows = got("risk-limit?category=inverse")["list"]
    assert {row["symbol"] for row in rows} == {"BTCUSD", "ETHUSD", "SOLUSD"}
