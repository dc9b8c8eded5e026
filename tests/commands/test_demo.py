import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from liqtui import venues
from liqtui.cli import main
from tests.conditions import LIMIT, until

VENUES = set(venues.names())
PROC = Path("/proc/self/task")
needs_proc = pytest.mark.skipif(not PROC.exists(), reason="children are found in /proc")


@contextmanager
def shown(*options: str) -> Iterator[subprocess.Popen[str]]:
    """Run the command as lines; kill it if it does not end by itself."""
    command = [sys.executable, "-m", "liqtui", "demo", "--json", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def events(process: subprocess.Popen[str]) -> Iterator[dict[str, Any]]:
    assert process.stdout is not None
    return map(json.loads, process.stdout)


def below(pid: int) -> list[int]:
    """Return the processes that a process started, and those they did."""
    try:
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    return [one for child in map(int, found.split()) for one in (child, *below(child))]


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").split()[2] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@needs_proc
def test_every_exchange_is_heard_until_the_user_leaves() -> None:
    with shown("--seed", "2", "--base", "PEPE") as process:
        wanted = {(venue, kind) for venue in VENUES for kind in ("mark", "candle", "open_interest")}
        for event in events(process):
            wanted.discard((event["venue"], event["type"]))
            if not wanted:
                break
        started = below(process.pid)
        assert started
        process.send_signal(signal.SIGINT)
        for _ in events(process):
            pass  # what was on its way
        process.wait(LIMIT)
        until(lambda: not any(map(running, started)))


@needs_proc
def test_nothing_is_left_when_it_is_killed() -> None:
    with shown("--speed", "20", "--base", "币安人生") as process:
        next(events(process))
        started = below(process.pid)
        assert any(map(running, started))
        process.kill()
        until(lambda: not any(map(running, started)))


def test_the_other_coins_follow_with_their_past() -> None:
    with shown("--speed", "10", "--base", "币安人生") as process:
        wanted = {(base, kind) for base in ("币安人生", "BTC") for kind in ("candle", "trade")}
        first = None
        for event in events(process):
            if event["type"] == "candle":
                first = first or event["base"]
            wanted.discard((event.get("base"), event["type"]))
            if not wanted:
                break
        assert first == "币安人生"


def test_a_market_that_does_not_start_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert main(["demo", "--json"]) == 2
    assert "does not start" in capsys.readouterr().err


def test_without_a_simulated_venue_there_is_nothing_to_show(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    settings_file: Path,
    tmp_path: Path,
) -> None:
    hosts = {name: venues.load(name).hosts for name in VENUES}
    told = json.dumps({"since": 0, "speed": 1.0, "control": 1, "venues": hosts})
    exchanges = tmp_path / "exchanges"
    exchanges.write_text(f"#!/bin/sh\necho '{told}'\n", encoding="utf-8")
    exchanges.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(exchanges))
    rows = "".join(f"[venues.{name}]\nenabled = false\n" for name in VENUES)
    settings_file.write_text(rows, encoding="utf-8")
    assert main(["demo", "--json"]) == 2
    assert "enabled" in capsys.readouterr().err


@pytest.mark.parametrize("speed", ["0", "-1", "nan", "soon"])
def test_a_speed_is_a_factor(speed: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["demo", f"--speed={speed}"])
    assert "factor" in capsys.readouterr().err
