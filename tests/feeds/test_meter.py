"""Counters and what is computed from them when asked."""

from liqtui.feeds.meter import Meter

SECOND = 1_000_000_000
MS = 1_000_000
START = 1_790_000_000 * SECOND


def test_rates_are_of_the_last_ten_seconds() -> None:
    meter = Meter()
    for second in range(60):
        for _ in range(5):
            meter.frame(100, START + second * SECOND)
    assert meter.rates(START + 60 * SECOND) == (5.0, 500.0)
    assert (meter.frames, meter.size) == (300, 30_000)


def test_rates_fall_to_nothing_in_silence() -> None:
    meter = Meter()
    meter.frame(100, START)
    assert meter.rates(START + SECOND)[0] == 1.0
    assert meter.rates(START + 5 * SECOND)[0] == 0.2
    assert meter.rates(START + 60 * SECOND) == (0.0, 0.0)


def test_lags_are_of_the_last_minute() -> None:
    meter = Meter()
    assert meter.lags(START) == (None, None)
    for lag in range(1, 101):
        meter.lag(START - lag * MS, START)
    assert meter.lags(START + SECOND) == (51.0, 96.0)
    assert meter.lags(START + 61 * SECOND) == (None, None)


def test_refusals_are_kept_once_and_within_bounds() -> None:
    meter = Meter()
    news = [meter.reject(f"topic {number // 2}") for number in range(100)]
    assert sum(news) == len(meter.rejected) == 20
    meter.start_over()
    assert meter.rejected == ()
