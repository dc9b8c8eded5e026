"""Prints that belong together: one contract, one side, seconds apart."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from liqtui.model.snapshot import TapeRow

_LONGEST: Final = 10
"""A burst lasts no longer than so many times the pause it allows."""
_SECOND: Final = 1_000_000_000


class Burst(Struct, frozen=True):
    """One row of the tape: a print, or several as one."""

    rows: tuple[TapeRow, ...]
    """Newest first."""

    @property
    def key(self) -> int:
        """The number of its oldest print, which stays while it grows."""
        return self.rows[-1].number

    @property
    def sums(self) -> TapeRow:
        """Its newest print, with the quantities and dollars of all that are known."""
        newest = self.rows[0]
        if len(self.rows) == 1:
            return newest
        clusters = [row.cluster for row in self.rows if row.cluster is not None]
        return replace(
            newest,
            quantity=_sum([row.quantity for row in self.rows]),
            notional=_sum([row.notional for row in self.rows]),
            cluster=clusters[0] if clusters else None,
            prints=len(self.rows),
        )


def _sum(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


class Bursts:
    """The bursts of a tape that grows, newest first.

    A tape shows only its newest prints. What was grouped once stays as it was when the first of its
    prints have left the tape, so that no row shrinks while it is looked at.

    Args:
        keep: prints held; the bursts that grew last outlast the others.
    """

    def __init__(self, keep: int = 5_000) -> None:
        self._keep = keep
        self._of: object = None
        self._start()

    def _start(self) -> None:
        self._ends: tuple[TapeRow, TapeRow] | None = None
        """The oldest and the newest print taken in."""
        self._prints = 0
        self._found: dict[int, Burst] = {}
        """By key; what grew last is last."""
        self._open: dict[tuple[object, ...], int] = {}
        """The newest burst of each contract and side."""

    def take(self, rows: Sequence[TapeRow], seconds: float, of: object = None) -> list[Burst]:
        """Take in the tape as it is now and return its bursts.

        A print joins the burst of its contract and side that had its last one at most ``seconds``
        before, however many of others came between; what is quarantined stays alone.

        Args:
            rows: newest first.
            seconds: the pause a burst allows; 0: every print is one.
            of: what else decides which rows these are, such as the filter.
        """
        fresh = self._fresh(rows) if (seconds, of) == self._of else None
        if fresh is None:
            self._start()
            self._of, fresh = (seconds, of), rows
        for row in reversed(fresh):
            self._add(row, seconds * _SECOND)
        if rows:
            self._ends = (self._ends[0] if self._ends else rows[-1]), rows[0]
        while self._prints > self._keep:
            self._prints -= len(self._found.pop(next(iter(self._found))).rows)
        return list(reversed(self._found.values()))

    def _fresh(self, rows: Sequence[TapeRow]) -> Sequence[TapeRow] | None:
        """Return the rows that are new; None: the others are not those taken in before."""
        if self._ends is None:
            return rows
        oldest, newest = self._ends
        count = next((n for n, row in enumerate(rows) if row.number <= newest.number), len(rows))
        known = rows[count:]
        return (
            rows[:count]
            if known and known[0] == newest and known[-1].number >= oldest.number
            else None
        )

    def _add(self, row: TapeRow, pause: float) -> None:
        of = (row.venue, row.symbol, row.side)
        held = self._found.get(self._open.get(of, -1))
        joins = held is not None and pause and not row.quarantined and _joins(held.rows, row, pause)
        burst = Burst((row, *held.rows)) if held is not None and joins else Burst((row,))
        if not row.quarantined:
            self._open[of] = burst.key
        self._found.pop(burst.key, None)
        self._found[burst.key] = burst
        self._prints += 1


def _joins(held: Sequence[TapeRow], row: TapeRow, pause: float) -> bool:
    return row.at - held[0].at <= pause and row.at - held[-1].at <= _LONGEST * pause
