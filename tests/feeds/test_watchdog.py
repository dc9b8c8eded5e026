"""Deadlines, on a clock that is a number."""

from liqtui.feeds.watchdog import Lateness, Watchdog
from liqtui.model.events import MarkPrice


def opened() -> Watchdog:
    watchdog = Watchdog((MarkPrice,), quiet=15.0, answer=10.0)
    watchdog.opened(100.0)
    return watchdog


def test_something_must_be_answered() -> None:
    watchdog = opened()
    assert watchdog.due(100.0) == 110.0
    assert watchdog.verdict(109.9) == ""
    assert watchdog.verdict(110.0) == "no answer to the subscription"


def test_the_canary_is_awaited_from_the_end_of_the_hello() -> None:
    watchdog = opened()
    watchdog.frame()
    assert watchdog.verdict(1000.0) == ""
    watchdog.asked(200.0)
    assert watchdog.due(200.0) == 215.0
    assert watchdog.verdict(214.9) == ""
    assert watchdog.verdict(215.0) == "subscribed, then no MarkPrice for 15 s"


def test_frames_without_a_canary_move_nothing() -> None:
    watchdog = opened()
    watchdog.asked(100.0)
    watchdog.canary(101.0)
    watchdog.frame()
    assert watchdog.verdict(116.0) == "no MarkPrice for 15 s"


def test_a_canary_during_the_hello_starts_no_deadline() -> None:
    watchdog = opened()
    watchdog.frame()
    watchdog.canary(101.0)
    assert watchdog.verdict(500.0) == ""


def test_time_in_which_nobody_listened_does_not_count() -> None:
    watchdog = opened()
    watchdog.asked(100.0)
    watchdog.canary(100.0)
    watchdog.frame()
    watchdog.excuse(600.0)
    assert watchdog.verdict(714.0) == ""
    assert watchdog.verdict(715.0)


def test_the_next_look_is_never_later_than_a_quiet_time() -> None:
    watchdog = opened()
    watchdog.frame()
    assert watchdog.due(300.0) == 315.0


def test_lateness_that_rises_is_found() -> None:
    lateness = Lateness(late=5.0, rise=0.2, steps=3)
    verdicts = [lateness.verdict(median) for median in (6.0, 7.0, 8.0, 9.0)]
    assert verdicts == ["", "", "", "data 9 s late and falling behind"]


def test_a_constant_delay_is_somebodys_clock() -> None:
    lateness = Lateness(late=5.0, rise=0.2, steps=3)
    assert not any(lateness.verdict(60.0 + step / 100) for step in range(100))


def test_small_or_interrupted_lateness_is_nothing() -> None:
    lateness = Lateness(late=5.0, rise=0.2, steps=3)
    medians = [1.0, 2.0, 3.0, 4.0, 6.0, 7.0, 8.0, None, 9.0, 10.0, 11.0, 4.0, 12.0]
    assert not any(lateness.verdict(median) for median in medians)
