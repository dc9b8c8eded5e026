"""The tape: every liquidation taken in, newest last, and which of them a filter shows."""

from collections import deque
from collections.abc import Iterator

from liqtui.model.snapshot import Tape, TapeFilter, TapeRow
from liqtui.store.rings import MINUTE

_HOUR = 60 * MINUTE


class TapeRing:
    """The newest liquidations.

    Args:
        keep: rows held.
    """

    def __init__(self, keep: int = 20_000) -> None:
        self._rows: deque[TapeRow] = deque(maxlen=keep)
        self.total = 0

    def add(self, row: TapeRow) -> None:
        """Take in one row; its number is `total` before."""
        self._rows.append(row)
        self.total += 1

    def shown(self, wanted: TapeFilter, count: int, now: int) -> Tape:
        """Return the newest ``count`` rows that pass the filter, newest first.

        Args:
            wanted: the filter.
            count: rows a screen has room for.
            now: UTC ns, the end of the hour over which rows and hidden rows are counted.
        """
        rows: list[TapeRow] = []
        hidden = recent = 0
        for row in reversed(self._rows):
            old = row.at < now - _HOUR
            if old and len(rows) >= count:
                break
            if passes(row, wanted):
                if len(rows) < count:
                    rows.append(row)
            elif not old:
                hidden += 1
            recent += row.at >= now - MINUTE
        return Tape(tuple(rows), hidden, self.total, float(recent))

    def __iter__(self) -> Iterator[TapeRow]:
        return iter(self._rows)


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
    return _says(row, wanted.text)


def _says(row: TapeRow, text: str) -> bool:
    sought = text.lstrip("!").casefold()
    if not sought:
        return True
    found = sought in f"{row.venue} {row.tag} {row.symbol} {row.base} {row.side.value}".casefold()
    return found is not text.startswith("!")
