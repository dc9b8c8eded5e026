"""The symbol switcher: type a part of a name, choose."""

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input

from liqtui.model.text import narrow
from liqtui.tui.palette import Palette
from liqtui.tui.render.line import Cells, Line
from liqtui.tui.widgets.pane import Rows
from liqtui.tui.widgets.prompt import Field


def matching(bases: tuple[str, ...], text: str) -> list[str]:
    """Return the names that hold a text, those that begin with it first."""
    wanted = text.strip().upper()
    found = [base for base in bases if wanted in base.upper()]
    return sorted(found, key=lambda base: not base.upper().startswith(wanted))


class Choices(Rows):
    """The names found, one of them chosen."""

    def __init__(self, palette: Palette) -> None:
        super().__init__("choices")
        self._palette = palette
        self.names: list[str] = []
        self.chosen = 0

    def show(self) -> None:
        """Draw the part of the list around the chosen name."""
        height = self.size.height
        first = max(0, min(self.chosen - height // 2, len(self.names) - height))
        self.paint([self._row(number) for number in range(first, first + height)])

    def _row(self, number: int) -> Cells:
        palette, width = self._palette, self.size.width
        ground = palette.ground + palette.selected if number == self.chosen else palette.ground
        name = narrow(self.names[number]) if number < len(self.names) else ""
        return Line(width, ground).put(f" {name}").cells()

    def on_resize(self, event: events.Resize) -> None:
        """Draw at another size."""
        self.show()


class Symbols(ModalScreen[str | None], inherit_bindings=False):
    """Returns the chosen symbol, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("up", "step(-1)", show=False),
        Binding("down,tab", "step(1)", show=False),
        Binding("enter", "choose", show=False),
    ]

    def __init__(self, bases: tuple[str, ...], palette: Palette) -> None:
        super().__init__(id="symbols")
        self._bases = bases
        self._input = Field("type a part of its name")
        self._choices = Choices(palette)

    def compose(self) -> ComposeResult:
        """Put the field above the list."""
        with Vertical() as box:
            box.border_title = Content("Symbol")
            yield self._input
            yield self._choices

    def on_mount(self) -> None:
        """Start with every symbol."""
        self._input.focus()
        self._search("")

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._search(event.value)

    def _search(self, text: str) -> None:
        self._choices.names = matching(self._bases, text)
        self._choices.chosen = 0
        self._choices.show()

    def action_step(self, by: int) -> None:
        """Choose a neighbour."""
        last = max(0, len(self._choices.names) - 1)
        self._choices.chosen = min(max(0, self._choices.chosen + by), last)
        self._choices.show()

    @on(Input.Submitted)
    def action_choose(self) -> None:
        """Go to the chosen symbol."""
        names = self._choices.names
        self.dismiss(names[self._choices.chosen] if names else None)

    def action_leave(self) -> None:
        """Stay."""
        self.dismiss(None)
