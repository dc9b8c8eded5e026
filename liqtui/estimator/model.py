"""The model: every instrument's book, fused."""

import math
from typing import Final

import numpy as np

from liqtui.estimator import Bands, Exposure
from liqtui.estimator.bands import bands
from liqtui.estimator.basis import Floats
from liqtui.estimator.book import NS, Book
from liqtui.estimator.coverage import Twins
from liqtui.estimator.grid import SIZE, Grid
from liqtui.estimator.mixture import Mixture, liveliness
from liqtui.estimator.reach import Impact, Outlook, Volatility
from liqtui.estimator.slices import Parts
from liqtui.estimator.usual import drawn, likeness, usual
from liqtui.model.events import (
    Candle,
    Funding,
    Gap,
    Liquidation,
    MarketEvent,
    MarkPrice,
    OpenInterest,
    Trade,
)
from liqtui.model.market import CandlePrice, Instrument, Taker

_PAST: Final = 600 * NS
"""A bar that comes so long after its end is history."""
_TURNED: Final = 0.5
"""Of the open interest: what must have been traded before the map is trusted."""


class Model:
    """See the module; an `Estimator` of one base.

    Args:
        size: buckets of its window.
    """

    method = "liqtui"

    def __init__(self, size: int = SIZE) -> None:
        self._size = size
        self._grid: Grid | None = None
        self._books: dict[tuple[str, str], Book] = {}
        self._traded: dict[tuple[str, str], int] = {}
        self._marked: set[tuple[str, str]] = set()
        self._ill: set[str] = set()
        """Venues whose feeds are not well."""
        self._twins = Twins()
        self._peers: list[Mixture] = []
        self._volatility = Volatility()
        self._impact = Impact()
        self._leader: Book | None = None
        self._minute = 0
        self._previous = 0.0
        self._shown: Exposure | None = None
        self._shown_of: tuple[object, ...] = ()
        self._factors: Floats = np.ones((2, 1))
        """(2, size) by which what the books hold is multiplied in what is shown."""

    def update(self, event: MarketEvent) -> None:
        """Take in one event."""
        match event:
            case Trade():
                self._trade(event)
            case MarkPrice():
                self._marked.add(event.instrument.key)
                book = self._book(event.instrument, event.price)
                book.told = True
                book.marked(event.price, event.price, event.price, event.at)
                self._watch(book, event.price, event.at)
            case OpenInterest():
                book_ = self._books.get(event.instrument.key)
                if book_ is not None and event.face is not None:
                    book_.opened(event.face, event.at)
            case Liquidation():
                book_ = self._books.get(event.instrument.key)
                if book_ is not None:
                    book_.liquidated(event)
            case Funding():
                book_ = self._books.get(event.instrument.key)
                if book_ is not None:
                    book_.paid(event.rate, event.interval_hours, event.at)
            case Candle():
                self._candle(event)
            case _:
                pass

    def missed(self, gap: Gap) -> None:
        """Take note of a stretch in which a venue's events may have been lost."""
        for book in self._of(gap.venue):
            book.evidence.gap(gap.start, gap.end)
        self._shown = None

    def ail(self, venue: str, *, ill: bool) -> None:
        """Take note of whether a venue's feeds are not well now."""
        if ill is not (venue in self._ill):
            self._ill ^= {venue}
            self._shown = None
            for book in self._of(venue):
                book.evidence.ill = ill

    def _of(self, venue: str) -> list[Book]:
        return [book for book in self._books.values() if book.instrument.venue == venue]

    def _trade(self, event: Trade) -> None:
        key, quantity = event.instrument.key, event.quantity
        book = self._books.get(key)
        if book is not None and quantity:
            price, at, bought = event.price, event.at, event.taker is Taker.BUY
            book.trade(price, quantity, bought, at)
            usd = price * quantity
            self._impact.trade(usd if bought else -usd)
            self._traded[key] = at
            book.evidence.trade(at)

    def _watch(self, book: Book, price: float, at: int) -> None:
        """Follow one instrument's mark for volatility and impact: that of the largest."""
        if self._leader is None or book.usd(book.interest or 0.0) > 1.2 * self._leader.usd(
            self._leader.interest or 0.0
        ):
            self._leader = book
        if book is self._leader and at - self._minute >= 60 * NS:
            if self._previous:
                self._impact.minute(math.log(price / self._previous))
            self._volatility.take(price, at)
            self._minute, self._previous = at, price

    def _candle(self, event: Candle) -> None:
        key = event.instrument.key
        if event.price is CandlePrice.INDEX:
            return
        book = self._book(event.instrument, event.close)
        book.told = event.seen - event.at < _PAST
        if event.price is CandlePrice.MARK or key not in self._marked:
            book.marked(event.low, event.high, event.close, event.at)
            self._watch(book, event.close, event.at)
        start = event.at - event.interval_s * 1_000_000_000
        if event.volume and event.price is CandlePrice.LAST and self._traded.get(key, 0) <= start:
            bought = 0.5 * event.volume if event.taker_buy is None else event.taker_buy
            book.bar(event.low, event.high, event.volume, min(bought, event.volume))
            book.evidence.trade(event.at)

    def _book(self, instrument: Instrument, price: float) -> Book:
        grid = self._anchored(price)
        book = self._books.get(instrument.key)
        if book is None:
            book = self._books[instrument.key] = Book(instrument, grid, self._twins, self._peers)
            book.evidence.ill = instrument.venue in self._ill
        elif book.instrument is not instrument:
            book.adopt(instrument)
        return book

    def _anchored(self, price: float) -> Grid:
        grid = self._grid
        if grid is None:
            grid = self._grid = Grid.around(price, self._size)
        elif not grid.holds(price):
            grid = self._grid = Grid.around(price, self._size)
            for book in self._books.values():
                book.move(grid)
        return grid

    def exposure(self) -> Exposure | None:
        """Return what stands now, None before any price was seen; not to be changed."""
        if self._grid is None:
            return None
        made_of = self._made_of(self._grid)
        if self._shown is None or made_of != self._shown_of:
            self._shown, self._shown_of = self._fused(self._grid), made_of
        return self._shown

    def _made_of(self, grid: Grid) -> tuple[object, ...]:
        """Return what tells one map from another."""
        here = grid.index(self.price or 1.0)
        changed = [(book.changes, book.standing.edges) for _, book in self._open]
        return grid, here, self._minute, *changed

    def _fused(self, grid: Grid) -> Exposure:
        held: Floats = np.zeros((2, grid.size))
        for _, book in self._open:
            book.add_to(held)
        price, usually = self.price, self._usually
        if price is None:
            return Exposure(grid, held[0], held[1], None, self._outlook)
        alike = self._alike
        self._factors = _drawn(grid, held, price, usually, alike)
        held *= self._factors
        edges = self._bands(grid, held, price, usually, alike)
        return Exposure(grid, held[0], held[1], edges, self._outlook)

    def parts(self) -> Parts:
        """Return what stands by venue and class of leverage."""
        self.exposure()
        found: dict[str, Floats] = {}
        for _, book in self._open:
            venue = book.instrument.venue
            found[venue] = found.get(venue, 0.0) + book.parts() * self._factors
        return found

    @property
    def _outlook(self) -> Outlook:
        return Outlook(self._volatility.daily, self._impact.per_usd)

    @property
    def _usually(self) -> float:
        """USD of which a share usually stands up to each distance."""
        return usual(sum(usd for usd, _ in self._open), self._volatility.daily)

    @property
    def _alike(self) -> float:
        """How much the market is of the usual kind, by how much is liquidated."""
        told = sum((usd * book.mixture.told for usd, book in self._open), np.zeros(2))
        return likeness(liveliness(told / sum(usd for usd, _ in self._open)))

    @property
    def _open(self) -> list[tuple[float, Book]]:
        """USD open and the book of every instrument of which anything is."""
        books = self._books.values()
        return [(book.usd(book.interest), book) for book in books if book.interest]

    @property
    def books(self) -> tuple[Book, ...]:
        """Every instrument's."""
        return tuple(self._books.values())

    @property
    def price(self) -> float | None:
        """The marks' mean, weighted by open interest."""
        books = self._open
        total = sum(usd for usd, _ in books)
        return sum(usd * (book.mark or 0.0) for usd, book in books) / total if total else None

    def _bands(self, grid: Grid, held: Floats, price: float, usually: float, alike: float) -> Bands:
        books = self._open
        total = sum(usd for usd, _ in books)
        lump = sum(usd * book.lump for usd, book in books) / total
        # Venues err alike: their doubts average instead of adding up to less.
        doubt = sum(usd * book.doubt for usd, book in books) / total
        return bands(grid, held, price, usually, lump, doubt, alike)

    def warming(self) -> str:
        """Say why the estimate cannot be trusted yet."""
        if not self._books:
            return "no price yet"
        books = self._open
        if not books:
            return "no open interest yet"
        _, largest = max(books, key=lambda one: one[0])
        if missing := largest.evidence.missing():
            return f"{largest.instrument.venue}: {missing}"
        total = sum(usd for usd, _ in books)
        turned = sum(book.usd(book.turned) for _, book in books) / total
        if turned < _TURNED:
            return f"{100 * turned:.0f} % of the open interest traded so far"
        return ""

    def remark(self) -> str:
        """Say whose open interest comes late: its trades are kept until it does."""
        late = {b.instrument.venue: b.evidence.late for _, b in self._open if b.evidence.late}
        return f"{', '.join(late)}: open interest {max(late.values()):.0f} s late" if late else ""


def _drawn(grid: Grid, held: Floats, price: float, usually: float, alike: float) -> Floats:
    """Return (2, size) by what the books' maps are multiplied in all."""
    factors, here = np.ones_like(held), min(max(grid.index(price), 0), grid.size - 1)
    long, short = held[0, here::-1], held[1, here:]
    factors[0, here::-1], factors[1, here:] = drawn(long, short, usually, alike)
    return factors
