"""A collector that serves what the test puts on its desk."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from msgspec.structs import replace

from liqtui.feeds import frames
from liqtui.feeds.bus import Bus, bound
from liqtui.feeds.hello import Welcome
from liqtui.model.events import Event
from liqtui.model.snapshot import EMPTY, Snapshot
from liqtui.model.view import Command, View


class Place:
    """A seat that shows what it is told to."""

    def __init__(self) -> None:
        self.busy = False
        self.fresh = asyncio.Event()
        self.views: list[View] = []
        self.notices: list[str] = []
        self._snapshot = EMPTY

    def snapshot(self) -> Snapshot:
        return self._snapshot

    def look(self, view: View) -> None:
        self.views.append(view)

    def notice(self, text: str) -> None:
        self.notices.append(text)

    def show(self, snapshot: Snapshot) -> bool:
        """Show it, unless the last is still on its way; return whether it was."""
        if self.busy:
            return False
        self._snapshot = snapshot
        self.fresh.set()
        return True


class Desk:
    """What the collector is to its clients."""

    def __init__(self, known: Sequence[Event] = (), waiting: int = 1 << 20) -> None:
        self.places: list[Place] = []
        self.commands: list[Command] = []
        self.welcome = Welcome(
            os.getpid(), "1.2.3", 1_790_000_000_000, watched=("BTC",), shape=frames.shape()
        )
        self._known = known
        self.bus: Bus[Place] = Bus(self, "1.2.3", waiting)

    def about(self) -> Welcome:
        return replace(self.welcome, viewers=self.bus.screens, readers=self.bus.readers)

    def enter(self) -> Place:
        self.places.append(Place())
        return self.places[-1]

    def leave(self, seat: Place) -> None:
        self.places.remove(seat)

    def command(self, command: Command, seat: Place) -> None:
        self.commands.append(command)
        seat.notice(f"did {type(command).__name__}")

    def known(self) -> Sequence[Event]:
        return self._known

    @asynccontextmanager
    async def open(self, path: Path) -> AsyncIterator["Desk"]:
        """Serve at a path."""
        with bound(path) as listening:
            async with self.bus.serving(listening):
                yield self
