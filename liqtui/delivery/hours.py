"""The hours in which a sink is left alone, such as a phone at night.

What comes then waits, and what waited when they end comes as one letter that sums it up. Nothing is
kept of that but the queue: whether a letter waited through quiet hours is told by when it was taken
in, so a restart in the night changes nothing.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from liqtui import times
from liqtui.model.alert import quiet

_NS: Final = 1_000_000_000


class Hours:
    """Quiet hours on a clock.

    Args:
        hours: such as ``22:00-07:00``; empty: none.
        zone: of the clock: ``utc``, ``local`` or an IANA name.
    """

    def __init__(self, hours: str, zone: str) -> None:
        self._hours = hours
        self._zone = times.zone(zone)

    def quiet(self, now: int) -> bool:
        """Tell whether a moment (UTC ns) lies in them."""
        return bool(self._hours) and quiet(self._hours, f"{self._at(now):%H:%M}")

    @property
    def end(self) -> str:
        """When they end, such as ``07:00``."""
        return self._hours.partition("-")[2]

    def ended(self, now: int) -> int:
        """Return when they ended last before a moment, UTC ns; 0 where there are none."""
        if not self._hours:
            return 0
        here = self._at(now)
        hour, _, minute = self.end.partition(":")
        end = here.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)
        if end > here:
            end -= timedelta(days=1)
        return round(end.timestamp()) * _NS

    def _at(self, now: int) -> datetime:
        return datetime.fromtimestamp(now / _NS, UTC).astimezone(self._zone)
