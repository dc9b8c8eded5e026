"""What is spent of a venue's patience, for any order of events."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from liqtui.feeds.budget import ConnectBudget, WeightBudget
from liqtui.protocol.venue import Pool

WINDOW = 60.0
POOL = Pool("weight", 2400.0, WINDOW, used_header="X-Used")


def test_tries_leave_connects_for_those_that_wait_for_their_success() -> None:
    budget = ConnectBudget(10, WINDOW, 0.0)
    for second in range(7):
        assert budget.wait(float(second), spare=3) == 0.0
        budget.take(float(second))
    assert budget.wait(7.0, spare=3) == WINDOW - 7.0
    assert budget.wait(7.0) == 0.0
    assert budget.wait(7.0, spare=100) == WINDOW + 2.0 - 7.0, "half is for the tries"
    assert budget.wait(7.0, first=True, spare=3) == 0.0


class Spending(RuleBasedStateMachine):
    """Calls of any weight at any time, each as soon as it is allowed."""

    def __init__(self) -> None:
        super().__init__()
        self.budget = WeightBudget(POOL)
        self.now = 1000.0
        self.spent: list[tuple[float, int]] = []
        self.foreign: list[tuple[float, float]] = []

    @rule(seconds=st.floats(0.0, 100.0))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(weight=st.integers(1, 600))
    def call(self, weight: int) -> None:
        wait = self.budget.wait(weight, self.now)
        assert 0.0 <= wait <= WINDOW + 1e-6
        self.now += wait
        while (more := self.budget.wait(weight, self.now)) > 0.0:
            assert more < 1e-6, "only rounding may be left of a wait"
            self.now += max(more, 1e-9)
        self.budget.take(weight, self.now)
        self.spent.append((self.now, weight))

    @rule(used=st.integers(0, 2400))
    def answer(self, used: int) -> None:
        self.budget.learn({"x-used": str(used)}, self.now)
        if used >= 600:
            assert self.budget.wait(1, self.now) > 0.0

    @invariant()
    def no_window_holds_more_than_a_quarter(self) -> None:
        for end, _ in self.spent:
            start = end - WINDOW + 1e-6  # rounding may let a call in by so much earlier
            inside = sum(weight for at, weight in self.spent if start < at <= end)
            assert inside <= 600


TestSpending = Spending.TestCase
TestSpending.settings = settings(max_examples=40, stateful_step_count=30)


def test_a_fresh_budget_allows_at_once() -> None:
    assert WeightBudget(POOL).wait(600, 0.0) == 0.0


def test_the_wait_ends_when_enough_has_left_the_window() -> None:
    budget = WeightBudget(POOL)
    budget.take(400, 0.0)
    budget.take(200, 10.0)
    assert budget.wait(300, 20.0) == 40.0
    assert budget.wait(600, 20.0) == 50.0


def test_a_call_heavier_than_the_share_is_an_error_of_the_venue_file() -> None:
    with pytest.raises(ValueError, match="over a quarter of pool 'weight'"):
        WeightBudget(POOL).wait(601, 0.0)


@pytest.mark.parametrize("text", ["", "-1", "1e9", "nan", "٣", "99999999999999999999"])
def test_headers_that_are_no_count_are_passed_over(text: str) -> None:
    budget = WeightBudget(POOL)
    budget.learn({"x-used": text}, 0.0)
    assert budget.wait(600, 0.0) == 0.0


def test_what_is_left_tells_what_was_used() -> None:
    budget = WeightBudget(Pool("p", 100.0, 10.0, remaining_header="X-Left"))
    budget.learn({"x-left": "80"}, 0.0)
    assert budget.wait(5, 0.0) == 0.0
    assert budget.wait(6, 0.0) == 10.0


@given(
    times=st.lists(st.floats(0.0, 30.0), max_size=40),
    firsts=st.lists(st.booleans(), min_size=40, max_size=40),
)
def test_counted_connects_stay_within_the_limit(times: list[float], firsts: list[bool]) -> None:
    budget = ConnectBudget(10, 60.0, 0.1)
    now = 0.0
    counted: list[float] = []
    for pause, first in zip(times, firsts, strict=False):
        now += pause
        while (wait := budget.wait(now, first)) > 0.0:
            now += max(wait, 1e-9)
        budget.take(now, first)
        if not first:
            counted.append(now)
    for end in counted:
        assert sum(end - 60.0 + 1e-6 < at <= end for at in counted) <= 10


def test_the_first_connects_of_many_streams_take_seconds() -> None:
    budget = ConnectBudget(10, 60.0, 0.1)
    now = 0.0
    for _ in range(40):
        now += budget.wait(now, first=True)
        budget.take(now, first=True)
    assert now < 5.0


def test_what_is_spent_is_told_as_a_part_of_our_share() -> None:
    budget = WeightBudget(POOL)
    assert budget.spent(0.0) == 0.0
    budget.take(300.0, 0.0)
    assert budget.spent(1.0) == 0.5
    assert budget.spent(WINDOW + 1.0) == 0.0
