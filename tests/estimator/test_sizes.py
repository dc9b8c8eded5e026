import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqtui.estimator.sizes import Sizes


def test_one_huge_size_does_not_outweigh_thousands() -> None:
    sizes = Sizes()
    for _ in range(2000):
        sizes.take(1e4)
    usual = sizes.capped_lump()
    assert sizes.take(2e7) < 3e4
    assert sizes.capped_lump() == pytest.approx(usual, rel=0.01)
    assert sizes.lump(0.0, 1.0) > 100 * usual


def test_before_any_size_the_guess_stands() -> None:
    sizes = Sizes()
    assert sizes.lump(5e3, 1e5) == pytest.approx(5e3)
    assert sizes.capped_lump(5e3, 1e5) == pytest.approx(5e3)
    assert sizes.left(1e5) == 1.0


@given(st.lists(st.floats(1.0, 1e12), min_size=1, max_size=200))
def test_capped_sizes_are_a_part_of_all(found: list[float]) -> None:
    sizes = Sizes()
    capped = np.array([sizes.take(usd) for usd in found])
    assert (capped <= np.array(found)).all()
    assert 0.0 < sizes.left(1.0) <= 1.0
    assert capped.min() <= sizes.capped_lump() * (1 + 1e-6)
    assert sizes.capped_lump() <= capped.max() * (1 + 1e-6)
