from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from liqtui.alerts.latch import Latch, turned

PAUSE = 60


@given(st.lists(st.tuples(st.integers(0, 30), st.floats(0, 1000)), max_size=200))
def test_what_is_told_again_within_the_pause_is_twice_as_much(
    course: list[tuple[int, float]],
) -> None:
    latch, now, told = Latch(), 0, list[tuple[int, float]]()
    for step, value in course:
        now += step
        latch, tell = turned(latch, value, 10.0, 5.0, now, PAUSE)
        if tell:
            told.append((now, value))
    assert all(value >= 10.0 for _, value in told)
    for (before, less), (after, more) in pairwise(told):
        assert after - before >= PAUSE or more >= 2 * less


@given(st.floats(10, 1000), st.integers(2, 500))
def test_the_same_is_told_once_however_long_it_lasts(value: float, times: int) -> None:
    latch, count = Latch(), 0
    for now in range(times):
        latch, tell = turned(latch, value, 10.0, 5.0, now, PAUSE)
        count += tell
    assert count == 1


def test_between_the_levels_nothing_changes() -> None:
    latch, _ = turned(Latch(), 12.0, 10.0, 5.0, 0, PAUSE)
    assert turned(latch, 6.0, 10.0, 5.0, 1000, PAUSE) == (latch, False)
    over, _ = turned(latch, 4.0, 10.0, 5.0, 1000, PAUSE)
    assert not over.on
    assert turned(over, 11.0, 10.0, 5.0, 1001, PAUSE)[1]
    assert not turned(over, 11.0, 10.0, 5.0, 30, PAUSE)[1]
