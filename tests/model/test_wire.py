import json

from msgspec.structs import replace

from liqtui.model import wire
from liqtui.model.alert import Alert, AlertKind
from liqtui.model.events import FeedStatus, Gap, Listing
from liqtui.model.market import FeedState, PriceKind, Sampling, Side, Tier
from tests.making import (
    BTC,
    START,
    at,
    candle,
    funding,
    instrument,
    interest,
    liquidation,
    mark,
    trade,
)

COMMON = {
    "venue": "toy",
    "market": "linear",
    "symbol": "BTCUSDT",
    "base": "BTC",
    "ts": START // 1_000_000,
    "seen": START // 1_000_000,
}


def fields(line: bytes) -> dict[str, object]:
    parsed: dict[str, object] = json.loads(line)
    return parsed


def test_liquidation() -> None:
    assert fields(wire.line(liquidation(0, 100.0, 5000.0, Side.SHORT))) == {
        **COMMON,
        "type": "liquidation",
        "side": "short",
        "price": 100.0,
        "price_kind": "fill",
        "qty": 50.0,
        "notional": 5000.0,
    }


def test_what_is_unknown_is_absent() -> None:
    found = fields(wire.line(liquidation(0, 100.0, None)))
    assert not {"qty", "notional"} & set(found)


def test_trade_interest_mark_and_funding() -> None:
    assert fields(wire.line(trade(0, 7.0, 2.0))) == {
        **COMMON, "type": "trade", "side": "buy", "price": 7.0, "qty": 2.0,
    }  # fmt: skip
    assert fields(wire.line(interest(0, 9.0))) == {**COMMON, "type": "open_interest", "oi": 9.0}
    assert fields(wire.line(mark(0, 7.5))) == {**COMMON, "type": "mark", "mark": 7.5}
    assert fields(wire.line(funding(0, -1e-4))) == {
        **COMMON, "type": "funding", "rate": -1e-4, "interval_hours": 8.0,
        "next_ts": at(3600) // 1_000_000, "kind": "estimated",
    }  # fmt: skip


def test_candle_ends_at_its_time() -> None:
    found = fields(wire.line(candle(0, 10.0, 9.0, 11.0)))
    assert found["ts"] == START // 1_000_000
    assert (found["low"], found["high"], found["price"]) == (9.0, 11.0, "last")


def test_instrument_carries_tiers_and_sampling() -> None:
    listed = instrument(
        tiers=(Tier(0.0, 0.004, 125.0, 0.0), Tier(5e4, 0.005, 100.0)),
        sampling=Sampling(1.0, "largest"),
        liquidation_price=PriceKind.FILL,
    )
    found = fields(wire.line(Listing(listed, START, START)))
    assert found["tiers"] == [[0.0, 0.004, 125.0, 0.0], [5e4, 0.005, 100.0]]
    assert found["sample"] == {"window_s": 1.0, "pick": "largest"}
    assert found["liq_price_kind"] == "fill"


def test_only_a_contract_that_is_gone_says_whether_it_is_listed() -> None:
    assert "listed" not in fields(wire.line(Listing(BTC, START, START)))
    assert fields(wire.line(Listing(BTC, START, START, listed=False)))["listed"] is False


def test_status_and_gap_have_no_symbol() -> None:
    status = FeedStatus("toy", "linear", FeedState.STALE, "12 s silent", START, START)
    assert fields(wire.line(status))["state"] == "stale"
    gap = Gap("toy", "linear", START, at(5), "cut", START, START)
    found = fields(wire.line(gap))
    assert found["to"] == at(5) // 1_000_000
    assert "symbol" not in found


def test_an_unrecorded_receipt_is_absent() -> None:
    assert "seen" not in fields(wire.line(replace(liquidation(0, 1.0), seen=0)))


def test_an_alert_without_what_is_unknown() -> None:
    alert = Alert(
        number=3, at=START, kind=AlertKind.APPROACH, text="Approaching", base="BTC",
        about="BTC-long-1", side=Side.LONG, price=61480.0, usd=47e6, distance=-0.009, chance=0.44,
        band=(31e6, 66e6), tiers=(25, 50), confidence="medium",
    )  # fmt: skip
    assert fields(wire.alert_line(alert)) == {
        "type": "alert", "ts": START // 1_000_000, "n": 3, "kind": "approach", "base": "BTC",
        "about": "BTC-long-1", "side": "long", "price": 61480.0, "usd": 47e6, "distance": -0.009,
        "p_touch_1h": 0.44, "band": [31e6, 66e6], "tiers": [25, 50], "confidence": "medium",
        "text": "Approaching",
    }  # fmt: skip
    venue = Alert(at=START, kind=AlertKind.FEED, text="Toy is heard again", well=True)
    assert fields(wire.alert_line(venue)) == {
        "type": "alert", "ts": START // 1_000_000, "n": 0, "kind": "feed", "well": True,
        "text": "Toy is heard again",
    }  # fmt: skip
