"""The price may soon get to an estimated cluster.

It is told when the probability that the price gets there within an hour, times the USD expected to
fire there, reaches four fifths of what five minutes in a hundred exceed on that side, and that
probability three tenths (docs/estimator.md 4.8). It is not told again before it has been well below
that and the pause is over, unless it is half as far away or twice as large.

A fact rather than a warning. The threshold was chosen for the most bursts told at no more than two
false alerts a day and coin, on made markets of 48 hours (seeds 1, 2, 4; 40 bursts in 5.5 days,
looked at once a minute): a burst followed within the hour and the price got there after .44 of 16
(95 %: .28 to .58), .15 of the bursts were told, 1.6 false a day; by dice at as many .14 and .03, by
the price's move alone .29 and .05. On wilder days (seeds 11, 12; 66 bursts in 11.2 days; measured
once) that did NOT hold: .20 of 51 (.04 to .35), .12 of the bursts, 3.7 false a day; dice .13 and
.11, the move .21 and .15. What held is the touch: the price got there after 32 of the 51, 23 by the
sum of the probabilities told (8 of 16, 7.6, on the days it was chosen on).
"""

import math
from typing import Final

from msgspec.structs import replace

from liqtui.alerts import text
from liqtui.alerts.flows import Flows, usual
from liqtui.alerts.policy import MINUTE, Moment, caveats
from liqtui.alerts.zones import FIRED, Zone, alert, apart, chance
from liqtui.model.alert import Alert, AlertKind
from liqtui.model.situation import Standing
from liqtui.model.snapshot import Cluster

PAUSE: Final = 30 * MINUTE
_TOLD_AT: Final = 0.8
"""Times what five minutes in a hundred exceed."""
_LEAST_CHANCE: Final = 0.30
"""However large: what will hardly be reached is no news."""
_OVER: Final = 1 / 1.5
"""Of what it takes to be told: below, it is over."""
_NEAR: Final = 0.005
"""From the price: this near counts where the method tells no probability."""
_NEXT: Final = 0.006
"""Log price within which peaks are one pile to whoever reads of them."""
_NEAREST: Final = 0.001
"""Nearer than this, half as far is no news."""
_FARTHEST: Final = 4 * 3600.0
"""Seconds; nobody can say when a longer way ends."""

_WORDS: Final = ("low", "medium", "high")


def urgency(cluster: Cluster, usual: float, reserve: float = 1.0) -> float:
    """Return how much a cluster is worth telling: from 1 on it is.

    Args:
        cluster: as seen now.
        usual: USD of its side that five minutes in a hundred exceed.
        reserve: `Policy.reserve`.
    """
    likely = chance(cluster)
    if likely is None:
        return cluster.usd / usual if abs(cluster.distance) <= _NEAR else 0.0
    fires = FIRED * cluster.usd if cluster.expected is None else cluster.expected
    return min(likely * fires / (_TOLD_AT * usual), likely / _LEAST_CHANCE) / reserve


def observed(zone: Zone, usual: float, now: int, reserve: float = 1.0) -> tuple[Zone, bool]:
    """Take in a zone's present distance and size; return it and whether to tell.

    Args:
        zone: with its cluster as seen now.
        usual: as in `urgency`.
        now: UTC ns.
        reserve: `Policy.reserve`.
    """
    worth = urgency(zone.cluster, usual, reserve)
    if worth < _OVER:
        return (replace(zone, on=False) if zone.on else zone), False
    if worth < 1.0 or zone.cluster.usd < usual:
        return zone, False
    resting = zone.on or (zone.told is not None and now - zone.told < PAUSE)
    if resting and not _escalated(zone):
        return zone, False
    away = abs(zone.cluster.distance)
    return replace(zone, on=True, told=now, distance=away, usd=zone.cluster.usd), True


def _escalated(zone: Zone) -> bool:
    halved = abs(zone.cluster.distance) <= zone.distance / 2 and zone.distance / 2 >= _NEAREST
    return halved or zone.cluster.usd >= 2 * zone.usd


def advance(
    known: tuple[Zone, ...], standing: Standing, moment: Moment, flows: Flows, speed: float | None
) -> tuple[tuple[Zone, ...], list[Alert]]:
    """Look at the zones that are seen now; return them as they are then, and what to tell.

    Args:
        known: of one coin.
        standing: the coin.
        moment: now.
        flows: its own: they say what is usual.
        speed: log price a second; None: unknown.
    """
    after, told = [], []
    for zone in known:
        if zone.touched is not None or zone.seen != moment.now or not zone.outside:
            after.append(zone)
            continue
        own = usual(flows.of(zone.cluster.side), standing, moment)
        new, tell = observed(zone, own, moment.now, moment.policy.reserve)
        after.append(new)
        if tell and not _beside(zone, known, moment.now):
            told.append(_told(new, standing, moment, speed, before=zone))
    return tuple(after), told


def _beside(zone: Zone, known: tuple[Zone, ...], now: int) -> bool:
    """Tell whether one next to it, hardly smaller, was told a moment ago: peaks part and merge."""
    return any(
        other.number != zone.number
        and other.told is not None
        and now - other.told < PAUSE
        and zone.cluster.usd < 2 * other.usd
        and apart(zone.cluster, other.cluster) < _NEXT
        for other in known
    )


def _told(
    zone: Zone, standing: Standing, moment: Moment, speed: float | None, *, before: Zone
) -> Alert:
    cluster, known = zone.cluster, caveats(standing, moment)
    eta, sure = arrival(cluster, speed), confidence(cluster)
    sentence = text.approaching(cluster, eta, sure, known, _said(zone, before))
    found = alert(AlertKind.APPROACH, zone, standing, moment, sentence)
    return replace(found, eta_s=eta, confidence=sure, again=before.told is not None)


def _said(zone: Zone, before: Zone) -> str:
    if before.told is None:
        return "Approaching"
    if 2 * zone.distance <= before.distance:
        return "Closer to"
    return "Approaching, now larger:" if zone.usd >= 2 * before.usd else "Approaching again:"


def arrival(cluster: Cluster, speed: float | None) -> float | None:
    """Return the seconds until the price is there if it goes on; None where it does not."""
    way = math.log1p(cluster.distance)
    if not speed or way / speed <= 0 or way / speed > _FARTHEST:
        return None
    return way / speed


def confidence(cluster: Cluster) -> str:
    """Return how sure a cluster is: the lesser of what its band and its record say.

    The record: how often clusters fired that were as sure. Empty where neither is known.

    >>> from liqtui.model.market import Side
    >>> at = Cluster(Side.LONG, 61480.0, 61400.0, 61500.0, 47e6, -0.01, band=(31e6, 66e6))
    >>> confidence(at), confidence(replace(at, confidence=0.2))
    ('medium', 'low')
    """
    grades = [*_width(cluster.band), *_record(cluster.confidence)]
    return _WORDS[min(grades)] if grades else ""


def _width(band: tuple[float, float] | None) -> list[int]:
    if band is None:
        return []
    low, high = band
    return [2 if high <= 1.5 * low else 1 if high <= 4.0 * low else 0]


def _record(sure: float | None) -> list[int]:
    return [] if sure is None else [2 if sure >= 2 / 3 else 1 if sure >= 1 / 3 else 0]
