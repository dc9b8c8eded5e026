"""What the terminal shows, cell by cell, beside what it is to show; only the difference is sent.

It lies below Textual's compositor: scrolling, pop-ups, other screens and other themes are only
cells that differ. What changes the terminal behind our back (another size, a stay in the shell)
has to be told by `Canvas.resize` or `Canvas.distrust`.
"""

import sys
from collections.abc import Iterable
from functools import lru_cache
from itertools import chain
from typing import Final, TypeAlias

from rich.cells import get_character_cell_size
from rich.color import ColorSystem
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.strip import Strip

from liqtui.tui.display.ink import PLAIN, Ink, change, ink, of_blanks

Cell: TypeAlias = tuple[str, Ink]
"""What is in a cell; the second cell of a wide character holds an empty text."""
Piece: TypeAlias = tuple[int, int, Strip]
"""Row, column, and what begins there."""
_BLANK: Final[Cell] = (" ", PLAIN)
_UNKNOWN: Final[Cell] = ("\0", PLAIN)
"""Equal to no cell that is to be shown."""
_NEAR: Final = 4
"""Bytes that cost no more to write again than to jump over."""


def pieces(update: LayoutUpdate | ChopsUpdate) -> Iterable[Piece]:
    """Return what an update of Textual's compositor puts where."""
    if isinstance(update, LayoutUpdate):
        yield from _of_layout(update)
        return
    for y in {y for y, _, _ in update.spans}:
        for x, strip in update.chops[y].items():
            if strip is not None:
                yield y, x, strip


def _of_layout(update: LayoutUpdate) -> Iterable[Piece]:
    for y, line in enumerate(update.strips, update.region.y):
        x = update.region.x
        for strip in line:
            yield y, x, strip
            x += strip.cell_length


class Canvas:
    """A grid of cells and the terminal's last known state of it.

    Args:
        system: the colours the terminal has.
    """

    def __init__(self, system: ColorSystem) -> None:
        self._system = system
        self.resize(0, 0)

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows."""
        return len(self._wanted[0]) if self._wanted else 0, len(self._wanted)

    @property
    def urgent(self) -> bool:
        """Whether somebody waits for what the terminal lacks."""
        return bool(self._urgent)

    @property
    def behind(self) -> bool:
        """Whether the terminal lacks anything."""
        return bool(self._urgent or self._waiting)

    def resize(self, width: int, height: int) -> None:
        """Take another size; the terminal may show anything, and what it is to show is to come."""
        self._wanted = [[_BLANK] * width for _ in range(height)]
        self._shown = [[_UNKNOWN] * width for _ in range(height)]
        self._urgent: dict[int, None] = {}
        self._waiting: dict[int, None] = {}

    def distrust(self) -> None:
        """Forget what the terminal shows: everything has to be written again."""
        self._shown = [[_UNKNOWN] * len(row) for row in self._wanted]
        self._waiting = dict.fromkeys(range(len(self._wanted)))

    def draw(self, drawn: Iterable[Piece], *, urgent: bool = False) -> None:
        """Change what is to be shown.

        Args:
            drawn: rows or parts of rows; what lies outside is cut off.
            urgent: whether somebody waits for it: it is sent before what waits already.
        """
        behind = self._urgent if urgent else self._waiting
        for y, x, strip in drawn:
            if 0 <= y < len(self._wanted) and self._put(self._wanted[y], x, strip):
                behind[y] = None

    def _put(self, row: list[Cell], x: int, strip: Strip) -> bool:
        """Lay a strip over a row; return whether the row is another now."""
        if not 0 <= x < len(row):
            return False
        segments = (segment for segment in strip if not segment.control)
        new = list(chain.from_iterable(cells(t, ink(s, self._system)) for t, s, _ in segments))
        end = min(len(row), x + len(new))
        if new[end - x :] and new[end - x][0] == "":
            new[end - x - 1] = _BLANK  # no room for its other half
        del new[max(0, end - x) :]
        if row[x:end] == new:
            return False
        if row[x][0] == "" and x:
            row[x - 1] = _BLANK  # its other half is gone
        if end < len(row) and row[end][0] == "":
            row[end] = _BLANK
        row[x:end] = new
        return True

    def paint(self, most: int = sys.maxsize) -> str:
        """Return what brings the terminal up to date, as far as it goes.

        What is urgent goes alone, so that little is on its way when somebody waits.

        Args:
            most: bytes after which no other row is begun.
        """
        written, size, used = [], 0, PLAIN
        rows = self._urgent or self._waiting
        while rows and size < most:
            y = next(iter(rows))
            self._urgent.pop(y, None)
            self._waiting.pop(y, None)
            text, used = self._row(y, used)
            written.append(text)
            size += len(text.encode())
        return "".join(written) + change(used, PLAIN)

    def _row(self, y: int, used: Ink) -> tuple[str, Ink]:
        """Return what makes one row right, and the ink it ends with."""
        wanted, shown = self._wanted[y], self._shown[y]
        self._shown[y] = wanted.copy()
        written: list[str] = []
        at = -1
        for x, (new, old) in enumerate(zip(wanted, shown, strict=True)):
            if new == old or x < at:
                continue
            if x != at:
                written.append(_way(wanted, y, at, x, used))
            if not _suits(used, new):
                written.append(change(used, new[1]))
                used = new[1]
            written.append(new[0])
            at = x + (2 if x + 1 < len(wanted) and wanted[x + 1][0] == "" else 1)
        return "".join(written), used


def _suits(used: Ink, cell: Cell) -> bool:
    """Tell whether a cell can be written with the ink that is in use."""
    letter, wants = cell
    return wants == used or (letter == " " and of_blanks(used) == wants)


def _way(row: list[Cell], y: int, at: int, x: int, used: Ink) -> str:
    """Return what moves the cursor right to a column; it may write what is there already."""
    if at < 0:
        return f"\x1b[{y + 1};{x + 1}H"
    between = row[at:x]
    text = "".join(letter for letter, _ in between)
    if len(text.encode()) <= _NEAR and all(_suits(used, cell) for cell in between):
        return text
    return f"\x1b[{x + 1}G"


@lru_cache(8192)
def cells(text: str, wants: Ink) -> tuple[Cell, ...]:
    """Return the cells of a text; what has no width belongs to the cell before."""
    bare = of_blanks(wants)
    if text.isascii():
        return tuple((letter, bare if letter == " " else wants) for letter in text)
    found: list[Cell] = []
    for letter in text:
        width = get_character_cell_size(letter)
        if width:
            found += [(letter, bare if letter == " " else wants), ("", wants)][:width]
        elif found:
            at = -2 if found[-1][0] == "" else -1
            found[at] = (found[at][0] + letter, wants)
    return tuple(found)
