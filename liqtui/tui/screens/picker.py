"""A list to choose from: type a part of a name, choose. Symbols, commands and themes use it."""

from collections.abc import Sequence
from typing import ClassVar

from msgspec import Struct
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input

from liqtui.model.text import narrow
from liqtui.tui.palette import Palette
from liqtui.tui.render.line import Cells, Line, clip
from liqtui.tui.widgets.pane import Rows
from liqtui.tui.widgets.prompt import Field


class Choice(Struct, frozen=True):
    """One row of the list."""

    value: str
    label: str
    note: str = ""
    """Against the right edge, such as its keys."""


def plainly(names: Sequence[str]) -> tuple[Choice, ...]:
    """Return choices that are called what they are."""
    return tuple(Choice(name, name) for name in names)


def matching(choices: Sequence[Choice], text: str) -> list[Choice]:
    """Return the choices that hold every word of a text, those that begin with it first."""
    words = text.casefold().split()
    found = [one for one in choices if all(word in _sought(one) for word in words)]
    return sorted(found, key=lambda one: not one.label.casefold().startswith(text.casefold()))


def _sought(choice: Choice) -> str:
    return f"{choice.label} {choice.note}".casefold()


class Choices(Rows):
    """The choices found, one of them chosen."""

    def __init__(self, palette: Palette) -> None:
        super().__init__("choices")
        self._palette = palette
        self.found: list[Choice] = []
        self.chosen = 0

    def show(self) -> None:
        """Draw the part of the list around the chosen one."""
        height = self.size.height
        first = max(0, min(self.chosen - height // 2, len(self.found) - height))
        self.paint([self._row(number) for number in range(first, first + height)])

    def _row(self, number: int) -> Cells:
        palette, width = self._palette, self.size.width
        over = palette.selected if number == self.chosen else palette.ground
        line = Line(width, palette.ground + over)
        if number >= len(self.found):
            return line.cells()
        choice = self.found[number]
        note = f" {choice.note} " if choice.note else ""
        line.put(clip(f" {narrow(choice.label)}", width - len(note)))
        return line.right([(note, palette.muted + over)]).cells()

    def on_resize(self, event: events.Resize) -> None:
        """Draw at another size."""
        self.show()


class Picker(ModalScreen[str | None], inherit_bindings=False):
    """Returns the value of the choice, or None.

    Args:
        title: what is chosen.
        choices: in the order they are listed.
        palette: the styles.
        wide: whether the choices are sentences rather than names.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("up", "step(-1)", show=False),
        Binding("down,tab", "step(1)", show=False),
        Binding("pageup", "step(-10)", show=False),
        Binding("pagedown", "step(10)", show=False),
        Binding("enter", "choose", show=False),
        Binding("ctrl+c", "app.quit", show=False, priority=True),
    ]

    def __init__(
        self, title: str, choices: Sequence[Choice], palette: Palette, *, wide: bool = False
    ) -> None:
        super().__init__(id="picker", classes="wide" if wide else None)
        self._title, self._every = title, choices
        self._input = Field("type a part of it")
        self._choices = Choices(palette)

    def compose(self) -> ComposeResult:
        """Put the field above the list."""
        with Vertical() as box:
            box.border_title = Content(self._title)
            yield self._input
            yield self._choices

    def on_mount(self) -> None:
        """Start with everything."""
        self._input.focus()
        self._search("")

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._search(event.value)

    def _search(self, text: str) -> None:
        self._choices.found = matching(self._every, text)
        self._choices.chosen = 0
        self._choices.show()

    def action_step(self, by: int) -> None:
        """Choose a neighbour."""
        last = max(0, len(self._choices.found) - 1)
        self._choices.chosen = min(max(0, self._choices.chosen + by), last)
        self._choices.show()

    @on(Input.Submitted)
    def action_choose(self) -> None:
        """Take the chosen one."""
        found = self._choices.found
        self.dismiss(found[self._choices.chosen].value if found else None)

    def action_leave(self) -> None:
        """Choose nothing."""
        self.dismiss(None)
