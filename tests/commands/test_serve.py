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
from pathlib import Path
from typing import IO, Any

import pytest

from liqtui import config, venues
from liqtui.cli import main
from liqtui.commands import serve
from liqtui.sim.scenarios import SCENARIOS
from liqtui.sim.trouble import TROUBLES
from tests.conditions import LIMIT, until

QUICK = ("--first", "币安人生")
"""Opens when the smallest market is there."""


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
    with served("--json", *QUICK) as process:
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
    with served("--attached", "--seed", "3", "--scenario", "skew", *QUICK) as process:
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
        assert main(["serve", *QUICK, "--port", str(taken.getsockname()[1])]) == 2
    assert "cannot serve" in capsys.readouterr().err


def test_scenarios_are_those_of_the_market_and_of_its_feeds() -> None:
    assert [one.name for one in SCENARIOS] == list(serve.MARKETS)
    assert list(TROUBLES) == list(serve.TROUBLES)


def test_the_coins_that_come_later_are_told_and_answered_for() -> None:
    with served("--json", "--attached", *QUICK) as process:
        told = json.loads(read(process.stdout))
        rest, socket_of = told["venues"]["bybit"]["rest"], told["venues"]["okx"]["rest"]
        listed = f"{socket_of}/api/v5/public/instruments?instType=SWAP"
        with urllib.request.urlopen(listed) as reply:
            assert "BTC-USDT-SWAP" in {one["instId"] for one in json.load(reply)["data"]}
        asked = f"{rest}/v5/market/kline?category=linear&symbol=BTCUSDT&interval=1&limit=5"
        with urllib.request.urlopen(asked, timeout=LIMIT) as reply:
            assert len(json.load(reply)["result"]["list"]) == 5
        assert json.loads(read(process.stdout)) == {"type": "ready", "base": "BTC"}
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(LIMIT) == 0


def test_what_is_published_is_recorded(tmp_path: Path) -> None:
    with served(
        "--attached", "--speed", "200", "--record", str(tmp_path / "new"), *QUICK
    ) as process:
        read(process.stdout)
        events, truth = tmp_path / "new/events.ndjson", tmp_path / "new/truth.ndjson"
        until(lambda: truth.exists() and b"\n" in truth.read_bytes())
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(LIMIT) == 0
    kinds = {json.loads(line)["type"] for line in events.read_text("utf-8").splitlines()}
    assert kinds >= {"instrument", "mark", "open_interest", "trade"}
    lines = [json.loads(line) for line in truth.read_text("utf-8").splitlines()]
    assert {line["type"] for line in lines} == {"truth"}
    assert all(line["ts"] % 600_000 == 0 for line in lines)
    assert lines[0]["long_oi"] == pytest.approx(lines[0]["short_oi"])


@pytest.mark.parametrize(
    "options", [["--speed", "0"], ["--speed", "nan"], ["--port", "-1"], ["--seed", "-1"]]
)
def test_what_makes_no_sense_is_told(options: Any, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        sys.exit(main(["serve", *options]))
    assert options[0] in capsys.readouterr().err
