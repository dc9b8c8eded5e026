"""What really reaches a terminal: bytes through a pty, read by another terminal emulator."""

import asyncio
import fcntl
import os
import re
import signal
import struct
import sys
import termios
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pyte

from tests.conditions import LIMIT

ROOT = Path(__file__).parents[2]


class Terminal:
    """A program on a pty, everything it wrote, and the screen that makes."""

    def __init__(self, width: int, height: int) -> None:
        self.screen = pyte.Screen(width, height)
        self._stream = pyte.ByteStream(self.screen)
        self.written = b""
        self.looks = 0
        self.answering = True
        self.master, self._slave = os.openpty()
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        self._count, self._told = os.pipe()

    @asynccontextmanager
    async def run(self, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
        loop = asyncio.get_running_loop()
        own = {name: told for name, told in os.environ.items() if name not in {"COLUMNS", "LINES"}}
        environ = own | {
            "TERM": "xterm-256color",
            "TEXTUAL_COLOR_SYSTEM": "256",
            "PYTHONPATH": str(ROOT),
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.tui.child", str(self._told), *arguments,
            stdin=self._slave, stdout=self._slave, stderr=self._slave,
            pass_fds=(self._told,), env=environ, cwd=ROOT, start_new_session=True,
        )  # fmt: skip
        os.close(self._told)
        loop.add_reader(self.master, self._read)
        loop.add_reader(self._count, self._counted)
        try:
            yield process
        finally:
            loop.remove_reader(self.master)
            loop.remove_reader(self._count)
            if process.returncode is None:
                process.kill()
                await process.wait()
            for descriptor in (self.master, self._slave, self._count):
                os.close(descriptor)

    def _read(self) -> None:
        data = os.read(self.master, 65_536)
        self.written += data
        if self.answering:
            os.write(self.master, b"\x1b[1;1R" * data.count(b"\x1b[6n"))
        # The emulator does not know Textual's private queries; no terminal draws them.
        self._stream.feed(
            re.sub(rb"\x1b\[[?>=][0-9;]*[$a-zA-Z]+|\x1b\][^\x07\x1b]*(\x07|\x1b\\)", b"", data)
        )

    def _counted(self) -> None:
        self.looks += len(os.read(self._count, 4096))

    def press(self, key: str) -> None:
        os.write(self.master, key.encode())

    def resize(self, width: int, height: int) -> None:
        """Become as large as told, everything on it in disorder."""
        self.screen.resize(height, width)
        self.screen.erase_in_display(2)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def cells(self) -> list[list[tuple[str, str, bool]]]:
        """Return what is seen in every cell."""
        rows, columns = self.screen.lines, self.screen.columns
        grid = ([self.screen.buffer[y][x] for x in range(columns)] for y in range(rows))
        return [[(cell.data, cell.bg, cell.reverse) for cell in row] for row in grid]

    async def until(self, condition: Callable[[], bool]) -> None:
        try:
            async with asyncio.timeout(LIMIT):
                while not condition():
                    await asyncio.sleep(0.005)
        except TimeoutError:
            raise AssertionError("\n".join(("it never came:", *self.screen.display))) from None

    def shows(self, text: str) -> bool:
        return any(text in row for row in self.screen.display)

    async def looked(self, times: int) -> None:
        """Wait until the app has looked at its source so many times more."""
        wanted = self.looks + times
        await self.until(lambda: self.looks >= wanted)


async def test_a_frame_with_no_change_writes_nothing_and_leaving_restores_the_terminal() -> None:
    terminal = Terminal(120, 40)
    async with terminal.run() as process:
        await terminal.until(lambda: terminal.shows("Clusters") and terminal.shows("0fps <1KiB/s"))
        await terminal.looked(6)
        before = len(terminal.written)
        await terminal.looked(6)
        assert terminal.written[before:] == b""
        heat = {terminal.screen.buffer[y][x].bg for y in range(2, 28) for x in range(10, 60)}
        assert len(heat) > 5
        terminal.press("z")
        await terminal.until(lambda: not terminal.shows("Σ total"))
        terminal.press("q")
        async with asyncio.timeout(LIMIT):
            assert await process.wait() == 0
        for restored in (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?2004l"):
            assert restored in terminal.written[before:]


async def test_after_whatever_happened_the_screen_is_what_a_full_repaint_shows() -> None:
    terminal = Terminal(100, 30)
    async with terminal.run("moving") as process:
        await terminal.until(lambda: terminal.shows("Venues"))
        for keys, seen in (
            ("?", "esc leaves"), ("\x1b", "Venues"), ("s", "LINK"), ("e", "ETH"),
            ("\x1b", "Venues"), ("t", "theme"), ("z", "Heatmap"), ("z", "Venues"),
            ("/", "Venues"), ("eth\r", "/ETH"), ("2G", "newer"),
        ):  # fmt: skip
            terminal.press(keys)
            await terminal.until(lambda seen=seen: terminal.shows(seen))  # type: ignore[misc]
            await terminal.looked(3)
        for width, height in ((60, 16), (80, 24)):
            terminal.resize(width, height)
            process.send_signal(signal.SIGWINCH)
            await terminal.until(lambda: terminal.shows("? help"))
            await terminal.looked(1)
        terminal.press(" ")
        await terminal.until(lambda: terminal.shows("PAUSED"))
        await terminal.looked(4)
        assert terminal.cells()[2:] == (await _anew(terminal))[2:]


async def _anew(terminal: Terminal) -> list[list[tuple[str, str, bool]]]:
    """Return what is seen when everything was written again over a cleared screen."""
    terminal.screen.erase_in_display(2)
    terminal.press("\x0c")
    await terminal.until(lambda: terminal.shows("PAUSED"))
    await terminal.looked(4)
    return terminal.cells()


async def test_no_hostile_sequence_reaches_the_terminal() -> None:
    terminal = Terminal(200, 50)
    terminal.answering = False
    async with terminal.run("hostile"):
        await terminal.until(lambda: terminal.shows("Health"))
        await terminal.looked(4)
        for sequence in (b"owned\x07", b"\x1b[2J", b"\x1b[31mred", b"\xc2\x9b", b"\xc2\x90"):
            assert sequence not in terminal.written
        text = terminal.written.decode()
        assert not re.search("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x80-\x9f]", text)
        assert not re.search("\x1b[^\\[\\]\\\\]", text)


async def test_an_alert_rings_and_is_said_once_and_the_screen_stays_right() -> None:
    terminal = Terminal(120, 40)
    async with terminal.run("alarmed", "moving"):
        await terminal.until(lambda: terminal.shows("Clusters") and terminal.shows("BTC: Burst"))
        await terminal.until(lambda: b"\x07" in terminal.written)
        await terminal.looked(6)
        assert terminal.written.count("]9;BTC: Burst \ufffd[2J".encode()) == 1
        assert terminal.shows("Clusters")
        terminal.press("q")
