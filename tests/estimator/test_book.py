import numpy as np

from liqtui.estimator.book import Book
from liqtui.estimator.coverage import Twins
from liqtui.estimator.grid import Grid
from liqtui.estimator.mixture import OPINIONS
from tests.making import BTC, at

HOUR = 3600.0
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
    assert paid(opened(), CALM, *[CROWDED] * 48) > calm + 0.2


def test_funding_each_hour_counts_as_what_eight_of_them_come_to() -> None:
    assert paid(opened(), CROWDED / 8, hours=1.0) == paid(opened(), CROWDED)


def test_growth_is_that_of_the_last_day_and_not_since_the_start() -> None:
    grown = opened((0, 1e4), (1, 1e4), (6, 1.4e4))
    long_ago = opened((0, 1e4), (1, 1e4), (6, 1.4e4), *[(7 + h, 1.4e4) for h in range(96)])
    assert paid(grown, CROWDED, since=200) > paid(long_ago, CROWDED, since=200) + 0.05
