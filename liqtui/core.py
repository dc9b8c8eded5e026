"""The core thread: a loop of its own with the engine in it, and the border to the screen.

A terminal that stops reading blocks the screen's loop for seconds; nothing in here may notice.
Three things cross: a `View` and `Command` values inward, a `Snapshot` outward, each swapped or
queued as whole references. Each screen has a `Viewer`; one that sees what another sees is given
the same picture.
"""

import asyncio
import contextlib
import logging
import queue
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Protocol

from msgspec.structs import replace

from liqtui.alerts import rules, silence
from liqtui.alerts.state import State
from liqtui.clock import Clock
from liqtui.engine import Engine
from liqtui.model.alert import Alert, Policy
from liqtui.model.events import Event
from liqtui.model.snapshot import EMPTY, FeedHealth, Progress, Recorded, Snapshot
from liqtui.model.text import plain
from liqtui.model.view import Acknowledge, Alerting, Command, Driving, Heed, Mute, View
from liqtui.process import resident

_LOG = logging.getLogger(__name__)
_COMMANDS = 100
"""Commands that may wait; a person cannot type faster than they are taken."""
_NOTICES = 50
_ALERTS = 50
"""Of the newest, in every snapshot."""
_SECOND = 1_000_000_000


class Drive(Protocol):
    """What feeds the engine: live venues or a journal."""

    source: str
    """``live``, ``replay`` or ``simulated``."""

    async def run(self, core: "Core") -> None:
        """Feed the core until there is nothing more or it is cancelled."""

    async def obey(self, core: "Core", command: Driving) -> str:
        """Do as told and return the notice that says so."""

    def health(self) -> tuple[FeedHealth, ...]:
        """Return the state of every feed."""

    def progress(self) -> tuple[Progress, ...]:
        """Return what takes long and how far it is."""

    def recorded(self) -> Recorded | None:
        """Return the journal that is being written, if one is."""


class Viewer:
    """One screen's side of the border. Called from any thread, never blocking."""

    def __init__(self) -> None:
        self.busy = False
        """Not given pictures while set: the last is still on its way."""
        self._view = View()
        self._snapshot = EMPTY
        self._notices: deque[str] = deque(maxlen=_NOTICES)
        self._shown: tuple[object, ...] = ()

    def snapshot(self) -> Snapshot:
        """Return the newest snapshot: the same object as before when nothing changed."""
        return self._snapshot

    def look(self, view: View) -> None:
        """Say what the next snapshots are to show."""
        self._view = view

    def notice(self, text: str) -> None:
        """Show a line to the user."""
        self._notices.append(text)

    def wants(self, moment: tuple[object, ...]) -> View | None:
        """Return what is looked at if a picture of this moment could differ from the last."""
        seen = (self._view, tuple(self._notices), moment)
        if self.busy or seen == self._shown:
            return None
        self._shown = seen
        return self._view

    def show(self, snapshot: Snapshot) -> None:
        """Take the newest picture."""
        notices = tuple(self._notices)
        self._snapshot = replace(snapshot, notices=notices) if notices else snapshot


class Core:
    """Runs an engine and its drive in a thread.

    Args:
        engine: changed in the core thread only.
        drive: what feeds it.
        clock: for moving the engine on when nothing comes.
        fps: snapshots made a second at most.
        loop_factory: makes the thread's event loop.
        policy: what is wanted of alerts; None: none.
    """

    def __init__(
        self,
        engine: Engine,
        drive: Drive,
        clock: Clock,
        fps: float = 4.0,
        loop_factory: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop,
        policy: Policy | None = None,
    ) -> None:
        self.engine = engine
        self.listeners: list[Callable[[Event], None]] = []
        """Told every event after the engine, in the core thread."""
        self.alarms: list[Callable[[Alert], None]] = []
        """Told every alert that is not hushed, in the core thread."""
        self.beside: list[Callable[[], Coroutine[Any, Any, None]]] = []
        """Run in the core thread's loop as long as the drive; what fails ends the core."""
        self.screen = Viewer()
        """This process's own."""
        self.viewers = [self.screen]
        """Changed in the core thread, or before the start."""
        self.reports: list[Callable[[], tuple[FeedHealth, ...]]] = []
        """Asked for what else has a health to show beside the feeds, such as sinks of alerts."""
        self.gauges: dict[str, Callable[[], float]] = {}
        """Figures of what accompanies the core, by what they are of; core thread only."""
        self._policy = policy
        self._watchful = State()
        self._alerts: deque[Alert] = deque(maxlen=_ALERTS)
        self._second = 0
        self._drive = drive
        self._clock = clock
        self._frame = 1.0 / fps
        self._loop_factory = loop_factory
        self._commands: queue.Queue[tuple[Viewer, Command]] = queue.Queue(_COMMANDS)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._main: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._run, name="core", daemon=True)
        self._stopping = threading.Event()
        self.failure: BaseException | None = None
        self.frames = 0
        """Snapshots made."""

    # The border: called from any thread, never blocking.

    def snapshot(self) -> Snapshot:
        """Return the newest snapshot: the same object as before when nothing changed."""
        return self.screen.snapshot()

    def look(self, view: View) -> None:
        """Say what the next snapshots are to show."""
        self.screen.look(view)

    def command(self, command: Command, viewer: Viewer | None = None) -> None:
        """Ask for something; the answer comes as a notice in a snapshot of whoever asked."""
        asking = viewer or self.screen
        try:
            self._commands.put_nowait((asking, command))
        except queue.Full:
            asking.notice("too many commands at once: the last was not taken")

    def notice(self, text: str) -> None:
        """Show a line to every user, and write it to the log: nobody may be looking."""
        _LOG.warning("%s", text)
        for viewer in tuple(self.viewers):
            viewer.notice(text)

    def health(self) -> tuple[FeedHealth, ...]:
        """Return the state of every feed, and what else has one. Core thread only."""
        return (*self._drive.health(), *(row for report in self.reports for row in report()))

    @property
    def watchful(self) -> State:
        """What the rules of the alerts know."""
        return self._watchful

    def recall(self, watchful: State | None, alerts: Iterable[Alert]) -> None:
        """Go on where a former run ended; in the core thread, before anything is heard.

        Args:
            watchful: what the rules knew; None: nothing that can be read.
            alerts: that were told last, the oldest first.
        """
        self._watchful = watchful or self._watchful
        for alert in alerts:
            self._alerts.appendleft(alert)
            self.engine.log.alert(alert)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, timeout: float = 2.0) -> bool:
        """End the thread and wait for it; return whether it ended in time (seconds)."""
        self._stopping.set()
        loop, main = self._loop, self._main
        if loop is not None and main is not None:
            with contextlib.suppress(RuntimeError):  # the loop closed a moment ago
                loop.call_soon_threadsafe(main.cancel)
        return self.join(timeout)

    def join(self, timeout: float | None = None) -> bool:
        """Wait until the drive has ended; return whether it has."""
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    # The core thread.

    def emit(self, event: Event) -> None:
        """Apply one event."""
        self.beat(event.seen or event.at)
        self.engine.handle(event)
        for listener in self.listeners:
            listener(event)

    def beat(self, now: int) -> None:
        """Look for alerts when a second is over, before anything of the next is applied.

        So what is told depends on what was heard and when, not on when pictures are taken.
        """
        second = now // _SECOND
        if second <= self._second:
            return
        self._second = second
        streams = {(feed.venue, feed.stream) for feed in self._drive.health()}
        self.engine.feeds.keep(streams)
        if self._policy is None:
            return
        self.engine.advance(second * _SECOND)
        situation = self.engine.situation(self._watchful.rows)
        self._watchful, told = rules.advance(self._watchful, situation, self._policy)
        for alert in told:
            self._alerts.appendleft(alert)
            self.engine.log.alert(alert)
            for alarm in self.alarms if not alert.hushed else ():
                alarm(alert)

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=self._loop_factory) as runner:
                self._loop = runner.get_loop()
                runner.run(self._until_stopped())
        except BaseException as error:
            self.failure = error
            self.notice(f"the core ended: {type(error).__name__}: {error}")
            self.take_picture()

    async def _until_stopped(self) -> None:
        """Run until done or cancelled from outside; a cancelled end is a clean one."""
        self._main = asyncio.current_task()
        if self._stopping.is_set():  # before there was a task to cancel
            return
        with contextlib.suppress(asyncio.CancelledError):
            await self._serve()

    async def _serve(self) -> None:
        """Take pictures while the drive runs, and obey."""
        tasks = [
            asyncio.ensure_future(run)
            for run in (self._drive.run(self), self._frames(), *(one() for one in self.beside))
        ]
        try:
            ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in ended:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self.take_picture()

    async def _frames(self) -> None:
        while True:
            await self._obey()
            for view, viewers in self._waiting().items():
                self._paint(view, viewers)
                await asyncio.sleep(0)  # the feeds need not wait for all of them
            await asyncio.sleep(self._frame)

    async def _obey(self) -> None:
        while True:
            try:
                viewer, command = self._commands.get_nowait()
            except queue.Empty:
                return
            if isinstance(command, Acknowledge | Mute | Heed):
                if said := self._silence(command):
                    viewer.notice(said)
            else:
                viewer.notice(await self._drive.obey(self, command))

    def _silence(self, command: Alerting) -> str:
        """Do what concerns alerts only; return the notice that says so."""
        match command:
            case Heed(policy):
                self._policy = policy
                return ""
            case Acknowledge(about):
                return self._acknowledge(about)
            case Mute(what, seconds):
                until = self._now + seconds * _SECOND if seconds else 0
                self._hush(silence.muted(self._watchful.silence, what, until))
                name = plain(what) or "all alerts"
                return f"{name} muted {f'for {seconds // 60} min' if seconds else 'no more'}"

    def _acknowledge(self, about: str) -> str:
        loud = (one for one in self._alerts if not one.hushed and about in ("", one.about))
        alert = next(loud, None)
        if alert is None:
            return "no alert to acknowledge"
        self._hush(silence.acknowledged(self._watchful.silence, alert, self._now))
        for place, one in enumerate(self._alerts):
            if one is alert or (alert.about and one.about == alert.about):
                self._alerts[place] = replace(one, hushed="acknowledged")
        self.engine.log.dim(alert)
        return f"acknowledged: {alert.line}"

    @property
    def _now(self) -> int:
        return max(self.engine.now, self._clock.now())

    def _hush(self, found: silence.Silence) -> None:
        self._watchful = replace(self._watchful, silence=found)

    def take_picture(self) -> None:
        """Make a snapshot for each viewer whose last one could differ from it."""
        for view, viewers in self._waiting().items():
            self._paint(view, viewers)

    def _waiting(self) -> dict[View, list[Viewer]]:
        """Bring all up to date, and return what is looked at by whom."""
        now = self._clock.now()
        self.beat(now)
        self.engine.advance(now)
        moment = (self.engine.events, now // _SECOND)
        found: dict[View, list[Viewer]] = {}
        for viewer in self.viewers:
            view = viewer.wants(moment)
            if view is not None:
                found.setdefault(view, []).append(viewer)
        return found

    def _paint(self, view: View, viewers: Iterable[Viewer]) -> None:
        snapshot = self._taken(view)
        self.frames += 1
        for viewer in viewers:
            viewer.show(snapshot)

    def _taken(self, view: View) -> Snapshot:
        return self.engine.snapshot(
            view,
            feeds=self.health(),
            progress=self._drive.progress(),
            source=self._drive.source,
            recorded=self._drive.recorded(),
            memory=resident(),
            alerts=tuple(self._alerts),
            mutes=tuple(self._watchful.silence.mutes.items()),
        )
