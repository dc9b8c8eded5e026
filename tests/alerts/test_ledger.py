import numpy as np
import pytest

from liqtui.alerts.ledger import Burst, Call, Course, bursts, judged, pooled
from liqtui.alerts.policy import MINUTE
from liqtui.model.market import Side

FIRST = 30_000_000


def course(minutes: int, *came: tuple[int, float], price: float = 100.0) -> Course:
    """Return a course with longs liquidated in some of its minutes, the price standing still."""
    usd = np.zeros((2, minutes))
    for minute, value in came:
        usd[0, minute] = value
    still = np.full(minutes, price)
    return Course(FIRST, usd, still, still)


def minute(number: float) -> int:
    return round((FIRST + number) * MINUTE)


def starts(found: list[Burst]) -> list[int]:
    return [burst.at // MINUTE - FIRST for burst in found]


def test_a_burst_exceeds_its_usual_and_the_floor_and_counts_once_in_half_an_hour() -> None:
    found = bursts(course(1000, (200, 3e5), (215, 5e5), (250, 9e5), (400, 9e4)))
    assert starts(found) == [201, 251]
    assert {burst.side for burst in found} == {Side.LONG}


def test_nothing_is_unusual_before_there_is_a_usual() -> None:
    assert not bursts(course(200, (30, 9e6)))


def test_what_is_usual_is_forgotten_after_seven_days() -> None:
    busy = [(n, 1e6) for n in range(0, 2000, 10)]
    assert starts(bursts(course(4000, *busy, (3000, 5e5)))) == []
    assert 13_001 in starts(bursts(course(14_000, *busy, (13_000, 5e5))))


def test_five_minutes_are_summed() -> None:
    assert starts(bursts(course(300, *((n, 3e4) for n in range(200, 205))))) == [204]


def test_an_alert_is_right_where_a_burst_follows_on_its_side_and_the_price_gets_there() -> None:
    happened = course(500, (300, 1e6))
    found = bursts(happened)
    calls = {
        "in time": Call(minute(260), Side.LONG, 101.0),
        "without a place": Call(minute(260), Side.LONG),
        "too early": Call(minute(230), Side.LONG),
        "too late": Call(minute(302), Side.LONG),
        "other side": Call(minute(260), Side.SHORT),
        "never reached": Call(minute(260), Side.LONG, 99.0),
    }
    right = {name: judged([call], found, happened, minute(0)).right for name, call in calls.items()}
    assert [name for name, count in right.items() if count] == ["in time", "without a place"]


def test_shorts_are_reached_from_below() -> None:
    happened = course(500)
    found = [Burst(minute(300), Side.SHORT, 1e6)]
    calls = [Call(minute(260), Side.SHORT, level) for level in (99.0, 101.0)]
    assert [judged([call], found, happened, minute(0)).right for call in calls] == [1, 0]


def test_recall_lead_and_false_alarms_a_day() -> None:
    happened = course(1440 + 60, (300, 1e6), (600, 2e6), (900, 3e6))
    found = bursts(happened)
    calls = [Call(minute(n), Side.LONG) for n in (260, 281, 599, 1200)]
    record = judged(calls, found, happened, minute(0))
    assert [record.precision, record.recall] == pytest.approx([0.75, 2 / 3])
    assert sorted(record.leads) == [2.0, 41.0]
    assert [record.lead(), record.lead(0.1)] == pytest.approx([21.5, 5.9])
    assert (record.days, record.false_a_day) == (1.0, 1.0)


def test_what_cannot_be_judged_is_not() -> None:
    happened = course(500, (100, 1e6), (300, 2e6))
    calls = [Call(minute(n), Side.LONG) for n in (90, 445)]
    record = judged(calls, bursts(happened), happened, minute(200))
    assert record.alerts == ()
    assert record.precision is None
    assert (len(record.bursts), record.recall, record.lead()) == (1, 0.0, None)


def test_courses_count_together_and_their_intervals_hold_the_share() -> None:
    happened = course(2000, *((n, 1e6 * n) for n in range(100, 2000, 400)))
    calls = [Call(minute(n), Side.LONG) for n in range(70, 1900, 200)]
    record = judged(calls, bursts(happened), happened, minute(0))
    both = pooled([record, record])
    assert (both.precision, both.recall) == (record.precision, record.recall)
    assert both.days == 2 * record.days
    for share, bounds in zip((both.precision, both.recall), both.intervals(), strict=True):
        assert bounds is not None
        assert share is not None
        assert bounds[0] <= share <= bounds[1]
