"""The present estimate by price, beside the map: bars with their USD and the letter of the side."""

import math
from typing import TypeAlias

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from rich.style import Style

from liqtui.model.market import Side
from liqtui.model.snapshot import Heatmap, TrueMap
from liqtui.tui.palette import Palette
from liqtui.tui.render import glyphs
from liqtui.tui.render.axis import line_of
from liqtui.tui.render.heatmap import Extent, placed
from liqtui.tui.render.line import Cells, Line, Span, length
from liqtui.tui.render.numbers import compact, estimated, percent, price

Sums: TypeAlias = NDArray[np.float64]
_NUMBER = 7
"""``123.4M`` and a blank before it."""
_LETTER = 3
_ROOMS = (20, 26)
"""Widths from which on there is a number beside the truth's bar, and a second one."""


def in_pairs(rows: NDArray[np.float32], lines: int) -> Sums:
    """Return (lines, 2) the values of the two rows that share each line; NaN where none is."""
    skip, shift = placed(len(rows), Extent(0, lines))
    room = np.full(lines * 2, np.nan)
    part = rows[skip : skip + lines * 2]
    room[shift : shift + len(part)] = part
    return room.reshape(lines, 2)


def by_line(rows: NDArray[np.float32], lines: int) -> Sums:
    """Sum an array by price row into lines of two rows; NaN where neither row is known."""
    pairs = in_pairs(rows, lines)
    return np.where(np.isnan(pairs).all(axis=1), np.nan, np.nansum(pairs, axis=1))


def farthest(rows: NDArray[np.float32], lines: int) -> Sums:
    """Return the value of largest size in each line, NaN where neither row is known."""
    pairs = in_pairs(rows, lines)
    largest = np.abs(np.nan_to_num(pairs)).argmax(axis=1)
    known = np.nan_to_num(pairs)[np.arange(lines), largest]
    return np.where(np.isnan(pairs).all(axis=1), np.nan, known)


def cumulative(long: Sums, short: Sums, here: int) -> tuple[Sums, Sums]:
    """Return what is liquidated on the way to each line: shorts going up, longs going down."""
    up, down = np.zeros_like(short), np.zeros_like(long)
    up[: here + 1] = np.nancumsum(short[here::-1])[::-1]
    down[here:] = np.nancumsum(long[here:])
    return down, up


class Rung(Struct, frozen=True):
    """What a line's bars say, of the side that has more of it; NaN is not known."""

    side: Side
    usd: float
    true: float | None = None
    """None: the truth is not shown."""
    away: str = ""
    """How far the line is from the mark; empty where that is not told."""


def ladder(
    heat: Heatmap,
    width: int,
    lines: int,
    palette: Palette,
    *,
    running: bool = False,
    truth: TrueMap | None = None,
    ascii_only: bool = False,
) -> list[Cells]:
    """Return one row per line of the map.

    Args:
        heat: the map; its `long` and `short` are summed by line.
        width: of a row.
        lines: the map's.
        palette: the styles.
        running: say how far each line is, and what is liquidated on the way there.
        truth: has its bars below the estimate's, in the same scale.
        ascii_only: half blocks cannot tell two colours.
    """
    here = line_of(heat, Extent(0, lines), heat.mark)
    moves = _moves(heat, lines)
    if running:
        sums = _on_the_way(heat, moves)
        true = _sums(truth, lines, here) if truth and here is not None else None
    else:
        sums = _sums(heat, lines, None)
        true = _sums(truth, lines, None) if truth else None
    away = [percent(move, 1) if running else "" for move in moves.tolist()]
    tallest = max(_peak(part) for part in (*sums, *(true or ())))
    painter = _Painter(width, tallest, palette, ascii_only=ascii_only)
    return [
        _mark(heat, width, palette)
        if line == here
        else painter.row(_rung(sums, true, line, away[line]))
        for line in range(lines)
    ]


def _sums(of: Heatmap | TrueMap, lines: int, start: int | None) -> tuple[Sums, Sums]:
    """Return what longs and shorts have on each line, from a line outwards where one is given."""
    long, short = by_line(of.long, lines), by_line(of.short, lines)
    return (long, short) if start is None else cumulative(long, short, start)


def _on_the_way(heat: Heatmap, moves: Sums) -> tuple[Sums, Sums]:
    """Return what falls until each line is passed: longs below the mark, shorts above."""
    way = farthest(heat.reach, len(moves))
    return np.where(moves < 0, way, 0.0), np.where(moves < 0, 0.0, way)


def _moves(heat: Heatmap, lines: int) -> Sums:
    """Return how far each line's farther row is from the mark, as a fraction."""
    if heat.mark is None:
        return np.full(lines, np.nan)
    return farthest((heat.prices / heat.mark - 1.0).astype(np.float32), lines)


def _peak(values: Sums) -> float:
    known = values[np.isfinite(values)]
    return float(known.max()) if known.size else 0.0


def _rung(sums: tuple[Sums, Sums], true: tuple[Sums, Sums] | None, line: int, away: str) -> Rung:
    held = [float(part[line]) for part in sums]
    stands = [float(part[line]) for part in true] if true else [0.0, 0.0]
    long, short = (_known(a) + _known(b) for a, b in zip(held, stands, strict=True))
    side = int(short >= long)
    return Rung((Side.LONG, Side.SHORT)[side], held[side], stands[side] if true else None, away)


def _known(usd: float) -> float:
    return 0.0 if math.isnan(usd) else usd


def _mark(heat: Heatmap, width: int, palette: Palette) -> Cells:
    line = Line(width, palette.ground).put(f"{glyphs.HERE} {price(heat.mark)} ", palette.mark)
    return line.to(width, "─", palette.frame).cells()


class _Painter:
    """Draws rungs of one width and scale."""

    def __init__(self, width: int, tallest: float, palette: Palette, *, ascii_only: bool) -> None:
        self._width = width
        self._tallest = tallest
        self._palette = palette
        ground = palette.mark.color if palette.heat and not ascii_only else None
        self._over = Style(bgcolor=ground) if ground else None
        """Laid over where both bars are; None: they are one there."""

    def row(self, rung: Rung) -> Cells:
        """Return one row."""
        line = Line(self._width, self._palette.ground)
        numbers = 1 if rung.true is None else sum(self._width >= room for room in _ROOMS)
        label = self._label(rung, numbers)
        if rung.away and length(label) + len(rung.away) <= self._width:
            label.insert(0, (rung.away, self._palette.muted))
        room = self._width - _LETTER - _NUMBER * numbers - (len(rung.away) + 1 if rung.away else 0)
        self._bars(line, rung, max(0, room))
        return line.right(label).cells()

    def _bars(self, line: Line, rung: Rung, room: int) -> None:
        palette = self._palette
        style = palette.short_bar if rung.side is Side.SHORT else palette.long_bar
        if rung.true is None:
            whole, part = divmod(self._cells(rung.usd, room * 8), 8)
            line.put(glyphs.FULL * whole + glyphs.BARS[part].strip(), style)
            return
        usd, true = self._cells(rung.usd, room), self._cells(rung.true, room)
        both = glyphs.UPPER if self._over else glyphs.FULL
        line.put(both * min(usd, true), style + (self._over or Style()))
        line.put(glyphs.UPPER * (usd - true), style)
        line.put(glyphs.LOWER * (true - usd), palette.mark)

    def _cells(self, usd: float, room: int) -> int:
        return round(_known(usd) / self._tallest * room) if self._tallest else 0

    def _label(self, rung: Rung, numbers: int) -> list[Span]:
        palette = self._palette
        if math.isnan(rung.usd) and not rung.true:
            return [(f"{glyphs.DASH}   "[: _LETTER + numbers], palette.muted)]
        told = [self._number(rung.usd), (self._number(rung.true or 0.0)[0], palette.mark)]
        if rung.away and not told[0][0]:
            told[0] = (estimated(rung.usd), palette.muted)
        if not any(text for text, _ in told):
            return []
        short = rung.side is Side.SHORT
        letter = (" S ", palette.short) if short else (" L ", palette.long)
        return [*((f"{text:>{_NUMBER}}", style) for text, style in told[:numbers]), letter]

    def _number(self, usd: float) -> Span:
        """Return dollars; nothing where they are next to none."""
        if math.isnan(usd):
            return glyphs.DASH, self._palette.muted
        if usd <= self._tallest / 200:
            return "", self._palette.muted
        style = self._palette.muted if usd < self._tallest / 4 else self._palette.ground
        return compact(usd), style
