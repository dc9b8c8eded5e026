"""A page laid over the dashboard: the help, the detail of a row."""

from collections.abc import Callable
from typing import ClassVar, TypeAlias

from rich.style import Style
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from liqtui.tui.layout import Box, walls
from liqtui.tui.palette import Palette
from liqtui.tui.render.frame import Title, filled, framed
from liqtui.tui.render.line import Cells
from liqtui.tui.widgets.lists import Window
from liqtui.tui.widgets.pane import Rows

Draw: TypeAlias = Callable[[int, Palette], list[Cells]]
"""From a width and the styles to all rows of the page."""


class Sheet(Rows):
    """The page, as much of it as fits."""

    def __init__(self, title: str, draw: Draw, palette: Palette) -> None:
        super().__init__("page")
        self._title, self._draw, self._palette = title, draw, palette
        self.window = Window()

    def show(self) -> None:
        """Draw the part that is seen."""
        width, height = self.size
        if not width or not height:
            return
        rows = self._draw(width, self._palette)
        self.window.hold(len(rows), height - 1)
        first = self.window.first
        body = filled(rows[first:], width, height - 1, self._palette)
        title = Title(self._title, None, (), (self._hint(len(rows) - height + 1 - first),))
        wall = walls({"page": Box(0, 0, width, height)})["page"]
        self.paint(framed(wall, title, body, self._palette, focused=True))

    def _hint(self, below: int) -> tuple[tuple[str, Style], ...]:
        more = f"{below} more rows below, " if below > 0 else ""
        return ((f"{more}esc leaves", self._palette.muted),)

    def on_resize(self, event: events.Resize) -> None:
        """Draw at another size."""
        self.show()


class Page(ModalScreen[None], inherit_bindings=False):
    """Rows to read and scroll.

    Args:
        title: of the page.
        draw: makes its rows.
        palette: the styles.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q,enter", "leave", show=False),
        Binding("up,k", "move('up')", show=False),
        Binding("down,j,space", "move('down')", show=False),
        Binding("pageup", "move('page_up')", show=False),
        Binding("pagedown", "move('page_down')", show=False),
        Binding("home,g", "move('first')", show=False),
        Binding("end,G", "move('last')", show=False),
        Binding("ctrl+c", "app.quit", show=False, priority=True),
    ]

    def __init__(self, title: str, draw: Draw, palette: Palette) -> None:
        super().__init__()
        self._sheet = Sheet(title, draw, palette)

    def compose(self) -> ComposeResult:
        """Show the page."""
        yield self._sheet

    def action_move(self, way: str) -> None:
        """Scroll."""
        self._sheet.window.move(way)
        self._sheet.show()

    def action_leave(self) -> None:
        """Back to the dashboard."""
        self.dismiss(None)
