"""The line at the top: price, open interest, funding, liquidations of the last hour, the clock."""

from typing import Final

from msgspec import Struct

from liqtui.model.snapshot import Window
from liqtui.model.text import narrow
from liqtui.tui.render import glyphs
from liqtui.tui.render.line import Cells, Line, Span, length, lit
from liqtui.tui.render.numbers import money, percent, price
from liqtui.tui.render.scene import Scene, out
from liqtui.tui.render.times import age
from liqtui.tui.render.venues import HOUR_NS, signed

_ROOMY: Final = 140
"""Columns in which it is told how venues are out."""
_LONGER: Final = (9, 8)
"""Ranks of the groups of four hours and of a day."""


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
        *_liquidated(scene),
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


def _liquidated(scene: Scene) -> list[Group]:
    """Return the sums of the last hour, and of longer windows where more than that was heard."""
    top, muted = scene.snapshot.headline, scene.palette.muted
    if top.since is None:
        return [Group(2, 3, [("liq ", muted), (glyphs.DASH, muted)])]
    hour = Window(1, top.long_1h, top.short_1h)
    groups = [Group(2, 3, [("liq ", muted), *_observed(scene, top.since, hour, 0)])]
    for rank, before, window in zip(_LONGER, (hour, *top.longer), top.longer, strict=False):
        if scene.snapshot.at - top.since > before.hours * HOUR_NS:
            spans = _observed(scene, top.since, window, before.hours)
            groups.append(Group(rank, 2, spans, of=2))
    return groups


def _observed(scene: Scene, first: int, window: Window, shorter: int) -> list[Span]:
    """Return the liquidations published in some hours, or since the first that was seen.

    Args:
        scene: what is shown.
        first: when that one was, UTC ns.
        window: the hours and the sums.
        shorter: hours of the window told before, with the last hole if that was in it.
    """
    palette, top, at = scene.palette, scene.snapshot.headline, scene.snapshot.at
    start, hole = at - window.hours * HOUR_NS, top.whole_since or 0
    since = f"{window.hours}h" if first <= start else f"since {scene.zone.clock(first)[:5]}"
    holed = hole > max(first, start)
    if holed and hole <= at - shorter * HOUR_NS:
        since = f"{since}, gap to {scene.zone.clock(hole)[:5]}"
    least = glyphs.AT_LEAST if top.lower_bound or holed else ""
    return [
        (f"{since} ", palette.muted),
        (f"{least}{money(window.long)} L ", palette.long),
        (f"{least}{money(window.short)} S", palette.short),
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
