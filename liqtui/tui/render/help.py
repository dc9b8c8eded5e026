"""The help: every key from the table of actions, and what the signs mean."""

from collections.abc import Sequence
from typing import Final

from liqtui.tui.actions import Action, groups, keys_of
from liqtui.tui.palette import Palette
from liqtui.tui.render import glyphs
from liqtui.tui.render.line import Cells, Line, Span, joined

_SIGNS: Final = (
    ("L S", "long, short: the position that was (or would be) closed by force"),
    (glyphs.AT_LEAST, "at least: some venue publishes only a part of its liquidations"),
    (glyphs.DASH, "not known"),
    ("?", "quarantined: absurd, so left out of the totals"),
    ("o b m", "printed price is the order's limit, the bankruptcy price, the mark; else the fill"),
    ("e s", "funding: running estimate, settled"),
    (f"{glyphs.LONG_MARKS} {glyphs.SHORT_MARKS}", "longs, shorts liquidated there; large from $1M"),
    (glyphs.HATCH, "no data: never drawn as zero"),
    (glyphs.CLUSTER, "fell into an estimated cluster"),
    (glyphs.LIVE, "live"),
    (f"{glyphs.CONNECTING} {glyphs.STALE} {glyphs.DOWN}", "connecting, stale, down"),
    (f"{glyphs.REJECTED} {glyphs.BLOCKED}", "subscription rejected, blocked by the venue"),
)
_KEYS: Final = 12
_COLUMN: Final = 58


def page(width: int, palette: Palette, actions: Sequence[Action]) -> list[Cells]:
    """Return all rows of the help, in two columns where there is room."""
    half = width // 2 if width >= 2 * _COLUMN else width
    blocks = [
        [(name, [(keys_of(action), action.description) for action in group])]
        for name, group in groups(actions).items()
    ]
    keys = [
        row for block in blocks for name, rows in block for row in _block(name, rows, half, palette)
    ]
    signs = _block("Signs", list(_SIGNS), half, palette)
    return keys + signs if half == width else _beside(keys, signs, half, palette)


def _block(name: str, rows: Sequence[tuple[str, str]], width: int, palette: Palette) -> list[Cells]:
    lines = [Line(width, palette.ground).put(f" {name}", palette.title).cells()]
    for key, what in rows:
        spans: list[Span] = [(f"{key:>{_KEYS}}", palette.focus), (f"  {what}", palette.ground)]
        lines.append(Line(width, palette.ground).spans(spans).cells())
    return [*lines, Line(width, palette.ground).cells()]


def _beside(left: list[Cells], right: list[Cells], width: int, palette: Palette) -> list[Cells]:
    empty = Line(width, palette.ground).cells()
    height = max(len(left), len(right))
    return [
        joined(*(side[row] if row < len(side) else empty for side in (left, right)))
        for row in range(height)
    ]
