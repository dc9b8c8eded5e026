import numpy as np
import pytest

from liqtui.estimator import Exposure
from liqtui.estimator.fire import Forms
from liqtui.estimator.grid import Grid
from liqtui.estimator.path import REACH, Cut, cut
from tests.estimator.market import broken
from tests.making import at

GRID = Grid.around(100.0)
HERE = GRID.index(100.0)
DEEP = slice(HERE - 40, HERE - 5)


def published(usd: np.ndarray) -> Cut:
    long = np.zeros(GRID.size)
    long[DEEP] = usd
    return cut(Exposure(GRID, long, np.zeros(GRID.size)), 100.0, at(0))


def spikes(offset: int) -> np.ndarray:
    usd = np.full(35, 1e4)
    usd[offset::7] = 1e7
    return usd


def taught(fired_at: int, times: int = 40) -> Forms:
    """Learn from a map of peaks of which what fired lay so many bins away."""
    forms = Forms()
    events = np.zeros(35)
    events[fired_at::7] = 20.0
    fresh = broken(GRID.first + HERE - 40, events.tolist(), (events * 5e4).tolist())
    for _ in range(times):
        forms.learn(fresh, published(spikes(0)))
    return forms


def test_peaks_that_fire_keep_the_map_and_peaks_that_do_not_spread_it() -> None:
    right, wrong = taught(0).shares, taught(3).shares
    assert right[0] > 3 * wrong[0]
    assert wrong[2] > 3 * right[2]


def test_dollars_are_those_that_fired() -> None:
    forms = taught(0)
    long = np.zeros((2, GRID.size))
    long[0, DEEP] = spikes(0)
    expected = forms.applied(long, GRID, 100.0)
    assert expected[0, DEEP].sum() == pytest.approx(5 * 20 * 5e4, rel=0.1)


def test_what_is_crossed_and_does_not_fire_counts() -> None:
    forms = Forms()
    before = forms.shares
    for _ in range(40):
        forms.learn(broken(GRID.first + HERE - 40, [0.0] * 35, [0.0] * 35), published(spikes(0)))
    assert (forms.shares < 0.2 * before).all()


def test_longs_are_expected_below_the_price_and_shorts_above_within_reach() -> None:
    usd = np.ones((2, GRID.size))
    expected = Forms().applied(usd, GRID, 100.0)
    longs, shorts = (np.flatnonzero(side) for side in expected)
    assert (longs.min(), longs.max()) == (HERE - REACH, HERE - 1)
    assert (shorts.min(), shorts.max()) == (HERE + 1, HERE + REACH)


def test_of_an_empty_map_nothing_is_expected() -> None:
    assert not Forms().applied(np.zeros((2, GRID.size)), GRID, 100.0).any()
    forms = Forms()
    forms.learn(broken(0, [5.0], [1e5]), published(np.zeros(35)))
    assert np.isfinite(forms.shares).all()


def test_what_was_learned_fades() -> None:
    forms = taught(0)
    forms.forget(150 * 86_400_000_000_000)
    assert forms.shares == pytest.approx(Forms().shares, rel=0.05)
