import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from liqtui.clock import ManualClock
from liqtui.collector import Collector
from liqtui.core import Core
from liqtui.engine import Engine
from liqtui.feeds import hello
from liqtui.feeds.attachment import Lines, Screen
from liqtui.feeds.bus import bound
from liqtui.model import wire
from liqtui.model.events import FeedStatus, Listing
from liqtui.model.market import FeedState
from liqtui.model.view import Reconnect, View
from liqtui.store.board import Label
from tests.conditions import until
from tests.making import BTC, START, mark
from tests.test_core import Script


class Running:
    """A collector of what a script emits."""

    def __init__(self, path: Path, listening: socket.socket, environ: dict[str, str]) -> None:
        self.path = path
        self.script = Script()
        engine = Engine({"toy": Label("Toy", "TOY")}, ["BTC"])
        self.core = Core(engine, self.script, ManualClock(START), fps=500)
        self.collector = Collector(self.core, listening, START, environ)


@contextmanager
def collecting(path: Path, environ: dict[str, str] | None = None) -> Iterator[Running]:
    with bound(path) as listening:
        running = Running(path, listening, environ or {})
        running.core.start()
        try:
            yield running
        finally:
            assert running.core.stop()
            assert running.core.failure is None


@contextmanager
def screen(path: Path, view: View) -> Iterator[Screen]:
    made = Screen(path)
    made.look(view)
    made.start()
    try:
        yield made
    finally:
        assert made.stop()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "collector.sock"


def test_screens_are_shown_one_core_each_as_it_looks(path: Path) -> None:
    with (
        collecting(path) as running,
        screen(path, View(rows=10)) as one,
        screen(path, View(rows=20)) as other,
    ):
        running.script.given.append(mark(0, 100.0))
        until(lambda: one.snapshot().headline.price == other.snapshot().headline.price == 100.0)
        assert one.snapshot().view.rows == 10
        assert other.snapshot().view.rows == 20
        one.look(View(rows=30))
        until(lambda: one.snapshot().view.rows == 30)
        other.command(Reconnect("toy"))
        until(lambda: "did Reconnect" in other.snapshot().notices)
        assert "did Reconnect" not in one.snapshot().notices
        said = hello.status(path)
        assert said is not None
        assert (said.viewers, said.since, said.watched) == (2, START // 1_000_000, ("BTC",))
    assert running.core.viewers == []


def test_nobody_looking_nothing_is_painted(path: Path) -> None:
    with collecting(path) as running:
        running.script.given.append(mark(0, 100.0))
        until(lambda: running.core.engine.events == 1)
    assert running.core.frames == 0


def test_a_reader_that_comes_late_is_told_what_is_listed_and_how_feeds_are(path: Path) -> None:
    lines: list[bytes] = []
    status = FeedStatus("toy", "a", FeedState.DOWN, "refused", START, START)
    with collecting(path) as running:
        running.script.health = lambda: ()  # type: ignore[method-assign]  # no feed is pruned
        running.script.given += [mark(0, 100.0), status]
        until(lambda: running.core.engine.events == 2)
        follower = Lines(path, lines.append, lambda _reason: None).thread
        follower.start()
        until(lambda: len(lines) == 2)
        running.script.given.append(mark(1, 101.0))
        until(lambda: len(lines) == 3)
        assert follower.stop()
    listing = Listing(BTC, START, START)
    assert lines == [wire.line(listing), wire.line(status), wire.line(mark(1, 101.0))]


def test_systemd_is_told_that_it_is_ready_and_lives(path: Path, tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(address)
        environ = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "30000"}
        with collecting(path, environ):
            assert [listening.recv(100) for _ in range(3)] == [
                b"READY=1",
                b"WATCHDOG=1",
                b"WATCHDOG=1",
            ]


def test_what_prometheus_is_told_is_read_in_the_cores_thread(path: Path) -> None:
    with collecting(path) as running, screen(path, View()):
        running.script.given.append(mark(0, 100.0))
        until(lambda: running.core.engine.events == 1)
        until(lambda: running.collector.bus.screens)
        running.core.gauges["archive_waiting"] = lambda: 7
        found = {family.name: family.samples for family in running.collector.measured()}
    assert found["liqtui_events_total"] == {("toy", "mark"): 1}
    assert found["liqtui_viewers"] == {(): 1}
    assert found["liqtui_archive_waiting"] == {(): 7}
    assert found["liqtui_dropped_lines_total"] == {(): 0}
