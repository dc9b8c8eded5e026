"""What is sent of an alert: one JSON object, from which every sink takes what it can carry."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from msgspec import Struct

from liqtui.model import wire
from liqtui.model.alert import Alert, AlertKind
from liqtui.model.text import inert

_WORDS: Final = ("text", "base", "about")
"""The fields that may hold what others wrote."""
_NAMED: Final = 5
"""Coins that a digest names."""
_LATE_S: Final = 300
"""Seconds after which a letter for people says its day and its age: it waited for something."""
_encode: Final = msgspec.json.Encoder().encode


class Letter(Struct, frozen=True):
    """One alert on its way."""

    id: str
    """The same at every try and after every restart: what a receiver knows a second one by."""
    body: bytes
    """A JSON object: the alert as the wire of events has it, with its id."""


def letter(alert: Alert, source: str = "live") -> Letter:
    """Return what is sent of an alert.

    Args:
        alert: what is told.
        source: ``live``; anything else is written in front of the text and as ``source``.
    """
    known: dict[str, Any] = msgspec.json.decode(wire.alert_line(alert))
    for key in _WORDS:
        if key in known:
            known[key] = inert(known[key])
    if source != "live":
        known |= {"source": source, "text": f"{source.upper()} {known['text']}"}
    return _named(known)


def _named(known: dict[str, Any]) -> Letter:
    # Its number counts from the start of a session: the same alert may have another after one.
    told = _encode({key: value for key, value in known.items() if key != "n"})
    name = f"alert_{hashlib.sha256(told).hexdigest()[:32]}"
    return Letter(name, _encode({"id": name, **known}))


def digest(held: Sequence[Letter], now: int) -> Letter:
    """Return one letter in the place of those held back: a single one as it is.

    Args:
        held: the oldest first; one at least.
        now: UTC ns.
    """
    if len(held) == 1:
        return held[0]
    told = [msgspec.json.decode(one.body) for one in held]
    kinds = Counter(one["kind"] for one in told).most_common()
    bases = sorted({one["base"] for one in told if "base" in one})
    largest = max(told, key=lambda one: one.get("usd", 0.0))
    at, coin = datetime.fromtimestamp(largest["ts"] / 1e3, UTC), largest.get("base", "")
    source = told[0].get("source", "")
    counted = ", ".join(f"{count} {kind}" for kind, count in kinds)
    about = f" of {', '.join(bases[:_NAMED])}{' and others' if len(bases) > _NAMED else ''}"
    sentence = (
        f"{len(held)} alerts while it was quiet: {counted}{about if bases else ''}; the largest, "
        f"at {at:%H:%M} UTC: {f'{coin}: ' if coin else ''}{largest['text']}"
    )
    return _named(
        {"type": "alert", "ts": now // 1_000_000, "kind": AlertKind.STORM.value}
        | ({"source": source} if source else {})
        | {
            "text": f"{source.upper()} {sentence}" if source else sentence,
            "held": [one.id for one in held],
        }
    )


def trial(now: int) -> Letter:
    """Return a letter that says it is only a test; ``now`` in UTC ns."""
    sentence = "of the way from liqtui to you: nothing has happened"
    return letter(Alert(at=now, kind=AlertKind.FEED, text=sentence, about="test"), "test")


class Message(Struct, frozen=True):
    """A letter for people."""

    title: str
    text: str


def message(sent: Letter, now: int) -> Message:
    """Return a letter in words; it says when it was, since it may come late.

    Args:
        sent: the letter.
        now: UTC ns; where it is long after that, the day and the age are said as well.
    """
    known = msgspec.json.decode(sent.body)
    base = known.get("base", "")
    about = f"{base} {known['kind']}" if base else known["kind"]
    coin = f"{base}: " if base else ""
    return Message(f"liqtui {about}", f"{_when(known['ts'], now)} {coin}{known['text']}")


def _when(ms: int, now: int) -> str:
    """Return a moment as people are told it.

    >>> _when(50_641_000, 50_700 * 10**9), _when(50_641_000, 140_641 * 10**9)
    ('14:04:01 UTC', '1970-01-01 14:04:01 UTC (25 h ago)')
    """
    moment, late = datetime.fromtimestamp(ms / 1e3, UTC), now / 1e9 - ms / 1e3
    if late < _LATE_S:
        return f"{moment:%H:%M:%S} UTC"
    age = f"{late / 60:.0f} min" if late < 5400 else f"{late / 3600:.0f} h"
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC ({age} ago)"
