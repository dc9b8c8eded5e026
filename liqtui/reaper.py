"""The end by a signal or with the terminal: state saved, terminal restored, gone in two seconds.

A screen whose terminal is gone can wait for ever on a writer nobody reads, or spin on a dead file
descriptor; what it is asked to do is therefore done beside a clock that ends the process whatever
it does. Only the standard library is used. Sources: docs/ecosystem.md 2.3.
"""

import contextlib
import os
import signal
import stat
import termios
import threading
import time
from collections.abc import Callable, Sequence
from types import FrameType, TracebackType
from typing import Any, Final, Self

GRACE_S: Final = 1.5
"""How long the callables and the main thread have; with the waits below less than two seconds."""
_LOOK_S: Final = 0.2
_PUSHES: Final = 20
_PUSH_S: Final = 0.01
_RESTORE: Final = b"".join(
    (
        b"\x1b\\",  # the end of whatever sequence was broken off
        b"\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1015l\x1b[?1016l",  # mouse
        b"\x1b[?1004l\x1b[?2004l\x1b[?2048l",  # focus, paste and resize reports
        b"\x1b[<u",  # the keyboard protocol of kitty
        b"\x1b[?7h\x1b[?1049l\x1b[?25h\x1b[0m",  # wrapping, the other screen, cursor, colours
    )
)


class Reaper:
    """Ends the process after a signal or the loss of its terminal.

    To be used around the main loop, in the main thread::

        with Reaper(save, ask_the_screen_to_exit, tty=2) as reaper:
            code = app.run()
        return reaper.code or code

    Once asked it does not let go: leaving the ``with`` cannot keep a hanging interpreter alive.
    An ignored SIGHUP (``nohup``) stays ignored, but the loss of the terminal ends a screen.

    Args:
        calls: what to do first, each in a thread of its own since any of them may hang.
        tty: file descriptor of the terminal to watch and to restore; None where there is none.
        signals: which to take; SIGINT only where no screen takes the key.
        grace_s: seconds until the end comes the hard way.
    """

    def __init__(
        self,
        *calls: Callable[[], object],
        tty: int | None = None,
        signals: Sequence[signal.Signals] = (signal.SIGTERM, signal.SIGHUP),
        grace_s: float = GRACE_S,
    ) -> None:
        self._calls = calls
        self._tty = tty if tty is not None and os.isatty(tty) else None
        self._signals = signals
        self._grace_s = grace_s
        self._number = 0
        self._asked = threading.Event()
        self._left = threading.Event()
        self._before: dict[signal.Signals, Any] = {}
        self._modes = self._attributes()

    @property
    def code(self) -> int:
        """The exit code by convention: 128 and the signal; 0 while nobody asked."""
        return 128 + self._number if self._number else 0

    def __enter__(self) -> Self:
        for number in self._signals:
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._take)
        threading.Thread(target=self._watch, name="reaper", daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._left.set()
        if not self._number:
            for number, handler in self._before.items():
                signal.signal(number, handler)
        elif self._lost:
            with contextlib.suppress(OSError):
                self._silence()  # else Python's last flush fails, and its exit code is not ours

    def _take(self, number: int, _frame: FrameType | None) -> None:
        """Note the first signal. A second one is common: the kernel's and the shell's SIGHUP."""
        if number == signal.SIGHUP:
            # The kernel sends SIGCONT along, on which a screen would open the dead terminal anew.
            # SIG_IGN would do, but Python complains of a handler that left between two signals.
            signal.signal(signal.SIGCONT, lambda _number, _frame: None)
        first, self._number = not self._number, self._number or number
        if first:  # a second one may come while this sets it, which holds a lock
            self._asked.set()

    def _watch(self) -> None:
        # A write or a mode change in the background must not stop us on our way out.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
        while not self._asked.wait(_LOOK_S):
            if self._left.is_set():
                return
            if self._lost:
                self._number = self._number or signal.SIGHUP
                self._asked.set()
        for call in self._calls:
            threading.Thread(target=call, name="last rites", daemon=True).start()
        time.sleep(self._grace_s)
        self._restore()
        os._exit(self.code)

    @property
    def _lost(self) -> bool:
        """Whether the terminal is gone."""
        return self._tty is not None and not os.isatty(self._tty)

    def _attributes(self) -> list[Any] | None:
        if self._tty is None:
            return None
        try:
            return termios.tcgetattr(self._tty)
        except termios.error:
            return None

    def _restore(self) -> None:
        """Bring the terminal back, as far as it is there: it may be gone, or not read us."""
        if self._tty is None:
            return
        with contextlib.suppress(OSError, termios.error):
            # An own description: making the shared one non-blocking would surprise the shell.
            own = os.open(os.ttyname(self._tty), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
            self._silence()
            self._push(own)
            if self._modes is not None:
                termios.tcsetattr(own, termios.TCSANOW, self._modes)

    def _silence(self) -> None:
        """Let whoever still draws draw nowhere."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for descriptor in {1, 2, self._tty}:
            # A terminal that is gone is none any more, but still no file and no pipe.
            if descriptor is not None and stat.S_ISCHR(os.fstat(descriptor).st_mode):
                os.dup2(nowhere, descriptor)

    def _push(self, terminal: int) -> None:
        """Write what restores, where nobody reads and a write of ours may be stuck in the middle.

        A signal breaks that write off (its rest goes nowhere), the flush makes room.
        """
        for _ in range(_PUSHES):
            self._interrupt()
            termios.tcflush(terminal, termios.TCOFLUSH)
            try:
                os.write(terminal, _RESTORE)
            except BlockingIOError:
                time.sleep(_PUSH_S)
            else:
                return

    def _interrupt(self) -> None:
        number = next(iter(self._before), None)
        for thread in threading.enumerate():
            if number and thread.ident and thread is not threading.current_thread():
                signal.pthread_kill(thread.ident, number)
