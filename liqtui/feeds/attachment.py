"""The other end of the collector's socket: what stands for a core in a process that has none."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final, Literal, Protocol

from msgspec.structs import replace

from liqtui.feeds import frames
from liqtui.feeds.frames import Ask, BadFrameError, Incoming
from liqtui.feeds.hello import (
    LONGEST_LINE,
    PATIENCE,
    BusError,
    Welcome,
    check_peer,
    check_screens,
    hello,
    read_answer,
)
from liqtui.model.alert import Alert
from liqtui.model.events import Event
from liqtui.model.snapshot import EMPTY, FeedHealth, Snapshot
from liqtui.model.text import plain
from liqtui.model.view import Command, View, Watch

_AGAIN: Final = 0.5
"""Seconds between two tries."""
_LONGEST_EVENT: Final = 1 << 20
"""Bytes of a line of the wire."""


class UntakenError(Exception):
    """Nobody takes what comes any more; the cause says why."""


class Link(Protocol):
    """What is made of a connection."""

    @property
    def service(self) -> Literal["events", "screen"]:
        """What is wanted of the collector."""

    async def use(
        self, welcome: Welcome, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Talk until there is no more, or raise what went wrong."""

    def lose(self, reason: str) -> None:
        """Take note that the collector is gone; it will be tried again."""


class Thread:
    """Keeps a link to the collector in a thread of its own, and makes it anew when it breaks.

    Args:
        path: of the socket.
        link: what is made of it.
    """

    def __init__(self, path: Path, link: Link) -> None:
        self.failure: BaseException | None = None
        self._path = path
        self._link = link
        self._stopping = threading.Event()
        self.loop: asyncio.AbstractEventLoop | None = None
        self._main: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._run, name="attachment", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, timeout: float = 2.0) -> bool:
        """End the thread and wait for it; return whether it ended in time (seconds)."""
        self._stopping.set()
        self.call(lambda: self._main and self._main.cancel())
        return self.join(timeout)

    def join(self, timeout: float | None = None) -> bool:
        """Wait until it has ended; return whether it has."""
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def call(self, do: Callable[[], object]) -> None:
        """Do something in the thread, if it runs."""
        if self.loop is not None:
            with contextlib.suppress(RuntimeError):  # it was closed a moment ago
                self.loop.call_soon_threadsafe(do)

    def _run(self) -> None:
        try:
            with asyncio.Runner() as runner:
                self.loop = runner.get_loop()
                runner.run(self._stay())
        except asyncio.CancelledError:
            pass  # asked to
        except UntakenError as error:
            self.failure = error.__cause__
        except BaseException as error:
            self.failure = error

    async def _stay(self) -> None:
        self._main = asyncio.current_task()
        while not self._stopping.is_set():
            try:
                await self._attached()
                reason = "it ended"
            except (BusError, BadFrameError) as error:
                reason = str(error)
            except TimeoutError:
                reason = "it does not answer"
            except (FileNotFoundError, ConnectionError, EOFError):
                reason = "it is gone"
            self._link.lose(reason)
            await asyncio.sleep(_AGAIN)

    async def _attached(self) -> None:
        reader, writer = await asyncio.open_unix_connection(self._path, limit=_LONGEST_EVENT)
        try:
            check_peer(writer.get_extra_info("socket"))
            writer.write(hello(self._link.service))
            async with asyncio.timeout(PATIENCE):
                line = await reader.readline()
            if not line:
                raise EOFError
            await self._link.use(read_answer(line[:LONGEST_LINE]), reader, writer)
        finally:
            writer.transport.abort()


class Screen:
    """Stands for the collector's core: the newest snapshot here, views and commands there.

    Args:
        path: of the collector's socket.
    """

    service: Final = "screen"

    def __init__(self, path: Path) -> None:
        self.listeners: list[Callable[[Event], None]] = []
        """Told nothing: events stay in the collector, where they are logged."""
        self.alarms: list[Callable[[Alert], None]] = []
        """Told nothing: a screen tells the alerts of its snapshots."""
        self.beside: list[Callable[[], Coroutine[Any, Any, None]]] = []
        """Not run: what accompanies a core is in the collector, such as what sends alerts."""
        self.reports: list[Callable[[], tuple[FeedHealth, ...]]] = []
        """Not asked: what they would tell is in the collector's snapshots."""
        self.received = 0
        """Snapshots that came."""
        self._thread = Thread(path, self)
        self._snapshot = EMPTY
        self._view = View()
        self._writer: asyncio.StreamWriter | None = None

    @property
    def failure(self) -> BaseException | None:
        """What ended it, if anything did."""
        return self._thread.failure

    def snapshot(self) -> Snapshot:
        """Return the newest snapshot."""
        return self._snapshot

    def look(self, view: View) -> None:
        """Say what the next snapshots are to show."""
        self._view = view
        self._thread.call(lambda: self._ask(Ask(view=view)))

    def command(self, command: Command) -> None:
        """Ask for something; the answer comes as a notice in a snapshot."""
        self._thread.call(lambda: self._order(command))

    def start(self) -> None:
        """Attach."""
        self._thread.start()

    def stop(self, timeout: float = 2.0) -> bool:
        """End it; return whether it ended in time (seconds)."""
        return self._thread.stop(timeout)

    def join(self, timeout: float | None = None) -> bool:
        """Wait until it has ended; return whether it has."""
        return self._thread.join(timeout)

    def _ask(self, ask: Ask) -> None:
        if self._writer is not None:
            self._writer.write(frames.framed(frames.asking(ask)))

    def _order(self, command: Command) -> None:
        if self._writer is None:
            told = "not done: there is no collector"
            self._snapshot = replace(self._snapshot, notices=(*self._snapshot.notices, told))
        self._ask(Ask(command=command))

    async def use(
        self, welcome: Welcome, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Say what is looked at, and take snapshots."""
        check_screens(welcome)
        incoming, said = Incoming(), (f"collector, pid {welcome.pid}",)
        self._writer = writer
        self._ask(Ask(view=self._view))
        if self._view.base not in welcome.watched:
            self._ask(Ask(command=Watch(self._view.base)))
        try:
            while True:
                found = incoming.snapshot(await frames.read(reader, frames.LONGEST))
                self.received += 1
                self._snapshot = replace(
                    found, collector=welcome.pid, notices=found.notices or said
                )
        finally:
            self._writer = None

    def lose(self, reason: str) -> None:
        """Keep what was seen last, and say that it is old."""
        if self._snapshot.lost != plain(reason):
            self._snapshot = replace(self._snapshot, lost=plain(reason))


class Lines:
    """Hands on the lines of the public wire as they come.

    Args:
        path: of the collector's socket.
        take: called with each, without its newline, in a thread of its own.
        lose: called with the reason when the collector is gone.
    """

    service: Final = "events"

    def __init__(
        self, path: Path, take: Callable[[bytes], object], lose: Callable[[str], object]
    ) -> None:
        self._take = take
        self._lose = lose
        self._told = ""
        self.thread = Thread(path, self)

    async def use(
        self, _welcome: Welcome, reader: asyncio.StreamReader, _writer: asyncio.StreamWriter
    ) -> None:
        """Hand on lines until there are no more."""
        self._told = ""
        while line := await reader.readline():
            try:
                self._take(line.rstrip(b"\n"))
            except OSError as error:
                raise UntakenError from error

    def lose(self, reason: str) -> None:
        """Tell it, once."""
        if reason != self._told:
            self._told = reason
            self._lose(reason)
