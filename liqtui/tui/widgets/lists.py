"""The panes that are lists: tape, venues, clusters, health."""

from msgspec import Struct

from liqtui.model.text import narrow
from liqtui.tui.render import clusters, health, tape, venues
from liqtui.tui.render.frame import Title
from liqtui.tui.render.line import Cells, Span
from liqtui.tui.render.numbers import percent
from liqtui.tui.render.scene import Scene, venues_of
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
    """Every published liquidation, newest first; scrolled away, it stays where it is."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.window = Window()
        self._tape = tape.Tape()
        self._top: int | None = None
        """Number of the first row seen while scrolled away."""

    def title(self, scene: Scene) -> Title:
        """Name the filter, the pause and the rate."""
        return tape.title(scene, self.window.first, scene.snapshot.view.tape.least)

    def body(self, scene: Scene, width: int, height: int) -> list[Cells]:
        """Draw the rows of the window."""
        rows = scene.snapshot.tape.rows
        if self.window.first and self._top is not None:
            newer = (number for number, row in enumerate(rows) if row.number <= (self._top or 0))
            self.window.first = next(newer, len(rows))
        self.window.hold(len(rows), height - 1)
        self._remember(scene)
        return self._tape.rows(scene, width, height, self.window.first)

    def _remember(self, scene: Scene) -> None:
        rows, first = scene.snapshot.tape.rows, self.window.first
        self._top = rows[first].number if first < len(rows) else None

    def move(self, way: str) -> None:
        """Scroll."""
        self.window.move(way)
        self._top = None


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


class HealthPane(Pane):
    """Every socket and REST schedule."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.window = Window()

    def title(self, scene: Scene) -> Title:
        """Say how many events were applied."""
        events = (((f"{scene.snapshot.events:,} events", scene.palette.muted),),)
        return Title("Health", 8, (), events)

    def body(self, scene: Scene, width: int, height: int) -> list[Cells]:
        """Draw the rows of the window."""
        self.window.hold(len(scene.snapshot.feeds), height - 1)
        return health.health(scene, width, height, self.window.first)

    def move(self, way: str) -> None:
        """Scroll."""
        self.window.move(way)
