"""The health of every socket and REST schedule."""

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace
from rich.style import Style

from liqtui.model.market import FeedState
from liqtui.model.snapshot import FeedHealth
from liqtui.tui.render.glyphs import DASH
from liqtui.tui.render.line import Cells, Span, clip, safe, told_apart
from liqtui.tui.render.numbers import compact, milliseconds, percent
from liqtui.tui.render.scene import Scene, absent
from liqtui.tui.render.table import Column, fit

_LATE_MS: Final = 5000
_AHEAD_MS: Final = 250
_TIGHT: Final = 0.9
_ORDER: Final = tuple(FeedState)


def _dot(feed: FeedHealth, scene: Scene) -> Span:
    return scene.dot(feed.state)


def _stream(feed: FeedHealth, scene: Scene) -> Span:
    return f"{safe(feed.venue)} {safe(feed.stream)}", scene.palette.ground


def _state(feed: FeedHealth, scene: Scene) -> Span:
    return scene.standing(feed.state, feed.since), scene.state_style(feed.state)


def _frames(feed: FeedHealth, scene: Scene) -> Span:
    rate = feed.frames_per_s
    if rate is None:
        return DASH, scene.palette.ground
    return (f"{rate:.1f}" if rate < 100 else compact(rate)), scene.palette.ground


def _bytes(feed: FeedHealth, scene: Scene) -> Span:
    rate = feed.bytes_per_s
    return DASH if rate is None else f"{rate / 1024:.1f}", scene.palette.ground


def _lag(feed: FeedHealth, scene: Scene) -> Span:
    late = not -_AHEAD_MS <= (feed.lag_p50_ms or 0) <= _LATE_MS
    text = f"{milliseconds(feed.lag_p50_ms)}/{milliseconds(feed.lag_p95_ms)}"
    return text, scene.palette.warn if late else scene.palette.ground


def _budget(feed: FeedHealth, scene: Scene) -> Span:
    """Return what is spent of the REST calls we allow ourselves; sockets have no such limit."""
    if feed.budget is None:
        return "", scene.palette.muted
    style = scene.palette.warn if feed.budget > _TIGHT else scene.palette.ground
    return percent(feed.budget, 0, signed=False), style


def _count(count: int, bad: Style, scene: Scene) -> Span:
    return compact(count), bad if count else scene.palette.muted


def _last(feed: FeedHealth, scene: Scene) -> Span:
    """Return what is wrong, in the feed's or the venue's own words."""
    if feed.state is not FeedState.LIVE and feed.reason:
        return safe(feed.reason), scene.state_style(feed.state)
    rejected = f"rejected {', '.join(feed.rejected)}: " if feed.rejected else ""
    return safe(rejected + feed.last), scene.palette.muted


_FEED: Final[Column[FeedHealth]] = Column("feed", 18, _stream, right=False, grow=True)
_LAST: Final[Column[FeedHealth]] = Column("", 18, _last, 6, right=False, grow=True)
COLUMNS: Final[tuple[Column[FeedHealth], ...]] = (
    Column("", 1, _dot, right=False),
    _FEED,
    Column("state", 12, _state, 1, right=False),
    Column("msg/s", 6, _frames),
    Column("KiB/s", 6, _bytes, 3),
    Column("lag 50/95", 12, _lag, 2),
    Column("re", 4, lambda feed, scene: _count(feed.reconnects, scene.palette.ground, scene), 5),
    Column("budget", 6, _budget, 6),
    Column("bad", 4, lambda feed, scene: _count(feed.malformed, scene.palette.warn, scene), 5),
    Column("new", 4, lambda feed, scene: _count(feed.unknown, scene.palette.warn, scene), 6),
)


def _urgency(feed: FeedHealth) -> tuple[bool, int, bool, str]:
    """Sort trouble first, then sockets, which all depends on, before REST."""
    live = feed.state is FeedState.LIVE
    return live, _ORDER.index(feed.state), live and feed.stream.startswith("rest"), feed.venue


def health(scene: Scene, width: int, height: int, first: int = 0) -> list[Cells]:
    """Return a row of titles and one per feed, those in trouble first."""
    feeds = sorted(scene.snapshot.feeds, key=_urgency)
    if not feeds:
        return absent(scene, "no feed was opened yet", width, height)
    table = fit(_columns(feeds, scene), width)
    rows = [table.row(feed, scene) for feed in feeds[first : first + max(0, height - 1)]]
    return [table.head(scene.palette.muted), *rows]


def _columns(feeds: Sequence[FeedHealth], scene: Scene) -> tuple[Column[FeedHealth], ...]:
    """Return the columns: names in full where there is room, else told apart; trouble first."""
    names = tuple(sorted({_stream(feed, scene)[0] for feed in feeds}))

    def shorten(name: str, width: int) -> str:
        return told_apart(names, width).get(name) or clip(name, width)

    wrong = any(feed.state is not FeedState.LIVE and feed.reason for feed in feeds)
    said = wrong or any(_last(feed, scene)[0] for feed in feeds)
    last = (replace(_LAST, rank=1 if wrong else _LAST.rank),) if said else ()
    return (
        COLUMNS[0],
        replace(_FEED, wish=max(map(len, names)), shorten=shorten),
        *COLUMNS[2:],
        *last,
    )
