"""Much of one side is expected to be liquidated within the hour.

Told when what is ahead (`liqtui.estimator.ahead`) is large against the coin's usual bursts. It
does not rest on the branching ratio: in calm made markets the impact cannot be told from chance,
and in a made crash the ratio passed 1 in the minute of the collapse, 17 minutes after this one.

The threshold was chosen for the most bursts told at no more than two false alerts a day and coin,
on made markets of 48 hours (``liqtui score --alerts``; seeds 1, 2, 4; 42 bursts in 5.5 days):
precision .63, recall .31, median lead 40 minutes, 1.6 false a day; the price's move alone at no
more: .53, .19; nearness to clusters of a simple map: .63, .10. It did NOT hold on wilder days
(seeds 11, 12; 63 bursts in 11.2 days): precision .16 (95 %: .07 to .29), recall .18 (.08 to .27),
4.7 false a day; at no more false alarms the move told .14 of the bursts, nearness .24. There it is
no better than the move, and worse than nearness: a hint, which its words must not overstate.
"""

from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from liqtui.alerts import text
from liqtui.alerts.flows import Flows, usual
from liqtui.alerts.latch import Latch, turned
from liqtui.alerts.policy import MINUTE, Moment, blind, caveats
from liqtui.model.alert import Alert, AlertKind
from liqtui.model.market import Side
from liqtui.model.situation import Ahead, Standing

_TOLD_AT: Final = 4.3
"""Times what five minutes in a hundred exceed."""
_OVER: Final = 1 / 1.5
"""Of what it takes to be told: below, it is over."""
_PAUSE: Final = 30 * MINUTE


class Danger(Struct, frozen=True):
    """What was told of each side of one coin."""

    long: Latch = Latch()
    short: Latch = Latch()


def urgency(ahead: Ahead, flows: Flows, standing: Standing, moment: Moment) -> float:
    """Return how much is ahead of one side: from 1 on it is told."""
    if not standing.oi_usd:  # nothing is known of the coin's size
        return 0.0
    burst = usual(flows.of(ahead.side), standing, moment)
    return ahead.usd / (_TOLD_AT * moment.policy.reserve * burst)


def advance(
    danger: Danger, flows: Flows, standing: Standing, moment: Moment
) -> tuple[Danger, list[Alert]]:
    """Look at both sides; return what was told of them by then, and what to tell."""
    told: list[Alert] = []
    if standing.warming or blind(standing, moment):
        return danger, told
    for ahead in standing.ahead:
        worth = urgency(ahead, flows, standing, moment)
        before = danger.long if ahead.side is Side.LONG else danger.short
        latch, tell = turned(before, worth, 1.0, _OVER, moment.now, _PAUSE)
        if latch is not before:
            danger = replace(danger, **{ahead.side.value: latch})
        if tell and ahead.usd >= moment.policy.least:
            told.append(_told(ahead, standing, moment, again=before.on))
    return danger, told


def _told(ahead: Ahead, standing: Standing, moment: Moment, *, again: bool) -> Alert:
    return Alert(
        at=moment.now,
        kind=AlertKind.LIKELY,
        base=standing.base,
        about=f"{standing.base}-{ahead.side.value}-ahead",
        side=ahead.side,
        price=ahead.price,
        usd=ahead.usd,
        distance=ahead.distance,
        text=text.likely(ahead, standing.moved, caveats(standing, moment)),
        again=again,
    )
