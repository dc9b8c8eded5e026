from itertools import pairwise

import pytest

from liqtui.sim.feed import Moment
from liqtui.sim.scripted import Scripted
from liqtui.sim.wire import SECOND, Liquidated
from liqtui.sim.wires import binance
from tests.sim import made

NOW = made.AT
CONTRACTS = binance.CONTRACTS[:3]


@pytest.fixture(scope="module")
def feed() -> Scripted:
    return Scripted(CONTRACTS, NOW, 5)


@pytest.fixture(scope="module")
def moments(feed: Scripted) -> list[Moment]:
    return list(feed.moments())


def test_the_past_is_a_day_that_ends_now(feed: Scripted) -> None:
    books = list(feed.past())
    assert [book.ticker.contract for book in books] == list(CONTRACTS)
    for book in books:
        assert 0 <= NOW - (book.bars[-1].at + 60 * SECOND) < 300 * SECOND
        assert len(book.bars) == 1440
        assert len(book.points(300)) == 289
        step = book.ticker.contract.funding_hours * 3600 * SECOND
        times = [one.at for one in book.settled]
        assert all(time % step == 0 and time <= NOW for time in times)
        assert all(later - earlier == step for earlier, later in pairwise(times))
        assert book.ticker.marked.due == times[-1] + step


def test_the_seconds_follow_on_it(feed: Scripted, moments: list[Moment]) -> None:
    start = next(iter(feed.past())).ticker.at
    assert [one.at for one in moments] == [start + n * SECOND for n in range(1, 1200)]
    for one in moments:
        assert all(one.at - SECOND <= event.at < one.at for event in one.happened)
        assert [ticker.at for ticker in one.tickers] == [one.at] * len(CONTRACTS)
    assert sum(isinstance(e, Liquidated) for one in moments for e in one.happened) > 100


def test_each_minute_ends_in_a_bar_that_opens_where_the_last_closed(
    feed: Scripted, moments: list[Moment]
) -> None:
    last = {book.ticker.contract: book.bars[-1] for book in feed.past()}
    count = 0
    for one in moments:
        for bar in one.bars:
            before = last[bar.contract]
            assert (bar.at - before.at, bar.at + 60 * SECOND) == (60 * SECOND, one.at)
            assert bar.open == before.close
            assert bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high
            last[bar.contract] = bar
            count += 1
    assert count == 20 * len(CONTRACTS)


def test_nobody_knows_where_its_positions_stand(feed: Scripted) -> None:
    assert not feed.truth(NOW)
