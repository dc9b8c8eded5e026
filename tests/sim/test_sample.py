import gzip
import json
from collections import Counter, defaultdict
from itertools import pairwise
from typing import Any

import pytest

from liqtui.protocol.raw import Raw
from liqtui.sim import sample
from liqtui.sim.script import END, START
from liqtui.sim.wire import SECOND
from liqtui.store.journal import format_line, parse

MARKETS = {
    "usdm#1": "binance", "coinm#1": "binance", "linear#1": "bybit", "inverse#1": "bybit",
    "public#1": "okx", "usdt#1": "gate", "btc#1": "gate",
}  # fmt: skip


@pytest.fixture(scope="module")
def shipped() -> list[Raw]:
    return [parse(line) for line in gzip.decompress(sample.SHIPPED.read_bytes()).splitlines()]


def kind(raw: Raw) -> str:
    """Name what a frame tells, by the words of its own venue."""
    if raw.body == b"pong":
        return "control"
    body: dict[str, Any] = json.loads(raw.body)
    if body.get("event") == "subscribe" or "success" in body or "id" in body:
        return "control"
    words = body.get("stream") or body.get("topic") or body.get("channel") or body["arg"]["channel"]
    for word, meaning in {
        "forceOrder": "liquidations", "allLiquidation": "liquidations",
        "liquidat": "liquidations", "rade": "trades", "markPrice": "marks", "mark-price": "marks",
        "ickers": "tickers", "open-interest": "interest", "funding-rate": "funding",
    }.items():  # fmt: skip
        if word in words:
            return meaning
    return str(words)


def test_it_is_small_enough_to_ship() -> None:
    assert sample.SHIPPED.stat().st_size <= 1_500_000


def test_making_it_again_makes_the_same(shipped: list[Raw]) -> None:
    made = sample.journal()
    assert len(made) == len(shipped)
    for again, once in zip(made, shipped, strict=True):
        assert format_line(again) == format_line(once)


def test_it_is_ordered_and_twenty_minutes_long(shipped: list[Raw]) -> None:
    seen = [raw.seen for raw in shipped]
    assert seen == sorted(seen)
    assert seen[0] == START
    assert END <= seen[-1] < END + SECOND


def test_each_connection_opens_once_and_first(shipped: list[Raw]) -> None:
    first: dict[str, Raw] = {}
    for raw in shipped:
        if raw.conn != "rest":
            first.setdefault(raw.conn, raw)
    assert {conn: raw.venue for conn, raw in first.items()} == MARKETS
    assert all(raw.direction == "open" for raw in first.values())
    assert sum(raw.direction == "open" for raw in shipped) == len(first)
    assert first["usdt#1"].headers == {"X-Gate-Size-Decimal": "1"}


def test_subscriptions_go_out_and_are_accepted(shipped: list[Raw]) -> None:
    for conn in MARKETS:
        out = [raw for raw in shipped if raw.conn == conn and raw.direction == "out"]
        assert b"ubscri" in out[0].body.lower()
        answers = [raw for raw in shipped if raw.conn == conn and raw.direction == "in"]
        assert kind(answers[0]) == "control"
        assert not any(b'"success":false' in raw.body or b'"error"' in raw.body for raw in answers)


def test_every_market_tells_of_everything(shipped: list[Raw]) -> None:
    told: dict[str, Counter[str]] = defaultdict(Counter)
    for raw in shipped:
        if raw.direction == "in" and raw.conn != "rest":
            told[raw.conn][kind(raw)] += 1
    for conn, counts in told.items():
        assert counts["trades"] > 30, conn
        assert counts["marks"] + counts["tickers"] > 190, conn
        if conn != "coinm#1":  # told on the other host, see below
            assert counts["liquidations"] > 2, conn
    assert told["public#1"]["interest"] > 300
    polled = Counter(raw.url for raw in shipped if "/v1/openInterest?" in raw.url)
    assert len(polled) == 8
    assert min(polled.values()) > 70


def test_liquidations_of_both_products_of_one_exchange_share_a_socket(shipped: list[Raw]) -> None:
    orders = [json.loads(raw.body)["data"]["o"] for raw in shipped if b'"forceOrder"' in raw.body]
    assert Counter(order["st"] for order in orders)[2] > 10
    assert Counter(order["st"] for order in orders)[1] > 100


def test_the_sampled_feed_shows_one_a_second_of_a_symbol(shipped: list[Raw]) -> None:
    pushed: dict[str, list[int]] = defaultdict(list)
    for raw in shipped:
        if b'"forceOrder"' in raw.body:
            data = json.loads(raw.body)["data"]
            pushed[data["o"]["s"]].append(data["E"])
    gaps = [later - earlier for times in pushed.values() for earlier, later in pairwise(times)]
    assert min(gaps) >= 1000


def test_the_past_is_a_day_of_every_contract(shipped: list[Raw]) -> None:
    rest = [raw for raw in shipped if raw.conn == "rest"]
    assert all(raw.status == 200 for raw in rest)
    minutes = next(raw for raw in rest if "klines?symbol=BTCUSDT&" in raw.url)
    assert len(json.loads(minutes.body)) == 1440
    history = next(raw for raw in rest if "openInterestHist?symbol=BTCUSDT&" in raw.url)
    assert len(json.loads(history.body)) == 288
    paths = Counter(raw.url.partition("?")[0].rpartition("/")[2] for raw in rest)
    assert paths["klines"] == 8
    assert paths["risk-limit"] == 7
    assert paths["position-tiers"] == 6
    assert paths["risk_limit_tiers"] == 5


def test_the_journal_is_written_alike_each_time(shipped: list[Raw], tmp_path: Any) -> None:
    for name in ("a", "b"):
        sample.write(tmp_path / name, shipped[:500])
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
