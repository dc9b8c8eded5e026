"""The short list of positions near their triggers, against looking at all of them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import default_rng

from liqtui.sim.accounts import Accounts
from liqtui.sim.price import Quotes
from liqtui.sim.watch import Watch
from tests.sim.test_terms import TERMS

COUNT = 400


def standing(seed: int) -> Accounts:
    """Return positions around 100 with triggers all over the place."""
    rng, accounts = default_rng(seed), Accounts(TERMS)
    sign = np.where(rng.random(COUNT) < 0.5, 1.0, -1.0)
    rows = {
        "sign": sign,
        "units": np.ones(COUNT),
        "entry": np.full(COUNT, 100.0),
        "margin": 100.0 * rng.uniform(0.01, 0.2, COUNT),
        "stop": np.where(rng.random(COUNT) < 0.5, 100 - sign * rng.uniform(0.1, 3, COUNT), np.nan),
        "take": np.where(rng.random(COUNT) < 0.5, 100 + sign * rng.uniform(0.1, 3, COUNT), np.nan),
        "expiry": rng.uniform(0, 4000, COUNT),
    }
    slots = accounts.open(np.zeros(COUNT, np.intp), np.zeros(COUNT, np.intp), rows)
    accounts.alarm[slots] = accounts.liq[slots] + 0.3 * (100 - accounts.liq[slots])
    return accounts


def quotes(last: float, mark: float) -> Quotes:
    lasts, marks = np.full(2, last), np.full(2, mark)
    return Quotes(last, lasts, marks, lasts, lasts)


@given(st.integers(0, 5), st.lists(st.tuples(st.floats(-0.004, 0.004), st.floats(-0.001, 0.001)),
                                   min_size=1, max_size=12))  # fmt: skip
def test_nobody_is_overlooked(seed: int, moves: list[tuple[float, float]]) -> None:
    accounts = standing(seed)
    watch, price = Watch(accounts), 100.0
    for step, (move, gap) in enumerate(moves):
        price *= 1 + move
        now, seen = 300.0 * step, quotes(price, price * (1 + gap))
        if watch.stale(seen, now):
            watch.refresh(seen, now)
        hits = watch.hits(seen, now)
        sign, mark = accounts.sign, price * (1 + gap)
        dead = np.flatnonzero((sign != 0) & (sign * (mark - accounts.liq) <= 0))
        alarmed = (sign != 0) & (sign * (mark - accounts.alarm) <= 0)
        out = (sign * (price - accounts.stop) <= 0) | (sign * (price - accounts.take) >= 0)
        leaving = np.flatnonzero((sign != 0) & (out | (accounts.expiry <= now)))
        assert set(hits.dead.tolist()) == set(dead.tolist())
        assert set(hits.leaving.tolist()) == set(leaving.tolist())
        assert set(hits.alarmed.tolist()) == set(np.flatnonzero(alarmed).tolist()) - set(
            dead.tolist()
        )
        accounts.close(np.unique(np.concatenate((hits.dead, hits.leaving))))
        accounts.alarm[hits.alarmed] = np.nan


def test_who_is_new_or_has_changed_is_looked_at_from_the_next_step_on() -> None:
    accounts = standing(1)
    watch = Watch(accounts)
    watch.refresh(quotes(100.0, 100.0), 0.0)
    far = np.flatnonzero((accounts.sign > 0) & (accounts.liq < 85))[:3]
    accounts.liq[far] = 99.9999
    watch.add(far)
    assert set(far.tolist()) <= set(watch.hits(quotes(100.0, 99.9), 0.0).dead.tolist())
