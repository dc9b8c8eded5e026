"""What the simple methods read of a base: prices, open interest, funding, volume, extremes."""

from collections import deque
from typing import Final

from msgspec import Struct

from liqtui.model.events import Candle, Funding, MarketEvent, MarkPrice, OpenInterest, Trade
from liqtui.model.market import CandlePrice, Instrument, Taker, Unit

SLOT: Final = 300_000_000_000
"""Five minutes, ns: the step of the extremes and of the growth of open interest."""
DAY: Final = 86_400_000_000_000


class Quote(Struct, eq=False):
    """One instrument's latest values."""

    instrument: Instrument
    price: float
    marked: bool = False
    """Whether a mark was seen: bars of the last price then say nothing more."""
    traded: bool = False
    """Whether single trades were seen: the bars' volume would count them twice."""
    face: float | None = None
    """`OpenInterest.face`."""
    bought: float = 0.0
    """Units of base that takers bought since somebody set it to 0."""
    sold: float = 0.0

    @property
    def oi(self) -> float | None:
        """Open interest in units of base."""
        return None if self.face is None else in_base(self, self.face)


def in_base(quote: Quote, face: float) -> float:
    """Return an amount in the unit a contract is fixed in as units of base."""
    return face / quote.price if quote.instrument.contract_unit is Unit.QUOTE else face


class Move(Struct, frozen=True, gc=False):
    """A price event: how far the price that liquidates went, and where it ended."""

    quote: Quote
    low: float
    high: float
    close: float
    at: int


class Extreme(Struct, gc=False):
    """Low and high of five minutes."""

    slot: int
    low: float
    high: float


class Market:
    """The latest of every instrument of one base, and a day of its extremes."""

    def __init__(self) -> None:
        self.quotes: dict[tuple[str, str], Quote] = {}
        self.funding = 0.0
        """The latest rate of any instrument, per interval."""
        self.funding_8h = 0.0
        self.extremes: deque[Extreme] = deque()
        self._open: deque[tuple[int, float]] = deque()

    def take(self, event: MarketEvent) -> Move | None:
        """Take in one event; return how the price moved if it says so."""
        if isinstance(event, Trade):
            self._traded(event)
        elif isinstance(event, MarkPrice):
            price = event.price
            return self._moved(event, price, price, price, True)
        elif isinstance(event, OpenInterest):
            self._opened(event)
        elif isinstance(event, Candle):
            return self._barred(event)
        elif isinstance(event, Funding):
            self.funding = event.rate
            self.funding_8h = event.rate * 8.0 / (event.interval_hours or 8.0)
        return None

    def _traded(self, event: Trade) -> None:
        quote = self.quotes.get(event.instrument.key)
        if quote is None or event.quantity is None:
            return
        quote.traded = True
        if event.taker is Taker.BUY:
            quote.bought += event.quantity
        else:
            quote.sold += event.quantity

    def _barred(self, event: Candle) -> Move | None:
        if event.price is CandlePrice.INDEX:
            return None
        quote = self.quotes.get(event.instrument.key)
        marks = event.price is CandlePrice.MARK
        known = quote is not None and quote.marked and not marks
        move = None if known else self._moved(event, event.low, event.high, event.close, marks)
        self._count(self.quotes[event.instrument.key], event)
        return move

    def _count(self, quote: Quote, event: Candle) -> None:
        if event.volume is not None and not quote.traded:
            bought = event.volume / 2 if event.taker_buy is None else event.taker_buy
            quote.bought += bought
            quote.sold += max(event.volume - bought, 0.0)

    def _moved(
        self, event: MarkPrice | Candle, low: float, high: float, close: float, marked: bool
    ) -> Move:
        quote = self.quotes.get(event.instrument.key)
        if quote is None:
            quote = self.quotes[event.instrument.key] = Quote(event.instrument, close)
        quote.instrument, quote.price = event.instrument, close
        quote.marked = quote.marked or marked
        self._stretch(event.at // SLOT, low, high)
        return Move(quote, low, high, close, event.at)

    def _stretch(self, slot: int, low: float, high: float) -> None:
        extremes = self.extremes
        if not extremes or slot > extremes[-1].slot:
            extremes.append(Extreme(slot, low, high))
            while extremes[0].slot <= slot - DAY // SLOT:
                extremes.popleft()
        else:
            extremes[-1].low = min(extremes[-1].low, low)
            extremes[-1].high = max(extremes[-1].high, high)

    def _opened(self, event: OpenInterest) -> None:
        quote = self.quotes.get(event.instrument.key)
        if quote is None or event.face is None:
            return
        quote.face = event.face
        if not self._open or event.at - self._open[-1][0] >= SLOT:
            self._open.append((event.at, self.oi_usd))
            while self._open[0][0] < event.at - DAY:
                self._open.popleft()

    @property
    def price(self) -> float | None:
        """The mean mark, weighted by open interest; None before any."""
        total = weight = 0.0
        for quote in self.quotes.values():
            share = (quote.oi or 0.0) + 1e-9
            total += share * quote.price
            weight += share
        return total / weight if weight else None

    @property
    def oi_usd(self) -> float:
        """Open interest of all instruments that said theirs, USD."""
        return sum((quote.oi or 0.0) * quote.price for quote in self.quotes.values())

    @property
    def growth_24h(self) -> float:
        """Relative growth of open interest since a day ago, or since the first reading."""
        if not self._open or not self._open[0][1]:
            return 0.0
        return self.oi_usd / self._open[0][1] - 1.0
