import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from liqtui.clock import ManualClock
from liqtui.commands.postponed import Postponed
from liqtui.core import Core
from liqtui.engine import Engine
from liqtui.model.events import Event
from liqtui.model.snapshot import EMPTY
from liqtui.model.view import Reconnect, View
from liqtui.store.board import Label
from tests.conditions import until
from tests.making import START, mark
from tests.test_core import Script

ROOT = Path(__file__).parents[2]


def _core(script: Script) -> Core:
    return Core(Engine({"toy": Label("Toy", "TOY")}, ["BTC"]), script, ManualClock(START), fps=500)


def test_what_was_said_before_there_is_a_core_reaches_it() -> None:
    script = Script()
    core = Postponed(lambda: _core(script))
    heard: list[Event] = []
    core.listeners.append(heard.append)
    core.look(View(base="ETH"))
    core.command(Reconnect())
    assert core.snapshot() is EMPTY
    core.start()
    script.given.append(mark(0, 100.0))
    until(lambda: heard)
    until(lambda: core.snapshot().notices == ("did Reconnect",))
    assert core.snapshot().view.base == "ETH"
    core.look(View(base="BTC"))
    core.command(Reconnect())
    until(lambda: core.snapshot().view.base == "BTC" and len(core.snapshot().notices) == 2)
    assert core.stop()
    assert core.join()
    assert core.failure is None
    assert script.cancelled


def test_stopped_before_it_began_it_never_begins() -> None:
    made: list[Core] = []

    def make() -> Core:
        made.append(_core(Script()))
        return made[-1]

    core = Postponed(make)
    assert core.stop()
    core.start()
    assert core.join()
    assert core.snapshot() is EMPTY
    assert made[0].frames == 0


def test_how_the_core_failed_is_known() -> None:
    core = Postponed(lambda: _core(Script(ValueError("broken"))))
    core.start()
    until(core.join)
    assert isinstance(core.failure, ValueError)


def test_a_core_that_cannot_be_made_is_told_when_it_is_started() -> None:
    def make() -> Core:
        raise ValueError("no venue")

    with pytest.raises(ValueError, match="no venue"):
        Postponed(make).start()


@pytest.mark.parametrize("flags", [["--plain"], []])
def test_a_failing_start_is_told_and_the_exit_code_says_so(
    flags: list[str], settings_file: Path
) -> None:
    names = [path.stem for path in (ROOT / "liqtui/venues").glob("[!_]*.py")]
    settings_file.write_text("".join(f"[venues.{name}]\nenabled = false\n" for name in names))
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "liqtui", "watch", *flags], stdin=theirs, stdout=theirs,
        stderr=theirs, cwd=ROOT, env={**os.environ, "TERM": "xterm-256color"},
        start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    written = b""
    try:
        while more := os.read(ours, 1 << 16):
            written += more
    except OSError:
        pass  # the other side is closed
    finally:
        os.close(ours)
    assert process.wait() == 2
    last = written.rpartition(b"\x1b[?1049l")[2]
    assert b"liqtui watch: no venue is enabled: see `liqtui config show`" in last
