"""A core without a screen, and those who look into it over the local socket."""

import asyncio
import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from liqtui import __version__, systemd
from liqtui.core import Core, Viewer
from liqtui.feeds import frames
from liqtui.feeds.bus import Bus
from liqtui.feeds.hello import Welcome
from liqtui.metrics import Family, Tally, of_feeds, of_sinks, single
from liqtui.model.events import Event, Listing
from liqtui.model.snapshot import Snapshot
from liqtui.model.view import Command
from liqtui.process import resident

_PATIENCE: Final = 5.0
"""Seconds that a scrape waits for the core."""


class Seat(Viewer):
    """A viewer that tells when it was given a picture. Core thread only."""

    def __init__(self) -> None:
        super().__init__()
        self.fresh = asyncio.Event()

    def show(self, snapshot: Snapshot) -> None:
        """Take the newest picture."""
        super().show(snapshot)
        self.fresh.set()


class Collector:
    """Serves the local socket beside a core's drive.

    Args:
        core: not started yet; its own screen is nobody's.
        listening: the socket, as `liqtui.feeds.bus.bound`.
        since: UTC ns.
        environ: says whether systemd waits for a word.
    """

    def __init__(
        self, core: Core, listening: socket.socket, since: int, environ: Mapping[str, str]
    ) -> None:
        self.bus: Bus[Seat] = Bus(self, __version__)
        self._core = core
        self._listening = listening
        self._since = since
        self._environ = environ
        self._tally = Tally()
        self._loop: asyncio.AbstractEventLoop | None = None
        core.viewers.clear()
        core.listeners += [self.bus.event, self._tally.event]
        core.alarms += [self.bus.alert, self._tally.alert]
        core.beside.append(self._serve)

    async def _serve(self) -> None:
        """Serve, and show systemd that the loop that hears the venues goes round."""
        self._loop = asyncio.get_running_loop()
        frames.shape()  # some milliseconds that no screen need cost the feeds later
        async with self.bus.serving(self._listening):
            systemd.notify("READY=1", self._environ)
            patience = systemd.watchdog_s(self._environ)
            while patience is not None:
                systemd.notify("WATCHDOG=1", self._environ)
                await asyncio.sleep(patience / 3)
            await asyncio.Event().wait()

    def measured(self) -> list[Family]:
        """Return what there is to tell Prometheus. From another thread: waits for the core's."""
        if self._loop is None:
            return []

        async def measure() -> list[Family]:
            return list(self._families())

        return asyncio.run_coroutine_threadsafe(measure(), self._loop).result(_PATIENCE)

    def _families(self) -> Iterator[Family]:
        yield from self._tally.families()
        rows = self._core.health()
        yield from of_feeds(rows)
        yield from of_sinks(rows)
        yield single("viewers", "Screens attached", self.bus.screens)
        yield single("readers", "Clients that read events", self.bus.readers)
        yield single("dropped_lines_total", "Lines that readers were too slow for",
                     self.bus.dropped, counter=True)  # fmt: skip
        for name, figure in self._core.gauges.items():
            yield single(name, name.replace("_", " ").capitalize(), figure())
        memory = resident()
        if memory is not None:
            yield single("memory_bytes", "Memory the process holds", memory)

    def about(self) -> Welcome:
        """Return what the collector says of itself."""
        return Welcome(
            pid=os.getpid(),
            version=__version__,
            since=self._since // 1_000_000,
            viewers=self.bus.screens,
            readers=self.bus.readers,
            watched=self._core.engine.watched,
            shape=frames.shape(),
        )

    def enter(self) -> Seat:
        """Return a place for one more screen."""
        seat = Seat()
        self._core.viewers.append(seat)
        return seat

    def leave(self, seat: Seat) -> None:
        """Free it."""
        self._core.viewers.remove(seat)

    def command(self, command: Command, seat: Seat) -> None:
        """Do as told; the answer goes to the seat."""
        self._core.command(command, seat)

    def known(self) -> Sequence[Event]:
        """Return what is listed, and the state of every feed."""
        engine = self._core.engine
        listed = [
            Listing(book.instrument, engine.now, engine.now)
            for base in engine.market.bases.values()
            for book in base.books.values()
        ]
        return [*listed, *engine.feeds.all()]
