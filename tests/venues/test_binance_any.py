"""Whatever comes, Binance's reader answers with sound events or says what is wrong."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from liqtui.model.events import Funding, Liquidation, MarkPrice, Trade
from liqtui.model.market import Instrument
from liqtui.protocol.facts import Facts
from liqtui.protocol.items import Item, Malformed
from liqtui.venues.binance import VENUE
from tests.venues.binance_frames import (
    DAPI,
    DSTREAM,
    FAPI,
    FSTREAM,
    SEEN,
    body,
    forced,
    listed,
    marked,
    traded,
)


def positive(item: Item) -> Iterator[float | None]:
    match item:
        case Liquidation():
            yield from (item.price, item.quantity, item.notional)
        case Trade():
            yield from (item.price, item.quantity)
        case MarkPrice():
            yield item.price


def sound(items: Sequence[Item]) -> None:
    for item in items:
        assert all(n is None or (math.isfinite(n) and n > 0) for n in positive(item))
        if isinstance(item, Funding):
            assert abs(item.rate) < 0.5
        instrument = getattr(item, "instrument", None)
        assert instrument is None or isinstance(instrument, Instrument)


URLS = [
    FSTREAM,
    DSTREAM,
    "",
    f"{FAPI}/exchangeInfo",
    f"{DAPI}/klines?symbol=BTCUSD_PERP&interval=5m",
]
KNOWN = listed()
NUMBERS = ["0", "-1", "1e308", "5e-324", "NaN", "inf", "1e-14", "9e15", "0.001", "80000", ""]


def look(url: str, frame: bytes) -> list[Item]:
    facts = Facts(instruments=dict(KNOWN.instruments), tiers=KNOWN.tiers)
    if url.startswith("http"):
        return list(VENUE.read(url, frame, SEEN, facts))
    return list(VENUE.session(url, facts).receive(frame, SEEN))


@settings(max_examples=100)
@given(st.sampled_from(URLS), st.binary(max_size=200))
def test_any_bytes_are_read(url: str, frame: bytes) -> None:
    sound(look(url, frame))


@settings(max_examples=100)
@given(
    st.sampled_from(URLS),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.sampled_from(["e", "s", "o", "data", "id", "symbols"]), inner)
        ),
        max_leaves=12,
    ),
)
def test_any_json_is_read(url: str, frame: object) -> None:
    sound(look(url, body(frame)))


@settings(max_examples=100)
@given(
    st.sampled_from([forced("BTCUSDT"), forced("BTCUSD_PERP"), forced("1000PEPEUSDT"), traded(),
                     traded("ETHUSD_PERP"), traded("1000PEPEUSDT"), marked(), marked("NEWUSDT")]),
    st.sampled_from(["p", "ap", "z", "q", "i", "r", "T", "E", "s", "st"]),
    st.sampled_from([*NUMBERS, *range(-1, 3), None, "\x1b[2J", "X" * 41, [], {}, True]),
)  # fmt: skip
def test_any_field_may_lie(row: dict[str, Any], field: str, lie: object) -> None:
    frame = {**row, field: lie}
    if "o" in row:
        frame = {**row, "o": {**row["o"], field: lie}}
    for url in (FSTREAM, DSTREAM):
        sound(look(url, body(frame)))
        sound(look(url, body([frame, frame])))


def test_deep_nesting_is_malformed() -> None:
    for frame in (b"[" * 100_000, b'{"data":' * 100_000, b'{"o":' * 100_000):
        assert [type(item) for item in look(FSTREAM, frame)] == [Malformed]
