"""The crosshair on the map: where it is, and what is known of the cell under it."""

from typing import Final

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from liqtui.model.market import Side
from liqtui.model.snapshot import Heatmap
from liqtui.tui.palette import Palette
from liqtui.tui.render import glyphs
from liqtui.tui.render.axis import line_of
from liqtui.tui.render.heatmap import Extent, placed, row_of
from liqtui.tui.render.line import Cells, Line, Span, length
from liqtui.tui.render.numbers import estimated, money, percent, price
from liqtui.tui.render.times import Zone

_WORDY: Final = 48
"""Cells from which on the way is told in words."""
_PAGE: Final = 8
"""Columns or lines that a page key moves it."""


class Cross(Struct, frozen=True):
    """Its place, in terms that outlive a redrawn map."""

    price: float
    back: int = 0
    """Columns before the newest."""


def moved(cross: Cross, heat: Heatmap, space: Extent, past: int, way: str) -> Cross | None:
    """Return it one step on, held in sight sideways; None where that leaves the map's height."""
    columns = {"left": 1, "right": -1, "first": -_FAR, "last": _FAR}.get(way, 0)
    lines = {"up": 1, "down": -1, "page_up": _PAGE, "page_down": -_PAGE}.get(way, 0)
    oldest = min(len(heat.times), past + space.columns) - 1
    back = min(max(cross.back + columns, past), max(oldest, past))
    step = 2 * lines * heat.row_fraction
    to = replace(cross, back=back, price=cross.price * (1.0 + step))
    return to if not lines or line_of(heat, space, to.price) is not None else None


_FAR: Final = 1_000_000


def cell(cross: Cross, heat: Heatmap, space: Extent, past: int) -> tuple[int, int] | None:
    """Return its line and column on the screen, None where that is out of sight."""
    line = line_of(heat, space, cross.price)
    column = space.columns - 1 - (cross.back - past)
    return (line, column) if line is not None and 0 <= column < space.columns else None


def readout(cross: Cross, heat: Heatmap, width: int, zone: Zone, palette: Palette) -> Cells:
    """Return a row: price, way to it with what is liquidated there, the cell itself, its time."""
    line = Line(width, palette.ground + palette.selected)
    over = palette.selected
    line.put(f" {glyphs.CROSS} {price(cross.price, 5)} ", palette.mark + over)
    for text, style in [
        part for group in _groups(cross, heat, zone, palette, width) for part in group
    ]:
        line.put(text, style + over)
    return line.cells()


def _groups(
    cross: Cross, heat: Heatmap, zone: Zone, palette: Palette, width: int
) -> list[list[Span]]:
    """Return what fits, the most important first."""
    row = int(row_of(heat, np.array([cross.price]))[0])
    column = len(heat.times) - 1 - cross.back
    groups = [_away(cross, heat, palette)]
    if row >= 0:
        room = width - len(price(cross.price, 5)) - 4 - length(groups[0])
        groups.append(_way(heat, row, palette, room))
    if row >= 0 and column >= 0:
        rows = _rows_of_line(heat, row)
        groups.append(_standing(heat, rows, column, palette))
        groups.append(_fired(heat, rows, column, palette))
        groups.append([(f"  {zone.clock(int(heat.times[column]))[:5]}", palette.muted)])
    kept: list[list[Span]] = []
    used = 4 + len(price(cross.price, 5))
    for group in groups:
        if used + length(group) > width:
            break
        used += length(group)
        kept.append(group)
    return kept


def _away(cross: Cross, heat: Heatmap, palette: Palette) -> list[Span]:
    if heat.mark is None:
        return []
    return [(f"{percent(cross.price / heat.mark - 1.0)} ", palette.ground)]


def _way(heat: Heatmap, row: int, palette: Palette, room: int) -> list[Span]:
    """Return what is liquidated on the way there, in as many words as there is room for."""
    below = heat.mark is not None and heat.prices[row] < heat.mark
    style, what = (palette.long, "longs") if below else (palette.short, "shorts")
    usd = float(heat.reach[row])
    told = glyphs.DASH if np.isnan(usd) else _dollars(usd)
    if room < _WORDY:
        return [(f" {glyphs.SUM} est. ", palette.muted), (f"{told} {what[0].upper()}", style)]
    spans: list[Span] = [(f" {glyphs.SUM} est. ", palette.muted), (f"{told} {what}", style)]
    if heat.bounds is not None and usd >= 1000:
        low, high = (estimated(float(bound[row])) for bound in heat.bounds)
        spans.append((f" ({low}-{high})", palette.muted))
    return [*spans, (" on the way", palette.muted)]


def _dollars(usd: float) -> str:
    return "<$1k" if usd < 1000 else money(usd)


def _rows_of_line(heat: Heatmap, row: int) -> slice:
    """Return the two rows that share a line with this one."""
    skip, _ = placed(len(heat.prices), Extent(0, len(heat.prices) // 2))
    first = row - (row - skip) % 2
    return slice(first, first + 2)


def _standing(heat: Heatmap, rows: slice, column: int, palette: Palette) -> list[Span]:
    cells = heat.cells[rows, column]
    if np.isnan(cells).all():
        return [("  here no data", palette.warn)]
    return [("  here est. ", palette.muted), (_dollars(float(np.nansum(cells))), palette.estimated)]


def _fired(heat: Heatmap, rows: slice, column: int, palette: Palette) -> list[Span]:
    spans: list[Span] = []
    for side, letter, style in ((Side.LONG, "L", palette.long), (Side.SHORT, "S", palette.short)):
        usd = sum(
            mark.usd
            for mark in heat.marks
            if mark.column == column and mark.side is side and rows.start <= mark.row < rows.stop
        )
        if usd:
            spans += [("  fired ", palette.muted), (f"{money(usd)} {letter}", style)]
    return spans
