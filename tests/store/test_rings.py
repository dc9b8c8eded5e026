import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from liqtui.store.rings import MINUTE, MinuteValues, Points, Sums
from tests.making import START, at

minutes = st.lists(st.tuples(st.integers(0, 9), st.floats(-1e6, 1e6)), max_size=40)


@given(minutes)
def test_values_do_not_care_for_order_between_minutes(pairs: list[tuple[int, float]]) -> None:
    ring = MinuteValues(10)
    last = {}
    for minute, value in pairs:
        ring.put(START + minute * MINUTE, value)
        last[minute] = value
    for minute in range(10):
        assert ring.near(START + minute * MINUTE, 0) == last.get(minute)


@given(st.lists(st.tuples(st.integers(0, 299), st.floats(-1e6, 1e6)), max_size=80))
def test_growing_loses_nothing(pairs: list[tuple[int, float]]) -> None:
    ring = MinuteValues(300)
    last = {}
    for minute, value in pairs:
        ring.put(START + minute * MINUTE, value)
        last[minute] = value
    found = ring.at_minutes(START // MINUTE + np.arange(300))
    assert {m: v for m, v in enumerate(found.tolist()) if not np.isnan(v)} == last


def test_a_later_value_of_the_minute_stays() -> None:
    ring = MinuteValues(10)
    ring.put(at(30), 2.0)
    ring.put(at(10), 1.0)
    assert ring.near(at(59), 0) == 2.0


def test_near_looks_back_no_further_than_asked() -> None:
    ring = MinuteValues(100)
    ring.put(at(0), 1.0)
    assert ring.near(at(300), 5) == 1.0
    assert ring.near(at(360), 5) is None


def test_an_old_value_does_not_push_out_a_new_one() -> None:
    ring = MinuteValues(10)
    ring.put(START + 20 * MINUTE, 2.0)
    ring.put(START + 10 * MINUTE, 1.0)
    assert ring.near(START + 20 * MINUTE, 0) == 2.0
    found = ring.at_minutes(np.array([START // MINUTE + 10, START // MINUTE + 20]))
    assert np.isnan(found[0])
    assert found[1] == 2.0


@given(minutes)
def test_sums_add_up(pairs: list[tuple[int, float]]) -> None:
    ring = Sums(10)
    for minute, value in pairs:
        ring.add(START + minute * MINUTE, value)
    total = ring.total(START + 9 * MINUTE, 10)
    assert abs(total - sum(value for _, value in pairs)) < 1e-3


def test_sums_forget_what_is_older_than_the_window() -> None:
    ring = Sums(120)
    ring.add(at(0), 5.0)
    ring.add(at(3540), 7.0)
    assert ring.total(at(3599), 60) == 12.0
    assert ring.total(at(3600), 60) == 7.0


def test_sums_of_several_minutes_are_of_whole_steps() -> None:
    ring = Sums(13, 5)
    for second in (0, 300, 3540):
        ring.add(at(second), 1.0)
    start = START // MINUTE % 5
    assert start == 4  # so that the first step ends a minute later
    assert ring.total(at(3540), 60) == 2.0
    assert ring.total(at(3540), 65) == 3.0


def test_points_keep_the_newest() -> None:
    points = Points(3)
    for second in range(5):
        points.add(at(second), 100.0 + second, 1.0)
    times, prices, usd = points.since(at(3))
    assert sorted(times.tolist()) == [at(3), at(4)]
    assert sorted(prices.tolist()) == [103.0, 104.0]
    assert usd.tolist() == [1.0, 1.0]
    assert len(points.since(0)[0]) == 3


def test_points_grow_to_their_size_and_no_further() -> None:
    points = Points(150)
    for second in range(400):
        points.add(at(second), 1.0, 1.0)
        times, _, _ = points.since(0)
        assert sorted(times.tolist()) == [at(s) for s in range(max(0, second - 149), second + 1)]


@given(st.lists(st.integers(0, 40), max_size=4), st.integers(1, 100))
def test_many_points_at_once_are_as_one_by_one(sizes: list[int], most: int) -> None:
    one, many, number = Points(most), Points(most), 0
    for size in sizes:
        block = np.arange(number, number + size)
        number += size
        for value in block.tolist():
            one.add(value, 2.0 * value, -value)
        many.extend(block, np.float64(2.0) * block, np.float64(-1.0) * block)
        assert [np.sort(found).tolist() for found in many.since(0)] == [
            np.sort(found).tolist() for found in one.since(0)
        ]
