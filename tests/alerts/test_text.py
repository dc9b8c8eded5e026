from dataclasses import dataclass

import pytest
from msgspec.structs import replace

from liqtui.alerts import text
from liqtui.model.alert import Alert, AlertKind
from liqtui.model.market import FeedState, Side
from liqtui.model.situation import VenueState
from tests.alerts.situations import cluster

FORECASTS = ("will", "expect", "going to", "should", "likely", "soon")


@dataclass(frozen=True)
class Row:
    said: str
    wanted: str


ROWS = [
    Row(
        text.approaching(cluster(), 720.0, "medium"),
        "Approaching estimated $47M long-liquidation cluster at $61,480 (0.9% below, ~12 min at "
        "current speed, 25x/50x, P(touch 1h) 44%, band $31–66M, confidence medium)",
    ),
    Row(
        text.approaching(
            cluster(63_400.0, band=None, touch=(), tiers=()), None, "", ["OKX stale: 31% of OI"]
        ),
        "Approaching estimated $47M short-liquidation cluster at $63,400 (2.2% above, OKX stale: "
        "31% of OI)",
    ),
    Row(
        text.approaching(
            cluster(band=None, touch=(), tiers=(), branching=1.24), None, "",
            said="Closer to",
        ),
        "Closer to estimated $47M long-liquidation cluster at $61,480 (0.9% below, "
        "branching ≥1.2)",
    ),
    Row(
        text.touched(cluster(), 0.44),
        "Price reached the estimated $47M long-liquidation cluster at $61,480 (P(touch 1h) was "
        "44%)",
    ),
    Row(
        text.fired(cluster(), 14.1e6, 95.0),
        "Fired: ≥$14M of longs liquidated at $61,480 (30% of what stood there by the estimate, "
        "within 2 min)",
    ),
    Row(
        text.failed(cluster(), 0.0, 900.0),
        "Did not fire: 15 min after the touch ≥$0 of the $47M of longs estimated at $61,480 was "
        "liquidated; the rest was closed in time or never stood there",
    ),
    Row(
        text.failed(cluster(), 1.4e6, 900.0, -0.0123),
        "Hardly fired: 15 min after the touch ≥$1.4M (3%) of the $47M of longs estimated at "
        "$61,480 was liquidated; the rest was closed in time or never stood there (open interest "
        "-1.2% since)",
    ),
    Row(
        text.failed(cluster(), 4.7e6, 900.0, 0.0),
        "Fired in part: 15 min after the touch ≥$4.7M (10%) of the $47M of longs estimated at "
        "$61,480 was liquidated; the rest was closed in time or never stood there (open interest "
        "+0.0% since)",
    ),
    Row(
        text.burst(Side.SHORT, 4.1e6, "3.2× the least of its busiest 5 min in 100", 130.0),
        "Burst: ≥$4.1M of shorts liquidated in 5 min (3.2× the least of its busiest 5 min in 100, "
        "for 2 min)",
    ),
    Row(
        text.cascade(Side.LONG, 9e6, 61_480.0),
        "Cascade under way: ≥$9.0M of longs liquidated in 5 min after the price reached the "
        "estimated cluster at $61,480",
    ),
    Row(
        text.large(Side.LONG, 1.24e6, 61_480.0, "binance", ""),
        "Large long liquidation: $1.2M at $61,480 on binance",
    ),
    Row(
        text.funding(-0.0012, 0.0001),
        "Funding -0.120% per 8h: shorts pay (12× its usual size)",
    ),
    Row(
        text.flip(0.0001, -0.0002),
        "Funding flipped: longs pay now (+0.010% per 8h, was -0.020%)",
    ),
    Row(text.interest(-0.0312, "5 min", 4e8), "Open interest down 3.1% in 5 min (now $400M)"),
    Row(text.confidence("no price yet"), "Estimate not to be trusted: no price yet"),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.wanted[:24])
def test_every_sentence_carries_what_is_known_and_no_more(row: Row) -> None:
    assert row.said == row.wanted
    assert not any(word in row.said.casefold() for word in FORECASTS)


def test_a_venues_own_words_cannot_steer_and_are_cut_short() -> None:
    state = VenueState("toy", "Toy", FeedState.BLOCKED, "\x1b]0;owned\x07\u202e" + "x" * 500)
    said = text.venue(state)
    assert said.startswith("Toy blocked: \ufffd]0;owned\ufffd\ufffdxxx")
    assert len(said) < 110
    assert said.isprintable()


def test_a_storm_is_summed() -> None:
    one = Alert(at=0, kind=AlertKind.BURST, text="", base="BTC", usd=4e6)
    held = [one, replace(one, base="ETH"), replace(one, kind=AlertKind.FEED, base="", usd=None)]
    assert text.storm(held[:1]) == f"One more alert: {held[0].line}"
    assert text.storm(held) == "Storm: 3 more alerts (2 burst, 1 feed, BTC, ETH, largest $4.0M)"
