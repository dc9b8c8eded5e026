"""The price got to an estimated cluster: did it fire?"""

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from liqtui.alerts import text
from liqtui.alerts.policy import MINUTE, SECOND, Moment, blind, caveats
from liqtui.alerts.zones import FIRED, Zone, alert, chance, reached
from liqtui.model.alert import Alert, AlertKind
from liqtui.model.market import Side
from liqtui.model.situation import Standing
from liqtui.model.snapshot import Cluster, TapeRow

JUDGED: Final = 15 * MINUTE
_TRICKLE: Final = 0.05
_VANISHING: Final = 2 * MINUTE
"""The map loses a cluster as the price comes: so long after it was last seen it can be touched."""
_WIDER: Final = 0.005
"""Fraction by which a print may lie outside the cluster: bankruptcy prices do."""


def advance(
    known: tuple[Zone, ...],
    standing: Standing,
    price: float,
    prints: Sequence[TapeRow],
    moment: Moment,
    least: float,
) -> tuple[tuple[Zone, ...], list[Alert]]:
    """Look where the price is; return the zones as they are then, and what to tell.

    Args:
        known: of one coin, as seen a second ago.
        standing: the coin.
        price: its price.
        prints: its own, of this second.
        moment: now.
        least: USD from which on a cluster of this coin counts that was not told to be near.
    """
    after, told = [], []
    for zone in known:
        new, alerts = _at(zone, standing, price, prints, moment, least)
        after.append(new)
        told += alerts
    return tuple(after), told


def _at(
    zone: Zone,
    standing: Standing,
    price: float,
    prints: Sequence[TapeRow],
    moment: Moment,
    least: float,
) -> tuple[Zone, list[Alert]]:
    if zone.judged:
        return zone, []
    told: list[Alert] = []
    if zone.touched is None:
        there = zone.outside and reached(zone.cluster, price)
        if not there or moment.now - zone.seen > _VANISHING:
            return zone, []
        counts = zone.cluster.usd >= least or _stands_as_told(zone)
        held = _open(standing, price)
        zone = replace(zone, touched=moment.now, open=held, on=False, judged=not counts)
        if not counts:
            return zone, []
        told.append(_touched(zone, standing, moment))
    zone, verdict = _judged(zone, standing, price, prints, moment)
    return zone, told + verdict


def _open(standing: Standing, price: float) -> float | None:
    return standing.oi_usd / price if standing.oi_usd else None


def _stands_as_told(zone: Zone) -> bool:
    """Tell whether it was told to be near, and most of it has not gone since."""
    return zone.told is not None and zone.cluster.usd >= zone.usd / 2


def _touched(zone: Zone, standing: Standing, moment: Moment) -> Alert:
    sentence = text.touched(zone.cluster, chance(zone.cluster), caveats(standing, moment))
    return alert(AlertKind.TOUCHED, zone, standing, moment, sentence)


def _judged(
    zone: Zone, standing: Standing, price: float, prints: Sequence[TapeRow], moment: Moment
) -> tuple[Zone, list[Alert]]:
    assert zone.touched is not None
    lasted = moment.now - zone.touched
    came = sum(row.notional or 0.0 for row in prints if _of(zone, row))
    zone = replace(zone, came=zone.came + came) if came else zone
    if zone.came >= enough(zone.cluster):
        known = caveats(standing, moment)
        sentence = text.fired(zone.cluster, zone.came, lasted / SECOND, known)
        found = alert(AlertKind.FIRED, zone, standing, moment, sentence)
        return replace(zone, judged=True), [replace(found, usd=zone.came)]
    if lasted < JUDGED:
        return zone, []
    zone = replace(zone, judged=True)
    if blind(standing, moment):  # what was not heard may have fired
        return zone, []
    held = _open(standing, price)
    change = held / zone.open - 1.0 if held and zone.open else None
    sentence = text.failed(zone.cluster, zone.came, lasted / SECOND, change)
    found = alert(AlertKind.FAILED, zone, standing, moment, sentence)
    return zone, [replace(found, usd=zone.came)]


def enough(cluster: Cluster) -> float:
    """Return the USD from which on a cluster has fired: half of what was expected to, as scored.

    Where next to nothing was expected, a trickle is no success: nearly all of it melted.
    """
    if cluster.expected is None:
        return FIRED * cluster.usd
    return max(0.5 * cluster.expected, _TRICKLE * cluster.usd)


def _of(zone: Zone, row: TapeRow) -> bool:
    cluster = zone.cluster
    inside = cluster.low * (1 - _WIDER) <= row.price <= cluster.high * (1 + _WIDER)
    return row.side is cluster.side and inside


def lately(known: Sequence[Zone], side: Side, now: int) -> Zone | None:
    """Return the zone of a side that was touched last, if that was lately and it counted."""
    touched = [
        (zone.touched, zone.number, zone)
        for zone in known
        if zone.cluster.side is side and zone.touched is not None and (zone.came or not zone.judged)
    ]
    at, _, zone = max(touched, default=(0, 0, None))
    return zone if zone is not None and now - at < JUDGED else None
