"""The line that tells where positions stand."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqtui.sim.market import Truth
from liqtui.sim.standing import WIDTH, levels, line

positions = st.lists(st.tuples(st.floats(50.0, 200.0), st.floats(0.01, 1e7)), min_size=1)


@given(positions)
def test_levels_keep_the_dollars_and_move_them_by_less_than_a_bin(
    held: list[tuple[float, float]],
) -> None:
    found = levels(np.array(held))
    assert [price for price, _ in found] == sorted(price for price, _ in found)
    total = sum(usd for _, usd in held)
    assert sum(usd for _, usd in found) == pytest.approx(total, abs=0.01 * len(held))
    for price, _ in held:
        assert min(abs(math.log(price / level)) for level, _ in found) <= WIDTH
    assert len({math.floor(math.log(price) / WIDTH) for price, _ in held}) == len(found)


def test_a_line_leaves_out_who_is_worth_nothing_and_names_the_rest() -> None:
    long = np.array([[90.0, 100.0], [90.0001, 50.0], [70.0, 0.001]])
    short = np.empty((0, 2))
    told = json.loads(
        line(Truth("BTC", 1_791_565_600_000_000_000, 100.0, long, short, 500.0, 500.0))
    )
    assert told["long"] == [[pytest.approx(90.00003333), 150.0]]
    del told["long"]
    assert told == {
        "type": "truth", "ts": 1_791_565_600_000, "base": "BTC", "price": 100.0, "short": [],
        "long_oi": 500.0, "short_oi": 500.0,
    }  # fmt: skip
