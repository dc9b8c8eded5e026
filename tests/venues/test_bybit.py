"""What is peculiar to Bybit; what holds for every venue is in test_contract.py."""

import json
import math
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

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
from liqtui.protocol.items import Ack, Item, Malformed, Pong, Rejected, Reply, Unknown
from liqtui.protocol.venue import Session, Stream, Venue
from liqtui.venues.bybit import VENUE

LINEAR = "wss://stream.bybit.com/v5/public/linear"
INVERSE = "wss://stream.bybit.com/v5/public/inverse"
REST = "https://api.bybit.com/v5/market"
NOW = 1_791_565_601_500
SEEN = NOW * 1_000_000
ARGS_LIMIT = 21_000
FIXTURE = Path(__file__).parents[1] / "fixtures" / "venues" / "bybit.jsonl"
T = TypeVar("T", bound=Item)


def fixture() -> list[tuple[str, bytes]]:
    """Every frame and body of the fixture with its url."""
    rows = [json.loads(line) for line in FIXTURE.read_text(encoding="utf-8").splitlines()[1:]]
    return [(row["url"], encoded(row["body"])) for row in rows]


def encoded(body: object) -> bytes:
    return body.encode() if isinstance(body, str) else msgspec.json.encode(body)


def known() -> Facts:
    """What the fixture's lists teach."""
    facts = Facts()
    for url, body in fixture():
        if "instruments-info" in url:
            list(VENUE.read(url, body, SEEN, facts))
    return facts


def contracts(names: list[str], market: str = "linear") -> Facts:
    facts = Facts()
    kind = {"linear": "LinearPerpetual", "inverse": "InversePerpetual"}[market]
    quote = {"linear": "USDT", "inverse": "USD"}[market]
    rows = [
        {
            "symbol": name,
            "contractType": kind,
            "baseCoin": name.removesuffix(quote),
            "quoteCoin": quote,
        }
        for name in names
    ]
    got(f"instruments-info?category={market}", {"list": rows}, facts)
    assert set(facts.instruments) == set(names)
    return facts


def told(frame: object, url: str = LINEAR, facts: Facts | None = None) -> list[Item]:
    return list(VENUE.session(url, facts or Facts()).receive(encoded(frame), SEEN))


def got(call: str, result: object, facts: Facts | None = None, time: int = NOW) -> list[Item]:
    body = encoded({"retCode": 0, "retMsg": "OK", "result": result, "time": time})
    return list(VENUE.read(f"{REST}/{call}", body, SEEN, Facts() if facts is None else facts))


def one(items: list[Item], kind: type[T]) -> T:
    (item,) = items
    assert isinstance(item, kind)
    return item


def of(items: list[Item], kind: type[T]) -> list[T]:
    return [item for item in items if isinstance(item, kind)]


def liquidated(symbol: str, side: str, volume: str, price: str) -> dict[str, Any]:
    row = {"T": NOW - 300, "s": symbol, "S": side, "v": volume, "p": price}
    return {"topic": f"allLiquidation.{symbol}", "type": "snapshot", "ts": NOW, "data": [row]}


def ticker(kind: str, symbol: str = "BTCUSDT", **fields: str) -> dict[str, Any]:
    data = {"symbol": symbol, **fields}
    return {"topic": f"tickers.{symbol}", "type": kind, "data": data, "cs": 1, "ts": NOW}


def refusal(reason: str, req_id: str = "") -> bytes:
    return encoded({"success": False, "ret_msg": reason, "req_id": req_id, "op": "subscribe"})


# Section 0 of venues-core.md


@pytest.mark.parametrize(("printed", "side"), [("Buy", Side.LONG), ("Sell", Side.SHORT)])
def test_trap_7_the_side_is_the_positions(printed: str, side: Side) -> None:
    assert one(told(liquidated("BTCUSDT", printed, "1", "82000")), Liquidation).side is side


def test_trap_8_the_price_is_the_bankruptcy_price() -> None:
    event = one(told(liquidated("BTCUSDT", "Buy", "0.006", "82396.90")), Liquidation)
    assert (event.price, event.price_kind) == (82396.90, PriceKind.BANKRUPTCY)
    assert event.instrument.liquidation_price is PriceKind.BANKRUPTCY


def liquidation_topics(streams: list[Stream]) -> list[str]:
    return [topic for stream in streams for topic in stream.topics if topic.startswith("all")]


def test_trap_9_every_perpetual_has_a_topic_of_its_own() -> None:
    facts = known()
    topics = liquidation_topics(list(VENUE.streams(facts, [])))
    perpetual = [name for name, instrument in facts.instruments.items() if instrument.perpetual]
    assert sorted(topics) == sorted(f"allLiquidation.{name}" for name in perpetual)
    assert "allLiquidation.BTC-26DEC25" not in topics
    assert not any(topic.startswith("liquidation.") for topic in topics)


def test_trap_10_one_bad_topic_costs_only_itself() -> None:
    facts = contracts([f"C{number:02}USDT" for number in range(40)])
    accepted, refused = subscribe(facts, bad={"allLiquidation.C07USDT", "allLiquidation.C08USDT"})
    assert refused == {"allLiquidation.C07USDT", "allLiquidation.C08USDT"}
    assert len(accepted) == 41 - 2


def test_trap_11_open_interest_is_counted_once() -> None:
    both = one(told(ticker("snapshot", openInterest="59891.732")), OpenInterest)
    single = one(
        told(ticker("snapshot", openInterest="59891.732", singleOpenInterest="29945.8")),
        OpenInterest,
    )
    assert (both.quantity, single.quantity) == (29945.866, 29945.8)


# Subscribing


def subscribe(
    facts: Facts, bad: set[str], names_topic: bool = True, echoes: bool = True
) -> tuple[set[str], set[str]]:
    """Play the exchange to a venue's first connection.

    A message with a bad or a held topic is refused whole, naming the first such topic.

    Args:
        facts: what is listed.
        bad: topics nobody knows.
        names_topic: whether a refusal names the topic.
        echoes: whether a refusal echoes the req_id.

    Returns:
        The topics that were accepted and those the session gave up.
    """
    stream = VENUE.streams(facts, [])[0]
    session, queue = stream.session(), list(stream.hello(SEEN))
    accepted: set[str] = set()
    refused: set[str] = set()
    acked: set[str] = set()
    for _ in range(1000):
        if not queue:
            assert acked == accepted
            return accepted, refused
        asked = json.loads(queue.pop(0))
        wrong = next((topic for topic in asked["args"] if topic in bad), None)
        if wrong is None:
            assert not accepted & set(asked["args"]), "asked for twice"
            accepted |= set(asked["args"])
            answer = encoded({"success": True, "req_id": asked["req_id"], "op": "subscribe"})
        else:
            reason = "error:handler not found" + (f",topic:{wrong}" if names_topic else "")
            answer = refusal(reason, asked["req_id"] if echoes else "")
        for item in session.receive(answer, SEEN):
            match item:
                case Reply(frame):
                    queue.append(frame)
                case Rejected(topic, reason):
                    assert reason.startswith("error:handler not found")
                    refused.add(topic)
                case Ack(topic):
                    acked.add(topic)
                case _:
                    pytest.fail(f"unexpected {item}")
    pytest.fail("the session never stops asking")


@settings(max_examples=60)
@given(
    count=st.integers(1, 35),
    bad=st.sets(st.integers(0, 34)),
    named=st.sampled_from([(True, True), (True, False), (False, True)]),
)
def test_every_refusal_leaves_the_good_topics_subscribed(
    count: int, bad: set[int], named: tuple[bool, bool]
) -> None:
    facts = contracts([f"C{number:02}USDT" for number in range(count)])
    wrong = {f"allLiquidation.C{number:02}USDT" for number in bad if number < count}
    accepted, refused = subscribe(facts, wrong, *named)
    assert refused == wrong
    assert len(accepted) == 1 + count - len(wrong)


def test_a_message_is_small_and_a_req_id_is_used_once() -> None:
    for stream in VENUE.streams(contracts([f"C{number}USDT" for number in range(95)]), []):
        asked = [json.loads(frame) for frame in stream.hello(SEEN)]
        assert all(message["op"] == "subscribe" for message in asked)
        assert max(len(message["args"]) for message in asked) == 10
        assert len({message["req_id"] for message in asked}) == len(asked)
        assert {topic for message in asked for topic in message["args"]} == stream.topics


def test_a_topic_held_already_is_a_success_and_the_rest_is_asked_for_again() -> None:
    stream = VENUE.streams(contracts(["AUSDT", "BUSDT"]), [])[0]
    (hello,) = stream.hello(SEEN)
    asked = json.loads(hello)
    assert asked["args"] == ["tickers.AUSDT", "allLiquidation.AUSDT", "allLiquidation.BUSDT"]
    reason = "error:already subscribed,topic:allLiquidation.AUSDT"
    ack, reply = stream.session().receive(refusal(reason, asked["req_id"]), SEEN)
    assert ack == Ack("allLiquidation.AUSDT")
    assert isinstance(reply, Reply)
    assert json.loads(reply.frame)["args"] == ["tickers.AUSDT", "allLiquidation.BUSDT"]
    assert json.loads(reply.frame)["req_id"] != asked["req_id"]


def test_a_refusal_is_told_in_the_venues_words() -> None:
    reason = "error:handler not found,topic:allLiquidation.GONEUSDT"
    session = VENUE.session(LINEAR, Facts())
    assert one(list(session.receive(refusal(reason), SEEN)), Rejected) == Rejected(
        "allLiquidation.GONEUSDT", reason
    )
    assert told(json.loads(refusal("Invalid symbol"))) == [Rejected("", "Invalid symbol")]


def test_refusals_cannot_steer_a_terminal() -> None:
    rejected = one(told(json.loads(refusal("error,topic:\x1b[2J\u202e"))), Rejected)
    assert "\x1b" not in rejected.topic + rejected.reason
    assert "\u202e" not in rejected.topic + rejected.reason


def test_a_ping_is_json_and_its_answer_a_pong() -> None:
    heartbeat = VENUE.streams(known(), [])[0].heartbeat
    assert heartbeat is not None
    assert heartbeat.every < 20
    assert json.loads(heartbeat.frame(SEEN)) == {"req_id": str(NOW), "op": "ping"}
    pong = {"success": True, "ret_msg": "pong", "conn_id": "x", "req_id": "", "op": "ping"}
    assert told(pong) == [Pong()]


# Connections


def market(size: int) -> Facts:
    return contracts([f"COIN{number:04}USDT" for number in range(size)] + ["BTCUSDT"])


@pytest.mark.parametrize("size", [1, 400, 805, 3000])
def test_no_connection_exceeds_the_venues_limit(size: int) -> None:
    streams = VENUE.streams(market(size), [])
    for stream in streams:
        args = [topic for frame in stream.hello(SEEN) for topic in json.loads(frame)["args"]]
        assert len(json.dumps(args, separators=(",", ":"))) <= ARGS_LIMIT
        assert "tickers.BTCUSDT" in args
        assert stream.canary == (MarkPrice,)
    assert len(liquidation_topics(list(streams))) == size + 1


def test_a_days_market_takes_few_connections() -> None:
    assert [stream.name for stream in VENUE.streams(market(805), [])] == [
        "linear-1",
        "linear-2",
        "linear-3",
    ]


def test_a_listing_moves_no_other_topic() -> None:
    before = {stream.name: stream.topics for stream in VENUE.streams(market(700), [])}
    after = {stream.name: stream.topics for stream in VENUE.streams(market(701), [])}
    assert before.keys() == after.keys()
    changed = [name for name in before if before[name] != after[name]]
    assert len(changed) == 1
    (name,) = changed
    assert after[name] - before[name] == {"allLiquidation.COIN0700USDT"}


def test_watched_bases_have_their_trades_on_a_socket_of_their_own() -> None:
    streams = {stream.name: stream for stream in VENUE.streams(known(), ["BTC", "PEPE"])}
    assert streams["linear-watched"].topics == {
        f"{kind}.{name}"
        for name in ("BTCUSDT", "BTCPERP", "1000PEPEUSDT")
        for kind in ("tickers", "publicTrade")
    }
    assert streams["inverse-watched"].topics == {"tickers.BTCUSD", "publicTrade.BTCUSD"}
    assert streams["inverse-watched"].url == INVERSE
    assert not any("publicTrade" in topic for topic in streams["linear-1"].topics)


def test_nothing_is_wanted_of_a_market_nothing_is_known_of() -> None:
    assert list(VENUE.streams(Facts(), ["BTC"])) == []
    assert {stream.name for stream in VENUE.streams(known(), ["DOGE"])} == {
        "linear-1",
        "inverse-1",
    }


def test_a_venue_can_be_cut_down_and_pointed_elsewhere() -> None:
    venue: Venue = VENUE.at({"ws": "ws://127.0.0.1:9"}, ["inverse"])
    assert venue.markets == ("inverse",)
    assert [row.market for row in venue.capabilities] == ["inverse"]
    assert {stream.url for stream in venue.streams(known(), ["BTC"])} == {
        "ws://127.0.0.1:9/v5/public/inverse"
    }
    assert all("category=inverse" in request.full_url for request in venue.bootstrap())
    assert VENUE.markets == ("linear", "inverse")


# Prints


def test_linear_prints_count_base() -> None:
    event = one(told(liquidated("BTCUSDT", "Sell", "0.25", "83100")), Liquidation)
    assert (event.quantity, event.notional) == (0.25, 0.25 * 83100)
    assert event.at == (NOW - 300) * 1_000_000


def test_inverse_prints_count_usd() -> None:
    event = one(told(liquidated("BTCUSD", "Buy", "41000", "82000"), INVERSE), Liquidation)
    assert (event.quantity, event.notional) == (0.5, 41000)
    frame = liquidated("BTCUSD", "Buy", "8200", "82000") | {"topic": "publicTrade.BTCUSD"}
    trade = one(told(frame, INVERSE), Trade)
    assert (trade.taker, trade.quantity) == (Taker.BUY, 0.1)


@pytest.mark.parametrize(
    ("symbol", "base"),
    [("1000PEPEUSDT", "PEPE"), ("SHIB1000USDT", "SHIB"), ("1000BONKPERP", "BONK")],
)
@pytest.mark.parametrize("facts", [Facts(), known()], ids=["unlisted", "listed"])
def test_scaled_contracts_are_told_per_coin(symbol: str, base: str, facts: Facts) -> None:
    event = one(told(liquidated(symbol, "Buy", "500", "0.004"), facts=facts), Liquidation)
    assert (event.instrument.symbol, event.instrument.base) == (symbol, base)
    assert event.price == pytest.approx(4e-6)
    assert event.quantity == 500_000
    assert event.notional == pytest.approx(2.0)


def test_a_bad_row_costs_no_neighbour() -> None:
    frame = liquidated("BTCUSDT", "Buy", "1", "82000")
    good = frame["data"][0]
    bad: list[object] = [
        good | {"p": "inf"},
        good | {"v": "0"},
        good | {"S": "Both"},
        good | {"T": NOW + 2 * 86_400_000},
        good | {"s": "\x1b[2JUSDT"},
        7,
    ]
    items = told(frame | {"data": [good, *bad, good]})
    assert [type(item) for item in items] == [Liquidation, *[Malformed] * len(bad), Liquidation]


def test_keys_may_come_in_any_order() -> None:
    frame = liquidated("BTCUSDT", "Buy", "1", "82000")
    assert told(dict(reversed(frame.items()))) == told(frame)
    snapshot = ticker("snapshot", markPrice="82000")
    assert told(dict(reversed(snapshot.items()))) == told(snapshot)


def test_a_frame_keeps_its_receipt_and_an_unknown_receipt_bounds_nothing() -> None:
    frame = encoded(liquidated("BTCUSDT", "Buy", "1", "82000"))
    session = VENUE.session(LINEAR, Facts())
    for seen in (SEEN, 0):
        assert one(list(session.receive(frame, seen)), Liquidation).seen == seen


# Tickers


def reading(*frames: dict[str, Any], url: str = LINEAR) -> list[list[Item]]:
    session = VENUE.session(url, Facts())
    return [list(session.receive(encoded(frame), SEEN)) for frame in frames]


def test_a_delta_without_its_snapshot_says_nothing() -> None:
    assert told(ticker("delta", markPrice="82000", openInterest="5", fundingRate="0.1")) == []


def test_deltas_add_to_the_snapshot_and_tell_only_what_they_bring() -> None:
    _, book, mark, index, interest, rate = reading(
        ticker(
            "snapshot",
            markPrice="82000",
            indexPrice="82010",
            openInterest="100",
            fundingRate="0.0001",
            nextFundingTime=str(NOW + 3_600_000),
            fundingIntervalHour="8",
        ),
        ticker("delta", bid1Price="81999"),
        ticker("delta", markPrice="82001", openInterestValue="4100050"),
        ticker("delta", indexPrice="82011"),
        ticker("delta", openInterest="102", singleOpenInterest="51"),
        ticker("delta", fundingRate="0"),
    )
    assert book == []
    assert one(mark, MarkPrice).price == 82001
    assert one(mark, MarkPrice).index == 82010
    assert (one(index, MarkPrice).price, one(index, MarkPrice).index) == (82001, 82011)
    assert (one(interest, OpenInterest).quantity, one(interest, OpenInterest).notional) == (
        51,
        51 * 82001,
    )
    funding = one(rate, Funding)
    assert (funding.rate, funding.interval_hours, funding.kind) == (0, 8, FundingKind.ESTIMATED)
    assert funding.due == (NOW + 3_600_000) * 1_000_000


def test_a_new_snapshot_forgets() -> None:
    *_, last = reading(
        ticker("snapshot", markPrice="82000", indexPrice="82010"),
        ticker("snapshot", markPrice="82001"),
    )
    assert one(last, MarkPrice).index is None


def test_connections_and_contracts_share_no_state() -> None:
    first, second = VENUE.session(LINEAR, Facts()), VENUE.session(LINEAR, Facts())
    assert first.receive(encoded(ticker("snapshot", markPrice="82000")), SEEN)
    assert not second.receive(encoded(ticker("delta", markPrice="82001")), SEEN)
    assert not first.receive(encoded(ticker("delta", "ETHUSDT", markPrice="2000")), SEEN)


def test_inverse_open_interest_is_usd_and_coins_at_the_mark() -> None:
    whole, delta = reading(
        ticker("snapshot", "BTCUSD", markPrice="80000", openInterest="480000000"),
        ticker("delta", "BTCUSD", openInterest="960000000"),
        url=INVERSE,
    )
    event = of(whole, OpenInterest)[0]
    assert (event.quantity, event.notional) == (3000, 240_000_000)
    assert one(delta, OpenInterest).quantity == 6000


def test_open_interest_without_a_mark_is_half_unknown() -> None:
    linear = one(told(ticker("snapshot", openInterest="10")), OpenInterest)
    inverse = one(told(ticker("snapshot", "BTCUSD", openInterest="10"), INVERSE), OpenInterest)
    assert (linear.quantity, linear.notional) == (5, None)
    assert (inverse.quantity, inverse.notional) == (None, 5)


def test_nothing_is_made_of_empty_fields() -> None:
    empty = dict.fromkeys(
        ("markPrice", "indexPrice", "openInterest", "fundingRate", "nextFundingTime"), ""
    )
    assert told(ticker("snapshot", **empty)) == []


def test_a_contracts_interval_stands_in_for_the_tickers() -> None:
    snapshot = ticker("snapshot", "1000PEPEUSDT", fundingRate="0.0001")
    assert one(told(snapshot, facts=known()), Funding).interval_hours == 4
    assert one(told(snapshot), Funding).interval_hours is None


# Which market


@pytest.mark.parametrize(
    ("symbol", "market", "base", "quote", "perpetual"),
    [
        ("BTCUSDT", "linear", "BTC", "USDT", True),
        ("BTCPERP", "linear", "BTC", "USDC", True),
        ("BTCUSD", "inverse", "BTC", "USD", True),
        ("BTCUSDU23", "inverse", "BTC", "USD", False),
        ("BTC-26DEC25", "linear", "BTC", "USDC", False),
        ("BTCUSDT-5SEP26", "linear", "BTC", "USDT", False),
        ("币安人生USDT", "linear", "币安人生", "USDT", True),
    ],
)
def test_a_bare_frame_tells_its_market_by_the_symbol(
    symbol: str, market: str, base: str, quote: str, perpetual: bool
) -> None:
    instrument = one(told(liquidated(symbol, "Buy", "1", "9"), url=""), Liquidation).instrument
    assert (instrument.market, instrument.base, instrument.quote) == (market, base, quote)
    assert instrument.perpetual is perpetual


def test_url_then_listing_then_wish_then_symbol_decide() -> None:
    frame = encoded(liquidated("XUSDT", "Buy", "10", "2"))

    def kind(session: Session) -> ContractKind:
        return one(list(session.receive(frame, SEEN)), Liquidation).instrument.kind

    assert kind(VENUE.session(INVERSE + "?x=1", Facts(), "linear")) is ContractKind.INVERSE
    assert kind(VENUE.session("", contracts(["XUSDT"]), "inverse")) is ContractKind.LINEAR
    assert kind(VENUE.session("", Facts(), "inverse")) is ContractKind.INVERSE
    assert kind(VENUE.session("", Facts())) is ContractKind.LINEAR


# Lists


def test_contracts() -> None:
    facts = known()
    pepe, bitcoin, dated = (
        facts.instruments[name] for name in ("1000PEPEUSDT", "BTCUSD", "BTC-26DEC25")
    )
    assert (pepe.base, pepe.scale, pepe.funding_hours, pepe.max_leverage) == ("PEPE", 1000, 4, 75)
    assert pepe.tick == pytest.approx(1e-10)
    assert (pepe.contract_size, pepe.contract_unit) == (1, Unit.BASE)
    assert (bitcoin.kind, bitcoin.contract_unit) == (ContractKind.INVERSE, Unit.QUOTE)
    assert (bitcoin.coverage, dated.coverage) == (Coverage.FULL, Coverage.NONE)
    assert (dated.perpetual, dated.funding_hours) == (False, None)


def test_what_is_listed_is_as_it_is_told_from_its_name() -> None:
    """So that decoding without instruments loses nothing but the details."""
    for name, listed in known().instruments.items():
        guessed = one(told(liquidated(name, "Buy", "1", "9"), url=""), Liquidation).instrument
        fields = ("market", "symbol", "base", "quote", "kind", "perpetual", "scale", "coverage")
        for field in fields:
            assert getattr(guessed, field) == getattr(listed, field), (name, field)


def test_pages_are_followed_to_their_end() -> None:
    request = VENUE.bootstrap()[0]
    assert dict(request.params) == {"category": "linear", "limit": "1000"}
    assert request.following is not None
    page = {"retCode": 0, "result": {"list": [], "nextPageCursor": "first%3DA%26last%3DB"}}
    second = request.following(encoded(page))
    assert second is not None
    assert second.full_url == request.full_url + "&cursor=first%3DA%26last%3DB"
    assert second.following is not None
    assert second.following(encoded(page)) is None, "the same page again is the end"
    ends: list[object] = [{"nextPageCursor": ""}, {"nextPageCursor": None}, {}, []]
    for last in ends:
        assert second.following(encoded({"retCode": 0, "result": last})) is None
    assert second.following(b"<html>") is None


def bracket(limit: str, rate: str, initial: str, leverage: str, deduction: str) -> dict[str, Any]:
    return {
        "id": 1,
        "symbol": "BTCUSDT",
        "riskLimitValue": limit,
        "maintenanceMargin": rate,
        "initialMargin": initial,
        "isLowestRisk": 0,
        "maxLeverage": leverage,
        "mmDeduction": deduction,
    }


BRACKETS = [
    bracket("10000000", "0.02", "0.04", "25.00", "20500"),
    bracket("300000", "0.0033", "0.0066", "150.00", ""),
    bracket("2000000", "0.005", "0.01", "100.00", "510"),
]
TIERS = (
    Tier(0, 0.0033, 150, 0),
    Tier(300_000, 0.005, 100, 510),
    Tier(2_000_000, 0.02, 25, 20_500),
)


def tiers(rows: list[dict[str, Any]], facts: Facts | None = None) -> tuple[Tier, ...]:
    call = f"risk-limit?category=linear&symbol={rows[0]['symbol']}"
    return one(got(call, {"list": rows}, facts), Listing).instrument.tiers


def test_brackets_come_in_any_order() -> None:
    assert tiers(BRACKETS) == TIERS


def test_brackets_may_be_in_per_cent() -> None:
    keys = ("maintenanceMargin", "initialMargin")
    rows = [row | {key: f"{float(row[key]) * 100:g}" for key in keys} for row in BRACKETS]
    for percent, fraction in zip(tiers(rows), TIERS, strict=True):
        assert percent.rate == pytest.approx(fraction.rate)
        assert (percent.floor, percent.max_leverage) == (fraction.floor, fraction.max_leverage)


def test_a_deduction_that_is_not_published_is_unknown() -> None:
    rows = [{key: row[key] for key in row if key != "mmDeduction"} for row in BRACKETS]
    assert [tier.deduction for tier in tiers(rows)] == [0, None, None]


def test_a_schedule_with_a_hole_is_none() -> None:
    rows = [BRACKETS[0], BRACKETS[1] | {"maintenanceMargin": "NaN"}, BRACKETS[2]]
    facts = known()
    assert isinstance(
        one(got("risk-limit?category=linear", {"list": rows}, facts), Malformed), Malformed
    )
    assert facts.instruments["BTCUSDT"].tiers == ()
    whole = [BRACKETS[1] | {"maintenanceMargin": "3", "initialMargin": "0.01"}]
    assert isinstance(one(got("risk-limit?category=linear", {"list": whole}), Malformed), Malformed)


def test_listings_keep_their_brackets() -> None:
    facts = known()
    tiers(BRACKETS, facts)
    listing = next(body for url, body in fixture() if "instruments-info?category=linear" in url)
    list(VENUE.read(f"{REST}/instruments-info?category=linear", listing, SEEN, facts))
    assert facts.instruments["BTCUSDT"].tiers == TIERS


def test_brackets_in_coin_are_valued_at_the_mark() -> None:
    facts = known()
    rows = [
        bracket("150", "0.5", "1", "100.00", "") | {"symbol": "BTCUSD"},
        bracket("300", "1", "2", "50.00", "0.75") | {"symbol": "BTCUSD"},
    ]
    call = "risk-limit?category=inverse&symbol=BTCUSD"
    assert got(call, {"list": rows}, facts) == []
    row = {"symbol": "BTCUSD", "markPrice": "80000"}
    got("tickers?category=inverse", {"list": [row]}, facts)
    assert one(got(call, {"list": rows}, facts), Listing).instrument.tiers == (
        Tier(0, 0.005, 100, 0),
        Tier(12_000_000, 0.01, 50, 60_000),
    )


def test_lists_are_told_in_the_order_it_happened() -> None:
    rows = [[str(NOW - 300_000 * back), "2", "4", "1", "3", "10", "30"] for back in range(4)]
    candles = got("kline?category=linear&symbol=BTCUSDT&interval=5", {"list": rows})
    assert [candle.at for candle in of(candles, Candle)] == [
        (NOW - 300_000 * back) * 1_000_000 for back in (2, 1, 0)
    ]
    assert of(candles, Candle)[0].interval_s == 300
    assert len(candles) == 3, "the running bar is nobody's"


def test_candles_count_base_in_either_market() -> None:
    row = [str(NOW - 3_600_000), "2", "4", "1", "3", "1000", "400"]
    linear = got("kline?category=linear&symbol=1000PEPEUSDT&interval=60", {"list": [row]})
    inverse = got("kline?category=inverse&symbol=BTCUSD&interval=60", {"list": [row]})
    assert one(linear, Candle).volume == 1_000_000
    assert one(linear, Candle).high == pytest.approx(0.004)
    assert (one(inverse, Candle).volume, one(inverse, Candle).high) == (400, 4)


@pytest.mark.parametrize("interval", ["", "&interval=D", "&interval=-5"])
def test_a_bar_of_unknown_length_is_no_candle(interval: str) -> None:
    row = [str(NOW - 3_600_000), "2", "4", "1", "3", "1000", "400"]
    call = f"kline?category=linear&symbol=BTCUSDT{interval}"
    assert of(got(call, {"list": [row]}), Candle) == []


def test_settled_funding_is_due_when_it_was_paid() -> None:
    row = {"symbol": "BTCUSDT", "fundingRate": "-0.0002", "fundingRateTimestamp": str(NOW)}
    call = "funding/history?category=linear&symbol=BTCUSDT"
    funding = one(got(call, {"list": [row]}, known()), Funding)
    assert (funding.rate, funding.interval_hours) == (-0.0002, 8)
    assert funding.at == funding.due == SEEN
    assert funding.kind is FundingKind.SETTLED


def test_a_refused_call_says_why() -> None:
    body = encoded({"retCode": 10006, "retMsg": "Too many visits!", "result": {}, "time": NOW})
    items = list(VENUE.read(f"{REST}/tickers?category=linear", body, SEEN, Facts()))
    assert items == [Rejected("tickers", "10006 Too many visits!", often=True)]


def test_a_page_of_html_is_malformed() -> None:
    items = list(VENUE.read(f"{REST}/tickers", b"<html>403</html>", SEEN, Facts()))
    assert isinstance(one(items, Malformed), Malformed)


def test_polls_are_of_what_is_watched() -> None:
    polls = {poll.name: poll for poll in VENUE.polls(known(), ["BTC"])}
    assert set(polls) == {
        "linear-tickers",
        "linear-contracts",
        "inverse-tickers",
        "inverse-contracts",
        "brackets-BTCUSDT",
        "brackets-BTCPERP",
        "brackets-BTCUSD",
    }
    spent = sum(poll.request.weight / poll.every for poll in polls.values())
    pool = VENUE.pools[0]
    assert spent < 0.25 * pool.limit / pool.window


@pytest.mark.parametrize(
    ("step", "names"), [(300, {"5", "5min"}), (3600, {"60", "1h"}), (14_400, {"240", "4h"})]
)
def test_the_past_is_asked_for_without_holes(step: int, names: set[str]) -> None:
    hour, day = 3600 * 10**9, 86_400 * 10**9
    instrument = known().instruments["BTCUSDT"]
    since, until = SEEN - 30 * day, SEEN
    calls = [
        (request.url.rpartition("/v5/market/")[2], dict(request.params))
        for request in VENUE.backfill(instrument, since, until, step)
    ]
    widest = {"kline": 1000 * step * 10**9, "open-interest": 200 * step * 10**9}
    widest["funding/history"] = 200 * 8 * hour
    for kind, width in widest.items():
        pages = [params for name, params in calls if name == kind]
        first, last = ("start", "end") if kind == "kline" else ("startTime", "endTime")
        spans = [(int(page[first]), int(page[last])) for page in pages]
        assert spans[0][0] == since // 10**6
        assert spans[-1][1] == until // 10**6 - 1
        assert all(b[0] == a[1] + 1 for a, b in pairwise(spans))
        assert all((end - start) * 10**6 < width for start, end in spans)
        assert all(page["category"] == "linear" and page["symbol"] == "BTCUSDT" for page in pages)
    steps = [params.get("interval") or params.get("intervalTime") for _, params in calls]
    assert {name for name in steps if name} == names
    dated = known().instruments["BTC-26DEC25"]
    assert not any("funding" in request.url for request in VENUE.backfill(dated, since, until))


# What nobody should send


def test_what_is_not_used_says_nothing_and_what_is_not_known_says_so() -> None:
    for topic in ("kline.5.X", "orderbook.50.X", "adlAlert.USDT", "insurance.USDT", "trade.X"):
        for data in ({}, [], [{"a": 1}], {"symbol": "X", "markPrice": "x"}):
            assert told({"topic": topic, "type": "snapshot", "ts": NOW, "data": data}) == []
    assert told({"topic": "weather.X", "data": {"symbol": "X"}}) == [Unknown("weather")]
    assert told({"topic": "weather.X", "data": []}) == [Unknown("weather")]
    assert list(VENUE.read(f"{REST}/weather", b"{}", SEEN, Facts())) == [Unknown(f"{REST}/weather")]


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"\xff",
        b"[]",
        b"1",
        b'"text"',
        b"{" * 100_000,
        b'{"topic":' + b"[" * 100_000,
        b'{"topic":"allLiquidation.X","data":' + b"[" * 100_000,
        b'{"topic":"allLiquidation.X"}',
        b'{"topic":"allLiquidation.X","data":null}',
        b'{"topic":"tickers.X","type":"snapshot","data":[]}',
        b'{"topic":"tickers.X","type":"snapshot","ts":1,"data":{"markPrice":"2"}}',
        b'{"topic":"tickers.X","type":5,"data":{}}',
        b'{"topic":"publicTrade.\xff","data":[]}',
    ],
    ids=lambda frame: frame[:40].decode(errors="replace"),
)
def test_what_cannot_be_read_is_malformed(frame: bytes) -> None:
    (item,) = VENUE.session(LINEAR, Facts()).receive(frame, SEEN)
    assert isinstance(item, Malformed)
    (item,) = VENUE.read(f"{REST}/tickers?category=linear", frame, SEEN, Facts())
    assert isinstance(item, Malformed)


def values(item: object) -> Iterator[float]:
    for value in (getattr(item, name) for name in getattr(item, "__struct_fields__", ())):
        if isinstance(value, bool | None):
            continue
        if isinstance(value, int | float):
            yield value
        elif isinstance(value, Instrument | Tier):
            yield from values(value)
        elif isinstance(value, tuple):
            for inner in value:
                yield from values(inner)


def assert_sound(items: list[Item]) -> None:
    for item in items:
        assert all(math.isfinite(value) for value in values(item))
        match item:
            case Liquidation() | Trade():
                assert item.price > 0
                assert item.quantity
                assert item.quantity > 0
            case MarkPrice() | Candle():
                assert all(value >= 0 for value in values(item))
            case OpenInterest():
                assert (item.quantity or 0) >= 0


@settings(max_examples=100)
@given(frame=st.binary(max_size=200), url=st.sampled_from(sorted({url for url, _ in fixture()})))
def test_no_bytes_raise(frame: bytes, url: str) -> None:
    if url.startswith("http"):
        assert_sound(list(VENUE.read(url, frame, SEEN, Facts())))
    else:
        assert_sound(list(VENUE.session(url, Facts()).receive(frame, SEEN)))


NUMBERS = st.one_of(
    # Scaled down, the smallest floats there are would be 0.
    st.floats(allow_subnormal=False).map(str),
    st.integers().map(str),
    st.sampled_from(["", "NaN", "inf", "-0", "1e-300", "1e308", "1_0", "\u0661", "null"]),
    st.none(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False),
    st.lists(st.integers(), max_size=2),
    st.text(max_size=8),
)


def mutated(value: Any, data: st.DataObject) -> Any:
    """Exchange some leaves of a message for what no document names."""
    if isinstance(value, dict):
        return {key: mutated(inner, data) for key, inner in value.items()}
    if isinstance(value, list):
        return [mutated(inner, data) for inner in value]
    return data.draw(NUMBERS) if data.draw(st.integers(0, 9)) == 0 else value


@settings(max_examples=100)
@given(data=st.data())
def test_no_value_of_a_field_raises_or_spoils_a_number(data: st.DataObject) -> None:
    url, body = data.draw(st.sampled_from([row for row in fixture() if row[1][:1] == b"{"]))
    try:
        frame = mutated(json.loads(body), data)
    except json.JSONDecodeError:
        return
    facts = known()
    if url.startswith("http"):
        assert_sound(list(VENUE.read(url, encoded(frame), SEEN, facts)))
        return
    session = VENUE.session(url, facts)
    for symbol in ("BTCUSDT", "BTCUSD"):
        session.receive(encoded(ticker("snapshot", symbol, markPrice="80000")), SEEN)
    assert_sound(list(session.receive(encoded(frame), SEEN)))
