"""What is still to be fetched."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from liqtui.archive.stretches import joined, missing, overlap, without
from liqtui.store.rings import MINUTE

SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)))


def seconds(spans: list[tuple[int, int]]) -> set[int]:
    return {second for start, end in spans for second in range(start, end)}


@given(SPANS)
def test_joining_changes_nothing_but_the_count(spans: list[tuple[int, int]]) -> None:
    found = joined(spans)
    assert seconds(found) == seconds(spans)
    assert all(one[1] < two[0] for one, two in pairwise(found))


@given(SPANS)
def test_what_is_missing_is_the_rest(spans: list[tuple[int, int]]) -> None:
    assert seconds(without((10, 50), spans)) == set(range(10, 50)) - seconds(spans)


def test_nothing_known_is_all_missing_and_all_known_is_nothing() -> None:
    day = (0, 1440 * MINUTE)
    assert missing(day, []) == [day]
    assert missing(day, [day]) == []


def test_it_is_fetched_in_whole_steps_and_near_holes_as_one() -> None:
    day = (0, 1440 * MINUTE)
    held = [(0, 61 * MINUTE), (64 * MINUTE, 90 * MINUTE), (91 * MINUTE, 1430 * MINUTE)]
    assert missing(day, held) == [(60 * MINUTE, 95 * MINUTE), (1430 * MINUTE, 1440 * MINUTE)]
    half = [(0, 100 * MINUTE), (200 * MINUTE, 300 * MINUTE), (400 * MINUTE, 1440 * MINUTE)]
    assert missing(day, half) == [(100 * MINUTE, 400 * MINUTE)]


def test_what_only_touches_does_not_overlap() -> None:
    assert not overlap(0, 5, [(5, 9)])
    assert overlap(0, 6, [(5, 9)])
