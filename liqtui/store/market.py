"""The latest of every market and the windows over it."""

from collections import deque
from collections.abc import Iterable, Iterator
from statistics import median
from typing import Final

import numpy as np
from numpy.typing import NDArray

from liqtui.model.events import (
    Candle,
    Funding,
    Liquidation,
    Listing,
    MarketEvent,
    MarkPrice,
    OpenInterest,
    Trade,
)
from liqtui.model.market import CandlePrice, FundingKind, Instrument, Side, Unit
from liqtui.model.records import Sum
from liqtui.model.volume import Volume
from liqtui.store.rings import MINUTE, MinuteValues, Points, Sums
from liqtui.store.volume import Traded, volume

HOUR = 60 * MINUTE
_TRACED = 5 * 1440
"""Minutes of price that a map may be drawn over."""
_OI_REACH = 10
"""Minutes by which a sample may be older than the moment asked for: history comes in fives."""
_COMPARED = 1440 + _OI_REACH + 1
"""Minutes of open interest that its change of a day needs."""


_NO_POINTS: Final = (np.empty(0, np.int64), np.empty(0), np.empty(0))


class Book:
    """One instrument: what it is and the newest of everything said about it."""

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.mark: MarkPrice | None = None
        self.interest: OpenInterest | None = None
        self.estimated: Funding | None = None
        self.settled: Funding | None = None
        self.close: Candle | None = None
        self._interest = MinuteValues(_COMPARED)

    def apply(self, event: MarketEvent) -> None:
        """Take in one event of this instrument."""
        match event:
            case MarkPrice() if self.mark is None or event.at >= self.mark.at:
                self.mark = event
            case OpenInterest(face=face) if face is not None:
                self._interest.put(event.at, face)
                if self.interest is None or event.at >= self.interest.at:
                    self.interest = event
            case Funding():
                self._fund(event)
            case Candle() if self.close is None or event.at >= self.close.at:
                self.close = event
            case _:
                pass

    def _fund(self, event: Funding) -> None:
        if event.kind is FundingKind.ESTIMATED:
            if self.estimated is None or event.at >= self.estimated.at:
                self.estimated = event
        elif self.settled is None or event.at >= self.settled.at:
            self.settled = event

    @property
    def funding(self) -> Funding | None:
        """The running estimate, else what was settled last."""
        return self.estimated or self.settled

    @property
    def price(self) -> float | None:
        """The mark, else the last candle's close."""
        if self.mark is not None:
            return self.mark.price
        return self.close.close if self.close is not None else None

    @property
    def oi_usd(self) -> float | None:
        """One-sided open interest at the mark; the venue's own figure where there is no mark."""
        interest, price = self.interest, self.price
        if interest is None:
            return None
        if self.instrument.contract_unit is Unit.QUOTE or price is None:
            return interest.notional
        return None if interest.quantity is None else interest.quantity * price

    def oi_before(self, now: int, minutes: int) -> float | None:
        """Return the open interest (`OpenInterest.face`) of ``minutes`` ago, None if unknown."""
        return self._interest.near(now - minutes * MINUTE, _OI_REACH)


class Flow:
    """What one venue liquidated: USD per side by minute, of a day by five, and where."""

    def __init__(self) -> None:
        self._minutes = {side: Sums(2 * 60) for side in Side}
        self._day = {side: Sums(288 + 1, 5) for side in Side}
        self.points = Points(20_000)

    def add(self, event: Liquidation) -> None:
        """Count one liquidation of known notional."""
        if event.notional is not None:
            self.recall(event.side, event.at, event.notional)
            sign = 1.0 if event.side is Side.LONG else -1.0
            self.points.add(event.at, event.price, sign * event.notional)

    def recall(self, side: Side, at: int, usd: float) -> None:
        """Count what was liquidated in some minutes of a former run."""
        self._minutes[side].add(at, usd)
        self._day[side].add(at, usd)

    def total(self, side: Side, now: int, hours: int) -> float:
        """Return the USD of the last hours, a day's at most."""
        return (self._minutes if hours == 1 else self._day)[side].total(now, 60 * hours)


class Base:
    """Everything on one coin: its books over all venues, its price and its liquidations."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.books: dict[tuple[str, str], Book] = {}
        """Of the instruments priced in dollars; only these add up."""
        self._others: dict[tuple[str, str], Book] = {}
        self.flows: dict[str, Flow] = {}
        self._traded: dict[str, Traded] = {}
        self.prices = MinuteValues(_TRACED)
        self.first_liquidation: int | None = None
        self.price_before: float | None = None
        """The last price that a former run heard."""

    def book(self, instrument: Instrument) -> Book:
        """Return the instrument's book, new or with what is newly said of the instrument."""
        books = self.books if instrument.in_dollars else self._others
        book = books.get(instrument.key)
        if book is None:
            book = books[instrument.key] = Book(instrument)
        elif book.instrument is not instrument:
            book.instrument = instrument
        return book

    def strike(self, instrument: Instrument) -> None:
        """Forget a contract that is listed no more: what was open on it is not."""
        self.books.pop(instrument.key, None)
        self._others.pop(instrument.key, None)

    def of(self, venue: str) -> Iterator[Book]:
        """Yield the books of one venue; of all venues for an empty name."""
        return (b for b in self.books.values() if not venue or b.instrument.venue == venue)

    @property
    def price(self) -> float | None:
        """The marks' mean, weighted by open interest; their plain median where none is known.

        A venue whose last mark is a minute older than another's does not hold the price back.
        """
        marked = [(b.mark, b.oi_usd or 0.0) for b in self.books.values() if b.mark]
        newest = max((mark.seen or mark.at for mark, _ in marked), default=0)
        marks = [(m.price, oi) for m, oi in marked if (m.seen or m.at) > newest - MINUTE]
        weight = sum(oi for _, oi in marks)
        if weight:
            return sum(price * oi for price, oi in marks) / weight
        if marks:
            return median(price for price, _ in marks)
        closes = [b.close for b in self.books.values() if b.close]
        return max(closes, key=lambda candle: candle.at).close if closes else None

    def flow(self, venue: str) -> Flow:
        """Return what was liquidated on a venue, made when it is first asked for."""
        flow = self.flows.get(venue)
        if flow is None:
            flow = self.flows[venue] = Flow()
        return flow

    def recall(self, sums: Sum) -> None:
        """Count what was liquidated in some minutes of a former run."""
        at = sums.minute * MINUTE
        self.flow(sums.venue).recall(sums.side, at, sums.usd)
        self.first_liquidation = min(self.first_liquidation or at, at)

    def liquidated(self, event: Liquidation) -> None:
        """Count a liquidation that was not quarantined."""
        self.flow(event.instrument.venue).add(event)
        if self.first_liquidation is None:
            self.first_liquidation = event.seen or event.at

    def points(
        self, at: int, venues: frozenset[str]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
        """Return times (UTC ns), prices and signed USD of liquidations at or after ``at``.

        Args:
            at: UTC ns.
            venues: whose; empty: of all.
        """
        flows = (flow for name, flow in self.flows.items() if not venues or name in venues)
        times, prices, usd = zip(
            _NO_POINTS, *(flow.points.since(at) for flow in flows), strict=True
        )
        return np.concatenate(times), np.concatenate(prices), np.concatenate(usd)

    def trade(self, event: Trade) -> None:
        """Count a trade."""
        self.traded(event.instrument.venue).add(event)

    def traded(self, venue: str) -> Traded:
        """Return what was traded on a venue, made when it is first asked for."""
        traded = self._traded.get(venue)
        if traded is None:
            traded = self._traded[venue] = Traded()
        return traded

    def volume(self, venues: frozenset[str], now: int) -> Volume | None:
        """Return how the trades of some venues are distributed; of all, for an empty set."""
        chosen = (one for name, one in self._traded.items() if not venues or name in venues)
        return volume(chosen, now)

    def total(self, side: Side, now: int, venue: str = "", hours: int = 1) -> float:
        """Return the USD liquidated in the last hours, of one venue or all."""
        flows = [f for name, f in self.flows.items() if not venue or name == venue]
        return sum(flow.total(side, now, hours) for flow in flows)


def oi_usd(books: Iterable[Book]) -> float | None:
    """Return the sum of what is known, None when nothing is."""
    known = [usd for book in books if (usd := book.oi_usd) is not None]
    return sum(known) if known else None


def shares(books: Iterable[Book]) -> tuple[tuple[str, float], ...]:
    """Return each venue's share of the open interest that is known."""
    held: dict[str, float] = {}
    for book in books:
        venue = book.instrument.venue
        held[venue] = held.get(venue, 0.0) + (book.oi_usd or 0.0)
    total = sum(held.values())
    return tuple((venue, usd / total) for venue, usd in held.items()) if total else ()


def oi_change(books: Iterable[Book], now: int, minutes: int) -> float | None:
    """Return the change of open interest as a fraction, counted in contracts.

    Only instruments whose present and past are both known are compared, and each weighs by its
    present value, so that a new listing is not growth and a price move is not either.
    """
    past = present = 0.0
    for book in books:
        before, usd = book.oi_before(now, minutes), book.oi_usd
        if before is None or not usd or book.interest is None or not book.interest.face:
            continue
        past += before * usd / book.interest.face
        present += usd
    return present / past - 1.0 if past else None


def funding_8h(books: Iterable[Book]) -> float | None:
    """Return the funding rate per 8 hours, weighted by open interest; None when unknown."""
    total = weight = 0.0
    for book in books:
        funding, usd = book.funding, book.oi_usd
        if funding is None or not funding.interval_hours or not usd:
            continue
        total += usd * funding.rate * 8.0 / funding.interval_hours
        weight += usd
    return total / weight if weight else None


class Lags:
    """Receipt minus the venue's time, of the newest marks of one venue."""

    def __init__(self) -> None:
        self._ms: deque[float] = deque(maxlen=101)

    def add(self, event: MarkPrice) -> None:
        """Note one mark, if its receipt was recorded."""
        if event.seen:
            self._ms.append((event.seen - event.at) / 1e6)

    @property
    def median_ms(self) -> float | None:
        """The median, None before the first."""
        return median(self._ms) if self._ms else None


class Market:
    """All bases; the one place where an event changes what is latest."""

    def __init__(self) -> None:
        self.bases: dict[str, Base] = {}
        self.lags: dict[str, Lags] = {}

    def base(self, name: str) -> Base:
        """Return a base, made when it is first asked for."""
        base = self.bases.get(name)
        if base is None:
            base = self.bases[name] = Base(name)
        return base

    def _lags_of(self, venue: str) -> Lags:
        lags = self.lags.get(venue)
        if lags is None:
            lags = self.lags[venue] = Lags()
        return lags

    def apply(self, event: MarketEvent) -> Book:
        """Take in one event and return the book it changed."""
        base = self.base(event.instrument.base)
        book = base.book(event.instrument)
        if isinstance(event, Trade):
            if event.instrument.in_dollars:
                base.trade(event)
            return book
        book.apply(event)
        if isinstance(event, Listing) and not event.listed:
            base.strike(event.instrument)
        if isinstance(event, MarkPrice):
            self._lags_of(event.instrument.venue).add(event)
        if not event.instrument.in_dollars:
            return book
        if isinstance(event, MarkPrice):
            base.prices.put(event.at, event.price)
        elif isinstance(event, Candle) and event.price is not CandlePrice.INDEX:
            base.prices.put(event.at - 1, event.close)
        return book

    def ranked(self) -> list[str]:
        """Return the bases by open interest, largest first; the unmeasured last, by name."""
        sizes = {name: oi_usd(base.books.values()) for name, base in self.bases.items()}
        return sorted(sizes, key=lambda name: (-(sizes[name] or 0.0), name))
