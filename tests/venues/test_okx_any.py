"""OKX messages in any order of keys, without their URL, broken in any place, and any bytes."""

import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

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
from liqtui.protocol.facts import Facts
from liqtui.protocol.items import Item, Malformed, Rejected, Unknown
from liqtui.store import journal
from liqtui.venues import shipped
from liqtui.venues.okx import VENUE
from tests.venues.okx_frames import SEEN, of, receive, wire

FIXTURE = Path(__file__).parents[1] / "fixtures" / "venues" / "okx.jsonl"


def fixture_bodies() -> list[tuple[str, bytes]]:
    lines = FIXTURE.read_bytes().splitlines()[1:]
    return [(raw.url, raw.body) for raw in (journal.parse(line, "okx") for line in lines)]


def answers(url: str, body: bytes, facts: Facts, seen: int = SEEN) -> list[Item]:
    if url.startswith("http"):
        return list(VENUE.read(url, body, seen, facts))
    return list(VENUE.session(url, facts).receive(body, seen))


def turned(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: turned(value[key]) for key in reversed(value)}
    return [turned(item) for item in value] if isinstance(value, list) else value


def test_the_order_of_keys_changes_nothing() -> None:
    compared = 0
    for url, body in fixture_bodies():
        if body.startswith(b"{"):
            straight = answers(url, body, shipped("okx"))
            if not of(Unknown, straight):  # those are named after their keys
                assert answers(url, wire(turned(json.loads(body))), shipped("okx")) == straight
                compared += bool(straight)
    assert compared > 40


def test_answers_without_their_url_are_told_by_their_rows() -> None:
    told = 0
    for url, body in fixture_bodies():
        if "/public/" in url and "FUTURES" not in url and "MARGIN" not in url:
            known, bare = answers(url, body, shipped("okx")), answers("", body, shipped("okx"))
            if not of(Unknown, known) and not of(Rejected, known):
                assert bare == known
                told += 1
    assert told >= 10


def assert_sound(items: Iterable[Item]) -> None:
    for item in items:
        match item:
            case Liquidation(price=price, quantity=coins, notional=usd):
                sizes: list[float | None] = [price, coins, usd]
            case Trade(price=price, quantity=coins):
                sizes = [price, coins]
            case MarkPrice(price=price, index=index):
                sizes = [price, index]
            case Candle(open=o, high=h, low=low, close=c):
                sizes = [o, h, low, c]
            case Listing(instrument=i):
                sizes = [i.tick, i.contract_size, i.max_leverage, *(t.rate for t in i.tiers)]
            case _:
                sizes = []
        assert all(size is None or 0 < size < math.inf for size in sizes), item
        match item:
            case OpenInterest(quantity=coins, notional=usd):
                assert all(size is None or 0 <= size < math.inf for size in (coins, usd))
            case Funding(rate=paid, interval_hours=hours):
                assert abs(paid) < 0.5
                assert hours is None or 0 < hours <= 24
            case _:
                pass


@given(st.binary(max_size=200), st.sampled_from([url for url, _ in fixture_bodies()]))
def test_any_bytes_are_read(body: bytes, url: str) -> None:
    assert_sound(answers(url, body, shipped("okx")))


TEXTS = ["", "0", "-1", "NaN", "inf", "-inf", "1e308", "1e-9", "1e999", "1e-320", "1_0", "\u0663"]
NAMES = ["BTC-USD-SWAP", "long", "net", "abc", "\x00", "9" * 400, "1789999999999"]
OTHERS: list[object] = [None, True, 0, -1, 10**400, 1.5, [], {}]
VALUES = st.sampled_from([*TEXTS, *NAMES, *OTHERS])


@settings(max_examples=100)
@given(st.data())
def test_any_value_in_any_place_is_read(data: st.DataObject) -> None:
    frames = [(url, body) for url, body in fixture_bodies() if body.startswith(b"{")]
    url, body = data.draw(st.sampled_from(frames))
    message = json.loads(body)
    for _ in range(data.draw(st.integers(1, 3))):
        place = message
        while isinstance(place, dict | list) and place:
            keys = list(place) if isinstance(place, dict) else range(len(place))
            key = data.draw(st.sampled_from(keys))
            if not isinstance(place[key], dict | list) or data.draw(st.integers(0, 9)) == 0:
                place[key] = data.draw(VALUES)
                break
            place = place[key]
    assert_sound(answers(url, wire(message), shipped("okx")))


def test_a_very_deep_message_is_malformed() -> None:
    assert of(Malformed, receive(b"[" * 100_000))
    assert of(Malformed, receive(b'{"arg":{"channel":"trades"},"data":' + b"[" * 100_000))
