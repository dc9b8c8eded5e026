"""The alerts that say what comes, beside what they have to beat, over one recorded course.

Each is tried at several thresholds at once, with the same pause and hysteresis: ours, and three
that know little: the price moved by so much in a quarter of an hour, it is so near a cluster of
the calibrated OI-candle map, and the dice (docs/estimator.md 6.5).
"""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from msgspec import Struct

from liqtui.alerts import rules
from liqtui.alerts.latch import Latch, turned
from liqtui.alerts.ledger import Burst, Call, Course, Record, bursts, judged, pooled
from liqtui.alerts.policy import MINUTE
from liqtui.alerts.state import State
from liqtui.alerts.zones import AT
from liqtui.model.alert import Alert, AlertKind, Policy
from liqtui.model.market import Side
from liqtui.model.situation import Situation, Standing
from liqtui.model.snapshot import Cluster

OURS: Final = "liqtui"
RESERVES: Final = tuple(2.0 ** (n / 2) for n in range(4, -5, -1))
"""Of `Policy.reserve`; 1 is what is in force."""
_MOVES: Final = tuple(np.geomspace(0.001, 0.05, 30).tolist())
_DISTANCES: Final = tuple(np.geomspace(0.0002, 0.03, 30).tolist())
_RATES: Final = tuple(np.geomspace(0.5, 100.0, 30).tolist())
"""Alerts a day."""
_DRAWS: Final = 20
_OVER: Final = 1 / 1.5
_PAUSE: Final = 30 * MINUTE
_SAYING: Final = frozenset({AlertKind.APPROACH, AlertKind.LIKELY})


class Point(Struct, frozen=True):
    """One method at one threshold."""

    method: str
    threshold: float
    record: Record


class _Rival:
    """Tells when a number of a side reaches a threshold.

    Args:
        thresholds: each is tried.
    """

    def __init__(self, thresholds: Sequence[float]) -> None:
        self.calls: dict[float, list[Call]] = {one: [] for one in thresholds}
        self._latches = {(one, side): Latch() for one in thresholds for side in Side}

    def see(self, side: Side, value: float, level: float | None, now: int) -> None:
        """Take in what was measured for one side, 0 or more."""
        for threshold, calls in self.calls.items():
            key, worth = (threshold, side), value / threshold
            self._latches[key], tell = turned(self._latches[key], worth, 1.0, _OVER, now, _PAUSE)
            if tell:
                calls.append(Call(now, side, level))


class Trial:
    """See the module; of one coin."""

    def __init__(self) -> None:
        self._policies = {one: Policy(kinds=_SAYING, most=10_000, reserve=one) for one in RESERVES}
        self._states = dict.fromkeys(RESERVES, State())
        self.told: dict[float, list[Alert]] = {one: [] for one in RESERVES}
        self._moved, self._near = _Rival(_MOVES), _Rival([1 / one for one in _DISTANCES])
        self._since: int | None = None
        """UTC ns from which on the estimate could be trusted: all are judged from then on."""

    def look(self, situation: Situation, simple: Sequence[Cluster]) -> None:
        """Take in a situation of the coin alone.

        Args:
            situation: later than the one before.
            simple: clusters of the simple map.
        """
        (standing,) = situation.standings
        for reserve, policy in self._policies.items():
            state, told = rules.advance(self._states[reserve], situation, policy)
            self._states[reserve] = state
            self.told[reserve] += told
        if standing.price is None or standing.warming:
            return
        self._since = self._since or situation.at
        for side in Side:
            self._see(side, standing, simple, situation.at)

    def _see(self, side: Side, standing: Standing, simple: Sequence[Cluster], now: int) -> None:
        towards = -standing.moved if side is Side.LONG else standing.moved
        self._moved.see(side, max(towards, 0.0), None, now)
        own = [one for one in simple if one.side is side]
        if own:
            nearest = min(own, key=lambda one: abs(one.distance))
            level = reaching(side, nearest.price)
            self._near.see(side, 1 / max(abs(nearest.distance), 1e-6), level, now)

    def points(self, course: Course, seed: int = 0) -> list[Point]:
        """Return how each method did at each of its thresholds; empty if nothing can be said."""
        since, found = self._since, bursts(course)
        if since is None:
            return []

        def all_of(name: str, tried: Iterable[tuple[float, list[Call]]]) -> list[Point]:
            return [Point(name, one, judged(calls, found, course, since)) for one, calls in tried]

        ours = ((one, [_call(alert) for alert in told]) for one, told in self.told.items())
        near = ((1 / one, calls) for one, calls in self._near.calls.items())
        return [
            *all_of(OURS, ours),
            *all_of("moved", self._moved.calls.items()),
            *all_of("near", near),
            *_random(found, course, since, np.random.default_rng(seed)),
        ]


def reaching(side: Side, price: float) -> float:
    """Return where the price has got to a cluster with this peak."""
    return price * (1 + AT) if side is Side.LONG else price * (1 - AT)


def _call(alert: Alert) -> Call:
    assert alert.side is not None
    assert alert.price is not None
    approach = alert.kind is AlertKind.APPROACH
    return Call(
        alert.at, alert.side, reaching(alert.side, alert.price) if approach else alert.price
    )


def _random(
    found: Sequence[Burst], course: Course, since: int, dice: np.random.Generator
) -> list[Point]:
    """Return alerts at random times on random sides; the mean of several draws, as one record."""
    points = []
    days = max(course.end - since, 0) / (1440 * MINUTE)
    for rate in _RATES:
        drawn = (_drawn(rate * days, since, course.end, dice) for _ in range(_DRAWS))
        records = [judged(calls, found, course, since) for calls in drawn]
        points.append(Point("random", rate, pooled(records)))
    return points


def _drawn(count: float, since: int, until: int, dice: np.random.Generator) -> list[Call]:
    number = int(dice.poisson(count))
    times = np.sort(dice.integers(since, max(until, since + 1), number)).tolist()
    sides = dice.integers(0, 2, number).tolist()
    both = tuple(Side)
    return [Call(at, both[side]) for at, side in zip(times, sides, strict=True)]


def together(trials: Iterable[Sequence[Point]]) -> list[Point]:
    """Return the points of several courses as if they were one."""
    records: dict[tuple[str, float], list[Record]] = {}
    for points in trials:
        for point in points:
            records.setdefault((point.method, point.threshold), []).append(point.record)
    return [Point(*key, pooled(found)) for key, found in records.items()]


def rivals(points: Sequence[Point], false_a_day: float) -> list[Point]:
    """Return each other method's best point that has no more false alarms."""
    found: dict[str, Point] = {}
    for point in points:
        if point.method == OURS or point.record.false_a_day > false_a_day:
            continue
        best = found.get(point.method)
        if best is None or _rank(point) > _rank(best):
            found[point.method] = point
    return list(found.values())


def _rank(point: Point) -> tuple[float, float]:
    return point.record.recall or 0.0, point.record.precision or 0.0
