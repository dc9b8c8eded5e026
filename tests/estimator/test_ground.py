"""How much of what usually stands the price went through."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqtui.estimator.ground import Ground, within

DAY = 86_400.0
PRICES = st.lists(st.floats(90.0, 110.0), min_size=1, max_size=30)


def ground(*ranges: tuple[float, float]) -> Ground:
    made = Ground()
    for low, high in ((100.0, 100.0), *ranges):
        made.cross(low, high)
    return made


def test_more_stands_the_further_one_goes() -> None:
    shares = [within(distance / 1000) for distance in range(3, 160)]
    assert all(less <= more for less, more in pairwise(shares))
    assert 1e-6 < shares[0] < 1e-3 < 0.1 < shares[-1] < 0.5


def test_only_new_ground_counts() -> None:
    there_and_back = ground((100.0, 103.0), (100.0, 100.0), (101.0, 103.0)).close(103.0, 60.0)
    assert there_and_back == pytest.approx(ground((100.0, 103.0)).close(103.0, 60.0))
    assert ground().close(100.0, 60.0) == 0.0


@given(PRICES)
def test_a_way_in_pieces_meets_what_it_meets_in_one(prices: list[float]) -> None:
    pieces = ground(*((price, price) for price in prices)).close(100.0, 60.0)
    whole = ground((min(100.0, *prices), max(100.0, *prices))).close(100.0, 60.0)
    assert pieces == pytest.approx(whole)


def test_a_side_is_as_good_as_the_other() -> None:
    up, down = ground((100.0, 105.0)), ground((100.0 / 1.05, 100.0))
    assert up.close(105.0, 60.0) == pytest.approx(down.close(95.0, 60.0))


def test_ground_is_new_again_after_days() -> None:
    made = ground((100.0, 105.0))
    first = made.close(100.0, 60.0)
    assert made.close(100.0, 60.0) == 0.0
    made.close(100.0, 7 * DAY)
    made.cross(100.0, 105.0)
    assert made.close(105.0, 60.0) == pytest.approx(first, rel=0.05)
