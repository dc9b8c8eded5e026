"""The collector's local socket: its events for anyone, its screen for thin clients.

Nobody who reads slowly slows the collector: to a screen that has not taken its last snapshot no
other is made, and of the lines for a reader of events the oldest are dropped, counted and told.
"""

import asyncio
import fcntl
import os
import socket
import stat
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Final, Generic, Protocol, TypeVar

import msgspec

from liqtui.feeds import frames
from liqtui.feeds.frames import BadFrameError, Outgoing
from liqtui.feeds.hello import (
    LONGEST_LINE,
    PATIENCE,
    BusError,
    Refused,
    Welcome,
    check_peer,
    opened,
    read_hello,
)
from liqtui.model import wire
from liqtui.model.alert import Alert
from liqtui.model.events import Event
from liqtui.model.snapshot import Snapshot
from liqtui.model.text import plain
from liqtui.model.view import Command, View

_WAITING: Final = 1 << 22
"""Bytes of lines that wait for a reader, at most."""
_PIECE: Final = 1 << 16
"""Bytes handed to the system at once."""
_BREATH: Final = 50
"""Lines of what is known that are made before others have their turn."""


class Seat(Protocol):
    """A screen's place in the collector."""

    busy: bool
    """Not given pictures while set."""
    fresh: asyncio.Event
    """Set with every picture."""

    def snapshot(self) -> Snapshot:
        """Return the newest picture."""

    def look(self, view: View) -> None:
        """Say what the next ones are to show."""

    def notice(self, text: str) -> None:
        """Show a line to the user."""


S = TypeVar("S", bound=Seat)


class Desk(Protocol[S]):
    """The collector, as far as its clients have to do with it."""

    def about(self) -> Welcome:
        """Return what it says of itself."""

    def enter(self) -> S:
        """Return a place for one more screen."""

    def leave(self, seat: S) -> None:
        """Free it."""

    def command(self, command: Command, seat: S) -> None:
        """Do as told; the answer goes to the seat."""

    def known(self) -> Sequence[Event]:
        """Return what a reader has to know first: instruments, the states of feeds."""


class Outbox:
    """Lines on their way to one reader."""

    def __init__(self, limit: int) -> None:
        self.fresh = asyncio.Event()
        self.dropped = 0
        """Of all times."""
        self._limit = limit
        self._lines: deque[bytes] = deque()
        self._size = 0
        self._lost = 0

    def put(self, line: bytes) -> None:
        """Add a line; where there is no room the oldest makes it."""
        self._lines.append(line)
        self._size += len(line) + 1
        while self._size > self._limit and len(self._lines) > 1:
            self._size -= len(self._lines.popleft()) + 1
            self._lost += 1
            self.dropped += 1
        self.fresh.set()

    def take(self) -> bytes:
        """Return the next lines, and before them how many were dropped; empty if none wait."""
        piece: list[bytes] = []
        if self._lost:
            piece.append(msgspec.json.encode({"type": "dropped", "lines": self._lost}))
            self._lost = 0
        room = _PIECE
        while self._lines and room > 0:
            line = self._lines.popleft()
            room -= len(line) + 1
            self._size -= len(line) + 1
            piece.append(line)
        if not self._lines:
            self.fresh.clear()
        return b"".join(line + b"\n" for line in piece)


class Bus(Generic[S]):
    """Serves clients on one socket.

    Args:
        desk: what is served.
        version: of this program.
        waiting: bytes of lines that may wait for a reader.
    """

    def __init__(self, desk: Desk[S], version: str, waiting: int = _WAITING) -> None:
        self._desk = desk
        self._waiting = waiting
        self._version = version
        self._talks: set[asyncio.Task[None]] = set()
        self._readers: set[Outbox] = set()
        self._dropped = 0
        self.screens = 0

    @property
    def readers(self) -> int:
        """Clients that read events."""
        return len(self._readers)

    @property
    def dropped(self) -> int:
        """Lines that readers were too slow for."""
        return self._dropped + sum(outbox.dropped for outbox in self._readers)

    def event(self, event: Event) -> None:
        """Tell an event to all who read them."""
        if self._readers:
            self._tell(wire.line(event))

    def alert(self, alert: Alert) -> None:
        """Tell an alert to all who read events."""
        if self._readers:
            self._tell(wire.alert_line(alert))

    def _tell(self, line: bytes) -> None:
        for outbox in self._readers:
            outbox.put(line)

    @asynccontextmanager
    async def serving(self, listening: socket.socket) -> AsyncIterator[None]:
        """Serve on a socket, as `bound`, until the block ends."""
        server = await asyncio.start_unix_server(self._meet, sock=listening, limit=LONGEST_LINE)
        try:
            yield
        finally:
            server.close()
            for talk in self._talks:
                talk.cancel()
            await asyncio.gather(*self._talks, return_exceptions=True)

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._talks.add(task)
        try:
            # gone, cut off, nonsense, or the end: nobody asks this task how it ended
            with suppress(OSError, EOFError, ValueError, TimeoutError, asyncio.CancelledError):
                await self._talk(reader, writer)
        finally:
            self._talks.discard(task)
            writer.transport.abort()  # what a client has not read by now it never will

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.set_write_buffer_limits(high=0)  # drained is sent
        try:
            check_peer(writer.get_extra_info("socket"))
            async with asyncio.timeout(PATIENCE):
                said = read_hello(await reader.readline(), self._version)
        except BusError as error:
            await _say(writer, Refused(str(error)))
            return
        await _say(writer, self._desk.about())
        if said.service == "events":
            await self._read_to(writer)
        elif said.service == "screen":
            await self._show(reader, writer)

    async def _read_to(self, writer: asyncio.StreamWriter) -> None:
        """Send what is known, then events until the reader is gone."""
        outbox = Outbox(self._waiting)
        self._readers.add(outbox)
        try:
            for number, event in enumerate(self._desk.known()):
                writer.write(wire.line(event) + b"\n")
                if number % _BREATH == 0:
                    await asyncio.sleep(0)
                    await writer.drain()
            while True:
                await outbox.fresh.wait()
                writer.write(outbox.take())
                await writer.drain()
        finally:
            self._readers.discard(outbox)
            self._dropped += outbox.dropped

    async def _show(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Send a screen its snapshots, and take what it asks for, until it is gone."""
        first = await frames.read(reader, frames.LONGEST_ASK)
        seat = self._desk.enter()
        self.screens += 1
        self._asked(first, seat)
        sending = asyncio.ensure_future(_send(seat, writer))
        try:
            while not sending.done():
                self._asked(await frames.read(reader, frames.LONGEST_ASK), seat)
        finally:
            sending.cancel()
            self.screens -= 1
            self._desk.leave(seat)
            await asyncio.gather(sending, return_exceptions=True)

    def _asked(self, payload: bytes, seat: S) -> None:
        try:
            ask = frames.asked(payload)
        except BadFrameError as error:
            seat.notice(plain(str(error)))
            return
        if ask.view is not None:
            seat.look(ask.view)
        if ask.command is not None:
            self._desk.command(ask.command, seat)


async def _say(writer: asyncio.StreamWriter, said: Welcome | Refused) -> None:
    writer.write(msgspec.json.encode(said) + b"\n")
    async with asyncio.timeout(PATIENCE):
        await writer.drain()


async def _send(seat: Seat, writer: asyncio.StreamWriter) -> None:
    outgoing = Outgoing()
    while True:
        await seat.fresh.wait()
        seat.fresh.clear()
        seat.busy = True
        writer.write(frames.framed(outgoing.change(seat.snapshot())))
        await writer.drain()
        seat.busy = False


@contextmanager
def bound(path: Path) -> Iterator[socket.socket]:
    """Yield a listening socket at a path, for its owner alone; remove it in the end.

    Raises:
        BusError: the place is taken, not safe, or no socket can be there.
    """
    listening = socket.socket(socket.AF_UNIX)
    try:
        with _alone(path.parent):
            _clear(path)
            listening.bind(os.fspath(path))
            path.chmod(0o600)
            listening.listen(64)
    except OSError as error:
        listening.close()
        reason = error.strerror or "its path is too long (LIQTUI_RUNTIME_DIR may be a shorter one)"
        raise BusError(f"no socket at {path}: {reason}") from error
    except BusError:
        listening.close()
        raise
    own = path.stat().st_ino
    try:
        yield listening
    finally:
        listening.close()
        with suppress(FileNotFoundError):
            if path.stat().st_ino == own:
                path.unlink()


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """Keep a second collector from taking the same place at the same moment."""
    held = directory.stat()
    if held.st_uid != os.getuid() or held.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise BusError(f"{directory} can be written by others: no socket is opened there")
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _clear(path: Path) -> None:
    """Remove what a collector that ended badly has left."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(found.st_mode) or found.st_uid != os.getuid():
        raise BusError(f"{path} is in the way: no socket, or another user's")
    if (other := opened(path)) is not None:
        other.close()
        raise BusError(f"a collector listens at {path} already")
    path.unlink()
