import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from types import TracebackType
from typing import Self

import pytest
from msgspec.structs import replace

from liqtui.feeds.attachment import Lines, Screen
from liqtui.model import wire
from liqtui.model.events import Event
from liqtui.model.snapshot import Snapshot
from liqtui.model.view import Command, Reconnect, View, Watch
from tests.conditions import LIMIT, until
from tests.feeds.desk import Desk
from tests.making import START, mark


class Serving:
    """A collector in a thread of its own."""

    def __init__(self, path: Path, desk: Desk | None = None) -> None:
        self._path = path
        self._given = desk
        self._ready = Flag()
        self._ending: asyncio.Event
        self._loop: asyncio.AbstractEventLoop
        self._thread = Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    async def _serve(self) -> None:
        self._loop, self._ending = asyncio.get_running_loop(), asyncio.Event()
        self.desk = self._given or Desk()
        async with self.desk.open(self._path):
            self._ready.set()
            await self._ending.wait()

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(LIMIT)
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._ending.set)
        self._thread.join(LIMIT)

    def show(self, snapshot: Snapshot) -> None:
        """Show every screen a snapshot as soon as it takes one."""
        until(lambda: self.desk.places)
        for place in self.desk.places:
            done = Flag()

            def show(place=place, done=done) -> None:  # type: ignore[no-untyped-def]
                if place.show(snapshot):
                    done.set()
                else:
                    self._loop.call_soon(show)

            self._loop.call_soon_threadsafe(show)
            assert done.wait(LIMIT)

    def tell(self, event: Event) -> None:
        """Tell an event to all readers."""
        self._loop.call_soon_threadsafe(self.desk.bus.event, event)


@contextmanager
def attached(path: Path, view: View | None = None) -> Iterator[Screen]:
    screen = Screen(path)
    screen.look(view or View())
    screen.start()
    try:
        yield screen
    finally:
        assert screen.stop()
        assert screen.failure is None


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "collector.sock"


def test_a_screen_shows_the_collectors_snapshots_and_says_whose(path: Path) -> None:
    with Serving(path) as server, attached(path) as screen:
        server.show(Snapshot(at=1, events=7))
        until(lambda: screen.snapshot().events == 7)
        shot = screen.snapshot()
        assert shot.collector == server.desk.welcome.pid
        assert shot.notices == (f"collector, pid {shot.collector}",)
        assert shot.lost == ""
        server.show(Snapshot(at=2, events=8, notices=("an answer",)))
        until(lambda: screen.snapshot().notices == ("an answer",))


def test_views_and_commands_reach_the_collector(path: Path) -> None:
    with Serving(path) as server, attached(path) as screen:
        until(lambda: server.desk.places)
        screen.look(View(base="BTC", rows=7))
        screen.command(Reconnect("toy"))
        until(lambda: server.desk.commands == [Reconnect("toy")])
        assert server.desk.places[0].views == [View(), View(rows=7)]


def test_a_coin_that_nobody_watches_yet_is_watched(path: Path) -> None:
    with Serving(path) as server, attached(path, View(base="DOGE")):
        wanted: list[Command] = [Watch("DOGE")]
        until(lambda: server.desk.commands == wanted)


def test_a_collector_that_goes_is_missed_and_one_that_comes_is_taken(path: Path) -> None:
    with attached(path, View(rows=9)) as screen:
        until(lambda: screen.snapshot().lost == "it is gone")
        with Serving(path) as server:
            server.show(Snapshot(at=1, events=7))
            until(lambda: screen.snapshot().events == 7)
            assert screen.snapshot().lost == ""
        until(lambda: screen.snapshot().lost)
        assert screen.snapshot().events == 7
        lost = screen.snapshot()
        screen.command(Reconnect())
        until(lambda: screen.snapshot().notices[-1:] == ("not done: there is no collector",))
        assert screen.snapshot().lost == lost.lost
        with Serving(path) as server:
            server.show(Snapshot(at=1, events=9))
            until(lambda: screen.snapshot().events == 9)
            assert server.desk.places[0].views == [View(rows=9)]


def test_a_collector_of_another_version_is_told(path: Path) -> None:
    desk = Desk()
    desk.welcome = replace(desk.welcome, protocol=7)
    with Serving(path, desk), attached(path) as screen:
        until(lambda: "start it or this anew" in screen.snapshot().lost)


def test_stopped_before_the_start_it_never_starts(path: Path) -> None:
    screen = Screen(path)
    assert screen.stop()
    assert screen.join()
    assert screen.failure is None


def test_lines_come_as_they_are_and_again_after_a_new_start(path: Path) -> None:
    lines: list[bytes] = []
    reasons: list[str] = []
    follower = Lines(path, lines.append, reasons.append).thread
    first, second = mark(0, 100.0), mark(1, 101.0)
    with Serving(path) as server:
        follower.start()
        until(lambda: server.desk.bus.readers)
        server.tell(first)
        until(lambda: lines == [wire.line(first)])
    until(lambda: reasons)
    with Serving(path, Desk([first])) as server:
        until(lambda: len(lines) == 2)
        server.tell(second)
        until(lambda: lines == [wire.line(first), wire.line(first), wire.line(second)])
    assert follower.stop()
    assert follower.failure is None
    assert set(reasons) <= {"it ended", "it is gone"}
    assert json.loads(lines[0])["ts"] == START // 1_000_000


def test_one_reason_is_told_once(path: Path) -> None:
    reasons: list[str] = []
    lines = Lines(path, lambda _line: None, reasons.append)
    for reason in ("it ended", "it is gone", "it is gone"):
        lines.lose(reason)
    assert reasons == ["it ended", "it is gone"]


def test_who_cannot_take_lines_any_more_ends(path: Path) -> None:
    def full(_line: bytes) -> None:
        raise BrokenPipeError

    follower = Lines(path, full, lambda _reason: None).thread
    with Serving(path, Desk([mark(0, 100.0)])):
        follower.start()
        assert follower.join(LIMIT)
    assert isinstance(follower.failure, BrokenPipeError)
