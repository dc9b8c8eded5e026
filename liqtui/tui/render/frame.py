"""The walls and the title of a pane."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace
from rich.segment import Segment
from rich.style import Style

from liqtui.tui.layout import Walls
from liqtui.tui.palette import Palette
from liqtui.tui.render.line import Cells, Line, Span, blank, clip, length

_WORTH_CLIPPING: Final = 12


class Title(Struct, frozen=True):
    """What a pane's top row says."""

    name: str
    number: int | None = None
    """The key that goes there."""
    notes: tuple[Span, ...] = ()
    """After the name; clipped, or left out where hardly anything would remain."""
    right: tuple[tuple[Span, ...], ...] = ()
    """Against the right edge: the first of these wordings that fits."""


def framed(
    walls: Walls, title: Title, body: Sequence[Cells], palette: Palette, *, focused: bool
) -> list[Cells]:
    """Put a title row above a body and a wall to its left."""
    top = _top(walls.top, title, palette, palette.focus if focused else palette.title)
    if not walls.left:
        return [top, *body]
    pieces = [Segment(piece, palette.frame) for piece in walls.left]
    return [top, *((piece, *cells) for piece, cells in zip(pieces, body, strict=False))]


def _top(wall: str, title: Title, palette: Palette, name: Style) -> Cells:
    line = Line(len(wall), palette.frame).put(wall[:1])
    number = "" if title.number is None else f"{title.number} "
    line.put(f" {number}{title.name} ", name)
    reserve = min((length(words) + 4 for words in title.right), default=1)
    for text, style in title.notes:
        room = line.room - reserve - 1
        if len(text) <= room or room >= _WORTH_CLIPPING:
            line.put(clip(text, room), style).put(" ")
    right = next((words for words in title.right if length(words) <= line.room - 4), ())
    if right:
        line.put(wall[line.used : line.width - length(right) - 3])
        line.put(" ").spans(right).put(" ")
    return line.put(wall[line.used :]).cells()


def troubled(title: Title, trouble: Span | None) -> Title:
    """Return the title with what is wrong said first."""
    return replace(title, notes=(trouble, *title.notes)) if trouble else title


def filled(rows: Sequence[Cells], width: int, height: int, palette: Palette) -> list[Cells]:
    """Return exactly ``height`` rows: cut, or filled up with empty ones."""
    missing = max(0, height - len(rows))
    return [*rows[: max(0, height)], *[blank(width, palette.ground)] * missing]
