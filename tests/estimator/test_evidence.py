import pytest

from liqtui.estimator.evidence import Evidence
from tests.making import at


def heard(*seconds: float, every: float = 1.0) -> Evidence:
    """An hour of marks, trades and open interest, then marks at these times."""
    evidence = Evidence()
    for number in range(int(3600 / every)):
        evidence.mark(at(number * every))
        evidence.trade(at(number * every))
        evidence.interest(at(number * every))
    for second in seconds:
        evidence.mark(at(second))
    return evidence


def test_all_that_is_heard_leaves_no_doubt() -> None:
    assert heard().doubt(tiered=True) == 0.0
    assert heard().missing() == ""


def test_marks_may_come_as_seldom_as_they_like_but_not_stop() -> None:
    assert heard(every=300.0).doubt(tiered=True) == 0.0
    assert heard(3600 + 4000).doubt(tiered=True) > 0.2


@pytest.mark.parametrize("jump", [1e6, -1e6])
def test_a_clock_that_jumps_costs_what_a_hole_does(jump: float) -> None:
    assert heard(3600 + jump).doubt(tiered=True) > 0.4


def test_a_hole_is_forgotten() -> None:
    evidence = heard(3600 + 4000)
    before = evidence.doubt(tiered=True)
    for second in range(8000, 8000 + 48 * 3600, 60):
        for told in (evidence.mark, evidence.trade, evidence.interest):
            told(at(second))
    assert evidence.doubt(tiered=True) < 0.1 * before


def test_unknown_tiers_and_silent_feeds_add_up() -> None:
    evidence = heard(*range(3600, 6000, 10))
    assert evidence.doubt(tiered=False) > evidence.doubt(tiered=True) > 0.4
    assert "open interest" in evidence.missing()


def test_a_stretch_that_may_have_been_lost_leaves_a_doubt() -> None:
    evidence = heard()
    evidence.gap(at(1800), at(1800 + 3600))
    assert evidence.doubt(tiered=True) > 0.2
    assert "60 minutes" in evidence.missing()


def test_a_hole_is_counted_once_by_whomever_it_is_told() -> None:
    silent, told = heard(3600 + 4000), heard(3600 + 4000)
    told.gap(at(3600), at(3600 + 4000))
    assert told.doubt(tiered=True) == silent.doubt(tiered=True)
    first = heard()
    first.gap(at(3600), at(3600 + 4000))
    first.mark(at(3600 + 4000))
    assert first.doubt(tiered=True) == pytest.approx(silent.doubt(tiered=True), rel=1e-3)


def test_a_stretch_that_ends_before_it_begins_is_none() -> None:
    evidence = heard()
    evidence.gap(at(3000), at(2000))
    assert evidence.doubt(tiered=True) == 0.0


def test_feeds_that_are_not_well_leave_a_doubt_while_they_are_not() -> None:
    evidence = heard()
    evidence.ill = True
    assert evidence.doubt(tiered=True) > 0.0
    evidence.ill = False
    assert evidence.doubt(tiered=True) == 0.0


def test_what_comes_late_is_not_heard_yet() -> None:
    evidence = heard()
    evidence.late = 120.0
    assert 0.0 < evidence.doubt(tiered=True) < 0.02
    assert evidence.missing() == ""
