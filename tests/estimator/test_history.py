import numpy as np
import pytest

from liqtui.estimator import Exposure
from liqtui.estimator.grid import Grid
from liqtui.estimator.history import History


def standing(usd: float, around: float = 100.0) -> Exposure:
    """Longs 3 % below 100, on a window around some price."""
    grid = Grid.around(around)
    long = np.zeros(grid.size)
    long[grid.index(97.0)] = usd
    return Exposure(grid, long, np.zeros(grid.size))


def test_what_stood_at_a_level_is_told_from_the_newest_minute_on() -> None:
    history = History(10)
    for minute, held in ((5, 1e6), (6, 2e6), (8, 4e6)):
        history.put(minute, standing(held, around=100.0 + minute))
    level = Grid.around(100.0)
    number = level.first + level.index(97.0)
    minutes, usd = history.held(0, number - 1, number + 1)
    assert minutes.tolist() == [8, 6, 5]
    assert usd.tolist() == pytest.approx([4e6, 2e6, 1e6], rel=1e-3)
    assert history.held(1, number, number)[1].tolist() == [0.0, 0.0, 0.0]


def test_before_any_column_there_is_nothing() -> None:
    minutes, usd = History(10).held(0, 5, 9)
    assert (len(minutes), len(usd)) == (0, 0)


def test_a_column_of_a_former_run_stays_as_it_was() -> None:
    history = History(10)
    was = np.array([[1.0, 2.0], [3.0, 4.0]], np.float16)
    history.recall(7, 100, was)
    history.put(7, standing(9e6))
    history.recall(7, 200, 2 * was)
    column = history.column(7, 99, 4, (True, True))
    assert column is not None
    assert column.tolist() == [0.0, 4e4, 6e4, 0.0]


def test_news_are_the_columns_that_nobody_took_yet() -> None:
    history, done = History(10), np.full(10, -1)
    for minute in (3, 4, 5):
        history.recall(minute, minute, np.ones((2, 1), np.float16))
    assert [(minute, first) for minute, first, _ in history.news(done, 2)] == [(3, 3), (4, 4)]
    history.recall(14, 9, np.ones((2, 1), np.float16))
    found = {minute: usd for minute, _, usd in history.news(done, 9)}
    assert sorted(found) == [5, 14]
    assert found[14].sum() == 2.0
    assert list(history.news(done, 9)) == []
