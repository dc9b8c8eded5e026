"""A token bucket: so many a minute, some of them at once."""

from typing import Final

_AT_ONCE: Final = 0.25
"""Of a minute's: what a full bucket holds."""


class TokenBucket:
    """Says how long to wait before the next.

    Args:
        per_minute: for long.
        now: monotonic seconds; it is full then.
    """

    def __init__(self, per_minute: float, now: float) -> None:
        self._rate = per_minute / 60.0
        self._size = max(1.0, _AT_ONCE * per_minute)
        self._held = self._size
        self._at = now

    def wait(self, now: float) -> float:
        """Return the seconds until there is a token; 0: now."""
        self._fill(now)
        return max(0.0, 1.0 - self._held) / self._rate

    def take(self, now: float) -> None:
        """Take a token."""
        self._fill(now)
        self._held -= 1.0

    def _fill(self, now: float) -> None:
        self._held = min(self._size, self._held + (now - self._at) * self._rate)
        self._at = now
