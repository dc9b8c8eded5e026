import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from liqtui.reaper import Reaper
from tests.conditions import LIMIT

ROOT = Path(__file__).parents[1]
IGNORING_HUP = ["/bin/sh", "-c", 'trap "" HUP; exec "$0" "$@"']


class Screen:
    """A child drawing on a pty of its own."""

    def __init__(self, process: "subprocess.Popen[bytes]", master: int, slave: int) -> None:
        self.process = process
        self.master = master
        self.slave = slave
        self.shown = b""

    def read(self) -> bytes:
        """Return what came within a moment; nothing at the end."""
        with suppress(OSError):  # EIO: the other side is closed
            if self.master >= 0 and select.select([self.master], [], [], 0.05)[0]:
                return os.read(self.master, 1 << 16)
        return b""

    def until(self, condition: Callable[[], object]) -> None:
        """Read until something holds."""
        end = time.monotonic() + LIMIT
        while not condition():
            assert time.monotonic() < end, f"it never came: {self.shown[-300:]!r}"
            self.shown += self.read()

    def ends(self) -> int:
        """Wait until the process has ended, read what it left and return its exit code."""
        code = self.process.wait(LIMIT)
        while rest := self.read():
            self.shown += rest
        return code

    def close(self) -> None:
        """Take the terminal away, as a lost SSH connection does."""
        for side in (self.slave, self.master):
            if side >= 0:
                os.close(side)
        self.master = self.slave = -1


@contextmanager
def screen(mode: str, saved: Path, *shell: str) -> Iterator[Screen]:
    """Run ``tests.doomed`` on a pty until it has drawn itself."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [*shell, sys.executable, "-m", "tests.doomed", mode, saved],
        stdin=slave, stdout=slave, stderr=slave, start_new_session=True, cwd=ROOT,
        env={**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT),
             "PYTHONUNBUFFERED": ""},
    )  # fmt: skip
    child = Screen(process, master, slave)
    try:
        child.until(lambda: b"ready" in child.shown)
        yield child
    finally:
        process.kill()
        process.wait()
        child.close()


def assert_restored(child: Screen) -> None:
    """Assert that every mode that was switched on was last switched off, and lines are edited."""
    for undone, done in ((b"?1049l", b"?1049h"), (b"?25h", b"?25l"), (b"?1003l", b"?1003h")):
        assert child.shown.rfind(undone) > child.shown.rfind(done), child.shown[-300:]
    local_modes = termios.tcgetattr(child.slave)[3]
    assert local_modes & termios.ECHO
    assert local_modes & termios.ICANON


@pytest.mark.parametrize(
    ("mode", "number"),
    [
        ("polite", signal.SIGTERM),
        ("polite", signal.SIGHUP),
        ("deaf", signal.SIGTERM),
        ("stuck", signal.SIGHUP),
        ("flood", signal.SIGTERM),
    ],
)
def test_a_signal_ends_every_kind_of_screen(
    mode: str, number: signal.Signals, tmp_path: Path
) -> None:
    with screen(mode, tmp_path / "saved") as child:
        child.process.send_signal(number)
        assert child.ends() == 128 + number
        assert_restored(child)
        assert (tmp_path / "saved").read_text() == "saved"


@pytest.mark.parametrize(("rounds", "shell"), [(2, []), (1, IGNORING_HUP)], ids=["plain", "nohup"])
def test_a_lost_terminal_ends_the_screen_every_time(
    rounds: int, shell: list[str], tmp_path: Path
) -> None:
    for _ in range(rounds):
        with ExitStack() as stack:
            saved = [tmp_path / f"{number}" for number in range(5)]
            lost = [stack.enter_context(screen("polite", file, *shell)) for file in saved]
            for child in lost:
                child.close()
            assert [child.ends() for child in lost] == [128 + signal.SIGHUP] * len(lost)
            assert all(file.read_text() == "saved" for file in saved)


def test_an_ignored_hangup_is_ignored_while_the_terminal_is_there(tmp_path: Path) -> None:
    with screen("polite", tmp_path / "saved", *IGNORING_HUP) as child:
        child.process.send_signal(signal.SIGHUP)
        child.process.send_signal(signal.SIGTERM)
        assert child.ends() == 128 + signal.SIGTERM


def test_nothing_is_left_behind_when_nobody_asked() -> None:
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGHUP)
    with Reaper() as reaper:
        assert signal.getsignal(signal.SIGTERM) != before[0]
    assert reaper.code == 0
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGHUP)) == before


def test_a_signal_that_comes_while_another_is_taken_waits_for_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reaper = Reaper()
    held: list[bool] = []

    class Lock:
        """As an event's: whoever sets it again meanwhile waits for himself."""

        def set(self) -> None:
            assert not held
            held.append(True)
            reaper._take(signal.SIGINT, None)
            held.clear()

    monkeypatch.setattr(reaper, "_asked", Lock())
    reaper._take(signal.SIGTERM, None)
    assert reaper.code == 128 + signal.SIGTERM
