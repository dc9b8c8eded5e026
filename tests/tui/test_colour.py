import pytest

from liqtui.tui import colour


def test_oklab_of_the_ends() -> None:
    assert colour.oklab((0, 0, 0)) == pytest.approx((0, 0, 0), abs=1e-6)
    assert colour.oklab((255, 255, 255)) == pytest.approx((1, 0, 0), abs=1e-4)
    # The published example of the source: pure red.
    assert colour.oklab((255, 0, 0)) == pytest.approx((0.62796, 0.22486, 0.12585), abs=1e-4)


def test_contrast_is_wcags() -> None:
    assert colour.contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert colour.contrast((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.01)


def test_an_indexed_colour_is_its_own_nearest() -> None:
    for number in (17, 54, 126, 203, 234, 250):
        assert colour.nearest(colour.indexed(number)) == number


def test_the_users_own_sixteen_are_never_chosen() -> None:
    assert colour.nearest((0, 0, 0)) == 16
    assert colour.nearest((255, 255, 255)) == 231
