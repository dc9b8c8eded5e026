"""What drives the exchanges: a market, step by step."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from msgspec import Struct

from liqtui.sim.wire import Bar, Book, Liquidated, Settled, Ticker, Traded


class Moment(Struct, frozen=True):
    """What happened in a step of a market, over all exchanges."""

    at: int
    """Its end, UTC ns; it began where the one before it ended."""
    happened: Sequence[Liquidated | Traded] = ()
    tickers: Sequence[Ticker] = ()
    """How it left the contracts, each at most once; what its readers knew before is not said."""
    bars: Sequence[Bar] = ()
    """The minutes that ended in it."""
    settled: Sequence[Settled] = ()
    known: Sequence[Book] = ()
    """Contracts whose past was still to come, and is there now; they are as it left them."""


class Feed(Protocol):
    """A market that exchanges can be made of."""

    def past(self) -> Iterable[Book]:
        """Return what the exchanges remember of each contract when they open.

        One whose past is still to come (`Book.coming`) will be among `Moment.known`.
        """

    def moments(self) -> Iterator[Moment]:
        """Yield the steps from there on, each when it is wanted and never later than that."""

    def truth(self, at: int) -> Iterable[bytes]:
        """Return where the positions stand at ``at`` (UTC ns), as lines of events without newline.

        Nothing where that is not known.
        """
