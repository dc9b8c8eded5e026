"""Times as they are typed: spans such as ``90s`` or ``1h30m``, and moments."""

import argparse
import re
from datetime import UTC, datetime, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

_SPAN: Final = re.compile(
    r"(?:([0-9.]{1,9})d)?(?:([0-9.]{1,9})h)?(?:([0-9.]{1,9})m)?(?:([0-9.]{1,9})s?)?"
)
_AGO: Final = re.compile(r"[0-9.]{1,9}[dhms].{0,40}")
_UNITS: Final = (86_400, 3600, 60, 1)
_LONGEST: Final = 100 * 366 * 86_400


def zone(name: str) -> tzinfo | None:
    """Return a time zone: ``utc``, ``local`` (None: this machine's) or an IANA name.

    Raises:
        KeyError: this machine knows no such zone.
        OSError: its file cannot be read.
        ValueError: no zone can have that name.
    """
    if name == "local":
        return None
    return UTC if name == "utc" else ZoneInfo(name)


def span(text: str) -> float:
    """Read a span: ``90``, ``90s``, ``10m``, ``1h30m``, ``2d``; return seconds above 0.

    Raises:
        ValueError: with what would be right.
    """
    found = _SPAN.fullmatch(text)
    parts = found.groups() if found else ()
    try:
        seconds = sum(float(part or 0) * unit for part, unit in zip(parts, _UNITS, strict=False))
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= _LONGEST:
        raise ValueError(f"{text!r} is no span of time: 90s, 10m, 1h30m or 2d")
    return seconds


def moment(text: str, *, after: int | None = None, before: int | None = None) -> int:
    """Read a moment; return UTC ns.

    Args:
        text: ISO 8601 (UTC where it does not say), UTC ms, or a span: with a plus, or ago.
        after: what ``+10m`` counts from, UTC ns; None: there is no such.
        before: what ``1d`` and ``-1d`` count back from.

    Raises:
        ValueError: with what would be right.
    """
    if before is not None and _AGO.fullmatch(text):
        return before - round(span(text) * 1e9)
    origin = {"+": after, "-": before}.get(text[:1])
    if origin is not None:
        return origin + round(span(text[1:]) * 1e9) * (1 if text[0] == "+" else -1)
    if text.isdecimal() and len(text) > len("20261120"):
        return int(text[:16]) * 1_000_000
    try:
        when = datetime.fromisoformat(text)
    except ValueError as error:
        spans = "+10m" if after is not None else "1d"
        raise ValueError(f"{text!r} is no time: {spans}, 2026-11-20T11:50 or UTC ms") from error
    return round((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() * 1e9)


def argument(text: str) -> float:
    """Read a span for argparse."""
    try:
        return span(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
