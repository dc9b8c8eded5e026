"""What is fetched of a contract's past: its last days closely, the weeks before them coarsely.

A map of now is made of who opened when, and a book is weeks old. How finely its growth is known
matters for days only, so a contract's weeks cost a few calls, and come before its third day.
"""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from liqtui.model.market import Instrument
from liqtui.protocol.bars import FINE

COARSE: Final = 4 * 3600
"""Seconds between two counts of the weeks: what an estimator makes of any."""
_SECOND: Final = 1_000_000_000
_CLOSELY: Final = (3 * 24 * 3600 + 900) * _SECOND
"""Nanoseconds: three days to estimate from, and the minutes that what was a day ago is compared
with."""
WEEKS: Final = 30 * 24 * 3600 - 3600
"""Seconds that every venue knows: one has thirty days, and they go on while it is asked."""
_PIECE: Final = 40 * 3600 * _SECOND
"""Nanoseconds fetched at a time: pages of 500 steps of five minutes, and more than a day, for which
some have finer bars than for longer."""


class Past(NamedTuple):
    """A stretch of a contract's past."""

    instrument: Instrument
    since: int
    until: int
    """UTC ns."""
    step: int = FINE
    """Seconds between two counts."""


def days(now: int, past: int) -> int:
    """Return since when (UTC ns) a past of some nanoseconds is looked at closely."""
    whole = COARSE * _SECOND
    return max(now - past, (now - _CLOSELY) // whole * whole)


def weeks(instrument: Instrument, now: int, past: int) -> list[Past]:
    """Return what is older than `days` in whole steps: one stretch, or none."""
    whole, until = COARSE * _SECOND, days(now, past)
    since = -(-(now - past) // whole) * whole
    return [Past(instrument, since, until, COARSE)] if since < until else []


def in_turn(wanted: Iterable[Past]) -> list[Past]:
    """Cut stretches into pieces: of all instruments the newest, the weeks, then what is between."""
    return sorted((piece for past in wanted for piece in _pieces(past)), key=_turn)


def _pieces(past: Past) -> Iterator[Past]:
    until, step = past.until, past.step * _SECOND
    while until > past.since:
        since = past.since
        if past.step == FINE:
            since = max(since, until // step * step - _PIECE)
        yield past._replace(since=since, until=until)
        until = since


def _turn(piece: Past) -> int:
    ahead = _PIECE if piece.step != FINE else 0
    return -piece.until - ahead
