"""When silence is a fault: deadlines on what was heard, without a clock of their own.

All times are monotonic seconds. Pongs prove a line, not a feed: any frame counts as an answer, but
only canaries as life (docs/ecosystem.md 3.1).
"""

from collections import deque
from collections.abc import Sequence
from typing import Final

_NEVER: Final = float("inf")


class Watchdog:
    """Judges one connection.

    Args:
        canary: the events that prove life; empty: any event does.
        quiet: seconds that may pass without one once everything was asked for.
        answer: seconds within which the venue must say anything at all.
    """

    def __init__(self, canary: Sequence[type], quiet: float, answer: float) -> None:
        self._canary = " or ".join(kind.__name__ for kind in canary) or "event"
        self._quiet = quiet
        self._answer = answer
        self._answer_by = _NEVER
        self._canary_by = _NEVER
        self._asked = False
        self._proved = False

    def opened(self, now: float) -> None:
        """Start."""
        self._answer_by = now + self._answer

    def asked(self, now: float) -> None:
        """Note that all subscriptions were sent."""
        self._asked = True
        self._canary_by = now + self._quiet

    def frame(self) -> None:
        """Note that the venue said something."""
        self._answer_by = _NEVER

    def canary(self, now: float) -> None:
        """Note the proof of life."""
        self._proved = True
        if self._asked:
            self._canary_by = now + self._quiet

    def excuse(self, seconds: float) -> None:
        """Move the deadlines: for so long nobody here listened."""
        self._answer_by += seconds
        self._canary_by += seconds

    def due(self, now: float) -> float:
        """Return when to ask for the next verdict."""
        return min(self._answer_by, self._canary_by, now + self._quiet)

    def verdict(self, now: float) -> str:
        """Return what is wrong; empty: nothing is overdue."""
        if now >= self._answer_by:
            return "no answer to the subscription"
        if now < self._canary_by:
            return ""
        if self._proved:
            return f"no {self._canary} for {self._quiet:g} s"
        return f"subscribed, then no {self._canary} for {self._quiet:g} s"


class Lateness:
    """Judges whether data falls ever further behind; a constant delay is somebody's clock.

    Args:
        late: seconds of median lateness that are tolerated in any case.
        rise: seconds by which it must have grown from look to look.
        steps: such looks in a row that are too many.
    """

    def __init__(self, late: float, rise: float, steps: int) -> None:
        self._late = late
        self._rise = rise
        self._steps = steps
        self._medians: deque[float] = deque(maxlen=steps + 1)

    def verdict(self, median: float | None) -> str:
        """Return what is wrong, given the present median lateness in seconds."""
        if median is None or median <= self._late:
            self._medians.clear()
            return ""
        if self._medians and median < self._medians[-1] + self._rise:
            self._medians.clear()
        self._medians.append(median)
        if len(self._medians) <= self._steps:
            return ""
        return f"data {median:.0f} s late and falling behind"
