import numpy as np
import pytest

from liqtui.estimator.flow import Flow, Opened
from liqtui.estimator.standing import TURNOVERS, by_size
from tests.making import at

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


def parted(flow: Flow, slices: int) -> Flow:
    """Let one contract trade each ten seconds, each time a percent higher, and keep them apart."""
    for number in range(slices):
        flow.trade(100.0 * 1.01**number, 1.0, bought=True)
        flow.cut(at(10.0 * (number + 1)))
    return flow


@pytest.mark.parametrize("covered", [0, 3, 10])
def test_a_reading_is_settled_with_what_was_traded_up_to_its_own_time(covered: int) -> None:
    flow = parted(Flow(), 10)
    flow.gather(at(10.0 * covered), at(100.0))
    assert len(settled(flow).numbers) == covered + (covered == 0)  # growth that none explains
    flow.gather(at(100.0), at(100.0))
    assert len(settled(flow).numbers) == 10 - covered + (covered == 10)


def test_what_lay_aside_is_what_it_was() -> None:
    whole, apart = Flow(), Flow()
    for number, flow in ((0, whole), (1, apart)):
        for second in range(100):
            flow.trade(100.0 + second % 3, 1.0 + second % 7, bought=second % 3 == 0)
            if number and second % 10 == 9:
                flow.cut(at(second + 1.0))
        flow.force(0, 3.0)
    apart.gather(at(100.0), at(100.0))
    one, other = settled(whole), settled(apart)
    for name in ("numbers", "weights", "large", "opened", "closed"):
        assert getattr(one, name) == pytest.approx(getattr(other, name))


def test_readings_that_stop_or_clocks_that_go_back_lose_nothing_and_keep_little() -> None:
    flow = parted(Flow(), 300)
    assert len(flow._waiting) < 100
    flow.cut(at(-1000.0))
    flow.gather(at(-1000.0), at(-990.0))
    assert len(settled(flow).numbers) == 300


def test_what_was_closed_by_force_is_not_closed_by_hand() -> None:
    plain, forced = traded(Flow()), traded(Flow())
    forced.force(0, 10.0)
    forced.force(1, 1e9)
    assert settled(plain).closed[:, 0] - settled(forced).closed[:, 0] == pytest.approx(10.0)
    assert not settled(forced).closed[:, 1].any()
