"""What a feed says of itself."""

import logging

import pytest

from liqtui.clock import ManualClock
from liqtui.feeds.report import Report
from liqtui.model.events import FeedStatus
from liqtui.protocol.items import Malformed, Rejected, Unknown
from tests.feeds.rig import CONNECTING, DOWN, LIVE, STALE, Heard


def reporting() -> tuple[Report, Heard, ManualClock]:
    heard, clock = Heard(), ManualClock()
    return Report("toy", "main", heard.events.append, clock), heard, clock


def test_a_state_is_said_once() -> None:
    report, heard, clock = reporting()
    report.turn(DOWN, "refused")
    since = clock.now()
    clock.advance(5)
    report.turn(DOWN, "refused")
    report.turn(DOWN, "no answer")
    assert heard.reasons() == ["refused", "no answer"]
    assert report.health().since == since


def test_a_feed_that_was_never_live_lost_nothing() -> None:
    report, heard, clock = reporting()
    report.turn(CONNECTING)
    clock.advance(5)
    report.lose(DOWN, "refused")
    clock.advance(5)
    report.come_alive()
    assert heard.gaps == []


def test_a_loss_is_one_gap_whatever_is_said_in_between() -> None:
    report, heard, clock = reporting()
    report.come_alive()
    report.heard = clock.now()
    clock.advance(15)
    report.lose(STALE, "no MarkPrice for 15 s")
    clock.advance(20)
    report.lose(DOWN, "refused")
    clock.advance(20)
    assert heard.gaps == []
    report.come_alive()
    report.end()
    (gap,) = heard.gaps
    assert (gap.start, gap.end) == (report.heard, clock.now())
    assert gap.reason == "no MarkPrice for 15 s"
    assert heard.states == [LIVE, STALE, DOWN, LIVE]


def test_a_loss_that_is_not_over_is_told_at_the_end() -> None:
    report, heard, clock = reporting()
    report.come_alive()
    report.heard = clock.now()
    report.lose(DOWN, "refused")
    clock.advance(30)
    report.end()
    assert [(gap.start, gap.end) for gap in heard.gaps] == [(report.heard, clock.now())]


def test_a_clock_set_back_leaves_no_gap() -> None:
    report, heard, clock = reporting()
    report.come_alive()
    report.heard = clock.now()
    clock.advance(-600)
    report.lose(STALE, "clock jumped by -600 s")
    report.come_alive()
    assert heard.gaps == []
    assert heard.states == [LIVE, STALE, LIVE]


def test_complaints_are_counted_and_a_thinning_sample_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    report, _, _ = reporting()
    with caplog.at_level(logging.WARNING):
        for number in range(100):
            report.malformed(Malformed(f"bad {number}\x1b[2J"))
        report.unknown(Unknown("novel"))
    health = report.health()
    assert (health.malformed, health.unknown, health.last) == (100, 1, "unknown: novel")
    assert len(caplog.messages) == 8
    assert "\x1b" not in "".join(caplog.messages)


def test_a_refusal_is_shown_without_a_change_of_state() -> None:
    report, heard, _ = reporting()
    report.come_alive()
    report.rejected(Rejected("liq", "60018"))
    assert heard.of(FeedStatus)[-1].state is LIVE
    assert heard.reasons()[-1] == "rejected liq: 60018"
    assert report.health().rejected == ("rejected liq: 60018",)
