"""Time as an argument: the system's, or one a test moves by hand."""

import time
from typing import Protocol


class Clock(Protocol):
    """Where a caller reads the time."""

    def now(self) -> int:
        """Return UTC in nanoseconds; may jump."""

    def monotonic(self) -> float:
        """Return seconds from an arbitrary start; never goes back."""


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> int:
        """Return UTC in nanoseconds."""
        return time.time_ns()

    def monotonic(self) -> float:
        """Return seconds from an arbitrary start."""
        return time.monotonic()


class ManualClock:
    """A clock that stands until it is moved."""

    def __init__(self, now: int = 1_700_000_000_000_000_000) -> None:
        self._now = now
        self._monotonic = 0.0

    def now(self) -> int:
        """Return UTC in nanoseconds."""
        return self._now

    def monotonic(self) -> float:
        """Return seconds from an arbitrary start."""
        return self._monotonic

    def advance(self, seconds: float) -> None:
        """Move both clocks on."""
        self._now += round(seconds * 1e9)
        self._monotonic += seconds
