import doctest
import math
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqtui.tui.render import numbers, times
from liqtui.tui.render.glyphs import DASH


@pytest.mark.parametrize("module", [numbers, times])
def test_the_examples_hold(module: ModuleType) -> None:
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("bad", [None, math.nan, math.inf, -math.inf])
def test_what_is_not_known_is_a_dash_and_never_zero(bad: float | None) -> None:
    said = {
        numbers.compact(bad),
        numbers.money(bad),
        numbers.price(bad),
        numbers.percent(bad),
        numbers.milliseconds(bad),
    }
    assert said == {DASH}


@given(st.floats(min_value=1e-12, max_value=1e15))
def test_a_price_never_outgrows_its_column(value: float) -> None:
    assert len(numbers.price(value)) <= 9


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_any_amount_stays_short(value: float) -> None:
    assert len(numbers.compact(value)) <= 7
    assert len(numbers.percent(value)) <= 9


@given(st.floats(min_value=0.1, max_value=9e14))
def test_compact_keeps_three_digits(value: float) -> None:
    text = numbers.compact(value)
    unit = {"k": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}.get(text[-1], 1.0)
    assert float(text.rstrip("kMBT")) * unit == pytest.approx(value, rel=0.051, abs=0.5)


def test_a_change_that_rounds_to_nothing_has_no_sign() -> None:
    assert numbers.percent(-0.0000001) == "0.00%"
    assert numbers.percent(-0.0004, 1) == "0.0%"
    assert numbers.percent(-0.0006, 1) == "-0.1%"


@given(st.floats(min_value=1e-6, max_value=1e12))
def test_nice_is_one_two_or_five_and_not_below(value: float) -> None:
    step = numbers.nice(value)
    assert value * (1 - 1e-6) <= step <= value * 2.6
    assert f"{step:e}"[0] in "125"
