"""One socket, from its opening to its end."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from liqtui import __version__
from liqtui.feeds import refusal
from liqtui.feeds.context import Context
from liqtui.feeds.listener import Listener
from liqtui.feeds.overlap import Overlap
from liqtui.feeds.refusal import Setback
from liqtui.feeds.report import Report
from liqtui.feeds.waiting import until_free
from liqtui.feeds.watchdog import Lateness, Watchdog
from liqtui.model.market import FeedState
from liqtui.protocol.raw import Direction
from liqtui.protocol.venue import Heartbeat, Stream

AGENT: Final = f"liqtui/{__version__}"
_QUEUE: Final = 256
"""Frames taken in before the socket is paused: more than one rest of the loop gathers."""
_LATENESS_STEPS: Final = 3


class _Over(Exception):  # noqa: N818 - an end that is decided here, no error
    def __init__(self, setback: Setback) -> None:
        super().__init__(setback.reason)
        self.setback = setback


class _Unredirected(connect):
    """The library's connect, which would follow a redirect to any host."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        """Leave the redirect an error."""
        return exc


class Connection:
    """Connects, subscribes, listens, beats and watches; decides nothing of what comes after.

    Args:
        stream: what to connect to.
        number: of this connection in its stream, from 1.
        context: of the venue.
        report: of the stream.
        overlap: of the stream; decides which of its connections' events are new.
        tell: called whenever `alive`, `leaving` or `over` changed.
    """

    def __init__(
        self,
        stream: Stream,
        number: int,
        context: Context,
        report: Report,
        overlap: Overlap,
        tell: Callable[[], None],
    ) -> None:
        self.alive = False
        """A canary spoke."""
        self.leaving = ""
        """Why another connection should take over; empty: it should not."""
        self.over: Setback | None = None
        """Why it ended; None: it has not."""
        self.settled = False
        """It gave data and then lasted; told at its end."""
        self._task: asyncio.Task[None] | None = None
        self._stream = stream
        self._name = f"{stream.name}#{number}"
        self._first = number == 1
        self._context = context
        self._reach = context.reach(stream.url)
        self._report = report
        self._tell = tell
        self._watchdog = Watchdog(stream.canary, stream.quiet, context.timing.answer)
        self._listener = Listener(stream, number, context, report, overlap, self._watchdog)
        self._floor = asyncio.Lock()
        self._next_word = 0.0

    def start(self, group: asyncio.TaskGroup) -> None:
        """Live in a task of the group."""
        self._task = group.create_task(self._live())

    async def stop(self) -> None:
        """Close the socket and return when that is done."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def leave(self, reason: str) -> None:
        """Ask for a successor; this connection goes on until that one has proved itself."""
        self.leaving = reason
        self._tell()

    async def _live(self) -> None:
        socket = await self._open()
        if isinstance(socket, Setback):
            self._end(socket)
            return
        self._record("open")
        reason = "stopped"
        try:
            setback = await self._serve(socket)
            reason = setback.reason
        finally:
            self.settled = self._has_settled()
            if self.alive:
                self._reach.left(self.settled)
            await socket.close()
            self._record("close", reason.encode())
        self._end(setback)

    async def _open(self) -> ClientConnection | Setback:
        standing = await self._admission()
        if standing is not None:
            return standing
        try:
            return await self._connect()
        except refusal.ERRORS as error:
            return self._setback(error)

    async def _admission(self) -> Setback | None:
        """Wait for the host and the venue's budget and book a try, unless an embargo stands."""
        clock, budget, reach = self._context.clock, self._context.connects, self._reach

        def wait() -> float:
            spare = 0 if reach.shut is None else reach.waiting - 1
            return max(reach.wait(), budget.wait(clock.monotonic(), self._first, spare))

        if self._first and reach.shut is not None:
            self._report.turn(reach.shut.state, reach.shut.reason)
        with reach.queue():
            await until_free(wait, reach.news)
        standing = self._context.embargo.standing(clock.monotonic())
        if standing is None:
            budget.take(clock.monotonic(), self._first)
            reach.tried()
        return standing

    async def _connect(self) -> ClientConnection:
        timing, stream = self._context.timing, self._stream
        # A venue with a heartbeat of its own need not answer the protocol's pings.
        ping = None if stream.heartbeat else timing.ping
        return await _Unredirected(
            stream.url,
            additional_headers=stream.headers,
            user_agent_header=AGENT,
            open_timeout=timing.open,
            close_timeout=timing.close,
            ping_interval=ping,
            ping_timeout=ping,
            max_size=stream.max_frame,
            max_queue=_QUEUE,
        )

    async def _serve(self, socket: ClientConnection) -> Setback:
        """Run all a connection needs; the first part that fails ends the others."""
        stream = self._stream
        self._report.meter.start_over()
        self._watchdog.opened(self._context.clock.monotonic())
        parts = [self._read(socket), self._subscribe(socket), self._watch(), self._judge_lateness()]
        if stream.heartbeat is not None:
            parts.append(self._beat(socket, stream.heartbeat))
        if stream.lifetime is not None:
            parts.append(self._age(stream.lifetime))
        try:
            await _together(parts)
        except _Over as over:
            return over.setback
        except ConnectionClosed as closed:
            return self._setback(closed)
        raise AssertionError("reading ends by an exception only")

    def _has_settled(self) -> bool:
        since = self._listener.first_event
        context = self._context
        return since is not None and context.clock.monotonic() - since >= context.timing.settle

    def _end(self, setback: Setback) -> None:
        self.over = setback
        self._tell()

    def _setback(self, error: BaseException) -> Setback:
        context = self._context
        setback = refusal.of_error(error, context.clock.now(), context.timing)
        context.embargo.impose(setback, context.clock.monotonic())
        return setback

    async def _read(self, socket: ClientConnection) -> None:
        now, listener = self._context.clock.now, self._listener
        while True:
            frame = await socket.recv(decode=False)
            seen = now()
            self._record("in", frame, seen)
            listener.take(frame, seen)
            while listener.replies:
                await self._say(socket, listener.replies.pop(0))
            if listener.alive is not self.alive or listener.closing or listener.setback:
                self._note()

    def _note(self) -> None:
        listener = self._listener
        if listener.setback is not None:
            raise _Over(listener.setback)
        if listener.alive and not self.alive:
            self.alive = True
            self._reach.serves()
        if listener.closing:
            self.leaving, listener.closing = listener.closing, ""
        self._tell()

    async def _subscribe(self, socket: ClientConnection) -> None:
        for frame in self._stream.hello(self._context.clock.now()):
            await self._say(socket, frame)
        self._watchdog.asked(self._context.clock.monotonic())

    async def _beat(self, socket: ClientConnection, heartbeat: Heartbeat) -> None:
        while True:
            await asyncio.sleep(heartbeat.every)
            await self._say(socket, heartbeat.frame(self._context.clock.now()))

    async def _say(self, socket: ClientConnection, frame: str) -> None:
        clock = self._context.clock
        async with self._floor:
            await asyncio.sleep(self._next_word - clock.monotonic())
            self._record("out", frame.encode())
            await socket.send(frame)
            self._next_word = clock.monotonic() + self._stream.pace

    async def _watch(self) -> None:
        clock, watchdog = self._context.clock, self._watchdog
        while True:
            due = watchdog.due(clock.monotonic())
            await asyncio.sleep(due - clock.monotonic())
            now = clock.monotonic()
            if now - due > self._context.timing.excuse:
                watchdog.excuse(now - due)
            elif reason := watchdog.verdict(now):
                raise _Over(self._listener.silence(reason))

    async def _judge_lateness(self) -> None:
        timing, meter = self._context.timing, self._report.meter
        step = timing.late_for / _LATENESS_STEPS
        lateness = Lateness(timing.late, timing.late_rise * step, _LATENESS_STEPS)
        ahead = False
        while True:
            await asyncio.sleep(step)
            lag_ms, _ = meter.lags(self._context.clock.now())
            median = None if lag_ms is None else lag_ms / 1000.0
            if reason := lateness.verdict(median):
                raise _Over(Setback(FeedState.STALE, reason))
            was, ahead = ahead, median is not None and median < -timing.ahead
            if ahead and not was and median is not None:
                self._report.note(f"the venue's clock is {-median:.1f} s ahead: is this one set?")

    async def _age(self, lifetime: float) -> None:
        early = min(self._context.timing.early, lifetime / 2.0)
        await asyncio.sleep(lifetime - early * (0.5 + self._context.random()))
        self.leave("ahead of the venue's cut")

    def _record(self, direction: Direction, body: bytes = b"", seen: int | None = None) -> None:
        self._context.record(self._name, direction, self._stream.url, body, seen)


async def _together(parts: list[Coroutine[Any, Any, None]]) -> None:
    """Run the parts until one raises, and raise that; a fault of ours passes as it is."""
    try:
        async with asyncio.TaskGroup() as group:
            for part in parts:
                group.create_task(part)
    except* (_Over, ConnectionClosed) as ends:
        ended = ends.exceptions[0]
    raise ended
