"""What is peculiar to Binance's sockets; ``docs/venues-core.md`` 0 numbers the traps."""

from typing import Any

import pytest

from liqtui.model.events import (
    Funding,
    Liquidation,
    MarkPrice,
    OpenInterest,
    Trade,
)
from liqtui.model.market import Coverage, FundingKind, PriceKind, Side, Taker
from liqtui.protocol.facts import Facts
from liqtui.protocol.items import Ack, Malformed, Pong, Rejected
from liqtui.protocol.numbers import DAY
from liqtui.venues.binance import VENUE
from tests.venues.binance_frames import (
    DAPI,
    DSTREAM,
    FSTREAM,
    MS,
    SEEN,
    T,
    answer,
    body,
    coinm,
    forced,
    liquidation,
    listed,
    marked,
    receive,
    streams,
    topics,
    traded,
)

# Traps 1 and 2: routes.


def test_usdm_streams_use_the_market_route_with_a_canary_on_the_same_socket() -> None:
    stream = streams(["usdm"])["usdm"]
    assert stream.url == "wss://fstream.binance.com/market/ws"
    assert set(topics(stream)) == {"!forceOrder@arr", "!markPrice@arr@1s"}
    assert stream.canary == (MarkPrice,)
    assert stream.max_frame == 8 << 20
    assert stream.quiet <= 10.0


def test_no_stream_of_usdm_leaves_the_market_route() -> None:
    for stream in streams(["usdm", "coinm"], ["BTC", "ETH"]).values():
        routed = "/market/" in stream.url
        assert routed == stream.url.startswith("wss://fstream.binance.com")


def test_coinm_is_not_routed() -> None:
    assert streams(["coinm"])["coinm"].url == "wss://dstream.binance.com/ws"


# Trap 3: one merged feed of liquidations.


@pytest.mark.parametrize(
    ("markets", "host"),
    [(["usdm", "coinm"], "fstream"), (["usdm"], "fstream"), (["coinm"], "dstream")],
)
def test_liquidations_are_subscribed_once(markets: list[str], host: str) -> None:
    holders = [s for s in streams(markets, ["BTC"]).values() if "!forceOrder@arr" in topics(s)]
    assert [host in stream.url for stream in holders] == [True]


def test_a_coinm_row_on_fstream_is_counted_in_contracts() -> None:
    row = forced("BTCUSD_PERP", p="76500", ap="76800", z="2304", st=2)
    event = liquidation(row)
    assert event.notional == 230_400.0
    assert event.quantity == pytest.approx(3.0)
    assert event.instrument.market == "coinm"


@pytest.mark.parametrize(("market", "kept"), [("usdm", "BTCUSDT"), ("coinm", "BTCUSD_PERP")])
def test_the_market_that_is_not_wanted_is_passed_over(market: str, kept: str) -> None:
    session = VENUE.at({}, [market]).session(FSTREAM, listed())
    rows = [forced("BTCUSDT", st=1), forced("BTCUSD_PERP", st=2)]
    (event,) = session.receive(body(rows), SEEN)
    assert isinstance(event, Liquidation)
    assert event.instrument.symbol == kept


# Trap 4: where ``st`` stands.


@pytest.mark.parametrize("where", ["order", "top", "nowhere"])
@pytest.mark.parametrize(("symbol", "market"), [("BTCUSDT", "usdm"), ("BTCUSD_PERP", "coinm")])
@pytest.mark.parametrize("known", [True, False])
def test_the_market_of_a_row(where: str, symbol: str, market: str, known: bool) -> None:
    product = 1 if market == "usdm" else 2
    frame = forced(symbol, z="3", st=product if where == "order" else None)
    if where == "top":
        frame["st"] = product
    event = liquidation(frame, facts=None if known else Facts())
    assert event.instrument.market == market
    if market == "usdm":
        assert (event.quantity, event.notional) == (3.0, 240_000.0)
    elif known:
        assert event.notional == 300.0
    else:
        assert (event.quantity, event.notional) == (None, None)


@pytest.mark.parametrize("where", ["order", "top"])
@pytest.mark.parametrize(("product", "market"), [(1, "usdm"), (2, "coinm")])
def test_st_decides_for_a_symbol_without_a_known_form(
    where: str, product: int, market: str
) -> None:
    frame = forced("STRANGE", st=product if where == "order" else None)
    if where == "top":
        frame["st"] = product
    other = DSTREAM if market == "usdm" else FSTREAM
    assert liquidation(frame, other).instrument.market == market


@pytest.mark.parametrize(("symbol", "market"), [("NEWUSDT", "usdm"), ("NEWUSD_PERP", "coinm")])
def test_the_form_decides_before_the_connection(symbol: str, market: str) -> None:
    other = DSTREAM if market == "usdm" else FSTREAM
    assert liquidation(forced(symbol), other).instrument.market == market


def test_st_2_overrules_a_symbol_known_as_usdm_and_guesses_no_size() -> None:
    event = liquidation(forced("BTCUSDT", st=2))
    assert event.instrument.market == "coinm"
    assert (event.quantity, event.notional) == (None, None)


def test_the_documents_st_1_on_coinm_does_not_make_contracts_coins() -> None:
    event = liquidation({**forced("BTCUSD_200925", z="1"), "st": 1})
    assert event.instrument.market == "coinm"
    assert event.quantity is None


def test_an_underscore_is_not_coinm() -> None:
    for facts in (listed(), Facts()):
        event = liquidation(forced("BTCUSDT_261225"), facts=facts)
        assert event.instrument.market == "usdm"
        assert not event.instrument.perpetual
        assert event.notional == 40_000.0


@pytest.mark.parametrize(
    ("url", "argument", "market"),
    [
        ("wss://fstream.binance.com/market/stream?streams=a", "", "usdm"),
        ("wss://fstream.binance.com/ws", "", "usdm"),
        ("wss://dstream.binance.com/stream", "usdm", "coinm"),
        ("ws://127.0.0.1:9/market/ws", "coinm", "usdm"),
        ("", "coinm", "coinm"),
        ("", "", "usdm"),
    ],
)
def test_the_connection_decides_last(url: str, argument: str, market: str) -> None:
    session = VENUE.session(url, Facts(), argument)
    (event,) = session.receive(body(forced("STRANGE")), SEEN)
    assert isinstance(event, Liquidation)
    assert event.instrument.market == market


# Trap 5: sampling.


def test_liquidations_are_a_sample_and_say_so() -> None:
    for facts in (listed(), Facts()):
        instrument = liquidation(forced(), facts=facts).instrument
        assert instrument.coverage is Coverage.SAMPLED
        assert instrument.sampling is not None
        assert (instrument.sampling.window_s, instrument.sampling.pick) == (1.0, "largest")
    assert all("sampled" in row.liquidations for row in VENUE.capabilities)


# Trap 6: side, price, quantity.


@pytest.mark.parametrize(("side", "closed"), [("SELL", Side.LONG), ("BUY", Side.SHORT)])
def test_the_side_is_the_orders_and_closes_the_opposite(side: str, closed: Side) -> None:
    assert liquidation(forced(S=side)).side is closed


def test_the_price_is_the_fill_and_the_quantity_all_of_it() -> None:
    event = liquidation(forced())
    assert (event.price, event.price_kind) == (80_000.0, PriceKind.FILL)
    assert (event.quantity, event.notional) == (0.5, 40_000.0)
    assert event.at == T * MS


@pytest.mark.parametrize("fill", ["0", "0.00000", "", None])
def test_without_a_fill_the_price_is_the_orders(fill: str | None) -> None:
    event = liquidation(forced(ap=fill))
    assert (event.price, event.price_kind) == (79_800.0, PriceKind.ORDER)


def test_without_any_price_there_is_no_liquidation() -> None:
    assert isinstance(receive(forced(ap="0", p="0"))[0], Malformed)


def test_a_scaled_symbol_keeps_its_dollars() -> None:
    event = liquidation(forced("1000PEPEUSDT", ap="0.0091", z="500000"))
    assert event.instrument.base == "PEPE"
    assert event.price == pytest.approx(9.1e-6)
    assert event.quantity == 500_000_000.0
    assert event.notional == pytest.approx(4_550.0)


def test_what_is_not_quoted_in_dollars_has_no_notional() -> None:
    event = liquidation(forced("ETHBTC", ap="0.0365", z="3"))
    assert (event.quantity, event.notional) == (3.0, None)
    past = {"symbol": "ETHBTC", "sumOpenInterest": "9", "sumOpenInterestValue": "1", "timestamp": T}
    (interest,) = answer("https://fapi.binance.com/futures/data/openInterestHist", [past])
    assert isinstance(interest, OpenInterest)
    assert (interest.quantity, interest.notional) == (9.0, None)


def test_a_chinese_symbol_is_a_symbol_and_an_escape_is_not() -> None:
    assert liquidation(forced("币安人生USDT")).instrument.base == "币安人生"
    assert isinstance(receive(forced("\x1b[2JUSDT"))[0], Malformed)


# Frames.


@pytest.mark.parametrize("row", [forced(st=1), traded(), marked()])
def test_bare_enveloped_and_in_an_array_it_is_the_same(row: dict[str, Any]) -> None:
    bare = receive(row)
    assert bare
    for frame in ([row], {"stream": "x", "data": row}, {"stream": "x", "data": [row]}):
        assert receive(frame) == bare
    assert receive(dict(reversed(row.items()))) == bare
    assert receive(b"  " + body(row)) == bare


@pytest.mark.parametrize("wrap", [False, True])
def test_a_bad_row_does_not_cost_its_neighbours(wrap: bool) -> None:
    rows = [marked(T=0), marked(p="NaN"), {"e": "new"}, 7, {"e": "24hrTicker"}, marked(T=0)]
    items = receive({"stream": "x", "data": rows} if wrap else rows)
    assert sorted(type(item).__name__ for item in items) == [
        "Malformed",
        "Malformed",
        "MarkPrice",
        "MarkPrice",
        "Unknown",
    ]


@pytest.mark.parametrize(
    "kind", ["24hrTicker", "24hrMiniTicker", "bookTicker", "depthUpdate", "kline", "contractInfo"]
)
def test_known_kinds_without_use_yield_nothing(kind: str) -> None:
    assert receive({"e": kind, "E": T, "s": "BTCUSDT"}) == []


@pytest.mark.parametrize("ahead", [2 * DAY, 400 * DAY])
@pytest.mark.parametrize("make", ["forceOrder", "aggTrade", "markPriceUpdate"])
def test_what_comes_from_the_future_is_malformed(ahead: int, make: str) -> None:
    late = T + ahead // MS
    frame = {
        "forceOrder": forced(T=late),
        "aggTrade": traded(T=late),
        "markPriceUpdate": marked(E=late, T=late + 1),
    }[make]
    assert [type(item) for item in receive(frame)] == [Malformed]
    unseen = VENUE.session(FSTREAM, listed()).receive(body(frame), 0)
    assert not isinstance(next(iter(unseen)), Malformed)


def test_envelopes_in_envelopes_are_not_followed() -> None:
    frame: object = marked()
    for _ in range(300):
        frame = {"data": frame}
    assert receive(frame) == [Malformed("nested")]


def test_control_messages_name_the_topics_asked_for() -> None:
    session = streams(["usdm"])["usdm"].session()
    asked = ["!forceOrder@arr", "!markPrice@arr@1s"]
    assert session.receive(b'{"result":null,"id":1}', SEEN) == [Ack(topic) for topic in asked]
    refusal = b'{"error":{"code":2,"msg":"Invalid request: invalid stream"},"id":1}'
    words = "Invalid request: invalid stream (code 2)"
    assert session.receive(refusal, SEEN) == [Rejected(topic, words) for topic in asked]
    assert list(session.receive(b'{"result":["btcusdt@aggTrade"],"id":3}', SEEN)) == [Pong()]
    assert session.receive(b'{"result":null,"id":"a"}', SEEN) == [Ack("request a")]


def test_subscriptions_fit_the_ten_messages_a_second() -> None:
    facts = listed()
    rows = [coinm(f"C{number}USD_PERP", f"C{number}", 10) for number in range(120)]
    list(VENUE.read(f"{DAPI}/exchangeInfo", body({"symbols": rows}), SEEN, facts))
    (stream,) = (s for s in VENUE.streams(facts, []) if s.name == "coinm")
    assert len(stream.hello(SEEN)) == 3
    assert len(topics(stream)) == len(stream.topics) > 120
    assert 1 / stream.pace <= 5
    assert stream.lifetime == 86_400


# Trades and marks.


@pytest.mark.parametrize(("maker", "taker"), [(True, Taker.SELL), (False, Taker.BUY)])
def test_the_taker_is_not_the_maker(maker: bool, taker: Taker) -> None:
    (event,) = receive(traded(m=maker))
    assert isinstance(event, Trade)
    assert event.taker is taker


def test_a_coinm_trade_of_unknown_size_has_no_quantity() -> None:
    (known,) = receive(traded("BTCUSD_PERP", q="8"))
    (unknown,) = receive(traded("BTCUSD_200626", q="8"))
    assert isinstance(known, Trade)
    assert isinstance(unknown, Trade)
    assert known.quantity == pytest.approx(0.01)
    assert unknown.quantity is None


@pytest.mark.parametrize(
    ("origin", "count"), [("MARKET", 1), ("RPI", 1), ("INSURANCE_FUND", 0), ("ADL", 0), ("NA", 0)]
)
def test_takeovers_are_no_trades(origin: str, count: int) -> None:
    price = "0" if origin == "NA" else "80000"
    assert len(receive(traded(e="trade", X=origin, p=price))) == count


def test_an_impossible_single_trade_is_malformed() -> None:
    assert isinstance(receive(traded(e="trade", p="0"))[0], Malformed)


def test_trades_are_subscribed_for_watched_perpetuals_in_dollars() -> None:
    wanted = streams(["usdm", "coinm"], ["BTC", "ETH"])
    assert set(topics(wanted["usdm-trades"])) == {
        f"{name}@{kind}" for name in ("btcusdt", "ethusdt") for kind in ("aggTrade", "markPrice@1s")
    }
    assert "btcusd_perp@aggTrade" in topics(wanted["coinm-trades"])
    assert set(wanted) == {"usdm", "coinm", "usdm-trades", "coinm-trades"}
    assert set(streams(["usdm", "coinm"])) == {"usdm", "coinm"}


def test_a_mark_carries_the_running_estimate_of_funding() -> None:
    mark, funding = receive(marked())
    assert isinstance(mark, MarkPrice)
    assert isinstance(funding, Funding)
    assert (mark.price, mark.index) == (80_010.5, 80_005.0)
    assert (funding.rate, funding.interval_hours) == (0.0001, 8.0)
    assert funding.due == (T + 3_600_000) * MS
    assert funding.kind is FundingKind.ESTIMATED


@pytest.mark.parametrize("more", [{"r": "", "T": 0}, {"r": "0.00000000", "T": 0}, {"r": ""}])
def test_delivery_contracts_have_no_funding(more: dict[str, Any]) -> None:
    assert [type(item) for item in receive(marked("BTCUSDT_261225", **more))] == [MarkPrice]


@pytest.mark.parametrize("index", ["", "0.00000000", None])
def test_an_index_that_is_not_there_is_unknown(index: str | None) -> None:
    mark = receive(marked(i=index))[0]
    assert isinstance(mark, MarkPrice)
    assert mark.index is None


@pytest.mark.parametrize("due", [T + 40 * DAY // MS, T - 2 * DAY // MS, 5, -1])
def test_funding_that_cannot_be_due_is_malformed(due: int) -> None:
    assert [type(item) for item in receive(marked(T=due))] == [Malformed]
