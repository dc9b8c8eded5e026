"""How much may be on its way to a terminal: no more than it reads in a blink.

Between us and the terminal are buffers nobody can look into (the kernel's, a multiplexer's, those
of a slow link), and a key is answered behind all that is in them. So every piece ends with a
question the terminal answers when it gets there, one piece is on its way at a time, and its size
follows from how long the answers take.
"""

from collections import deque
from math import inf
from typing import Final

LATE_S: Final = 0.1
"""Seconds a piece may take beyond the quickest answer."""
LEAST: Final = 1024
"""Bytes; pieces do not get smaller."""
MOST: Final = 1 << 18
_FIRST: Final = 1 << 14
_AHEAD_S: Final = 5.0
"""Seconds of a limit that may be used up at once: a whole screen, then little."""
_PATIENCE_S: Final = 2.0
_METERED_S: Final = 3.0
_LONGEST_S: Final = 8.0


class Pace:
    """Measures answers, and says how much may follow.

    Args:
        most_per_s: bytes a second that are not to be exceeded for long.
    """

    def __init__(self, most_per_s: float = inf) -> None:
        self._most_per_s = most_per_s
        self._free_at = -inf
        """When what was sent is within `most_per_s`."""
        self._window = _FIRST
        self._quickest = inf
        self._asked: tuple[float, int] | None = None
        """When, and behind how many bytes."""
        self._patience = _PATIENCE_S
        self._metered: deque[tuple[float, int]] = deque()

    def room(self, now: float, *, urgent: bool = False) -> int:
        """Return how many bytes may be sent; 0 while an answer is awaited.

        Args:
            now: seconds of a clock that never goes back.
            urgent: whether somebody waits for it.
        """
        if self._asked is not None and now - self._asked[0] < self._patience:
            return 0
        return 0 if now + _AHEAD_S < self._free_at and not urgent else self._window

    def sent(self, size: int, now: float) -> None:
        """Take note of a piece and the question behind it.

        A question left open is given up: its answer may be lost. Nobody waits for a terminal that
        has never answered; one that is frozen is asked more rarely.
        """
        if self._asked is not None:
            never = self._quickest == inf
            self._patience = 0.0 if never else min(_LONGEST_S, 2 * self._patience)
        self._asked = now, size
        self._metered.append((now, size))
        self._free_at = max(now, self._free_at) + size / self._most_per_s

    def answered(self, now: float) -> None:
        """Take note of an answer."""
        if self._asked is None:
            return
        (then, size), self._asked = self._asked, None
        took, self._patience = now - then, _PATIENCE_S
        self._quickest = min(self._quickest, took)
        late = took - self._quickest
        if late > LATE_S:
            self._window = max(LEAST, min(self._window, round(size * LATE_S / late)))
        elif size >= self._window // 2:
            self._window = min(MOST, 2 * self._window)

    def per_second(self, now: float) -> tuple[float, float]:
        """Return how many pieces and bytes were sent a second of late."""
        while self._metered and self._metered[0][0] < now - _METERED_S:
            self._metered.popleft()
        size = sum(size for _, size in self._metered)
        return len(self._metered) / _METERED_S, size / _METERED_S
