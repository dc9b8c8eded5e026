import sys
import urllib.request
from importlib.util import find_spec

import pytest

from liqtui import metrics
from liqtui.metrics import Family, MetricsError, Tally, of_feeds, of_sinks, single
from liqtui.model.alert import Alert, AlertKind
from liqtui.model.events import FeedStatus, Gap
from liqtui.model.market import FeedState, Side
from liqtui.model.snapshot import SINKS, FeedHealth
from tests.making import START, at, liquidation, mark

LIBRARY = pytest.mark.skipif(
    find_spec("prometheus_client") is None, reason="the extra `metrics` is not installed"
)


def by_name(families: list[Family]) -> dict[str, Family]:
    return {family.name: family for family in families}


def test_what_comes_along_is_counted() -> None:
    tally = Tally()
    for event in (
        mark(0, 1.0), mark(1, 1.0), liquidation(2, 99.0, 500.0), liquidation(3, 99.0, None),
        liquidation(4, 99.0, 70.0, Side.SHORT),
        Gap("toy", "a", START, at(2.5), "cut", START, START),
        FeedStatus("toy", "a", FeedState.LIVE, "", START, START),
    ):  # fmt: skip
        tally.event(event)
    tally.alert(Alert(at=START, kind=AlertKind.BURST, text="Burst"))
    found = by_name(list(tally.families()))
    assert found["liqtui_events_total"].samples == {
        ("toy", "mark"): 2, ("toy", "liquidation"): 3, ("toy", "gap"): 1, ("toy", "status"): 1,
    }  # fmt: skip
    assert found["liqtui_liquidated_usd_total"].samples == {
        ("toy", "long"): 500.0,
        ("toy", "short"): 70.0,
    }
    assert found["liqtui_gaps_total"].samples == {("toy",): 1}
    assert found["liqtui_gap_seconds_total"].samples == {("toy",): 2.5}
    assert found["liqtui_alerts_total"].samples == {("burst",): 1}


def test_a_feed_is_in_one_state_and_an_unknown_lag_is_no_sample() -> None:
    feeds = [
        FeedHealth("toy", "a", FeedState.LIVE, "", 0, 7, 70, lag_p50_ms=12.0, reconnects=2),
        FeedHealth("toy", "b", FeedState.DOWN, "refused", 0),
    ]
    found = by_name(list(of_feeds(feeds)))
    states = found["liqtui_feed_state"].samples
    assert {key for key, value in states.items() if value} == {
        ("toy", "a", "live"),
        ("toy", "b", "down"),
    }
    assert found["liqtui_feed_lag_seconds"].samples == {("toy", "a", "0.5"): 0.012}
    assert found["liqtui_feed_frames_total"].samples[("toy", "a")] == 7
    assert found["liqtui_feed_bytes_total"].samples[("toy", "a")] == 70
    assert found["liqtui_feed_reconnects_total"].samples == {("toy", "a"): 2, ("toy", "b"): 0}


def test_sinks_of_alerts_have_figures_of_their_own_and_are_no_feeds() -> None:
    rows = [
        FeedHealth(SINKS, "hook", FeedState.DOWN, "HTTP 429", 0, 30, malformed=2, waiting=5),
        FeedHealth("toy", "a", FeedState.LIVE, "", 0, 7),
    ]
    found = by_name(list(of_sinks(rows)))
    assert {name: family.samples for name, family in found.items()} == {
        "liqtui_sink_sent_total": {("hook",): 30},
        "liqtui_sink_waiting": {("hook",): 5},
        "liqtui_sink_dead": {("hook",): 2},
        "liqtui_sink_up": {("hook",): 0},
    }
    assert set(by_name(list(of_feeds(rows)))["liqtui_feed_frames_total"].samples) == {("toy", "a")}


@pytest.mark.parametrize("address", ["0.0.0.0:0", "example.org:0", "[::]:0", "192.168.1.2:9464"])
def test_others_may_not_read_them_unless_it_is_said(address: str) -> None:
    with (
        pytest.raises(MetricsError, match=r"collect\.expose"),
        metrics.serving(address, list, expose=False),
    ):
        pass


def test_without_the_extra_it_is_said_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with (
        pytest.raises(MetricsError, match=r"liqtui\[metrics\]"),
        metrics.serving("127.0.0.1:0", list, expose=False),
    ):
        pass


@LIBRARY
def test_prometheus_reads_them() -> None:
    told = [
        Family("liqtui_events_total", "Events", "counter", ("venue",), {('to"y',): 3.0}),
        single("viewers", "Screens", 2),
    ]
    with (
        metrics.serving("127.0.0.1:0", lambda: told, expose=False) as port,
        urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer,
    ):
        text = answer.read().decode()
    assert 'liqtui_events_total{venue="to\\"y"} 3.0\n' in text
    assert "# TYPE liqtui_viewers gauge\nliqtui_viewers 2.0\n" in text


@LIBRARY
def test_a_port_that_is_taken_is_told() -> None:
    with (
        metrics.serving("127.0.0.1:0", list, expose=False) as port,
        pytest.raises(MetricsError, match="no metrics at"),
        metrics.serving(f"127.0.0.1:{port}", list, expose=False),
    ):
        pass
