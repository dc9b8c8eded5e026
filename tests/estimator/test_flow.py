import numpy as np
import pytest

from liqtui.estimator.flow import Flow, Opened
from liqtui.estimator.standing import TURNOVERS, by_size

SMALL, LARGE = 100.0, 110.0
DISTANCES = np.array([0.02, 0.15, 0.6])


def settled(flow: Flow) -> Opened:
    return flow.settle(1.0, 1e6, 100.0, 60.0, TURNOVERS)


def traded(flow: Flow, quantity: float = 20.0) -> Flow:
    """Let small orders trade at one price and as much, by a few large ones, at another."""
    for number in range(2000):
        flow.trade(SMALL, 1.0, bought=number % 2 == 0)
        if number % round(quantity * 2) < 2:
            flow.trade(LARGE, quantity, bought=number % 2 == 0)
    return flow


def test_what_is_large_is_learned_of_each_market() -> None:
    found = settled(traded(Flow()))
    large = dict(zip(found.numbers.tolist(), found.large[0] / found.weights[0], strict=True))
    assert large[min(large)] < 0.1
    assert large[max(large)] > 0.9
    assert found.usual == pytest.approx(0.5, abs=0.05)


def test_far_kinds_are_entered_where_large_prints_are_and_near_ones_where_small_ones_are() -> None:
    found = settled(traded(Flow()))
    shares = by_size(found.weights[0], found.large[0], found.usual, DISTANCES)
    small, large = np.argmin(found.numbers), np.argmax(found.numbers)
    assert shares[0, small] > 2 * shares[0, large]
    assert shares[1] == pytest.approx(found.weights[0])
    assert shares[2, large] > 2 * shares[2, small]


def test_sizes_say_where_a_kind_is_entered_and_not_how_much_of_it() -> None:
    found = settled(traded(Flow()))
    shares = by_size(found.weights[1], found.large[1], found.usual, DISTANCES)
    assert shares.sum(axis=1) == pytest.approx(1.0, abs=0.1)


def test_bars_have_no_sizes() -> None:
    flow = traded(Flow())
    settled(flow)
    flow.bar(90.0, 120.0, 500.0, 200.0)
    found = settled(flow)
    shares = by_size(found.weights[0], found.large[0], found.usual, DISTANCES)
    assert shares == pytest.approx(np.tile(found.weights[0], (3, 1)))
    alone = Flow()
    alone.bar(90.0, 120.0, 500.0, 200.0)
    assert not settled(alone).large.any()
