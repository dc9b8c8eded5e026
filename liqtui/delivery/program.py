"""A program of the user's: an argument vector, never a shell, and the letter on its input.

It has a process group of its own, which is killed when it takes too long or when we leave. What it
prints goes to the log, a little of it.
"""

import asyncio
import contextlib
import logging
import os
import signal
import tempfile
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from liqtui.clock import Clock
from liqtui.delivery.letter import Letter, message
from liqtui.delivery.sink import Outcome, Verdict
from liqtui.model.text import plain

_LOG = logging.getLogger(__name__)
_SAID: Final = 2000
"""Bytes of its output that are kept."""
_CHUNK: Final = 1 << 16
NOTIFIER: Final = "notify-send"


class Ending(Struct, frozen=True):
    """How a program ended."""

    code: int | None
    """None: it was killed, for it took too long."""
    said: str


class _Mouth:
    """What a program says: the first of it is kept, the rest is let go.

    A pipe of our own, since a child of the program may hold it open for ever.
    """

    def __init__(self) -> None:
        self._ear, self.end = os.pipe()
        os.set_blocking(self._ear, False)
        self._kept = bytearray()
        asyncio.get_running_loop().add_reader(self._ear, self._hear)

    def _hear(self) -> None:
        with contextlib.suppress(BlockingIOError):
            heard = os.read(self._ear, _CHUNK)
            self._kept += heard[: _SAID - len(self._kept)]
            if not heard:
                asyncio.get_running_loop().remove_reader(self._ear)

    def close(self) -> str:
        self._hear()
        asyncio.get_running_loop().remove_reader(self._ear)
        os.close(self._ear)
        return plain(" ".join(self._kept.decode(errors="replace").split()), _SAID)


async def run(command: Sequence[str], given: bytes, limit: float) -> Ending:
    """Run a program until it ends or its time is over.

    Args:
        command: the program and its arguments.
        given: its standard input.
        limit: seconds.

    Raises:
        OSError: it cannot be started.
    """
    with tempfile.TemporaryFile() as file:
        file.write(given)
        file.seek(0)
        mouth = _Mouth()
        try:
            try:
                process = await asyncio.create_subprocess_exec(
                    *command, stdin=file, stdout=mouth.end, stderr=mouth.end,
                    start_new_session=True,
                )  # fmt: skip
            finally:
                os.close(mouth.end)
            code = await _ended(process, limit)
        finally:
            said = mouth.close()
    return Ending(code, said)


async def _ended(process: asyncio.subprocess.Process, limit: float) -> int | None:
    try:
        async with asyncio.timeout(limit):
            return await process.wait()
    except TimeoutError:
        return None
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


class Program:
    """Runs a command for each letter, one at a time.

    Args:
        name: of the sink, for the log.
        command: the program and its arguments.
        limit: seconds that it may take.
        worded: the letter's words as two more arguments, instead of the JSON on its input; this
            tells how late it is.
    """

    def __init__(
        self, name: str, command: Sequence[str], limit: float, *, worded: Clock | None = None
    ) -> None:
        self._name = name
        self._command = tuple(command)
        self._limit = limit
        self._worded = worded

    async def send(self, letter: Letter) -> Outcome:
        """Run it once: 0 is done, 75 (EX_TEMPFAIL) asks for another time."""
        command, given = self._command, letter.body + b"\n"
        if self._worded is not None:
            words = message(letter, self._worded.now())
            command, given = (*command, words.title, words.text), b""
        try:
            ending = await run(command, given, self._limit)
        except (OSError, ValueError) as error:
            return Outcome(Verdict.REFUSED, f"not started: {plain(str(error))}")
        if ending.said:
            _LOG.info("%s: %s says: %s", self._name, command[0], ending.said)
        return self._outcome(ending)

    def _outcome(self, ending: Ending) -> Outcome:
        if ending.code == 0:
            return Outcome(Verdict.SENT, "exit code 0")
        if ending.code is None:
            return Outcome(Verdict.REFUSED, f"killed after {self._limit:g} s")
        verdict = Verdict.LATER if ending.code == os.EX_TEMPFAIL else Verdict.REFUSED
        return Outcome(verdict, f"exit code {ending.code}")


def desktop(name: str, limit: float, clock: Clock) -> Program:
    """Return the sink that shows a notification on this machine's desktop."""
    return Program(name, (NOTIFIER, "--app-name=liqtui", "--"), limit, worded=clock)
