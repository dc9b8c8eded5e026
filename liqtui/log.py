"""The log, in the state directory or on a stream: a thread of its own writes it.

So a slow disk or a terminal that is not read stalls nobody.
"""

import contextlib
import logging
import os
import time
from collections.abc import Callable
from io import TextIOWrapper
from logging.handlers import QueueHandler, QueueListener, RotatingFileHandler
from pathlib import Path
from queue import Empty, Full, Queue
from typing import IO, Any, Final, Literal, TypeAlias

import msgspec

from liqtui.model.text import plain
from liqtui.paths import made
from liqtui.settings import LogSettings

FILE_NAME: Final = "liqtui.log"
_FILE_SIZE: Final = 1 << 20
_WAITING: Final = 10_000
_LINE_LIMIT: Final = 2_000
Form: TypeAlias = Literal["text", "json"]


class _Lines(logging.Formatter):
    """Text that cannot steer the terminal it is read on; times are UTC."""

    def converter(self, seconds: float | None) -> time.struct_time:
        return time.gmtime(seconds)

    def format(self, record: logging.LogRecord) -> str:
        lines = super().format(record).splitlines()
        return "\n    ".join(plain(line, _LINE_LIMIT) for line in lines)


class _Objects(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        told = {
            "ts": round(record.created * 1000),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": super().format(record),
        }
        return msgspec.json.encode(told).decode()


_TEXT: Final = _Lines("{asctime} {levelname} {name}: {message}", style="{")
_FORMS: Final = {"text": _TEXT, "json": _Objects()}


class _PrivateFile(RotatingFileHandler):
    """Read and written by its owner alone, the rotated ones too."""

    def _open(self) -> TextIOWrapper:
        opened = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return TextIOWrapper(os.fdopen(opened, "ab"), encoding="utf-8", line_buffering=True)


class _Entrance(QueueHandler):
    """Where records wait for the disk; when too many do, the oldest is dropped and counted."""

    queue: Queue[Any]
    dropped = 0

    def enqueue(self, record: logging.LogRecord) -> None:
        while True:
            try:
                self.queue.put_nowait(record)
            except Full:
                with contextlib.suppress(Empty):
                    self.queue.get_nowait()
                    self.dropped += 1
            else:
                return


class _Writer(QueueListener):
    queue: Queue[Any]

    def enqueue_sentinel(self) -> None:
        self.queue.put(None)  # the standard one fails on a full queue


def to(stream: IO[str], settings: LogSettings, form: Form) -> Callable[[], None]:
    """Write what is logged to a stream, as `start` does to a file.

    Args:
        stream: may be slow, or not read at all.
        settings: how much is written.
        form: lines for a person, or JSON objects.

    Returns:
        What ends it, all lines written.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_FORMS[form])
    return _begun(handler, settings)


def start(settings: LogSettings, directory: Path, waiting: int = _WAITING) -> Callable[[], None]:
    """Write what is logged to ``directory``: ours from a level on, warnings of libraries.

    Args:
        settings: how much is written and kept.
        directory: made where it is missing.
        waiting: records that may wait for the disk.

    Returns:
        What ends it, all lines written.

    Raises:
        OSError: the directory cannot be written.
    """
    file = _PrivateFile(made(directory) / FILE_NAME, maxBytes=_FILE_SIZE, backupCount=settings.keep)
    file.setFormatter(_TEXT)
    return _begun(file, settings, waiting)


def _begun(
    handler: logging.Handler, settings: LogSettings, waiting: int = _WAITING
) -> Callable[[], None]:
    entrance = _Entrance(Queue(waiting))
    writer = _Writer(entrance.queue, handler)
    ours, everyone = logging.getLogger("liqtui"), logging.getLogger()
    ours.setLevel(settings.level.upper())
    everyone.addHandler(entrance)
    writer.start()

    def stop() -> None:
        everyone.removeHandler(entrance)
        writer.stop()
        if entrance.dropped:
            handler.handle(_complaint(entrance.dropped))
        handler.close()

    return stop


def _complaint(dropped: int) -> logging.LogRecord:
    told = f"{dropped} lines were dropped: the disk was too slow"
    return logging.LogRecord(__name__, logging.WARNING, __file__, 0, told, None, None)
