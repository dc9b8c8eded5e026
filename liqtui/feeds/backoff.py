"""How long to wait before the next try."""

from collections.abc import Callable
from typing import Final, TypeAlias

Uniform: TypeAlias = Callable[[], float]
"""Draws from [0, 1): the ``random`` of a ``random.Random`` or of a numpy ``Generator``."""

_STEEPEST: Final = 32


def full_jitter(failures: int, base: float, cap: float, random: Uniform) -> float:
    """Draw a delay from ``uniform(0, min(cap, base * 2**failures))``, in seconds.

    Args:
        failures: that came before this one, in a row.
        base: seconds.
        cap: seconds.
        random: the source of chance.
    """
    return random() * min(cap, base * 2.0 ** min(failures, _STEEPEST))


class Backoff:
    """Delays that grow with failures in a row.

    Only `reset` starts them anew, and its caller may do so only after data came *and* the
    connection then lasted: a server that accepts and closes would otherwise be hammered.
    """

    def __init__(self, base: float, cap: float, random: Uniform) -> None:
        self._base = base
        self._cap = cap
        self._random = random
        self.failures = 0

    def reset(self) -> None:
        """Forget the failures."""
        self.failures = 0

    def after(self, least: float = 0.0) -> float:
        """Count a failure and return the seconds to wait.

        Args:
            least: what the kind of failure asks for; exceeded by up to a tenth, so that the
                connections of one venue do not come back all at once.
        """
        delay = full_jitter(self.failures, self._base, self._cap, self._random)
        self.failures += 1
        return max(delay, least * (1.0 + 0.1 * self._random()))
