"""The help: every key from the table of actions, and what the signs mean."""

from collections.abc import Sequence
from itertools import chain, repeat, zip_longest
from textwrap import wrap
from typing import Final, TypeAlias

from liqtui.tui.actions import Action, groups, keys_of
from liqtui.tui.orders import ORDERS
from liqtui.tui.palette import Palette
from liqtui.tui.render import glyphs
from liqtui.tui.render.line import Cells, Line, blank, joined

_SIGNS: Final = (
    ("L S", "long, short: the position closed by force"),
    (glyphs.AT_LEAST, "at least: not every liquidation is published"),
    (glyphs.DASH, "not known"),
    ("?", "quarantined: absurd, left out of the totals"),
    ("b o m", "price: bankruptcy, order, mark; else the fill"),
    ("e s", "funding: running estimate, settled"),
    (f"{glyphs.TIMES}3", "so many prints in one row of the tape"),
    (f"{glyphs.LONG_MARKS} {glyphs.SHORT_MARKS}", "longs, shorts liquidated; large from $1M"),
    (glyphs.HATCH, "no data: never drawn as zero"),
    (glyphs.CLUSTER, "fell into an estimated cluster"),
    (f"{glyphs.LIVE} {glyphs.CONNECTING}", "live, connecting"),
    (f"{glyphs.STALE} {glyphs.DOWN}", "stale: connected but silent; down"),
    (f"{glyphs.REJECTED} {glyphs.BLOCKED}", "subscription rejected; blocked by the venue"),
)
_FIGURES: Final = (
    ("cover", "liquidations told: full, 1/s (samp), part, none"),
    ("oi-w", "of the venues, weighted by open interest"),
    ("in 1h", "chance that the price gets there in an hour"),
    ("80% band", "holds the true USD four times out of five"),
    ("if hit", "USD of it expected to be liquidated, if touched"),
    ("sure", "how often half of it came, of clusters so sure"),
    ("cascade", "USD to fall in all if hit; loud: feeds itself"),
    ("gain", "above 0: told where better than an even spread"),
    ("said/was", "USD expected for each USD that was liquidated"),
    ("rank", "agreement beyond price, volume: 1 all, 0 none"),
    ("fired", "clusters touched of which half or more came"),
)
_FILTER: Final = (
    ("/short", "a side (s, l), of tape and map"),
    ("/bybit", "a venue, three letters will do; tape and map"),
    ("/>100k", "the least USD of a row of the tape"),
    ("/btc", "a coin, or any text that a row must hold"),
    ("/!text", "not that venue, coin or text"),
)
_MOUSE: Final = (
    ("click", "crosshair on the map, a pane, a row of the tape"),
    ("wheel", "pan the map, scroll a list"),
)
_KEYS: Final = 10
_COLUMN: Final = 58

Block: TypeAlias = tuple[str, Sequence[tuple[str, str]]]
"""A heading, and keys or signs with what they mean."""


def page(width: int, palette: Palette, actions: Sequence[Action]) -> list[Cells]:
    """Return all rows of the help, in two columns where there is room."""
    blocks: list[Block] = [
        (name, [(keys_of(action), action.description) for action in group])
        for name, group in groups(actions).items()
    ]
    typed = [(f":{one.name}", f"{one.argument}: {one.description}") for one in ORDERS]
    blocks.append(("Typed, besides the name of any of these", typed))
    blocks.append(("Filter", _FILTER))
    blocks.append(("Mouse", _MOUSE))
    blocks.append(("Signs", _SIGNS))
    blocks.append(("Columns", _FIGURES))
    if width < 2 * _COLUMN:
        return _column(blocks, width, palette)
    left, right = _halves(blocks)
    half = width // 2
    return _beside(_column(left, half, palette), _column(right, half, palette), half, palette)


def _halves(blocks: Sequence[Block]) -> tuple[Sequence[Block], Sequence[Block]]:
    """Return the split at which the higher of two columns is lowest."""

    def height(part: Sequence[Block]) -> int:
        return sum(len(rows) + 2 for _, rows in part)

    cut = min(
        range(1, len(blocks)), key=lambda cut: max(height(blocks[:cut]), height(blocks[cut:]))
    )
    return blocks[:cut], blocks[cut:]


def _column(blocks: Sequence[Block], width: int, palette: Palette) -> list[Cells]:
    lines: list[Cells] = []
    for name, rows in blocks:
        lines.append(Line(width, palette.ground).put(f" {name}", palette.title).cells())
        for key, what in rows:
            names = chain((f"{key:>{_KEYS}}",), repeat(" " * _KEYS))
            for start, part in zip(names, wrap(what, max(1, width - _KEYS - 3)), strict=False):
                line = Line(width, palette.ground).put(start, palette.focus)
                lines.append(line.put(f"  {part}").cells())
        lines.append(blank(width, palette.ground))
    return lines


def _beside(left: list[Cells], right: list[Cells], width: int, palette: Palette) -> list[Cells]:
    empty = blank(width, palette.ground)
    pairs = zip_longest(left, right, fillvalue=empty)
    return [joined(one, other) for one, other in pairs]
