"""The panes that are lists: tape, venues, clusters, health."""

from typing import Final

from msgspec import Struct
from textual import events

from liqtui.model.snapshot import TapeRow
from liqtui.model.text import narrow
from liqtui.tui.bursts import Burst, Bursts
from liqtui.tui.render import clusters, health, log, tape, venues
from liqtui.tui.render.frame import Title
from liqtui.tui.render.glyphs import DOT
from liqtui.tui.render.line import Cells, Span
from liqtui.tui.render.numbers import percent, size
from liqtui.tui.render.scene import Scene, venues_of
from liqtui.tui.render.times import HOUR
from liqtui.tui.render.volume import volumes
from liqtui.tui.widgets.pane import Pane


class Window(Struct):
    """Which rows of a list are seen."""

    first: int = 0
    count: int = 0
    """Rows of the list."""
    page: int = 1
    """Rows that fit."""

    def move(self, way: str) -> None:
        """Scroll, not beyond the ends."""
        steps = {
            "up": -1,
            "down": 1,
            "page_up": -self.page,
            "page_down": self.page,
            "first": -self.count,
            "last": self.count,
        }
        self.first = min(max(0, self.first + steps.get(way, 0)), max(0, self.count - self.page))

    def hold(self, count: int, page: int) -> None:
        """Take a list of another length."""
        self.count, self.page = count, max(1, page)
        self.first = min(self.first, max(0, count - self.page))


class TapePane(Pane):
    """Every published liquidation, newest first; a chosen one stays where it is."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._tape = tape.Tape()
        self._grouping = Bursts()
        self._bursts: list[Burst] = []
        self._of: tuple[TapeRow, ...] = ()
        self._key: int | None = None
        """Of the chosen burst; None: the newest are followed."""
        self._first = 0
        self._row = 0
        """Where the chosen one was on the screen."""
        self._page = 1

    @property
    def selected(self) -> Burst | None:
        """What is chosen; the newest while nothing is."""
        place = self._place()
        return self._bursts[place or 0] if self._bursts else None

    def _place(self) -> int | None:
        found = (n for n, burst in enumerate(self._bursts) if burst.key == self._key)
        return next(found, None) if self._key is not None else None

    def title(self, scene: Scene) -> Title:
        """Name the filter, the pause and the rate."""
        return tape.title(scene, self._first, scene.snapshot.view.tape.least)

    def body(self, scene: Scene, width: int, height: int) -> list[Cells]:
        """Draw the bursts that are seen."""
        rows = scene.snapshot.tape.rows
        if rows is not self._of:
            view = scene.snapshot.view
            self._of, self._bursts = rows, self._grouping.take(rows, view.burst_s, view.tape)
        self._page = max(1, height - 1)
        place = self._place()
        self._hold(place)
        cursor = None if place is None else place - self._first
        return self._tape.rows(scene, width, height, self._bursts[self._first :], cursor)

    def _hold(self, place: int | None) -> None:
        """Scroll so that the chosen one stays on its row of the screen."""
        if place is None:
            self._key, self._first = None, 0
            return
        last = max(0, len(self._bursts) - self._page)
        self._row = min(max(self._row, 0), self._page - 1)
        self._first = min(max(0, place - self._row), last)
        self._row = place - self._first

    def move(self, way: str) -> None:
        """Choose another one; at the top the newest are followed again."""
        if not self._bursts:
            return
        before = self._place()
        page = self._page
        steps = {"up": -1, "down": 1, "page_up": -page, "page_down": page, "last": _FAR}
        if way == "first" or (before is None and way == "up") or (before == 0 and way == "up"):
            self._key = None
            return
        to = 0 if before is None and way == "down" else (before or 0) + steps.get(way, 0)
        to = min(max(0, to), len(self._bursts) - 1)
        self._row += to - (before or 0)
        self._key = self._bursts[to].key

    def on_click(self, event: events.Click) -> None:
        """Choose what is under the mouse."""
        line = event.y - 2
        if line >= 0 and self._first + line < len(self._bursts):
            self._key, self._row = self._bursts[self._first + line].key, line
        super().on_click(event)


_FAR: Final = 1_000_000


class VenuesPane(Pane):
    """Open interest, funding, coverage and liveness by venue."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.cursor: int | None = None
        self._names: tuple[str, ...] = ()

    @property
    def venue(self) -> str:
        """The venue under the cursor; empty: none."""
        if not self.chosen or self.cursor is None or self.cursor >= len(self._names):
            return ""
        return self._names[self.cursor]

    def title(self, scene: Scene) -> Title:
        """Name the symbol and what is wrong."""
        palette = scene.palette
        found = venues_of(scene.snapshot)
        live = sum(row.state.value == "live" for row in found)
        style = palette.muted if live == len(found) else palette.warn
        counted: tuple[Span, ...] = ((f"{live}/{len(found)} live", style),) if found else ()
        return Title(f"Venues {narrow(scene.snapshot.view.base)}", 3, (), (counted,))

    def body(self, scene: Scene, width: int, height: int) -> list[Cells]:
        """Draw the table; the cursor is seen while the keys go here."""
        self._names = tuple(row.venue for row in venues_of(scene.snapshot))
        return venues.venues(scene, width, height, self.cursor if self.chosen else None)

    def move(self, way: str) -> None:
        """Move the cursor."""
        last = len(self._names) - 1
        if last < 0:
            return
        if self.cursor is None:
            self.cursor = 0
            return
        ends = {"first": 0, "page_up": 0, "last": last, "page_down": last}
        step = {"up": -1, "down": 1}.get(way, 0)
        self.cursor = ends.get(way, min(max(0, self.cursor + step), last))


class ClustersPane(Pane):
    """Where the estimated map piles up."""

    def title(self, scene: Scene) -> Title:
        """Say that it is an estimate."""
        notes: list[Span] = [("estimated", scene.palette.estimated)]
        truth = scene.snapshot.truth
        if truth is not None and truth.found is not None:
            share = percent(truth.found, 0, signed=False)
            told = f"{share} of the true found" if self.columns_inside >= 50 else f"found {share}"
            notes.append((told, scene.palette.mark))
        return Title(f"Clusters {narrow(scene.snapshot.view.base)}", 4, tuple(notes))

    def body(self, scene: Scene, width: int, height: int) -> list[Cells]:
        """Draw the table."""
        return clusters.clusters(scene, width, height)


class VolumePane(Pane):
    """What large and small trades buy and sell."""

    def title(self, scene: Scene) -> Title:
        """Name the coin, and since when it is counted where that is less than an hour."""
        volume, palette = scene.snapshot.volume, scene.palette
        name = f"Volume {narrow(scene.snapshot.view.base)}"
        if volume is None or scene.snapshot.at - volume.since >= HOUR:
            return Title(name, 6)
        since = f"since {scene.zone.clock(volume.since)[:5]}"
        return Title(name, 6, ((since, palette.muted),))

    def body(self, scene: Scene, width: int, height: int) -> list[Cells]:
        """Draw the table."""
        return volumes(scene, width, height)


class LogPane(Pane):
    """What happened that is worth knowing, newest first."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.window = Window()

    def title(self, scene: Scene) -> Title:
        """Say what it is."""
        return Title("Log", 5)

    def body(self, scene: Scene, width: int, height: int) -> list[Cells]:
        """Draw the rows of the window."""
        self.window.hold(log.length(scene, width), height)
        return log.notes(scene, width, height, self.window.first)

    def move(self, way: str) -> None:
        """Scroll."""
        self.window.move(way)


class HealthPane(Pane):
    """Every socket and REST schedule."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.window = Window()

    def title(self, scene: Scene) -> Title:
        """Say how many events were applied, and what that takes of memory."""
        held = scene.snapshot.memory
        events = f"{scene.snapshot.events:,} events"
        told = [events] if held is None else [f"{size(held)} memory {DOT} {events}", events]
        return Title("Health", 8, (), tuple(((text, scene.palette.muted),) for text in told))

    def body(self, scene: Scene, width: int, height: int) -> list[Cells]:
        """Draw the rows of the window."""
        self.window.hold(len(scene.snapshot.feeds), height - 1)
        return health.health(scene, width, height, self.window.first)

    def move(self, way: str) -> None:
        """Scroll."""
        self.window.move(way)
