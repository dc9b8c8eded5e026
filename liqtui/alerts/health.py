"""What alerts rest on: whether venues are heard and whether the estimate is to be trusted."""

from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from liqtui.alerts import text
from liqtui.alerts.policy import MINUTE, SECOND, Moment
from liqtui.model.alert import Alert, AlertKind
from liqtui.model.market import FeedState
from liqtui.model.situation import Standing, VenueState

_LASTS: Final = 15 * SECOND
"""For which a venue must be ill, or well, before it is told: most cuts are over by then."""
_OPENING: Final = MINUTE
"""For which it may be connecting."""
_DOUBTED: Final = 30 * SECOND
_PAUSE: Final = 10 * MINUTE


class Condition(Struct, frozen=True):
    """How one venue is, or why one estimate is doubted."""

    state: str = ""
    """Empty: well."""
    since: int = 0
    """UTC ns."""
    told: str = ""
    """What was told last; empty: that it is well, or nothing."""
    at: int | None = None
    """UTC ns at which that it is ill was told."""


def _observed(
    before: Condition, state: str, lasts: int, moment: Moment
) -> tuple[Condition, bool]:  # fmt: skip
    """Take in a state; return the condition and whether to tell that it is another."""
    now = moment.now
    if state != before.state:
        before = replace(before, state=state, since=now)
    if state == before.told or now - before.since < lasts:
        return before, False
    if not state:
        return replace(before, told=""), True
    if before.at is not None and now - before.at < _PAUSE:
        return before, False
    return replace(before, told=state, at=now), True


def venue(condition: Condition, state: VenueState, moment: Moment) -> tuple[Condition, list[Alert]]:
    """Look at one venue; return how it is, and what to tell."""
    well = state.state is FeedState.LIVE
    named = "" if well else state.state.value
    if state.state is FeedState.CONNECTING and condition.told:
        return condition, []  # what it was told to be is not over until it is live
    lasts = _OPENING if state.state is FeedState.CONNECTING else _LASTS
    condition, tell = _observed(condition, named, lasts, moment)
    if not tell:
        return condition, []
    alert = Alert(
        at=moment.now,
        kind=AlertKind.FEED,
        about=state.venue,
        venue=state.venue,
        text=text.venue(state, well=well),
        well=well,
    )
    return condition, [alert]


def doubt(standing: Standing) -> str:
    """Say why an estimate is not to be trusted; empty when it is.

    Beside what it lacks, that is a record: measurably no better than an even spread.
    """
    if standing.warming:
        return standing.warming
    grades = standing.score.grades if standing.score else ()
    shown = standing.score.shown if standing.score else ""
    for grade in grades:
        if grade.method == shown and grade.high is not None and grade.high < 0:
            return "no better than an even spread, as scored"
    return ""


def estimate(
    condition: Condition | None, standing: Standing, moment: Moment
) -> tuple[Condition | None, list[Alert]]:
    """Look at one estimate, of which nothing is told before it was trusted once (None)."""
    reason = doubt(standing)
    if condition is None:
        return (None if reason or standing.price is None else Condition()), []
    # The words change while it goes on (a share counts up); what matters is that there are some.
    condition, tell = _observed(condition, "doubted" if reason else "", _DOUBTED, moment)
    if not tell:
        return condition, []
    alert = Alert(
        at=moment.now,
        kind=AlertKind.CONFIDENCE,
        base=standing.base,
        about=f"{standing.base}-estimate",
        text=text.confidence(reason),
        well=not reason,
    )
    return condition, [alert]
