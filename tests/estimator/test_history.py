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
