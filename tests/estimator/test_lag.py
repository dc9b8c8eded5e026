from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liqtui.estimator.lag import NS, SLICE, Lag
from tests.making import at

DAY = 1440
"""Readings, one a minute."""


def traded(rng: np.random.Generator, minutes: int) -> np.ndarray:
    """Return the sums of what was traded by ten seconds: bursts, of very different size."""
    busy = np.repeat(rng.lognormal(0.0, 0.8, minutes + 10), 6)
    return np.cumsum(np.append(0.0, busy * rng.lognormal(0.0, 1.2, len(busy))))


def changes(totals: np.ndarray, late: int, every: int = 6) -> np.ndarray:
    """Return what was traded between readings that tell of a time so many slices ago."""
    return np.diff(totals[60 - late :: every])


def told(
    lag: Lag, totals: np.ndarray, change: np.ndarray, every: int = 6, since: float = 0.0
) -> Iterator[int]:
    """Tell of trades and readings; yield what is believed after each."""
    for number, total in enumerate(totals.tolist()):
        moment = at(since + 10.0 * number)
        lag.traded(total, moment)
        place = (number - 60) // every
        if number > 60 and (number - 60) % every == 0 and place <= len(change):
            lag.reading(float(change[place - 1]), moment)
            yield lag.late // NS


def own(seed: int, late: int, minutes: int = DAY) -> tuple[np.ndarray, np.ndarray]:
    """Return sums and the changes of open interest, some share of what was traded then."""
    rng = np.random.default_rng(seed)
    totals = traded(rng, minutes)
    moved = changes(totals, late // 10)
    return totals, 0.1 * moved * rng.normal(size=len(moved))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("late", [60, 120, 130, 180, 300])
def test_a_lag_is_found_within_a_slice(late: int, seed: int) -> None:
    *_, found = told(Lag(), *own(seed, late))
    assert abs(found - late) <= SLICE // NS


@pytest.mark.parametrize("seed", range(5))
def test_open_interest_that_is_not_late_is_never_thought_to_be(seed: int) -> None:
    assert not any(told(Lag(), *own(seed, 0)))


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("lasts", [1, 30], ids=["of a moment", "that goes on"])
def test_noise_is_never_thought_a_lag(seed: int, lasts: int) -> None:
    rng = np.random.default_rng(seed)
    moods = np.repeat(rng.lognormal(0.0, 1.0, DAY // lasts + 1), lasts)
    change = moods * rng.lognormal(0.0, 1.0, len(moods))
    assert not any(told(Lag(), traded(rng, DAY), change))


def swings(rng: np.random.Generator, minutes: int) -> np.ndarray:
    """Return what rises and falls within ten minutes."""
    kept, noise = np.exp(-0.1), rng.normal(size=minutes)
    moods = [noise[0]]
    for each in noise[1:]:
        moods.append(kept * moods[-1] + np.sqrt(1.0 - kept**2) * each)
    return np.exp(moods)


@pytest.mark.parametrize("seed", range(10))
def test_two_that_swing_on_their_own_are_never_thought_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    busy = np.repeat(swings(rng, DAY + 10), 6)
    totals = np.cumsum(np.append(0.0, busy * rng.lognormal(0.0, 1.2, len(busy))))
    assert not any(told(Lag(), totals, swings(rng, DAY) * rng.lognormal(0.0, 0.5, DAY)))


def test_nothing_is_believed_of_less_than_an_hour() -> None:
    totals = traded(np.random.default_rng(6), 55)
    assert not any(told(Lag(), totals, changes(totals, 12)))


def test_a_past_that_is_told_in_quarters_of_an_hour_tells_no_lag() -> None:
    rng, lag, total = np.random.default_rng(7), Lag(), 0.0
    before = 1.0
    for quarter in range(1000):
        bar = rng.lognormal(0.0, 1.0)
        total += bar
        lag.traded(total, at(900.0 * quarter))
        lag.reading(0.75 * bar + 0.25 * before, at(900.0 * quarter))
        before = bar
    assert not lag.late


def test_a_lag_that_ended_is_given_up() -> None:
    lag, late, prompt = Lag(), own(1, 120), own(2, 0, 2 * DAY)
    *_, before = told(lag, *late)
    *_, after = told(lag, *prompt, since=10.0 * len(late[0]))
    assert (before, after) == (120, 0)


def test_a_few_impossible_readings_change_nothing() -> None:
    totals, change = own(3, 120)
    change[::50] *= 1e9
    *_, found = told(Lag(), totals, change)
    assert abs(found - 120) <= SLICE // NS


def test_a_lag_much_shorter_than_the_readings_are_apart_is_not_seen() -> None:
    rng = np.random.default_rng(4)
    totals = traded(rng, 5 * DAY)
    for every in (30, 60):  # five minutes, ten
        moved = changes(totals, 2, every)
        assert not any(told(Lag(), totals, moved * rng.normal(size=len(moved)), every))


def test_nothing_is_learned_of_what_stands_still() -> None:
    totals, change = own(5, 120)
    assert not any(told(Lag(), totals, np.zeros_like(change)))
    assert not any(told(Lag(), np.zeros_like(totals), change))


moments = st.one_of(st.integers(-(10**12), 10**12), st.integers(0, 600))
amounts = st.one_of(st.just(0.0), st.floats(0.0, 1e30))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(moments, amounts, amounts), max_size=120))
def test_whatever_the_clock_says_a_lag_is_one(heard: list[tuple[int, float, float]]) -> None:
    lag, total = Lag(), 0.0
    for second, quantity, change in heard:
        total += quantity
        lag.traded(total, at(second))
        lag.reading(change, at(second))
        assert 0 <= lag.late <= 360 * NS
