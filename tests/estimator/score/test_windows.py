import numpy as np
import pytest

from liqtui.estimator.path import Cut
from liqtui.estimator.score.windows import HOUR, Window, Windows, mirrored, moved
from tests.estimator.market import broken

HORIZON = 1_800_000_000_000


def published(usd: list[float], first: int = 0) -> Cut:
    return Cut(0, 1.0, first, np.array([usd, [0.0] * len(usd)], np.float32))


def window(at: int, events: list[float], first: int = 0) -> Window:
    return Window(at, 1.0, broken(first, events, [100.0 * y for y in events]), 0.01, 1.0)


def test_a_good_map_has_an_interval_above_zero_and_its_mirror_none() -> None:
    windows = Windows(HORIZON, 1000)
    random = np.random.default_rng(2)
    for i in range(300):
        weights = random.exponential(size=8)
        y = random.poisson(weights * 3).astype(float)
        made = window(i * HOUR, y.tolist())
        windows.open(made)
        right = published(weights.tolist())
        windows.add("good", made, right, [published(weights[::-1].tolist()), None, None])
        windows.add("even", made, published([1.0] * 8), [None] * 3)
    good, even = windows.report("good"), windows.report("even")
    assert good.ig_lo is not None
    assert good.ig_lo > 0.1
    assert good.ig_mirrored is not None
    assert good.ig_mirrored < 0
    assert good.ig_stale is None
    assert even.ig == pytest.approx(0.0, abs=1e-9)
    assert good.rho is not None
    assert good.rho > 0.5
    assert windows.difference("good", "even") == pytest.approx((good.ig, good.ig_lo, good.ig_hi))


def test_a_map_that_misses_is_an_even_spread_not_the_end() -> None:
    windows = Windows(HORIZON, 10)
    made = window(0, [1.0, 2.0])
    windows.open(made)
    row = windows.add("blind", made, published([0.0, 0.0]), [None] * 3)
    assert (row.mass, row.gain) == (0.0, 0.0)


def test_methods_that_come_late_and_go_missing_stay_in_step() -> None:
    windows = Windows(HORIZON, 10)
    for i in range(4):
        made = window(i * HOUR, [1.0, 0.0])
        windows.open(made)
        windows.add("early", made, published([1.0, 1.0]), [None] * 3)
        if i == 3:
            windows.add("late", made, published([3.0, 1.0]), [None] * 3)
    assert windows.report("early").windows == 4
    assert windows.report("late").windows == 1
    assert windows.report("never").windows == 0
    assert windows.report("late").ig == pytest.approx(np.log(0.95 * 1.5 + 0.05))


def dollars(times: float, windows: int = 40) -> Windows:
    """Windows in which a map says ``times`` what fires, sums of liquidations of $100."""
    made, random = Windows(HORIZON, 1000), np.random.default_rng(3)
    for i in range(windows):
        fired = random.poisson(20.0, 4).astype(float)
        one = Window(i * HOUR, 1.0, broken(0, fired.tolist(), (100.0 * fired).tolist()), 0, 1, 100)
        made.open(one)
        made.add("m", one, published([2000.0 * times] * 4), [None] * 3)
    return made


def test_a_total_is_right_or_wrong_beyond_chance() -> None:
    right, half = (dollars(times).report("m") for times in (1.0, 0.5))
    assert right.n_test is not None
    assert right.n_test > 0.01
    assert half.n_test is not None
    assert half.n_test < 1e-6
    assert right.intensity is not None
    assert half.intensity is not None
    assert right.intensity > half.intensity


def test_without_a_size_of_liquidations_no_total_is_judged() -> None:
    windows = Windows(HORIZON, 10)
    made = window(0, [1.0])
    windows.open(made)
    windows.add("m", made, published([1.0]), [None] * 3)
    found = windows.report("m")
    assert (found.n_test, found.intensity) == (None, None)


def test_old_rows_are_forgotten() -> None:
    windows = Windows(HORIZON, 3)
    for i in range(5):
        made = window(i * HOUR, [1.0])
        windows.open(made)
        windows.add("m", made, published([1.0]), [None] * 3)
    assert windows.report("m").windows == 3


def test_placebos_move_what_they_should() -> None:
    one = Cut(5, 2.0, 10, np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], np.float32))
    assert mirrored(one).usd.tolist() == [[6.0, 5.0, 4.0], [3.0, 2.0, 1.0]]
    elsewhere = moved(one, Cut(9, 3.0, 20, one.usd))
    assert (elsewhere.first, elsewhere.price) == (20, 3.0)
