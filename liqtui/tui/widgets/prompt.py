"""A line to type into, in place of the status line: a filter after ``/``, a command after ``:``."""

from collections.abc import Callable
from typing import ClassVar, TypeAlias

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.suggester import Suggester
from textual.widget import Widget
from textual.widgets import Input, Label

from liqtui.tui.render.line import safe

_LONGEST = 80
Complete: TypeAlias = Callable[[str], str | None]
"""From what was typed to the whole line that is probably meant."""


class Field(Input):
    """Takes harmless text only, whether typed or pasted."""

    def __init__(self, hint: str = "") -> None:
        super().__init__(placeholder=hint, max_length=_LONGEST, select_on_focus=False)
        self.cursor_blink = False

    def validate_value(self, value: str) -> str:
        """Return the text with one harmless cell per character."""
        return safe(value)


class _Completed(Field):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("tab", "cursor_right", show=False)]


class _Completion(Suggester):
    def __init__(self, complete: Complete) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._complete = complete

    async def get_suggestion(self, value: str) -> str | None:
        """Return the line that is probably meant."""
        return self._complete(value)


class Prompt(Widget):
    """Hidden until somebody opens it."""

    def __init__(self) -> None:
        super().__init__(id="prompt", markup=False)
        self.sign = "/"
        """What the line is for."""
        self._label = Label(self.sign, markup=False)
        self._input = _Completed()

    def compose(self) -> ComposeResult:
        """Put the sign and the field in a row."""
        yield self._label
        yield self._input

    @property
    def text(self) -> str:
        """What was typed."""
        return self._input.value

    def open(self, sign: str, text: str, hint: str, complete: Complete | None = None) -> None:
        """Take the keys.

        Args:
            sign: before the line.
            text: to begin with.
            hint: shown while nothing is typed.
            complete: suggests the rest; `tab` takes it.
        """
        self.sign = sign
        self._label.update(sign)
        self._input.placeholder = hint
        self._input.suggester = _Completion(complete) if complete else None
        self.display = True
        self._input.value = text
        self._input.cursor_position = len(text)
        self._input.focus()

    def close(self) -> None:
        """Give the keys back."""
        self.display = False
        self.screen.set_focus(None)
