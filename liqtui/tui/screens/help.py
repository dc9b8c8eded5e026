"""The help screen."""

from collections.abc import Sequence
from typing import ClassVar

from rich.style import Style
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from liqtui.tui.actions import Action
from liqtui.tui.layout import Box, walls
from liqtui.tui.palette import Palette
from liqtui.tui.render.frame import Title, filled, framed
from liqtui.tui.render.help import page
from liqtui.tui.widgets.lists import Window
from liqtui.tui.widgets.pane import Rows


class HelpPage(Rows):
    """The page, as much of it as fits."""

    def __init__(self, palette: Palette, actions: Sequence[Action]) -> None:
        super().__init__("help")
        self._palette, self._actions = palette, actions
        self.window = Window()

    def show(self) -> None:
        """Draw the part that is seen."""
        width, height = self.size
        if not width or not height:
            return
        rows = page(width, self._palette, self._actions)
        self.window.hold(len(rows), height - 1)
        first = self.window.first
        body = filled(rows[first:], width, height - 1, self._palette)
        title = Title("Help", None, (), (self._hint(len(rows) - height + 1 - first),))
        wall = walls({"help": Box(0, 0, width, height)})["help"]
        self.paint(framed(wall, title, body, self._palette, focused=True))

    def _hint(self, below: int) -> tuple[tuple[str, Style], ...]:
        more = f"{below} more rows below, " if below > 0 else ""
        return ((f"{more}esc leaves", self._palette.muted),)

    def on_resize(self, event: events.Resize) -> None:
        """Draw at another size."""
        self.show()


class Help(ModalScreen[None], inherit_bindings=False):
    """Every key, and what the signs mean."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q", "leave", show=False),
        Binding("up,k", "move('up')", show=False),
        Binding("down,j,space", "move('down')", show=False),
        Binding("pageup", "move('page_up')", show=False),
        Binding("pagedown", "move('page_down')", show=False),
        Binding("ctrl+c", "app.quit", show=False, priority=True),
    ]

    def __init__(self, palette: Palette, actions: Sequence[Action]) -> None:
        super().__init__()
        self._page = HelpPage(palette, actions)

    def compose(self) -> ComposeResult:
        """Show the page."""
        yield self._page

    def action_move(self, way: str) -> None:
        """Scroll."""
        self._page.window.move(way)
        self._page.show()

    def action_leave(self) -> None:
        """Back to the dashboard."""
        self.dismiss(None)
