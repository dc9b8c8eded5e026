"""Where the panes are, at any size: rectangles without gaps or overlaps, and the walls between.

A pane owns its top row (its title) and, unless it touches the left edge, its left column.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from liqtui.tui.render.glyphs import HORIZONTAL, JOINTS, VERTICAL

PANES: Final = ("heatmap", "tape", "venues", "clusters", "log", "volume", "score", "health")
"""In the order of `tab`; the ladder belongs to the heatmap."""
PRESETS: Final[Mapping[str, tuple[str, ...]]] = {
    "all": ("tape", "clusters", "volume", "health"),
    "flow": ("tape", "volume", "log"),
    "risk": ("clusters", "score", "volume"),
    "map": (),
}
"""What stands beside map and venues; where there is no room for all, the first ones."""
_ROWS: Final[Mapping[str, int]] = {"volume": 8, "health": 12, "log": 8, "clusters": 9, "score": 10}
"""Rows that the panes below the first one would like, their titles included."""
_LONG: Final = ("tape", "score", "log")
"""Panes that always have more to show."""
_NARROWEST: Final = 41
"""Columns of what stands beside the map: the tape with all it has to tell."""
_TALL: Final = 48
"""Rows of a screen from which on there is room for more than two panes beside the map."""


class Box(Struct, frozen=True):
    """A rectangle of cells."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """First column beyond."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """First row beyond."""
        return self.y + self.height

    def inside(self) -> tuple[int, int]:
        """Return the width and height that the walls leave."""
        return max(0, self.width - (self.x > 0)), max(0, self.height - 1)


def arrange(
    width: int, height: int, venues: int, only: str | None, current: str, preset: str = "all"
) -> dict[str, Box]:
    """Place the panes between the headline and the status line.

    Args:
        width: of the screen.
        height: of the screen.
        venues: rows the venues table would like.
        only: the pane that has the whole screen.
        current: the pane that has the keys; it is the one shown where there is room for one.
        preset: of `PRESETS`.
    """
    body = Box(0, 1, width, max(1, height - 2))
    if only is not None or width < 76 or height < 22:
        return _single(body, only or current)
    if width < 110 or height < 30:
        return _small(body, PRESETS[preset])
    beside = PRESETS[preset][: 9 if width >= 150 and height >= _TALL else 2]
    return _large(body, venues, beside)


def _single(body: Box, name: str) -> dict[str, Box]:
    return _map(body) if name == "heatmap" else {name: body}


def _map(box: Box) -> dict[str, Box]:
    """Split off the ladder."""
    ladder = min(30, max(16, box.width // 6)) if box.width >= 48 else 0
    if not ladder:
        return {"heatmap": box}
    plot = Box(box.x, box.y, box.width - ladder, box.height)
    return {"heatmap": plot, "ladder": Box(plot.right, box.y, ladder, box.height)}


def _small(body: Box, beside: Sequence[str]) -> dict[str, Box]:
    low = max(7, round(body.height * 0.42))
    top = Box(0, body.y, body.width, body.height - low)
    right = max(_NARROWEST, round(body.width * 0.47)) if beside else 0
    boxes = _map(top) | {"venues": Box(0, top.bottom, body.width - right, low)}
    for name in beside[:1]:
        boxes[name] = Box(body.width - right, top.bottom, right, low)
    return boxes


def _large(body: Box, venues: int, beside: Sequence[str]) -> dict[str, Box]:
    side = min(62, max(_NARROWEST, round(body.width * 0.325))) if beside else 0
    left = body.width - side
    low = min(max(5, venues + 1), body.height // 3)
    boxes = _map(Box(0, body.y, left, body.height - low))
    boxes["venues"] = Box(0, body.bottom - low, left, low)
    y = body.y
    for name, rows in _heights(beside, body.height, low):
        boxes[name] = Box(left, y, side, rows)
        y += rows
    return boxes


def _heights(beside: Sequence[str], height: int, low: int) -> list[tuple[str, int]]:
    """Share a column: the longest list gets what the others leave, one other below it the foot."""
    if not beside:
        return []
    longest = next((name for name in beside if name in _LONG), beside[0])
    rows = {name: _ROWS.get(name, 0) for name in beside}
    if len(beside) == 2 and beside[0] == longest:
        rows[beside[1]] = low
    rows[longest] = height - sum(rows[name] for name in beside if name != longest)
    return list(rows.items())


class Walls(Struct, frozen=True):
    """The pieces of wall a pane draws."""

    top: str
    """One per column of the title row."""
    left: str
    """One per row below the title; empty at the left edge."""


def walls(boxes: dict[str, Box]) -> dict[str, Walls]:
    """Return every pane's walls, joined to its neighbours'."""
    flat = {(x, box.y) for box in boxes.values() for x in range(box.x, box.right)}
    upright = {(box.x, y) for box in boxes.values() if box.x for y in range(box.y, box.bottom)}

    def piece(x: int, y: int) -> str:
        arms = {
            "w": (x - 1, y) in flat,
            "e": (x, y) in flat and ((x + 1, y) in flat or (x + 1, y) in upright),
            "n": (x, y - 1) in upright,
            "s": (x, y) in upright and ((x, y + 1) in upright or (x, y + 1) in flat),
        }
        straight = HORIZONTAL if (x, y) in flat else VERTICAL
        return JOINTS.get(frozenset(arm for arm, there in arms.items() if there), straight)

    return {
        name: Walls(
            "".join(piece(x, box.y) for x in range(box.x, box.right)),
            "".join(piece(box.x, y) for y in range(box.y + 1, box.bottom)) if box.x else "",
        )
        for name, box in boxes.items()
    }
