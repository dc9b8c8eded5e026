import json
from typing import Any

import pytest
from msgspec import structs

from liqtui.model.market import Side, Taker
from liqtui.sim.printing import MS
from liqtui.sim.wire import SECOND, Frame, Happening
from liqtui.sim.wires import binance
from liqtui.sim.wires.binance import WIRE, Binance
from tests.sim import made
from tests.sim.shapes import check

BTC = made.contract(WIRE, "BTCUSDT")
COIN = made.contract(WIRE, "BTCUSD_PERP")
PEPE = made.contract(WIRE, "1000PEPEUSDT")
MARKET = "wss://fstream.binance.com/market/stream"
DELIVERY = "wss://dstream.binance.com/stream"


def topics(url: str, *happened: Happening) -> dict[str, Frame]:
    return {frame.topic: frame for frame in WIRE.frames(url, happened, made.AT)}


def got(url: str) -> Any:
    reply = WIRE.rest(url, made.books(WIRE), made.AT)
    assert reply.status == 200
    return json.loads(reply.body)


def test_liquidation_is_shaped_as_captured() -> None:
    check(
        '{"stream":"!forceOrder@arr","data":{"e":"forceOrder","E":1791565603055,"o":{"s":"BTCUSDT",'
        '"S":"SELL","o":"LIMIT","f":"IOC","q":"0.190","p":"82338.30","ap":"82651.90","X":"FILLED",'
        '"l":"0.155","z":"0.190","T":1791565602120,"ps":"BTCUSDT","st":1}}}',
        topics(MARKET, made.liquidated(BTC))["!forceOrder@arr"].body,
    )


def test_liquidation_may_name_its_product_at_the_top() -> None:
    documented = (
        '{"e":"forceOrder","E":1568014460893,"o":{"s":"BTCUSDT","S":"SELL","o":"LIMIT","f":"IOC",'
        '"q":"0.014","p":"9910","ap":"9910","X":"FILLED","l":"0.014","z":"0.014",'
        '"T":1568014460893},"ps":"BTCUSDT","st":1}'
    )
    check(documented, binance.liquidation(made.liquidated(BTC), made.AT, "top"))
    absent = binance.liquidation(made.liquidated(BTC), made.AT, "absent")
    check(documented, absent, "/ps: lacking", "/st: lacking")


def test_closed_long_is_a_sell_below_the_mark_and_its_fill_is_better_than_its_limit() -> None:
    order = binance.liquidation(made.liquidated(BTC), made.AT + SECOND)["o"]
    assert (order["S"], order["p"], order["ap"]) == ("SELL", "79680.00", "79920.00")
    assert (order["q"], order["z"], order["l"]) == ("0.190", "0.190", "0.152")
    assert order["T"] == made.AT // MS
    order = binance.liquidation(made.liquidated(BTC, Side.SHORT), made.AT)["o"]
    assert (order["S"], order["p"], order["ap"]) == ("BUY", "80320.00", "80080.00")


def test_coin_margined_counts_contracts_of_fixed_dollars() -> None:
    order = binance.liquidation(made.liquidated(COIN, quantity=0.5), made.AT)["o"]
    assert (order["s"], order["z"], order["ps"], order["st"]) == (
        "BTCUSD_PERP",
        "400",  # half a coin at 79,920 is 399.6 contracts of 100 dollars
        "BTCUSD",
        2,
    )


def test_scaled_contract_prints_a_thousandfold_price_and_a_thousandth_of_the_quantity() -> None:
    one = made.liquidated(PEPE, quantity=5e6, price=4.5e-6)
    order = binance.liquidation(one, made.AT)["o"]
    assert (order["z"], order["ap"]) == ("5000", "0.0044955")


def test_liquidations_of_both_products_go_out_on_both_hosts() -> None:
    happened = (made.liquidated(BTC), made.liquidated(COIN))
    for url in (MARKET, DELIVERY):
        bodies = [f.body for f in WIRE.frames(url, happened, made.AT) if f.topic[0] == "!"]
        assert [json.loads(body)["data"]["o"]["s"] for body in bodies] == ["BTCUSDT", "BTCUSD_PERP"]
    assert "btcusd_perp@forceOrder" not in topics(MARKET, *happened)


def test_trade_is_shaped_as_captured() -> None:
    check(
        '{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":1786171884624,"a":3404749954,'
        '"s":"BTCUSDT","p":"64990.90","q":"0.002","nq":"0.002","f":7960913511,"l":7960913511,'
        '"T":1786171884471,"m":true,"st":1}}',
        topics(MARKET, made.traded(BTC))["btcusdt@aggTrade"].body,
    )
    check(
        '{"e":"aggTrade","E":1591261134288,"a":424951,"s":"BTCUSD_200626","p":"9643.5","q":"2",'
        '"f":606073,"l":606073,"T":1591261134199,"m":false,"st":1}',
        binance.trade(made.traded(COIN), made.AT),
    )


def test_maker_flag_says_who_took() -> None:
    assert binance.trade(made.traded(BTC, Taker.SELL), made.AT)["m"] is True
    assert binance.trade(made.traded(BTC, Taker.BUY), made.AT)["m"] is False


def test_marks_are_shaped_as_documented_and_come_as_one_array() -> None:
    frames = topics(MARKET, made.ticker(BTC), made.ticker(PEPE), made.ticker(COIN))
    check(
        '{"stream":"!markPrice@arr@1s","data":[{"e":"markPriceUpdate","E":1562305380000,'
        '"s":"BTCUSDT","p":"11185.87786614","i":"11784.62659091","P":"11784.25641265",'
        '"r":"0.00030000","ap":"11185.87786614","T":1562306400000,"st":1}]}',
        frames["!markPrice@arr@1s"].body,
    )
    symbols = [row["s"] for row in json.loads(frames["!markPrice@arr@1s"].body)["data"]]
    assert symbols == ["BTCUSDT", "1000PEPEUSDT"]
    check(
        '{"e":"markPriceUpdate","E":1596095725000,"s":"BTCUSD_201225","p":"10934.62615417",'
        '"P":"10962.17178236","i":"10933.62615417","r":"0.00010000","T":0,"st":1}',
        binance.mark(made.ticker(COIN).marked),
    )


@pytest.mark.parametrize(
    "url",
    [
        "wss://fstream.binance.com/ws",
        "wss://fstream.binance.com/stream",
        "wss://fstream.binance.com/public/stream",
    ],
)
def test_wrong_route_acknowledges_and_stays_silent(url: str) -> None:
    frame = b'{"method":"SUBSCRIBE","params":["!forceOrder@arr"],"id":1}'
    answer = WIRE.answer(url, frame, frozenset(), made.AT)
    assert answer.frames == (b'{"result":null,"id":1}',)
    assert not topics(url, made.liquidated(BTC), made.ticker(BTC), made.traded(BTC))


def test_bare_path_has_no_envelope() -> None:
    frames = topics("wss://fstream.binance.com/market/ws", made.traded(BTC))
    assert json.loads(frames["btcusdt@aggTrade"].body)["e"] == "aggTrade"


def test_url_can_subscribe() -> None:
    base = "wss://fstream.binance.com/market"
    wanted = {"btcusdt@aggTrade", "!forceOrder@arr"}
    assert WIRE.opened(f"{base}/ws/btcusdt@aggTrade/!forceOrder@arr") == wanted
    assert WIRE.opened(f"{base}/stream?streams=btcusdt@aggTrade/!forceOrder@arr") == wanted
    assert not WIRE.opened(MARKET)


def test_control_messages() -> None:
    held = frozenset({"btcusdt@aggTrade"})
    asked = {
        b'{"method":"LIST_SUBSCRIPTIONS","id":3}': b'{"result":["btcusdt@aggTrade"],"id":3}',
        b'{"method":"SET_PROPERTY","params":["combined",true],"id":5}': b'{"result":null,"id":5}',
    }
    for frame, reply in asked.items():
        assert WIRE.answer(MARKET, frame, held, made.AT).frames == (reply,)
    frame = b'{"method":"UNSUBSCRIBE","params":["btcusdt@aggTrade"],"id":312}'
    answer = WIRE.answer(MARKET, frame, held, made.AT)
    assert (answer.frames, answer.topics) == ((b'{"result":null,"id":312}',), frozenset())
    check(
        '{"error":{"code":2,"msg":"Invalid request: invalid stream"},"id":1}',
        WIRE.answer(MARKET, b'{"method":"SHOUT","id":1}', held, made.AT).frames[0],
    )
    assert WIRE.answer(MARKET, b"\xff", held, made.AT).topics == held


def test_sampling_keeps_the_largest_of_a_symbols_second() -> None:
    first = made.liquidated(BTC, quantity=0.1)
    big = made.liquidated(BTC, quantity=2.0, at=made.AT + 400 * MS)
    other = made.liquidated(COIN, quantity=0.2, at=made.AT + 500 * MS)
    later = made.liquidated(BTC, quantity=0.3, at=made.AT + 1000 * MS)
    batches = WIRE.batches([first, big, other, later])
    assert [(b.at - made.AT, b.liquidated, b.hidden) for b in batches] == [
        (SECOND, (big,), (first,)),
        (SECOND + 500 * MS, (other,), ()),
        (2 * SECOND, (later,), ()),
    ]


def test_client_subscribes_with_ascii_and_other_names() -> None:
    usdm, coinm = WIRE.sockets(made.AT)
    assert usdm.url == MARKET
    params = json.loads(usdm.hello[0])["params"]
    assert params[:2] == ["!forceOrder@arr", "!markPrice@arr@1s"]
    assert {"1000pepeusdt@aggTrade", "币安人生usdt@aggTrade"} <= set(params)
    assert "!forceOrder@arr" not in coinm.hello[0]  # both would count twice


def test_open_interest_is_shaped_as_documented() -> None:
    check(
        '{"openInterest":"10659.509","symbol":"BTCUSDT","time":1589437530011}',
        got("https://fapi.binance.com/fapi/v1/openInterest?symbol=BTCUSDT"),
    )
    check(
        '{"symbol":"BTCUSD_200626","pair":"BTCUSD","openInterest":"15004",'
        '"contractType":"CURRENT_QUARTER","time":1591261042378}',
        got("https://dapi.binance.com/dapi/v1/openInterest?symbol=BTCUSD_PERP"),
    )


def test_open_interest_history_is_shaped_as_documented() -> None:
    url = "https://fapi.binance.com/futures/data/openInterestHist?symbol=BTCUSDT&period=5m&limit=2"
    rows = got(url)
    check(
        '[{"symbol":"BTCUSDT","sumOpenInterest":"20403.63700000","sumOpenInterestValue":'
        '"150570784.07809979","timestamp":1583127900000}]',
        rows,
    )
    assert [row["timestamp"] % 300_000 for row in rows] == [0, 0]
    rows = got(
        "https://dapi.binance.com/futures/data/openInterestHist"
        "?pair=BTCUSD&contractType=PERPETUAL&period=5m"
    )
    check(
        '[{"pair":"BTCUSD","contractType":"CURRENT_QUARTER","sumOpenInterest":"20403",'
        '"sumOpenInterestValue":"176196512.23400000","timestamp":1591261042378}]',
        rows,
    )
    assert float(rows[0]["sumOpenInterest"]) == 100 * float(rows[0]["sumOpenInterestValue"]) * 8


def test_premium_is_shaped_as_documented() -> None:
    check(
        '{"symbol":"BTCUSDT","markPrice":"11793.63104562","indexPrice":"11781.80495970",'
        '"estimatedSettlePrice":"11781.16138815","lastFundingRate":"0.00038246","interestRate":'
        '"0.00010000","nextFundingTime":1597392000000,"time":1597370495002}',
        got("https://fapi.binance.com/fapi/v1/premiumIndex?symbol=BTCUSDT"),
    )
    check(
        '[{"symbol":"BTCUSD_PERP","pair":"BTCUSD","markPrice":"11029.69574559","indexPrice":'
        '"10979.14437500","estimatedSettlePrice":"10981.74168236","lastFundingRate":"0.00071003",'
        '"interestRate":"0.00010000","nextFundingTime":1596096000000,"time":1596094042000}]',
        got("https://dapi.binance.com/dapi/v1/premiumIndex"),
    )


def test_funding_is_shaped_as_documented() -> None:
    check(
        '[{"symbol":"BTCUSDT","fundingRate":"-0.03750000","fundingTime":1570608000000,"markPrice":'
        '"34287.54619963","rateType":"Regular"}]',
        got("https://fapi.binance.com/fapi/v1/fundingRate?symbol=BTCUSDT"),
    )
    check(
        '[{"symbol":"BTCUSD_PERP","fundingTime":1596038400000,"fundingRate":"-0.00300000"}]',
        got("https://dapi.binance.com/dapi/v1/fundingRate?symbol=BTCUSD_PERP"),
    )
    check(
        '[{"symbol":"BLZUSDT","adjustedFundingRateCap":"0.02500000","adjustedFundingRateFloor":'
        '"-0.02500000","fundingIntervalHours":8,"disclaimer":false}]',
        got("https://fapi.binance.com/fapi/v1/fundingInfo"),
    )


def test_klines_are_shaped_as_documented_and_ascend() -> None:
    rows = got("https://fapi.binance.com/fapi/v1/klines?symbol=BTCUSDT&interval=1m&limit=3")
    check(
        '[[1499040000000,"0.01634790","0.80000000","0.01575800","0.01577100","148976.11427815",'
        '1499644799999,"2434.19055334",308,"1756.87402397","28.46694368","17928899.62484339"]]',
        rows,
    )
    assert [row[0] - rows[0][0] for row in rows] == [0, 60_000, 120_000]
    assert rows[0][6] - rows[0][0] == 59_999
    row = got("https://dapi.binance.com/dapi/v1/klines?symbol=BTCUSD_PERP&interval=1m&limit=1")[0]
    check(
        '[1591258320000,"9640.7","9642.4","9640.6","9642.0","206",1591258379999,"2.13660389",48,'
        '"119","1.23424865","0"]',
        row,
    )
    assert row[7] == "5.00000000"  # base, where the volume counts contracts
    assert int(row[5]) == pytest.approx(5 * 80_060 / 100, rel=1e-3)


def test_klines_honour_times_limits_and_intervals() -> None:
    of = "https://fapi.binance.com/fapi/v1/klines?symbol=BTCUSDT"
    rows = got(f"{of}&interval=1m")
    since = rows[10][0]
    assert got(f"{of}&interval=1m&startTime={since}&limit=2") == rows[10:12]
    assert got(f"{of}&interval=1m&startTime={since}&endTime={since}") == rows[10:11]
    long = WIRE.rest(f"{of}&interval=1h&limit=2000", made.books(WIRE), made.AT)
    assert len(json.loads(long.body)) == 1
    merged = got(f"{of}&interval=5m")
    assert (merged[0][1], merged[0][4]) == (rows[0][1], rows[4][4])
    assert merged[0][5] == "25.000"


def test_instruments_have_the_documented_keys() -> None:
    info = got("https://fapi.binance.com/fapi/v1/exchangeInfo")
    assert [one["symbol"] for one in info["symbols"]][3:] == ["1000PEPEUSDT", "币安人生USDT"]
    assert info["symbols"][3]["baseAsset"] == "1000PEPE"
    check(
        '{"symbol":"BLZUSDT","pair":"BLZUSDT","contractType":"PERPETUAL",'
        '"deliveryDate":4133404800000,"onboardDate":1598252400000,"status":"TRADING",'
        '"maintMarginPercent":"2.5000","requiredMarginPercent":"5.0000","baseAsset":"BLZ",'
        '"quoteAsset":"USDT","marginAsset":"USDT","pricePrecision":5,"quantityPrecision":0,'
        '"baseAssetPrecision":8,"quotePrecision":8,"underlyingType":"COIN","underlyingSubType":[],'
        '"filters":[{"filterType":"PRICE_FILTER","tickSize":"0.0001"}]}',
        info["symbols"][0],
    )
    coin = got("https://dapi.binance.com/dapi/v1/exchangeInfo")["symbols"][0]
    check(
        '{"symbol":"BTCUSD_PERP","pair":"BTCUSD","contractType":"PERPETUAL",'
        '"deliveryDate":4133404800000,"onboardDate":1596006000000,"contractStatus":"TRADING",'
        '"contractSize":100,"marginAsset":"BTC","maintMarginPercent":"2.5000",'
        '"requiredMarginPercent":"5.0000","baseAsset":"BTC","quoteAsset":"USD","pricePrecision":1,'
        '"quantityPrecision":0,"baseAssetPrecision":8,"quotePrecision":8,"equalQtyPrecision":4,'
        '"filters":[{"filterType":"PRICE_FILTER","tickSize":"0.1"}]}',
        coin,
    )


def test_unknown_symbol_is_refused_in_the_venues_words() -> None:
    for url in (
        "https://fapi.binance.com/fapi/v1/openInterest?symbol=NOSUCHUSDT",
        "https://fapi.binance.com/fapi/v1/openInterest?symbol=BTCUSD_PERP",
        "https://fapi.binance.com/fapi/v1/nothing?symbol=BTCUSDT",
    ):
        reply = WIRE.rest(url, made.books(WIRE), made.AT)
        assert reply.status == 400
        assert json.loads(reply.body) == {"code": -1121, "msg": "Invalid symbol."}


def test_a_place_for_the_product_can_be_chosen() -> None:
    wire = Binance(st="absent")
    frame = next(iter(wire.frames(MARKET, [made.liquidated(BTC)], made.AT)))
    assert "st" not in json.loads(frame.body)["data"]["o"]


def test_past_trades_have_the_documented_keys() -> None:
    for one, product in ((BTC, "fapi"), (COIN, "dapi")):
        books = {one.symbol: structs.replace(made.book(one), trades=[made.traded(one)])}
        url = f"https://{product}.binance.com/{product}/v1/aggTrades?symbol={one.symbol}"
        improved = "" if one.inverse else '"nq":"100",'
        check(
            '[{"a":26129,"p":"0.01633102","q":"4.70443515",' + improved + '"f":27781,"l":27781,'
            '"T":1498793709153,"m":true}]',
            WIRE.rest(url, books, made.AT).body,
        )


def test_the_last_day_has_the_documented_keys() -> None:
    (usdm, *_), (coinm,) = (
        got("https://fapi.binance.com/fapi/v1/ticker/24hr"),
        got("https://dapi.binance.com/dapi/v1/ticker/24hr?symbol=BTCUSD_PERP"),
    )
    shared = (
        '"priceChange":"-94.9","priceChangePercent":"-95.960","weightedAvgPrice":"0.29628482",'
        '"lastPrice":"4.00000200","lastQty":"200.00000000","openPrice":"99.00000000","highPrice":'
        '"100.00000000","lowPrice":"0.10000000","volume":"8913.30000000","openTime":1499783499040,'
        '"closeTime":1499869899040,"firstId":28385,"lastId":28460,"count":76}'
    )
    check('{"symbol":"BTCUSDT","quoteVolume":"15.30000000",' + shared, usdm)
    check('{"symbol":"BTCUSD_PERP","pair":"BTCUSD","baseVolume":"1.5",' + shared, coinm)
    alone = got("https://fapi.binance.com/fapi/v1/ticker/24hr?symbol=BTCUSDT")
    assert alone == usdm
    assert (usdm["openPrice"], usdm["lastPrice"]) == ("78400.00", "80003.00")


def test_the_time_is_told() -> None:
    assert got("https://fapi.binance.com/fapi/v1/time") == {"serverTime": made.AT // MS}


def test_marks_of_one_symbol_come_each_second_or_each_three() -> None:
    told = topics(MARKET, made.ticker(BTC))
    assert told["btcusdt@markPrice@1s"].every == 0.0
    assert told["btcusdt@markPrice"].every == 3.0


def test_liquidations_are_counted_where_they_are_told() -> None:
    told = topics(MARKET, made.liquidated(BTC), made.traded(BTC))
    assert {name: frame.liquidated for name, frame in told.items()} == {
        "!forceOrder@arr": 1, "btcusdt@forceOrder": 1, "btcusdt@aggTrade": 0,
    }  # fmt: skip
