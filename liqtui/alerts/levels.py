"""Funding and open interest: extremes, flips, jumps.

What is extreme is a multiple of the coin's own mean size of the number over about a week, and
never less than what a trader of any coin would call much.
"""

from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from liqtui.alerts import text
from liqtui.alerts.latch import Latch, turned
from liqtui.alerts.policy import MINUTE, Moment, blind, caveats
from liqtui.alerts.usual import Mean
from liqtui.model.alert import Alert, AlertKind
from liqtui.model.situation import Standing

_HOUR: Final = 60 * MINUTE
_LEARNED: Final = 360.0
"""Minutes."""
_SETTLED: Final = 5.0
"""Minutes for which open interest must have been looked at: history and present differ a little."""
_OVER: Final = 0.7
"""Of what it takes to be extreme."""
_EXTREME: Final = 5e-4
"""Funding per 8 hours, five times what most coins pay on a quiet day,"""
_TIMES_FUNDING: Final = 3.0
_SIGNED: Final = 5e-5
"""and what it takes to have a sign at all."""
_WINDOWS: Final = (("5 min", 0.015, 8.0), ("1 h", 0.05, 5.0))
"""Each with the least change that counts, and times the usual one."""


class Levels(Struct, frozen=True):
    """What is known of one coin."""

    funding: Mean = Mean()
    extreme: Latch = Latch()
    rate: float = 0.0
    """The last that had a sign; 0: none had."""
    flipped: int | None = None
    """UTC ns."""
    interest: tuple[Mean, Mean] = (Mean(), Mean())
    moved: tuple[Latch, Latch] = (Latch(), Latch())


def advance(
    levels: Levels, standing: Standing, moment: Moment, *, minute: bool
) -> tuple[Levels, list[Alert]]:
    """Look at one coin; return what is known after it, and what to tell."""
    levels, extreme = _funding(levels, standing, moment)
    levels, flip = _flip(levels, standing, moment)
    levels, moved = _interest(levels, standing, moment)
    return _learned(levels, standing) if minute else levels, [*extreme, *flip, *moved]


def _learned(levels: Levels, standing: Standing) -> Levels:
    rate = standing.funding_8h
    first, second = (
        mean if change is None else mean.add(abs(change))
        for mean, change in zip(levels.interest, (standing.oi_5m, standing.oi_1h), strict=True)
    )
    funding = levels.funding if rate is None else levels.funding.add(abs(rate))
    return replace(levels, funding=funding, interest=(first, second))


def _limit(least: float, times: float, usual: Mean) -> float:
    return max(least, times * usual.value) if usual.weight >= _LEARNED else least


def _alert(kind: AlertKind, sentence: str, standing: Standing, moment: Moment) -> Alert:
    return Alert(
        at=moment.now,
        kind=kind,
        base=standing.base,
        about=f"{standing.base}-{kind.value}",
        price=standing.price,
        text=sentence,
    )


def _funding(
    levels: Levels, standing: Standing, moment: Moment
) -> tuple[Levels, list[Alert]]:  # fmt: skip
    rate = standing.funding_8h
    if rate is None:
        return levels, []
    on = _limit(_EXTREME, _TIMES_FUNDING, levels.funding)
    latch, tell = turned(levels.extreme, abs(rate), on, _OVER * on, moment.now, 8 * _HOUR)
    levels = replace(levels, extreme=latch) if latch is not levels.extreme else levels
    if not tell:
        return levels, []
    usual = levels.funding.value if levels.funding.weight >= _LEARNED else None
    sentence = text.funding(rate, usual, caveats(standing, moment))
    return levels, [_alert(AlertKind.FUNDING, sentence, standing, moment)]


def _flip(levels: Levels, standing: Standing, moment: Moment) -> tuple[Levels, list[Alert]]:
    rate, before = standing.funding_8h, levels.rate
    if rate is None or abs(rate) < _SIGNED or blind(standing, moment):
        return levels, []
    turned_round = before * rate < 0
    resting = levels.flipped is not None and moment.now - levels.flipped < _HOUR
    if turned_round and resting:
        return levels, []
    levels = replace(levels, rate=rate, flipped=moment.now if turned_round else levels.flipped)
    if not turned_round:
        return levels, []
    return levels, [_alert(AlertKind.FLIP, text.flip(rate, before), standing, moment)]


def _interest(levels: Levels, standing: Standing, moment: Moment) -> tuple[Levels, list[Alert]]:
    if blind(standing, moment):
        return levels, []
    told: list[Alert] = []
    latches = list(levels.moved)
    for number, change in enumerate((standing.oi_5m, standing.oi_1h)):
        if change is None or levels.interest[number].weight < _SETTLED:
            continue
        window, least, times = _WINDOWS[number]
        on = _limit(least, times, levels.interest[number])
        latches[number], tell = turned(
            latches[number], abs(change), on, _OVER * on, moment.now, _HOUR
        )
        if tell:
            known = caveats(standing, moment)
            sentence = text.interest(change, window, standing.oi_usd, known)
            told.append(_alert(AlertKind.INTEREST, sentence, standing, moment))
    return replace(levels, moved=(latches[0], latches[1])), told
