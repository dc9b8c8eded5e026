"""The core thread: a loop of its own with the engine in it, and the border to the screen.

A terminal that stops reading blocks the screen's loop for seconds; nothing in here may notice.
Three things cross: a `View` and `Command` values inward, a `Snapshot` outward, each swapped or
queued as whole references.
"""

import asyncio
import contextlib
import queue
import threading
from collections import deque
from collections.abc import Callable
from typing import Protocol

from liqtui.alerts import rules
from liqtui.alerts.state import State
from liqtui.clock import Clock
from liqtui.engine import Engine
from liqtui.model.alert import Alert, Policy
from liqtui.model.events import Event
from liqtui.model.snapshot import EMPTY, FeedHealth, Progress, Snapshot
from liqtui.model.view import Command, View
from liqtui.process import resident

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

    async def obey(self, core: "Core", command: Command) -> str:
        """Do as told and return the notice that says so."""

    def health(self) -> tuple[FeedHealth, ...]:
        """Return the state of every feed."""

    def progress(self) -> tuple[Progress, ...]:
        """Return what takes long and how far it is."""


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
        """Told every alert, in the core thread."""
        self._policy = policy
        self._watchful = State()
        self._alerts: deque[Alert] = deque(maxlen=_ALERTS)
        self._second = 0
        self._drive = drive
        self._clock = clock
        self._frame = 1.0 / fps
        self._loop_factory = loop_factory
        self._view = View()
        self._snapshot = EMPTY
        self._commands: queue.Queue[Command] = queue.Queue(_COMMANDS)
        self._notices: deque[str] = deque(maxlen=_NOTICES)
        self._made: tuple[object, ...] = ()
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
        return self._snapshot

    def look(self, view: View) -> None:
        """Say what the next snapshots are to show."""
        self._view = view

    def command(self, command: Command) -> None:
        """Ask for something; the answer comes as a notice in a snapshot."""
        try:
            self._commands.put_nowait(command)
        except queue.Full:
            self.notice("too many commands at once: the last was not taken")

    def notice(self, text: str) -> None:
        """Show a line to the user."""
        self._notices.append(text)

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
        self._beat(event.seen or event.at)
        self.engine.handle(event)
        for listener in self.listeners:
            listener(event)

    def _beat(self, now: int) -> None:
        """Look for alerts when a second is over, before anything of the next is applied.

        So what is told depends on what was heard and when, not on when pictures are taken.
        """
        second = now // _SECOND
        if second <= self._second:
            return
        self._second = second
        if self._policy is None:
            return
        self.engine.advance(second * _SECOND)
        situation = self.engine.situation(self._watchful.rows)
        self._watchful, told = rules.advance(self._watchful, situation, self._policy)
        for alert in told:
            self._alerts.appendleft(alert)
            self.engine.log.alert(alert)
            for alarm in self.alarms:
                alarm(alert)

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=self._loop_factory) as runner:
                self._loop = runner.get_loop()
                runner.run(self._until_stopped())
        except BaseException as error:
            self.failure = error
            self.notice(f"the core ended: {type(error).__name__}: {error}")
            self._snapshot = self._taken()

    async def _until_stopped(self) -> None:
        """Run until done or cancelled from outside; a cancelled end is a clean one."""
        self._main = asyncio.current_task()
        if self._stopping.is_set():  # before there was a task to cancel
            return
        with contextlib.suppress(asyncio.CancelledError):
            await self._serve()

    async def _serve(self) -> None:
        """Take pictures while the drive runs, and obey."""
        frames = asyncio.ensure_future(self._frames())
        try:
            await self._drive.run(self)
        finally:
            frames.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await frames
            self.take_picture()

    async def _frames(self) -> None:
        while True:
            await self._obey()
            self.take_picture()
            await asyncio.sleep(self._frame)

    async def _obey(self) -> None:
        while True:
            try:
                command = self._commands.get_nowait()
            except queue.Empty:
                return
            self.notice(await self._drive.obey(self, command))

    def take_picture(self) -> None:
        """Make a snapshot if anything in it could differ from the last one."""
        now = self._clock.now()
        self._beat(now)
        self.engine.advance(now)
        made = (self._view, self.engine.events, now // 1_000_000_000, tuple(self._notices))
        if made == self._made:
            return
        self._made = made
        self._snapshot = self._taken()
        self.frames += 1

    def _taken(self) -> Snapshot:
        feeds = self._drive.health()
        self.engine.feeds.keep({(feed.venue, feed.stream) for feed in feeds})
        return self.engine.snapshot(
            self._view,
            feeds=feeds,
            progress=self._drive.progress(),
            notices=tuple(self._notices),
            source=self._drive.source,
            memory=resident(),
            alerts=tuple(self._alerts),
        )
