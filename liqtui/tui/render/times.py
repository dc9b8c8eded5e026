"""Moments and stretches of time as people read them."""

from datetime import UTC, datetime
from typing import Final

from liqtui import times
from liqtui.tui.render.glyphs import DASH

SECOND: Final = 1_000_000_000
HOUR: Final = 3600 * SECOND
_FIRST, _LAST = 0, 253_402_300_000 * SECOND


class UnknownZoneError(ValueError):
    """A time zone this machine does not know."""


class Zone:
    """The time zone of everything on the screen."""

    def __init__(self, name: str) -> None:
        """Take ``utc``, ``local`` or an IANA name.

        Raises:
            UnknownZoneError: this machine knows no such zone.
        """
        self.name = name
        try:
            self._zone = times.zone(name)
        except (KeyError, OSError, ValueError) as bad:
            raise UnknownZoneError(f"no time zone {name!r}") from bad

    def moment(self, at: int) -> datetime:
        """Return UTC ns as a date and time here."""
        seconds = min(max(at, _FIRST), _LAST) / SECOND
        return datetime.fromtimestamp(seconds, UTC).astimezone(self._zone)

    def clock(self, at: int) -> str:
        """Return ``12:04:31``."""
        return f"{self.moment(at):%H:%M:%S}"

    def label(self, at: int) -> str:
        """Return the zone as it is called at that moment: ``UTC``, ``CET``, ``+0530``."""
        name = f"{self.moment(at):%Z}"
        return name if name.isascii() and len(name) <= 6 else f"{self.moment(at):%z}"


def age(ns: int | None) -> str:
    """Return how long something lasts, in its largest unit.

    >>> age(12 * SECOND), age(3 * 3600 * SECOND), age(None), age(-5)
    ('12s', '3h', '—', '0s')
    """
    if ns is None:
        return DASH
    seconds = max(0, ns) // SECOND
    for unit, one in (("d", 86_400), ("h", 3600), ("m", 60)):
        if seconds >= one:
            return f"{seconds // one}{unit}"
    return f"{seconds}s"


def countdown(ns: int | None) -> str:
    """Return what is left as hours, minutes and seconds.

    >>> countdown(10_529 * SECOND), countdown(-1), countdown(None)
    ('2:55:29', 'due', '—')
    """
    if ns is None:
        return DASH
    if ns <= 0:
        return "due"
    minutes, seconds = divmod(ns // SECOND, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours < 100 else f"{hours // 24}d"


def span(seconds: int) -> str:
    """Return a timeframe.

    >>> span(60), span(900), span(14_400), span(45)
    ('1m', '15m', '4h', '45s')
    """
    for unit, one in (("d", 86_400), ("h", 3600), ("m", 60)):
        if seconds >= one and seconds % one == 0:
            return f"{seconds // one}{unit}"
    return f"{seconds}s"
