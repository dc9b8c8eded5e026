"""What the screen is given: the core, as seen from the other side of the border."""

from typing import Protocol

from liqtui.model.snapshot import Snapshot
from liqtui.model.view import Command, View


class Source(Protocol):
    """The running core. No method blocks; all are called from the screen's own thread."""

    def snapshot(self) -> Snapshot:
        """Return the newest snapshot: the same object as before when nothing happened."""

    def look(self, view: View) -> None:
        """Say what the next snapshots are to show."""

    def command(self, command: Command) -> None:
        """Ask for something to be done; the answer comes as a notice in a snapshot."""
