"""Traded dollars by the size of the trade: who buys and who sells, the large and the small."""

from collections.abc import Sequence
from typing import Final

from liqtui.model.volume import SizeClass, Volume
from liqtui.tui.render import glyphs
from liqtui.tui.render.line import Cells, Span
from liqtui.tui.render.numbers import brief, money
from liqtui.tui.render.scene import Scene, absent
from liqtui.tui.render.table import Column, fit
from liqtui.tui.render.venues import signed

_BAR: Final = 8
_SPARK: Final = 20


def spark(values: Sequence[float], width: int) -> str:
    """Return a line of a run of values: each cell the last of its share of them."""
    if not values or width < 1:
        return ""
    count = min(width, len(values))
    shown = [values[(n + 1) * len(values) // count - 1] for n in range(count)]
    low, high = min(*shown, 0.0), max(*shown, 0.0)
    if high <= low:
        return glyphs.SPARKS[0] * count
    top = len(glyphs.SPARKS) - 1
    return "".join(glyphs.SPARKS[round((value - low) / (high - low) * top)] for value in shown)


def _class(row: SizeClass, scene: Scene) -> Span:
    if row.floor < 0:
        return "all", scene.palette.strong
    volume = scene.snapshot.volume
    floors = [one.floor for one in volume.classes if one.floor > 0] if volume else []
    sign, usd = (glyphs.AT_LEAST, row.floor) if row.floor else ("<", min(floors, default=0.0))
    return (
        f"{sign}${brief(usd)}",
        scene.palette.strong if row.floor >= 1e5 else scene.palette.ground,
    )


def _bought(row: SizeClass, scene: Scene) -> Span:
    return money(row.bought_5m), scene.palette.up


def _sold(row: SizeClass, scene: Scene) -> Span:
    return money(row.sold_5m), scene.palette.down


def _bar(row: SizeClass, usd: float, scene: Scene) -> str:
    """Return a bar beside those of the other classes; the sum of all has none."""
    volume = scene.snapshot.volume
    classes = volume.classes if volume else ()
    most = max((max(one.bought_5m, one.sold_5m) for one in classes), default=0.0)
    return glyphs.FULL * round(usd / most * _BAR) if most and row.floor >= 0 else ""


def _bought_bar(row: SizeClass, scene: Scene) -> Span:
    return _bar(row, row.bought_5m, scene), scene.palette.up


def _sold_bar(row: SizeClass, scene: Scene) -> Span:
    return _bar(row, row.sold_5m, scene), scene.palette.down


def _hour(row: SizeClass, scene: Scene) -> Span:
    return money(row.bought_1h + row.sold_1h), scene.palette.ground


def _cvd(row: SizeClass, scene: Scene) -> Span:
    net = row.bought_1h - row.sold_1h
    return signed(net, f"{'+' if net > 0 else ''}{money(net)}", scene.palette)


def _line(row: SizeClass, scene: Scene) -> Span:
    return spark(row.cvd, _SPARK), scene.palette.muted


COLUMNS: Final[tuple[Column[SizeClass], ...]] = (
    Column("trades", 6, _class),
    Column("buy 5m", 7, _bought),
    Column("", _BAR, _bought_bar, 2),
    Column("", _BAR, _sold_bar, 2, right=False),
    Column("sell 5m", 7, _sold),
    Column("1h", 7, _hour, 3),
    Column("CVD 1h", 8, _cvd, 1),
    Column("", _SPARK, _line, 4, right=False, grow=True),
)


def volumes(scene: Scene, width: int, height: int) -> list[Cells]:
    """Return a row of titles, one per class of size and their sum."""
    volume = scene.snapshot.volume
    if volume is None:
        return absent(scene, "no trade of this coin yet", width, height)
    table = fit(COLUMNS, width)
    rows = [table.row(row, scene) for row in volume.classes]
    rows.append(table.row(_total(volume), scene))
    return [table.head(scene.palette.muted), *rows][: max(0, height)]


def _total(volume: Volume) -> SizeClass:
    every = volume.classes
    return SizeClass(
        floor=-1.0,
        bought_5m=sum(one.bought_5m for one in every),
        sold_5m=sum(one.sold_5m for one in every),
        bought_1h=sum(one.bought_1h for one in every),
        sold_1h=sum(one.sold_1h for one in every),
        cvd=tuple(map(sum, zip(*(one.cvd for one in every), strict=True))),
    )
