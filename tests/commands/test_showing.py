import argparse
import io

import pytest

from liqtui.commands import showing
from liqtui.commands.showing import Printer, plain_alert, plain_line
from liqtui.model import wire
from liqtui.model.alert import Alert, AlertKind
from liqtui.model.events import FeedStatus, Gap
from liqtui.model.market import FeedState, Side
from tests.making import START, at, instrument, liquidation, mark


def test_a_liquidation_is_a_line_a_person_can_read() -> None:
    line = plain_line(liquidation(1, 61480.5, 1_240_000.0, Side.SHORT))
    assert line is not None
    assert line.decode().split() == ["14:14:01", "toy", "BTCUSDT", "SHORT", "61480.5", "$1,240,000"]


def test_an_unknown_size_says_so() -> None:
    line = plain_line(liquidation(1, 1.0, None))
    assert line is not None
    assert line.endswith(b"size unknown")


def test_odd_symbols_stay_ascii() -> None:
    line = plain_line(liquidation(1, 1.0, of=instrument(symbol="币USDT")))
    assert line is not None
    assert b"?5E01USDT" in line


def test_what_happens_to_feeds_is_said_and_prices_are_not() -> None:
    status = FeedStatus("toy", "a", FeedState.STALE, "12 s \x1b[2Jsilent", START, START)
    assert plain_line(status) == "14:14:00 toy/a stale: 12 s \ufffd[2Jsilent".encode()
    assert plain_line(Gap("toy", "a", START, at(2.5), "cut", at(3), at(3))) == (
        b"14:14:03 toy/a gap of 2.5 s"
    )
    assert plain_line(mark(0, 1.0)) is None


def test_every_line_is_out_at_once() -> None:
    out = io.BytesIO()
    printer = Printer(out, wire.line)
    printer.take(mark(0, 1.0))
    assert out.getvalue() == wire.line(mark(0, 1.0)) + b"\n"


@pytest.mark.parametrize("flag", ["plain", "json"])
def test_lines_are_shown_when_they_are_asked_for(flag: str) -> None:
    args = argparse.Namespace(plain=False, json=False)
    setattr(args, flag, True)
    assert showing.screenless(args)


def test_without_a_terminal_there_is_no_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    assert showing.screenless(argparse.Namespace(plain=False, json=False))


def test_an_alert_is_a_line_for_a_person() -> None:
    alert = Alert(at=at(1), kind=AlertKind.BURST, text="Burst \x1b[2J", base="BTC")
    assert plain_alert(alert) == "14:14:01 ALERT BTC: Burst \ufffd[2J".encode()
    assert plain_alert(alert, "simulated").startswith(b"14:14:01 SIMULATED ALERT BTC: Burst")
