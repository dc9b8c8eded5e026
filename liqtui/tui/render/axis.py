"""The map's axes and legend."""

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import numpy as np
from rich.style import Style

from liqtui.model.snapshot import Heatmap
from liqtui.tui.palette import Palette
from liqtui.tui.render.heatmap import AXIS, EXPONENT, Brush, Extent, placed, row_of
from liqtui.tui.render.line import Cells, Line, Span
from liqtui.tui.render.numbers import brief, level, nice
from liqtui.tui.render.times import Zone
from liqtui.tui.theme import STEPS

_MINUTE: Final = 60
_DAY: Final = 86_400
_PERIODS: Final = (
    15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 14_400, 21_600, 43_200,
    _DAY, 2 * _DAY, 7 * _DAY, 14 * _DAY, 28 * _DAY,
)  # fmt: skip
_LABEL: Final = 9
"""Columns from one time label to the next, at least."""
_LINES_APART: Final = 3
_FEW_LINES: Final = 16
"""Lines up to which labels stand closer, lest there be one alone."""


def line_of(heat: Heatmap, space: Extent, price: float | None) -> int | None:
    """Return the line a price is on; None where it is not on the screen."""
    if price is None:
        return None
    row = int(row_of(heat, np.array([price]))[0])
    skip, shift = placed(len(heat.prices), space)
    line = (row - skip + shift) // 2
    return line if row >= skip and 0 <= line < space.lines else None


def price_at(heat: Heatmap, space: Extent, line: int) -> float | None:
    """Return the price of a line's upper row; None where the map has none there."""
    skip, shift = placed(len(heat.prices), space)
    row = 2 * line - shift + skip
    inside = 0 <= line < space.lines and 0 <= row < len(heat.prices)
    return float(heat.prices[row]) if inside else None


def price_labels(heat: Heatmap, space: Extent) -> dict[int, str]:
    """Return round prices and the lines they are on."""
    if not len(heat.prices):
        return {}
    high, low = float(heat.prices[0]), float(heat.prices[-1])
    apart = _LINES_APART if space.lines > _FEW_LINES else _LINES_APART - 1
    step = nice(high * heat.row_fraction * 2 * apart)
    labels: dict[int, str] = {}
    for times in range(math.ceil(low / step), math.floor(high / step) + 1):
        line = line_of(heat, space, times * step)
        if line is not None:
            labels[line] = level(times * step, step)
    return labels


def price_axis(
    heat: Heatmap, space: Extent, palette: Palette, cross: tuple[int, float] | None = None
) -> list[Cells]:
    """Return the label of every line, `AXIS` cells wide; the present price stands out.

    Args:
        heat: the map.
        space: its cells.
        palette: the styles.
        cross: line and price of the crosshair.
    """
    labels = price_labels(heat, space)
    if cross is not None:
        labels[cross[0]] = level(cross[1], cross[1] * 1e-4)
    here = line_of(heat, space, heat.mark)
    axis: list[Cells] = []
    for number in range(space.lines):
        line = Line(AXIS, palette.ground)
        if number == here and heat.mark is not None:
            line.put(f"{level(heat.mark, heat.mark * 1e-4):>{AXIS - 1}}", palette.here)
        else:
            style = palette.focus if cross and number == cross[0] else palette.muted
            line.put(f"{labels.get(number, ''):>{AXIS - 1}}", style)
        axis.append(line.cells())
    return axis


def time_axis(times: Sequence[int], step_s: int, columns: int, zone: Zone) -> str:
    """Return labels at round times, each beginning at its column.

    Args:
        times: start of each visible column, UTC ns, the last at the right edge.
        step_s: seconds from one column to the next.
        columns: cells to fill.
        zone: whose round times.
    """
    cells = [" "] * columns
    period = _period(step_s)
    indent = columns - len(times)
    free = 0
    for column, at in enumerate(times, indent):
        moment = zone.moment(at)
        label = _label(moment, period)
        if _round(moment, period, step_s) and free <= column <= columns - len(label):
            cells[column : column + len(label)] = label
            free = column + len(label) + 1
    return "".join(cells)


def _period(step_s: int) -> int:
    """Return the shortest round period whose labels have room."""
    return next((p for p in _PERIODS if p >= step_s * _LABEL), _PERIODS[-1])


def _round(moment: datetime, period: int, step_s: int) -> bool:
    """Tell whether a round time falls into the column that starts at ``moment``."""
    seconds = moment.hour * 3600 + moment.minute * 60 + moment.second
    if period <= _DAY:
        return seconds % period < step_s
    return seconds < step_s and moment.toordinal() % (period // _DAY) == 0


def _label(moment: datetime, period: int) -> str:
    if period >= _DAY or (moment.hour == 0 and moment.minute == 0):
        return f"{moment:%m-%d}"
    return f"{moment:%H:%M}" if period >= _MINUTE else f"{moment:%H:%M:%S}"


def legend(top: float, brush: Brush, style: Style) -> tuple[tuple[Span, ...], ...]:
    """Return the colours and the USD at which they begin, in wordings ever shorter."""
    quarter = STEPS // 4
    parts: list[Span] = [("$0 ", style)]
    for first in range(0, STEPS, quarter):
        parts += [brush.swatch(step) for step in range(first, first + quarter)]
        usd = top * ((first + quarter) / STEPS) ** EXPONENT
        parts.append((f" {brief(usd)} ", style))
    end = f" {brief(top)}+"
    parts[-1] = (end, style)
    short = [("$0 ", style), *(brush.swatch(step) for step in range(0, STEPS, 2)), (end, style)]
    least = [brush.swatch(step) for step in range(quarter - 1, STEPS, quarter)]
    least.append((brief(top), style))
    return tuple(parts), tuple(short), tuple(least)
