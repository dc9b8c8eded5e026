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
