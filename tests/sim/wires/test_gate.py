import json
from typing import Any

import pytest
from msgspec import structs

from liqtui.model.market import Side, Taker
from liqtui.sim.printing import MS
from liqtui.sim.wire import SECOND, Frame, Happening
from liqtui.sim.wires import gate
from liqtui.sim.wires.gate import WIRE, Gate
from tests.sim import made
from tests.sim.shapes import check

BTC = made.contract(WIRE, "BTC_USDT")
COIN = made.contract(WIRE, "BTC_USD")
PEPE = made.contract(WIRE, "PEPE_USDT")
USDT = "wss://fx-ws.gateio.ws/v4/ws/usdt"
API = "https://api.gateio.ws/api/v4/futures"


def frames(wire: Gate, *happened: Happening, url: str = USDT) -> list[Frame]:
    return list(wire.frames(url, happened, made.AT))


def got(path: str, wire: Gate = WIRE) -> Any:
    reply = wire.rest(f"{API}/{path}", made.books(wire), made.AT)
    assert reply.status == 200
    return json.loads(reply.body)


def said(frame: str, held: frozenset[str] = frozenset()) -> tuple[Any, frozenset[str]]:
    answer = WIRE.answer(USDT, frame.encode(), held, made.AT)
    assert len(answer.frames) == 1
    return json.loads(answer.frames[0]), answer.topics


def test_liquidations_are_shaped_as_documented_with_and_without_the_header() -> None:
    documented = (
        '{"channel":"futures.public_liquidates","event":"update","time":1541505434,"time_ms":'
        '1541505434123,"result":[{"price":"215.1","size":%s,"time":1541486601123,"contract":'
        '"BTC_USDT"}]}'
    )
    check(documented % '"-124.5"', frames(WIRE, made.liquidated(BTC))[0].body)
    check(documented % "-124", frames(Gate(decimal=False), made.liquidated(BTC))[0].body)


def test_liquidations_may_come_as_single_objects() -> None:
    happened = (made.liquidated(BTC), made.liquidated(BTC, at=made.AT + MS))
    told = [f for f in frames(Gate(decimal=False, grouped=False), *happened) if "!all" in f.topic]
    assert len(told) == 2
    check(
        '{"time":1786327033,"time_ms":1786327033532,"channel":"futures.public_liquidates","event":'
        '"update","result":{"contract":"HEI_USDT","price":"0.13827","time":1786327033531,'
        '"size":-23}}',
        told[0].body,
    )


def test_sign_is_the_orders_and_the_price_its_limit() -> None:
    long, short = (gate.liquidation(made.liquidated(BTC, side), decimal=True) for side in Side)
    assert (long["size"], long["price"]) == ("-1900", "79680")
    assert (short["size"], short["price"]) == ("1900", "80320")


def test_rest_names_position_and_order_with_opposite_signs() -> None:
    row = gate.liquidation_row(made.liquidated(BTC), decimal=False)
    check(
        '{"time":1548654951,"contract":"BTC_USDT","size":600,"order_size":-600,"order_price":'
        '"3405","fill_price":"3424","left":0}',
        row,
    )
    assert (row["size"], row["order_size"]) == (1900, -1900)
    assert (row["order_price"], row["fill_price"]) == ("79680", "79920")


def test_both_feeds_count_the_same_contracts() -> None:
    for contract in (BTC, COIN, PEPE):
        dead = made.liquidated(contract, quantity=7.1)
        pushed, asked = gate.liquidation(dead, decimal=True), gate.liquidation_row(dead, True)
        assert (pushed["size"], pushed["price"]) == (asked["order_size"], asked["order_price"])


def test_multipliers() -> None:
    assert gate.liquidation(made.liquidated(COIN, quantity=0.5), decimal=True)["size"] == "-39960"
    pepe = made.liquidated(PEPE, quantity=5e8, price=4.5e-6)
    assert gate.liquidation(pepe, decimal=True) == {
        "price": "0.000004482",
        "size": "-50",
        "time": made.AT // MS,
        "contract": "PEPE_USDT",
    }


def test_a_contracts_second_goes_out_together_or_when_twenty_are_full() -> None:
    calm = [made.liquidated(BTC, at=made.AT + ms * MS) for ms in (0, 999, 1000)]
    assert [(b.at - made.AT, len(b.liquidated)) for b in WIRE.batches(calm)] == [
        (SECOND, 2),
        (2 * SECOND, 1),
    ]
    wild = [made.liquidated(BTC, at=made.AT + ms * MS) for ms in range(25)]
    assert [(b.at - made.AT, len(b.liquidated)) for b in WIRE.batches(wild)] == [
        (19 * MS, 20),
        (SECOND + 20 * MS, 5),
    ]


def test_ticker_is_shaped_as_captured() -> None:
    (frame,) = frames(WIRE, made.ticker(BTC, oi=33_517.0))
    body = json.loads(frame.body)
    check(
        '{"channel":"futures.tickers","event":"update","result":[{"contract":"BTC_USDT","last":'
        '"62914.3","mark_price":"62914.3","index_price":"62937.6","funding_rate":"0.000033",'
        '"funding_rate_indicative":"0.000033","funding_interval":28800,"funding_offset":0,'
        '"funding_next_apply":1785571200,"total_size":"651185722","volume_24h":"518068345",'
        '"change_percentage":"-3.1290","t":1785548246983}]}',
        body,
        "/time: foreign",
        "/time_ms: foreign",
    )
    assert body["result"][0]["total_size"] == "670340000"  # both sides of 33,517 coins


def test_trades_are_shaped_as_documented_and_signed_by_the_taker() -> None:
    (frame,) = frames(Gate(decimal=False), made.traded(BTC))
    check(
        '{"channel":"futures.trades","event":"update","time":1541503698,"time_ms":1541503698123,'
        '"result":[{"size":-108,"id":27753479,"create_time":1545136464,"create_time_ms":'
        '1545136464123,"price":"96.4","contract":"BTC_USD"}]}',
        frame.body,
    )
    assert gate.trade(made.traded(BTC, Taker.SELL), decimal=True)["size"] == "-2500"
    assert gate.trade(made.traded(BTC, Taker.BUY), decimal=True)["size"] == "2500"


def test_settlement_currencies_do_not_mix() -> None:
    assert not frames(WIRE, made.liquidated(COIN), made.ticker(COIN))
    assert len(frames(WIRE, made.ticker(COIN), url="wss://fx-ws.gateio.ws/v4/ws/btc")) == 1


def test_ping_is_answered_in_its_own_channel() -> None:
    reply, _ = said('{"time":123456,"channel":"futures.ping"}')
    check(
        '{"time":1545404023,"time_ms":1545404023123,"channel":"futures.pong","event":"",'
        '"result":null}',
        reply,
    )


def test_subscriptions_are_acknowledged() -> None:
    frame = (
        '{"time":1786327000,"channel":"futures.public_liquidates","event":"%s","payload":["!all"]}'
    )
    reply, topics = said(frame % "subscribe")
    check(
        '{"time":1545459681,"time_ms":1545459681123,"channel":"futures.public_liquidates","event":'
        '"subscribe","result":{"status":"success"}}',
        reply,
    )
    assert topics == {"futures.public_liquidates:!all"}
    reply, topics = said(frame % "unsubscribe", topics)
    assert (reply["event"], topics) == ("unsubscribe", frozenset())


def test_one_unknown_contract_costs_the_whole_payload() -> None:
    reply, topics = said(
        '{"channel":"futures.tickers","event":"subscribe","payload":["BTC_USDT","NO_SUCH"]}'
    )
    check(
        '{"time":1647274664,"channel":"futures.orders","event":"subscribe","error":{"code":2,'
        '"message":"unknown contract BTC_USDT_20220318"}}',
        reply,
        "/time_ms: foreign",
        "/result: foreign",
    )
    assert reply["error"] == {"code": 2, "message": "unknown contract NO_SUCH"}
    assert reply["result"] == {"status": "fail"}
    assert not topics


def test_an_interval_is_no_contract() -> None:
    _, topics = said(
        '{"channel":"futures.contract_stats","event":"subscribe","payload":["BTC_USDT","1m"]}'
    )
    assert topics == {"futures.contract_stats:BTC_USDT"}


def test_client_asks_for_decimal_sizes_and_is_accepted() -> None:
    for socket in WIRE.sockets(made.AT):
        assert socket.headers == {"X-Gate-Size-Decimal": "1"}
        held: frozenset[str] = frozenset()
        for frame in socket.hello:
            assert abs(json.loads(frame)["time"] - made.AT // SECOND) < 60
            answer = WIRE.answer(socket.url, frame.encode(), held, made.AT)
            held = answer.topics
            assert "error" not in json.loads(answer.frames[0])
        assert "futures.public_liquidates:!all" in held


def test_contracts_have_the_documented_keys() -> None:
    documented = (
        '{"funding_rate_indicative":"-0.003216","mark_price_round":"0.0001","funding_offset":0,'
        '"in_delisting":false,"risk_limit_base":"5000","interest_rate":"0.0003","index_price":'
        '"0.2077","order_price_round":"0.0001","order_size_min":1,"enable_decimal":false,"name":'
        '"0G_USDT","maintenance_rate":"0.01","mark_type":"index","funding_interval":28800,"type":'
        '"direct","leverage_min":"1","funding_rate":"-0.003216","last_price":"0.2048","mark_price":'
        '"0.2048","funding_next_apply":1784131200,"short_users":157,"position_size":783779,'
        '"long_users":191,"quanto_multiplier":"1","leverage_max":"50","risk_limit_max":"2500000",'
        '"funding_cap_ratio":"1","is_pre_market":false,"status":"trading","funding_rate_limit":'
        '"0.02","contract_type":""}'
    )
    rows = got("usdt/contracts", Gate(decimal=False))
    check(documented, rows[0])
    check(documented, got("usdt/contracts")[0], "/position_size: digits for int")
    assert rows[0]["position_size"] == 12_345_000  # one side of 1234.5 coins
    assert [row["quanto_multiplier"] for row in rows] == ["0.0001", "0.01", "1", "10000000"]
    (coin,) = got("btc/contracts")
    assert (coin["quanto_multiplier"], coin["type"]) == ("0", "inverse")


def test_tickers_count_both_sides() -> None:
    rows = got("usdt/tickers")
    check(
        '{"contract":"BTC_USDT","last":"6432","low_24h":"6278","high_24h":"6790",'
        '"change_percentage":"4.43","total_size":"32323904","volume_24h":"184040233284",'
        '"volume_24h_btc":"28613220","volume_24h_usd":"184040233284","volume_24h_base":"28613220",'
        '"volume_24h_quote":"184040233284","volume_24h_settle":"28613220","mark_price":"6534",'
        '"funding_rate":"0.0001","funding_rate_indicative":"0.0001","index_price":"6531",'
        '"highest_bid":"34089.7","highest_size":"100","lowest_ask":"34217.9","lowest_size":"1000"}',
        rows[0],
    )
    assert rows[0]["total_size"] == "24690000"
    assert len(got("usdt/tickers?contract=BTC_USDT")) == 1


def test_statistics_count_both_sides_and_the_dead() -> None:
    rows = got("usdt/contract_stats?contract=BTC_USDT&interval=5m&limit=3")
    documented = (
        '[{"time":1603865400,"lsr_taker":100.0,"lsr_account":0.5,"long_liq_size":0,'
        '"short_liq_size":0,"open_interest":124724,"short_liq_usd":0.0,"mark_price":"8865",'
        '"top_lsr_size":1.02,"short_liq_amount":0.0,"long_liq_amount":0.0,'
        '"open_interest_usd":1511.0,"top_lsr_account":1.5,"long_liq_usd":0.0}]'
    )
    check(documented, rows[-1:], *(f"/0/{key}: int for float" for key in (
        "short_liq_usd", "short_liq_amount")))  # fmt: skip
    assert [row["time"] - rows[0]["time"] for row in rows] == [0, 300, 600]
    assert rows[-1]["long_liq_size"] == 2 * 1900
    assert rows[-1]["long_liq_usd"] == pytest.approx(2 * 0.19 * 79_920)
    assert rows[-1]["open_interest"] == 2 * 10_550_000


def test_tiers_are_limited_in_the_settlement_currency() -> None:
    rows = got("usdt/risk_limit_tiers?contract=BTC_USDT")
    check(
        '[{"maintenance_rate":"0.01","tier":1,"initial_rate":"0.02","leverage_max":"50",'
        '"risk_limit":"20000","contract":"ZTX_USDT","deduction":"0"}]',
        rows,
    )
    assert [row["tier"] for row in rows] == [1, 2, 3, 4, 5]
    assert rows[0]["risk_limit"] == "1000000"
    assert got("btc/risk_limit_tiers?contract=BTC_USD")[0]["risk_limit"] == "12.5"


def test_candles_ascend_and_funding_descends() -> None:
    rows = got("usdt/candlesticks?contract=BTC_USDT&interval=1m")
    check(
        '[{"t":1539852480,"v":97151,"c":"1.032","h":"1.032","l":"1.032","o":"1.032","sum":"3580"}]',
        rows,
    )
    assert rows[1]["t"] - rows[0]["t"] == 60
    assert rows[0]["v"] == 50_000
    first, last = rows[3]["t"], rows[5]["t"]
    span = f"usdt/candlesticks?contract=BTC_USDT&interval=1m&from={first}&to={last}"
    assert got(span) == rows[3:6]
    settled = got("usdt/funding_rate?contract=BTC_USDT")
    check('[{"t":1543968000,"r":"0.000157"}]', settled)
    assert settled[0]["t"] - settled[1]["t"] == 8 * 3600


def test_past_liquidations_are_of_all_contracts_or_of_one() -> None:
    since = made.book(BTC).bars[0].at // SECOND
    span = f"usdt/liq_orders?from={since}&to={since + 3600}"
    assert {row["contract"] for row in got(span)} == {
        one.symbol for one in WIRE.contracts if one.market == "usdt"
    }
    assert len(got(f"{span}&contract=BTC_USDT")) == 2


def test_unknown_contract_is_refused_with_a_label() -> None:
    reply = WIRE.rest(f"{API}/usdt/contract_stats?contract=BTC_USD", made.books(WIRE), made.AT)
    assert (reply.status, json.loads(reply.body)["label"]) == (400, "INVALID_PARAM_VALUE")


def test_past_trades_have_the_documented_keys_and_their_milliseconds() -> None:
    books = {BTC.symbol: structs.replace(made.book(BTC), trades=[made.traded(BTC)] * 3)}
    url = f"{API}/usdt/trades?contract=BTC_USDT&limit=2"
    rows = json.loads(Gate(decimal=False).rest(url, books, made.AT).body)
    assert len(rows) == 2
    check(
        '{"id":121234231,"create_time":1514764800,"contract":"BTC_USDT","size":-100,"price":'
        '"100.123"}',
        rows[0],
        "/create_time_ms: foreign",
    )


def test_a_warning_comes_before_its_acknowledgement() -> None:
    ask = b'{"channel":"futures.adl_warning","event":"subscribe","payload":["!all"]}'
    *warned, ack = WIRE.answer(USDT, ask, frozenset(), made.AT).frames
    assert len(warned) == 4
    check(
        '{"time":1781234567,"time_ms":1781234567123,"channel":"futures.adl_warning","event":"all",'
        '"result":{"contract":"BTC_USDT","settle":"usdt","state":"warning","update_time":'
        "1781234567000}}",
        warned[0],
    )
    assert b"success" in ack


def test_liquidations_are_counted_where_they_are_told() -> None:
    happened = (made.liquidated(BTC), made.liquidated(BTC), made.traded(BTC))
    assert sorted(f.liquidated for f in frames(WIRE, *happened)) == [0, 2, 2]
    single = frames(Gate(grouped=False), *happened)
    assert sorted(f.liquidated for f in single) == [0, 1, 1, 1, 1]


def test_sizes_are_those_a_client_asked_for() -> None:
    asked = WIRE.facing({"X-Gate-Size-Decimal": "1"})
    assert (asked.decimal, WIRE.facing({}).decimal) == (True, False)


def test_a_contract_can_be_asked_for_by_itself() -> None:
    assert got("usdt/contracts/ETH_USDT") == got("usdt/contracts")[1]
    reply = WIRE.rest(f"{API}/usdt/contracts/NO_SUCH", made.books(WIRE), made.AT)
    assert (reply.status, json.loads(reply.body)["label"]) == (400, "INVALID_PARAM_VALUE")


def test_the_time_is_told() -> None:
    reply = WIRE.rest("https://api.gateio.ws/api/v4/spot/time", {}, made.AT)
    assert json.loads(reply.body) == {"server_time": made.AT // MS}
