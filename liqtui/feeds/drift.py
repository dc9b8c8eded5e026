"""Clocks that disagree: the machine slept, was set, or the process stood still."""

from typing import Final

_SECOND: Final = 1e9


class Drift:
    """Compares the wall clock with the monotonic one, and both with the loop, from look to look.

    Args:
        now: UTC ns.
        monotonic: seconds of the same clock; a journal's clock may go faster than the loop.
        loop: seconds of the loop's own clock.
        drift: seconds between the two that a look may find without a word.
        stall: seconds of the loop that may pass between two looks.
    """

    def __init__(
        self, now: int, monotonic: float, loop: float, *, drift: float, stall: float
    ) -> None:
        self._now = now
        self._monotonic = monotonic
        self._loop = loop
        self._drift = drift
        self._stall = stall

    def look(self, now: int, monotonic: float, loop: float) -> str:
        """Return what happened to time since the last look; empty: nothing."""
        wall, passed = (now - self._now) / _SECOND, monotonic - self._monotonic
        stood = loop - self._loop
        self._now, self._monotonic, self._loop = now, monotonic, loop
        if abs(wall - passed) > self._drift:
            return f"clock jumped by {wall - passed:+.0f} s"
        if stood > self._stall:
            return f"stood still for {stood:.0f} s"
        return ""
