"""OKX against what others recorded, and what third parties say those messages mean.

Every recorded message is read and compared with every opinion on it. A difference must be of a
class that `EXPLAINED` gives the reason and the deciding document for, and every class there must
still occur.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from liqtui.model.events import (
    Funding,
    Liquidation,
    Listing,
    MarkPrice,
    OpenInterest,
    Trade,
)
from liqtui.model.market import Side, Taker, Unit
from liqtui.protocol.items import Ack, Item, Malformed, Rejected, Unknown
from liqtui.venues import shipped
from liqtui.venues.okx import VENUE

WIRE = Path(os.environ.get("LIQTUI_CAPTURES", "")) / "wire" / "okx"
KINDS = (
    *("instruments", "liquidation", "trades", "mark_funding", "open_interest"),
    *("leverage_tiers", "control", "ignored_or_stateful"),
)
pytestmark = pytest.mark.skipif(
    "LIQTUI_CAPTURES" not in os.environ or not WIRE.is_dir(),
    reason="LIQTUI_CAPTURES names no directory with wire/okx",
)

EXPLAINED = {
    "contracts, no coins: size unlisted": (
        "a third party counts contracts or knows the size of a contract that is in no instrument "
        "list at hand; a quantity is not guessed (docs/design.md, the wire of events)"
    ),
    "tickers": (
        "last price and book of `tickers` are mapped by others; the mark, the index and the open "
        "interest come from their own channels (docs/venues-core.md 4.4)"
    ),
    "nextFundingRate": "no longer served by the venue (docs/venues-core.md 4.4, Funding)",
    "open interest in contracts": (
        "others pass `oi` on; the event is in coins, `oiCcy` (docs/venues-core.md 4.5)"
    ),
    "state of earlier messages": (
        "the third party repeats mark, index, funding and last price of messages before this one; "
        "an event says what its own message says"
    ),
    "time of the receipt": (
        "the third party stamps with its own receipt, which is not at hand here; the event has "
        "the venue's `ts` where there is one (docs/venues-core.md 4.4)"
    ),
    "spot": "spot trades are of no contract: BTC-USDT is not BTC-USDT-SWAP (docs/venues-core.md 4)",
    "spot margin tiers": "margin trading of a spot pair, no contract (docs/venues-core.md 4.5)",
    "generated channel": (
        "`liquidations` with `generated` is the third party's own, made of REST answers; the "
        "venue's channel is `liquidation-orders` (docs/venues-core.md 4.3)"
    ),
    "liquidations of dated contracts": (
        "the third party's mapper of that date skips `liquidation-orders`; the message is one "
        "(docs/venues-core.md 4.3)"
    ),
}

Line = dict[str, Any]
Difference = Iterator[str]


def body(raw: object) -> bytes:
    return raw.encode() if isinstance(raw, str) else json.dumps(raw, separators=(",", ":")).encode()


@cache
def recorded() -> list[tuple[Line, list[Item]]]:
    """Every recorded message with what it yields, read in the order of `KINDS`."""
    facts = shipped("okx")
    found = []
    for kind in KINDS:
        for text in (WIRE / f"{kind}.jsonl").read_text().splitlines():
            line = json.loads(text)
            session = VENUE.session("", facts)
            found.append((line, list(session.receive(body(line["raw"]), seen(line)))))
    return found


def seen(line: Line) -> int:
    return round(float(line.get("recv_ts", 0.0)) * 1e9)


def is_old(line: Line) -> bool:
    """The v3 interface, gone since: tables instead of channels."""
    return isinstance(line["raw"], dict) and "table" in line["raw"]


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def close(ours: float | None, theirs: float | None) -> bool:
    if ours is None or theirs is None:
        return ours is theirs
    return abs(ours - theirs) <= 1e-9 * max(1.0, abs(theirs))


def contracts(event: Trade | Liquidation) -> float | None:
    size, coins = event.instrument.contract_size, event.quantity
    if size is None or coins is None:
        return None
    inverse = event.instrument.contract_unit is Unit.QUOTE
    return coins * event.price / size if inverse else coins / size


def same(what: str, ours: object, theirs: object) -> Difference:
    both = isinstance(ours, float | int) and isinstance(theirs, float | int)
    if not (close(float(ours), float(theirs)) if both else ours == theirs):  # type: ignore[arg-type]  # both are numbers
        yield f"{what}: ours {ours!r}, theirs {theirs!r}"


def counted(event: Trade | Liquidation, theirs: float) -> Difference:
    ours = contracts(event)
    if ours is None and event.instrument.contract_size is None:
        yield "contracts, no coins: size unlisted"
    else:
        yield from same("contracts", ours, theirs)


def order(event: Liquidation) -> str:
    return "sell" if event.side is Side.LONG else "buy"


# tardis-node: normalised messages, and a ticker that remembers.


def tardis(line: Line, items: list[Item]) -> Difference:
    expected = line["expected"]["messages"]
    channel = line["raw"]["arg"]["channel"]
    if channel == "liquidations":
        assert items == [Unknown("liquidations")]
        yield "generated channel"
    elif channel == "tickers":
        assert (items, len(expected) >= 1) == ([], True)
        yield "tickers"
    elif not expected:
        dated = [item for item in items if isinstance(item, Liquidation)]
        assert items == dated
        if dated:
            assert not any(event.instrument.perpetual for event in dated)
            yield "liquidations of dated contracts"
    else:
        yield from same("messages", len(items), len(expected))
        for item, message in zip(items, expected, strict=False):
            yield from tardis_message(item, message, line["expected"]["localTimestamp"])


def tardis_message(item: Item, message: Line, local: str) -> Difference:
    assert isinstance(item, Trade | MarkPrice | OpenInterest | Funding)
    yield from same("symbol", item.instrument.symbol, message["symbol"])
    if message["timestamp"] != local:
        if isinstance(item, OpenInterest) and item.at // 10**6 != ms(message["timestamp"]):
            yield "state of earlier messages"
        else:
            yield from same("time", item.at // 10**6, ms(message["timestamp"]))
    elif item.at // 10**6 != ms(local):
        yield "time of the receipt"
    match item:
        case Trade():
            yield from same("price", item.price, message["price"])
            yield from same("side", item.taker.value, message["side"])
            yield from counted(item, message["amount"])
        case MarkPrice():
            yield from same("mark", item.price, message["markPrice"])
        case OpenInterest():
            yield from interest(item, message["openInterest"])
            if message["markPrice"] is not None:
                yield "state of earlier messages"
        case Funding():
            yield from same("rate", item.rate, message["fundingRate"])
            assert item.due is not None
            yield from same("due", item.due // 10**6, ms(message["fundingTimestamp"]))
            if message["predictedFundingRate"] is not None:
                yield "nextFundingRate"


def interest(event: OpenInterest, theirs: float) -> Difference:
    if event.quantity != theirs:
        yield "open interest in contracts"


# crypto-msg-parser: assertions of its tests.

READ: Mapping[str, Callable[[Any], object]] = {
    "trade.timestamp": lambda event: event.at // 10**6,
    "trade.price": lambda event: event.price,
    "trade.quantity_contract": contracts,
    "trade.quantity_base": lambda event: event.quantity,
    "trade.quantity_quote": lambda event: event.quantity and event.quantity * event.price,
    "trade.side": lambda event: f"TradeSide::{'Buy' if event.taker is Taker.BUY else 'Sell'}",
    "funding_rates[0].funding_rate": lambda event: event.rate,
    "funding_rates[0].funding_time": lambda event: event.due // 10**6,
    "funding_rates[0].pair": lambda e: f"{e.instrument.base}/{e.instrument.quote}",
}


def crypto_msg_parser(line: Line, items: list[Item]) -> Difference:
    if line["raw"].get("arg", {}).get("channel") == "tickers":
        assert items == []
        yield "tickers"
        return
    for left, right in line["expected"]["asserts"]:
        name, theirs = (right, left) if str(right).startswith("funding_rates[0]") else (left, right)
        yield from asserted(str(name), theirs, items)


def asserted(name: str, theirs: Any, items: list[Item]) -> Difference:
    event = items[0]
    assert isinstance(event, Trade | Funding | OpenInterest)
    if name.endswith(".len()"):
        yield from same(name, len(items), theirs)
    elif name.startswith("extract_timestamp"):
        if theirs is not None:
            yield from same(name, event.at // 10**6, theirs)
    elif name.startswith("extract_symbol"):
        if theirs != "ALL":
            yield from same(name, event.instrument.symbol, theirs)
    elif name == "funding_rates[0].estimated_rate":
        yield "nextFundingRate"
    elif name != "funding_rates[0].timestamp":  # its own receipt
        ours = READ[name](event)
        if ours is None and event.instrument.contract_size is None:
            yield "contracts, no coins: size unlisted"
        else:
            exact = float(theirs) if isinstance(ours, float) else theirs
            yield from same(name, ours, exact)


# Tests of smaller projects, each with fields of its own.


def small(line: Line, items: list[Item]) -> Difference:
    told = line["expected"]
    if "fields" in told:
        assert (items, line["raw"]["arg"]["instId"]) == ([], "BTC-USDT")
        yield "spot"
    elif "note" in told:
        kind = Ack if told["note"] == "ack" else Rejected
        assert isinstance(items[0], kind), told
    else:
        (event,) = items
        assert isinstance(event, Liquidation)
        yield from same("side", event.side.value, told["position_side"])
        yield from same("time", event.at // 10**6, told.get("ts_ms", event.at // 10**6))
        if "contracts" in told:
            yield from counted(event, told["contracts"])
        for name, ours in (("amount_base", event.quantity), ("notional_usd", event.notional)):
            yield from same(name, ours, told.get(name, ours))


# ccxt: its parser on the same message.


def ccxt(line: Line, items: list[Item]) -> Difference:
    messages = line["expected_ccxt"]["messages"]
    if "tier" in messages[0]:
        assert items == []
        yield "spot margin tiers"
        return
    yield from same("messages", len(items), len(messages))
    for item, message in zip(items, messages, strict=False):
        yield from ccxt_message(item, message)


def ccxt_message(item: Item, message: Line) -> Difference:
    match item:
        case Liquidation():
            yield from same("price", item.price, message["price"])
            yield from same("side", order(item), message["side"])
            yield from same("time", item.at // 10**6, message["timestamp"])
            yield from counted(item, message["contracts"])
        case OpenInterest():
            yield from same("coins", item.quantity, message["baseVolume"])
            yield from same("time", item.at // 10**6, message["timestamp"])
            yield from interest(item, message["openInterestAmount"])
        case Funding():
            yield from same("rate", item.rate, message["fundingRate"])
            assert item.due is not None
            yield from same("due", item.due // 10**6, message["fundingTimestamp"])
            hours = None if item.interval_hours is None else f"{item.interval_hours:g}h"
            yield from same("interval", hours, message.get("interval"))
            if "nextFundingRate" in message:
                yield "nextFundingRate"
        case _:
            yield f"{item} is nothing ccxt was asked about"


def opinions(line: Line, items: list[Item]) -> Difference:
    by = line.get("expected", {}).get("by", "")
    if by.startswith("tardis"):
        yield from tardis(line, items)
    elif by.startswith("crypto-msg-parser"):
        yield from crypto_msg_parser(line, items)
    elif by:
        yield from small(line, items)
    if "expected_ccxt" in line:
        yield from ccxt(line, items)


def test_every_difference_is_explained_and_every_explanation_used() -> None:
    differences: dict[str, list[str]] = {}
    compared = 0
    for line, items in recorded():
        if not is_old(line):
            compared += "expected" in line or "expected_ccxt" in line
            for difference in opinions(line, items):
                differences.setdefault(difference, []).append(json.dumps(line["raw"])[:200])
    assert compared >= 30
    unexplained = {k: v for k, v in differences.items() if k not in EXPLAINED}
    assert not unexplained, json.dumps(unexplained, indent=1)
    assert set(differences) == set(EXPLAINED), "explained, but no longer so"


def test_no_recorded_message_is_malformed() -> None:
    for line, items in recorded():
        assert not [item for item in items if isinstance(item, Malformed)], line["raw"]


def test_what_is_unknown_is_of_no_public_channel() -> None:
    for line, items in recorded():
        if any(isinstance(item, Unknown) for item in items):
            rest = line["channel"].startswith("http_get_")
            assert is_old(line) or rest or line["raw"]["arg"].get("generated"), line["raw"]


def test_recorded_trades_of_contracts_are_read_and_of_spot_are_not() -> None:
    counts = {"contracts": 0, "others": 0}
    for line, items in recorded():
        arg = line["raw"].get("arg", {}) if isinstance(line["raw"], dict) else {}
        if arg.get("channel") == "trades":
            name = arg["instId"]
            contract = name.endswith("-SWAP") or name.rpartition("-")[2].isdigit()
            rows = line["raw"]["data"] if contract else []
            assert [type(item) for item in items] == [Trade] * len(rows)
            counts["contracts" if contract else "others"] += 1
    assert min(counts.values()) >= 10, counts


def test_shipped_sizes_are_those_that_were_listed() -> None:
    listed = {
        item.instrument.symbol: item.instrument
        for _, items in recorded()
        for item in items
        if isinstance(item, Listing)
    }
    for symbol, instrument in shipped("okx").instruments.items():
        known = listed[symbol]
        ours = (instrument.contract_size, instrument.contract_unit, instrument.kind)
        assert ours == (known.contract_size, known.contract_unit, known.kind), symbol
        assert (instrument.base, instrument.quote) == (known.base, known.quote)
