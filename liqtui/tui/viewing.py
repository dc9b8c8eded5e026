"""How keys change the view: pure steps from one view to the next."""

from typing import Final

from msgspec import structs

from liqtui.model.snapshot import Heatmap
from liqtui.model.view import View

TIMEFRAMES_S: Final = (60, 300, 900, 1800, 3600, 14_400)
BINS_PER_ROW: Final = (1, 2, 3, 5, 8, 12, 20)
BIN: Final = 0.001
"""Fraction of price in a bin."""
FARTHEST: Final = 1440
"""Columns one can look back."""
_PART: Final = 8
"""A step of panning is this part of the map's height or width."""


def stepped(ladder: tuple[int, ...], now: int, by: int) -> int:
    """Return the neighbour of a value on a ladder of values, not beyond its ends."""
    place = min(range(len(ladder)), key=lambda index: abs(ladder[index] - now))
    return ladder[min(max(0, place + by), len(ladder) - 1)]


def timeframe(view: View, by: int) -> View:
    """Return the view with the next longer or shorter columns."""
    return structs.replace(view, column_s=stepped(TIMEFRAMES_S, view.column_s, by))


def price_zoom(view: View, heat: Heatmap | None, by: int) -> View:
    """Return the view with the next coarser or finer rows."""
    bins = view.bins_per_row or (round(heat.row_fraction / BIN) if heat else 1)
    return structs.replace(view, bins_per_row=stepped(BINS_PER_ROW, bins, by))


def panned(view: View, heat: Heatmap | None, way: str) -> View:
    """Return the view moved up or down the prices."""
    steps = {"up": 1, "down": -1, "page_up": _PART // 2, "page_down": -(_PART // 2)}
    if heat is None or not len(heat.prices) or way not in steps:
        return view
    middle = view.centre or heat.mark or float(heat.prices[len(heat.prices) // 2])
    rows = max(2, len(heat.prices) // _PART) * steps[way]
    return structs.replace(view, centre=middle * (1 + heat.row_fraction) ** rows)


def looked_back(past: int, columns: int, way: str) -> int:
    """Return how many columns before now the map ends after a move."""
    step = max(1, columns // _PART)
    moved = {"left": past + step, "right": past - step, "first": 0, "last": past + columns}
    return min(max(0, moved.get(way, past)), FARTHEST)
