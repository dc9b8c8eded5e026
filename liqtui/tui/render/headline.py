"""The line at the top: price, open interest, funding, liquidations of the last hour, the clock."""

from typing import Final

from msgspec import Struct

from liqtui.model.snapshot import Headline
from liqtui.model.text import narrow
from liqtui.tui.render import glyphs
from liqtui.tui.render.line import Cells, Line, Span, length, lit
from liqtui.tui.render.numbers import money, percent, price
from liqtui.tui.render.scene import Scene, out
from liqtui.tui.render.times import age
from liqtui.tui.render.venues import signed

_ROOMY: Final = 140
"""Columns in which it is told how venues are out."""
_HOUR_NS: Final = 3600 * 1_000_000_000


class Group(Struct, frozen=True):
    """Words that come and go together."""

    rank: int
    """The lowest come first where there is no room for all."""
    gap: int
    """Blanks before it."""
    spans: list[Span]
    of: int = 0
    """Rank of the group without which it says nothing."""

    @property
    def width(self) -> int:
        """Cells it takes, its gap included."""
        return self.gap + length(self.spans)


def headline(scene: Scene, width: int) -> Cells:
    """Return the line: as many groups as fit, the clock always."""
    last = _status(scene)
    groups = _groups(scene, width >= _ROOMY)
    kept = _fitting(groups, width - length(last) - 2)
    line = Line(width, scene.palette.ground)
    for group in groups:
        if group.rank in kept:
            line.put(" " * group.gap).spans(group.spans)
    cells = line.right(last).cells()
    return lit(cells, scene.palette.here) if scene.flash else cells


def _fitting(groups: list[Group], room: int) -> set[int]:
    """Return the ranks of the groups there is room for; the first is there always."""
    kept = {0}
    for group in sorted(groups, key=lambda group: group.rank):
        room -= group.width if group.rank == 0 else 0
        if group.rank and group.of in kept and group.width <= room:
            kept.add(group.rank)
            room -= group.width
    return kept


def _groups(scene: Scene, roomy: bool) -> list[Group]:
    top, palette = scene.snapshot.headline, scene.palette
    year = None if top.funding_8h is None else top.funding_8h * 3 * 365
    oi_1h = signed(top.oi_change_1h, percent(top.oi_change_1h, 1), palette)
    funding = signed(top.funding_8h, percent(top.funding_8h, 4), palette)
    oi: list[Span] = [("OI ", palette.muted), (money(top.oi_usd), palette.ground)]
    name = (f"{narrow(top.base) or glyphs.DASH} ", palette.strong)
    return [
        Group(0, 1, [name, (price(top.price), palette.mark)]),
        Group(1, 1, [signed(top.change_24h, percent(top.change_24h), palette)]),
        Group(3, 3, [*oi, *_out(scene, roomy)]),
        Group(6, 1, [oi_1h, ("/1h", palette.muted)], of=3),
        Group(4, 3, [("fund ", palette.muted), funding, ("/8h", palette.muted)]),
        Group(5, 1, [(f"oi-w ({percent(year, 1, signed=False)} apr)", palette.muted)], of=4),
        Group(2, 3, _observed(scene, top)),
        *_collector(scene),
    ]


def _out(scene: Scene, roomy: bool) -> list[Span]:
    """Return how many venues the sum has an old figure of, or none."""
    stale, missing = out(scene.snapshot)
    if scene.snapshot.headline.oi_usd is None or not stale + missing:
        return []
    counts = [(stale, "stale"), (missing, "missing")] if roomy else [(stale + missing, "out")]
    told = ", ".join(f"{count} {word}" for count, word in counts if count)
    return [(f" ({told})", scene.palette.warn)]


def _collector(scene: Scene) -> list[Group]:
    pid = scene.snapshot.collector
    return [Group(7, 3, [(f"collector {pid}", scene.palette.muted)])] if pid else []


def _observed(scene: Scene, top: Headline) -> list[Span]:
    """Return the published liquidations of the last hour, or since the first that was seen."""
    palette = scene.palette
    least = glyphs.AT_LEAST if top.lower_bound else ""
    whole = top.since is not None and scene.snapshot.at - top.since >= _HOUR_NS
    if top.since is None:
        return [("liq ", palette.muted), (glyphs.DASH, palette.muted)]
    since = "1h" if whole else f"since {scene.zone.clock(top.since)[:5]}"
    hole = top.whole_since or 0
    if hole > max(top.since, scene.snapshot.at - _HOUR_NS):
        least, since = glyphs.AT_LEAST, f"{since}, gap to {scene.zone.clock(hole)[:5]}"
    return [
        (f"liq {since} ", palette.muted),
        (f"{least}{money(top.long_1h)} L ", palette.long),
        (f"{least}{money(top.short_1h)} S", palette.short),
    ]


def _muted(scene: Scene) -> str:
    """Return what is muted for longest, and for how long yet."""
    mutes = scene.snapshot.mutes
    what, until = max(mutes, key=lambda one: one[1])
    more = f"+{len(mutes) - 1}" if len(mutes) > 1 else ""
    return f"MUTED {narrow(what) or 'all'}{more} {age(until - scene.snapshot.at)}"


def _status(scene: Scene) -> list[Span]:
    palette, snapshot = scene.palette, scene.snapshot
    spans: list[Span] = []
    trouble = scene.trouble()
    if trouble is not None:
        spans += [trouble, ("  ", palette.ground)]
    if snapshot.mutes:
        spans += [(_muted(scene), palette.warn), ("  ", palette.ground)]
    if snapshot.source != "live":
        spans += [(f" {snapshot.source.upper()} ", palette.here), ("  ", palette.ground)]
    if scene.behind is not None:
        spans += [("PAUSED", palette.warn), ("  ", palette.ground)]
    if snapshot.at:
        spans.append((scene.zone.clock(snapshot.at), palette.strong))
        spans.append((f" {scene.zone.label(snapshot.at)} ", palette.muted))
    return spans
