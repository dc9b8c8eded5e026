"""Textual's driver for Unix, which also asks the terminal how far it has read."""

import threading
import time
from collections.abc import Callable
from typing import Any, Final

from textual import events
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

QUESTION: Final = "\x1b[6n"
"""Where is the cursor? Every terminal and multiplexer answers it (DSR 6, ECMA-48 8.3.35)."""
_LAST_S: Final = 0.3


class AskingDriver(LinuxDriver):
    """Tells when the terminal has answered."""

    on_answer: Callable[[float], None] | None = None
    """Called in the loop's thread with the moment (`time.monotonic`) of the answer."""

    def __init__(self, app: App[Any], **options: Any) -> None:
        super().__init__(app, **options)
        self._answered = threading.Event()
        self._answers = False

    @property
    def idle(self) -> bool:
        """Whether nothing waits to be written."""
        # Textual's writer has no public word on this.
        writer = self._writer_thread
        return writer is not None and writer._queue.empty()

    def ask(self, text: str) -> None:
        """Write a text and the question behind it."""
        self._answered.clear()
        self.write(text + QUESTION)

    def process_message(self, message: Message) -> None:
        """Keep the answers, which come in the thread that reads."""
        if not isinstance(message, events.CursorPosition):
            super().process_message(message)
            return
        self._answers = True
        self._answered.set()
        if self.on_answer is not None:
            self._loop.call_soon_threadsafe(self.on_answer, time.monotonic())

    def disable_input(self) -> None:
        """Wait for the last answer: later the shell would take it for keys."""
        if self._answers:
            self._answered.wait(_LAST_S)
        super().disable_input()
