"""liqtui under a real pty: what it writes, what it costs, how soon a key shows."""

import os
import pty
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from msgspec import Struct

RUN: Final = "import sys; from liqtui.cli import main; sys.exit(main())"
"""What an installed ``liqtui`` does."""
_ROOT: Final = Path(__file__).parents[2]
_ANSWERS: Final = {b"\x1b[?2026$p": b"\x1b[?2026;2$y", b"\x1b[6n": b"\x1b[1;1R"}
"""What today's terminals answer: that frames can be told from one another, where the cursor is."""
_SYNC_BEGUN: Final = b"\x1b[?2026h"
_SLICE: Final = 0.02
"""Seconds between two reads of a slow link."""


@contextmanager
def household() -> Iterator[dict[str, str]]:
    """Yield an environment of empty directories, in which bytecode is kept."""
    with TemporaryDirectory() as folder:
        own = {
            f"LIQTUI_{name}_DIR": f"{folder}/{name}"
            for name in ("CONFIG", "DATA", "STATE", "RUNTIME")
        }
        kept = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
        kept.pop("PYTHONDONTWRITEBYTECODE", None)
        yield {
            **kept,
            **own,
            "PYTHONPYCACHEPREFIX": f"{folder}/bytecode",
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "LANG": "C.UTF-8",
        }


def liqtui(*words: str, before: str = "") -> list[str]:
    """Return the command line of a subcommand, with Python to run ahead of it."""
    return [sys.executable, "-c", before + RUN, *words]


class Use(Struct, frozen=True):
    """What a program took in a stretch of time."""

    seconds: float
    cpu: float
    drawing: float
    """Of it, what the threads of the screen took."""
    size: int
    frames: int

    @property
    def cpu_percent(self) -> float:
        """Of a core."""
        return self.cpu / self.seconds * 100.0

    @property
    def screen_percent(self) -> float:
        """Of a core, without what feeds the screen."""
        return self.drawing / self.seconds * 100.0

    @property
    def kilobytes(self) -> float:
        """Written a second."""
        return self.size / self.seconds / 1000.0


class Terminal:
    """A program on a terminal that answers as today's do.

    Args:
        command: its words.
        environment: its variables.
        size: columns and rows.
        speed: bytes a second that the terminal reads; 0: all at once.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: dict[str, str],
        size: tuple[int, int],
        speed: int = 0,
    ) -> None:
        self._ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, size[::-1])
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=_ROOT, env=environment,
            start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        as_urgent(self.process.pid)
        self._written = bytearray()
        self._news = threading.Condition()
        self.speed = speed
        """Bytes a second that the terminal reads; 0: all at once."""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while chunk := self._chunk():
            with self._news:
                before = len(self._written)
                self._written += chunk
                self._news.notify_all()
            for question, answer in _ANSWERS.items():
                # One that began in the chunk before is seen, too; none is seen twice.
                seen = self._written.count(question, max(0, before - len(question) + 1))
                os.write(self._ours, answer * seen)

    def _chunk(self) -> bytes:
        if self.speed:
            time.sleep(_SLICE)
        try:
            return os.read(self._ours, round(self.speed * _SLICE) or 1 << 16)
        except OSError:  # the program is gone
            return b""

    def until(self, marker: bytes, start: int = 0, patience: float = 30.0) -> float | None:
        """Return when (`time.perf_counter`) a marker was read behind ``start``; None: never."""
        with self._news:
            there = self._news.wait_for(lambda: self._written.find(marker, start) >= 0, patience)
        return time.perf_counter() if there else None

    def calm(self, silence: float, patience: float = 30.0) -> None:
        """Wait until nothing was written for a while."""
        end = time.perf_counter() + patience
        while time.perf_counter() < end:
            with self._news:
                before = len(self._written)
                if not self._news.wait_for(lambda: len(self._written) > before, silence):  # noqa: B023
                    return

    def use(self, seconds: float) -> Use:
        """Watch for a while."""
        start, before, offset = time.perf_counter(), self._threads(), len(self._written)
        time.sleep(seconds)
        written, after = bytes(self._written[offset:]), self._threads()
        took = time.perf_counter() - start
        spent = {thread: used - before.get(thread, 0.0) for thread, used in after.items()}
        others = [used for thread, used in spent.items() if thread != self.process.pid]
        core = max(others, default=0.0)  # the screen has the first thread, and two that wait
        total = sum(spent.values())
        return Use(took, total, total - core, len(written), written.count(_SYNC_BEGUN))

    def press(self, key: bytes, marker: bytes, patience: float = 5.0) -> float:
        """Return milliseconds from a key to a marker on the screen; ``patience`` if it is lost."""
        offset, start = len(self._written), time.perf_counter()
        os.write(self._ours, key)
        shown = self.until(marker, offset, patience)
        return ((shown or start + patience) - start) * 1000.0

    def _threads(self) -> dict[int, float]:
        """Return the seconds of CPU that each thread has taken."""
        found: dict[int, float] = {}
        for task in Path(f"/proc/{self.process.pid}/task").iterdir():
            with suppress(OSError):  # it ended a moment ago
                found[int(task.name)] = int((task / "schedstat").read_text().split()[0]) / 1e9
        return found

    @property
    def resident(self) -> float:
        """Megabytes of memory."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024.0

    def close(self) -> None:
        """End the program."""
        self.speed = 0
        self.process.terminate()
        try:
            self.process.wait(5.0)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self._ours)


@contextmanager
def running(
    command: Sequence[str], environment: dict[str, str], size: tuple[int, int], speed: int = 0
) -> Iterator[Terminal]:
    """Run a program on a terminal and end it."""
    terminal = Terminal(command, environment, size, speed)
    try:
        yield terminal
    finally:
        terminal.close()


def as_urgent(process: int) -> None:
    """Let a program be as urgent as this one, although it has a session of its own.

    Only so does a bench at raised priority raise what it measures: proc(5), autogroup.
    """
    with suppress(OSError):  # no autogroups here
        niceness = Path("/proc/self/autogroup").read_text().split()[-1]
        if niceness != "0":
            Path(f"/proc/{process}/autogroup").write_text(niceness)
