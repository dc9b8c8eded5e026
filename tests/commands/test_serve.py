import json
import re
import signal
import socket
import subprocess
import sys
import tomllib
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import pytest

from liqtui import config, venues
from liqtui.cli import main

LIMIT = 30


@contextmanager
def served(*options: str) -> Iterator[subprocess.Popen[str]]:
    """Run the command; kill it if it does not end by itself."""
    command = [sys.executable, "-m", "liqtui", "serve", *options]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def read(stream: IO[str] | None) -> str:
    assert stream is not None
    return stream.readline()


def test_the_endpoints_answer_until_a_signal_comes() -> None:
    with served("--json") as process:
        told = json.loads(read(process.stdout))
        assert told["venues"].keys() == set(venues.names())
        assert (told["type"], told["speed"]) == ("hosts", 1.0)
        for name, hosts in told["venues"].items():
            assert hosts.keys() == venues.load(name).hosts.keys()
        with urllib.request.urlopen(f"{told['venues']['okx']['rest']}/api/v5/public/time") as reply:
            assert json.load(reply)["code"] == "0"
        with socket.create_connection(("127.0.0.1", told["control"]), LIMIT) as control:
            control.sendall(b"fault okx outage\n")
            assert json.loads(control.makefile().readline()) == {"type": "done"}
        process.send_signal(signal.SIGTERM)
        assert process.wait(LIMIT) == 128 + signal.SIGTERM


def test_the_lines_are_settings_and_it_ends_with_its_starter() -> None:
    with served("--attached", "--seed", "3", "--scenario", "skew") as process:
        assert process.stdout is not None
        lines = [read(process.stdout)]
        while len([line for line in lines if line.startswith("export ")]) < len(venues.names()):
            lines.append(read(process.stdout))
        text = "".join(lines)
        start, end = text.index("["), text.index("# the same")
        hosts = {n: one["hosts"] for n, one in tomllib.loads(text[start:end])["venues"].items()}
        environ = dict(re.findall(r"export (\w+)='(.*)'", text))
        settings = config.load(None, environ, {}, venues)
        assert {name: one.hosts for name, one in settings.venues.items()} == hosts
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(LIMIT) == 0


def test_a_port_that_is_taken_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["serve", "--port", str(taken.getsockname()[1])]) == 2
    assert "cannot serve" in capsys.readouterr().err


@pytest.mark.parametrize(
    "options", [["--speed", "0"], ["--speed", "nan"], ["--port", "-1"], ["--seed", "-1"]]
)
def test_what_makes_no_sense_is_told(options: Any, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        sys.exit(main(["serve", *options]))
    assert options[0] in capsys.readouterr().err
