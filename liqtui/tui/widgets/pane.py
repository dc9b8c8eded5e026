"""A rectangle of rows made by a pure renderer."""

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.color import Color
from textual.filter import LineFilter
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from liqtui.tui.layout import Walls
from liqtui.tui.render.frame import Title, filled, framed, troubled
from liqtui.tui.render.line import Cells
from liqtui.tui.render.scene import Scene


class Rows(Widget):
    """Paints rows; one that equals what is on the screen is not painted again."""

    ALLOW_SELECT: ClassVar[bool] = False

    def __init__(self, name: str) -> None:
        super().__init__(id=name, markup=False)
        self._rows: list[Cells] = []
        self._strips: dict[int, Strip] = {}
        """Rows as they leave the last filter, those not seen yet left out."""
        self._made_for: tuple[object, ...] = ()

    def paint(self, rows: Sequence[Cells]) -> None:
        """Show these rows from the next frame on."""
        before, self._rows = self._rows, list(rows)
        if len(before) != len(self._rows):
            self._strips.clear()
            self.refresh()
            return
        changed = [y for y, row in enumerate(self._rows) if row != before[y]]
        if changed:
            for y in changed:
                self._strips.pop(y, None)
            self.refresh(*(Region(0, y, self.size.width, 1) for y in changed))

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return rows of the widget; Textual's own way makes all of them anew for one."""
        width, filters = self.size.width, self.get_line_filters()
        if self._made_for != (width, *filters):
            self._made_for = (width, *filters)
            self._strips.clear()
        ground = self.background_colors[1]
        strips = [self._strip(y, filters, ground) for y in crop.line_range]
        if (crop.x, crop.width) == (0, width):
            return strips
        return [strip.crop(crop.x, crop.right) for strip in strips]

    def _strip(self, y: int, filters: Sequence[LineFilter], ground: Color) -> Strip:
        strip = self._strips.get(y)
        if strip is None:
            strip = self.render_line(y)
            for last in filters:
                strip = strip.apply_filter(last, ground)
            self._strips[y] = strip
        return strip

    def render_line(self, y: int) -> Strip:
        """Return a row of the widget."""
        if y >= len(self._rows):
            return Strip.blank(self.size.width, self.rich_style)
        row = self._rows[y]
        return Strip(row, sum(len(segment.text) for segment in row))


class Pane(Rows):
    """A titled pane: a subclass says what its title and its body are."""

    class Touched(Message):
        """The mouse was used on the pane."""

        def __init__(self, pane: "Pane", way: str = "") -> None:
            """Take the way the wheel was turned; empty for a click."""
            super().__init__()
            self.pane, self.way = pane, way

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.walls = Walls("", "")
        self.rows_inside = 0
        """Rows below the title."""
        self.chosen = False
        """The keys go here."""

    @property
    def columns_inside(self) -> int:
        """Cells beside the wall."""
        return max(0, len(self.walls.top) - bool(self.walls.left))

    def title(self, scene: Scene) -> Title:
        """Return what the top row says."""
        raise NotImplementedError

    def body(self, scene: Scene, width: int, height: int) -> list[Cells]:
        """Return the rows below the title."""
        raise NotImplementedError

    def show(self, scene: Scene) -> None:
        """Draw a scene into the rectangle the layout gave."""
        width, height = self.columns_inside, self.rows_inside
        if not width:
            return
        body = filled(self.body(scene, width, height), width, height, scene.palette)
        title = troubled(self.title(scene), scene.trouble())
        self.paint(framed(self.walls, title, body, scene.palette, focused=self.chosen))

    def move(self, way: str) -> None:
        """Scroll by ``up``, ``down``, ``page_up``, ``page_down``, ``first`` or ``last``."""

    def on_click(self, event: events.Click) -> None:
        """Take the keys."""
        event.stop()
        self.post_message(self.Touched(self))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll or pan up."""
        event.stop()
        self.post_message(self.Touched(self, "up"))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll or pan down."""
        event.stop()
        self.post_message(self.Touched(self, "down"))
