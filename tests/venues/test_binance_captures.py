"""Real messages, and what other people's parsers say they mean.

Every difference from a third party must be one of `EXPLAINED`, and every explanation must still
be needed. The documents decide (``docs/venues-core.md``).
"""

import math
import os
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from liqtui.model.events import Funding, Liquidation, MarkPrice, OpenInterest, Trade
from liqtui.model.market import Side, Taker
from liqtui.protocol.facts import Facts
from liqtui.protocol.items import Ack, Item, Malformed, Unknown
from liqtui.venues import shipped
from liqtui.venues.binance import VENUE

WIRE = Path(os.environ.get("LIQTUI_CAPTURES", "")) / "wire"
pytestmark = pytest.mark.skipif(
    "LIQTUI_CAPTURES" not in os.environ, reason="LIQTUI_CAPTURES names no directory of captures"
)
MARKETS: Final = {"usdm": "binance_usdm", "coinm": "binance_coinm"}
KINDS: Final = ("liquidation", "trades", "mark_funding", "open_interest", "ignored_or_stateful")
SIDES: Final = {"sell": "long", "buy": "short"}
MS: Final = 1_000_000


class Difference(msgspec.Struct, frozen=True):
    """One figure on which a third party and we do not agree."""

    by: str
    market: str
    channel: str
    what: str
    theirs: Any
    ours: Any
    event: dict[str, Any]


EXPLAINED: Final[dict[str, Callable[[Difference], bool]]] = {
    # 1.3: ``ap`` is the average fill, ``p`` the limit of the order; the fill is what happened.
    "tardis prints the order's limit": lambda d: (
        d.by == "tardis-node" and d.what == "price" and d.theirs == float(d.event["o"]["p"])
    ),
    # Trap 6: ``z`` is all that was filled, ``l`` the last fill of it.
    "ccxt counts the last fill": lambda d: (
        d.by == "ccxt" and d.what == "quantity" and d.theirs == float(d.event["o"]["l"])
        and d.market == "usdm"
    ),
    # 2: COIN-M counts contracts; of a contract that is listed no more the size is not known.
    "contracts are no coins": lambda d: (
        d.what == "quantity" and d.market == "coinm" and d.event["e"] == "forceOrder"
        and d.theirs == float(d.event["o"]["z"])
    ),
    # 2: the size of every contract comes from exchangeInfo and is not guessed from another's.
    "crypto-msg-parser assumes the size of a delivery contract": lambda d: (
        d.by == "crypto-msg-parser" and d.what.startswith("quantity") and d.ours is None
        and d.event["s"] == "BTCUSD_210625"
    ),
    # 1.3, 1.4: ``T`` is when it traded, ``E`` when it was pushed.
    "crypto-msg-parser takes the time of the push": lambda d: (
        d.by == "crypto-msg-parser" and d.what == "time" and d.theirs == d.event["E"]
        and d.ours == d.event["T"]
    ),
    # 1.4: marks come from markPriceUpdate; a ticker has nothing that is not elsewhere.
    "a ticker is passed over": lambda d: d.what == "events" and d.event.get("e") == "24hrTicker",
    # 1.4: aggTrade is the documented public trade on /market.
    "tardis maps trade instead of aggTrade": lambda d: (
        d.by == "tardis-node" and d.what == "events" and d.event.get("e") == "aggTrade"
    ),
    # 1.5: open interest is REST only; tardis makes a frame of its own of it, without a time.
    "tardis makes open interest a frame": lambda d: (
        d.by == "tardis-node" and d.channel.endswith("@openInterest") and d.what == "events"
    ),
    # 1.3: the insurance fund's takeovers are no trades of the market.
    "barter takes the insurance fund's trades": lambda d: (
        d.by == "barter-rs" and d.what == "events" and d.event.get("X") == "INSURANCE_FUND"
    ),
}  # fmt: skip


def rows(market: str, kind: str) -> list[dict[str, Any]]:
    lines = (WIRE / MARKETS[market] / f"{kind}.jsonl").read_bytes().splitlines()
    return [msgspec.json.decode(line) for line in lines]


def known() -> Facts:
    facts = shipped("binance")
    for market in MARKETS:
        (row,) = rows(market, "instruments")
        list(VENUE.read(row["channel"], msgspec.json.encode(row["raw"]), 0, facts))
    return facts


def read(row: dict[str, Any], market: str, facts: Facts) -> list[Item]:
    session = VENUE.session("", facts, market)
    return list(session.receive(msgspec.json.encode(row["raw"]), 0))


def events(items: list[Item]) -> list[Item]:
    return [item for item in items if not isinstance(item, Ack | Unknown | Malformed)]


def figures(item: Item) -> dict[str, Any]:
    """Return what others print too, in their terms: order sides, milliseconds."""
    match item:
        case Liquidation():
            side, size, time = item.side.value, item.quantity, item.at // MS
            found = {"side": side, "price": item.price, "quantity": size, "time": time}
            return {**found, "notional": item.notional, "price_kind": item.price_kind.value}
        case Trade():
            size, time = item.quantity, item.at // MS
            value = None if size is None else size * item.price
            found = {"side": item.taker.value, "price": item.price, "quantity": size}
            return {**found, "time": time, "quantity in quote": value}
        case OpenInterest():
            return {"open interest": item.quantity, "time": item.at // MS}
        case MarkPrice():
            return {"mark": item.price, "index": item.index, "time": item.at // MS}
        case Funding():
            due = None if item.due is None else item.due // MS
            return {"rate": item.rate, "due": due, "funding at": item.at // MS}
    raise AssertionError(item)


def millis(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


# What each third party claims: one list of figures an event, None where it claims no number.
Claims = list[dict[str, Any]]


def tardis(expected: dict[str, Any]) -> Claims:
    claims = []
    for message in expected["messages"]:
        if message["type"] == "derivative_ticker":
            claim = {"mark": message["markPrice"], "index": message["indexPrice"]}
            due = message["fundingTimestamp"]
            claim |= {"rate": message["fundingRate"], "due": due and millis(due)}
        else:
            side = message["side"]
            claim = {
                "side": SIDES[side] if message["type"] == "liquidation" else side,
                "price": message["price"],
                "quantity": message["amount"],
            }
        claims.append({**claim, "time": millis(message["timestamp"])})
    return claims


def ccxt(expected: dict[str, Any]) -> Claims:
    claims = []
    for message in expected["messages"]:
        if "openInterestAmount" in message:
            claim = {"open interest": message["openInterestAmount"]}
        else:
            claim = {"side": SIDES[message["side"]], "price": message["price"]}
            claim["quantity"] = message["contracts"]
        claims.append({**claim, "time": message["timestamp"]})
    return claims


def crypto_msg_parser(expected: dict[str, Any]) -> Claims:
    claims: dict[int, dict[str, Any]] = {0: {}}
    names = {
        "quantity_base": "quantity", "quantity_quote": "quantity in quote", "price": "price",
        "side": "side", "funding_rate": "rate", "funding_time": "due", "timestamp": "funding at",
    }  # fmt: skip
    sides = {"TradeSide::Buy": "buy", "TradeSide::Sell": "sell"}
    for pair in expected["asserts"]:
        name = next(part for part in pair if isinstance(part, str) and not part[0].isdigit())
        value = pair[1 - pair.index(name)]
        if name.startswith("extract_timestamp"):
            claims[0]["time"] = value
        field = names.get(name.rpartition(".")[2])
        if field is None or name.startswith("extract"):
            continue
        if isinstance(value, str):
            value = sides[value] if value in sides else float(value)
        index = int(name.split("[")[1][0]) if "[" in name else 0
        claims.setdefault(index, {})[field] = value
    return list(claims.values())


def barter(expected: dict[str, Any]) -> Claims:
    fields = expected["fields"]
    claim = {"price": float(fields["price"]), "quantity": float(fields["amount"])}
    return [{**claim, "side": fields["side"].lower(), "time": int(fields["time"])}]


def plain_test(expected: dict[str, Any]) -> Claims:
    names = {
        "position_side": "side", "price": "price", "amount": "quantity", "qty": "quantity",
        "notional_usd": "notional", "ts_ms": "time", "price_kind": "price_kind",
    }  # fmt: skip
    return [{names[key]: value for key, value in expected.items() if key in names}]


PARTIES: Final[dict[str, Callable[[dict[str, Any]], Claims]]] = {
    "tardis-node": tardis,
    "ccxt": ccxt,
    "crypto-msg-parser": crypto_msg_parser,
    "barter-rs": barter,
    "belyjelli/ai-rates": plain_test,
    "third-party": plain_test,
}


def grouped(items: list[Item]) -> Claims:
    """Return our figures an event of theirs: others print a mark and its funding as one."""
    ours: Claims = []
    for item in events(items):
        if isinstance(item, Funding) and ours and "mark" in ours[-1]:
            ours[-1] |= figures(item)
        else:
            ours.append(figures(item))
    return ours


def same(theirs: Any, ours: Any) -> bool:
    if isinstance(theirs, float) and isinstance(ours, float):
        return math.isclose(theirs, ours, rel_tol=1e-9)
    return bool(theirs == ours)


def differences(row: dict[str, Any], market: str, facts: Facts) -> Iterator[Difference]:
    raw = row["raw"]
    event = raw.get("data", raw)
    event = event[0] if isinstance(event, list) else event
    ours = grouped(read(row, market, facts))
    for expected in (row[key] for key in ("expected", "expected_ccxt") if key in row):
        (by,) = (name for name in PARTIES if expected["by"].startswith(name))
        channel = row.get("channel") or ""
        theirs = PARTIES[by](expected)
        if len(theirs) != len(ours):
            yield Difference(by, market, channel, "events", theirs, ours, event)
            continue
        for claim, mine in zip(theirs, ours, strict=True):
            for what, value in claim.items():
                if value is not None and not same(value, mine.get(what)):
                    yield Difference(by, market, channel, what, value, mine.get(what), event)


def all_differences() -> list[Difference]:
    facts = known()
    return [
        difference
        for market in MARKETS
        for kind in KINDS
        for row in rows(market, kind)
        for difference in differences(row, market, facts)
    ]


def test_we_differ_from_others_only_where_the_documents_say_so() -> None:
    unexplained = [
        d for d in all_differences() if not any(is_it(d) for is_it in EXPLAINED.values())
    ]
    assert unexplained == []


@pytest.mark.parametrize("name", EXPLAINED)
def test_an_explanation_is_still_needed(name: str) -> None:
    assert [d for d in all_differences() if EXPLAINED[name](d)]


def test_third_parties_are_heard() -> None:
    heard = [
        expected["by"]
        for market in MARKETS
        for kind in KINDS
        for row in rows(market, kind)
        for expected in (row[key] for key in ("expected", "expected_ccxt") if key in row)
    ]
    assert len(heard) > 40
    for party in PARTIES:
        assert any(by.startswith(party) for by in heard)


def test_every_captured_trade_is_read() -> None:
    facts, unread = known(), []
    for market in MARKETS:
        for row in rows(market, "trades"):
            event = row["raw"].get("data", row["raw"])
            items = read(row, market, facts)
            if [type(item) for item in items] != [Trade]:
                unread.append((event.get("X"), event["T"], event["m"]))
                continue
            (trade,) = (item for item in items if isinstance(item, Trade))
            assert trade.instrument.symbol == event["s"]
            assert trade.price * trade.instrument.scale == pytest.approx(float(event["p"]))
            assert trade.at == event["T"] * MS
            assert trade.taker is (Taker.SELL if event["m"] else Taker.BUY)
    assert unread == [
        (None, 123456785, True),  # the documents' placeholder is no time
        (None, 123456785, True),
        (None, 1649324825173, "yes"),
        ("INSURANCE_FUND", 1749354825200, False),
    ]


def test_every_captured_frame_is_of_a_known_kind() -> None:
    facts, odd = known(), []
    for market in MARKETS:
        for kind in (*KINDS[:1], *KINDS[2:]):
            for row in rows(market, kind):
                odd += [item for item in read(row, market, facts) if not events([item])]
    assert [item for item in odd if not isinstance(item, Ack)] == [Unknown("no event type")]
    assert list(read(rows("usdm", "book_ticker")[0], "usdm", facts)) == []


def test_captured_liquidations_are_of_the_opposite_side_and_better_than_their_limit() -> None:
    facts = known()
    for market in MARKETS:
        for row in rows(market, "liquidation"):
            (event,) = (i for i in read(row, market, facts) if isinstance(i, Liquidation))
            limit = float(row["raw"].get("data", row["raw"])["o"]["p"])
            assert (event.side is Side.LONG) == (limit < event.price)


def test_every_trading_contract_is_listed() -> None:
    facts = known()
    for market in MARKETS:
        (row,) = rows(market, "instruments")
        for listed in row["raw"]["symbols"]:
            instrument = facts.instruments.get(listed["symbol"])
            if "TRADING" not in (listed.get("status"), listed.get("contractStatus")):
                assert instrument is None
                continue
            assert instrument is not None
            assert instrument.market == market
            assert instrument.tick is not None
            assert instrument.contract_size == listed.get("contractSize", 1)


def test_shipped_tiers_are_those_captured() -> None:
    tiers, count = shipped("binance").tiers, 0
    for row in rows("usdm", "leverage_tiers"):
        pair, _, settled = row["channel"].partition(":")
        symbol = pair.replace("/", "") + ("_" + settled[-6:] if "-" in settled else "")
        if pair.endswith("/BTC"):
            assert symbol not in tiers, "brackets in coins are no brackets in dollars"
            continue
        ours = [[tier.floor, tier.rate, tier.max_leverage] for tier in tiers[symbol]]
        assert ours == [[floor, rate, top] for floor, _, rate, top in row["expected"]["tiers"]]
        count += 1
    assert count == len(tiers)
