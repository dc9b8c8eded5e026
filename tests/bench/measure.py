"""Measuring works in turn, so that what the machine does meanwhile meets all of them alike."""

import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import Final

from msgspec import Struct

ROUNDS: Final = 9
_LEAST: Final = 0.01
"""Seconds a round of one timed work takes at least."""


class Figures(Struct, frozen=True):
    """One figure a round and work."""

    rounds: Mapping[str, list[float]]

    def median(self, name: str) -> float:
        """Return a work's typical figure."""
        return median(self.rounds[name])

    def ratio(self, name: str, to: str) -> float:
        """Return a work's figure over another's: the median over rounds."""
        pairs = zip(self.rounds[name], self.rounds[to], strict=True)
        return median(ours / theirs for ours, theirs in pairs)


def in_turn(works: Mapping[str, Callable[[], float]], rounds: int = ROUNDS) -> Figures:
    """Run works that say their own figure, one after the other, round by round."""
    found: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            found[name].append(work())
    return Figures(found)


def interleaved(works: Mapping[str, Callable[[], object]], rounds: int = ROUNDS) -> Figures:
    """Return seconds of CPU a call."""
    return in_turn({name: timed(work) for name, work in works.items()}, rounds)


def timed(work: Callable[[], object]) -> Callable[[], float]:
    """Return what runs ``work`` often enough to be timed and says the seconds a call took."""
    _seconds(work, 1)  # the first call pays for caches
    calls = max(1, round(_LEAST / max(_seconds(work, 1), 1e-7)))
    return lambda: _seconds(work, calls)


def once(work: Callable[[], object]) -> float:
    """Return the seconds of CPU of one call."""
    return _seconds(work, 1)


def _seconds(work: Callable[[], object], calls: int) -> float:
    start = time.process_time()
    for _ in range(calls):
        work()
    return (time.process_time() - start) / calls
