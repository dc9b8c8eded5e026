import doctest

from liqtui.model import alert


def test_the_examples() -> None:
    assert doctest.testmod(alert).failed == 0
