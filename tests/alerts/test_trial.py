import numpy as np
import pytest
from msgspec.structs import replace

from liqtui.alerts.ledger import Course
from liqtui.alerts.trial import OURS, RESERVES, Point, Trial, rivals, together
from liqtui.model.market import Side
from liqtui.model.situation import Ahead
from tests.alerts.situations import cluster, situation, standing
from tests.making import START

MINUTE = 60 * 10**9
HOURS = 6


def trial(told: bool) -> tuple[Trial, Course]:
    """Return a trial over hours in which longs are liquidated once, foretold or not."""
    made = Trial()
    usd = np.zeros((2, 60 * HOURS))
    usd[0, 200] = 1e6
    for minute in range(60 * HOURS):
        danger = 4e7 if told and 170 <= minute < 200 else 1e5
        moved = -0.02 if 180 <= minute < 185 else 0.0
        ahead = Ahead(Side.LONG, danger, 61_900.0, 1e7, -0.002)
        now = standing(62_040.0, ahead=(ahead,), moved=moved)
        made.look(situation(60 * minute, now), (cluster(61_000.0, 62_040.0),))
    still = np.full(60 * HOURS, 61_900.0)
    return made, Course(START // MINUTE, usd, still, still)


def of(points: list[Point], method: str, threshold: float | None = None) -> list[Point]:
    return [p for p in points if p.method == method and threshold in (None, p.threshold)]


def test_what_was_foretold_counts_and_each_threshold_has_its_point() -> None:
    points = (lambda made: made[0].points(made[1]))(trial(told=True))
    (point,) = of(points, OURS, 1.0)
    assert (point.record.precision, point.record.recall) == (1.0, 1.0)
    assert point.record.leads == [pytest.approx(31.0)]
    assert [p.threshold for p in of(points, OURS)] == list(RESERVES)
    assert {p.method for p in points} == {OURS, "moved", "near", "random"}
    made, course = trial(told=False)
    (silent,) = of(made.points(course), OURS, 1.0)
    assert (silent.record.alerts, silent.record.recall) == ((), 0.0)


def test_fewer_alerts_come_where_more_is_asked_for() -> None:
    made, course = trial(told=True)
    counts = [len(p.record.alerts) for p in of(made.points(course), OURS)]
    assert counts == sorted(counts)


def test_a_move_of_the_price_is_a_rival_that_knows_no_place() -> None:
    made, course = trial(told=False)
    caught = [p for p in of(made.points(course), "moved") if p.record.recall]
    assert caught
    assert all(p.threshold <= 0.02 for p in caught)


def test_the_others_are_compared_at_no_more_false_alarms() -> None:
    made, course = trial(told=True)
    points = made.points(course)
    best = rivals(points, 0.0)
    assert {p.method for p in best} <= {"moved", "near", "random"}
    assert all(p.record.false_a_day == 0.0 for p in best)
    most = max(p.record.recall or 0.0 for p in of(points, "random"))
    assert max(p.record.recall or 0.0 for p in rivals(points, 1e9) if p.method == "random") == most


def test_courses_count_as_one() -> None:
    made, course = trial(told=True)
    one = made.points(course)
    (both,) = of(together([one, one]), OURS, 1.0)
    (single,) = of(one, OURS, 1.0)
    assert len(both.record.alerts) == 2 * len(single.record.alerts)


def test_an_estimate_that_was_never_trusted_is_not_judged() -> None:
    made = Trial()
    made.look(replace(situation(0, standing(warming="no open interest yet"))), ())
    assert made.points(trial(told=False)[1]) == []
