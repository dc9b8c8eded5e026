"""Much of one side is expected to be liquidated within the hour.

Told when what is ahead (`liqtui.estimator.ahead`) is large against the coin's usual bursts and
its open interest, by their geometric mean: bursts alone are learned from a few hours, open
interest alone does not know the market. It does not rest on the branching ratio: measured impact
is hardly more than noise, and the ratio with it.
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
