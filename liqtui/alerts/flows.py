"""What is being liquidated: bursts, single large prints, cascades.

What is large is learned from the coin itself: of the sums of five minutes on one side the 99th
percentile, and of single prints the 99.9th, over about a week (half-life seven days). Until six
hours, or a thousand prints, were seen, it is a share of the open interest: 0.05 % and 0.01 %.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from liqtui.alerts import text
from liqtui.alerts.latch import Latch, turned
from liqtui.alerts.policy import MINUTE, SECOND, Moment, caveats
from liqtui.alerts.usual import Sizes
from liqtui.model.alert import Alert, AlertKind
from liqtui.model.market import Side
from liqtui.model.situation import Standing
from liqtui.model.snapshot import TapeRow

_SLOT: Final = 15 * SECOND
_SLOTS: Final = 20
"""Of the five minutes over which is summed."""
_LATE: Final = 2 * MINUTE
"""What is reported later than this did not happen now."""
_BURST_PAUSE: Final = 30 * MINUTE
_PRINT_PAUSE: Final = MINUTE
_OVER: Final = 0.5
"""Of what it takes to begin: below, a burst is over."""
_LEARNED_MIN: Final = 360.0
_SOME_MIN: Final = 60.0
_LEARNED_PRINTS: Final = 1000.0


class Flow(Struct, frozen=True):
    """One side of one coin."""

    slots: tuple[tuple[int, float], ...] = ()
    """(number of the slot, USD), the oldest first."""
    sums: Sizes = Sizes()
    """Of five minutes, looked at once a minute."""
    latch: Latch = Latch()
    began: int = 0
    """UTC ns of the burst that is on."""

    @property
    def usd(self) -> float:
        """Liquidated in the last five minutes."""
        return sum(usd for _, usd in self.slots)


class Flows(Struct, frozen=True):
    """Both sides of one coin."""

    long: Flow = Flow()
    short: Flow = Flow()
    prints: Sizes = Sizes()
    latch: Latch = Latch()
    """Of single prints."""

    def of(self, side: Side) -> Flow:
        """Return one side."""
        return self.long if side is Side.LONG else self.short


def recent(prints: Sequence[TapeRow], now: int) -> list[TapeRow]:
    """Return the prints of known size that happened just now: some are reported hours later."""
    return [row for row in prints if row.notional is not None and now - row.at <= _LATE]


def bursting(flow: Flow, standing: Standing, moment: Moment) -> float:
    """Return the USD in five minutes from which on it is a burst."""
    if flow.sums.total >= _LEARNED_MIN:
        return max(moment.policy.least, flow.sums.quantile(0.99))
    return max(moment.policy.least, 5e-4 * (standing.oi_usd or 0.0))


def usual(flow: Flow, standing: Standing, moment: Moment) -> float:
    """Return the USD of five minutes that one in a hundred exceeds, as far as is known by now."""
    if flow.sums.total >= _SOME_MIN:
        return max(moment.policy.least, flow.sums.quantile(0.99))
    return max(moment.policy.least, 1e-4 * (standing.oi_usd or 0.0))


def advance(
    flows: Flows, standing: Standing, prints: Sequence[TapeRow], moment: Moment, *, minute: bool
) -> tuple[Flows, list[Alert]]:
    """Take in a second's prints; return what is known after them, and what to tell.

    Args:
        flows: what was known.
        standing: the coin.
        prints: its own, `recent` ones.
        moment: now.
        minute: whether a minute has begun since the last time.
    """
    long, told_long = _side(flows.long, Side.LONG, standing, prints, moment)
    short, told_short = _side(flows.short, Side.SHORT, standing, prints, moment)
    flows = replace(flows, long=long, short=short)
    flows, told = _single(flows, standing, prints, moment)
    return _learned(flows) if minute else flows, [*told_long, *told_short, *told]


def _learned(flows: Flows) -> Flows:
    long, short = (
        replace(flow, sums=flow.sums.faded().add(flow.usd)) for flow in (flows.long, flows.short)
    )
    return replace(flows, long=long, short=short, prints=flows.prints.faded())


def _side(
    flow: Flow, side: Side, standing: Standing, prints: Sequence[TapeRow], moment: Moment
) -> tuple[Flow, list[Alert]]:
    came = sum(row.notional or 0.0 for row in prints if row.side is side)
    flow = replace(flow, slots=_added(flow.slots, moment.now // _SLOT, came))
    on = bursting(flow, standing, moment)
    was = flow.latch
    latch, tell = turned(was, flow.usd, on, _OVER * on, moment.now, _BURST_PAUSE)
    if latch is was:
        return flow, []
    began = flow.began if was.on else moment.now
    flow = replace(flow, latch=latch, began=began)
    return flow, [_burst(flow, side, standing, moment, on, again=was.on)] if tell else []


def _added(
    slots: tuple[tuple[int, float], ...], slot: int, came: float
) -> tuple[tuple[int, float], ...]:
    kept = tuple(one for one in slots if one[0] > slot - _SLOTS) if slots else slots
    if not came:
        return kept
    if kept and kept[-1][0] == slot:
        return (*kept[:-1], (slot, kept[-1][1] + came))
    return (*kept, (slot, came))


def _burst(
    flow: Flow, side: Side, standing: Standing, moment: Moment, on: float, *, again: bool
) -> Alert:
    usual = _usual(flow.usd, on, "of its busiest 5 min in 100", flow.sums.total >= _LEARNED_MIN)
    lasted = (moment.now - flow.began) / SECOND
    return Alert(
        at=moment.now,
        kind=AlertKind.BURST,
        base=standing.base,
        about=f"{standing.base}-{side.value}-burst",
        side=side,
        price=standing.price,
        usd=flow.usd,
        text=text.burst(side, flow.usd, usual, lasted, caveats(standing, moment)),
        again=again,
    )


def _usual(came: float, on: float, learned: str, is_learned: bool) -> str:
    return f"{came / on:.1f}× the least {learned}" if is_learned else "its usual not learned yet"


def _single(
    flows: Flows, standing: Standing, prints: Sequence[TapeRow], moment: Moment
) -> tuple[Flows, list[Alert]]:
    told: list[Alert] = []
    for row in prints:
        usd, known = row.notional or 0.0, flows.prints.total >= _LEARNED_PRINTS
        usual = flows.prints.quantile(0.999) if known else 1e-4 * (standing.oi_usd or 0.0)
        on = max(moment.policy.least, usual)
        # Each print is a thing of its own: the latch is off again before the next.
        off = replace(flows.latch, on=False) if flows.latch.on else flows.latch
        latch, tell = turned(off, usd, on, on, moment.now, _PRINT_PAUSE)
        flows = replace(flows, latch=latch, prints=flows.prints.add(usd))
        if tell:
            told.append(_print(row, moment, "beyond 999 of 1000 of its prints" if known else ""))
    return flows, told


def _print(row: TapeRow, moment: Moment, usual: str) -> Alert:
    usd = row.notional or 0.0
    return Alert(
        at=moment.now,
        kind=AlertKind.PRINT,
        base=row.base,
        about=f"{row.base}-print",
        venue=row.venue,
        side=row.side,
        price=row.price,
        usd=usd,
        text=text.large(row.side, usd, row.price, row.venue, usual),
    )


def raging(flows: Flows) -> Iterator[Side]:
    """Yield the sides on which a burst is on."""
    return (side for side in Side if flows.of(side).latch.on)
