"""What a person does not want to hear: muted coins, kinds and venues, and what was acknowledged.

What is silenced is told all the same, marked as hushed: it is kept in the log and disturbs nobody.
"""

from collections.abc import Mapping, Sequence
from typing import Final, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from liqtui.alerts.policy import MINUTE
from liqtui.model.alert import Alert, AlertKind

T = TypeVar("T")
_GRAVER: Final = (AlertKind.APPROACH, AlertKind.TOUCHED, AlertKind.FIRED, AlertKind.CASCADE)
"""What happens to one cluster, in this order."""
_RESTS: Final = 4 * 60 * MINUTE
"""For which an acknowledgement holds: later it is another story."""
_MOST: Final = 200
"""Of each that are kept, the newest."""


class Acknowledged(Struct, frozen=True):
    """What was known of a subject when it was acknowledged."""

    at: int
    """UTC ns."""
    rank: int
    usd: float | None = None
    distance: float | None = None


class Silence(Struct, frozen=True):
    """What is silenced."""

    mutes: Mapping[str, int] = {}
    """A coin, a kind or a venue to the UTC ns until which it is muted; empty: everything."""
    acks: Mapping[str, Acknowledged] = {}
    """By what alerts are about."""


def muted(silence: Silence, what: str, until: int) -> Silence:
    """Return it with a coin, kind or venue muted until a moment (UTC ns); 0: muted no more."""
    mutes = {name: end for name, end in silence.mutes.items() if name != what}
    if until:
        mutes[what] = until
    return replace(silence, mutes=_newest(mutes))


def acknowledged(silence: Silence, alert: Alert, now: int) -> Silence:
    """Return it with what an alert is about silenced until that escalates."""
    if not alert.about:
        return silence
    acks = {name: ack for name, ack in silence.acks.items() if name != alert.about}
    away = None if alert.distance is None else abs(alert.distance)
    acks[alert.about] = Acknowledged(now, _rank(alert), alert.usd, away)
    return replace(silence, acks=_newest(acks))


def applied(
    silence: Silence, told: Sequence[Alert], now: int
) -> tuple[Silence, list[Alert]]:  # fmt: skip
    """Mark what is silenced; return what is from now on, and the alerts."""
    silence = _lasting(silence, now)
    marked: list[Alert] = []
    for alert in told:
        ack = silence.acks.get(alert.about)
        if ack is not None and (alert.well or _escalated(ack, alert)):
            left = {name: one for name, one in silence.acks.items() if name != alert.about}
            silence, ack = replace(silence, acks=left), None
        marked.append(replace(alert, hushed=_why(silence, alert, ack)))
    return silence, marked


def _why(silence: Silence, alert: Alert, ack: Acknowledged | None) -> str:
    names = ("", alert.base or None, alert.kind.value, alert.venue or None)
    if any(name in silence.mutes for name in names if name is not None):
        return "muted"
    return "acknowledged" if ack is not None else ""


def _escalated(ack: Acknowledged, alert: Alert) -> bool:
    """Tell whether it is graver, twice as large, or half as far away."""
    if _rank(alert) > ack.rank:
        return True
    if ack.usd is not None and alert.usd is not None and alert.usd >= 2 * ack.usd:
        return True
    known = ack.distance is not None and alert.distance is not None
    return known and abs(alert.distance or 0.0) <= (ack.distance or 0.0) / 2


def _rank(alert: Alert) -> int:
    return _GRAVER.index(alert.kind) if alert.kind in _GRAVER else 0


def _lasting(silence: Silence, now: int) -> Silence:
    """Return it without what is over; the same where nothing is."""
    mutes = {name: end for name, end in silence.mutes.items() if end > now}
    acks = {name: ack for name, ack in silence.acks.items() if now - ack.at < _RESTS}
    if len(mutes) == len(silence.mutes) and len(acks) == len(silence.acks):
        return silence
    return Silence(mutes, acks)


def _newest(kept: dict[str, T]) -> dict[str, T]:
    return dict(list(kept.items())[-_MOST:])
