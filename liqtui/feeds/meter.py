"""Counters of one socket or REST schedule; what derives from them is computed when asked."""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Final

from liqtui.protocol.numbers import MS, SECOND

_RATE_S: Final = 10
"""Seconds that rates are taken over."""
_LAG_S: Final = 60
"""Seconds after which a lag says nothing of now."""
_LAGS: Final = 512
_COMPLAINTS: Final = 20


class Meter:
    """Counts frames, bytes, lag and complaints."""

    def __init__(self) -> None:
        self.frames = 0
        self.size = 0
        self.reconnects = 0
        self.malformed = 0
        self.unknown = 0
        self.last = ""
        self._rejected: dict[str, None] = {}
        self._second = 0
        self._starts: deque[tuple[int, int, int]] = deque(maxlen=_RATE_S + 1)
        self._lags: deque[tuple[int, int]] = deque(maxlen=_LAGS)

    def frame(self, size: int, seen: int) -> None:
        """Count a frame.

        Args:
            size: bytes.
            seen: UTC ns.
        """
        if seen // SECOND != self._second:
            self._second = seen // SECOND
            self._starts.append((self._second, self.frames, self.size))
        self.frames += 1
        self.size += size

    def lag(self, at: int, seen: int) -> None:
        """Take a sample of how late the data is: the venue's time and our receipt, UTC ns."""
        self._lags.append((seen, seen - at))

    def reject(self, complaint: str) -> bool:
        """Remember a refused subscription in the venue's words.

        Returns:
            Whether it is news: not the same again, and not one of too many.
        """
        news = complaint not in self._rejected and len(self._rejected) < _COMPLAINTS
        if news:
            self._rejected[complaint] = None
        return news

    def start_over(self) -> None:
        """Forget the refusals: a new connection asks again."""
        self._rejected.clear()

    @property
    def rejected(self) -> tuple[str, ...]:
        """What the venue refused."""
        return tuple(self._rejected)

    def rates(self, now: int) -> tuple[float, float]:
        """Return frames and bytes a second over the last seconds before ``now`` (UTC ns)."""
        end = now // SECOND
        recent = [start for start in self._starts if end - _RATE_S <= start[0] <= end]
        if not recent:
            return 0.0, 0.0
        _, frames, size = recent[0]
        # Silence before the first frame in reach counts as time, unless it was the very first.
        span = _RATE_S if frames else max(1.0, now / SECOND - recent[0][0])
        return (self.frames - frames) / span, (self.size - size) / span

    def lags(self, now: int) -> tuple[float, float] | tuple[None, None]:
        """Return median and 95th percentile of the lag before ``now``, ms; None: no samples."""
        recent = sorted(self._recent(now))
        if not recent:
            return None, None
        return _at(recent, 0.5) / MS, _at(recent, 0.95) / MS

    def _recent(self, now: int) -> Iterator[int]:
        oldest = now - _LAG_S * SECOND
        return (lag for seen, lag in self._lags if oldest <= seen)


def _at(ascending: Sequence[int], fraction: float) -> int:
    return ascending[min(len(ascending) - 1, int(fraction * len(ascending)))]
