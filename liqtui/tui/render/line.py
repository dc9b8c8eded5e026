"""One row of coloured text: runs of cells, equal neighbours merged, always the full width."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from textwrap import wrap
from typing import Final, TypeAlias

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from liqtui.model.text import plain
from liqtui.tui.render.glyphs import ELLIPSIS

Cells: TypeAlias = tuple[Segment, ...]
"""A finished row; comparable, so that a row that did not change is not painted again."""
Span: TypeAlias = tuple[str, Style]

_ASCII: Final = re.compile(r"[ -~]*")


@lru_cache(2048)
def safe(text: str, limit: int = 200) -> str:
    """Return a text from outside with exactly one harmless cell per character, cut to length."""
    if _ASCII.fullmatch(text) and len(text) <= limit:
        return text
    clean = plain(text, limit)
    return "".join(letter if cell_len(letter) == 1 else "?" for letter in clean)


def clip(text: str, width: int) -> str:
    """Return ``text`` in at most ``width`` cells, its loss marked by an ellipsis."""
    if len(text) <= width:
        return text
    return text[: width - 1] + ELLIPSIS if width > 0 else ""


def pinch(text: str, width: int, end: int | None = None) -> str:
    """Return ``text`` in at most ``width`` cells, an ellipsis in place of what is inside.

    Args:
        text: what may be too long.
        width: cells there are.
        end: of them those for its end; without: half.
    """
    if len(text) <= width:
        return text
    end = (width - 1) // 2 if end is None else end
    return clip(text, width - end) + text[len(text) - end :] if width > 0 else ""


@lru_cache(8)
def told_apart(names: tuple[str, ...], width: int) -> Mapping[str, str]:
    """Return names in at most ``width`` cells: those alike without their middle are cut elsewhere.

    They are cut where most of them differ, of such places at the one nearest the middle.
    """
    shown = {name: pinch(name, width) for name in names}
    ends = sorted(range(max(1, width)), key=lambda end: abs(end - (width - 1) // 2))
    for alike in set(shown.values()):
        group = [name for name in names if shown[name] == alike]
        if len(group) > 1:
            best = max(ends, key=lambda end: len({pinch(name, width, end) for name in group}))
            shown.update((name, pinch(name, width, best)) for name in group)
    return shown


class Line:
    """Collects a row from left to right; what does not fit is cut off."""

    __slots__ = ("_ground", "_runs", "_used", "width")

    def __init__(self, width: int, ground: Style) -> None:
        self.width = width
        self._ground = ground
        self._runs: list[Span] = []
        self._used = 0

    @property
    def used(self) -> int:
        """Cells taken so far."""
        return self._used

    @property
    def room(self) -> int:
        """Cells left."""
        return self.width - self._used

    def put(self, text: str, style: Style | None = None) -> "Line":
        """Add a text of one cell per character."""
        text = text[: self.width - self._used]
        if not text:
            return self
        self._used += len(text)
        style, runs = style or self._ground, self._runs
        # A palette has each style once, and Rich keeps the sums: two alike are the same.
        if runs and runs[-1][1] is style:
            runs[-1] = (runs[-1][0] + text, style)
        else:
            runs.append((text, style))
        return self

    def spans(self, spans: Iterable[Span]) -> "Line":
        """Add several runs."""
        for text, style in spans:
            self.put(text, style)
        return self

    def to(self, column: int, filler: str = " ", style: Style | None = None) -> "Line":
        """Fill up to a column."""
        return self.put(filler * max(0, column - self._used), style)

    def right(self, spans: Iterable[Span], filler: str = " ", style: Style | None = None) -> "Line":
        """Fill, then put the runs against the right edge, if they fit."""
        last = list(spans)
        return self.to(self.width - length(last), filler, style).spans(last)

    def cells(self) -> Cells:
        """Return the row, filled up."""
        self.to(self.width)
        return tuple(Segment(text, style) for text, style in self._runs)


def length(spans: Iterable[Span]) -> int:
    """Return how many cells the runs take."""
    return sum(len(text) for text, _ in spans)


def blank(width: int, ground: Style) -> Cells:
    """Return an empty row."""
    return (Segment(" " * width, ground),) if width > 0 else ()


def joined(*parts: Cells) -> Cells:
    """Return rows side by side as one."""
    return tuple(segment for part in parts for segment in part)


def lit(cells: Cells, style: Style) -> Cells:
    """Return a row in one style, whatever it was."""
    return tuple(Segment(segment.text, style) for segment in cells)


def centred(texts: Iterable[Span], width: int, height: int, ground: Style) -> list[Cells]:
    """Return texts in the middle of an empty area, those too long for a row on several."""
    wrapped = [(part, style) for text, style in texts for part in wrap(text, max(1, width))]
    rows = [Line(width, ground).to((width - len(text)) // 2).put(text, style)
            for text, style in wrapped][:height]  # fmt: skip
    above = (height - len(rows)) // 2
    empty = blank(width, ground)
    filled = [empty] * above + [row.cells() for row in rows]
    return filled + [empty] * (height - len(filled))
