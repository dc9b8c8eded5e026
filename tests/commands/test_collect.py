"""The collector as a process, its feeds on a port that nobody listens at."""

import json
import os
import pty
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from liqtui import paths, venues
from liqtui.cli import main
from liqtui.feeds import hello
from tests.conditions import LIMIT, until

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def offline(settings_file: Path) -> None:
    """One venue, whose hosts refuse."""
    first, *others = venues.names()
    hosts = venues.load(first).hosts
    lines = [f"[venues.{first}.hosts]"]
    lines += [f'{role} = "{url.split("://")[0]}://127.0.0.1:9"' for role, url in hosts.items()]
    lines += [f"[venues.{name}]\nenabled = false" for name in others]
    settings_file.write_text("\n".join([*lines, "[archive]\nenabled = false\n"]))


@contextmanager
def collecting(*flags: str, **environ: str) -> Iterator[subprocess.Popen[str]]:
    """Run a collector until the block ends; ready when it yields."""
    command = [sys.executable, "-m", "liqtui", "collect", *flags]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, cwd=ROOT, env={**os.environ, **environ}
    ) as process:
        try:
            until(lambda: process.poll() is not None or hello.status(paths.collector_socket()))
            yield process
        finally:
            process.kill()


def test_it_ends_cleanly_by_a_signal_and_says_so(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(address)
        with collecting("--log-format", "json", NOTIFY_SOCKET=address) as process:
            assert systemd.recv(100) == b"READY=1"
            process.send_signal(signal.SIGTERM)
            assert systemd.recv(100) == b"STOPPING=1"
            assert process.wait(LIMIT) == 128 + signal.SIGTERM
            assert process.stderr is not None
            told: list[dict[str, Any]] = [json.loads(line) for line in process.stderr]
    assert told[0]["logger"] == "liqtui.collector"
    assert f"pid {process.pid}" in told[0]["message"]
    assert {line["level"] for line in told} <= {"info", "warning"}
    assert not paths.collector_socket().exists()


def test_there_is_one_and_one_that_was_killed_is_followed() -> None:
    with collecting() as first:
        second = subprocess.run(
            [sys.executable, "-m", "liqtui", "collect"], capture_output=True, text=True, cwd=ROOT,
            check=False,
        )  # fmt: skip
        assert second.returncode == 2
        assert second.stderr.startswith("liqtui collect: a collector listens at ")
        said = hello.status(paths.collector_socket())
        assert said is not None
        assert said.pid == first.pid
        first.kill()
    assert paths.collector_socket().exists()
    with collecting() as third:
        said = hello.status(paths.collector_socket())
        assert said is not None
        assert said.pid == third.pid


def test_the_doctor_finds_it(capsys: pytest.CaptureFixture[str]) -> None:
    main(["doctor", "--offline"])
    assert "ok    collector: none runs" in capsys.readouterr().out
    with collecting() as process:
        main(["doctor", "--offline"])
        told = capsys.readouterr().out
    assert f"ok    collector: pid {process.pid}, since 20" in told
    assert "viewers 0, readers of events 0" in told


def test_what_it_cannot_do_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["collect", "--metrics", "0.0.0.0:0"]) == 2
    assert "collect.expose" in capfd.readouterr().err
    assert main(["collect", "--metrics", "nonsense"]) == 2
    assert "collect.metrics must be empty or an address" in capfd.readouterr().err
    paths.runtime_dir().chmod(0o777)
    assert main(["collect"]) == 2
    assert "can be written by others" in capfd.readouterr().err


@contextmanager
def watching(*flags: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "liqtui", "watch", *flags]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, cwd=ROOT) as process:
        try:
            yield process
        finally:
            process.kill()


def test_lines_are_the_collectors_unless_own_sockets_are_wanted() -> None:
    with (
        collecting(),
        watching("--json") as reader,
        watching("--plain") as person,
        watching("--own", "--plain") as hermit,
    ):
        assert reader.stdout is not None
        assert person.stdout is not None
        assert hermit.stdout is not None
        assert "connecting" in hermit.stdout.readline()
        assert json.loads(reader.stdout.readline())["type"] in ("status", "instrument")
        assert f"{venues.names()[0]}/" in person.stdout.readline()
        said = hello.status(paths.collector_socket())
        assert said is not None
        assert said.readers == 2
        for process in (reader, person):
            process.terminate()
            assert process.wait(LIMIT) == 128 + signal.SIGTERM


class Watched:
    """A full screen on a pty."""

    def __init__(self, *flags: str) -> None:
        self._ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "liqtui", "watch", *flags], stdin=theirs, stdout=theirs,
            stderr=theirs, cwd=ROOT, start_new_session=True,
            env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "160", "LINES": "40"},
        )  # fmt: skip
        os.close(theirs)
        self.written = b""

    def until(self, text: bytes) -> None:
        """Read until a text is on the screen."""
        self.written = b""
        while text not in self.written:
            self.written += os.read(self._ours, 1 << 16)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._ours)


def test_a_screen_attaches_misses_the_collector_and_takes_the_next() -> None:
    with collecting() as first:
        screen = Watched()
        try:
            screen.until(f"collector, pid {first.pid}".encode())
            first.terminate()
            screen.until(b"collector gone")
            assert first.wait(LIMIT) == 128 + signal.SIGTERM
            with collecting() as second:
                screen.until(f"collector, pid {second.pid}".encode())
        finally:
            screen.close()


def test_a_collector_of_another_version_is_told_before_anything_is_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with collecting() as process:
        monkeypatch.setattr(hello, "shape", lambda: 1)
        monkeypatch.setenv("TERM", "dumb")
        assert main(["watch"]) == 2
        told = capsys.readouterr().err
        assert f"pid {process.pid}) is of another version: start it or this anew" in told
        assert "`liqtui watch --own`" in told
        main(["doctor", "--offline"])
        assert "warn  collector: the collector (liqtui" in capsys.readouterr().out
