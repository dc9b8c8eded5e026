"""The walls and the title of a pane."""

from collections.abc import Sequence

from msgspec import Struct
from rich.segment import Segment
from rich.style import Style

from liqtui.tui.layout import Walls
from liqtui.tui.palette import Palette
from liqtui.tui.render.line import Cells, Line, Span, blank, length


class Title(Struct, frozen=True):
    """What a pane's top row says."""

    name: str
    number: int | None = None
    """The key that goes there."""
    notes: tuple[Span, ...] = ()
    """After the name; those that do not fit are left out."""
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
    for note in title.notes:
        if len(note[0]) + 2 <= line.room:
            line.spans([note]).put(" ")
    right = next((words for words in title.right if length(words) <= line.room - 4), ())
    if right:
        line.put(wall[line.used : line.width - length(right) - 3])
        line.put(" ").spans(right).put(" ")
    return line.put(wall[line.used :]).cells()


def filled(rows: Sequence[Cells], width: int, height: int, palette: Palette) -> list[Cells]:
    """Return exactly ``height`` rows: cut, or filled up with empty ones."""
    missing = max(0, height - len(rows))
    return [*rows[: max(0, height)], *[blank(width, palette.ground)] * missing]
