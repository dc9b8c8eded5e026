"""What others recorded or documented, read here and compared with what they made of it."""

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import msgspec
import pytest

from liqtui.model.events import Funding, Liquidation, Listing, MarkPrice, OpenInterest, Trade
from liqtui.model.market import Side
from liqtui.protocol.facts import Facts
from liqtui.protocol.items import Ack, Item, Malformed, Pong, Rejected, Unknown
from liqtui.protocol.venue import Session
from liqtui.venues.bybit import VENUE

CAPTURES = Path(os.environ.get("LIQTUI_CAPTURES", "/nonexistent")) / "wire" / "bybit"
pytestmark = pytest.mark.skipif(
    not CAPTURES.is_dir(), reason="captures absent: LIQTUI_CAPTURES names no directory with them"
)

API = "https://api.bybit.com"
CALLS = {
    "tickers": "/v5/market/tickers",
    "instrument": "/v5/market/instruments-info",
    "http_get_instruments_inverse.json": "/v5/market/instruments-info",
    "http_get_instruments_inverse_symbol_type.json": "/v5/market/instruments-info",
    "http_get_instruments_linear.json": "/v5/market/instruments-info",
    "http_get_instruments_linear_symbol_type.json": "/v5/market/instruments-info",
    "history-fund-rate": "/v5/market/funding/history",
    "http_get_funding_history.json": "/v5/market/funding/history",
    "open-interest": "/v5/market/open-interest",
    "risk-limit": "/v5/market/risk-limit",
    "adl-alert": "/v5/market/adlAlert",
    "recent-trade": "/v5/market/recent-trade",
    "http_get_trades_recent.json": "/v5/market/recent-trade",
    "open_interest": "/v2/public/open-interest",
}
"""Which call a recorded answer belongs to, by what its line calls it."""

Difference: TypeAlias = tuple[str, str]
"""Who says otherwise, and of what."""

GONE = "a topic of the API before v5, which answers no more: 3.3 (liquidation), 3.4 (the others)"
EXPLAINED: dict[Difference, str] = {
    ("tardis-node", "gone liquidation"): GONE,
    ("tardis-node", "gone trade"): GONE,
    ("tardis-node", "gone instrument_info"): GONE,
    ("crypto-msg-parser", "gone trade"): GONE,
    ("crypto-msg-parser", "gone instrument_info"): GONE,
    ("crypto-msg-parser", "gone open_interest"): "a list of the API before v5: 3.5 has another",
    ("ccxt", "gone liquidation"): GONE,
    ("tardis-node", "inverse quantity"): (
        "`v` as printed, USD, where ours is in coins: 3.3, 6.4 (usd = v)"
    ),
    ("tardis-node", "open interest"): (
        "as printed: both sides, and USD for inverse contracts: fact 11, 3.4"
    ),
    ("ccxt", "side"): "the position's side passed through as an order's: fact 7, section 8",
    ("ccxt", "maintenance rate"): (
        "per cent taken for a fraction (0.5 x 100 would be 50 times the margin): 3.5"
    ),
    ("ccxt", "limit"): "150 coins taken for 150 USD: 3.5 (riskLimitValue in coin)",
}

COMPLAINTS: dict[str, str] = {
    "unknown https://api.bybit.com/v2/public/symbols": "before v5",
    "unknown https://api.bybit.com/v2/public/open-interest": "before v5",
    "unknown https://api.bybit.com/v5/market/recent-trade": "trades come by socket (3.4)",
    "unknown https://api.bybit.com/v5/market/adlAlert": "not used (3.5)",
    "unknown neither topic nor op": "an ack before v5; a test's frame without its topic",
    "malformed tickers.BTC-6JAN23-17500-C": "an option: another product's socket",
}

T = TypeVar("T", bound=Item)


class Raw(msgspec.Struct):
    raw: msgspec.Raw


def lines() -> Iterator[tuple[str, dict[str, Any], bytes]]:
    """Every line: the file it stands in, what it says, and the message as bytes."""
    for path in sorted(CAPTURES.glob("*.jsonl")):
        for line in path.read_bytes().splitlines():
            raw = bytes(msgspec.json.decode(line, type=Raw).raw)
            yield path.stem, msgspec.json.decode(line), raw


def url(line: dict[str, Any]) -> str:
    """The call a line answers; empty for a frame."""
    channel, raw = line["channel"] or "", line["raw"]
    if channel.startswith("http") and not channel.endswith(".json"):
        return str(channel)
    result = raw.get("result")
    if channel not in CALLS or not {"retCode", "ret_code"} & raw.keys():
        return ""
    named = result if isinstance(result, dict) else {}
    first = (named.get("list") or [{}])[0]
    symbol = named.get("symbol", first.get("symbol", ""))
    return f"{API}{CALLS[channel]}?category={named.get('category', '')}&symbol={symbol}"


class Reading:
    """All captures in order, each file of a source over one connection."""

    def __init__(self) -> None:
        self.sessions: dict[tuple[str, str], Session] = {}
        self.standing: dict[tuple[type[Item], str], Any] = {}
        """The last event of each kind and contract: what others print merged."""
        self.facts = Facts(marks={"BTCUSD": 100_000.0})

    def read(self, file: str, line: dict[str, Any], raw: bytes) -> list[Item]:
        if call := url(line):
            return list(VENUE.read(call, raw, 0, self.facts))
        key = (file, line["source"])
        if key not in self.sessions:
            self.sessions[key] = VENUE.session("", self.facts)
        if "expected" in line and "T" in line["raw"]:
            # a test of a row alone; the wire has it in a frame (3.4)
            raw = b'{"topic":"publicTrade.%b","data":[%b]}' % (line["raw"]["s"].encode(), raw)
        return list(self.sessions[key].receive(raw, 0))

    def all(self) -> Iterator[tuple[dict[str, Any], list[Item]]]:
        for file, line, raw in lines():
            items = self.read(file, line, raw)
            for item in items:
                if isinstance(item, MarkPrice | OpenInterest | Funding):
                    self.standing[type(item), item.instrument.symbol] = item
            yield line, items


def of(items: list[Item], kind: type[T]) -> list[T]:
    return [item for item in items if isinstance(item, kind)]


Comparison: TypeAlias = Iterator[tuple[str, object, object]]
"""What is compared, theirs, ours."""


def gone(line: dict[str, Any]) -> str:
    """The kind of a message that nobody sends any more, empty for those of today."""
    raw = line["raw"]
    kind = str(raw.get("topic", "")).partition(".")[0]
    if kind in {"liquidation", "trade", "instrument_info"}:
        return kind
    return "open_interest" if "ret_code" in raw else ""


def milliseconds(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def compare_tardis(line: dict[str, Any], items: list[Item], reading: Reading) -> Comparison:
    messages = line["expected"]["messages"]
    if not messages:
        yield "nothing", [], [item for item in items if not isinstance(item, Unknown)]
        return
    if kind := gone(line):
        yield f"gone {kind}", len(messages), len(items)
        return
    if messages[0]["type"] == "derivative_ticker":
        yield from compare_tickers(messages[0], reading)
        return
    for theirs, ours in zip(messages, items, strict=True):
        assert isinstance(ours, Trade | Liquidation)
        yield "type", theirs["type"], type(ours).__name__.lower()
        if isinstance(ours, Trade):
            yield "taker", theirs["side"], ours.taker.value
        else:
            yield "side", theirs["side"], "sell" if ours.side is Side.LONG else "buy"
        market = ours.instrument.market
        yield "price", theirs["price"], ours.price
        yield f"{market} quantity", theirs["amount"], ours.quantity
        yield "time", milliseconds(theirs["timestamp"]), ours.at // 1_000_000


def compare_tickers(theirs: dict[str, Any], reading: Reading) -> Comparison:
    def standing(kind: type[Item], name: str) -> Any:
        return getattr(reading.standing.get((kind, theirs["symbol"])), name, None)

    yield "mark", theirs["markPrice"], standing(MarkPrice, "price")
    yield "index", theirs["indexPrice"], standing(MarkPrice, "index")
    yield "funding", theirs["fundingRate"], standing(Funding, "rate")
    due = theirs["fundingTimestamp"]
    ours = standing(Funding, "due")
    yield "due", due and milliseconds(due), ours and ours // 1_000_000
    yield "open interest", theirs["openInterest"], standing(OpenInterest, "face")
    yield "time", milliseconds(theirs["timestamp"]), standing(OpenInterest, "at") // 1_000_000


def compare_ccxt(line: dict[str, Any], items: list[Item]) -> Comparison:
    messages = line["expected_ccxt"]["messages"]
    if kind := gone(line):
        yield f"gone {kind}", len(messages), len(items)
        return
    if listings := of(items, Listing):
        tiers = listings[0].instrument.tiers
        for theirs, tier in zip(messages, tiers, strict=True):
            yield "floor", theirs["minNotional"], tier.floor
            yield "leverage", theirs["maxLeverage"], tier.max_leverage
            yield "maintenance rate", theirs["maintenanceMarginRate"], tier.rate
            yield "limit", theirs["maxNotional"], 150 * 100_000.0
        return
    for theirs, event in zip(messages, of(items, Liquidation), strict=True):
        yield "side", theirs["side"], "sell" if event.side is Side.LONG else "buy"
        yield "price", theirs["price"], event.price
        yield "quantity", theirs["contracts"], event.quantity
        yield "time", theirs["timestamp"], event.at // 1_000_000


def compare_others(line: dict[str, Any], items: list[Item]) -> Comparison:
    expected = line["expected"]
    if "asserts" in expected:
        yield f"gone {gone(line)}", len(expected["asserts"]), len(of(items, Trade))
    elif fields := expected.get("fields"):
        event = of(items, Trade)[-1]
        yield "time", int(fields["time"]), event.at // 1_000_000
        yield "market", fields["market"], event.instrument.symbol
        yield "taker", fields["side"].lower(), event.taker.value
        yield "quantity", float(fields["amount"]), event.quantity
        yield "price", float(fields["price"]), event.price
    elif side := expected.get("position_side"):
        yield "position", side, of(items, Liquidation)[0].side.value
    else:
        kinds: dict[str, type[Item]] = {"ack": Ack, "pong": Pong, "rejection": Rejected}
        yield "control", [kinds[expected["note"]]], [type(item) for item in items]


def differences() -> Iterator[Difference]:
    reading = Reading()
    for line, items in reading.all():
        if theirs := line.get("expected"):
            who = theirs["by"].split()[0]
            tardis = who == "tardis-node"
            compared = (
                compare_tardis(line, items, reading) if tardis else compare_others(line, items)
            )
            yield from ((who, what) for what, left, right in compared if left != right)
        if "expected_ccxt" in line:
            compared = compare_ccxt(line, items)
            yield from (("ccxt", what) for what, left, right in compared if left != right)


def test_every_disagreement_is_explained_and_every_explanation_needed() -> None:
    assert set(differences()) == set(EXPLAINED)


def complaints() -> Iterator[str]:
    for _, items in Reading().all():
        for item in items:
            if isinstance(item, Unknown):
                yield f"unknown {item.kind}"
            elif isinstance(item, Malformed):
                yield f"malformed {item.reason.partition(':')[0]}"


def test_everything_else_is_read_or_passed_over() -> None:
    assert set(complaints()) == set(COMPLAINTS)


def test_every_recorded_contract_is_listed() -> None:
    reading = Reading()
    for line, items in reading.all():
        if "status=Trading" in (line["channel"] or ""):
            rows = line["raw"]["result"]["list"]
            listed = [listing.instrument for listing in of(items, Listing)]
            assert [row["symbol"] for row in rows] == [each.symbol for each in listed]
            for row, instrument in zip(rows, listed, strict=True):
                assert instrument.funding_hours == (row["fundingInterval"] / 60 or None)
                assert instrument.perpetual is (row["contractType"] == "LinearPerpetual")
                assert instrument.scale in {1, 1000, 10_000, 1_000_000}
                assert row["baseCoin"] in {
                    instrument.base,
                    f"{instrument.scale}{instrument.base}",
                    f"{instrument.base}{instrument.scale}",
                }
            return
    pytest.fail("no list of contracts")


def test_recorded_prints_are_all_told() -> None:
    told = 0
    for line, items in Reading().all():
        if line["source"].startswith("bmoscon") and "publicTrade" in line["channel"]:
            rows = line["raw"]["data"]
            assert [row["S"].lower() for row in rows] == [
                each.taker.value for each in of(items, Trade)
            ]
            told += len(items)
    assert told > 300


def test_recorded_tickers_tell_what_they_bring() -> None:
    """Against a plain merge of the recorded fields."""
    merged: dict[str, dict[str, str]] = {}
    for line, items in Reading().all():
        topic, data = line["raw"].get("topic", ""), line["raw"].get("data")
        if not (line["source"].startswith("bmoscon") and topic.startswith("tickers.")):
            continue
        whole = merged.setdefault(topic, {})
        whole |= data
        for mark in of(items, MarkPrice):
            assert (mark.price, mark.index) == (
                float(whole["markPrice"]),
                float(whole["indexPrice"]),
            )
        for interest in of(items, OpenInterest):
            assert interest.quantity == float(whole["singleOpenInterest"])
            assert interest.notional == pytest.approx(
                float(whole["singleOpenInterestValue"]), rel=1e-6
            )
        for funding in of(items, Funding):
            assert funding.rate == float(whole["fundingRate"])
        assert bool(of(items, MarkPrice)) == bool({"markPrice", "indexPrice"} & data.keys())
        assert bool(of(items, OpenInterest)) == ("openInterest" in data)
        assert bool(of(items, Funding)) == ("fundingRate" in data)
    assert len(merged) == 4
