import pytest
from msgspec import structs

from liqtui.model.alert import Alert, AlertKind
from liqtui.settings import AlertSettings
from liqtui.tui.alarm import Alarm
from liqtui.tui.render.times import Zone
from tests.tui.scene import NOON

XTERM = {"TERM": "xterm-256color"}
UTC = Zone("utc")


def alert(number: int, text: str = "Burst; of longs") -> Alert:
    return Alert(number=number, at=NOON, kind=AlertKind.BURST, text=text, base="BTC")


def written(settings: AlertSettings, environ: dict[str, str], *alerts: Alert) -> str:
    return Alarm(settings, environ).sequence(alerts, UTC)


@pytest.mark.parametrize(
    ("notify", "sequence"),
    [
        ("osc9", "\x1b]9;BTC: Burst, of longs\x1b\\"),
        ("osc777", "\x1b]777;notify;liqtui;BTC: Burst, of longs\x1b\\"),
        ("osc99", "\x1b]99;;BTC: Burst, of longs\x1b\\"),
        ("off", ""),
    ],
)
def test_a_bell_and_a_notification(notify: str, sequence: str) -> None:
    settings = AlertSettings(notify=notify)  # type: ignore[arg-type] # the table holds plain text
    assert written(settings, XTERM, alert(1)) == "\x07" + sequence


def test_through_tmux_the_sequence_is_wrapped_and_the_bell_is_not() -> None:
    environ = {"TERM": "tmux-256color", "TMUX": "/tmp/tmux"}
    assert written(AlertSettings(), environ, alert(1, "x")) == (
        "\x07\x1bPtmux;\x1b\x1b]9;BTC: x\x1b\x1b\\\x1b\\"
    )


def test_a_console_that_would_print_it_gets_the_bell_only() -> None:
    assert written(AlertSettings(), {"TERM": "linux"}, alert(1)) == "\x07"


def test_text_from_the_network_cannot_end_the_sequence() -> None:
    sequence = written(AlertSettings(bell=False), XTERM, alert(1, "a\x1b\\\x07\x9cb{0}"))
    assert sequence == "\x1b]9;BTC: a\ufffd\\\ufffd\ufffdb{0}\x1b\\"


def test_many_at_once_are_one_notification() -> None:
    alerts = [alert(number) for number in (3, 2, 1)]
    assert written(AlertSettings(), XTERM, *alerts).count("\x07") == 1
    assert "(+2 more)" in written(AlertSettings(), XTERM, *alerts)


@pytest.mark.parametrize("source", ["simulated", "replay"])
def test_what_is_not_live_says_so_on_the_desktop(source: str) -> None:
    told = Alarm(AlertSettings(), XTERM).sequence([alert(1, "x")], UTC, source)
    assert told == f"\x07\x1b]9;{source.upper()} BTC: x\x1b\\"


def test_each_alert_is_fresh_once() -> None:
    found = Alarm(AlertSettings(), XTERM)
    assert found.fresh([alert(2), alert(1)], NOON) == [alert(2), alert(1)]
    assert found.fresh([alert(2), alert(1)], NOON) == []
    assert found.fresh([alert(3), alert(2), alert(1)], NOON) == [alert(3)]
    assert found.sequence([], UTC) == ""


def test_quiet_hours_are_those_of_the_screens_clock() -> None:
    quiet = AlertSettings(quiet="11:30-12:30")
    assert written(quiet, XTERM, alert(1)) == ""
    assert Alarm(quiet, XTERM).sequence([alert(1)], Zone("Asia/Tokyo"))


def test_what_is_hushed_is_no_news() -> None:
    alarm = Alarm(AlertSettings(), XTERM)
    muted = structs.replace(alert(2), hushed="muted")
    assert alarm.fresh([muted, alert(1)], NOON) == [alert(1)]
    assert alarm.fresh([muted, alert(1)], NOON) == []


def test_other_settings_hold_from_then_on() -> None:
    alarm = Alarm(AlertSettings(), XTERM)
    alarm.adopt(AlertSettings(bell=False, notify="osc777"))
    assert alarm.sequence([alert(1, "x")], UTC) == "\x1b]777;notify;liqtui;BTC: x\x1b\\"


def test_what_was_told_long_ago_is_no_news_and_a_new_collector_counts_anew() -> None:
    alarm = Alarm(AlertSettings(), XTERM)
    assert alarm.fresh([alert(9), alert(8)], NOON + 61_000_000_000) == []
    later = structs.replace(alert(1), at=NOON + 70_000_000_000)
    assert alarm.fresh([later], later.at) == [later]
