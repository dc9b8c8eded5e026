"""A line to type into, in place of the status line."""

from textual.app import ComposeResult
from textual.widget import Widget
from textual.widgets import Input, Label

from liqtui.tui.render.line import safe

_LONGEST = 80


class Field(Input):
    """Takes harmless text only, whether typed or pasted."""

    def __init__(self, hint: str = "") -> None:
        super().__init__(placeholder=hint, max_length=_LONGEST, select_on_focus=False)
        self.cursor_blink = False

    def validate_value(self, value: str) -> str:
        """Return the text with one harmless cell per character."""
        return safe(value)


class Prompt(Widget):
    """Hidden until somebody opens it."""

    def __init__(self) -> None:
        super().__init__(id="prompt", markup=False)
        self._input = Field()

    def compose(self) -> ComposeResult:
        """Put the sign and the field in a row."""
        yield Label("/", markup=False)
        yield self._input

    @property
    def text(self) -> str:
        """What was typed."""
        return self._input.value

    def open(self, text: str) -> None:
        """Take the keys, with a text to begin with."""
        self.display = True
        self._input.value = text
        self._input.cursor_position = len(text)
        self._input.focus()

    def close(self) -> None:
        """Give the keys back."""
        self.display = False
        self.screen.set_focus(None)
