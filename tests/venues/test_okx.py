"""OKX sockets: every trap of docs/venues-core.md 0 that concerns them, and what else may come."""

import json

import msgspec
import pytest

from liqtui.model.events import (
    Funding,
    Liquidation,
    MarkPrice,
    OpenInterest,
    Trade,
)
from liqtui.model.market import ContractKind, Coverage, FundingKind, PriceKind, Side, Taker, Unit
from liqtui.protocol.items import Ack, Closing, Malformed, Pong, Rejected, Unknown
from liqtui.protocol.venue import Venue
from liqtui.venues import shipped
from liqtui.venues.okx import VENUE
from tests.venues.okx_frames import (
    HOUR,
    SEEN,
    SOCKET,
    T,
    detail,
    liquidated,
    mark,
    of,
    one,
    push,
    rate,
    read,
    receive,
    trade,
    wire,
)


def test_it_is_a_venue() -> None:
    venue: Venue = VENUE
    assert (venue.name, venue.title, venue.tag, venue.markets) == ("okx", "OKX", "OKX", ("swap",))


# Fact 12: liquidation-orders takes instType only; one subscription is all swaps.


def test_liquidations_of_all_swaps_are_one_topic_by_type() -> None:
    everything = VENUE.streams(shipped("okx"), [])[0]
    (frame,) = everything.hello(SEEN)
    args = json.loads(frame)["args"]
    wanted = [arg for arg in args if arg["channel"] == "liquidation-orders"]
    assert wanted == [{"channel": "liquidation-orders", "instType": "SWAP"}]


@pytest.mark.parametrize(
    ("said", "topic"),
    [
        (
            "Wrong URL or channel:liquidation-orders,instId:BTC-USDT-SWAP doesn't exist.",
            "liquidation-orders:BTC-USDT-SWAP",
        ),
        ('Invalid: {"args":[{ "channel" : "trades", "instId" : "X-SWAP"}]}', "trades:X-SWAP"),
        ("Requests too frequent", ""),
    ],
)
def test_a_refusal_is_shown_in_its_own_words(said: str, topic: str) -> None:
    frame = wire({"event": "error", "code": "60018", "msg": said, "connId": "a"})
    assert receive(frame) == [Rejected(topic, said)]


def test_a_refusal_may_name_its_topic_apart() -> None:
    arg = {"channel": "trades", "instId": "X-USDT-SWAP"}
    frame = wire({"event": "error", "arg": arg, "msg": "No.", "code": "60018", "connId": "a"})
    assert receive(frame) == [Rejected("trades:X-USDT-SWAP", "No.")]


def test_an_ack_is_called_as_the_stream_calls_its_topic() -> None:
    arg = {"channel": "liquidation-orders", "instType": "SWAP"}
    ack = one(Ack, receive(wire({"event": "subscribe", "arg": arg, "connId": "a"})))
    assert ack.topic in VENUE.streams(shipped("okx"), [])[0].topics


# Fact 13: port 8443 is retired.


def test_the_socket_is_at_the_standard_port() -> None:
    for stream in VENUE.streams(shipped("okx"), ["BTC"]):
        assert stream.url == SOCKET


# Fact 14: the order's side, net mode, bkPx is a fill, sz counts contracts.


@pytest.mark.parametrize(
    ("pos_side", "side", "closed"),
    [
        ("long", "sell", Side.LONG),
        ("short", "buy", Side.SHORT),
        ("net", "sell", Side.LONG),
        ("net", "buy", Side.SHORT),
    ],
)
def test_the_position_is_told_from_the_order(pos_side: str, side: str, closed: Side) -> None:
    frame = liquidated("BTC-USDT-SWAP", detail(posSide=pos_side, side=side))
    assert one(Liquidation, receive(frame)).side is closed


def test_linear_contracts_become_coins_at_a_fill_price() -> None:
    found = one(Liquidation, receive(liquidated("BTC-USDT-SWAP", detail())))
    assert found.price_kind is PriceKind.FILL is found.instrument.liquidation_price
    assert found.price == 82655.5
    assert found.quantity == pytest.approx(0.085)
    assert found.notional == pytest.approx(8.5 * 0.01 * 82655.5)
    assert found.instrument.coverage is Coverage.PARTIAL


def test_inverse_contracts_are_dollars() -> None:
    found = one(Liquidation, receive(liquidated("BTC-USD-SWAP", detail(sz="25", bkPx="80000"))))
    assert found.notional == 2500.0
    assert found.quantity == pytest.approx(2500 / 80000)


def test_an_unlisted_contract_has_no_quantity_but_a_side() -> None:
    frame = liquidated("GHOST-USDT-SWAP", detail(bkPx="1.5"))
    found = one(Liquidation, receive(frame))
    assert (found.quantity, found.notional, found.instrument.base) == (None, None, "GHOST")
    assert one(Trade, receive(push("trades", trade("GHOST-USDT-SWAP")))).quantity is None


@pytest.mark.parametrize(
    ("name", "kind", "unit"),
    [
        ("GHOST-USD-SWAP", ContractKind.INVERSE, Unit.QUOTE),
        ("GHOST-USD_UM-SWAP", ContractKind.LINEAR, Unit.BASE),
        ("GHOST-USD_CM-261225", ContractKind.INVERSE, Unit.QUOTE),
        ("GHOST-USDC-SWAP", ContractKind.LINEAR, Unit.BASE),
    ],
)
def test_a_name_tells_how_profit_is_paid(name: str, kind: ContractKind, unit: Unit) -> None:
    told = one(Trade, receive(push("trades", trade(name)))).instrument
    assert (told.kind, told.contract_unit, told.base) == (kind, unit, "GHOST")
    assert told.coverage is Coverage.PARTIAL


# Fact 15: silence for 30 s is the end; text ping, text pong.


def test_it_pings_in_time_and_knows_the_answer() -> None:
    for stream in VENUE.streams(shipped("okx"), ["BTC"]):
        assert stream.heartbeat is not None
        assert stream.heartbeat.every < 30
        assert stream.heartbeat.frame(SEEN) == "ping"
    assert receive(b"pong") == [Pong()]


def test_an_announced_end_is_told() -> None:
    frame = wire({"event": "notice", "code": "64008", "msg": "Closing soon.", "connId": "a"})
    assert receive(frame) == [Closing("Closing soon.")]
    other = wire({"event": "notice", "code": "64999", "msg": "Hello.", "connId": "a"})
    assert receive(other) == [Unknown("event notice 64999")]


@pytest.mark.parametrize("event", ["unsubscribe", "channel-conn-count"])
def test_other_words_of_control_are_nothing(event: str) -> None:
    assert receive(wire({"event": event, "connId": "a"})) == []


# More of the liquidation feed (4.3).


def test_all_details_of_all_rows_in_any_order_of_time() -> None:
    rows = [
        {"instId": "BTC-USDT-SWAP", "details": [detail(), detail(ts=str(T - 480_000)), detail()]},
        {"instId": "ETH-USDT-SWAP", "details": [detail(bkPx="3000", ts=str(T + 900))]},
    ]
    found = of(Liquidation, receive(push("liquidation-orders", *rows, instType="SWAP")))
    assert [event.at // 1_000_000 - T for event in found] == [-150, -480_000, -150, 900]
    assert [event.instrument.base for event in found] == ["BTC", "BTC", "BTC", "ETH"]


def test_a_bad_detail_costs_itself_only() -> None:
    bad = [detail(bkPx=""), detail(sz="-1"), detail(posSide="both"), detail(ts=str(T + 10**9))]
    items = receive(liquidated("BTC-USDT-SWAP", detail(), *bad, 7, detail(sz="1")))
    assert [type(item) for item in items] == [Liquidation, *[Malformed] * 5, Liquidation]


def test_reference_rows_of_the_rest_form_are_skipped() -> None:
    row = {"instId": "BTC-USDT-SWAP", "uly": "BTC-USDT", "details": [detail(), detail(sz="2")]}
    path = "public/liquidation-orders?instType=SWAP&uly=BTC-USDT&state=filled"
    items = read(path, row, {"$ref": "$.data[0]"}, {"$ref": "$.data[0]"})
    assert [event.quantity for event in of(Liquidation, items)] == pytest.approx([0.085, 0.02])
    assert len(items) == 2


# The watched channels (4.4).


def test_trades_are_counted_in_contracts() -> None:
    rows = [trade(), trade("BTC-USD-SWAP", px="80000", side="sell")]
    linear, inverse = of(Trade, receive(push("trades", *rows)))
    assert [linear.taker, inverse.taker] == [Taker.BUY, Taker.SELL]
    assert [linear.quantity, inverse.quantity] == pytest.approx([0.07, 700 / 80000])


@pytest.mark.parametrize("name", ["BTC-USDT", "BTC-USD-260925-40000-C"])
def test_spot_and_options_are_nothing(name: str) -> None:
    assert receive(push("trades", trade(name)), push("mark-price", mark(name))) == []


def test_a_bad_row_costs_itself_only() -> None:
    rows = [trade(), trade(px="0"), {"instId": 3}, trade("a b-USDT-SWAP"), trade(sz="2")]
    items = receive(push("trades", *rows))
    assert len(of(Trade, items)) == 2
    assert len(of(Malformed, items)) == 3
    found = receive(push("mark-price", mark(px="NaN"), mark()))
    assert [type(item) for item in found] == [MarkPrice, Malformed]


def test_a_time_to_come_is_no_time() -> None:
    later = str(T + 2 * 24 * HOUR)
    frame = push("trades", trade(ts=later))
    assert of(Malformed, receive(frame))
    assert one(Trade, receive(frame, seen=0)).seen == 0
    assert of(Malformed, receive(push("mark-price", {**mark(), "ts": later})))


def test_the_index_belongs_to_its_swaps_and_to_one_connection() -> None:
    indices = push("index-tickers", {"instId": "BTC-USD", "idxPx": "82600", "ts": str(T)})
    names = ("BTC-USD-SWAP", "BTC-USD_UM-SWAP", "BTC-USDT-SWAP")
    marks = push("mark-price", *(mark(name) for name in names))
    found = of(MarkPrice, receive(indices, marks))
    assert [event.index for event in found] == [82600.0, 82600.0, None]
    assert [event.index for event in of(MarkPrice, receive(marks))] == [None] * 3


def test_open_interest_is_coins_of_one_side() -> None:
    row = {"instId": "BTC-USDT-SWAP", "oi": "1000", "oiCcy": "10", "oiUsd": "826500", "ts": str(T)}
    found = one(OpenInterest, receive(push("open-interest", row)))
    assert (found.quantity, found.notional) == (10.0, 826500.0)


def test_open_interest_of_inverse_contracts_has_a_face() -> None:
    row = {"instId": "BTC-USD-SWAP", "oi": "1000", "oiCcy": "1.2", "ts": str(T)}
    linear = {**row, "instId": "BTC-USDT-SWAP"}
    inverse, unknown = of(OpenInterest, receive(push("open-interest", row, linear)))
    assert (inverse.notional, inverse.face, unknown.notional) == (100_000.0, 100_000.0, None)


def test_funding_is_an_estimate_with_its_interval() -> None:
    found = of(Funding, receive(push("funding-rate", rate())))
    assert [event.kind for event in found] == [FundingKind.ESTIMATED, FundingKind.SETTLED]
    assert (found[0].rate, found[0].interval_hours) == (0.0001, 8.0)
    assert (found[0].due, found[1].due) == ((T + HOUR) * 10**6, (T - 7 * HOUR) * 10**6)


def test_a_settlement_is_told_once_and_when_it_is_done() -> None:
    facts = shipped("okx")
    first = receive(push("funding-rate", rate(settState="processing")), facts=facts)
    told = receive(push("funding-rate", rate()), push("funding-rate", rate()), facts=facts)
    polled = read("public/funding-rate?instId=BTC-USDT-SWAP", rate(), facts=facts)
    following = read("public/funding-rate?instId=X", rate(settFundingRate="0.0002"), facts=facts)
    kinds = [
        [event.kind.value[0] for event in of(Funding, items)]
        for items in (first, told, polled, following)
    ]
    assert kinds == [["e"], ["e", "s", "e"], ["e"], ["e", "s"]]


def test_the_venue_names_the_last_settlement_where_it_does() -> None:
    found = of(Funding, receive(push("funding-rate", rate(prevFundingTime=str(T - 3 * HOUR)))))
    assert found[1].due == (T - 3 * HOUR) * 10**6


@pytest.mark.parametrize("following", [T, T + HOUR, T + 26 * HOUR])
def test_an_interval_is_of_a_day_at_most(following: int) -> None:
    found = of(Funding, receive(push("funding-rate", rate(nextFundingTime=str(following)))))
    assert [(event.interval_hours, event.due is None) for event in found] == [
        (None, False),
        (None, True),
    ]


def test_empty_strings_are_missing_numbers() -> None:
    empty = dict.fromkeys(("fundingRate", "fundingTime", "nextFundingTime", "ts"), "")
    frame = push("funding-rate", rate(**empty, settFundingRate="", settState=""))
    assert receive(frame) == []
    bare = rate(**{**empty, "fundingRate": "0.0003"}, settState="")
    found = one(Funding, receive(push("funding-rate", bare)))
    assert (found.due, found.interval_hours, found.at) == (None, None, SEEN)


# Refusals and the unknown.


def test_only_a_missing_contract_is_refused_for_good() -> None:
    assert read("public/funding-rate?instId=X-USDT-SWAP", code="51001") == [
        Rejected("funding-rate:X-USDT-SWAP", "51001: No such thing")
    ]
    often = Rejected("open-interest:", "50011: No such thing", often=True)
    assert read("public/open-interest", code="50011") == [often]
    assert read("public/open-interest", code="50001") == [Malformed("50001: No such thing")]


@pytest.mark.parametrize(
    "channel",
    [
        "tickers",
        "books5",
        "bbo-tbt",
        "price-limit",
        "candle1m",
        "mark-price-candle1m",
        "trades-all",
    ],
)
def test_channels_that_are_not_used_are_nothing(channel: str) -> None:
    assert receive(push(channel, trade(), instId="BTC-USDT-SWAP")) == []


def test_the_unknown_is_named() -> None:
    frames = [push("weather", {}), wire({"event": "storm", "code": "1"}), wire({"a": 1, "b": 2})]
    kinds = ["weather", "event storm 1", "message of a, b"]
    assert receive(*frames) == [Unknown(kind) for kind in kinds]
    assert read("public/time", {"ts": "1"}) == [Unknown("time")]


def test_texts_of_the_network_are_plain() -> None:
    items = receive(
        wire({"event": "error", "code": "1", "msg": "a\x1b[2J"}),
        wire({"event": "subscribe", "arg": {"channel": "\x1b]0;x", "instId": "y"}}),
        push("\x1b]0;x", {}),
        push("trades", trade("\x1b[31m-USDT-SWAP")),
        liquidated("BTC-USDT-SWAP", detail(posSide="\x1b[2J")),
    )
    assert [type(item) for item in items] == [Rejected, Ack, Unknown, Malformed, Malformed]
    long = receive(liquidated("BTC-USDT-SWAP", detail(posSide="x" * 5000)), push("y" * 5000, {}))
    texts = [text for item in [*items, *long] for text in msgspec.to_builtins(item).values()]
    assert not any("\x1b" in text or len(text) > 400 for text in texts)
