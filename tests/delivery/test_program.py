import asyncio
import json
import logging
import os
import sys
from pathlib import Path

import pytest

from liqtui.clock import ManualClock
from liqtui.delivery.letter import letter
from liqtui.delivery.program import NOTIFIER, Program, desktop
from liqtui.delivery.sink import Outcome, Verdict
from tests.conditions import becomes
from tests.delivery.receiver import START, alert

HOSTILE = (
    "$(touch owned) `touch owned`; touch owned | & > owned \n 'x' \"y\" --help %s \x00 @everyone"
)


def python(code: str, *arguments: str, limit: float = 20.0) -> Program:
    return Program("hook", (sys.executable, "-c", code, *arguments), limit)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


async def test_it_gets_the_alert_on_its_input_and_its_arguments_as_they_are(
    tmp_path: Path,
) -> None:
    out = tmp_path / "out"
    code = (
        "import sys, json; json.dump([sys.argv[2:], json.load(sys.stdin)], open(sys.argv[1], 'w'))"
    )
    sent = letter(alert(1, HOSTILE))
    outcome = await python(code, str(out), "$HOME", "; echo", "a b").send(sent)
    assert outcome.verdict is Verdict.SENT
    arguments, told = json.loads(out.read_text())
    assert arguments == ["$HOME", "; echo", "a b"]
    assert told == json.loads(sent.body)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize(
    ("code", "verdict"),
    [("0", Verdict.SENT), ("1", Verdict.REFUSED), ("75", Verdict.LATER)],
)
async def test_its_exit_code_says_what_came_of_it(code: str, verdict: Verdict) -> None:
    outcome = await python(f"raise SystemExit({code})").send(letter(alert()))
    assert outcome.verdict is verdict
    assert outcome.told == f"exit code {code}"


async def test_what_takes_too_long_is_killed() -> None:
    outcome = await Program("hook", ("sleep", "600"), 0.05).send(letter(alert()))
    assert outcome == Outcome(Verdict.REFUSED, "killed after 0.05 s")


async def test_it_is_killed_with_all_it_began(tmp_path: Path) -> None:
    out = tmp_path / "pids"
    script = 'sleep 600 & echo $$ $! > "$0.new"; mv "$0.new" "$0"; wait'
    program = Program("hook", ("sh", "-c", script, str(out)), 60.0)
    sending = asyncio.create_task(program.send(letter(alert())))
    await becomes(out.exists)
    pids = [int(pid) for pid in out.read_text().split()]
    assert all(alive(pid) for pid in pids)
    sending.cancel()
    await asyncio.wait([sending])
    await becomes(lambda: not any(alive(pid) for pid in pids))


async def test_a_child_that_keeps_its_output_open_holds_nobody(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'],"
        " start_new_session=True)\n"
        "open(sys.argv[1], 'w').write(str(child.pid))"
    )
    out = tmp_path / "pid"
    assert (await python(code, str(out)).send(letter(alert()))).verdict is Verdict.SENT
    os.kill(int(out.read_text()), 9)


async def test_what_it_says_goes_to_the_log_and_not_far(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "liqtui")
    code = "import sys; sys.stdout.write('x\\x1b[2J' * 200_000); sys.stderr.write('y')"
    assert (await python(code).send(letter(alert()))).verdict is Verdict.SENT
    assert "x\ufffd[2Jx" in caplog.text
    assert "\x1b" not in caplog.text
    assert len(caplog.text) < 4000


async def test_one_that_reads_nothing_is_no_trouble() -> None:
    assert (await python("pass").send(letter(alert(1, "x" * 400)))).verdict is Verdict.SENT


@pytest.mark.parametrize("name", ["/nowhere/at/all", "/etc/passwd", "a\x00b"])
async def test_what_cannot_be_started_is_told(name: str) -> None:
    outcome = await Program("hook", (name,), 5.0).send(letter(alert()))
    assert outcome.verdict is Verdict.REFUSED
    assert outcome.told.startswith("not started: ")


async def test_the_desktop_is_told_in_words_that_are_no_options_and_no_markup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    notifier = tmp_path / NOTIFIER
    notifier.write_text(
        f"#!{sys.executable}\nimport sys\nopen({str(out)!r}, 'w').write('\\n'.join(sys.argv[1:]))"
    )
    notifier.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    hostile = alert(1, "--help <b>x</b> <a href='http://evil.com'>y</a>")
    assert (
        await desktop("screen", 20.0, ManualClock(START)).send(letter(hostile))
    ).verdict is Verdict.SENT
    option, separator, title, text = out.read_text().split("\n")
    assert (option, separator, title) == ("--app-name=liqtui", "--", "liqtui BTC burst")
    assert text.startswith("14:14:01 UTC BTC: --help")
    assert not set("<>&") & set(text)
    assert "http:/" not in text
