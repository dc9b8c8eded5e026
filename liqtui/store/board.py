"""The headline and the venues table, computed from what is latest."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from liqtui.model.market import Coverage, FeedState, Instrument, Side
from liqtui.model.snapshot import Headline, VenueRow, Window
from liqtui.store.feeds import FeedStates
from liqtui.store.market import Base, Book, Lags, Market, funding_8h, oi_change, oi_usd
from liqtui.store.rings import MINUTE

_YEAR_INTERVALS = 365 * 3
_PLAIN = {
    Coverage.FULL: "full",
    Coverage.PARTIAL: "part",
    Coverage.INFERRED: "infer",
    Coverage.NONE: "none",
}


class Label(Struct, frozen=True):
    """How a venue is written."""

    title: str
    tag: str


def headline(base: Base, now: int, whole_since: int = 0) -> Headline:
    """Return the top line of one base.

    Args:
        base: what is known of it.
        now: UTC ns, the end of every window.
        whole_since: UTC ns, the end of the last hole in what was heard; 0: there was none.
    """
    books = list(base.books.values())
    price, before = base.price, base.prices.near(now - 1440 * MINUTE, 10)
    return Headline(
        base=base.name,
        price=price,
        change_24h=price / before - 1.0 if price and before else None,
        oi_usd=oi_usd(books),
        oi_change_1h=oi_change(books, now, 60),
        funding_8h=funding_8h(books),
        long_1h=base.total(Side.LONG, now),
        short_1h=base.total(Side.SHORT, now),
        longer=_longer(base, now),
        lower_bound=any(not _complete(book.instrument) for book in books),
        since=base.first_liquidation,
        whole_since=whole_since or base.first_liquidation,
    )


def _longer(base: Base, now: int, venue: str = "") -> tuple[Window, ...]:
    return tuple(
        Window(
            hours,
            base.total(Side.LONG, now, venue, hours),
            base.total(Side.SHORT, now, venue, hours),
        )
        for hours in (4, 24)
    )


def _complete(instrument: Instrument) -> bool:
    return instrument.coverage is Coverage.FULL


def coverage_label(instrument: Instrument) -> str:
    """Return a badge of at most six letters."""
    if instrument.sampling is not None:
        return f"1/{instrument.sampling.window_s:g}s".replace("/1s", "/s")
    return _PLAIN.get(instrument.coverage, "part")


def venue_rows(
    base: Base, market: Market, feeds: FeedStates, labels: Mapping[str, Label], now: int
) -> tuple[VenueRow, ...]:
    """Return a row for every venue in use and, last, their total.

    Args:
        base: whose open interest and funding.
        market: for the lags.
        feeds: for the states.
        labels: the venues in use, in the order wanted.
        now: UTC ns.
    """
    rows = [
        _row(base, name, label.title, feeds, market.lags.get(name), now)
        for name, label in labels.items()
    ]
    return (*rows, _total(base, rows, now))


def _row(
    base: Base, venue: str, title: str, feeds: FeedStates, lags: Lags | None, now: int
) -> VenueRow:
    books = list(base.of(venue))
    largest = max(books, key=lambda book: book.oi_usd or 0.0, default=None)
    funding = largest.funding if largest else None
    status = feeds.worst(venue)
    each_8h = funding_8h([largest]) if largest else None
    live = status is not None and status.state is FeedState.LIVE
    whole = live and largest is not None and _complete(largest.instrument)
    return VenueRow(
        venue=venue,
        title=title,
        state=status.state if status else FeedState.CONNECTING,
        state_reason=status.reason if status else "not opened yet",
        state_since=status.at if status else now,
        oi_usd=oi_usd(books),
        oi_5m=oi_change(books, now, 5),
        oi_1h=oi_change(books, now, 60),
        oi_24h=oi_change(books, now, 1440),
        funding=funding.rate if funding else None,
        funding_kind=funding.kind if funding else None,
        interval_hours=funding.interval_hours if funding else None,
        settled=largest.settled.rate if largest and largest.settled else None,
        funding_8h=each_8h,
        funding_year=None if each_8h is None else each_8h * _YEAR_INTERVALS,
        due=funding.due if funding else None,
        coverage=largest.instrument.coverage if largest else Coverage.NONE,
        coverage_label=coverage_label(largest.instrument) if largest else "",
        long_1h=base.total(Side.LONG, now, venue) if largest else None,
        short_1h=base.total(Side.SHORT, now, venue) if largest else None,
        longer=_longer(base, now, venue) if largest else (),
        whole_since=status.at if whole and status else None,
        lag_ms=lags.median_ms if lags else None,
    )


def _total(base: Base, rows: Sequence[VenueRow], now: int) -> VenueRow:
    books: list[Book] = list(base.books.values())
    each_8h = funding_8h(books)
    whole = [row.whole_since for row in rows if row.whole_since is not None]
    return VenueRow(
        venue="",
        title="Total",
        state=FeedState.LIVE,
        oi_usd=oi_usd(books),
        oi_5m=oi_change(books, now, 5),
        oi_1h=oi_change(books, now, 60),
        oi_24h=oi_change(books, now, 1440),
        funding_8h=each_8h,
        funding_year=None if each_8h is None else each_8h * _YEAR_INTERVALS,
        long_1h=base.total(Side.LONG, now) if books else None,
        short_1h=base.total(Side.SHORT, now) if books else None,
        longer=_longer(base, now) if books else (),
        whole_since=max(whole, default=None) if len(whole) == len(rows) else None,
    )
