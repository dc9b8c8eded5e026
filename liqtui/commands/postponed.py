"""A core that is made when it is started: importing it takes longer than the first frame."""

import threading
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from liqtui.model.snapshot import EMPTY, Snapshot
from liqtui.model.view import Command, View

if TYPE_CHECKING:
    from liqtui.commands.showing import Running
    from liqtui.model.alert import Alert
    from liqtui.model.events import Event
    from liqtui.model.snapshot import FeedHealth


class Postponed:
    """Stands for a core until there is one.

    Args:
        make: returns the core; called by `start`.
        meanwhile: what is shown until then.
    """

    def __init__(self, make: "Callable[[], Running]", meanwhile: Snapshot = EMPTY) -> None:
        self.listeners: list[Callable[[Event], None]] = []
        """Told every event after the engine, in the core thread."""
        self.alarms: list[Callable[[Alert], None]] = []
        """Told every alert, in the core thread."""
        self.beside: list[Callable[[], Coroutine[Any, Any, None]]] = []
        """Run in the core thread's loop, where there is a core in this process."""
        self.reports: list[Callable[[], tuple[FeedHealth, ...]]] = []
        """Asked for what else has a health to show."""
        self._make = make
        self._meanwhile = meanwhile
        self._core: Running | None = None
        self._view: View | None = None
        self._stopped = False
        self._commands: list[Command] = []
        self._turn = threading.Lock()
        """What is told before there is a core reaches it once, in order."""

    @property
    def failure(self) -> BaseException | None:
        """What ended the core, if anything did."""
        return self._core.failure if self._core else None

    def start(self) -> None:
        """Make the core and start it; what making it raises is raised here."""
        core = self._make()
        core.listeners += self.listeners
        core.alarms += self.alarms
        core.beside += self.beside
        core.reports += self.reports
        with self._turn:
            if self._stopped:
                return
            if self._view is not None:
                core.look(self._view)
            for command in self._commands:
                core.command(command)
            core.start()
            self._core = core

    def snapshot(self) -> Snapshot:
        """Return the newest snapshot."""
        return self._core.snapshot() if self._core else self._meanwhile

    def look(self, view: View) -> None:
        """Say what the next snapshots are to show."""
        with self._turn:
            self._view = view
            if self._core is not None:
                self._core.look(view)

    def command(self, command: Command) -> None:
        """Ask for something."""
        with self._turn:
            if self._core is None:
                self._commands.append(command)
            else:
                self._core.command(command)

    def stop(self, timeout: float = 2.0) -> bool:
        """End the core, or let it never begin; return whether it ended in time (seconds)."""
        with self._turn:
            self._stopped = True
        return self._core.stop(timeout) if self._core else True

    def join(self, timeout: float | None = None) -> bool:
        """Wait until the core has ended; return whether it has."""
        return self._core.join(timeout) if self._core else True
