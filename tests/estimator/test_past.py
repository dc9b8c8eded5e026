"""The past is put together without changing what it says."""

import numpy as np
import pytest
from msgspec.structs import replace

from liqtui.estimator.past import condensed
from liqtui.model.events import Candle, MarketEvent, OpenInterest
from liqtui.model.market import CandlePrice
from liqtui.store.rings import MINUTE
from tests.estimator.test_track import begun, fed, past
from tests.making import START, at, candle, interest

WHOLE = 3600 - START // 1_000_000_000 % 3600
"""Seconds after the start at which an hour begins."""


def bars(events: list[MarketEvent]) -> list[Candle]:
    return [one for one in events if isinstance(one, Candle)]


def minutes(count: int) -> list[Candle]:
    first = next(one for one in past(1, 3600) if isinstance(one, Candle))
    return [
        replace(
            first,
            open=100.0 + n, high=101.0 + n, low=99.0 + n, close=100.5 + n,
            volume=10.0, taker_buy=4.0, at=at(WHOLE + 60 * (n + 1)),
        )
        for n in range(count)
    ]  # fmt: skip


def test_minutes_become_bars_of_five() -> None:
    whole, rest = bars(condensed(minutes(7)[::-1]))
    assert (whole.interval_s, rest.interval_s) == (300, 120)
    assert (whole.open, whole.high, whole.low, whole.close) == (100.0, 105.0, 99.0, 104.5)
    assert (whole.volume, whole.taker_buy, whole.at) == (50.0, 20.0, at(WHOLE + 300))
    assert (rest.open, rest.at, rest.volume) == (105.0, at(WHOLE + 420), 20.0)


def test_volumes_that_are_unknown_stay_so() -> None:
    told = minutes(5)
    unknown = [*told[:2], replace(told[2], taker_buy=None), *told[3:]]
    (one,) = bars(condensed(unknown))
    assert (one.volume, one.taker_buy) == (50.0, None)


def test_long_bars_and_those_of_other_prices_are_kept_apart() -> None:
    marks = [replace(one, price=CandlePrice.MARK) for one in minutes(5)]
    long = replace(minutes(1)[0], interval_s=3600)
    assert [one.interval_s for one in bars(condensed([*minutes(5), *marks]))] == [300, 300]
    assert bars(condensed([long])) == [long]


def test_a_hole_stays_and_no_bar_counts_twice() -> None:
    told = minutes(5)
    assert [one.interval_s for one in bars(condensed([*told[:2], *told[3:]]))] == [120, 120]
    twice = bars(condensed([*told[:3], told[2]]))
    assert sum(one.interval_s for one in twice) == 240
    assert max(one.volume or 0.0 for one in twice) == 30.0


def test_counts_of_open_interest_come_by_quarters_of_an_hour() -> None:
    held = next(one for one in past(1, 3600) if isinstance(one, OpenInterest))
    counts = [replace(held, at=at(WHOLE + 300 * n)) for n in range(12)]
    kept = condensed(counts)
    assert [one.at for one in kept] == [at(WHOLE + 900 * n) for n in range(4)]


def test_the_far_past_is_coarser() -> None:
    end = replace(minutes(1)[0], at=at(WHOLE + 10 * 3600))
    held = next(one for one in past(1, 3600) if isinstance(one, OpenInterest))
    counts = [replace(held, at=at(WHOLE + 300 * n)) for n in range(12)]
    kept = condensed([*minutes(60), *counts, end])
    assert [one.interval_s for one in bars(kept)] == [1800, 1800, 60]
    assert len(kept) - len(bars(kept)) in (1, 2)


def test_weeks_are_told_by_the_four_hours() -> None:
    first = replace(minutes(1)[0], interval_s=3600)
    hours = 10 * 24
    start = -(-(START // 1_000_000_000) // 14_400) * 14_400 - START // 1_000_000_000
    told = [replace(first, volume=1.0, at=at(start + 3600 * (n + 1))) for n in range(hours)]
    held = next(one for one in past(1, 3600) if isinstance(one, OpenInterest))
    counts = [replace(held, at=one.at) for one in told]
    kept = condensed([*told, *counts])
    far = [one for one in kept if one.at < told[-1].at - 73 * 3600 * 1_000_000_000]
    assert {one.interval_s for one in bars(far)} == {14_400}
    assert len(far) - len(bars(far)) == pytest.approx(len(bars(far)), abs=1)
    assert {one.interval_s for one in bars(kept[len(far) + 8 :])} == {3600}
    assert sum(one.volume or 0.0 for one in bars(kept)) == hours


def test_a_past_of_days_has_no_holes() -> None:
    """Counts of open interest come with a bar's end, as exchanges send them."""
    counts = [interest(WHOLE + 300 * n, 1000.0 + n) for n in range(120)]
    quotes = [candle(WHOLE + 60 * m, 100.0, seen=40_000) for m in range(1, 600)]
    track = fed([*quotes, *counts], 700)
    begun(track, 40_000.0)
    first = (START + WHOLE * 1_000_000_000) // MINUTE
    shown = [range(minute, minute + 1) for minute in range(first + 30, first + 598)]
    assert not np.isnan(track.columns(shown, 0, 4, (True, True))).any()
