"""What we allow ourselves of a venue's patience: connects a minute and REST weight."""

from collections import deque
from collections.abc import Mapping
from typing import Final

from liqtui.protocol.venue import Pool

SHARE: Final = 0.25
"""Of a venue's limit: the rest is for others behind the same address."""


class ConnectBudget:
    """Connects of one venue, counted over a sliding window.

    The first connect of each stream is spaced but not counted: how many streams there are is the
    venue file's decision, and a start must not take minutes.

    Args:
        limit: connects in a window.
        window: seconds.
        spacing: seconds between any two.
    """

    def __init__(self, limit: int, window: float, spacing: float) -> None:
        self._limit = limit
        self._window = window
        self._spacing = spacing
        self._recent: deque[float] = deque(maxlen=limit)
        self._not_before = float("-inf")

    def wait(self, now: float, first: bool = False, spare: int = 0) -> float:
        """Return the seconds until a connect is allowed; 0: now.

        Args:
            now: monotonic seconds.
            first: of its stream.
            spare: connects that must be left for others, of which half may be kept.
        """
        at = self._not_before
        over = len(self._recent) - self._limit + min(spare, self._limit // 2)
        if not first and over >= 0:
            at = max(at, self._recent[over] + self._window)
        return max(0.0, at - now)

    def take(self, now: float, first: bool = False) -> None:
        """Book a connect."""
        if not first:
            self._recent.append(now)
        self._not_before = now + self._spacing


class WeightBudget:
    """REST weight of one pool over a sliding window, at most `SHARE` of the venue's limit.

    What the venue's headers say was used beyond our own count (by others behind this address)
    counts as used.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._allowed = pool.limit * SHARE
        self._spent: deque[tuple[float, float]] = deque()
        self._sum = 0.0

    def wait(self, weight: float, now: float) -> float:
        """Return the seconds until a call of this weight is allowed; 0: now.

        Raises:
            ValueError: it never is, for it weighs more than our share.
        """
        if weight > self._allowed:
            raise ValueError(f"weight {weight} is over a quarter of pool {self._pool.name!r}")
        self._forget(now)
        over = self._sum + weight - self._allowed
        ready = now
        for at, spent in self._spent:
            if over <= 0.0:
                break
            over -= spent
            ready = at + self._pool.window
        return ready - now

    def spent(self, now: float) -> float:
        """Return the part of our share that is spent, 1 for all of it."""
        self._forget(now)
        return self._sum / self._allowed

    def take(self, weight: float, now: float) -> None:
        """Book a call."""
        self._forget(now)
        self._spent.append((now, weight))
        self._sum += weight

    def learn(self, headers: Mapping[str, str], now: float) -> None:
        """Take in what an answer says of the weight used.

        Args:
            headers: by lower-case name.
            now: seconds, monotonic.
        """
        used = self._used(headers)
        self._forget(now)
        if used is not None and used > self._sum:
            self.take(used - self._sum, now)

    def _used(self, headers: Mapping[str, str]) -> float | None:
        limit = self._pool.limit
        if (used := _count(headers, self._pool.used_header)) is not None:
            return min(used, limit)
        if (left := _count(headers, self._pool.remaining_header)) is not None:
            return max(0.0, limit - left)
        return None

    def _forget(self, now: float) -> None:
        while self._spent and self._spent[0][0] + self._pool.window <= now:
            self._sum -= self._spent.popleft()[1]
        if not self._spent:
            self._sum = 0.0


def _count(headers: Mapping[str, str], name: str | None) -> float | None:
    text = headers.get(name.lower(), "") if name else ""
    return float(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
