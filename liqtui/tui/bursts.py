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


def bursts(rows: Sequence[TapeRow], seconds: float) -> list[Burst]:
    """Return rows as bursts, both newest first.

    A print joins the burst of its contract and side that had its last one at most ``seconds``
    before, however many of others came between; what is quarantined stays alone.
    """
    pause = seconds * _SECOND
    found: dict[int, list[TapeRow]] = {}
    open_: dict[tuple[object, ...], list[TapeRow]] = {}
    for row in reversed(rows):
        of = (row.venue, row.symbol, row.side)
        held = open_.get(of)
        if held is None or not pause or row.quarantined or not _joins(held, row, pause):
            held = []
            if not row.quarantined:
                open_[of] = held
        held.append(row)
        found.pop(id(held), None)
        found[id(held)] = held
    return [Burst(tuple(held[::-1])) for held in reversed(found.values())]


def _joins(held: Sequence[TapeRow], row: TapeRow, pause: float) -> bool:
    return row.at - held[-1].at <= pause and row.at - held[0].at <= _LONGEST * pause
