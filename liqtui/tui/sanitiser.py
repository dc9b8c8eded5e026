"""The last filters before the terminal: whatever got this far, nothing may steer or dye it."""

from typing import Final

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from liqtui.model.text import plain
from liqtui.tui.render.glyphs import ASCII

_TABLE: Final = str.maketrans(ASCII)


def to_ascii(text: str) -> str:
    """Return a text with every glyph in its ASCII form, and ``?`` for what has none."""
    if text.isascii():
        return text
    return text.translate(_TABLE).encode("ascii", "replace").decode("ascii")


class Sanitiser(LineFilter):
    """Replaces control, bidi and invisible characters by U+FFFD; draws ASCII only, if told so."""

    def __init__(self, *, ascii_only: bool = False) -> None:
        super().__init__()
        self._ascii = ascii_only

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments with harmless texts."""
        return [Segment(self._clean(text), style) for text, style, _ in segments]

    def _clean(self, text: str) -> str:
        if text.isascii() and text.isprintable():
            return text
        clean = plain(text, len(text))
        return to_ascii(clean) if self._ascii else clean


class Colourless(LineFilter):
    """Takes away the colours that Textual's own parts have; ours have none to begin with."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments with bold, dim and reverse only."""
        return [
            Segment(text, None if style is None else style.without_color)
            for text, style, _ in segments
        ]
