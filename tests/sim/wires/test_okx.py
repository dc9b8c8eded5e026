import json
from typing import Any

from msgspec import structs

from liqtui.model.market import Side
from liqtui.sim.printing import MS
from liqtui.sim.wire import SECOND, Frame, Happening
from liqtui.sim.wires import okx
from liqtui.sim.wires.okx import WIRE, WS, Okx
from tests.sim import made
from tests.sim.shapes import check

BTC = made.contract(WIRE, "BTC-USDT-SWAP")
COIN = made.contract(WIRE, "BTC-USD-SWAP")
PEPE = made.contract(WIRE, "PEPE-USDT-SWAP")
API = "https://www.okx.com/api/v5"


def frames(*happened: Happening) -> dict[str, Frame]:
    return {frame.topic: frame for frame in WIRE.frames(WS, happened, made.AT)}


def got(path: str) -> Any:
    reply = WIRE.rest(f"{API}/{path}", made.books(WIRE), made.AT)
    assert reply.status == 200
    body = json.loads(reply.body)
    assert (body["code"], body["msg"], set(body)) == ("0", "", {"code", "msg", "data"})
    return body["data"]


def said(frame: str, held: frozenset[str] = frozenset()) -> tuple[list[Any], frozenset[str]]:
    answer = WIRE.answer(WS, frame.encode(), held, made.AT)
    return [json.loads(body) for body in answer.frames], answer.topics


def test_liquidation_is_shaped_as_captured() -> None:
    check(
        '{"arg":{"channel":"liquidation-orders","instType":"SWAP"},"data":[{"details":[{"bkLoss":'
        '"0","bkPx":"82655.7","ccy":"","posSide":"long","side":"sell","sz":"8.55","ts":'
        '"1791565600771"}],"instFamily":"BTC-USDT","instId":"BTC-USDT-SWAP","instType":"SWAP",'
        '"uly":"BTC-USDT"}]}',
        frames(made.liquidated(BTC))["liquidation-orders:SWAP"].body,
    )


def test_sides_agree_and_the_price_is_the_fill() -> None:
    long, short = (
        okx.liquidation(made.liquidated(BTC, side))["data"][0]["details"][0] for side in Side
    )
    assert (long["posSide"], long["side"], long["bkPx"]) == ("long", "sell", "79920")
    assert (short["posSide"], short["side"], short["bkPx"]) == ("short", "buy", "80080")


def test_sizes_are_contracts() -> None:
    def size(one: Any) -> str:
        return str(okx.liquidation(one)["data"][0]["details"][0]["sz"])

    assert size(made.liquidated(BTC, quantity=0.0855)) == "8.55"
    assert size(made.liquidated(COIN, quantity=0.5)) == "400"
    assert size(made.liquidated(PEPE, quantity=5e6, price=4.5e-6)) == "0.5"


def test_everything_a_ticker_says_is_shaped_as_documented() -> None:
    told = frames(made.ticker(BTC))
    check(
        '{"arg":{"channel":"mark-price","instId":"WNCG-USDT-SWAP"},"data":[{"instId":'
        '"WNCG-USDT-SWAP","instType":"SWAP","markPx":"2.1729","ts":"1640131259180"}]}',
        told["mark-price:BTC-USDT-SWAP"].body,
    )
    check(
        '{"arg":{"channel":"index-tickers","instId":"BTC-USD"},"data":[{"instId":"BTC-USD",'
        '"idxPx":"64280","open24h":"63848.2","high24h":"64360.7","low24h":"63265.5","sodUtc0":'
        '"63465.3","sodUtc8":"64075.9","ts":"1785870839964"}]}',
        told["index-tickers:BTC-USDT"].body,
    )
    check(
        '{"arg":{"channel":"open-interest","instId":"BTC-USDT-SWAP"},"data":[{"instId":'
        '"BTC-USDT-SWAP","instType":"SWAP","oi":"2216113.01000000309","oiCcy":'
        '"22161.1301000000309","oiUsd":"1939251795.54769270396321","ts":"1743041250440"}]}',
        told["open-interest:BTC-USDT-SWAP"].body,
    )
    check(
        '{"arg":{"channel":"funding-rate","instId":"BTC-USD-SWAP"},"data":[{"formulaType":"noRate",'
        '"fundingRate":"0.0001875391284828","fundingTime":"1700726400000","impactValue":"",'
        '"instId":"BTC-USD-SWAP","instType":"SWAP","interestRate":"","method":"current_period",'
        '"maxFundingRate":"0.00375","minFundingRate":"-0.00375","nextFundingRate":"",'
        '"nextFundingTime":"1700755200000","premium":"0.0001233824646391","settFundingRate":'
        '"0.0001699799259033","settState":"settled","ts":"1700724675402"}]}',
        told["funding-rate:BTC-USDT-SWAP"].body,
    )
    assert [frame.every for frame in told.values()] == [0.2, 0.1, 0.1, 3.0, 60.0]


def test_interest_is_contracts_coins_and_dollars_of_one_side() -> None:
    row = okx.interest_row(made.ticker(BTC, oi=100.0).interest)
    assert (row["oi"], row["oiCcy"], row["oiUsd"]) == ("10000", "100", "8000000")
    row = okx.interest_row(made.ticker(COIN, oi=100.0).interest)
    assert (row["oi"], row["oiCcy"], row["oiUsd"]) == ("80000", "100", "8000000")


def test_funding_interval_is_the_step_between_its_times() -> None:
    row = okx.funding_row(made.ticker(BTC).marked)
    assert int(row["nextFundingTime"]) - int(row["fundingTime"]) == 8 * 3_600_000


def test_trade_is_shaped_as_documented() -> None:
    check(
        '{"arg":{"channel":"trades","instId":"BTC-USD"},"data":[{"instId":"BTC-USD","tradeId":'
        '"130639474","px":"42219.9","sz":"0.12060306","side":"buy","ts":"1630048897897",'
        '"count":"3"}]}',
        frames(made.traded(BTC))["trades:BTC-USDT-SWAP"].body,
    )


def test_other_paths_are_silent() -> None:
    assert not list(WIRE.frames("wss://ws.okx.com/ws/v5/business", [made.traded(BTC)], made.AT))


def test_ping_is_text() -> None:
    assert WIRE.answer(WS, b"ping", frozenset(), made.AT).frames == (b"pong",)


def test_each_argument_is_acknowledged() -> None:
    replies, topics = said(
        '{"id":"1512","op":"subscribe","args":[{"channel":"liquidation-orders","instType":"SWAP"},'
        '{"channel":"trades","instId":"BTC-USDT-SWAP"}]}'
    )
    for reply in replies:
        check('{"id":"1512","event":"subscribe","arg":{},"connId":"accb8e21"}', reply | {"arg": {}})
    assert topics == {"liquidation-orders:SWAP", "trades:BTC-USDT-SWAP"}
    replies, topics = said(
        '{"op":"unsubscribe","args":[{"channel":"trades","instId":"BTC-USDT-SWAP"}]}', topics
    )
    assert replies[0]["event"] == "unsubscribe"
    assert topics == {"liquidation-orders:SWAP"}


def test_liquidations_by_instrument_are_refused_and_the_rest_lives() -> None:
    replies, topics = said(
        '{"op":"subscribe","args":[{"channel":"liquidation-orders","instId":"BTC-USDT-SWAP"},'
        '{"channel":"mark-price","instId":"BTC-USDT-SWAP"}]}'
    )
    check(
        '{"event":"error","msg":"Wrong URL or channel","code":"60018","connId":"439535f1"}',
        replies[0],
    )
    assert "channel:liquidation-orders,instId:BTC-USDT-SWAP doesn't exist" in replies[0]["msg"]
    assert (replies[0]["code"], replies[1]["event"]) == ("60018", "subscribe")
    assert topics == {"mark-price:BTC-USDT-SWAP"}


def test_nonsense_is_an_invalid_request() -> None:
    replies, _ = said('{"op": "subscribe", "argss":[]}')
    assert replies == [
        {
            "event": "error",
            "code": "60012",
            "msg": 'Invalid request: {"op": "subscribe", "argss":[]}',
            "connId": "a4d3ae55",
        }
    ]


def test_client_subscribes_to_everything_at_once() -> None:
    (socket,) = WIRE.sockets(made.AT)
    assert (socket.url, socket.ping) == ("wss://ws.okx.com/ws/v5/public", "ping")
    replies, topics = said(socket.hello[0])
    assert all(reply["event"] == "subscribe" for reply in replies)
    assert "liquidation-orders:SWAP" in topics
    assert {f"trades:{one.symbol}" for one in WIRE.contracts} < topics


def test_each_liquidation_goes_out_at_once() -> None:
    happened = [made.liquidated(BTC, at=made.AT + ms * MS) for ms in (0, 0, 7)]
    batches = WIRE.batches(happened)
    assert [batch.at for batch in batches] == [one.at for one in happened]
    assert all(len(batch.liquidated) == 1 for batch in batches)


def test_instruments_have_the_documented_keys() -> None:
    rows = {row["instId"]: row for row in got("public/instruments?instType=SWAP")}
    check(
        '{"alias":"","ctMult":"1","ctType":"linear","ctVal":"0.1","ctValCcy":"ETH","instFamily":'
        '"ETH-USDT","instId":"ETH-USDT-SWAP","instType":"SWAP","lever":"100","listTime":'
        '"1573557408000","lotSz":"0.01","minSz":"0.01","ruleType":"normal","settleCcy":"USDT",'
        '"state":"live","tickSz":"0.01","uly":"ETH-USDT"}',
        rows["ETH-USDT-SWAP"],
    )
    coin = rows["BTC-USD-SWAP"]
    assert (coin["ctType"], coin["ctVal"], coin["ctValCcy"], coin["settleCcy"]) == (
        "inverse",
        "100",
        "USD",
        "BTC",
    )
    assert rows["PEPE-USDT-SWAP"]["ctVal"] == "10000000"


def test_tiers_are_bounded_in_contracts() -> None:
    path = "public/position-tiers?instType=SWAP&tdMode=cross&instFamily="
    rows = got(f"{path}BTC-USDT")
    check(
        '{"baseMaxLoan":"50","imr":"0.1","instId":"BTC-USDT","maxLever":"10","maxSz":"50","minSz":'
        '"0","mmr":"0.03","optMgnFactor":"0","quoteMaxLoan":"500000","tier":"1","uly":"",'
        '"instFamily":""}',
        rows[0],
    )
    assert (rows[0]["minSz"], rows[0]["maxSz"], rows[1]["minSz"]) == ("0", "2500", "2500")
    assert got(f"{path}BTC-USD")[0]["maxSz"] == "20000"


def test_present_state_of_all_or_of_one() -> None:
    rows = got("public/open-interest?instType=SWAP")
    check(
        '{"instType":"SWAP","instId":"BTC-USDT-SWAP","oi":"5000","oiCcy":"555.55","oiUsd":"50000",'
        '"ts":"1597026383085"}',
        rows[0],
    )
    assert len(rows) == len(WIRE.contracts)
    (row,) = got("public/mark-price?instType=SWAP&instId=BTC-USDT-SWAP")
    check(
        '{"instType":"SWAP","instId":"BTC-USDT-SWAP","markPx":"84660.1","ts":"1744590349506"}', row
    )
    assert got("public/funding-rate?instId=BTC-USDT-SWAP")[0]["instId"] == "BTC-USDT-SWAP"


def test_interest_history_is_newest_first() -> None:
    path = "rubik/stat/contracts/open-interest-history?instId=BTC-USDT-SWAP&period=5m"
    rows = got(f"{path}&limit=2")
    check('["1790550000000","2800476.45","28006.5419","2360916466.88"]', rows[0])
    newer, older = (int(row[0]) for row in rows)
    assert newer - older == 300_000
    assert got(f"{path}&begin={older - 1}&end={newer}") == rows[1:]


def test_candles_are_newest_first_and_honour_their_bounds() -> None:
    path = "market/candles?instId=BTC-USDT-SWAP&bar=1m"
    rows = got(f"{path}&limit=3")
    check(
        '["1747094040000","102806.1","102820.4","102806.1","102820.4","1040.37","10.4037",'
        '"1069603.34883","1"]',
        rows[0],
    )
    assert (rows[0][5], rows[0][6]) == ("500", "5")
    newest, _, oldest = (int(row[0]) for row in rows)
    assert got(f"{path}&before={oldest}&after={newest}") == rows[1:2]
    assert len(got("market/history-candles?instId=BTC-USDT-SWAP&bar=5m")) == 12


def test_settled_funding_is_shaped_as_documented() -> None:
    check(
        '{"instType":"SWAP","instId":"BTC-USDT-SWAP","fundingRate":"0.0001515032","realizedRate":'
        '"0.00015","fundingTime":"1704067200000"}',
        got("public/funding-rate-history?instId=BTC-USDT-SWAP")[0],
    )


def test_unknown_instrument_has_a_code() -> None:
    reply = WIRE.rest(f"{API}/market/candles?instId=NO-SUCH-SWAP", made.books(WIRE), made.AT)
    assert json.loads(reply.body)["code"] == "51001"


def test_pages_cover_the_past_without_overlap() -> None:
    since, until = made.AT - made.AT % made.HOUR - made.HOUR, made.AT - made.AT % made.HOUR
    urls = WIRE.past(BTC, since, until + 5 * 60 * SECOND, 1)
    books = {BTC.symbol: made.book(BTC)}
    bars = [
        row[0]
        for url in urls
        if "candles" in url
        for row in json.loads(WIRE.rest(url, books, made.AT).body)["data"]
    ]
    assert bars == [str(bar.at // MS) for bar in reversed(books[BTC.symbol].bars)]


def test_past_trades_have_the_documented_keys() -> None:
    books = {BTC.symbol: structs.replace(made.book(BTC), trades=[made.traded(BTC)])}
    url = f"{API}/market/trades?instId=BTC-USDT-SWAP"
    (row,) = json.loads(WIRE.rest(url, books, made.AT).body)["data"]
    check(
        '{"instId":"ETH-BTC","side":"sell","sz":"0.119501","px":"0.07065","tradeId":"15826757",'
        '"ts":"1621446178316"}',
        row,
    )
    assert (row["px"], row["sz"], row["side"]) == ("80000", "25", "sell")


def test_the_last_day_has_the_documented_keys() -> None:
    (row,) = got("market/ticker?instId=BTC-USDT-SWAP")
    check(
        '{"instType":"SWAP","instId":"LTC-USD-SWAP","last":"9999.99","lastSz":"1","askPx":'
        '"9999.99","askSz":"11","bidPx":"8888.88","bidSz":"5","open24h":"9000","high24h":"10000",'
        '"low24h":"8888.88","volCcy24h":"2222","vol24h":"2222","sodUtc0":"0.1","sodUtc8":"0.1",'
        '"ts":"1597026383085"}',
        row,
    )
    assert (row["vol24h"], row["volCcy24h"], row["last"]) == ("9000", "90", "80003")
    assert row in got("market/tickers?instType=SWAP")
    pushed = json.loads(frames(made.ticker(BTC))["tickers:BTC-USDT-SWAP"].body)
    assert pushed["data"] == [row]
    ask = '{"op":"subscribe","args":[{"channel":"tickers","instId":"BTC-USDT-SWAP"}]}'
    assert said(ask)[1] == {"tickers:BTC-USDT-SWAP"}


def test_the_time_is_told() -> None:
    assert got("public/time") == [{"ts": str(made.AT // MS)}]


def test_liquidations_may_share_a_message() -> None:
    happened = [made.liquidated(BTC, at=made.AT + n * MS) for n in range(3)]
    (frame,) = Okx(together=True).frames(WS, happened, made.AT)
    assert frame.liquidated == 3
    details = json.loads(frame.body)["data"][0]["details"]
    assert [int(one["ts"]) - made.AT // MS for one in details] == [2, 1, 0]
    assert {one["posSide"] for one in details} == {"net"}
    assert [one.liquidated for one in WIRE.frames(WS, happened, made.AT)] == [1, 1, 1]
