import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqtui.estimator.grid import STEP, Grid, bucket, buckets, centres

prices = st.floats(1e-9, 1e8)


@given(prices)
def test_a_price_lies_in_its_bucket(price: float) -> None:
    centre = float(centres(bucket(price)))
    assert abs(np.log(price / centre)) <= STEP / 2 * (1 + 1e-6)
    assert buckets([price])[0] == bucket(price)


@given(prices)
def test_a_window_around_a_price_holds_it(price: float) -> None:
    grid = Grid.around(price)
    assert grid.holds(price)
    assert grid.index(price) == grid.size // 2
    assert grid.prices[grid.index(price)] == pytest.approx(price, rel=STEP)


@given(st.integers(-3000, 3000))
def test_moving_a_window_moves_no_level(shift: int) -> None:
    here, there = Grid(1000), Grid(1000 + shift)
    values = np.arange(2.0 * here.size).reshape(2, -1) + 1
    moved = here.move(values, there)
    for number in (1000, 1500, 2000, 3047):
        if 0 <= number - there.first < there.size:
            assert (moved[:, number - there.first] == values[:, number - 1000]).all()
    kept = max(0, here.size - abs(shift))
    assert np.count_nonzero(moved) == 2 * kept
