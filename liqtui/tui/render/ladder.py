"""The present estimate by price, beside the map: bars with their USD and the letter of the side."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from rich.style import Style

from liqtui.model.snapshot import Heatmap
from liqtui.tui.palette import Palette
from liqtui.tui.render import glyphs
from liqtui.tui.render.axis import line_of
from liqtui.tui.render.heatmap import Extent, placed
from liqtui.tui.render.line import Cells, Line
from liqtui.tui.render.numbers import compact, price

Sums: TypeAlias = NDArray[np.float64]
_LABEL = 8
"""``123.4M S``"""


def by_line(rows: NDArray[np.float32], lines: int) -> Sums:
    """Sum an array by price row into lines of two rows; NaN where neither row is known."""
    space = Extent(0, lines)
    skip, shift = placed(len(rows), space)
    room = np.full(lines * 2, np.nan)
    part = rows[skip : skip + lines * 2]
    room[shift : shift + len(part)] = part
    pairs = room.reshape(lines, 2)
    known = ~np.isnan(pairs).all(axis=1)
    return np.where(known, np.nansum(pairs, axis=1), np.nan)


def cumulative(long: Sums, short: Sums, here: int) -> tuple[Sums, Sums]:
    """Return what is liquidated on the way to each line: shorts going up, longs going down."""
    up, down = np.zeros_like(short), np.zeros_like(long)
    up[: here + 1] = np.nancumsum(short[here::-1])[::-1]
    down[here:] = np.nancumsum(long[here:])
    return down, up


def ladder(
    heat: Heatmap, width: int, lines: int, palette: Palette, *, running: bool = False
) -> list[Cells]:
    """Return one row per line of the map.

    Args:
        heat: the map; its `long` and `short` are summed by line.
        width: of a row.
        lines: the map's.
        palette: the styles.
        running: sum from the mark outwards.
    """
    long, short = by_line(heat.long, lines), by_line(heat.short, lines)
    here = line_of(heat, Extent(0, lines), heat.mark)
    if running and here is not None:
        long, short = cumulative(long, short, here)
    tallest = max(_peak(long), _peak(short))
    return [
        _mark(heat, width, palette)
        if line == here
        else _rung(float(long[line]), float(short[line]), tallest, width, palette)
        for line in range(lines)
    ]


def _peak(values: Sums) -> float:
    known = values[np.isfinite(values)]
    return float(known.max()) if known.size else 0.0


def _mark(heat: Heatmap, width: int, palette: Palette) -> Cells:
    line = Line(width, palette.ground).put(f"{glyphs.HERE} {price(heat.mark)} ", palette.mark)
    return line.to(width, "─", palette.frame).cells()


def _rung(long: float, short: float, tallest: float, width: int, palette: Palette) -> Cells:
    line = Line(width, palette.ground)
    if np.isnan(long) and np.isnan(short):
        return line.right([(f"{glyphs.DASH}   ", palette.muted)]).cells()
    room = width - _LABEL - 2
    usd, side = max((np.nan_to_num(short), "S"), (np.nan_to_num(long), "L"))
    _bar(line, float(usd), tallest, room, palette.short_bar if side == "S" else palette.long_bar)
    if usd < tallest / 200:
        return line.cells()
    style = palette.muted if usd < tallest / 4 else palette.ground
    letter = palette.short if side == "S" else palette.long
    return line.right([(compact(float(usd)), style), (f" {side} ", letter)]).cells()


def _bar(line: Line, usd: float, tallest: float, room: int, style: Style) -> None:
    eighths = round(usd / tallest * room * 8) if tallest else 0
    whole, part = divmod(eighths, 8)
    line.put(glyphs.FULL * whole + glyphs.BARS[part].strip(), style)
