"""The venues table: open interest, funding, coverage and liveness, with a total."""

from collections.abc import Callable
from typing import Final

from rich.style import Style

from liqtui.model.market import Coverage, FeedState, Side
from liqtui.model.snapshot import VenueRow
from liqtui.tui.palette import Palette
from liqtui.tui.render import glyphs
from liqtui.tui.render.line import Cells, Span, safe
from liqtui.tui.render.numbers import milliseconds, money, percent
from liqtui.tui.render.scene import Scene, absent, out
from liqtui.tui.render.table import Column, fit
from liqtui.tui.render.times import countdown

_CHANGE: Final = 6
_RATE: Final = 8
"""Widths of the columns with a change of open interest, and with a funding rate."""
_AHEAD_MS: Final = 250
HOUR_NS: Final = 3600 * 1_000_000_000


def signed(value: float | None, text: str, palette: Palette) -> Span:
    """Return a change in the colour of its direction; nothing known or moved is muted."""
    if value is None or text[:1] not in "+-":
        return text, palette.muted
    return text, palette.up if value > 0 else palette.down


def _live(row: VenueRow) -> bool:
    return not row.venue or row.state is FeedState.LIVE


def _plain(row: VenueRow, scene: Scene) -> Style:
    """Return the style of a number: what a silent venue said last is muted."""
    if not row.venue:
        return scene.palette.strong
    shown = scene.snapshot.view.venues
    if shown and row.venue not in shown:
        return scene.palette.muted
    return scene.palette.ground if _live(row) else scene.palette.muted


def _dot(row: VenueRow, scene: Scene) -> Span:
    return scene.dot(row.state) if row.venue else (glyphs.SUM, scene.palette.muted)


def _title(row: VenueRow, scene: Scene) -> Span:
    return safe(row.title) or "total", _plain(row, scene)


def _oi(row: VenueRow, scene: Scene) -> Span:
    return money(row.oi_usd), _plain(row, scene)


def _change(
    value: float | None, row: VenueRow, scene: Scene, places: int = 2, width: int = _CHANGE
) -> Span:
    """Return a signed percentage with as many places as its column has room for."""
    wordings = [percent(value, fewer) for fewer in range(places, -1, -1)]
    fitting = next((text for text in wordings if len(text) <= width), wordings[-1])
    text, style = signed(value, fitting, scene.palette)
    return text, style if _live(row) else scene.palette.muted


def _funding(row: VenueRow, scene: Scene) -> Span:
    """Return funding as sent, its interval, and whether it is an estimate or was settled."""
    if row.funding is None:
        return glyphs.DASH, scene.palette.muted
    hours = "?" if row.interval_hours is None else f"{row.interval_hours:g}"
    kind = "" if row.funding_kind is None else f" {row.funding_kind.value[0]}"
    return f"{percent(row.funding, 4)}/{hours}h{kind}", _plain(row, scene)


def _settled(row: VenueRow, scene: Scene) -> Span:
    return percent(row.settled, 4), scene.palette.muted


def _eight(row: VenueRow, scene: Scene) -> Span:
    return _change(row.funding_8h, row, scene, 4, _RATE)


def _year(row: VenueRow, scene: Scene) -> Span:
    return percent(row.funding_year, 1), _plain(row, scene)


def _due(row: VenueRow, scene: Scene) -> Span:
    left = None if row.due is None else row.due - scene.snapshot.at
    return countdown(left), _plain(row, scene)


def _cover(row: VenueRow, scene: Scene) -> Span:
    style = scene.palette.ground if row.coverage is Coverage.FULL else scene.palette.muted
    return (safe(row.coverage_label) if row.venue else ""), style


def _lag(row: VenueRow, scene: Scene) -> Span:
    """Return the delay of a venue that speaks, else for how long it has not.

    What comes before its time says that a clock is wrong, and by how much.
    """
    if not row.venue:
        count = sum(out(scene.snapshot))
        return (f"{count} out" if count else ""), scene.palette.warn
    if _live(row) and row.lag_ms is not None and row.lag_ms < -_AHEAD_MS:
        return f"clock {milliseconds(-row.lag_ms)}", scene.palette.warn
    if _live(row):
        return milliseconds(row.lag_ms), scene.palette.ground
    return scene.standing(row.state, row.state_since), scene.state_style(row.state)


def _observed(side: Side, hours: int) -> Callable[[VenueRow, Scene], Span]:
    """Return what tells a sum of published liquidations: a lower bound unless all were heard."""

    def told(row: VenueRow, scene: Scene) -> Span:
        style = scene.palette.long if side is Side.LONG else scene.palette.short
        usd, since = _liquidated(row, side, hours), row.whole_since
        if usd is None:
            return glyphs.DASH, style
        whole = since is not None and scene.snapshot.at - since >= hours * HOUR_NS
        return f"{'' if whole else glyphs.AT_LEAST}{money(usd)}", style

    return told


def _liquidated(row: VenueRow, side: Side, hours: int) -> float | None:
    if hours == 1:
        return row.long_1h if side is Side.LONG else row.short_1h
    found = (window for window in row.longer if window.hours == hours)
    return next((one.long if side is Side.LONG else one.short for one in found), None)


def _reason(row: VenueRow, scene: Scene) -> Span:
    return ("" if _live(row) else safe(row.state_reason)), scene.palette.muted


COLUMNS: Final[tuple[Column[VenueRow], ...]] = (
    Column("", 1, _dot, right=False),
    Column("venue", 8, _title, right=False),
    Column("OI", 7, _oi),
    Column(f"{glyphs.DELTA}5m", _CHANGE, lambda row, scene: _change(row.oi_5m, row, scene), 5),
    Column(f"{glyphs.DELTA}1h", _CHANGE, lambda row, scene: _change(row.oi_1h, row, scene), 2),
    Column(f"{glyphs.DELTA}24h", _CHANGE, lambda row, scene: _change(row.oi_24h, row, scene), 6),
    Column("funding", 13, _funding, 4),
    Column("settled", _RATE, _settled, 9),
    Column("fund 8h", _RATE, _eight, 1),
    Column("apr", 6, _year, 7),
    Column("next", 7, _due, 3),
    Column("cover", 5, _cover, 3),
    Column("L 1h", 7, _observed(Side.LONG, 1), 8),
    Column("S 1h", 7, _observed(Side.SHORT, 1), 8),
    Column("L 4h", 7, _observed(Side.LONG, 4), 11),
    Column("S 4h", 7, _observed(Side.SHORT, 4), 11),
    Column("L 24h", 7, _observed(Side.LONG, 24), 10),
    Column("S 24h", 7, _observed(Side.SHORT, 24), 10),
    Column("lag", 10, _lag),
    Column("", 10, _reason, 7, right=False, grow=True),
)


def venues(scene: Scene, width: int, height: int, cursor: int | None = None) -> list[Cells]:
    """Return a row of titles and one per venue, the total last.

    Args:
        scene: what to show.
        width: of a row.
        height: rows at most; the total always stays.
        cursor: the venue a command is meant for.
    """
    rows = scene.snapshot.venues
    if not rows:
        return absent(scene, "no venue yet", width, height)
    table = fit(COLUMNS, width)
    over = scene.palette.selected
    drawn = [
        table.row(row, scene, over if number == cursor else None) for number, row in enumerate(rows)
    ]
    return [table.head(scene.palette.muted), *_shown(drawn, height - 1, cursor or 0)]


def _shown(rows: list[Cells], height: int, cursor: int) -> list[Cells]:
    """Return as many rows as fit: those around the cursor, and the last."""
    if len(rows) <= height or height < 2:
        return rows[: max(0, height)]
    first = max(0, min(cursor - height // 2, len(rows) - height))
    return [*rows[first : first + height - 1], rows[-1]]
