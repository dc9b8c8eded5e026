"""Strict numbers: what a venue prints is checked before anyone computes with it.

msgspec turns ``"1.5"`` into 1.5 in C but lets ``"NaN"`` and ``"inf"`` pass, so each field goes
through the bound of its kind. The bounds are those of ``docs/ecosystem.md`` 1.2, widened where a
printed number can honestly be larger (open interest in a scaled coin).

Each bound comes in two forms: a type, which msgspec checks in C while it decodes (NaN and the
infinities fail it too), and a function for what is computed or checked later.
"""

from typing import Annotated, Final, TypeAlias

from msgspec import Meta

MS: Final = 1_000_000
"""Nanoseconds in a millisecond."""
SECOND: Final = 1_000_000_000
DAY: Final = 86_400 * SECOND
EPOCH_2017: Final = 1_483_228_800_000 * MS
_LEAST: Final = 1e-15
"""Less is no price or quantity that a venue prints, and dividing by it could overflow."""
_MAX_PRICE: Final = 1e9
_MAX_QUANTITY: Final = 1e16
_MAX_RATE: Final = 0.5

Price: TypeAlias = Annotated[float, Meta(gt=_LEAST, lt=_MAX_PRICE)]
Quantity: TypeAlias = Annotated[float, Meta(gt=_LEAST, lt=_MAX_QUANTITY)]
Amount: TypeAlias = Annotated[float, Meta(ge=0.0, lt=_MAX_QUANTITY)]
"""A total that may be nothing."""
Rate: TypeAlias = Annotated[float, Meta(gt=-_MAX_RATE, lt=_MAX_RATE)]
Millis: TypeAlias = Annotated[int, Meta(ge=EPOCH_2017 // MS, lt=(1 << 62) // MS)]
"""UTC milliseconds of something that happened; the bound of `millis` by ``seen`` is left to do."""


class BadNumberError(ValueError):
    """A number outside of what its field can mean."""


def price(value: float) -> float:
    """Return a printed price, or raise ``BadNumberError`` unless 1e-15 < value < 1e9."""
    if _LEAST < value < _MAX_PRICE:
        return value
    raise BadNumberError(f"price {value!r} out of range")


def quantity(value: float) -> float:
    """Return a printed quantity, or raise ``BadNumberError`` unless 1e-15 < value < 1e16."""
    if _LEAST < value < _MAX_QUANTITY:
        return value
    raise BadNumberError(f"quantity {value!r} out of range")


def amount(value: float) -> float:
    """Return a printed total that may be nothing (open interest), 0 <= value < 1e16."""
    if 0.0 <= value < _MAX_QUANTITY:
        return value
    raise BadNumberError(f"amount {value!r} out of range")


def rate(value: float) -> float:
    """Return a funding rate, or raise ``BadNumberError`` unless its size is below one half."""
    if -_MAX_RATE < value < _MAX_RATE:
        return value
    raise BadNumberError(f"rate {value!r} out of range")


def millis(value: int, seen: int) -> int:
    """Return a venue's time in UTC ns.

    A day of the local clock's error is let through (the skew is shown elsewhere); before 2017 or
    further ahead it is no time of an event.

    Args:
        value: UTC milliseconds.
        seen: local receipt, UTC ns; 0 when unknown, and then nothing bounds it from above.

    Raises:
        BadNumberError: out of bounds.
    """
    at = value * MS
    if at < EPOCH_2017 or (seen and at > seen + DAY) or at >= 1 << 62:
        raise BadNumberError(f"time {value!r} out of range")
    return at


def due(value: int, seen: int) -> int | None:
    """Return a time to come in UTC ns, or None where the venue prints none (0).

    Args:
        value: UTC milliseconds.
        seen: local receipt, UTC ns; 0 when unknown.
    """
    if not value:
        return None
    return millis(value, seen + 31 * DAY if seen else 0)
