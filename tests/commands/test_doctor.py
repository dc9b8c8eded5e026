import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from msgspec import structs

from liqtui import terminal, venues
from liqtui.cli import main
from liqtui.clock import SystemClock
from liqtui.commands import doctor
from liqtui.delivery.letter import letter
from liqtui.delivery.outbox import Outbox
from liqtui.model.records import Kept
from liqtui.settings import (
    AlertSettings,
    ScreenSettings,
    Settings,
    SinkSettings,
    VenueSettings,
    WatchSettings,
)
from tests.archive.opening import kept
from tests.delivery.receiver import alert
from tests.making import START, liquidation
from tests.toy import ToyVenue


@contextmanager
def host(status: int = 200, ahead_s: float = 0) -> Iterator[tuple[str, list[str]]]:
    """Serve one answer to everything; yields ``host:port`` and the paths asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response_only(status)
            self.send_header("Date", formatdate(SystemClock().now() / 1e9 + ahead_s, usegmt=True))
            self.send_header("Content-Length", "0")
            self.end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def serve_toy(monkeypatch: pytest.MonkeyPatch, rest: str, ws: str) -> None:
    toy = ToyVenue(hosts={"rest": f"http://{rest}", "ws": f"ws://{ws}"})
    monkeypatch.setattr(venues, "names", lambda: [toy.name])
    monkeypatch.setattr(venues, "load", lambda _name: toy)


def test_a_reachable_venue_is_all_right(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with host() as (at, asked):
        serve_toy(monkeypatch, at, at)
        assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert re.search(r"^ok    toy rest: HTTP 200 after \d+ ms, http://", out, re.MULTILINE)
    assert "ok    toy ws: HTTP 200" in out
    assert "ok    clock: within" in out
    assert "FAIL" not in out
    assert sorted(asked) == ["/", "/instruments"]


def test_a_blocked_host_is_a_warning_while_another_answers(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with host(451) as (blocked, _), host(ahead_s=60) as (fine, _):
        serve_toy(monkeypatch, rest=blocked, ws=fine)
        assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert f"warn  toy rest: http://{blocked}/instruments: blocked here" in out
    assert re.search(r"warn  clock: this machine is (59|60|61) s behind the venues", out)


def test_no_venue_at_all_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with host() as (closed, _):
        pass
    serve_toy(monkeypatch, closed, closed)
    assert main(["doctor", "--timeout", "1"]) == 1
    out = capsys.readouterr().out
    assert f"warn  toy ws: ws://{closed}: Connection refused" in out
    assert "FAIL  network: no venue can be reached" in out


def test_offline_asks_nobody(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with host() as (at, asked):
        serve_toy(monkeypatch, at, at)
        assert main(["doctor", "--offline"]) == 0
    assert asked == []
    out = capsys.readouterr().out
    assert "ok    libraries: textual " in out
    assert "warn  terminal: no full screen, lines instead" in out


def test_wrong_settings_fail_with_their_places(
    settings_file: Path, toy: ToyVenue, capsys: pytest.CaptureFixture[str]
) -> None:
    settings_file.write_text("[tape]\nleest = 1\nkeep = 1\n")
    assert main(["doctor", "--offline"]) == 1
    out = capsys.readouterr().out
    assert f"FAIL  settings: {settings_file}:2: unknown key 'leest'" in out
    assert f"FAIL  settings: {settings_file}:3: tape.keep must be" in out


def test_a_directory_that_cannot_be_written_fails(
    monkeypatch: pytest.MonkeyPatch,
    home: Path,
    toy: ToyVenue,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (home / "file").write_text("")
    monkeypatch.setenv("LIQTUI_STATE_DIR", str(home / "file" / "state"))
    assert main(["doctor", "--offline"]) == 1
    out = capsys.readouterr().out
    assert "FAIL  state directory:" in out
    assert f"{home / 'file'} is no directory" in out
    assert not (home / "data").exists()


@pytest.mark.parametrize("timeout", ["0", "nan", "x", "61"])
def test_a_timeout_that_means_nothing_is_misuse(timeout: str) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["doctor", "--timeout", timeout])
    assert caught.value.code == 2


def test_the_settings_choose_who_is_asked_and_where(toy: ToyVenue) -> None:
    moved = VenueSettings(hosts={"rest": "http://127.0.0.1:1"}, markets=("linear",))
    (venue,) = doctor.wanted(Settings(venues={toy.name: moved}))
    assert venue.markets == ("linear",)
    assert dict(doctor.targets(venue)) == {
        "toy rest": "http://127.0.0.1:1/instruments",
        "toy ws": "wss://toy.example/ws",
    }
    off = Settings(
        watch=WatchSettings(venues=(toy.name,)), venues={toy.name: VenueSettings(enabled=False)}
    )
    assert list(doctor.wanted(off)) == []


def test_colours_and_characters_are_told_with_their_reason() -> None:
    environ = {"TERM": "xterm-256color", "LANG": "C"}
    told = [tuple(finding) for finding in doctor.screen(ScreenSettings(), environ)]
    assert (
        "ok",
        "colours",
        "256: TERM=xterm-256color without COLORTERM (COLORTERM not set)",
    ) in told
    assert told[-1][:2] == ("warn", "characters")
    *_, last = doctor.screen(ScreenSettings(ascii=True), environ)
    assert last == ("ok", "characters", "ASCII")


@pytest.mark.parametrize(("columns", "weight"), [("160", "ok"), ("39", "warn")])
def test_the_terminal_is_told_with_its_size_and_what_is_between(
    columns: str, weight: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal, "obstacle", lambda *_: "")
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("LINES", "45")
    environ = {"TERM": "tmux-256color", "TMUX": "/tmp/x", "SSH_CONNECTION": "1 2 3 4"}
    first, *_ = doctor.screen(ScreenSettings(), environ)
    assert (first.weight, first.subject) == (weight, "terminal")
    assert first.told.startswith(f"tmux-256color, {columns}x45 through tmux through SSH")


def test_sinks_are_told_with_how_they_are_doing_and_nothing_is_sent(tmp_path: Path) -> None:
    hook = SinkSettings(url="http://127.0.0.1:1/hook")
    chosen = AlertSettings(
        sinks={
            "hook": hook,
            "keyed": structs.replace(hook, secret="env:NO_SUCH"),
            "off": structs.replace(hook, enabled=False),
        }
    )

    def told() -> list[tuple[str, str, str]]:
        return [(one.weight, one.subject, one.told) for one in doctor.sinks(chosen, tmp_path, {})]

    assert told() == [
        ("ok", "sink hook", "webhook, 0 sent, 0 waiting, 0 dead"),
        ("FAIL", "sink keyed", "alerts.sinks.keyed.secret: the environment has no NO_SUCH"),
        ("ok", "sink off", "off; webhook, 0 sent, 0 waiting, 0 dead"),
    ]
    with Outbox(tmp_path) as box:
        box.put(letter(alert(1)), ["hook"], START)
        box.failed("hook", 1, START, "HTTP 500", START)
    assert told()[0] == (
        "warn", "sink hook", "webhook, 0 sent, 1 waiting, 0 dead; the last 1 tries: HTTP 500",
    )  # fmt: skip
    (tmp_path / "outbox.sqlite").write_bytes(b"garbage" * 1000)
    assert told()[0] == ("warn", "sink hook", "webhook; its queue cannot be read")


def test_the_archive_is_told_with_what_is_wrong(
    home: Path, toy: ToyVenue, capsys: pytest.CaptureFixture[str]
) -> None:
    def told() -> str:
        main(["doctor", "--offline"])
        return capsys.readouterr().out

    data = home / "data"
    assert f"ok    archive: {data / 'archive.db'} will be made by `liqtui watch`" in told()
    data.mkdir()
    kept(data, Kept(liquidation(1, 100.0))).close()
    assert re.search(
        rf"^ok    archive: {data}/archive\.db, .*1 liquidations; nobody", told(), re.MULTILINE
    )
    (data / "archive.db").write_bytes(b"garbage" * 1000)
    (data / "archive.db.damaged-5").touch()
    out = told()
    assert f"warn  archive: {data}/archive.db is damaged" in out
    assert f"warn  archive: {data}/archive.db.damaged-5 was damaged and set aside" in out
