"""A short list of things that are on or off, each switched by a key; what is behind it follows."""

from collections.abc import Callable, Sequence
from typing import ClassVar, Final

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from liqtui.tui.palette import Palette
from liqtui.tui.render import glyphs
from liqtui.tui.render.line import Cells, Line, safe
from liqtui.tui.screens.picker import Choice
from liqtui.tui.widgets.pane import Rows

_HINT: Final = ("space switch", "o only this", "a all", "enter done")
_DIGITS: Final = 9


class Switches(Rows):
    """The list and, under it, its keys."""

    def __init__(self, choices: Sequence[Choice], on: frozenset[str], palette: Palette) -> None:
        super().__init__("switches")
        self._choices, self._palette = choices, palette
        self.on = on or frozenset(choice.value for choice in choices)
        self.cursor = 0

    def show(self) -> None:
        """Draw everything."""
        rows = [self._row(number) for number in range(len(self._choices))]
        line = Line(self.size.width, self._palette.muted).put(" " + "  ".join(_HINT))
        self.paint([*rows, line.cells()])

    def _row(self, number: int) -> Cells:
        palette, choice = self._palette, self._choices[number]
        over = palette.selected if number == self.cursor else palette.ground
        line = Line(self.size.width, palette.ground + over)
        line.put(f" {number + 1 if number < _DIGITS else ' '} ", palette.focus + over)
        shown = choice.value in self.on
        line.put(f"{glyphs.LIVE if shown else glyphs.DOWN} ", palette.ground + over)
        style = palette.strong if shown else palette.muted
        return line.put(safe(choice.label), style + over).cells()

    def on_resize(self, event: events.Resize) -> None:
        """Draw at another size."""
        self.show()

    def switch(self, number: int) -> None:
        """Switch one; the last one that is on stays on."""
        if number < len(self._choices):
            self.cursor = number
            self.on = (self.on ^ {self._choices[number].value}) or self.on

    def only(self) -> None:
        """Leave on what the cursor is on."""
        self.on = frozenset({self._choices[self.cursor].value})

    def all(self) -> None:
        """Switch everything on."""
        self.on = frozenset(choice.value for choice in self._choices)

    def step(self, by: int) -> None:
        """Move the cursor."""
        self.cursor = min(max(0, self.cursor + by), len(self._choices) - 1)

    @property
    def chosen(self) -> frozenset[str]:
        """What is on; empty for all."""
        return frozenset() if len(self.on) == len(self._choices) else self.on


class Toggles(ModalScreen[None], inherit_bindings=False):
    """Tells whoever asked after each switch.

    Args:
        title: what is switched.
        choices: one row each, at least one.
        on: the values that are on; empty: all.
        palette: the styles.
        tell: called with the values that are on, empty for all.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q,v,L", "leave", show=False),
        Binding("up,k", "step(-1)", show=False),
        Binding("down,j", "step(1)", show=False),
        Binding("space", "switch", show=False),
        Binding("o", "only", show=False),
        Binding("a,0", "all", show=False),
        Binding("ctrl+c", "app.quit", show=False, priority=True),
        *(Binding(str(n), f"switch({n})", show=False) for n in range(1, _DIGITS + 1)),
    ]

    def __init__(
        self,
        title: str,
        choices: Sequence[Choice],
        on: frozenset[str],
        palette: Palette,
        tell: Callable[[frozenset[str]], None],
    ) -> None:
        super().__init__(id="toggles")
        self._title, self._tell = title, tell
        self.switches = Switches(choices, on, palette)
        self._height = len(choices) + 3

    def compose(self) -> ComposeResult:
        """Show the list in a box of its size."""
        with Vertical() as box:
            box.border_title = Content(self._title)
            box.styles.height = self._height
            yield self.switches

    def action_step(self, by: int) -> None:
        """Move the cursor."""
        self.switches.step(by)
        self.switches.show()

    def action_switch(self, number: int = 0) -> None:
        """Switch the row of this number, or the one under the cursor."""
        self.switches.switch(number - 1 if number else self.switches.cursor)
        self._told()

    def action_only(self) -> None:
        """Switch everything else off."""
        self.switches.only()
        self._told()

    def action_all(self) -> None:
        """Switch everything on."""
        self.switches.all()
        self._told()

    def _told(self) -> None:
        self.switches.show()
        self._tell(self.switches.chosen)

    def action_leave(self) -> None:
        """Back to the dashboard."""
        self.dismiss(None)
