"""Bars put together."""

from msgspec.structs import replace

from liqtui.store.candles import joined, together
from liqtui.store.rings import MINUTE
from tests.making import START, at, candle

FIVE = 5 * MINUTE
EVEN = (FIVE - START % FIVE) // 10**9
"""Seconds after `START` at which five minutes of the clock begin."""


def test_bars_that_follow_in_the_same_five_minutes_belong_together() -> None:
    first, second, third = (candle(EVEN + 60 * n, 100.0) for n in (1, 2, 3))
    assert together(first, second, FIVE)
    assert not together(first, third, FIVE)
    assert not together(candle(EVEN, 1.0), first, FIVE)


def test_two_bars_are_one() -> None:
    one = candle(60, 100.0, 90.0, 101.0)
    both = joined(one, candle(120, 102.0, 99.0, 110.0))
    assert (both.open, both.high, both.low, both.close) == (100.0, 110.0, 90.0, 102.0)
    assert (both.at, both.interval_s, both.volume, both.taker_buy) == (at(120), 120, 2.0, 1.0)
    assert joined(replace(one, volume=None), candle(120, 102.0)).volume is None
