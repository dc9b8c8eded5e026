"""A line to type into, in place of the status line."""

from textual.app import ComposeResult
from textual.widget import Widget
from textual.widgets import Input, Label

from liqtui.model.text import plain

_LONGEST = 80


class Prompt(Widget):
    """Hidden until somebody opens it."""

    def __init__(self) -> None:
        super().__init__(id="prompt", markup=False)
        self._input = Input(max_length=_LONGEST, select_on_focus=False)
        self._input.cursor_blink = False

    def compose(self) -> ComposeResult:
        """Put the sign and the field in a row."""
        yield Label("/", markup=False)
        yield self._input

    @property
    def text(self) -> str:
        """What was typed, harmless."""
        return plain(self._input.value, _LONGEST)

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
