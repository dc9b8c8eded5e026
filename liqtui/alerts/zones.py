"""Estimated clusters over time: which of this second's is which of the last one's.

A peak of the map wanders by some bins as positions open and close, and goes away for a while; what
was told of it holds for it wherever it is now.
"""

import math
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from liqtui.alerts.policy import MINUTE, Moment
from liqtui.model.alert import Alert, AlertKind
from liqtui.model.market import Side
from liqtui.model.situation import Standing
from liqtui.model.snapshot import Cluster

_SAME: Final = 0.003
"""Log price by which it may have moved since it was last seen; two are 0.5 % apart."""
AT: Final = 0.0025
"""Fraction of price within which a peak is found, as scored."""
FIRED: Final = 0.2
"""Of what stands, where nothing is said of what fires: some get out in time."""
_GONE: Final = 30 * MINUTE
"""After which it is forgotten, if it was not seen."""


class Zone(Struct, frozen=True):
    """One cluster over time."""

    number: int
    """Its identity, within its coin."""
    cluster: Cluster
    """As last seen; once touched, as last seen before."""
    seen: int
    """UTC ns."""
    outside: bool = False
    """The price has been outside of it."""
    on: bool = False
    """It was told to be approached, and that is not over."""
    told: int | None = None
    """UTC ns of the last time that was told, and its distance and USD then."""
    distance: float = 0.0
    usd: float = 0.0
    touched: int | None = None
    """UTC ns."""
    open: float | None = None
    """The coin's open interest then, in base units."""
    came: float = 0.0
    """USD liquidated there since."""
    judged: bool = False
    """Whether it fired is known."""


def followed(
    known: tuple[Zone, ...], clusters: tuple[Cluster, ...], price: float, first: int, now: int
) -> tuple[Zone, ...]:
    """Return the zones as of now: those known, moved to where they are seen, and new ones.

    Args:
        known: the zones of before.
        clusters: seen now.
        price: of the coin.
        first: the number of the next new zone.
        now: UTC ns.
    """
    left = {zone.number: zone for zone in known if now - _last(zone) < _GONE}
    after: list[Zone] = []
    for cluster in clusters:
        zone = min(left.values(), key=lambda zone: apart(zone.cluster, cluster), default=None)
        if zone is None or apart(zone.cluster, cluster) > _SAME:
            zone, first = Zone(first, cluster, now), first + 1
        else:
            del left[zone.number]
        after.append(_moved(zone, cluster, price, now))
    return (*after, *left.values())


def _last(zone: Zone) -> int:
    return zone.seen if zone.touched is None else max(zone.seen, zone.touched)


def _moved(zone: Zone, cluster: Cluster, price: float, now: int) -> Zone:
    if zone.touched is not None:  # what stands there now was not what was said
        return replace(zone, seen=now)
    outside = zone.outside or not reached(cluster, price)
    return replace(zone, cluster=cluster, seen=now, outside=outside)


def apart(one: Cluster, other: Cluster) -> float:
    """Return how far apart two peaks are, in log price; those of two sides: infinitely."""
    return abs(math.log(one.price / other.price)) if one.side is other.side else math.inf


def reached(cluster: Cluster, price: float) -> bool:
    """Tell whether the price has got to a cluster: longs are met going down, shorts going up.

    To its edge, or as near to its peak as makes no difference where the edge is far.
    """
    if cluster.side is Side.LONG:
        return price <= min(cluster.high, cluster.price * (1 + AT))
    return price >= max(cluster.low, cluster.price * (1 - AT))


def alert(kind: AlertKind, zone: Zone, standing: Standing, moment: Moment, sentence: str) -> Alert:
    """Return an alert about a zone."""
    cluster = zone.cluster
    return Alert(
        at=moment.now,
        kind=kind,
        text=sentence,
        base=standing.base,
        about=f"{standing.base}-{cluster.side.value}-{zone.number}",
        side=cluster.side,
        price=cluster.price,
        usd=cluster.usd,
        distance=cluster.distance,
        chance=chance(cluster),
        band=cluster.band,
        tiers=cluster.tiers,
    )


def chance(cluster: Cluster) -> float | None:
    """Return the probability that the price gets there within an hour, None if unknown."""
    return cluster.touch[1] if len(cluster.touch) > 1 else None
