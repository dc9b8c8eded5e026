"""What every renderer is given, and what a pane says when it has nothing to show."""

from msgspec import Struct
from rich.style import Style

from liqtui.model.market import FeedState
from liqtui.model.snapshot import Snapshot, VenueRow
from liqtui.tui.palette import Palette
from liqtui.tui.render import glyphs
from liqtui.tui.render.line import Cells, Span, centred, safe
from liqtui.tui.render.times import Zone, age

DOTS: dict[FeedState, str] = {
    FeedState.LIVE: glyphs.LIVE,
    FeedState.CONNECTING: glyphs.CONNECTING,
    FeedState.STALE: glyphs.STALE,
    FeedState.DOWN: glyphs.DOWN,
    FeedState.REJECTED: glyphs.REJECTED,
    FeedState.BLOCKED: glyphs.BLOCKED,
}
"""Liveness by shape; the colour only repeats it."""


class Scene(Struct, frozen=True, eq=False):
    """A snapshot and how to show it."""

    snapshot: Snapshot
    palette: Palette
    zone: Zone
    ascii: bool = False
    behind: int | None = None
    """Liquidations taken in since the view was paused; None: it is not."""
    silent_s: int = 0
    """For how long the core has not made a new snapshot."""
    flash: bool = False
    """An alert came a moment ago."""

    def dot(self, state: FeedState) -> Span:
        """Return the liveness of a feed."""
        return DOTS[state], self.state_style(state)

    def state_style(self, state: FeedState) -> Style:
        """Return the colour of a feed's state."""
        palette = self.palette
        if state is FeedState.LIVE:
            return palette.good
        if state is FeedState.CONNECTING:
            return palette.muted
        return palette.stale if state is FeedState.STALE else palette.bad

    def since(self, at: int) -> str:
        """Return how long ago a moment was; a dash for 0, which nobody recorded."""
        return age(self.snapshot.at - at if at else None)

    def standing(self, state: FeedState, since: int) -> str:
        """Return a feed's state and for how long it has been in it."""
        if state is FeedState.CONNECTING:
            return "connecting"
        return f"{state.value} {self.since(since)}"

    def trouble(self) -> Span | None:
        """Return what is to be said over every pane of data, if it can no longer be trusted."""
        if self.snapshot.lost:
            return "collector gone, trying again", self.palette.bad
        if self.silent_s:
            return f"core silent {self.silent_s}s", self.palette.bad
        venues = venues_of(self.snapshot)
        spoken = [row for row in venues if row.state is FeedState.LIVE]
        if not venues or spoken:
            return None
        if all(row.state is FeedState.CONNECTING for row in venues):
            return "connecting", self.palette.warn
        last = max(row.state_since for row in venues)
        return f"no venue live {self.since(last)}", self.palette.bad


def venues_of(snapshot: Snapshot) -> tuple[VenueRow, ...]:
    """Return the rows that are venues, not the total."""
    return tuple(row for row in snapshot.venues if row.venue)


def out(snapshot: Snapshot) -> tuple[int, int]:
    """Return of how many venues the sums hold an old figure, and of how many none.

    A venue that never spoke of the coin does not list it.
    """
    silent = [row for row in venues_of(snapshot) if row.state is not FeedState.LIVE]
    stale = sum(row.oi_usd is not None for row in silent)
    listed = [row for row in venues_of(snapshot) if row.coverage_label or row in silent]
    return stale, sum(row.oi_usd is None for row in listed)


def absent(scene: Scene, what: str, width: int, height: int) -> list[Cells]:
    """Fill an area that has nothing to show with the reason."""
    texts = [(what, scene.palette.muted), *_reasons(scene)]
    return centred(texts, width, height, scene.palette.ground)


def _reasons(scene: Scene) -> list[Span]:
    """Say what is being waited for: progress first, then every venue that is not live."""
    snapshot, palette = scene.snapshot, scene.palette
    if snapshot.lost:
        return [(f"no collector: {safe(snapshot.lost)}", palette.bad)]
    if scene.silent_s:
        return [(f"the core has been silent for {scene.silent_s}s", palette.bad)]
    lines: list[Span] = [
        (f"{safe(step.label)} {step.done:.0%}", palette.warn) for step in snapshot.progress
    ]
    if not snapshot.venues and not lines:
        return [("waiting for the first venue to speak", palette.muted)]
    for row in venues_of(snapshot):
        if row.state is not FeedState.LIVE:
            reason = f": {safe(row.state_reason)}" if row.state_reason else ""
            text = f"{safe(row.title)} {row.state.value} {scene.since(row.state_since)}{reason}"
            lines.append((f"{DOTS[row.state]} {text}", scene.state_style(row.state)))
    return lines
