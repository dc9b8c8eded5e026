"""How much of what happened to a market was heard, as a doubt about its estimate.

Feeds that stop, restart or jump in time leave a hole in which positions were opened and closed
unseen, whether they tell of it or their marks do; feeds that are not well may be leaving one; a
market without trades, open interest or tiers leaves its estimate to assumptions. Nothing of it
stops the estimate: it widens the bands and is said.
"""

from typing import Final

_NS: Final = 1_000_000_000
_GAP: Final = 120.0
"""Seconds between two marks from which on the time between was not heard,"""
_OF_USUAL: Final = 4.0
"""unless that is how they come: so many times the usual spacing."""
_BACK: Final = 5.0
"""Seconds by which a clock may go back and mean nothing."""
_MOST: Final = 6 * 3600.0
_HALF_LIFE: Final = 6 * 3600.0
_FORGETS: Final = 2 * 3600.0
"""Seconds unheard that leave most of the book to guess."""
_STALE: Final = 1200.0
"""Seconds without open interest or trades from which on they are missing."""
_UNHEARD, _NO_INTEREST, _NO_TRADES, _NO_TIERS, _ILL = 0.6, 0.3, 0.15, 0.1, 0.15
"""Standard deviations of the logarithm of what stands."""


class Evidence:
    """Of one instrument."""

    def __init__(self) -> None:
        self._began = self._marked = self._traded = self._opened = 0
        self._usual = 0.0
        self._lost = 0.0
        self._counted = 0
        """UTC ns up to which what was not heard is counted."""
        self.late = 0.0
        """Seconds by which open interest is believed to be published late."""
        self.ill = False
        """Whether the feeds are not well now."""

    def mark(self, at: int) -> None:
        """Take note of a mark at a time (UTC ns)."""
        since = (at - self._marked) / _NS if self._marked else 0.0
        self._usual = self._usual or min(max(since, 0.0), 3600.0)
        if since < -_BACK or since > max(_GAP, _OF_USUAL * self._usual):
            self.gap(min(self._marked, at), max(self._marked, at))
            self._counted = min(self._counted, at)
        elif since > 0:
            self._lost *= 0.5 ** (since / _HALF_LIFE)
            self._usual += 0.1 * (since - self._usual)
        self._began = self._began or at
        self._marked = at

    def trade(self, at: int) -> None:
        """Take note of trades up to a time."""
        self._traded = at

    def interest(self, at: int) -> None:
        """Take note of a reading of open interest."""
        self._opened = at

    def gap(self, start: int, end: int) -> None:
        """Take note of a stretch (UTC ns) in which events may have been lost.

        It is counted once, whoever tells of it: the feed, or the marks around it.
        """
        self._lost += min(max(end - max(start, self._counted), 0) / _NS, _MOST)
        self._counted = max(self._counted, end)

    def lost(self, seconds: float) -> None:
        """Take note of something that cost as much as not hearing for so long."""
        self._lost += seconds

    def doubt(self, tiered: bool) -> float:
        """Return the standard deviation that what is missing adds.

        Args:
            tiered: whether the maintenance tiers are known.
        """
        parts = (
            _UNHEARD * min((self._lost + self.late) / _FORGETS, 1.0),
            _NO_INTEREST * self._stale(self._opened),
            _NO_TRADES * self._stale(self._traded),
            0.0 if tiered else _NO_TIERS,
            _ILL * self.ill,
        )
        return sum(parts)

    def missing(self) -> str:
        """Say what is missing most, if anything."""
        if self._lost > 600.0:
            return f"{self._lost / 60:.0f} minutes unheard"
        if self._stale(self._opened):
            return "open interest is not heard"
        return "trades are not heard" if self._stale(self._traded) else ""

    def _stale(self, at: int) -> bool:
        return self._marked - max(at, self._began) > max(_STALE, _OF_USUAL * self._usual) * _NS
