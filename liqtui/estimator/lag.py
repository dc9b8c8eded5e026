"""How late an exchange publishes its open interest (docs/estimator.md 3, 4.2).

A change of open interest is large where much was traded. If that is true of the trades some time
before the reading rather than of those just before it, the reading is that late. Both are
compared with what is usual, so that a few huge ones do not decide, and a lag is believed when it
explains the changes so much better that chance does not (Williams' test of two correlations that
share a variable; Steiger 1980).
"""

import math
from typing import Final

import numpy as np

from liqtui.estimator.basis import Floats

NS: Final = 1_000_000_000
SLICE: Final = 10 * NS
"""Lags are told apart by so much, and trades kept apart for as long."""
_LAGS: Final[Floats] = np.arange(0.0, 361.0, SLICE / NS)
"""Seconds; nothing is that late as the last ones."""
_LONGEST: Final = 450.0
"""Seconds: readings further apart tell no lag."""
_BATCH: Final = 16
"""Readings that are weighed at once."""
_KEPT: Final = 0.5 ** (1 / 500)
"""After so many readings half is forgotten."""
_LEAST: Final = 60.0
"""Readings before anything is believed."""
_PACE: Final = 0.2
"""How far one batch moves what is usual,"""
_HUGE: Final = 5.0
"""and the multiple of it that counts at most."""
_CLEAR: Final = 5.0
"""Standard deviations by which a lag has to be better than none, and than the longest: what rises
all the way is no peak."""
_BETTER: Final = 2.0
"""And another one, or none, than the one that is believed."""
_KNOTS: Final = 256
"""Moments at which the sum of all trades is remembered: of ten seconds each, and of readings."""


class Lag:
    """Of one instrument's open interest; see the module."""

    def __init__(self) -> None:
        self.late = 0
        """ns by which it is believed to be published late."""
        self._origin = 0
        self._knots: Floats = np.zeros((2, _KNOTS))
        """Seconds since the origin, and what was traded in all until then."""
        self._known = 0
        self._read = 0.0
        self._rows: Floats = np.zeros((_BATCH, 1 + len(_LAGS)))
        """By reading: the change, and what was traded meanwhile each lag before."""
        self._filled = 0
        self._usual: Floats = np.zeros(2)
        """Change, and what is traded meanwhile."""
        self._products: Floats = np.zeros((1 + len(_LAGS), 1 + len(_LAGS)))
        """Sums of products of the change and of what was traded each lag before."""
        self._count = 0.0

    def traded(self, total: float, at: int) -> None:
        """Take note of what was traded in all up to a time (UTC ns)."""
        self._origin = self._origin or at
        since = (at - self._origin) / NS
        if self._known and since < self._knots[0, self._known - 1]:
            self._known = 0
        elif self._known == _KNOTS:
            self._known = _KNOTS // 2
            self._knots[:, : self._known] = self._knots[:, -self._known :]
        self._knots[:, self._known] = since, total
        self._known += 1

    def reading(self, change: float, at: int) -> bool:
        """Take note of a change of open interest since the last reading, all trades being told.

        Returns:
            Whether another lag is believed from now on.
        """
        before, self._read = self._read, (at - self._origin) / NS
        if self._knots[0, 0] > before - _LAGS[-1] or not 0 < self._read - before <= _LONGEST:
            return False
        ends = np.subtract.outer((before, self._read), _LAGS)
        totals = np.interp(ends, *self._knots[:, : self._known])
        self._rows[self._filled, 0] = abs(change)
        self._rows[self._filled, 1:] = totals[1] - totals[0]
        self._filled = (self._filled + 1) % _BATCH
        if self._filled:
            return False
        self._learn()
        believed, self.late = self.late, self._believed()
        return self.late != believed

    def _learn(self) -> None:
        """Add a batch: how far each, as a share of itself and what is usual, is off the mean.

        What swings more slowly tells of no lag, and would look like one by chance.
        """
        now = np.array((self._rows[:, 0].mean(), self._rows[:, 1:].mean()))
        most = np.where(self._usual > 0, _HUGE * self._usual, now)
        self._usual += _PACE * (np.minimum(now, most) - self._usual)
        usual = np.append(self._usual[0], np.full(len(_LAGS), self._usual[1]))
        seen = self._rows / (self._rows + np.maximum(usual, 1e-12))
        seen -= seen.mean(axis=0)
        self._products *= _KEPT**_BATCH
        self._products += seen.T @ seen
        self._count = self._count * _KEPT**_BATCH + _BATCH - 1

    def _believed(self) -> int:
        """Return the lag (ns) to believe."""
        if self._count < _LEAST:
            return self.late
        spread = np.sqrt(np.maximum(np.diag(self._products), 1e-12 * self._count))
        alike = self._products / np.outer(spread, spread)
        best, now = 1 + int(alike[0, 1:].argmax()), 1 + self.late // SLICE
        readings = self._count * (1.0 + _KEPT) / (2.0 - self._count * (1.0 - _KEPT))
        better = [
            _williams(alike[0, best], alike[0, other], alike[best, other], readings)
            for other in (now, len(_LAGS))
        ]
        if self.late:
            return (best - 1) * SLICE if better[0] > _BETTER else self.late
        return (best - 1) * SLICE if min(better) > _CLEAR else 0


def _williams(one: float, other: float, both: float, count: float) -> float:
    """Return by how many standard deviations a correlation is higher than another.

    Args:
        one: with the first.
        other: with the second.
        both: of the first with the second.
        count: of observations.
    """
    left = max(1.0 - one**2 - other**2 - both**2 + 2.0 * one * other * both, 0.0)
    spread = 2.0 * left * (count - 1.0) / (count - 3.0)
    spread += ((one + other) / 2) ** 2 * max(1.0 - both, 0.0) ** 3
    scaled = (count - 1.0) * max(1.0 + both, 0.0) / max(spread, 1e-12)
    return (one - other) * math.sqrt(scaled)
