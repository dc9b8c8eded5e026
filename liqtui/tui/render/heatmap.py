"""The map over time: two price rows a line by half blocks, axes, trace, marks and gaps."""

from itertools import pairwise
from typing import Final, TypeAlias

import numpy as np
from msgspec import Struct, structs
from numpy.typing import NDArray
from rich.color import Color
from rich.segment import Segment
from rich.style import Style

from liqtui.model.market import Side
from liqtui.model.snapshot import Heatmap, TrueMap
from liqtui.tui.palette import Palette
from liqtui.tui.render import glyphs
from liqtui.tui.render.line import Cells
from liqtui.tui.render.numbers import nice
from liqtui.tui.theme import STEPS

AXIS: Final = 9
"""Cells of the price axis: a label of eight at most, and a blank."""
GAP: Final = STEPS
"""A pixel without data."""
NOTHING: Final = STEPS + 1
"""A pixel nobody asked data for."""
_BASE: Final = STEPS + 2
_SIGN: Final = _BASE * _BASE
"""From here on a code is a sign drawn over a cell: which one, and the step under it."""
_LEVEL, _UPRIGHT, _RISE_TO, _RISE_FROM, _FALL_TO, _FALL_FROM = range(6)
"""Of `glyphs.TRACE`; marks come after these."""
_MARKS: Final = len(glyphs.TRACE)
_CROSS: Final = _MARKS + 4
EXPONENT: Final = 1.5
"""How much faster USD grow than steps: small estimates show, large ones stand out."""
_NOTABLE: Final = 0.05
"""Liquidations below this part of the largest are not drawn: they would bury the trace."""
LARGE_USD: Final = 1e6
"""From here on a realised liquidation is drawn large."""

Codes: TypeAlias = NDArray[np.int32]
"""(lines, columns): upper pixel times `_BASE` plus lower, or a mark."""


class Extent(Struct, frozen=True):
    """The cells the map has, without its axes."""

    columns: int
    lines: int


def extent(width: int, height: int) -> Extent:
    """Return what is left of an area after the price axis and the time axis."""
    return Extent(max(0, width - AXIS), max(0, height - 1))


def scale(heat: Heatmap, before: float, truth: TrueMap | None = None) -> float:
    """Return the USD of the hottest colour: a round number, kept while it still fits.

    Args:
        heat: the map.
        before: the scale so far; 0 for none.
        truth: what is to be scaled by while nothing is estimated.
    """
    known = heat.cells[np.isfinite(heat.cells)]
    if truth is not None and not known.size:
        known = truth.cells
    peak = float(np.quantile(known, 0.995)) if known.size else 0.0
    if before and 0.35 * before < peak <= before:
        return before
    return nice(peak)


def levels(cells: NDArray[np.float32], top: float, floor: float = 0.0) -> NDArray[np.int32]:
    """Return every cell's step of the ramp; NaN is `GAP`.

    Step n begins at ``top * (n / STEPS) ** EXPONENT``; what holds less than ``floor`` is left out.
    """
    share = (np.clip(np.nan_to_num(cells), 0.0, top) / top) ** (1 / EXPONENT)
    steps = np.minimum(share * STEPS, STEPS - 1).astype(np.int32)
    if floor:
        steps[cells < floor] = 0
    return np.where(np.isnan(cells), np.int32(GAP), steps)


def row_of(heat: Heatmap, prices: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the row each price is in; -1 outside the map or where it is unknown."""
    if not len(heat.prices):
        return np.full(len(prices), -1)
    edges = heat.prices.astype(np.float64)[::-1] * (1.0 - heat.row_fraction / 2)
    top = float(heat.prices[0]) * (1.0 + heat.row_fraction / 2)
    with np.errstate(invalid="ignore"):
        found = len(edges) - np.searchsorted(edges, prices, side="right")
        inside = (prices >= edges[0]) & (prices < top)
    return np.where(inside, found, -1)


def placed(rows: int, space: Extent) -> tuple[int, int]:
    """Return rows of the map to skip, and rows of the picture to leave empty, at the top.

    Both even, so that a pair of rows stays a pair.
    """
    over = rows - space.lines * 2
    return (over // 4 * 2, 0) if over > 0 else (0, -over // 4 * 2)


def codes(
    heat: Heatmap,
    space: Extent,
    top: float,
    past: int = 0,
    floor: float = 0.0,
) -> Codes:
    """Return a number per cell that says all there is to paint.

    Args:
        heat: the map, of any size: its newest column comes to the right, its middle row to the
            middle.
        space: cells to fill; each holds two rows of pixels.
        top: USD of the hottest colour.
        past: columns to leave out at the right.
        floor: USD a cell must hold to be drawn.
    """
    picture = np.full((space.lines * 2, space.columns), NOTHING, np.int32)
    skip, shift = placed(heat.cells.shape[0], space)
    end = max(0, heat.cells.shape[1] - past)
    start = max(0, end - space.columns)
    indent = space.columns - (end - start)
    part = levels(heat.cells[skip : skip + len(picture), start:end], top, floor)
    picture[shift : shift + len(part), indent:] = part
    if heat.unheard is not None:
        picture[shift : shift + 2, indent:][:, heat.unheard[start:end]] = GAP
    pairs = picture[0::2] * _BASE + picture[1::2]
    rows = row_of(heat, heat.trace[start:end].astype(np.float64))
    _trace(pairs[:, indent:], np.where(rows < 0, -1, (rows - skip + shift) // 2))
    seen = [
        (mark, (mark.row - skip + shift) // 2, mark.column - start + indent)
        for mark in sorted(heat.marks, key=lambda mark: mark.usd)
    ]
    seen = [one for one in seen if 0 <= one[1] < space.lines and indent <= one[2] < space.columns]
    for mark, line, column in seen:
        if mark.usd >= seen[-1][0].usd * _NOTABLE:
            kind = _MARKS + (mark.side is Side.SHORT) * 2 + (mark.usd >= LARGE_USD)
            _sign(pairs, line, column, kind)
    return pairs


def aim(pairs: Codes, line: int, column: int) -> None:
    """Draw the crosshair over a cell."""
    _sign(pairs, line, column, _CROSS)


def beside(
    heat: Heatmap, truth: TrueMap, space: Extent, width: int, top: float, floor: float = 0.0
) -> Codes:
    """Return codes like those of `codes`, the truth of now in the last ``width`` columns.

    A blank column keeps the two apart.
    """
    told = truth.cells[:, None].repeat(width, 1)
    nowhere = np.full(width, np.nan, np.float32)
    true = structs.replace(heat, cells=told, trace=nowhere, marks=(), unheard=None)
    apart = np.full((space.lines, 1), NOTHING * _BASE + NOTHING, np.int32)
    left = Extent(max(0, space.columns - width - 1), space.lines)
    right = Extent(width, space.lines)
    return np.hstack((codes(heat, left, top, 0, floor), apart, codes(true, right, top, 0, floor)))


def _trace(pairs: Codes, lines: NDArray[np.int64]) -> None:
    """Draw the price's way through the columns; lines count downwards, -1 is unknown."""
    for column, line in enumerate(lines.tolist()):
        before = int(lines[column - 1]) if column else -1
        if line < 0 or before < 0 or before == line:
            _sign(pairs, line, column, _LEVEL)
            continue
        rises = line < before
        _sign(pairs, line, column, _RISE_TO if rises else _FALL_TO)
        _sign(pairs, before, column, _RISE_FROM if rises else _FALL_FROM)
        for between in range(min(line, before) + 1, max(line, before)):
            _sign(pairs, between, column, _UPRIGHT)


def _sign(pairs: Codes, line: int, column: int, kind: int) -> None:
    """Draw a sign over a cell, or over the sign that is there."""
    if not 0 <= line < len(pairs):
        return
    under = int(pairs[line, column])
    step = under % _BASE if under >= _SIGN else max(_steps(under))
    pairs[line, column] = _SIGN + kind * _BASE + step


def _steps(code: int) -> tuple[int, int]:
    """Return the steps of a cell's two pixels, 0 where they are something else."""
    upper, lower = divmod(code, _BASE)
    return (upper if upper < STEPS else 0), (lower if lower < STEPS else 0)


class Brush:
    """Turns codes into a character and a style; one for every palette."""

    def __init__(self, palette: Palette, *, ascii_only: bool = False) -> None:
        self.palette = palette
        self._blocks = bool(palette.heat) and not ascii_only
        self._known: dict[int, tuple[str, Style]] = {}

    def row(self, line: NDArray[np.int32]) -> Cells:
        """Return one line of the map, equal neighbours merged."""
        if not len(line):
            return ()
        starts = np.flatnonzero(np.diff(line)) + 1
        bounds = [0, *starts.tolist(), len(line)]
        return tuple(
            Segment(glyph * (end - start), style)
            for start, end in pairwise(bounds)
            for glyph, style in (self._cell(int(line[start])),)
        )

    def swatch(self, step: int) -> tuple[str, Style]:
        """Return a cell of one step, for the legend."""
        return self._cell(step * _BASE + step)

    def _cell(self, code: int) -> tuple[str, Style]:
        if code not in self._known:
            self._known[code] = self._sign(code - _SIGN) if code >= _SIGN else self._pair(code)
        return self._known[code]

    def _sign(self, code: int) -> tuple[str, Style]:
        kind, step = divmod(code, _BASE)
        ground = Style(bgcolor=self._colour(step))
        if kind < _MARKS:
            return glyphs.TRACE[kind], self.palette.mark + ground
        if kind == _CROSS:
            return glyphs.CROSS, self.palette.here
        short, large = divmod(kind - _MARKS, 2)
        signs = glyphs.SHORT_MARKS if short else glyphs.LONG_MARKS
        style = self.palette.short if short else self.palette.long
        return signs[large], style + ground + Style(bold=True)

    def _pair(self, code: int) -> tuple[str, Style]:
        upper, lower = divmod(code, _BASE)
        if upper == lower == NOTHING:
            return " ", self.palette.ground
        if GAP in (upper, lower):
            known = lower if upper == GAP else upper
            return glyphs.HATCH, self.palette.gap + Style(bgcolor=self._colour(known))
        return self._block(upper, lower) if self._blocks else self._whole(code)

    def _block(self, upper: int, lower: int) -> tuple[str, Style]:
        above, below = self._colour(upper), self._colour(lower)
        if above == below:
            return " ", Style(bgcolor=above)
        if above is None or above.is_default:
            return glyphs.LOWER, Style(color=below, bgcolor=above)
        return glyphs.UPPER, Style(color=above, bgcolor=below)

    def _whole(self, code: int) -> tuple[str, Style]:
        """Paint a cell as one pixel: the hotter of the two."""
        step = max(_steps(code))
        if self.palette.heat:
            return " ", Style(bgcolor=self._colour(step))
        return self.palette.ramp[step], self.palette.ground

    def _colour(self, pixel: int) -> Color | None:
        if pixel < STEPS and self.palette.heat:
            return self.palette.heat[pixel]
        return self.palette.ground.bgcolor
