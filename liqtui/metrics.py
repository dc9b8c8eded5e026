"""What a collector tells Prometheus, with the extra ``metrics``: counts and states, no estimates.

Counters are changed in the core thread and read there, when they are asked for.
"""

import ipaddress
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from http.server import HTTPServer
from typing import Any, Literal, TypeAlias

from msgspec import Struct

from liqtui.model.alert import Alert
from liqtui.model.events import Event, FeedStatus, Gap, Liquidation
from liqtui.model.market import FeedState
from liqtui.model.snapshot import SINKS, FeedHealth
from liqtui.model.wire import TYPES

Samples: TypeAlias = Mapping[tuple[str, ...], float]
_Counted: TypeAlias = defaultdict[tuple[str, ...], float]


class MetricsError(Exception):
    """Metrics cannot be served as they were asked for, and why."""


class Family(Struct, frozen=True):
    """One metric: its samples by the values of its labels. Names end as Prometheus wants them."""

    name: str
    about: str
    kind: Literal["counter", "gauge"]
    labels: tuple[str, ...]
    samples: Samples


class Tally:
    """Counts what comes along. Core thread only."""

    def __init__(self) -> None:
        self._events: _Counted = defaultdict(float)
        self._liquidated: _Counted = defaultdict(float)
        self._gaps: _Counted = defaultdict(float)
        self._missed: _Counted = defaultdict(float)
        self._alerts: _Counted = defaultdict(float)

    def event(self, event: Event) -> None:
        """Count an event."""
        named = event if isinstance(event, FeedStatus | Gap) else event.instrument
        venue = named.venue
        self._events[venue, TYPES[type(event)]] += 1
        if isinstance(event, Liquidation):
            self._liquidated[venue, event.side.value] += event.notional or 0.0
        elif isinstance(event, Gap):
            self._gaps[(venue,)] += 1
            self._missed[(venue,)] += (event.end - event.start) / 1e9

    def alert(self, alert: Alert) -> None:
        """Count an alert."""
        self._alerts[(alert.kind.value,)] += 1

    def families(self) -> Iterator[Family]:
        """Return everything counted so far."""
        venue = ("venue",)
        for name, about, labels, counted in (
            ("events", "Events taken in", ("venue", "type"), self._events),
            ("liquidated_usd", "USD liquidated, as published", ("venue", "side"), self._liquidated),
            ("gaps", "Holes in what was heard", venue, self._gaps),
            ("gap_seconds", "Seconds in those holes", venue, self._missed),
            ("alerts", "Alerts told", ("kind",), self._alerts),
        ):
            yield Family(f"liqtui_{name}_total", about, "counter", labels, dict(counted))


def of_feeds(feeds: Iterable[FeedHealth]) -> Iterator[Family]:
    """Return the state of every socket and REST schedule."""
    held = {(feed.venue, feed.stream): feed for feed in feeds if feed.venue != SINKS}
    labels = ("venue", "stream")
    states: Samples = {
        (*key, state.value): float(feed.state is state)
        for key, feed in held.items()
        for state in FeedState
    }
    yield Family("liqtui_feed_state", "1 for its state", "gauge", (*labels, "state"), states)
    lags: Samples = {
        (*key, quantile): lag / 1000
        for key, feed in held.items()
        for quantile, lag in (("0.5", feed.lag_p50_ms), ("0.95", feed.lag_p95_ms))
        if lag is not None
    }
    about = "Receipt minus the venue's time"
    yield Family("liqtui_feed_lag_seconds", about, "gauge", (*labels, "quantile"), lags)
    counted: dict[str, tuple[str, Callable[[FeedHealth], int]]] = {
        "frames": ("Messages received", lambda feed: feed.frames),
        "bytes": ("Bytes received", lambda feed: feed.size),
        "reconnects": ("Times it was opened anew", lambda feed: feed.reconnects),
        "malformed": ("Messages that could not be read", lambda feed: feed.malformed),
    }
    for name, (told, count) in counted.items():
        samples: Samples = {key: float(count(feed)) for key, feed in held.items()}
        yield Family(f"liqtui_feed_{name}_total", told, "counter", labels, samples)


def of_sinks(feeds: Iterable[FeedHealth]) -> Iterator[Family]:
    """Return how each sink of alerts is doing."""
    held = {feed.stream: feed for feed in feeds if feed.venue == SINKS}
    counted: dict[str, tuple[str, Literal["counter", "gauge"], Callable[[FeedHealth], int]]] = {
        "sent_total": ("Alerts sent, ever", "counter", lambda sink: sink.frames),
        "waiting": ("Alerts to be sent", "gauge", lambda sink: sink.waiting),
        "dead": ("Alerts given up, to be tried anew", "gauge", lambda sink: sink.malformed),
        "up": ("1: the last try was taken", "gauge", lambda sink: sink.state is FeedState.LIVE),
    }
    for name, (told, kind, count) in counted.items():
        samples: Samples = {(sink,): float(count(row)) for sink, row in held.items()}
        yield Family(f"liqtui_sink_{name}", told, kind, ("sink",), samples)


def single(name: str, about: str, value: float, *, counter: bool = False) -> Family:
    """Return a metric of one sample."""
    return Family(f"liqtui_{name}", about, "counter" if counter else "gauge", (), {(): value})


@contextmanager
def serving(address: str, measured: Callable[[], list[Family]], *, expose: bool) -> Iterator[int]:
    """Serve metrics over HTTP until the block ends; yields the port.

    Args:
        address: ``host:port``; port 0 takes a free one.
        measured: returns what is told; called in a thread of its own for each scrape.
        expose: whether others than this machine may reach it.

    Raises:
        MetricsError: that cannot be; in words for the user.
    """
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    if not expose and not _is_loopback(host):
        raise MetricsError(
            f"metrics at {address} could be read by others: take 127.0.0.1, or say collect.expose"
        )
    try:
        from prometheus_client import CollectorRegistry, start_http_server
    except ImportError as error:
        raise MetricsError("metrics need the extra: pip install 'liqtui[metrics]'") from error

    class Source:
        def collect(self) -> list[Any]:
            return [_metric(family) for family in measured()]

    registry = CollectorRegistry()
    registry.register(Source())
    try:
        server, _ = start_http_server(int(port), host, registry)
    except OSError as error:
        raise MetricsError(f"no metrics at {address}: {error.strerror or error}") from error
    try:
        yield server.server_port
    finally:  # its loop looks only twice a second whether it is to end: nobody waits for that
        threading.Thread(target=_close, args=(server,), daemon=True).start()


def _close(server: HTTPServer) -> None:
    server.shutdown()
    server.server_close()


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _metric(family: Family) -> Any:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

    kinds = {"counter": CounterMetricFamily, "gauge": GaugeMetricFamily}
    metric: Any = kinds[family.kind](family.name, family.about, labels=family.labels)
    for labels, value in family.samples.items():
        metric.add_metric(labels, value)
    return metric
