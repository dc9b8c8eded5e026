from collections.abc import Hashable

from hypothesis import given
from hypothesis import strategies as st

from liqtui.protocol.reconciliation import Answer, Occurrence, Reconciliation


def answered(told: Reconciliation, *rows: tuple[str, int]) -> list[tuple[str, int]]:
    answer = Answer(told)
    return [row for row in rows if answer.meet(*row) is None and answer.tell(*row)]


def test_what_the_live_feed_told_is_no_news_to_the_polled_one() -> None:
    told = Reconciliation()
    assert told.live("a", 10)
    assert answered(told, ("a", 10), ("b", 10)) == [("b", 10)]


def test_a_repeated_answer_tells_nothing_twice() -> None:
    told = Reconciliation()
    assert answered(told, ("a", 10), ("a", 10)) == [("a", 10), ("a", 10)]
    assert answered(told, ("a", 10), ("a", 10)) == []
    assert answered(told, ("a", 10), ("a", 10), ("a", 10)) == [("a", 10)]


def test_equal_events_stay_apart() -> None:
    told = Reconciliation()
    assert told.live("a", 10)
    assert told.live("a", 10)
    assert answered(told, ("a", 10), ("a", 10), ("a", 10)) == [("a", 10)]


def test_the_live_feed_may_be_the_later_one() -> None:
    told = Reconciliation()
    assert answered(told, ("a", 10), ("b", 10)) == [("a", 10), ("b", 10)]
    assert not told.live("a", 10)
    assert told.live("a", 10), "one was told, this is the second"


def test_each_of_two_live_connections_may_bring_what_was_told() -> None:
    told = Reconciliation()
    lanes: list[dict[tuple[Hashable, int], int]] = [{}, {}]
    assert answered(told, ("a", 10)) == [("a", 10)]
    assert [told.live("a", 10, lane=lane) for lane in lanes] == [False, False]
    assert [told.live("a", 10, lane=lane) for lane in lanes] == [True, True]


def test_a_second_of_difference_is_let_through_and_two_are_not() -> None:
    told = Reconciliation()
    told.live("a", 10)
    told.live("b", 10)
    assert answered(told, ("a", 11), ("b", 12)) == [("b", 12)]
    assert answered(told, ("a", 9), ("a", 10)) == [("a", 10)]


def test_what_was_forgotten_counts_as_told() -> None:
    told = Reconciliation(size=4)
    for second in range(10, 17):
        told.live("a", second)
    told.live("a", 20)
    assert answered(told, ("z", 11)) == [], "older than what is remembered"
    assert answered(told, ("z", 20)) == [("z", 20)]


def test_memory_is_bounded() -> None:
    told = Reconciliation(size=64)
    for second in range(1000):
        assert told.live(str(second), 10 * second)
    told.count()
    known = sum(1 for second in range(1000) if list(told.near(str(second), 10 * second)))
    assert known <= 64


def test_a_sign_is_learned_when_enough_comparisons_agree() -> None:
    told = Reconciliation()
    found = [told.compare(Occurrence(sign=-1), 1) for _ in range(5)]
    assert found == [None, None, None, None, -1]
    assert told.compare(Occurrence(sign=1), 1) is None, "one of six disagrees"


def test_each_live_event_is_compared_once() -> None:
    told = Reconciliation()
    met = Occurrence(sign=1)
    assert [told.compare(met, 1) for _ in range(10)] == [None] * 10


def test_it_is_kept_under_its_name() -> None:
    memory: dict[str, object] = {}
    assert Reconciliation.kept(memory, "x") is Reconciliation.kept(memory, "x")
    assert Reconciliation.kept(memory, "y") is not Reconciliation.kept(memory, "x")


@given(st.lists(st.tuples(st.booleans(), st.sampled_from("ab"), st.integers(100, 103))))
def test_no_event_is_told_more_often_than_the_fuller_feed_has_it(
    steps: list[tuple[bool, str, int]],
) -> None:
    told = Reconciliation()
    live: list[tuple[str, int]] = []
    polled: list[tuple[str, int]] = []
    count = 0
    for is_live, name, second in steps:
        if is_live:
            live.append((name, second))
            count += told.live(name, second)
        else:
            polled.append((name, second))
            count += len(answered(told, *polled))
    assert max(len(live), len(polled)) <= count <= len(live) + len(polled)
