"""How far something is, on standard error: in place on a terminal, else as lines now and then."""

from typing import IO, Final

from liqtui.clock import Clock
from liqtui.model.text import plain

_PATIENCE: Final = 0.5
"""Seconds that need no explanation."""
_EVERY: Final = 0.1
_LINES_EVERY: Final = 60.0
"""Seconds between two lines where nobody looks at a terminal."""
_WIDTH: Final = 200


class Progress:
    """A line of progress that comes late and goes when all is said.

    Args:
        err: where to.
        clock: says when it is time.
        lines: whether to write lines where it is no terminal; else nothing is written there.
    """

    def __init__(self, err: IO[str], clock: Clock, *, lines: bool = False) -> None:
        self._err = err
        self._clock = clock
        self._terminal = err.isatty()
        self._silent = not self._terminal and not lines
        self._every = _EVERY if self._terminal else _LINES_EVERY
        self._due = clock.monotonic() + (_PATIENCE if self._terminal else _LINES_EVERY)
        self._shown = False

    def show(self, text: str) -> None:
        """Say how far it is, if it is time."""
        if not self._silent and self._clock.monotonic() >= self._due:
            self._due = self._clock.monotonic() + self._every
            self._write(text)

    def say(self, text: str) -> None:
        """Write a line that stays."""
        self.clear()
        print(plain(text, _WIDTH), file=self._err, flush=True)

    def clear(self) -> None:
        """Take the line of progress away."""
        if self._shown:
            self._err.write("\r\x1b[K")
            self._err.flush()
            self._shown = False

    def _write(self, text: str) -> None:
        if not self._terminal:
            self.say(text)
            return
        self._err.write(f"\r{plain(text, _WIDTH)}\x1b[K")
        self._err.flush()
        self._shown = True
