"""What is peculiar to Binance's REST bodies, schedules and shipped facts."""

from collections.abc import Sequence
from itertools import pairwise

import pytest

from liqtui.model.events import (
    Candle,
    Funding,
    Listing,
    OpenInterest,
)
from liqtui.model.market import FundingKind
from liqtui.protocol.facts import Facts
from liqtui.protocol.items import Malformed, Rejected, Unknown
from liqtui.protocol.numbers import DAY
from liqtui.protocol.venue import Poll, Request
from liqtui.venues import shipped
from liqtui.venues.binance import VENUE
from tests.venues.binance_frames import (
    DAPI,
    FAPI,
    MS,
    SEEN,
    T,
    answer,
    coinm,
    forced,
    kline,
    liquidation,
    listed,
    marked,
    receive,
    usdm,
)

# REST.


def test_listings_take_shipped_tiers_and_forget_no_interval() -> None:
    facts = listed()
    bitcoin = facts.instruments["BTCUSDT"]
    assert bitcoin.max_leverage == 150.0
    assert (bitcoin.tiers[0].rate, bitcoin.tiers[-1].rate) == (0.004, 0.5)
    answer(f"{FAPI}/fundingInfo", [{"symbol": "BTCUSDT", "fundingIntervalHours": 4}], facts)
    answer(f"{FAPI}/exchangeInfo", {"symbols": [usdm("BTCUSDT", "BTC")]}, facts)
    assert facts.instruments["BTCUSDT"].funding_hours == 4.0


def test_what_does_not_trade_is_not_listed_but_still_read() -> None:
    facts = Facts()
    assert answer(f"{FAPI}/exchangeInfo", {"symbols": [usdm("XUSDT", "X", status="CLOSE")]}) == []
    assert facts.instruments == {}
    assert liquidation(forced("XUSDT"), facts=facts).quantity == 0.5


def test_traditional_perpetuals_are_perpetual() -> None:
    row = usdm("XAUUSDT", "XAU", contractType="TRADIFI_PERPETUAL")
    (listing,) = answer(f"{FAPI}/exchangeInfo", {"symbols": [row]})
    assert isinstance(listing, Listing)
    assert listing.instrument.perpetual


def test_intervals_of_funding_follow_the_list_of_exceptions() -> None:
    facts = listed()
    odd = [{"symbol": "BTCUSDT", "fundingIntervalHours": 4}]
    (changed,) = answer(f"{FAPI}/fundingInfo", odd, facts)
    assert isinstance(changed, Listing)
    (funding,) = (item for item in receive(marked(), facts=facts) if isinstance(item, Funding))
    assert funding.interval_hours == 4.0
    assert answer(f"{FAPI}/fundingInfo", odd, facts) == []
    assert answer(f"{DAPI}/fundingInfo", [], facts) == []
    assert len(answer(f"{FAPI}/fundingInfo", [], facts)) == 1
    assert facts.instruments["BTCUSDT"].funding_hours == 8.0


def test_open_interest_is_one_sided_in_coins_or_in_dollars() -> None:
    now = {"symbol": "1000PEPEUSDT", "openInterest": "5000", "time": T}
    (coins,) = answer(f"{FAPI}/openInterest?symbol=1000PEPEUSDT", now)
    assert isinstance(coins, OpenInterest)
    assert (coins.quantity, coins.notional) == (5_000_000.0, None)
    now = {"symbol": "BTCUSD_PERP", "pair": "BTCUSD", "openInterest": "15004", "time": T}
    (dollars,) = answer(f"{DAPI}/openInterest?symbol=BTCUSD_PERP", now)
    assert isinstance(dollars, OpenInterest)
    assert (dollars.quantity, dollars.notional, dollars.face) == (None, 1_500_400.0, 1_500_400.0)


def test_past_open_interest_of_coinm_knows_coins_and_dollars() -> None:
    url = "https://dapi.binance.com/futures/data/openInterestHist?pair=BTCUSD"
    row = {
        "pair": "BTCUSD",
        "contractType": "PERPETUAL",
        "sumOpenInterest": "20403",
        "sumOpenInterestValue": "25.5",
        "timestamp": str(T),
    }
    (event,) = answer(url, [row])
    assert isinstance(event, OpenInterest)
    assert event.instrument.symbol == "BTCUSD_PERP"
    assert (event.quantity, event.notional) == (25.5, 2_040_300.0)
    assert answer(url, [{**row, "contractType": "CURRENT_QUARTER"}]) == []


def test_special_settlements_are_passed_over() -> None:
    row = {"symbol": "BTCUSDT", "fundingRate": "0.0001", "fundingTime": T, "rateType": "Regular"}
    settled, *rest = answer(f"{FAPI}/fundingRate", [row, {**row, "rateType": "Special"}])
    assert rest == []
    assert isinstance(settled, Funding)
    assert (settled.kind, settled.due, settled.at) == (FundingKind.SETTLED, T * MS, T * MS)


def test_only_finished_candles_count() -> None:
    last = T - T % 300_000
    rows = [kline(last - 300_000), kline(last)]
    (candle,) = answer(f"{FAPI}/klines?symbol=BTCUSDT&interval=5m", rows)
    assert isinstance(candle, Candle)
    assert (candle.at, candle.interval_s) == (last * MS, 300)
    assert (candle.volume, candle.taker_buy) == (206.0, 119.0)


def test_candles_of_coinm_count_coins() -> None:
    (candle,) = answer(f"{DAPI}/klines?symbol=BTCUSD_PERP&interval=5m", [kline(T - 600_000)])
    assert isinstance(candle, Candle)
    assert (candle.volume, candle.taker_buy) == (2.136, 1.234)


def test_candles_of_a_scaled_symbol_are_scaled() -> None:
    (candle,) = answer(f"{FAPI}/klines?symbol=1000PEPEUSDT&interval=5m", [kline(T - 600_000)])
    assert isinstance(candle, Candle)
    assert candle.close == pytest.approx(9.642)
    assert candle.volume == 206_000.0


@pytest.mark.parametrize("query", ["", "?symbol=BTCUSDT", "?interval=5m", "?symbol=B&interval=1M"])
def test_candles_of_nothing_are_malformed(query: str) -> None:
    assert [type(item) for item in answer(f"{FAPI}/klines{query}", [kline(T - 600_000)])] == [
        Malformed
    ]


def test_a_refusal_keeps_the_venues_words() -> None:
    refused = answer(f"{FAPI}/openInterest?symbol=NO", {"code": -1121, "msg": "Invalid symbol."})
    assert refused == [Rejected("openInterest", "Invalid symbol. (code -1121)")]


@pytest.mark.parametrize(
    ("endpoint", "what"),
    [
        ("exchangeInfo", {"symbols": [usdm("NEWUSDT", "NEW")]}),
        ("openInterest", {"symbol": "BTCUSDT", "openInterest": "7", "time": T}),
        ("premiumIndex", {"symbol": "BTCUSDT", "markPrice": "7", "nextFundingTime": 0, "time": T}),
        ("fundingRate", [{"symbol": "BTCUSDT", "fundingRate": "0.1", "fundingTime": T}]),
    ],
)
def test_a_bare_body_is_told_by_its_shape(endpoint: str, what: object) -> None:
    told = answer(f"{FAPI}/{endpoint}", what)
    assert told
    assert not any(isinstance(item, Malformed | Unknown) for item in told)
    assert receive(what, "") == told
    assert answer("", what) == told


# Schedules.


def poll_names(polls: Sequence[Poll]) -> set[str]:
    return {poll.name for poll in polls}


def test_open_interest_is_polled_for_what_is_watched_within_a_quarter_of_the_weight() -> None:
    facts = listed()
    assert poll_names(VENUE.polls(facts, ["BTC"])) - poll_names(VENUE.polls(facts, [])) == {
        "BTCUSDT open interest",
        "BTCUSDT settled funding",
        "BTCUSD_PERP open interest",
        "BTCUSD_PERP settled funding",
    }
    rows = [usdm(f"C{number}USDT", f"C{number}") for number in range(300)]
    answer(f"{FAPI}/exchangeInfo", {"symbols": rows}, facts)
    spent: dict[str, float] = {}
    for poll in VENUE.polls(facts, [f"C{number}" for number in range(300)]):
        name = poll.request.pool or VENUE.pools[0].name
        spent[name] = spent.get(name, 0.0) + poll.request.weight / poll.every
    for pool in VENUE.pools:
        assert spent.get(pool.name, 0.0) * pool.window <= pool.limit / 4


def test_the_two_hosts_share_one_weight() -> None:
    assert VENUE.pools[0].limit == 2400
    assert VENUE.pools[0].used_header == "X-MBX-USED-WEIGHT-1M"


def spans(requests: Sequence[Request], endpoint: str) -> list[tuple[int, int]]:
    queries = [dict(r.params) for r in requests if r.url.endswith(endpoint)]
    return [(int(query["startTime"]), int(query["endTime"])) for query in queries]


@pytest.mark.parametrize("step", [300, 14_400])
@pytest.mark.parametrize("symbol", ["BTCUSDT", "BTCUSD_PERP"])
def test_backfill_covers_the_past_without_gap_or_overlap(symbol: str, step: int) -> None:
    until = SEEN
    since = until - 45 * DAY
    requests = VENUE.backfill(listed().instruments[symbol], since, until, step)
    for endpoint, start, most in (
        ("klines", since, 1000 * step * 1000),
        ("openInterestHist", until - 30 * DAY, 500 * step * 1000),
        ("fundingRate", since, 1000 * 3_600_000),
    ):
        windows = spans(requests, endpoint)
        assert windows[0][0] == start // MS
        assert windows[-1][1] == until // MS - 1
        assert all(left[1] + 1 == right[0] for left, right in pairwise(windows))
        assert all(end - begin < most for begin, end in windows)


def test_weeks_are_asked_for_in_long_steps_with_a_call_of_each_kind() -> None:
    contract = listed().instruments["BTCUSDT"]
    weeks = VENUE.backfill(contract, SEEN - 30 * DAY, SEEN - 3 * DAY, 14_400)
    assert [r.url.rpartition("/")[2] for r in weeks] == [
        "klines",
        "openInterestHist",
        "fundingRate",
    ]
    assert {dict(r.params).get("interval") or dict(r.params).get("period") for r in weeks} == {
        "4h",
        None,
    }


def test_past_open_interest_is_asked_for_by_pair_in_coinm() -> None:
    facts = listed()
    for symbol, what in (
        ("BTCUSDT", {"symbol": "BTCUSDT"}),
        ("BTCUSD_PERP", {"pair": "BTCUSD", "contractType": "PERPETUAL"}),
    ):
        requests = VENUE.backfill(facts.instruments[symbol], SEEN - DAY, SEEN)
        (past,) = (r for r in requests if r.url.endswith("/futures/data/openInterestHist"))
        assert what.items() <= dict(past.params).items()
        assert past.pool == "data"


def test_a_delivery_contract_has_no_funding_to_fetch() -> None:
    quarter = listed().instruments["BTCUSDT_261225"]
    assert not spans(VENUE.backfill(quarter, SEEN - DAY, SEEN), "fundingRate")


def test_one_market_alone_asks_for_nothing_of_the_other() -> None:
    venue = VENUE.at({"rest-usdm": "http://127.0.0.1:9"}, ["usdm"])
    polls = [poll.request for poll in venue.polls(listed(), ["BTC"])]
    assert venue.markets == ("usdm",)
    assert {r.url.partition("/fapi/")[0] for r in [*venue.bootstrap(), *polls]} == {
        "http://127.0.0.1:9"
    }


# Shipped facts.


def test_the_documented_brackets_of_bitcoin_are_shipped() -> None:
    tiers = shipped("binance").tiers["BTCUSDT"]
    assert [(tier.floor, tier.rate, tier.max_leverage, tier.deduction) for tier in tiers[:4]] == [
        (0.0, 0.004, 150.0, 0.0),
        (300_000.0, 0.005, 100.0, 300.0),
        (800_000.0, 0.0065, 75.0, 1_500.0),
        (3_000_000.0, 0.01, 50.0, 12_000.0),
    ]


def test_every_shipped_schedule_is_continuous() -> None:
    tiers = shipped("binance").tiers
    assert len(tiers) > 900
    for schedule in set(tiers.values()):
        assert schedule[0].floor == 0.0
        for below, above in pairwise(schedule):
            assert below.deduction is not None
            assert above.deduction is not None
            step = above.floor * (above.rate - below.rate)
            assert above.deduction == pytest.approx(below.deduction + step, rel=1e-6, abs=1.0)
            assert above.floor > below.floor
            assert above.max_leverage < below.max_leverage


def test_contract_sizes_are_shipped_as_exchange_info_would_list_them() -> None:
    known = shipped("binance").instruments
    assert known["BTCUSD_PERP"].contract_size == 100
    assert {known[s].contract_size for s in known if s != "BTCUSD_PERP"} == {10}
    answer(
        f"{DAPI}/exchangeInfo", {"symbols": [coinm("BTCUSD_PERP", "BTC", 100)]}, facts := Facts()
    )
    assert facts.instruments["BTCUSD_PERP"] == known["BTCUSD_PERP"]
