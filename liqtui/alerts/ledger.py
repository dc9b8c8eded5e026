"""How right alerts were: precision, recall, lead and false alerts a day (docs/estimator.md 6.5).

What they should have told of is a burst, which no map has a say in: the liquidations of five
minutes on one side, more than in 99 of 100 such stretches of the last seven days and no less than
a floor; what begins within half an hour of another's end is the same one. An alert was right where
a burst on its side began within an hour and the price got to where it said.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from liqtui.alerts.policy import MINUTE
from liqtui.estimator.score.bootstrap import blocks, interval
from liqtui.model.market import Side

Floats = NDArray[np.float64]

HORIZON: Final = 60 * MINUTE
FLOOR: Final = 100_000.0
"""USD."""
_WINDOW: Final = 5
_TRAILING: Final = 7 * 1440
_LEAST: Final = 60
"""Minutes that must have been seen before anything is unusual."""
_SHARE: Final = 0.99
_APART: Final = 30
_DAY: Final = 1440 * MINUTE
_BLOCK: Final = 360 * MINUTE
_COURSE: Final = 10**9
"""Blocks; more than there are in one course."""


class Burst(Struct, frozen=True):
    """One side liquidated beyond its usual."""

    at: int
    """UTC ns: the end of the first minute that told it."""
    side: Side
    usd: float
    """Of the first five minutes."""


class Call(Struct, frozen=True):
    """An alert, as it is judged."""

    at: int
    """UTC ns."""
    side: Side
    level: float | None = None
    """Where the price was said to get to; None: nowhere."""


class Course(Struct, frozen=True, eq=False):
    """What happened, by the minute; entry ``n`` tells of the minute that begins at ``first + n``.

    Minutes without a price repeat the one before.
    """

    first: int
    """UTC minute."""
    usd: Floats
    """(2, n) liquidated, of longs and of shorts, corrected for what feeds do not show."""
    low: Floats
    high: Floats
    """(n,) of the price."""

    @property
    def end(self) -> int:
        """UTC ns."""
        return (self.first + self.low.size) * MINUTE


class Record(Struct, frozen=True):
    """How alerts did; what cannot be said is None.

    Each alert and each burst is kept with the number of its block of time, for intervals.
    """

    alerts: tuple[tuple[int, bool], ...]
    """Whether each was right."""
    bursts: tuple[tuple[int, float | None], ...]
    """Minutes from the first alert on its side in the hour before; None: there was none."""
    days: float

    @property
    def right(self) -> int:
        """Alerts that were."""
        return sum(right for _, right in self.alerts)

    @property
    def leads(self) -> list[float]:
        """Minutes from the first alert to the burst, of those that were told."""
        return [lead for _, lead in self.bursts if lead is not None]

    @property
    def precision(self) -> float | None:
        """Of the alerts, those that were right."""
        return self.right / len(self.alerts) if self.alerts else None

    @property
    def recall(self) -> float | None:
        """Of the bursts, those that were told."""
        return len(self.leads) / len(self.bursts) if self.bursts else None

    @property
    def false_a_day(self) -> float:
        """Alerts that were wrong, per day."""
        return (len(self.alerts) - self.right) / self.days if self.days else 0.0

    def lead(self, share: float = 0.5) -> float | None:
        """Return the minutes that this share of the leads does not exceed."""
        return float(np.quantile(self.leads, share)) if self.leads else None

    def intervals(self) -> tuple[tuple[float, float] | None, tuple[float, float] | None]:
        """Return the 95 % intervals of precision and recall, by blocks of time."""
        told = [(block, lead is not None) for block, lead in self.bursts]
        return _interval(self.alerts), _interval(told)


def _interval(found: Sequence[tuple[int, bool]]) -> tuple[float, float] | None:
    if not found:
        return None
    numbers, right = zip(*found, strict=True)
    return interval([float(one) for one in right], [1.0] * len(right), blocks(numbers, 1))


def bursts(course: Course, floor: float = FLOOR) -> list[Burst]:
    """Return the bursts of a course, in order of time."""
    found = [
        burst
        for number, side in enumerate(Side)
        for burst in _side(course.first, course.usd[number], side, floor)
    ]
    return sorted(found, key=lambda burst: burst.at)


def _side(first: int, usd: Floats, side: Side, floor: float) -> Iterable[Burst]:
    sums = np.convolve(usd, np.ones(_WINDOW))[: usd.size]
    last = -math.inf
    for n in np.flatnonzero(sums >= floor).tolist():
        before = sums[max(0, n - _TRAILING) : n]
        if before.size < _LEAST or sums[n] <= np.quantile(before, _SHARE):
            continue
        if n - last > _APART:
            yield Burst((first + n + 1) * MINUTE, side, float(sums[n]))
        last = n


def judged(calls: Sequence[Call], found: Sequence[Burst], course: Course, since: int) -> Record:
    """Judge alerts by what happened.

    Args:
        calls: of those before ``since``, and of those whose hour is not over at the course's end,
            nothing is said; nor of bursts then.
        found: the course's bursts.
        course: what happened.
        since: UTC ns from which on it is judged.
    """
    until = course.end - HORIZON
    own = [call for call in calls if since <= call.at <= until]
    due = [burst for burst in found if since < burst.at <= until]
    return Record(
        tuple((call.at // _BLOCK, _right(call, found, course)) for call in own),
        tuple((burst.at // _BLOCK, _lead(burst, calls, since)) for burst in due),
        max(until - since, 0) / _DAY,
    )


def _right(call: Call, found: Sequence[Burst], course: Course) -> bool:
    follows = (
        burst.side is call.side and call.at <= burst.at <= call.at + HORIZON for burst in found
    )
    return any(follows) and _reached(call, course)


def _reached(call: Call, course: Course) -> bool:
    if call.level is None:
        return True
    start = call.at // MINUTE - course.first
    hour = slice(max(start, 0), start + HORIZON // MINUTE + 1)
    if call.side is Side.LONG:
        return bool((course.low[hour] <= call.level).any())
    return bool((course.high[hour] >= call.level).any())


def _lead(burst: Burst, calls: Sequence[Call], since: int) -> float | None:
    told = (
        call.at
        for call in calls
        if call.side is burst.side
        and call.at >= since
        and burst.at - HORIZON <= call.at <= burst.at
    )
    first = min(told, default=None)
    return None if first is None else (burst.at - first) / MINUTE


def pooled(records: Iterable[Record]) -> Record:
    """Return the record of several courses together."""
    known = list(records)
    return Record(
        tuple((n * _COURSE + b, one) for n, r in enumerate(known) for b, one in r.alerts),
        tuple((n * _COURSE + b, one) for n, r in enumerate(known) for b, one in r.bursts),
        sum(one.days for one in known),
    )
