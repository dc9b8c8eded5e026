from typing import Any, Final

import numpy as np
import pytest

from liqtui.estimator import book as books
from liqtui.estimator.basis import ATOMS
from liqtui.estimator.book import Book
from liqtui.estimator.coverage import Twins
from liqtui.estimator.flow import Flow, Opened
from liqtui.estimator.grid import Grid
from liqtui.estimator.lag import NS, Lag
from liqtui.estimator.mixture import OPINIONS
from tests.making import BTC, at

HOUR = 3600.0
LATE: Final = 120
"""Seconds."""
CALM, CROWDED = 1e-4, 6e-4


def opened(*readings: tuple[float, float]) -> Book:
    """Return a book after readings of open interest, each at an hour."""
    book = Book(BTC, Grid.around(100.0), Twins(), [])
    for hour, interest in readings:
        book.marked(100.0, 100.0, 100.0, at(hour * HOUR))
        book.opened(interest, at(hour * HOUR))
    return book


def leverage(book: Book) -> float:
    """Return the mean opinion, in logarithms."""
    medians = np.log([one[0] for one in OPINIONS])
    return float((book.mixture.weights.sum(axis=0) * medians).sum())


def paid(book: Book, *rates: float, since: float = 0.0, hours: float | None = 8.0) -> float:
    for hour, rate in enumerate(rates):
        book.paid(rate, hours, at((since + hour) * HOUR))
    return leverage(book)


def test_a_moment_of_high_funding_is_no_crowd_but_days_of_it_are() -> None:
    calm = paid(opened(), CALM, CALM)
    assert paid(opened(), CALM, CROWDED) < calm + 0.2 * (paid(opened(), CROWDED) - calm)
    assert paid(opened(), CALM, *[CROWDED] * 48) > calm + 0.15


def test_funding_each_hour_counts_as_what_eight_of_them_come_to() -> None:
    assert paid(opened(), CROWDED / 8, hours=1.0) == paid(opened(), CROWDED)


def test_growth_is_that_of_the_last_day_and_not_since_the_start() -> None:
    grown = opened((0, 1e4), (1, 1e4), (6, 1.4e4))
    long_ago = opened((0, 1e4), (1, 1e4), (6, 1.4e4), *[(7 + h, 1.4e4) for h in range(96)])
    assert paid(grown, CROWDED, since=200) > paid(long_ago, CROWDED, since=200) + 0.05


def expected(high: float = 100.0, ago: int = 1) -> float:
    """Return what usually fires on a rise by 6 %, after another rise some hours ago."""
    book = opened((-200, 1e4))
    for hour in range(-199, 0):
        top = high if hour == -ago else 100.0
        book.marked(100.0, top, 100.0, at(hour * HOUR))
    book._seen = True
    before: float = book.mixture.told[1]
    for minute in range(12):
        book.marked(100.0, 100.0 + 0.6 * min(minute, 10), 100.0, at(60.0 * minute))
    after: float = book.mixture.told[1]
    return after - before


def test_ground_that_the_price_has_just_been_on_is_not_new_but_that_of_last_week_is() -> None:
    fresh = expected()
    assert expected(106.0, 1) < 0.3 * fresh
    assert expected(106.0, 190) == pytest.approx(fresh, rel=0.05)


class Late(Lag):
    """Believed from the start."""

    def __init__(self) -> None:
        super().__init__()
        self.late = LATE * NS


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(books, "Lag", Late)


def grown() -> Book:
    """Return a book of which much is traded at 100 while it grows, told two minutes later."""
    book = opened((0, 1e4))
    book.standing.clear()
    for second in range(0, 301, 10):
        price = 100.0 if second < 60 else 108.0
        book.marked(price, price, price, at(second))
        book.trade(price, 1000.0 if second < 60 else 1.0, second % 20 == 0, at(second))
        if second % 60 == 0 and second:
            book.opened(1.2e4 if second >= 60 + LATE else 1e4, at(second))
    return book


def entered_low(book: Book) -> float:
    """Return how much of the shorts whose margin is a tenth stands nearer to 100 than to 108."""
    held = book.standing.split(np.ones_like(book.standing.quantity), np.ones(ATOMS), 90.0)[2, 1]
    prices = book.standing.grid.prices
    return float(held[prices < 114.0].sum() / held.sum())


def test_what_is_published_late_opened_where_it_was_traded_then(late: None) -> None:
    assert entered_low(grown()) > 0.9


def test_what_is_not_known_to_be_late_opened_where_it_is_traded_now() -> None:
    assert entered_low(grown()) < 0.9
    assert grown().doubts == 1


def test_what_is_published_late_contradicts_no_trades(late: None) -> None:
    assert grown().doubts == 0


def test_a_lag_that_is_found_clears_of_doubts_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    book = grown()
    book.doubts = 50
    doubt = book.doubt

    def found(lag: Lag, _change: float, _at: int) -> bool:
        lag.late = LATE * NS
        return True

    monkeypatch.setattr(Lag, "reading", found)
    book.opened(1.2e4, at(360))
    assert book.doubts == 0
    assert book.evidence.late == LATE
    assert book.doubt < doubt


def test_all_that_was_traded_is_settled_once_whenever_a_lag_comes_and_goes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settled: list[float] = []
    settle = Flow.settle

    def counted(flow: Flow, *told: Any) -> Opened:
        settled.append(flow._now.volume)
        return settle(flow, *told)

    def toggling(lag: Lag, _change: float, at_: int) -> bool:
        lag.late = (at_ - at(0)) // (600 * NS) % 2 * LATE * NS
        return True

    monkeypatch.setattr(Flow, "settle", counted)
    monkeypatch.setattr(Lag, "reading", toggling)
    book = opened((0, 1e9))
    for second in range(0, 3670, 10):
        book.trade(100.0, 1.0, second % 20 == 0, at(second))
        if second % 60 == 0:
            book.opened(1e9, at(second))
    assert len(settled) > 40
    assert sum(settled) == 367
