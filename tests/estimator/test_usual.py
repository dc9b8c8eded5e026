import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqtui.estimator.basis import Floats
from liqtui.estimator.usual import RADII, SHARES, drawn, likeness, usual

OPEN = 1e10


def side(share: float) -> Floats:
    """Return USD outward, of which each shell holds so many times what is usual."""
    edges = np.exp(RADII).round().astype(int)
    shells = share * OPEN * np.diff(np.exp(SHARES), prepend=0.0)
    within = np.repeat(shells / np.diff(edges, prepend=0), np.diff(edges, prepend=0))
    beyond = max(OPEN - within.sum(), 0.0)
    return np.concatenate((within, np.full(600, beyond / 600)))


def test_what_is_usual_stays() -> None:
    for factors in drawn(side(1.0), side(1.0), OPEN, 1.0):
        assert factors == pytest.approx(1.0, rel=1e-6)


@pytest.mark.parametrize("share", [0.25, 4.0])
@pytest.mark.parametrize("alike", [1.0, 0.3])
def test_far_shells_are_drawn_halfway_and_near_ones_not(share: float, alike: float) -> None:
    usd = side(share)
    factors, short = drawn(usd, usd, OPEN, alike)
    assert (factors == short).all()
    assert factors[:20] == pytest.approx(1.0)
    assert factors[120] == pytest.approx(share ** (-0.5 * alike), rel=0.01)
    assert np.all(np.abs(np.log(factors[:150])) <= 0.5 * abs(np.log(share)) + 1e-9)


def test_a_market_that_liquidates_much_is_of_another_kind() -> None:
    assert likeness(1.0) == 1.0
    assert likeness(2.0) > 0.75
    assert likeness(50.0) < 0.01


def test_a_side_holds_in_all_what_it_held() -> None:
    for share in (0.25, 0.5, 2.0):
        sides = side(share), side(1.0)
        for usd, factors in zip(sides, drawn(*sides, OPEN, 1.0), strict=True):
            assert (usd * factors).sum() == pytest.approx(usd.sum())


def test_both_sides_are_drawn_alike() -> None:
    long, short = drawn(side(0.25), side(1.0), OPEN, 1.0)
    assert long[:150] == pytest.approx(short[:150])
    assert long[120] > 1.1


@given(
    st.lists(st.floats(0.0, 1e14), min_size=1, max_size=400),
    st.floats(0.0, 1e14),
    st.floats(0.0, 1e3),
)
def test_it_is_finite_and_never_negative(usd: list[float], interest: float, daily: float) -> None:
    sides = np.array(usd), np.array(usd[: len(usd) // 2 + 1])
    for of, factors in zip(sides, drawn(*sides, usual(interest, daily), 0.7), strict=True):
        assert factors.shape == of.shape
        assert np.isfinite(factors).all()
        assert (factors > 0.0).all()
