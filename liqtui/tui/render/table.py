"""Tables: columns by importance, as many as fit."""

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

from msgspec import Struct
from rich.style import Style

from liqtui.tui.render.line import Cells, Line, Span, clip
from liqtui.tui.render.scene import Scene

Row = TypeVar("Row")


class Column(Struct, Generic[Row], frozen=True):
    """One column of rows of a kind."""

    title: str
    width: int
    cell: Callable[[Row, Scene], Span]
    rank: int = 0
    """0 is always shown; of the others the highest go first, together."""
    right: bool = True
    """Against the right edge: numbers."""
    grow: bool = False
    """Takes what is left over, the last such one; its width is the least it needs."""
    wish: int = 0
    """Cells it is given, where there is room, before anything is left over."""
    shorten: Callable[[str, int], str] = clip
    """Makes a text that is too long fit some cells."""


class Table(Struct, Generic[Row], frozen=True):
    """The columns that fit a width, and how wide they are."""

    columns: tuple[Column[Row], ...]
    widths: tuple[int, ...]
    gap: int
    width: int

    def head(self, style: Style) -> Cells:
        """Return the titles."""
        return self._row(((column.title, style) for column in self.columns), style)

    def row(self, row: Row, scene: Scene, over: Style | None = None) -> Cells:
        """Return one row; ``over`` is laid over all of it."""
        spans: Iterable[Span] = (column.cell(row, scene) for column in self.columns)
        ground = scene.palette.ground
        if over is None:
            return self._row(spans, ground)
        return self._row(((text, style + over) for text, style in spans), ground + over)

    def _row(self, spans: Iterable[Span], ground: Style) -> Cells:
        line = Line(self.width, ground)
        between = " "
        for column, width, (text, style) in zip(self.columns, self.widths, spans, strict=True):
            shown = column.shorten(text, width)
            if style is ground:
                line.put(between + (shown.rjust(width) if column.right else shown.ljust(width)))
            else:
                blank = " " * (width - len(shown))
                line.put(between + blank if column.right else between)
                line.put(shown, style).put("" if column.right else blank)
            between = " " * self.gap
        return line.cells()


def fit(columns: Sequence[Column[Row]], width: int) -> Table[Row]:
    """Leave out the least important columns until the rest fits ``width``."""
    kept = list(columns)
    while _least(kept, 1) > width:
        worst = max(column.rank for column in kept)
        if worst == 0:
            break
        kept = [column for column in kept if column.rank < worst]
    wishes = sum(max(0, column.wish - column.width) for column in kept)
    gap = 2 if _least(kept, 2) + wishes <= width else 1
    left, widths = max(0, width - _least(kept, gap)), []
    for column in kept:
        more = min(max(0, column.wish - column.width), left)
        widths.append(column.width + more)
        left -= more
    for place in [place for place, column in enumerate(kept) if column.grow][-1:]:
        widths[place] += left
    return Table(tuple(kept), tuple(widths), gap, width)


def _least(columns: Sequence[Column[Row]], gap: int) -> int:
    """Return the cells the columns take, with a margin at the left."""
    return sum(column.width + gap for column in columns) - gap + 1
