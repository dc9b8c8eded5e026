"""One stream kept alive: a chain of connections, each opened when the one before it ends.

A connection that is about to be cut, or whose subscriptions changed, is succeeded before it is
closed: the next one must have proved itself first, so nothing is lost in between.
"""

import asyncio

from liqtui.feeds.connection import Connection
from liqtui.feeds.context import Context
from liqtui.feeds.overlap import Overlap
from liqtui.feeds.refusal import Setback
from liqtui.feeds.waiting import News
from liqtui.model.market import FeedState
from liqtui.model.snapshot import FeedHealth
from liqtui.protocol.venue import Stream


class Feed:
    """Runs one `Stream` until it is cancelled.

    Args:
        stream: as the venue wants it now.
        context: of the venue.
    """

    def __init__(self, stream: Stream, context: Context) -> None:
        self._stream = stream
        self._context = context
        self._report = context.report(stream.name)
        self._overlap = Overlap(context.timing.window)
        self._backoff = context.backoff()
        self._news = News()
        self._group = asyncio.TaskGroup()
        self._newest: Connection | None = None
        self._opened = 0
        self._hurry = False

    async def run(self) -> None:
        """Keep the stream alive; every connection dies with this."""
        self._report.turn(FeedState.CONNECTING)
        try:
            async with self._group:
                await self._go_on()
        finally:
            self._report.end()

    async def _go_on(self) -> None:
        while True:
            connection: Connection | None = self._open()
            while connection is not None:
                connection = await self._keep(connection)
            self._report.meter.reconnects += 1

    def replace(self, stream: Stream) -> None:
        """Change what is wanted; another connection takes over where that is another socket."""
        changed = _identity(stream) != _identity(self._stream)
        self._stream = stream
        if changed:
            self._renew("subscriptions changed")

    def renew(self) -> None:
        """Open another connection at once because a user wants it; an embargo still stands."""
        self._renew("asked for")

    def suspect(self, reason: str) -> None:
        """Doubt the feed until it speaks again."""
        if self._report.live:
            self._report.lose(FeedState.STALE, reason)

    def health(self) -> FeedHealth:
        """Return its counters and state."""
        return self._report.health()

    def _renew(self, reason: str) -> None:
        self._hurry = True
        if self._newest is not None:
            self._newest.leave(reason)
        self._news.tell()

    def _open(self) -> Connection:
        self._opened += 1
        self._hurry = False
        connection = Connection(
            self._stream,
            self._opened,
            self._context,
            self._report,
            self._overlap,
            self._news.tell,
        )
        connection.start(self._group)
        self._newest = connection
        return connection

    async def _keep(self, present: Connection) -> Connection | None:
        """Wait until a connection ends or has been succeeded, and return what goes on."""
        await self._news.until(lambda: present.over or present.leaving)
        if present.over is not None:
            if present.settled:
                self._backoff.reset()
            self._report.lose(present.over.state, present.over.reason)
            await self._pause(present.over)
            return None
        if not present.alive:
            self._report.lose(FeedState.CONNECTING, present.leaving)
            await present.stop()
            return self._open()
        return await self._succeed(present)

    async def _pause(self, setback: Setback) -> None:
        """Wait before the next try, unless that is for all who want this host to wait for."""
        asked = setback.state is FeedState.REJECTED
        if asked or not self._context.reach(self._stream.url).failed(setback):
            await self._news.until(lambda: self._hurry, self._backoff.after(setback.wait))

    async def _succeed(self, old: Connection) -> Connection:
        """Open the next connection and close ``old`` when that one has spoken for a while."""
        new = self._open()
        await self._news.until(lambda: new.alive or new.over or old.over)
        if new.alive:
            await self._news.until(lambda: new.over or old.over, self._context.timing.overlap)
        if new.over is not None and old.over is None:
            self._report.note(f"no successor: {new.over.reason}")
            await self._news.until(lambda: old.over, self._backoff.after(new.over.wait))
            return old
        await old.stop()
        if old.settled:
            self._backoff.reset()
        if old.over is not None and not new.alive:
            self._report.lose(old.over.state, old.over.reason)
        return new


def _identity(stream: Stream) -> tuple[object, ...]:
    return (stream.url, stream.topics, stream.headers)
