"""The tape: every liquidation taken in, newest last, and which of them a filter shows."""

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from liqtui.model.snapshot import Tape, TapeRow
from liqtui.model.view import TapeFilter
from liqtui.store.rings import MINUTE

_HOUR = 60 * MINUTE


_SIEVES: Final = 12
"""Filters whose rows are held: so many screens may each have their own."""


class _Sieve:
    """The rows that one filter lets through, and when the others came."""

    def __init__(self, wanted: TapeFilter, rows: Iterable[TapeRow], keep: int) -> None:
        self._wanted = wanted
        self.passed: deque[TapeRow] = deque(maxlen=keep)
        self.hidden: deque[int] = deque(maxlen=keep)
        """Times of the others in the last hour; UTC ns."""
        for row in rows:
            self.add(row)

    def add(self, row: TapeRow) -> None:
        """Take in one row."""
        if passes(row, self._wanted):
            self.passed.append(row)
        else:
            self.hidden.append(row.at)


class TapeRing:
    """The newest liquidations, and which of them the filters asked for last let through.

    Args:
        keep: rows held.
    """

    def __init__(self, keep: int = 20_000) -> None:
        self._rows: deque[TapeRow] = deque(maxlen=keep)
        self._keep = keep
        self._sieves: dict[TapeFilter, _Sieve] = {}
        """The one asked for last is last."""
        self._minute: deque[int] = deque(maxlen=keep)
        """Times of all in the last minute; UTC ns."""
        self.total = 0

    @property
    def last(self) -> TapeRow | None:
        """The newest row."""
        return self._rows[-1] if self._rows else None

    def add(self, row: TapeRow) -> None:
        """Take in one row; its number is `total` before."""
        self._rows.append(row)
        self._minute.append(row.at)
        self.total += 1
        for sieve in self._sieves.values():
            sieve.add(row)

    def shown(self, wanted: TapeFilter, count: int, now: int) -> Tape:
        """Return the newest ``count`` rows that pass the filter, newest first.

        Args:
            wanted: the filter.
            count: rows a screen has room for.
            now: UTC ns, the end of the hour over which rows and hidden rows are counted.
        """
        sieve = self._sieve(wanted)
        while sieve.passed and sieve.passed[0].number < self.total - self._keep:
            sieve.passed.popleft()
        rows = tuple(islice(reversed(sieve.passed), count))
        hidden, recent = _since(sieve.hidden, now - _HOUR), _since(self._minute, now - MINUTE)
        return Tape(rows, hidden, self.total, float(recent))

    def _sieve(self, wanted: TapeFilter) -> _Sieve:
        sieve = self._sieves.pop(wanted, None)
        if sieve is None:
            sieve = _Sieve(wanted, self._rows, self._keep)
            if len(self._sieves) >= _SIEVES:
                del self._sieves[next(iter(self._sieves))]
        self._sieves[wanted] = sieve
        return sieve

    def since(self, number: int) -> list[TapeRow]:
        """Return the rows from a number on, the oldest first, as far as they are held."""
        newest = islice(reversed(self._rows), max(self.total - number, 0))
        return list(newest)[::-1]

    def __iter__(self) -> Iterator[TapeRow]:
        return iter(self._rows)


def _since(times: deque[int], start: int) -> int:
    """Count the times from ``start`` on; forget those before them that came first."""
    while times and times[0] < start:
        times.popleft()
    return sum(at >= start for at in times)


def passes(row: TapeRow, wanted: TapeFilter) -> bool:
    """Tell whether a row is one the filter asks for.

    A row of unknown notional passes only where nothing is asked of the notional.
    """
    if wanted.least and (row.notional is None or row.notional < wanted.least):
        return False
    if wanted.side is not None and row.side is not wanted.side:
        return False
    if wanted.venues and row.venue not in wanted.venues:
        return False
    if wanted.bases and row.base not in wanted.bases:
        return False
    return all(_says(row, word) for word in wanted.words)


def _says(row: TapeRow, word: str) -> bool:
    sought = word.lstrip("!").casefold()
    if not sought:
        return True
    found = sought in f"{row.venue} {row.tag} {row.symbol} {row.base} {row.side.value}".casefold()
    return found is not word.startswith("!")
