import math

import msgspec
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


@pytest.mark.parametrize(
    "text", ['"NaN"', '"inf"', '"-inf"', '"0"', "5e-324", "-1", '"1e9"', '"1_0"', '""']
)
def test_no_price(text: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(text, type=numbers.Price, strict=False)


@pytest.mark.parametrize("text", ['"NaN"', '"0.5"', "-0.5", '"-inf"'])
def test_no_rate(text: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(text, type=numbers.Rate, strict=False)


@pytest.mark.parametrize("value", [0.0, -1.0, 5e-324, float("nan"), float("inf")])
def test_neither_price_nor_quantity(value: float) -> None:
    for check in (numbers.price, numbers.quantity):
        with pytest.raises(numbers.BadNumberError):
            check(value)


def test_an_amount_may_be_nothing_and_a_quantity_may_not() -> None:
    assert msgspec.json.decode('"0"', type=numbers.Amount, strict=False) == 0.0
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode('"0"', type=numbers.Quantity, strict=False)


@pytest.mark.parametrize("edge", [numbers.EPOCH_2017 // numbers.MS, (1 << 62) // numbers.MS - 1])
def test_the_edges_of_time_are_those_of_the_function(edge: int) -> None:
    assert msgspec.json.decode(str(edge), type=numbers.Millis) * numbers.MS == numbers.millis(
        edge, 0
    )


@pytest.mark.parametrize("beyond", [numbers.EPOCH_2017 // numbers.MS - 1, (1 << 62) // numbers.MS])
def test_beyond_the_edges_of_time(beyond: int) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(str(beyond), type=numbers.Millis)
