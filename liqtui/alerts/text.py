"""The sentences: what is seen, with its evidence; what is not known is left out.

None of them says where the price will go. Words from the network (a venue's reason) are cut short
and cleaned; nothing else in them is text that others wrote.
"""

import math
from collections.abc import Iterable, Sequence

from liqtui.model.alert import Alert
from liqtui.model.market import Side
from liqtui.model.situation import Ahead, VenueState
from liqtui.model.snapshot import Cluster
from liqtui.model.text import plain

_UNITS = (("T", 1e12), ("B", 1e9), ("M", 1e6), ("k", 1e3))
_REASON = 80
_SOME, _LITTLE = 0.005, 0.05
_VERDICTS = ((_LITTLE, "Fired in part"), (_SOME, "Hardly fired"), (0.0, "Did not fire"))
"""By the share of a cluster that fired at least."""


def digits(value: float) -> tuple[str, str]:
    """Return two significant digits and a unit.

    >>> digits(46_800_000.0), digits(4_130_000.0), digits(999_600.0), digits(120.0)
    (('47', 'M'), ('4.1', 'M'), ('1.0', 'M'), ('120', ''))
    """
    for unit, one in _UNITS:
        if value >= one * 0.9995:
            shown = value / one
            return f"{shown:.{1 if shown < 9.95 else 0}f}", unit
    return f"{value:.0f}", ""


def usd(value: float) -> str:
    """Return an amount of USD.

    >>> usd(46_800_000.0)
    '$47M'
    """
    return "$" + "".join(digits(value))


def between(low: float, high: float) -> str:
    """Return a range of USD.

    >>> between(31e6, 66e6), between(0.5e6, 1.2e9)
    ('$31–66M', '$500k–1.2B')
    """
    (first, unit), (last, other) = digits(low), digits(high)
    return f"${first}{unit if unit != other else ''}–{last}{other}"


def price(value: float) -> str:
    """Return a price with five significant digits, thousands apart.

    >>> price(61_480.2), price(3021.44), price(0.000012345)
    ('$61,480', '$3,021.4', '$0.000012345')
    """
    places = max(0, 4 - math.floor(math.log10(value))) if value > 0 else 0
    return f"${value:,.{min(places, 12)}f}"


def percent(fraction: float) -> str:
    """Return the size of a fraction.

    >>> percent(-0.0092), percent(0.123)
    ('0.9%', '12%')
    """
    size = abs(fraction) * 100
    return f"{size:.{1 if size < 10 else 0}f}%"


def lasting(seconds: float) -> str:
    """Return a stretch of time.

    >>> lasting(40.0), lasting(720.0), lasting(9000.0)
    ('40 s', '12 min', '2.5 h')
    """
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5970 else f"{seconds / 3600:.1f} h"


def with_evidence(sentence: str, evidence: Iterable[str]) -> str:
    """Return a sentence with what is known of its evidence in brackets."""
    known = ", ".join(part for part in evidence if part)
    return f"{sentence} ({known})" if known else sentence


def pool(cluster: Cluster) -> str:
    """Return what a cluster is and where."""
    side = cluster.side.value
    return f"estimated {usd(cluster.usd)} {side}-liquidation cluster at {price(cluster.price)}"


def approaching(
    cluster: Cluster,
    eta_s: float | None,
    confidence: str,
    caveats: Iterable[str] = (),
    said: str = "Approaching",
) -> str:
    """Say that the price may soon get to a cluster.

    Args:
        cluster: with what is known of it.
        eta_s: seconds at the present speed; None where the price does not move towards it.
        confidence: in the amount; empty: unknown.
        caveats: what is not heard.
        said: how, where it was said before.
    """
    where = "below" if cluster.distance < 0 else "above"
    feeds = cluster.branching is not None and cluster.branching >= 1.0  # it may feed itself
    evidence = (
        f"{percent(cluster.distance)} {where}",
        "" if eta_s is None else f"~{lasting(eta_s)} at current speed",
        "/".join(f"{tier}x" for tier in cluster.tiers),
        f"P(touch 1h) {cluster.touch[1]:.0%}" if len(cluster.touch) > 1 else "",
        "" if cluster.expected is None else f"then {usd(cluster.expected)} expected to fire",
        f"band {between(*cluster.band)}" if cluster.band else "",
        f"branching ≥{cluster.branching:.1f}" if feeds else "",
        f"confidence {confidence}" if confidence else "",
        *caveats,
    )
    return with_evidence(f"{said} {pool(cluster)}", evidence)


def touched(cluster: Cluster, chance: float | None, caveats: Iterable[str] = ()) -> str:
    """Say that the price has got to a cluster."""
    said = "" if chance is None else f"P(touch 1h) was {chance:.0%}"
    return with_evidence(f"Price reached the {pool(cluster)}", (said, *caveats))


def fired(cluster: Cluster, came: float, seconds: float, caveats: Iterable[str] = ()) -> str:
    """Say how much of a cluster was liquidated."""
    share = f"{came / cluster.usd:.0%} of what stood there by the estimate"
    told = f"Fired: ≥{usd(came)} of {cluster.side.value}s liquidated at {price(cluster.price)}"
    soon = f"within {lasting(seconds)}" if seconds >= 1 else "at once"
    return with_evidence(told, (share, soon, *caveats))


def failed(cluster: Cluster, came: float, seconds: float, change: float | None = None) -> str:
    """Say that a cluster was touched and not enough of it fired, and what became of the rest.

    Args:
        cluster: as it was before.
        came: USD of it that was liquidated.
        seconds: since the touch.
        change: of open interest since then, a fraction; None: unknown.
    """
    share = came / cluster.usd
    verdict = next(word for least, word in _VERDICTS if share >= least)
    part = f" ({share:.0%})" if share >= _SOME else ""
    told = (
        f"{verdict}: {lasting(seconds)} after the touch ≥{usd(came)}{part} of the "
        f"{usd(cluster.usd)} of {cluster.side.value}s estimated at {price(cluster.price)} was "
        f"liquidated; the rest was closed in time or never stood there"
    )
    known = "" if change is None else f"open interest {change:+.1%} since"
    return with_evidence(told, (known,))


def burst(
    side: Side, came: float, usual: str, seconds: float, caveats: Iterable[str] = (),
) -> str:  # fmt: skip
    """Say that one side is being liquidated beyond its usual."""
    began = f"for {lasting(seconds)}" if seconds >= 60 else ""
    told = f"Burst: ≥{usd(came)} of {side.value}s liquidated in 5 min"
    return with_evidence(told, (usual, began, *caveats))


def likely(ahead: Ahead, moved: float, caveats: Iterable[str] = ()) -> str:
    """Say that much is expected to be liquidated; where, and on what that rests."""
    way = "below" if ahead.side is Side.LONG else "above"
    evidence = (
        f"{percent(ahead.distance)} away",
        f"{usd(ahead.stands)} stand within 2%",
        f"price {moved:+.1%} in 15 min",
        *caveats,
    )
    told = (
        f"Cascade possible {way} {price(ahead.price)}: estimated {usd(ahead.usd)} of "
        f"{ahead.side.value}s liquidated within the hour"
    )
    return with_evidence(told, evidence)


def cascade(side: Side, came: float, at: float) -> str:
    """Say that a touched cluster and a burst meet."""
    told = f"Cascade under way: ≥{usd(came)} of {side.value}s liquidated in 5 min"
    return f"{told} after the price reached the estimated cluster at {price(at)}"


def large(side: Side, came: float, at: float, venue: str, usual: str) -> str:
    """Say that one large liquidation was published."""
    told = f"Large {side.value} liquidation: {usd(came)} at {price(at)} on {venue}"
    return with_evidence(told, (usual,))


def funding(rate: float, usual: float | None, caveats: Iterable[str] = ()) -> str:
    """Say that funding is extreme; who pays is a fact, not a forecast."""
    payer = "longs pay" if rate > 0 else "shorts pay"
    known = "" if not usual else f"{abs(rate) / usual:.0f}× its usual size"
    return with_evidence(f"Funding {rate * 100:+.3f}% per 8h: {payer}", (known, *caveats))


def flip(rate: float, before: float) -> str:
    """Say that funding changed its sign."""
    payer = "longs" if rate > 0 else "shorts"
    return f"Funding flipped: {payer} pay now ({rate * 100:+.3f}% per 8h, was {before * 100:+.3f}%)"


def interest(change: float, window: str, held: float | None, caveats: Iterable[str] = ()) -> str:
    """Say that open interest jumped or dropped."""
    verb = "up" if change > 0 else "down"
    now = "" if held is None else f"now {usd(held)}"
    return with_evidence(f"Open interest {verb} {percent(change)} in {window}", (now, *caveats))


def venue(state: VenueState, *, well: bool = False) -> str:
    """Say how a venue is heard."""
    if well:
        return f"{state.title} is heard again"
    reason = f": {plain(state.reason, _REASON)}" if state.reason else ""
    return f"{state.title} {state.state.value}{reason}"


def confidence(reason: str) -> str:
    """Say that the estimate is not to be trusted any more, or is again."""
    if not reason:
        return "Estimate trusted again"
    return f"Estimate not to be trusted: {plain(reason, _REASON)}"


def storm(held: Sequence[Alert]) -> str:
    """Sum alerts that were held back."""
    if len(held) == 1:
        return f"One more alert: {held[0].line}"
    kinds: dict[str, int] = {}
    for alert in held:
        kinds[alert.kind.value] = kinds.get(alert.kind.value, 0) + 1
    counted = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    bases = sorted({alert.base for alert in held if alert.base})
    named = ", ".join(bases[:5]) + (" and others" if len(bases) > 5 else "")
    largest = max((alert.usd or 0.0 for alert in held), default=0.0)
    size = f"largest {usd(largest)}" if largest else ""
    return with_evidence(f"Storm: {len(held)} more alerts", (counted, named, size))
