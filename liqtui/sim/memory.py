"""What an exchange remembers of a contract, and answers questions from."""

from collections import deque
from typing import Final, TypeAlias

from msgspec import structs

from liqtui.sim.wire import SECOND, Bar, Book, Interest, Liquidated, Settled, Ticker, Traded

Past: TypeAlias = Liquidated | Traded | Ticker | Bar | Settled

_MINUTES: Final = 3 * 1440
_POINTS: Final = 3 * 288
_POINT: Final = 300 * SECOND
"""Between two points of the open-interest history."""
_SETTLED: Final = 1000
_TRADES: Final = 1000
_LIQUIDATED: Final = 5000


class Memory:
    """A contract's past, of which the oldest is forgotten.

    Args:
        book: what is known of it already.
    """

    def __init__(self, book: Book) -> None:
        self._bars: deque[Bar] = deque(book.bars, _MINUTES)
        self._interest: deque[Interest] = deque(book.interest, _POINTS)
        self._settled: deque[Settled] = deque(book.settled, _SETTLED)
        self._liquidated: deque[Liquidated] = deque(book.liquidated, _LIQUIDATED)
        self._trades: deque[Traded] = deque(book.trades, _TRADES)
        self.book = Book(
            book.ticker,
            self._bars,
            self._interest,
            self._settled,
            self._liquidated,
            self._trades,
        )
        """What there is of it; its sequences grow with what is noted."""

    def note(self, one: Past) -> None:
        """Remember something that follows."""
        match one:
            case Liquidated():
                self._liquidated.append(one)
            case Traded():
                self._trades.append(one)
            case Ticker():
                self._update(one)
            case Bar():
                self._bars.append(one)
            case Settled():
                self._settled.append(one)

    def _update(self, ticker: Ticker) -> None:
        """Remember the latest state, and open interest each five minutes."""
        if ticker.at // _POINT > self.book.ticker.at // _POINT:
            at = ticker.at - ticker.at % _POINT
            self._interest.append(structs.replace(ticker.interest, at=at))
        self.book = structs.replace(self.book, ticker=structs.replace(ticker, before=None))
