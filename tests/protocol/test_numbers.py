import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqtui.protocol import numbers
from liqtui.protocol.numbers import BadNumberError

SEEN = 1_790_000_000_000_000_000
MS = 1_000_000


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_whatever_passes_is_finite_and_in_bounds(value: float) -> None:
    for check in (numbers.price, numbers.quantity, numbers.amount, numbers.rate):
        try:
            passed = check(value)
        except BadNumberError:
            continue
        assert math.isfinite(passed)
        assert passed == value


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf, 1e9])
def test_no_such_price(value: float) -> None:
    with pytest.raises(BadNumberError):
        numbers.price(value)


def test_open_interest_may_be_nothing_but_a_quantity_may_not() -> None:
    assert numbers.amount(0.0) == 0.0
    with pytest.raises(BadNumberError):
        numbers.quantity(0.0)


@pytest.mark.parametrize("value", [0, -1, 1_483_228_799_999, SEEN // MS + 2 * 86_400_000, 10**30])
def test_no_such_time(value: int) -> None:
    with pytest.raises(BadNumberError):
        numbers.millis(value, SEEN)


def test_a_clock_that_is_minutes_off_costs_no_event() -> None:
    ahead = SEEN // MS + 600_000
    assert numbers.millis(ahead, SEEN) == ahead * MS
    assert numbers.millis(ahead, 0) == ahead * MS


def test_due_is_in_the_future_or_not_said() -> None:
    later = SEEN // MS + 8 * 3_600_000
    assert numbers.due(later, SEEN) == later * MS
    assert numbers.due(0, SEEN) is None
