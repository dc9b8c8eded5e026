"""The clusters: where the estimated map piles up, what is likeliest to be met first."""

import math
from typing import Final

from liqtui.model.snapshot import Cluster
from liqtui.tui.render import glyphs
from liqtui.tui.render.line import Cells, Span, safe
from liqtui.tui.render.numbers import compact, money, percent, price
from liqtui.tui.render.scene import Scene, absent
from liqtui.tui.render.table import Column, fit
from liqtui.tui.render.tape import side

_BAR: Final = 8
_NEAR: Final = 0.0025
"""In log price: as near a true cluster has to be."""
_NEAREST: Final = 0.005
_FURTHEST: Final = 0.08
"""From the price: between these the true clusters are sought (docs/estimator.md 6.1)."""


def _side(cluster: Cluster, scene: Scene) -> Span:
    return side(cluster.side, scene.palette)


def _price(cluster: Cluster, scene: Scene) -> Span:
    return price(cluster.price, 5), scene.palette.strong


def _distance(cluster: Cluster, scene: Scene) -> Span:
    return percent(cluster.distance, 1), scene.palette.ground


def _usd(cluster: Cluster, scene: Scene) -> Span:
    return money(cluster.usd), side(cluster.side, scene.palette)[1]


def _bar(cluster: Cluster, scene: Scene) -> Span:
    most = max(other.usd for other in scene.snapshot.clusters)
    eighths = round(cluster.usd / most * _BAR * 8) if most > 0 else 0
    whole, part = divmod(eighths, 8)
    bars = glyphs.FULL * whole + glyphs.BARS[part].strip()
    return bars, side(cluster.side, scene.palette)[1]


def _range(cluster: Cluster, scene: Scene) -> Span:
    return f"{price(cluster.low, 5)}-{price(cluster.high, 5)}", scene.palette.muted


def _band(cluster: Cluster, scene: Scene) -> Span:
    if cluster.band is None:
        return glyphs.DASH, scene.palette.muted
    low, high = cluster.band
    return f"{compact(low)}-{compact(high)}", scene.palette.estimated


def _touched(cluster: Cluster, scene: Scene) -> Span:
    chance = cluster.touch[1] if len(cluster.touch) > 1 else None
    return percent(chance, 0, signed=False), scene.palette.ground


def _cascade(cluster: Cluster, scene: Scene) -> Span:
    """Return what falls in all once it is touched; loud where that feeds itself."""
    feeds = cluster.branching is not None and cluster.branching >= 1.0
    return money(cluster.cascade_usd), scene.palette.warn if feeds else scene.palette.ground


def _expected(cluster: Cluster, scene: Scene) -> Span:
    return money(cluster.expected), scene.palette.ground


def _sure(cluster: Cluster, scene: Scene) -> Span:
    return percent(cluster.confidence, 0, signed=False), scene.palette.ground


def _true(cluster: Cluster, scene: Scene) -> Span:
    """Say whether one of the largest true clusters is there; a dash where none is sought."""
    truth, palette = scene.snapshot.truth, scene.palette
    if truth is None or not _NEAREST <= abs(cluster.distance) <= _FURTHEST:
        return glyphs.DASH, palette.muted
    near = (abs(math.log(cluster.price / peak)) <= _NEAR for peak in truth.peaks)
    return ("yes", palette.good) if any(near) else ("no", palette.muted)


COLUMNS: Final[tuple[Column[Cluster], ...]] = (
    Column("", 1, _side),
    Column("price", 8, _price),
    Column("away", 6, _distance),
    Column("est. USD", 8, _usd),
    Column("", _BAR, _bar, 1, right=False),
    Column("from", 15, _range, 2, right=False, grow=True),
)
_TRUE: Final = Column("true", 4, _true)
"""With the truth known."""
_FORESEEN: Final[tuple[Column[Cluster], ...]] = (
    Column("in 1h", 5, _touched, 3),
    Column("80% band", 11, _band, 4),
    Column("if hit", 7, _expected, 5),
    Column("sure", 4, _sure, 5),
    Column("cascade", 7, _cascade, 6),
)
"""Where the method says what may come of a cluster."""


def _columns(scene: Scene) -> tuple[Column[Cluster], ...]:
    true = (_TRUE,) if scene.snapshot.truth else ()
    foreseen = _FORESEEN if any(one.touch for one in scene.snapshot.clusters) else ()
    return (*COLUMNS[:4], *true, *foreseen, *COLUMNS[4:])


def clusters(scene: Scene, width: int, height: int) -> list[Cells]:
    """Return a row of titles and one per cluster."""
    found = scene.snapshot.clusters
    if not found:
        heat = scene.snapshot.heatmap
        missing = "no estimate yet" if heat is None else safe(heat.warming)
        return absent(scene, missing or "no estimated cluster in reach", width, height)
    table = fit(_columns(scene), width)
    rows = [table.row(cluster, scene) for cluster in found[: max(0, height - 1)]]
    return [table.head(scene.palette.muted), *rows]
