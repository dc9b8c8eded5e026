"""Stretches of a run."""

from liqtui.archive.listening import Listening, Stretch
from liqtui.model.events import Gap
from tests.making import at


def gap(start: float, end: float) -> Gap:
    return Gap("toy", "trades", at(start), at(end), "closed", at(end), at(end))


def test_it_begins_with_a_whole_minute_and_ends_with_what_was_heard() -> None:
    listening = Listening(5)
    listening.heard(1, "toy", at(10))
    assert list(listening.grown(at(600))) == []
    listening.heard(1, "toy", at(190))
    assert list(listening.grown(at(600))) == [Stretch(5, 1, at(60), at(180))]
    assert list(listening.grown(at(600))) == []


def test_one_contract_of_an_exchange_proves_that_the_others_are_quiet() -> None:
    listening = Listening()
    listening.heard(1, "toy", at(0))
    listening.heard(2, "toy", at(0))
    listening.heard(2, "toy", at(130))
    assert [(s.contract, s.end) for s in listening.grown(at(130))] == [(1, at(120)), (2, at(120))]


def test_a_hole_ends_a_stretch_also_one_that_reached_into_it() -> None:
    listening = Listening()
    listening.heard(1, "toy", at(0))
    listening.heard(1, "toy", at(300))
    list(listening.grown(at(300)))
    assert list(listening.lost(gap(150, 290))) == [Stretch(1, 1, at(0), at(120))]
    listening.heard(1, "toy", at(420))
    assert list(listening.grown(at(420))) == [Stretch(2, 1, at(300), at(420))]


def test_a_short_hole_is_none() -> None:
    listening = Listening()
    listening.heard(1, "toy", at(0))
    assert list(listening.lost(gap(10, 15))) == []
    listening.heard(1, "toy", at(60))
    assert list(listening.grown(at(60))) == [Stretch(1, 1, at(0), at(60))]
