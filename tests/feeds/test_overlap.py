"""Two connections as one multiset of events."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from liqtui.feeds.overlap import Counted, Overlap
from liqtui.model.events import Liquidation, Trade
from liqtui.model.market import PriceKind, Side, Taker
from tests.feeds.toy import instrument

SECOND = 1_000_000_000
START = 1_790_000_000 * SECOND


def liquidation(price: float = 100.0, seen: int = START, side: Side = Side.LONG) -> Liquidation:
    return Liquidation(instrument(), side, price, PriceKind.FILL, 1.0, price, START, seen)


some = st.lists(st.sampled_from([1.0, 2.0, 3.0]), max_size=12)


@given(brought=st.lists(some, min_size=1, max_size=3), turns=st.lists(st.integers(0, 2)))
def test_each_event_passes_as_often_as_the_busiest_connection_brought_it(
    brought: list[list[float]], turns: list[int]
) -> None:
    queues = [list(prices) for prices in brought]
    overlap = Overlap(5.0)
    passed: Counter[float] = Counter()
    for lane in [*turns, *([0, 1, 2] * 12)]:
        if lane < len(queues) and queues[lane]:
            price = queues[lane].pop(0)
            passed[price] += overlap.admit(lane, liquidation(price))
    wanted: Counter[float] = Counter()
    for prices in brought:
        wanted |= Counter(prices)
    assert passed == wanted


def test_what_differs_in_any_field_is_another_event() -> None:
    overlap = Overlap(5.0)
    trade = Trade(instrument(), Taker.BUY, 100.0, 1.0, START, START)
    events: list[Counted] = [
        liquidation(),
        liquidation(side=Side.SHORT),
        liquidation(101.0),
        trade,
    ]
    assert all(overlap.admit(1, event) for event in events)
    assert not any(overlap.admit(2, event) for event in events)


def test_a_repetition_is_known_for_a_window_at_least() -> None:
    overlap = Overlap(5.0)
    overlap.admit(1, liquidation(1.0, START))
    overlap.admit(1, liquidation(2.0, START + 6 * SECOND))
    assert not overlap.admit(2, liquidation(2.0, START + 10 * SECOND))


def test_what_was_heard_is_forgotten_after_two_windows() -> None:
    overlap = Overlap(5.0)
    overlap.admit(1, liquidation(1.0, START))
    for second in range(0, 30, 3):
        overlap.admit(1, liquidation(2.0, START + second * SECOND))
    assert overlap.admit(2, liquidation(1.0, START + 30 * SECOND))
    assert sum(len(lane.now) + len(lane.before) for lane in overlap._lanes.values()) < 5


def test_a_clock_set_back_a_little_forgets_nothing() -> None:
    overlap = Overlap(5.0)
    overlap.admit(1, liquidation(1.0, START))
    assert not overlap.admit(2, liquidation(1.0, START - SECOND))


def test_a_clock_set_back_far_starts_over() -> None:
    overlap = Overlap(5.0)
    overlap.admit(1, liquidation(1.0, START))
    assert overlap.admit(2, liquidation(1.0, START - 3600 * SECOND))
