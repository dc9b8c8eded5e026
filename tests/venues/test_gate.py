import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liqtui.model.events import (
    Candle,
    Funding,
    Liquidation,
    Listing,
    MarkPrice,
    OpenInterest,
    Trade,
)
from liqtui.model.market import (
    CandlePrice,
    ContractKind,
    Coverage,
    FundingKind,
    Instrument,
    PriceKind,
    Side,
    Taker,
    Tier,
    Unit,
)
from liqtui.protocol.facts import Facts
from liqtui.protocol.items import Ack, Closing, Item, Malformed, Pong, Rejected, Unknown
from liqtui.protocol.venue import Request, Stream, Venue
from liqtui.venues import shipped
from liqtui.venues.gate import VENUE

GATE: Venue = VENUE
USDT = "wss://fx-ws.gateio.ws/v4/ws/usdt"
BTC = "wss://fx-ws.gateio.ws/v4/ws/btc"
REST = "https://api.gateio.ws/api/v4/futures"
SECOND = 1_000_000_000
NOW = 1_787_000_000
SEEN = NOW * SECOND


def frame(channel: str, result: Any, event: str = "update", **more: Any) -> bytes:
    fields = {"time": NOW, "time_ms": NOW * 1000, "channel": f"futures.{channel}", "event": event}
    return msgspec.json.encode({**fields, "result": result, **more})


def socket(*frames: bytes, facts: Facts | None = None, url: str = USDT) -> list[Item]:
    session = GATE.session(url, shipped("gate") if facts is None else facts)
    return [item for body in frames for item in session.receive(body, SEEN)]


def rest(
    path: str, body: Any, facts: Facts | None = None, seen: int = SEEN, *, raw: bool = False
) -> list[Item]:
    encoded = body if raw else msgspec.json.encode(body)
    known = shipped("gate") if facts is None else facts
    return list(GATE.read(f"{REST}/{path}", encoded, seen, known))


def only(items: Iterable[Item]) -> Item:
    (item,) = items
    return item


def liquidation(
    size: float | str = -20,
    price: float | str = "64000",
    contract: str = "BTC_USDT",
    at: int = NOW * 1000,
) -> dict[str, Any]:
    return {"contract": contract, "price": price, "size": size, "time": at}


def liquidations(*rows: dict[str, Any]) -> bytes:
    return frame("public_liquidates", list(rows))


def order(
    size: float, price: str = "64000", at: int = NOW, left: float = 0.0, **more: Any
) -> dict[str, Any]:
    """A REST row: ``size`` is the order's, as the socket shows it."""
    row = {"time": at, "contract": "BTC_USDT", "size": str(-size), "order_size": str(size)}
    return {**row, "order_price": price, "fill_price": "64100", "left": str(left), **more}


def told(items: Iterable[Item]) -> list[Liquidation]:
    found = list(items)
    assert all(isinstance(item, Liquidation) for item in found), found
    return [item for item in found if isinstance(item, Liquidation)]


# --- fact 16: the shapes of a liquidation frame ----------------------------------------------


@pytest.mark.parametrize("as_array", [True, False])
@pytest.mark.parametrize(
    "time", [{"time": NOW}, {"time": NOW * 1000}, {"time_ms": NOW * 1000}, {"time": str(NOW)}]
)
@pytest.mark.parametrize("size", [-20, "-20", "-20.0"])
@pytest.mark.parametrize("price", ["64000", 64000, 64000.0])
def test_every_shape_of_a_liquidation_means_the_same(
    as_array: bool, time: dict[str, Any], size: float | str, price: float | str
) -> None:
    row = {"contract": "BTC_USDT", "size": size, "price": price, **time}
    found = only(socket(frame("public_liquidates", [row] if as_array else row)))
    assert isinstance(found, Liquidation)
    assert (found.side, found.price, found.price_kind) == (Side.LONG, 64000.0, PriceKind.ORDER)
    assert found.quantity == pytest.approx(0.002)
    assert found.notional == pytest.approx(128.0)
    assert (found.at, found.seen) == (SEEN, SEEN)


def test_all_orders_of_a_second_are_there() -> None:
    frames = liquidations(liquidation(-20), liquidation(-20), liquidation(30))
    assert [row.side for row in told(socket(frames))] == [Side.LONG, Side.LONG, Side.SHORT]


def test_a_bad_row_does_not_cost_its_neighbours() -> None:
    bad = [liquidation(price="NaN"), liquidation(size=0), liquidation(contract="A B_USDT"), {}]
    for row in bad:
        first, complaint, last = socket(liquidations(liquidation(-1), row, liquidation(-2)))
        assert isinstance(first, Liquidation)
        assert isinstance(complaint, Malformed)
        assert isinstance(last, Liquidation)


def test_the_order_of_keys_does_not_matter() -> None:
    row = b'{"time":1787000000000,"size":"-20","price":"64000","contract":"BTC_USDT"}'
    late = b'{"result":[%s],"event":"update","channel":"futures.public_liquidates"}' % row
    assert told(socket(late)) == told(socket(liquidations(liquidation())))


# --- fact 17: whose sign is it ---------------------------------------------------------------


def test_a_negative_size_is_a_long_until_something_else_was_learned() -> None:
    facts = shipped("gate")
    assert told(socket(liquidations(liquidation(-1)), facts=facts))[0].side is Side.LONG
    facts.signs["futures.public_liquidates"] = -1
    assert told(socket(liquidations(liquidation(-1)), facts=facts))[0].side is Side.SHORT
    facts.signs["futures.public_liquidates"] = 1
    assert told(socket(liquidations(liquidation(-2)), facts=facts))[0].side is Side.LONG


@pytest.mark.parametrize("convention", [1, -1])
def test_the_sign_is_learned_from_what_both_feeds_report(convention: int) -> None:
    facts = shipped("gate")
    sizes = [3.0, -4.0, 5.5, 6.0, -7.0]
    rows = [liquidation(convention * size, price=str(60000 + size)) for size in sizes]
    socket(liquidations(*rows), facts=facts)
    orders = [order(size, price=str(60000 + size)) for size in sizes]
    assert rest("usdt/liq_orders", orders[:4], facts) == []
    assert facts.signs == {}, "four are too few"
    assert rest("usdt/liq_orders", orders, facts) == []
    assert facts.signs == {"futures.public_liquidates": convention}
    new = told(socket(liquidations(liquidation(convention * -9)), facts=facts))
    assert new[0].side is Side.LONG


def test_contradicting_comparisons_teach_nothing() -> None:
    facts = shipped("gate")
    sizes = [3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0]
    rows = [liquidation(size if size % 2 else -size) for size in sizes]
    socket(liquidations(*rows), facts=facts)
    rest("usdt/liq_orders", [order(size) for size in sizes], facts)
    assert facts.signs == {}


def test_rest_tells_the_side_by_the_users_position() -> None:
    rows = [order(-600), order(165), {**order(7), "size": "0"}]
    found = told(rest("usdt/liq_orders", rows))
    assert [row.side for row in found] == [Side.LONG, Side.SHORT, Side.SHORT]
    assert {row.price_kind for row in found} == {PriceKind.FILL}
    assert {row.price for row in found} == {64100.0}


def test_rest_without_an_order_size_goes_by_the_position() -> None:
    row = order(165)
    del row["order_size"]
    found = only(rest("usdt/liq_orders", [row]))
    assert isinstance(found, Liquidation)
    assert found.side is Side.SHORT
    assert found.quantity == pytest.approx(0.0165)


def test_rest_counts_what_was_filled_of_the_order_not_the_position() -> None:
    row = {**order(-20, left=5), "size": "1000"}
    found = only(rest("usdt/liq_orders", [row]))
    assert isinstance(found, Liquidation)
    assert found.quantity == pytest.approx(15 * 0.0001)
    assert rest("usdt/liq_orders", [order(-20, left=20, fill_price="0")]) == []


# --- one liquidation is told once ------------------------------------------------------------


def test_rest_does_not_repeat_the_socket() -> None:
    facts = shipped("gate")
    told(socket(liquidations(liquidation(-20), liquidation(-20)), facts=facts))
    late = told(rest("usdt/liq_orders", [order(-20), order(-20), order(-21)], facts))
    assert [row.quantity for row in late] == [pytest.approx(0.0021)]


def test_rest_does_not_repeat_itself() -> None:
    facts = shipped("gate")
    assert len(told(rest("usdt/liq_orders", [order(-20), order(-20)], facts))) == 2
    assert rest("usdt/liq_orders", [order(-20), order(-20)], facts) == []


def test_the_socket_does_not_repeat_rest() -> None:
    facts = shipped("gate")
    assert len(told(rest("usdt/liq_orders", [order(-20)], facts))) == 1
    for _connection in range(2):  # one overlaps the other before it is closed
        assert socket(liquidations(liquidation(-20)), facts=facts) == []
    twice = liquidations(liquidation(-20), liquidation(-20))
    assert len(told(socket(twice, facts=facts))) == 1


def test_a_new_connection_remembers_what_the_old_one_told() -> None:
    facts = shipped("gate")
    socket(liquidations(liquidation(-20)), facts=facts)
    socket(liquidations(liquidation(-30)), facts=facts)
    assert rest("usdt/liq_orders", [order(-20), order(-30)], facts) == []


@pytest.mark.parametrize(
    "other",
    [order(-20, price="64000.1"), order(-21), order(-20, at=NOW - 2)],
    ids=["price", "size", "time"],
)
def test_what_differs_is_another_liquidation(other: dict[str, Any]) -> None:
    facts = shipped("gate")
    socket(liquidations(liquidation(-20)), facts=facts)
    assert len(told(rest("usdt/liq_orders", [other], facts))) == 1


def test_after_a_restart_rest_adds_only_what_came_since() -> None:
    facts = shipped("gate")
    facts.since = SEEN
    old, new = order(-20, at=NOW - 1), order(-20, at=NOW)
    assert [row.at for row in told(rest("usdt/liq_orders", [old, new], facts))] == [SEEN]


def test_rest_without_a_former_run_tells_all() -> None:
    assert len(told(rest("usdt/liq_orders", [order(-20, at=NOW - 3000)]))) == 1


# --- fact 18: sizes are cut without the header -----------------------------------------------


def test_the_decimal_header_is_on_sockets_and_calls() -> None:
    facts = shipped("gate")
    calls = [*GATE.bootstrap(), *(poll.request for poll in GATE.polls(facts, ["BTC"]))]
    headers = [stream.headers for stream in GATE.streams(facts, ["BTC"])]
    assert [*headers, *(call.headers for call in calls)] == [{"X-Gate-Size-Decimal": "1"}] * (
        len(headers) + len(calls)
    )


# --- fact 19: open interest has two sides ----------------------------------------------------


def test_open_interest_is_one_side_wherever_it_comes_from() -> None:
    mark = {"contract": "BTC_USDT", "mark_price": "50000"}
    of = {"name": "BTC_USDT", "type": "direct", "quanto_multiplier": "0.0001"}
    state = {**of, "order_price_round": "0.1", "mark_price": "50000", "position_size": "10000"}
    stat = {**mark, "time": NOW, "open_interest": "20000"}
    for items in (
        socket(frame("tickers", [{**mark, "total_size": "20000"}])),
        socket(frame("contract_stats", [stat])),
        rest("usdt/tickers", [{**mark, "total_size": "20000"}]),
        rest("usdt/contract_stats?contract=BTC_USDT", [{**stat, "contract": ""}]),
        rest("usdt/contracts", [state]),
    ):
        (found,) = [item for item in items if isinstance(item, OpenInterest)]
        assert found.quantity == pytest.approx(1.0)
        assert found.notional == pytest.approx(50_000.0)


# --- contracts -------------------------------------------------------------------------------

CONTRACT = {
    "name": "BTC_USDT",
    "type": "direct",
    "quanto_multiplier": "0.0001",
    "order_price_round": "0.1",
    "mark_price": "64000",
    "index_price": "64010",
    "leverage_max": "125",
    "taker_fee_rate": "0.00075",
    "funding_rate": "0.0001",
    "funding_interval": 14400,
    "funding_next_apply": NOW + 60.0,
    "position_size": "10",
    "in_delisting": False,
}


def listed(path: str = "usdt/contracts", **more: Any) -> Instrument:
    items = rest(path, [{**CONTRACT, **more}], Facts())
    (found,) = [item for item in items if isinstance(item, Listing)]
    return found.instrument


def test_a_linear_contract() -> None:
    assert listed() == Instrument(
        venue="gate",
        market="usdt",
        symbol="BTC_USDT",
        base="BTC",
        quote="USDT",
        kind=ContractKind.LINEAR,
        tick=0.1,
        contract_size=0.0001,
        coverage=Coverage.FULL,
        liquidation_price=PriceKind.ORDER,
        max_leverage=125.0,
        trigger_fee=0.00075,
        margin_on="mark",
        funding_hours=4.0,
    )


def test_a_multiplier_of_nothing_is_a_contract_of_one_dollar() -> None:
    found = listed("btc/contracts", name="BTC_USD", type="inverse", quanto_multiplier="0")
    assert (found.market, found.kind) == ("btc", ContractKind.INVERSE)
    assert (found.contract_size, found.contract_unit) == (1.0, Unit.QUOTE)
    assert found.amount(640.0, 64000.0) == (0.01, 640.0)


def test_a_quanto_has_no_size_in_base() -> None:
    found = listed("btc/contracts", name="ETH_USD", quanto_multiplier="0.000001")
    assert found.contract_size is None


def test_a_scaled_contract_is_in_units_of_its_coin() -> None:
    facts = Facts()
    row = {**CONTRACT, "name": "1000X_USDT", "quanto_multiplier": "10", "mark_price": "2"}
    _, mark, interest, _ = rest("usdt/contracts", [row], facts)
    assert isinstance(mark, MarkPrice)
    assert isinstance(interest, OpenInterest)
    assert (mark.instrument.base, mark.instrument.scale) == ("X", 1000)
    assert mark.price == pytest.approx(0.002)
    assert interest.quantity == pytest.approx(10 * 10 * 1000)
    assert interest.notional == pytest.approx(200.0)


@pytest.mark.parametrize(
    ("name", "base", "perpetual"),
    [
        ("BTC_USDT", "BTC", True),
        ("币安人生_USDT", "币安人生", True),
        ("BTC_USD1", "BTC", True),
        ("BTC_USDT_20220318", "BTC", False),
        ("ETH_USDT_QUARTERLY_20201225", "ETH", False),
    ],
)
def test_a_contracts_name_tells_its_base_and_end(name: str, base: str, perpetual: bool) -> None:
    found = listed(name=name)
    assert (found.symbol, found.base, found.perpetual) == (name, base, perpetual)


def test_a_delisted_contract_is_not_listed_and_one_in_delisting_is() -> None:
    gone = {**CONTRACT, "in_delisting": True, "position_size": "0"}
    assert rest("usdt/contracts", [gone]) == []
    assert listed(in_delisting=True).symbol == "BTC_USDT"


def test_listing_again_keeps_the_tiers() -> None:
    facts = Facts()
    rest("usdt/contracts", [CONTRACT], facts)
    bracket = {"risk_limit": "1", "maintenance_rate": "0.01", "leverage_max": "50"}
    rest("usdt/risk_limit_tiers?contract=BTC_USDT", [bracket], facts)
    rest("usdt/contracts", [CONTRACT], facts)
    assert facts.instruments["BTC_USDT"].tiers == (Tier(0.0, 0.01, 50.0),)


def test_a_tier_begins_where_the_one_before_ends() -> None:
    rows = [
        {"risk_limit": "30000", "maintenance_rate": "0.013", "leverage_max": "40"},
        {"risk_limit": "20000", "maintenance_rate": "0.01", "leverage_max": "50"},
    ]
    first, second = rows
    first["deduction"], second["deduction"] = "60", "0"
    found = only(rest("usdt/risk_limit_tiers?contract=BTC_USDT", rows))
    assert isinstance(found, Listing)
    tiers = (Tier(0.0, 0.01, 50.0, 0.0), Tier(20000.0, 0.013, 40.0, 60.0))
    assert found.instrument.tiers == tiers
    assert found.instrument.contract_size == 0.0001, "what was known stays"


def test_half_a_schedule_is_none() -> None:
    rows = [
        {"risk_limit": "20000", "maintenance_rate": "0.01", "leverage_max": "50"},
        {"risk_limit": "30000", "maintenance_rate": "13", "leverage_max": "40"},
    ]
    assert isinstance(only(rest("usdt/risk_limit_tiers?contract=BTC_USDT", rows)), Malformed)


def test_tiers_of_an_unknown_unit_are_left_out() -> None:
    row = {"risk_limit": "100", "maintenance_rate": "0.005", "leverage_max": "100"}
    assert rest("btc/risk_limit_tiers?contract=BTC_USD", [row]) == []


def test_a_contracts_news_come_by_socket_too() -> None:
    bracket = {"risk_limit": "1000000", "maintenance_rate": "0.005", "leverage_max": "100"}
    news = {"contract": "NEW_USDT", "quanto_multiplier": "10", "order_price_round": "0.1"}
    facts = Facts()
    (found,) = socket(
        frame("contract_info", {**news, "risk_limit_tiers": [bracket]}, "all"), facts=facts
    )
    assert isinstance(found, Listing)
    assert found.instrument.contract_size == 10.0
    assert found.instrument.tiers == (Tier(0.0, 0.005, 100.0),)
    assert found.at == SEEN
    counted = only(socket(liquidations(liquidation(-2, "3", "NEW_USDT")), facts=facts))
    assert isinstance(counted, Liquidation)
    assert counted.quantity == 20.0


def test_what_is_not_listed_is_told_without_its_quantity() -> None:
    trade = {"contract": "NEW_USDT", "size": 3, "price": "3", "create_time_ms": NOW * 1000}
    ticker = {"contract": "NEW_USDT", "mark_price": "3", "total_size": "9"}
    closed, traded, mark = socket(
        liquidations(liquidation(-2, "3", "NEW_USDT")),
        frame("trades", [trade]),
        frame("tickers", [ticker]),
    )
    assert isinstance(closed, Liquidation)
    assert (closed.quantity, closed.notional) == (None, None)
    assert isinstance(traded, Trade)
    assert traded.quantity is None
    assert isinstance(mark, MarkPrice)


@pytest.mark.parametrize(
    ("url", "market", "contract", "expected"),
    [
        (USDT, "", "NEW_USDT", "usdt"),
        (BTC, "usdt", "NEW_USD", "btc"),
        ("wss://ws-testnet.gate.com/v4/ws/futures/usdt", "", "NEW_USDT", "usdt"),
        ("ws://127.0.0.1:9/ws/v4/ws/btc", "", "NEW_USD", "btc"),
        ("", "btc", "NEW_USD", "btc"),
        ("", "btc", "BTC_USDT", "usdt"),
        ("", "", "NEW_USD", "btc"),
        ("", "", "NEW_USDT", "usdt"),
    ],
)
def test_the_settlement_is_told_by_url_then_facts_then_market_then_name(
    url: str, market: str, contract: str, expected: str
) -> None:
    session = GATE.session(url, shipped("gate"), market)
    found = only(session.receive(liquidations(liquidation(contract=contract)), SEEN))
    assert isinstance(found, Liquidation)
    assert found.instrument.market == expected


def test_shipped_sizes_count_bare_frames() -> None:
    found = only(GATE.session("", shipped("gate")).receive(liquidations(liquidation()), 0))
    assert isinstance(found, Liquidation)
    assert found.notional == pytest.approx(128.0)
    assert len(shipped("gate").instruments) >= 30


# --- trades, tickers, candles ----------------------------------------------------------------


def test_the_sign_of_a_trade_is_its_takers() -> None:
    row = {"contract": "BTC_USDT", "price": "64000", "create_time_ms": NOW * 1000}
    bought, sold = socket(frame("trades", [{**row, "size": "50"}, {**row, "size": -70}]))
    assert isinstance(bought, Trade)
    assert isinstance(sold, Trade)
    assert (bought.taker, sold.taker) == (Taker.BUY, Taker.SELL)
    assert bought.quantity == pytest.approx(0.005)
    assert sold.quantity == pytest.approx(0.007)


def test_what_the_venue_trades_with_itself_is_no_trade() -> None:
    row = {"contract": "BTC_USDT", "price": "64000", "create_time": NOW, "size": 5}
    assert socket(frame("trades", [{**row, "is_internal": True}])) == []
    assert len(socket(frame("trades", [{**row, "is_internal": False}]))) == 1


def test_a_ticker_is_a_mark_and_a_funding_estimate() -> None:
    row = {
        "contract": "BTC_USDT",
        "mark_price": "64000",
        "index_price": "64010",
        "funding_rate": "-0.0002",
        "funding_rate_indicative": "0.0003",
        "funding_interval": 14400,
        "funding_next_apply": NOW + 600,
        "t": NOW * 1000 - 5,
    }
    mark, funding = socket(frame("tickers", [row]))
    assert isinstance(mark, MarkPrice)
    assert (mark.price, mark.index, mark.at) == (64000.0, 64010.0, SEEN - 5_000_000)
    assert isinstance(funding, Funding)
    assert (funding.rate, funding.interval_hours) == (-0.0002, 4.0)
    assert (funding.kind, funding.due) == (FundingKind.ESTIMATED, (NOW + 600) * SECOND)


def test_the_next_settlement_follows_each_ticker() -> None:
    row = {"contract": "BTC_USDT", "mark_price": "64000", "funding_rate": "0"}
    frames = [
        frame("tickers", [{**row, "funding_next_apply": due}]) for due in (NOW + 1, NOW + 2, 0)
    ]
    found = [item.due for item in socket(*frames) if isinstance(item, Funding)]
    assert found == [(NOW + 1) * SECOND, (NOW + 2) * SECOND, None]


def test_funding_falls_back_to_the_contracts_interval() -> None:
    facts = Facts()
    rest("usdt/contracts", [CONTRACT], facts)
    row = {"contract": "BTC_USDT", "mark_price": "64000", "funding_rate": "0.0001"}
    found = rest("usdt/tickers", [row], facts)[-1]
    assert isinstance(found, Funding)
    assert (found.interval_hours, found.due) == (4.0, None)


def test_settled_funding() -> None:
    found = only(rest("usdt/funding_rate?contract=BTC_USDT", [{"t": NOW - 60, "r": "0.0001"}]))
    assert isinstance(found, Funding)
    at = (NOW - 60) * SECOND
    assert (found.rate, found.kind, found.at, found.due) == (1e-4, FundingKind.SETTLED, at, at)


def bar(start: int, **more: Any) -> dict[str, Any]:
    return {"t": start, "o": "1", "h": "4", "l": "0.5", "c": "2", "v": 1000, "sum": "9", **more}


def test_a_candle_ends_with_its_interval_and_counts_contracts() -> None:
    found = only(rest("usdt/candlesticks?contract=BTC_USDT&interval=5m", [bar(NOW - 600)]))
    assert isinstance(found, Candle)
    assert (found.open, found.high, found.low, found.close) == (1.0, 4.0, 0.5, 2.0)
    assert (found.interval_s, found.at) == (300, (NOW - 300) * SECOND)
    assert found.volume == pytest.approx(0.1)
    assert found.price is CandlePrice.LAST


def test_an_unfinished_candle_is_dropped() -> None:
    rows = [bar(NOW - 120), bar(NOW - 60), bar(NOW - 59)]
    assert len(rest("usdt/candlesticks?contract=BTC_USDT&interval=1m", rows)) == 2


def test_an_inverse_candles_volume_is_in_coins() -> None:
    found = only(rest("btc/candlesticks?contract=BTC_USD&interval=1m", [bar(NOW - 60)]))
    assert isinstance(found, Candle)
    assert found.volume == 500.0


def test_a_candle_of_the_mark_has_no_volume() -> None:
    found = only(rest("usdt/candlesticks?contract=mark_BTC_USDT&interval=1m", [bar(NOW - 60)]))
    assert isinstance(found, Candle)
    assert (found.price, found.volume) == (CandlePrice.MARK, None)
    assert found.instrument.symbol == "BTC_USDT"


# --- control ---------------------------------------------------------------------------------


def test_success_is_the_absence_of_an_error() -> None:
    ok = {"status": "success"}
    subscribed = frame("trades", ok, "subscribe", payload=["BTC_USDT"], error=None)
    assert socket(subscribed) == [Ack("futures.trades BTC_USDT")]
    bare = b'{"time":1545459681,"channel":"futures.trades","event":"subscribe"}'
    assert socket(bare) == [Ack("futures.trades")]
    assert socket(frame("trades", ok, "unsubscribe")) == []


def test_a_refusal_is_told_in_the_venues_words() -> None:
    words = "unknown contract NOSUCH_USDT"
    error = {"code": 2, "message": words}
    refused = frame("trades", {"status": "fail"}, "subscribe", error=error, payload=["NOSUCH_USDT"])
    assert socket(refused) == [Rejected("futures.trades NOSUCH_USDT", words)]


def test_a_refusal_that_only_names_an_id_is_understood() -> None:
    (_, watched) = usdt_streams(["BTC"])
    hello = [msgspec.json.decode(text) for text in watched.hello(SEEN)]
    asked = next(each for each in hello if each["channel"] == "futures.trades")
    answer = {"id": asked["id"], "channel": "", "error": {"message": "no"}}
    found = only(watched.session().receive(msgspec.json.encode(answer), SEEN))
    assert found == Rejected("futures.trades BTC_USDT", "no")
    assert "futures.trades BTC_USDT" in watched.topics


def test_words_from_the_network_are_plain() -> None:
    error = {"message": "\x1b[2Jgone\u202e"}
    found = only(socket(frame("trades", None, "subscribe", error=error)))
    assert isinstance(found, Rejected)
    assert found.reason == "\ufffd[2Jgone\ufffd"


def test_pong_notice_unknown_and_unused() -> None:
    notice = {"type": "upgrade", "msg": "soon"}
    assert socket(frame("pong", None, "")) == [Pong()]
    assert socket(frame("system", notice)) == [Closing("soon")]
    assert socket(frame("system", {"type": "x"})) == [Unknown("futures.system")]
    assert socket(frame("book_ticker", {"t": 0})) == []
    assert socket(frame("adl_warning", {}, "all")) == []
    assert socket(frame("nosuch", [])) == [Unknown("futures.nosuch")]
    assert socket(b'{"a":1}') == [Unknown("a frame without a channel")]
    assert rest("usdt/premium_index?contract=BTC_USDT", []) == []
    assert rest("usdt/nosuch", []) == [Unknown("nosuch")]


def test_an_error_answer_is_told_in_the_venues_words() -> None:
    body = {"label": "INVALID_PARAM_VALUE", "message": "from time exceeds 180-day limit"}
    found = only(rest("usdt/funding_rate?contract=BTC_USDT&from=1", body))
    reason = "INVALID_PARAM_VALUE: from time exceeds 180-day limit"
    assert found == Rejected("funding_rate BTC_USDT", reason)


# --- what is asked for -----------------------------------------------------------------------


def usdt_streams(watched: Sequence[str]) -> Sequence[Stream]:
    return GATE.at({}, ["usdt"]).streams(shipped("gate"), watched)


def test_liquidations_of_all_and_a_busy_ticker_share_a_socket() -> None:
    names = [stream.name for stream in GATE.streams(shipped("gate"), [])]
    assert names == ["liquidations-usdt", "liquidations-btc"]
    for stream, contract in zip(
        GATE.streams(shipped("gate"), []), ["BTC_USDT", "BTC_USD"], strict=True
    ):
        asked = [msgspec.json.decode(text) for text in stream.hello(SEEN + 5)]
        assert asked == [
            {
                "time": NOW,
                "id": number,
                "channel": f"futures.{channel}",
                "event": "subscribe",
                "payload": [payload],
            }
            for number, channel, payload in (
                (1, "public_liquidates", "!all"),
                (2, "tickers", contract),
            )
        ]
        assert stream.canary == (MarkPrice,)


def test_one_contract_a_message_since_a_message_fails_whole() -> None:
    (_, watched) = usdt_streams(["BTC", "ETH"])
    asked = [msgspec.json.decode(text) for text in watched.hello(SEEN)]
    assert all(len(each["payload"]) == 1 for each in asked)
    assert {(each["channel"], each["payload"][0]) for each in asked} == {
        (f"futures.{channel}", f"{base}_USDT")
        for channel in ("tickers", "trades")
        for base in ("BTC", "ETH")
    }
    assert len({each["id"] for each in asked}) == len(asked)


def test_the_heartbeat_asks_for_a_pong() -> None:
    for stream in usdt_streams([]):
        assert stream.heartbeat is not None
        assert stream.heartbeat.every < 30
        ping = msgspec.json.decode(stream.heartbeat.frame(SEEN))
        assert ping == {"time": NOW, "channel": "futures.ping"}


def test_contracts_are_asked_for_page_by_page() -> None:
    first = GATE.bootstrap()[0]
    assert first.following is not None
    assert first.following(b"[{}]") is None
    assert first.following(b"garbage") is None
    second = first.following(b"[" + b",".join([b"{}"] * 1000) + b"]")
    assert second is not None
    assert dict(second.params) == {"limit": "1000", "offset": "1000"}


def test_polls_of_the_watched_ask_for_their_contracts() -> None:
    polls = {poll.name: poll for poll in GATE.polls(shipped("gate"), ["BTC"])}
    assert {"liquidations-usdt", "liquidations-btc", "tickers-usdt"} <= set(polls)
    assert dict(polls["tiers-BTC_USDT"].request.params) == {"contract": "BTC_USDT"}
    assert polls["liquidations-usdt"].every == 60.0
    assert "tiers-BTC_USD" not in polls


def spans(requests: Iterable[Request], endpoint: str) -> list[dict[str, str]]:
    return [dict(each.params) for each in requests if each.url.endswith(f"/{endpoint}")]


def test_a_day_is_backfilled_in_minutes_and_a_month_in_five() -> None:
    btc = shipped("gate").instruments["BTC_USDT"]
    day = spans(GATE.backfill(btc, SEEN - 86_400 * SECOND, SEEN), "candlesticks")
    assert [span["interval"] for span in day] == ["1m"]
    assert (day[0]["from"], day[0]["to"]) == (str(NOW - 86_400), str(NOW - 1))
    month = spans(GATE.backfill(btc, SEEN - 30 * 86_400 * SECOND, SEEN), "candlesticks")
    assert {span["interval"] for span in month} == {"5m"}
    for span in month:
        assert (int(span["to"]) - int(span["from"])) / 300 < 2000
        assert NOW - int(span["from"]) <= 10_000 * 300
    ends = [int(span["to"]) for span in month]
    assert [int(span["from"]) for span in month[1:]] == [end + 300 for end in ends[:-1]]
    assert ends[-1] == NOW - 1


def test_weeks_are_asked_for_in_long_steps_and_not_beyond_them() -> None:
    btc, end = shipped("gate").instruments["BTC_USDT"], NOW // 14_400 * 14_400
    asked = GATE.backfill(btc, (end - 648 * 3600) * SECOND, end * SECOND, 14_400)
    (bars,), (funding,) = spans(asked, "candlesticks"), spans(asked, "funding_rate")
    assert (bars["interval"], bars["from"], bars["to"]) == (
        *("4h", str(end - 648 * 3600)),
        str(end - 1),
    )
    assert int(funding["to"]) < end
    counts = spans(asked, "contract_stats")
    assert [(one["interval"], one["limit"]) for one in counts] == [("4h", "100"), ("4h", "62")]
    last = counts[-1]
    assert int(last["from"]) + 14_400 * int(last["limit"]) == end


def test_open_interest_and_funding_are_asked_for_within_their_limits() -> None:
    btc = shipped("gate").instruments["BTC_USDT"]
    asked = GATE.backfill(btc, SEEN - 400 * 86_400 * SECOND, SEEN)
    (funding,) = spans(asked, "funding_rate")
    assert NOW - int(funding["from"]) < 180 * 86_400
    counts = spans(asked, "contract_stats")
    assert NOW - int(counts[0]["from"]) < 180 * 86_400
    steps = {int(b["from"]) - int(a["from"]) for a, b in pairwise(counts)}
    assert steps == {100 * 300}


def test_fewer_markets_can_be_had_elsewhere() -> None:
    moved = GATE.at({"ws": "ws://127.0.0.1:9"}, ["btc"])
    assert moved.markets == ("btc",)
    (stream,) = moved.streams(shipped("gate"), [])
    assert stream.url == "ws://127.0.0.1:9/v4/ws/btc"
    assert moved.bootstrap()[0].url.startswith(GATE.hosts["rest"])


# --- anything at all -------------------------------------------------------------------------

SEEDS = [
    liquidations(liquidation(), liquidation(3)),
    frame("public_liquidates", liquidation()),
    frame("trades", [{"contract": "BTC_USDT", "size": 1, "price": "2", "create_time": NOW}]),
    frame("tickers", [{"contract": "BTC_USDT", "mark_price": "2", "total_size": "4", "t": 1}]),
    frame("contract_info", {"contract": "A_USDT", "quanto_multiplier": "1"}),
    frame("trades", {"status": "fail"}, "subscribe", error={"message": "no"}),
    msgspec.json.encode([order(-20), order(5)]),
    msgspec.json.encode([CONTRACT]),
    msgspec.json.encode([bar(NOW - 600)]),
]
URLS = [
    f"{REST}/{path}"
    for path in (
        "usdt/contracts",
        "btc/liq_orders",
        "usdt/risk_limit_tiers?contract=A_USDT",
        "usdt/candlesticks?contract=index_A_USDT&interval=1m",
        "usdt/funding_rate?contract=%ff&contract=%00",
        "usdt/contract_stats?contract=",
        "usdt/tickers",
    )
]
JUNK = [
    b"",
    b"NaN",
    b"1e308",
    b"-1e400",
    b'"',
    b"\xff",
    b"null",
    b"[",
    b"{",
    b"\\ud800",
    b"9" * 40,
    b"9" * 5000,
]


def answers(body: bytes, seen: int) -> Iterator[Item]:
    for url in (USDT, BTC, ""):
        yield from GATE.session(url, shipped("gate")).receive(body, seen)
    for url in [*URLS, "https://[", "?", ""]:
        yield from GATE.read(url, body, seen, shipped("gate"))


def assert_sound(items: Iterable[Item]) -> None:
    for item in items:
        match item:
            case Liquidation() | Trade():
                values = [item.price, item.quantity]
            case MarkPrice():
                values = [item.price, item.index]
            case Candle():
                values = [item.open, item.high, item.low, item.close]
            case OpenInterest():
                values = [(item.quantity or 0.0) + 1.0, (item.notional or 0.0) + 1.0]
            case Funding():
                values = [item.rate + 1.0, item.interval_hours]
            case _:
                continue
        assert all(value is None or (math.isfinite(value) and value > 0.0) for value in values)
        assert item.at >= 0


@given(st.binary(max_size=200))
def test_any_bytes_are_read(body: bytes) -> None:
    assert_sound(answers(body, SEEN))


@settings(max_examples=150)
@given(st.data())
def test_any_mutilation_is_read(data: st.DataObject) -> None:
    body = data.draw(st.sampled_from(SEEDS))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(body)))
        to = min(len(body), at + data.draw(st.integers(0, 12)))
        body = body[:at] + data.draw(st.sampled_from(JUNK)) + body[to:]
    assert_sound(answers(body, data.draw(st.sampled_from([0, SEEN]))))


@pytest.mark.parametrize("depth", [b"[", b'{"channel":', b'{"channel":"futures.trades","result":['])
def test_bottomless_frames_are_malformed(depth: bytes) -> None:
    found = socket(depth * 200_000)
    assert all(isinstance(item, Malformed) for item in found)
    assert found


number = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True).map(str),
    st.integers(-(10**30), 10**30),
    st.none(),
)


@given(price=number, size=number, time=number)
def test_any_number_in_a_liquidation_is_sound_or_malformed(
    price: object, size: object, time: object
) -> None:
    row = {"contract": "BTC_USDT", "price": price, "size": size, "time": time}
    assert_sound(socket(frame("public_liquidates", [row])))
