"""Delays between tries."""

import random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from liqtui.feeds.backoff import Backoff, full_jitter


@given(
    failures=st.integers(0, 10_000),
    chance=st.floats(0.0, 1.0, exclude_max=True),
)
def test_a_delay_lies_between_zero_and_what_doubles_up_to_the_cap(
    failures: int, chance: float
) -> None:
    delay = full_jitter(failures, 1.0, 60.0, lambda: chance)
    assert 0.0 <= delay <= min(60.0, 2.0 ** min(failures, 10))


def test_delays_double_until_the_cap() -> None:
    backoff = Backoff(1.0, 60.0, lambda: 0.5)
    assert [backoff.after() for _ in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]


def test_only_a_reset_starts_anew() -> None:
    backoff = Backoff(1.0, 60.0, lambda: 0.5)
    backoff.after()
    backoff.after()
    backoff.reset()
    assert backoff.after() == 0.5


@given(least=st.floats(1.0, 1e5), chance=st.floats(0.0, 1.0, exclude_max=True))
def test_the_least_wait_is_kept_and_spread(least: float, chance: float) -> None:
    delay = Backoff(1.0, 60.0, lambda: chance).after(least)
    assert least <= delay <= least * 1.1


def test_both_kinds_of_generators_are_taken() -> None:
    for source in (random.Random(1).random, np.random.default_rng(1).random):
        assert 0.0 <= Backoff(1.0, 60.0, source).after() <= 1.0
