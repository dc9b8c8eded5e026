import asyncio
import threading

import pytest

from liqtui.clock import ManualClock
from liqtui.core import Core, Viewer
from liqtui.engine import Engine
from liqtui.model.alert import Alert, AlertKind, Policy
from liqtui.model.events import Event
from liqtui.model.snapshot import FeedHealth, NoteKind, Progress
from liqtui.model.view import Acknowledge, Driving, Heed, Mute, Reconnect, View
from liqtui.store.board import Label
from tests.conditions import LIMIT, until
from tests.making import START, at, liquidation, mark


class Script:
    """Emits what the test hands it."""

    source = "replay"

    def __init__(self, fault: Exception | None = None) -> None:
        self.given: list[Event] = []
        self.done = threading.Event()
        self.fault = fault
        self.cancelled = False

    async def run(self, core: Core) -> None:
        try:
            while not self.done.is_set():
                while self.given:
                    core.emit(self.given.pop(0))
                if self.fault:
                    raise self.fault
                await asyncio.sleep(0.001)
        except asyncio.CancelledError:
            self.cancelled = True
            raise

    async def obey(self, core: Core, command: Driving) -> str:
        return f"did {type(command).__name__}"

    def health(self) -> tuple[FeedHealth, ...]:
        return ()

    def recorded(self) -> None:
        return None

    def progress(self) -> tuple[Progress, ...]:
        return (Progress("reading", 0.5),)


def running(script: Script) -> Core:
    engine = Engine({"toy": Label("Toy", "TOY")}, ["BTC"])
    core = Core(engine, script, ManualClock(START), fps=500)
    core.start()
    return core


def test_events_come_out_as_snapshots_and_listeners_hear_them() -> None:
    script = Script()
    core = running(script)
    heard: list[Event] = []
    core.listeners.append(heard.append)
    script.given += [mark(0, 100.0), liquidation(1, 99.0)]
    until(lambda: core.snapshot().events == 2)
    shot = core.snapshot()
    assert shot.headline.price == 100.0
    assert shot.source == "replay"
    assert shot.progress[0].label == "reading"
    assert len(heard) == 2
    assert core.stop()
    assert script.cancelled
    assert core.failure is None


def test_nothing_new_is_the_same_object() -> None:
    script = Script()
    core = running(script)
    script.given.append(mark(0, 100.0))
    until(lambda: core.snapshot().events == 1)
    before = core.snapshot()
    frames = core.frames
    core.notice("a reason for one more frame")
    until(lambda: core.frames == frames + 1)
    assert core.snapshot() is not before
    assert core.stop()


def test_the_view_is_answered() -> None:
    core = running(Script())
    core.look(View(base="ETH"))
    until(lambda: core.snapshot().view.base == "ETH")
    assert core.stop()


def test_commands_are_obeyed_and_answered() -> None:
    core = running(Script())
    core.command(Reconnect("toy"))
    until(lambda: "did Reconnect" in core.snapshot().notices)
    assert core.stop()


def test_the_end_of_the_drive_leaves_the_last_picture() -> None:
    script = Script()
    core = running(script)
    script.given.append(mark(0, 100.0))
    until(lambda: not script.given)
    script.done.set()
    assert core.join(LIMIT)
    assert core.snapshot().headline.price == 100.0
    assert not script.cancelled


def test_a_core_that_fails_says_so_on_the_screen() -> None:
    core = running(Script(fault=ValueError("no such thing")))
    assert core.join(LIMIT)
    assert isinstance(core.failure, ValueError)
    assert core.snapshot().notices == ("the core ended: ValueError: no such thing",)


def test_stopping_twice_or_before_the_start_is_harmless() -> None:
    core = running(Script())
    assert core.stop()
    assert core.stop()
    engine = Engine({}, [])
    assert Core(engine, Script(), ManualClock(START)).stop()


def told(cut: int) -> list[Alert]:
    """Return the alerts of a course of events, a picture taken after every ``cut`` of them."""
    clock = ManualClock(START)
    engine = Engine({"toy": Label("Toy", "TOY")}, ["BTC"])
    core = Core(engine, Script(), clock, policy=Policy())
    found: list[Alert] = []
    core.alarms.append(found.append)
    for number in range(300):
        second = number / 3
        clock.advance(at(second) / 1e9 - clock.now() / 1e9)
        core.emit(mark(second, 100.0))
        core.emit(liquidation(second, 99.0, 1e4 * number))
        if number % cut == 0:
            core.take_picture()
    assert [alert.number for alert in core.snapshot().alerts][::-1] == [
        alert.number for alert in found if alert.at <= core.snapshot().at
    ]
    return found


def test_alerts_are_told_to_all_and_do_not_depend_on_the_pictures() -> None:
    found = told(1)
    assert {AlertKind.BURST, AlertKind.PRINT} <= {alert.kind for alert in found}
    assert told(7) == found


def test_alerts_are_in_the_snapshot_and_in_the_log() -> None:
    core = Core(
        Engine({"toy": Label("Toy", "TOY")}, ["BTC"]), Script(), ManualClock(START), policy=Policy()
    )
    for second in range(3):
        core.emit(liquidation(second, 99.0, 4e5))
    core.take_picture()
    shot = core.snapshot()
    assert [alert.number for alert in shot.alerts] == list(range(len(shot.alerts), 0, -1))
    assert {note.text for note in shot.log if note.kind is NoteKind.ALERT} == {
        alert.line for alert in shot.alerts
    }


def test_without_a_policy_nobody_looks_for_alerts() -> None:
    core = Core(Engine({"toy": Label("Toy", "TOY")}, ["BTC"]), Script(), ManualClock(START))
    for second in range(3):
        core.emit(liquidation(second, 99.0, 4e9))
    core.take_picture()
    assert core.snapshot().alerts == ()


def test_viewers_of_one_view_share_a_picture_and_each_has_its_own_answers(
    caplog: pytest.LogCaptureFixture,
) -> None:
    script = Script()
    core = running(script)
    one, two, third = Viewer(), Viewer(), Viewer()
    third.look(View(base="ETH"))
    core.viewers += [one, two, third]
    script.given.append(mark(0, 100.0))
    until(lambda: all(viewer.snapshot().events == 1 for viewer in core.viewers))
    assert one.snapshot() is two.snapshot() is core.snapshot()
    assert third.snapshot().view.base == "ETH"
    core.command(Reconnect("toy"), two)
    until(lambda: two.snapshot().notices == ("did Reconnect",))
    assert one.snapshot().notices == ()
    core.notice("for everyone")
    until(lambda: all("for everyone" in viewer.snapshot().notices for viewer in core.viewers))
    assert [record.getMessage() for record in caplog.records] == ["for everyone"]
    assert core.stop()


def test_nothing_is_painted_for_nobody_or_for_who_is_busy() -> None:
    clock = ManualClock(START)
    core = Core(Engine({}, ["BTC"]), Script(), clock)
    busy = Viewer()
    busy.busy = True
    core.viewers[:] = [busy]
    core.emit(mark(0, 100.0))
    core.take_picture()
    assert core.frames == 0
    busy.busy = False
    core.take_picture()
    assert core.frames == 1
    assert busy.snapshot().headline.price == 100.0


def test_what_runs_beside_ends_with_the_drive_and_fails_the_core() -> None:
    script = Script()
    core = Core(Engine({}, []), script, ManualClock(START))
    cancelled: list[bool] = []

    async def serve() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.append(True)

    async def fail() -> None:
        raise OSError("address in use")

    core.beside += [serve, fail]
    core.start()
    assert core.join(LIMIT)
    assert isinstance(core.failure, OSError)
    assert cancelled
    assert script.cancelled


def loud() -> tuple[Core, Script, list[Alert]]:
    """Return a running core that tells alerts, and those it told."""
    script, found = Script(), list[Alert]()
    engine = Engine({"toy": Label("Toy", "TOY")}, ["BTC"])
    core = Core(engine, script, ManualClock(START), fps=500, policy=Policy())
    core.alarms.append(found.append)
    core.start()
    return core, script, found


def test_what_is_muted_is_kept_and_disturbs_nobody() -> None:
    core, script, found = loud()
    core.command(Mute("BTC", 900))
    until(lambda: "BTC muted for 15 min" in core.snapshot().notices)
    assert [what for what, _ in core.snapshot().mutes] == ["BTC"]
    script.given += [mark(0, 100.0), liquidation(1, 99.0, 9e6), mark(2, 100.0)]
    until(lambda: any(note.kind is NoteKind.ALERT for note in core.snapshot().log))
    assert all(note.dim for note in core.snapshot().log if note.kind is NoteKind.ALERT)
    assert not found
    core.command(Mute("BTC", 0))
    until(lambda: core.snapshot().mutes == ())
    assert core.stop()


def test_acknowledging_dims_the_newest_alert_then_the_next() -> None:
    core, script, found = loud()
    core.command(Acknowledge())
    until(lambda: "no alert to acknowledge" in core.snapshot().notices)
    script.given += [mark(0, 100.0), liquidation(1, 99.0, 9e6), mark(2, 100.0)]
    until(lambda: len(found) >= 2)
    for done in range(1, len(found) + 1):
        core.command(Acknowledge())
        until(lambda n=done: len([a for a in core.snapshot().alerts if a.hushed]) == n)  # type: ignore[misc] # mypy infers no type of a default
    assert all(note.dim for note in core.snapshot().log if note.kind is NoteKind.ALERT)
    assert core.stop()


def test_another_policy_holds_from_then_on() -> None:
    core, script, found = loud()
    core.command(Heed(Policy(kinds=frozenset({AlertKind.FEED}))))
    core.command(Reconnect())  # answered after it
    until(lambda: "did Reconnect" in core.snapshot().notices)
    script.given += [mark(0, 100.0), liquidation(1, 99.0, 9e6), mark(2, 100.0)]
    until(lambda: core.snapshot().events == 3)
    assert core.stop()
    assert not found
