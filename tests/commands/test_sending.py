import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from importlib import import_module
from pathlib import Path

import pytest

from liqtui import paths
from liqtui.cli import main
from liqtui.commands import UsageError, demo, sending, showing, watch
from liqtui.core import Core
from liqtui.model.alert import Alert
from liqtui.model.market import FeedState
from liqtui.settings import AlertSettings, Settings, SinkSettings
from tests.commands.test_postponed import _core
from tests.conditions import until
from tests.delivery.receiver import SECRET, alert
from tests.delivery.threaded import serving
from tests.making import mark
from tests.test_core import Script


@pytest.fixture
def core() -> Iterator[Core]:
    made = _core(Script())
    yield made
    assert made.stop()


def tell(core: Core, *told: Alert) -> None:
    core.start()
    for one in told:
        for alarm in core.alarms:
            alarm(one)


def parsed(*given: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--config")
    parser.add_argument("--send-alerts", action="store_true")
    sending.add_arguments(parser)
    return parser.parse_args(list(given))


def settings(url: str, *, enabled: bool = True) -> Settings:
    sink = SinkSettings(url=url, secret="env:KEY", per_minute=600.0)
    return Settings(alerts=AlertSettings(enabled=enabled, sinks={"hook": sink}))


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", SECRET)


def test_alerts_of_a_core_are_sent_while_it_is_entered(core: Core) -> None:
    with serving() as here, sending.sending(core, settings(here.url), parsed(), "live"):
        tell(core, alert(1))
        until(lambda: here.got)
        (report,) = core.reports
        until(lambda: [row.frames for row in report()] == [1])
        assert report()[0].state is FeedState.LIVE
    assert "source" not in json.loads(here.got[0].body)


@pytest.mark.parametrize("source", ["simulated", "replay"])
def test_what_is_not_live_goes_nowhere_unless_asked_for(source: str, core: Core) -> None:
    with serving() as here:
        with sending.sending(core, settings(here.url), parsed(), source):
            assert not core.alarms
        with sending.sending(core, settings(here.url), parsed("--send-alerts"), source):
            tell(core, alert(1))
            until(lambda: here.got)
    told = json.loads(here.got[0].body)
    assert told["source"] == source
    assert told["text"].startswith(source.upper())


def test_what_is_not_live_keeps_nobody_from_sending(core: Core) -> None:
    other = _core(Script())
    with serving() as here:
        live = settings(here.url)
        with (
            sending.sending(other, live, parsed("--send-alerts"), "simulated"),
            sending.sending(core, live, parsed(), "live"),
        ):
            tell(other, alert(1))
            until(lambda: len(here.got) == 1)
            tell(core, alert(2))
            until(lambda: len(here.got) == 2)
            assert other.stop()
    assert ["source" in json.loads(got.body) for got in here.got] == [True, False]


@pytest.mark.parametrize("command", ["watch", "demo", "replay", "collect"])
def test_every_command_with_a_core_takes_a_program(command: str) -> None:
    module = import_module(f"liqtui.commands.{command}")
    parser = argparse.ArgumentParser()
    module.add_arguments(parser)
    args = parser.parse_args(["--on-alert", "siren", "--venue", "-x"])
    assert args.on_alert == ["siren", "--venue", "-x"]


@pytest.mark.parametrize(("given", "sent"), [([], False), (["--send-alerts"], True)])
def test_a_demo_sends_only_if_asked_and_says_what_it_is(
    given: list[str], sent: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--config")
    parser.set_defaults(color=None, ascii=None)
    demo.add_arguments(parser)
    shown: list[tuple[str, bool]] = []

    def show(
        _core: object, _set: object, args: argparse.Namespace, _tuned: object, source: str
    ) -> int:  # fmt: skip
        shown.append((source, args.send_alerts))
        return 0

    monkeypatch.setattr(showing, "show", show)
    monkeypatch.setattr(demo, "_exchanges", lambda *_: nullcontext())
    assert demo.run(parser.parse_args(given)) == 0
    assert shown == [("simulated", sent)]


def test_where_a_collector_runs_it_is_the_one_that_sends(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    paths.collector_socket().parent.mkdir(parents=True)
    paths.collector_socket().touch()
    monkeypatch.setattr(watch, "_collected", lambda _path: True)
    assert main(["watch", "--on-alert", "true"]) == 2
    assert "give --on-alert to that one" in capsys.readouterr().err


def test_where_no_alerts_are_wanted_none_are_sent(core: Core) -> None:
    with sending.sending(core, settings("env:NOWHERE", enabled=False), parsed(), "live"):
        assert not core.alarms


def test_a_program_is_run_at_each_alert_with_what_follows_it(tmp_path: Path, core: Core) -> None:
    out = tmp_path / "out"
    code = "import sys; open(sys.argv[1], 'a').write(sys.argv[2] + sys.stdin.read())"
    args = parsed("--on-alert", sys.executable, "-c", code, str(out), "--config")
    with sending.sending(core, Settings(), args, "simulated"):
        tell(core, alert(1), alert(2))
        until(lambda: out.exists() and out.read_text().count("\n") == 2)
    lines = out.read_text().splitlines()
    told = [json.loads(line.removeprefix("--config")) for line in lines]
    assert [one["n"] for one in told] == [1, 2]
    assert all(one["source"] == "simulated" for one in told)


def test_a_program_that_is_not_there_is_told_before_anything_starts(core: Core) -> None:
    for given in (["--on-alert", "/nowhere/x"], ["--on-alert"]):
        with (
            pytest.raises(UsageError, match="program"),
            sending.sending(core, Settings(), parsed(*given), "live"),
        ):
            raise AssertionError("it was entered")


def test_how_sinks_are_doing_is_in_the_snapshot() -> None:
    script = Script()
    core = _core(script)
    with serving() as here, sending.sending(core, settings(here.url), parsed(), "live"):
        core.start()
        until(core.reports[0])
        script.given.append(mark(0, 100.0))
        until(lambda: [row.stream for row in core.snapshot().feeds] == ["hook"])
        assert core.snapshot().feeds[0].venue == "alerts"
        assert core.stop()
