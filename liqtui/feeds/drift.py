"""Clocks that disagree: the machine slept, was set, or the process stood still."""

from typing import Final

_SECOND: Final = 1e9


class Drift:
    """Compares the wall clock with the monotonic one from look to look.

    Args:
        now: UTC ns.
        monotonic: seconds.
        drift: seconds between the two that a look may find without a word.
        stall: seconds that may pass between two looks.
    """

    def __init__(self, now: int, monotonic: float, drift: float, stall: float) -> None:
        self._now = now
        self._monotonic = monotonic
        self._drift = drift
        self._stall = stall

    def look(self, now: int, monotonic: float) -> str:
        """Return what happened to time since the last look; empty: nothing."""
        wall, passed = (now - self._now) / _SECOND, monotonic - self._monotonic
        self._now, self._monotonic = now, monotonic
        if abs(wall - passed) > self._drift:
            return f"clock jumped by {wall - passed:+.0f} s"
        if passed > self._stall:
            return f"stood still for {passed:.0f} s"
        return ""
