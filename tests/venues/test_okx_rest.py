"""OKX over REST: what is listed, its margin and its past; and what is asked of the venue."""

import json
from collections.abc import Iterator
from urllib.parse import parse_qsl

import pytest

from liqtui.model.events import Candle, Funding, Listing, OpenInterest, Trade
from liqtui.model.market import ContractKind, FundingKind, Unit
from liqtui.protocol.facts import Facts
from liqtui.protocol.items import Malformed
from liqtui.protocol.venue import Request
from liqtui.venues import shipped
from liqtui.venues.okx import VENUE
from tests.venues.okx_frames import (
    HOUR,
    SEEN,
    T,
    listed,
    mark,
    of,
    one,
    push,
    read,
    receive,
    tier,
    trade,
    wire,
)

# What is listed, and its margin (4.5).


def test_contract_sizes_multiply() -> None:
    facts = Facts()
    rows = [
        listed("TWO-USDT-SWAP", ctVal="5", ctMult="10", lever=""),
        listed("BTC-USD-SWAP", ctType="inverse", ctVal="100", ctValCcy="USD"),
        listed("BTC-USD_UM-SWAP"),
        listed("ODD-USDT-SWAP", ctValCcy="XYZ"),
        listed("MINE-USDT-SWAP", state="test"),
    ]
    read("public/instruments?instType=SWAP", *rows, facts=facts)
    two, inverse, dollar, odd = facts.instruments.values()
    assert (two.contract_size, two.max_leverage, two.kind) == (50.0, None, ContractKind.LINEAR)
    assert (inverse.contract_unit, inverse.kind) == (Unit.QUOTE, ContractKind.INVERSE)
    assert (dollar.quote, dollar.kind, dollar.contract_unit) == ("USD", two.kind, Unit.BASE)
    assert odd.contract_size is None
    assert (two.trigger_fee, two.margin_on) == (0.0005, "mark")


def test_dated_contracts_are_not_perpetual_and_never_watched() -> None:
    facts = Facts()
    row = listed("BTC-USD-260925", instType="FUTURES", ctType="inverse", ctValCcy="USD")
    found = one(Listing, read("public/instruments?instType=FUTURES", row, facts=facts))
    assert not found.instrument.perpetual
    assert len(VENUE.streams(facts, ["BTC"])) == 1


def test_linear_tiers_wait_for_a_mark_and_outlive_a_new_listing() -> None:
    facts = shipped("okx")
    path = "public/position-tiers?instType=SWAP&tdMode=cross&instFamily=BTC-USDT"
    rows = [tier("1000", "0.005"), tier("0")]
    assert of(Malformed, read(path, *rows, facts=facts))
    receive(push("mark-price", mark(px="80000")), facts=facts)
    found = one(Listing, read(path, *rows, facts=facts)).instrument.tiers
    assert [(t.floor, t.rate, t.deduction) for t in found] == [
        (0.0, 0.004, None),
        (800_000.0, 0.005, None),
    ]
    again = read("public/instruments?instType=SWAP", listed("BTC-USDT-SWAP"), facts=facts)
    assert one(Listing, again).instrument.tiers == found


def test_inverse_tiers_have_a_face() -> None:
    path = "public/position-tiers?instType=SWAP&tdMode=cross&instFamily=BTC-USD"
    rows = [tier("0", family="BTC-USD"), tier("2001", family="BTC-USD")]
    found = one(Listing, read(path, *rows)).instrument
    assert [t.floor for t in found.tiers] == [0.0, 200_100.0]


def test_tiers_of_other_products_are_nothing() -> None:
    margin = {**tier("0", family=""), "instId": "BTC-USDT"}
    assert read("public/position-tiers?instType=MARGIN&instId=BTC-USDT", margin) == []
    assert read("public/position-tiers?instType=FUTURES&instFamily=BTC-USDT", tier("0")) == []


# The past (4.5), newest first.


def bar(minutes: int, confirm: str = "1") -> list[str]:
    at = str(T - minutes * 60_000)
    return [at, "100", "110", "90", "105", "1000", "10", "1050", confirm]


def test_candles_come_in_order_and_finished() -> None:
    path = "market/candles?instId=BTC-USDT-SWAP&bar=1m"
    found = of(Candle, read(path, bar(1, "0"), bar(2), bar(3)))
    assert [event.at // 1_000_000 - T for event in found] == [-120_000, -60_000]
    assert (found[0].volume, found[0].taker_buy, found[0].interval_s) == (10.0, None, 60)
    older = one(Candle, read(path.replace("/candles", "/history-candles"), bar(9)))
    assert older.at // 1_000_000 - T == -480_000


def test_past_open_interest_comes_in_order() -> None:
    rows = [[str(T - 1000), "200", "2", "160000"], [str(T - 301_000), "100", "1", "80000"]]
    path = "rubik/stat/contracts/open-interest-history?instId=BTC-USDT-SWAP&period=5m"
    assert [event.quantity for event in of(OpenInterest, read(path, *rows))] == [1.0, 2.0]


def test_past_funding_is_what_was_paid() -> None:
    rows = [
        {"instId": "BTC-USDT-SWAP", "fundingRate": "0.3", "realizedRate": r, "fundingTime": str(at)}
        for r, at in (("0.0002", T), ("0.0001", T - 4 * HOUR))
    ]
    found = of(Funding, read("public/funding-rate-history?instId=BTC-USDT-SWAP", *rows))
    assert [(event.rate, event.interval_hours) for event in found] == [(0.0001, None), (0.0002, 4)]
    assert {event.kind for event in found} == {FundingKind.SETTLED}


def test_a_past_that_names_nothing_is_malformed() -> None:
    assert of(Malformed, read("market/candles", bar(2)))
    assert of(Malformed, receive(wire({"code": "0", "msg": "", "data": [bar(2)]})))


def pages(request: Request, kept: int) -> Iterator[tuple[Request, list[list[str]]]]:
    """Answer a chain of candle requests as a venue with ``kept`` new and endless old bars."""
    following: Request | None = request
    while following is not None:
        params = dict(following.params)
        old = following.url.endswith("history-candles")
        end = (T - int(params["after"])) // 60_000
        upto = end + int(params["limit"])
        rows = [bar(n) for n in range(end + 1, (upto if old else min(upto, kept)) + 1)]
        yield following, rows
        assert following.following is not None
        following = following.following(wire({"code": "0", "msg": "", "data": rows}))


def test_backfill_pages_to_the_start_and_changes_to_the_long_memory() -> None:
    instrument = shipped("okx").instruments["BTC-USDT-SWAP"]
    start = T - 600 * 60_000
    candles, interest, funding = VENUE.backfill(instrument, start * 10**6, SEEN)
    asked = list(pages(candles, kept=400))
    ends = [request.url.rpartition("/")[2] for request, _ in asked]
    assert ends == ["candles"] * 3 + ["history-candles"] * 2
    times = [int(row[0]) for _, rows in asked for row in rows]
    assert times == sorted(times, reverse=True)
    assert len(set(times)) == len(times) >= 600
    assert {dict(interest.params)["period"], dict(candles.params)["bar"]} == {"5m", "1m"}
    assert dict(interest.params)["end"] == dict(funding.params)["after"] == str(T)


def told(request: Request, first: int) -> Iterator[tuple[Request, list[int]]]:
    """Answer a chain of requests as a venue that has a row every four hours since ``first``."""
    step = 4 * HOUR
    following: Request | None = request
    while following is not None:
        params = dict(following.params)
        end, most = int(params.get("after") or params["end"]), int(params["limit"])
        newest = -(-end // step) * step - step
        times = [t for t in range(newest, newest - most * step, -step) if t >= first]
        rows = [[str(t), "1", "1", "1", "1", "1", "1", "1", "1"] for t in times]
        if "period" in params:
            rows = [row[:4] for row in rows]
        yield following, times
        assert following.following is not None
        following = following.following(wire({"code": "0", "msg": "", "data": rows}))


def test_weeks_are_paged_in_long_steps_and_not_beyond_them() -> None:
    instrument, step = shipped("okx").instruments["BTC-USDT-SWAP"], 4 * HOUR
    until = T // step * step
    since = until - 162 * step
    asked = VENUE.backfill(instrument, since * 10**6, until * 10**6, 14_400)
    candles, interest = list(told(asked[0], 0)), list(told(asked[1], 0))
    assert (len(candles), len(interest)) == (1, 2)
    assert {dict(request.params)["bar"] for request, _ in candles} == {"4H"}
    assert {dict(request.params)["period"] for request, _ in interest} == {"4H"}
    for chain in (candles, interest):
        times = [time for _, page in chain for time in page]
        assert times == list(range(until - step, since - 1, -step))


def test_past_open_interest_and_funding_are_limited_by_contract() -> None:
    apart = {pool.name for pool in VENUE.pools if pool.apart == "instId"}
    assert apart == {"open-interest-history", "funding-rate-history"}


def test_a_listing_of_yesterday_has_no_weeks() -> None:
    instrument, step = shipped("okx").instruments["BTC-USDT-SWAP"], 4 * HOUR
    until = T // step * step
    asked = VENUE.backfill(instrument, (until - 162 * step) * 10**6, until * 10**6, 14_400)
    assert [page for _, page in told(asked[1], until)] == [[]]
    ends = [request.url.rpartition("/")[2] for request, _ in told(asked[0], until)]
    assert ends == ["candles", "history-candles"]


@pytest.mark.parametrize("page", [b"", b"<html>", b'{"code":"50011","data":[],"msg":"slow"}'])
def test_backfill_ends_at_a_page_that_is_none(page: bytes) -> None:
    instrument = shipped("okx").instruments["BTC-USDT-SWAP"]
    for request in VENUE.backfill(instrument, 0, SEEN):
        following: Request | None = request
        for _ in range(3):
            if following is not None:
                assert following.following is not None
                following = following.following(page)
        assert following is None


def test_backfill_does_not_turn_round_at_a_page_that_repeats() -> None:
    instrument = shipped("okx").instruments["BTC-USDT-SWAP"]
    funding = VENUE.backfill(instrument, 0, SEEN)[2]
    row = {"instId": "BTC-USDT-SWAP", "realizedRate": "0.1", "fundingTime": str(T)}
    assert funding.following is not None
    assert funding.following(wire({"code": "0", "msg": "", "data": [row]})) is None
    rows = [{**row, "fundingTime": ""}, {**row, "fundingTime": str(T - HOUR)}]
    following = funding.following(wire({"code": "0", "msg": "", "data": rows}))
    assert following is not None
    assert dict(following.params)["after"] == str(T - HOUR)


# Streams and polls.


def many(count: int) -> Facts:
    facts = Facts()
    rows = [listed(f"BTC-Q{n}-SWAP") for n in range(count)]
    read("public/instruments?instType=SWAP", *rows, facts=facts)
    return facts


def test_what_is_watched_has_sockets_within_the_limits() -> None:
    streams = VENUE.streams(many(230), ["BTC"])
    assert [stream.name for stream in streams] == ["public", "watched-1", "watched-2", "watched-3"]
    for stream in streams:
        frames = stream.hello(SEEN)
        assert sum(len(frame) for frame in frames) < 64 * 1024
        assert len(frames) == 1
        assert any(topic.startswith("mark-price:") for topic in stream.topics), "its canary"
    args = [arg for stream in streams[1:] for arg in json.loads(stream.hello(SEEN)[0])["args"]]
    assert len(args) == 230 * 5


def test_dollar_margined_swaps_follow_the_index_of_the_inverse_ones() -> None:
    facts = Facts()
    rows = [listed("BTC-USD_UM-SWAP"), listed("BTC-USD-SWAP", ctType="inverse", ctValCcy="USD")]
    read("public/instruments?instType=SWAP", *rows, facts=facts)
    topics = VENUE.streams(facts, ["BTC"])[1].topics
    assert [t for t in topics if t.startswith("index")] == ["index-tickers:BTC-USD"]


def test_only_the_watched_bases_are_asked_about() -> None:
    facts = shipped("okx")
    names = {poll.name for poll in VENUE.polls(facts, ["ETH"])}
    assert {"open-interest", "mark-price", "funding-rate:ETH-USDT-SWAP"} <= names
    assert not any("BTC" in name for name in names)
    watched = VENUE.streams(facts, ["ETH"])[1]
    assert {"trades:ETH-USD-SWAP", "index-tickers:ETH-USD"} <= watched.topics
    assert not any("BTC" in topic for topic in watched.topics)


def test_without_its_market_there_is_nothing() -> None:
    none = VENUE.at({}, [])
    facts = shipped("okx")
    assert [*none.bootstrap(), *none.streams(facts, ["BTC"]), *none.polls(facts, ["BTC"])] == []


def test_shipped_sizes_count_a_bare_frame() -> None:
    assert len(shipped("okx").instruments) >= 30
    (trading,) = of(Trade, VENUE.session("", shipped("okx")).receive(push("trades", trade()), 0))
    assert trading.quantity == pytest.approx(0.07)


def test_every_request_says_what_it_asks() -> None:
    requests = VENUE.bootstrap()
    assert [r.url.rpartition("/")[2] for r in requests] == ["instruments", "mark-price"]
    for request in requests:
        assert dict(parse_qsl(request.full_url.partition("?")[2])) == {"instType": "SWAP"}
