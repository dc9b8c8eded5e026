"""Opens the archive, or says why there is none: the program goes on either way."""

import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final

from msgspec import Struct

from liqtui import paths
from liqtui.archive import schema
from liqtui.archive.reader import Reader
from liqtui.archive.retention import Limits
from liqtui.archive.schema import FILE_NAME, LOCK_NAME
from liqtui.archive.writer import Writer, advice, set_aside
from liqtui.clock import Clock
from liqtui.lock import Lock, holder

_log: Final = logging.getLogger(__name__)


class Archive(Struct, frozen=True):
    """What could be opened."""

    writer: Writer | None = None
    """None: this process keeps nothing; another one may."""
    reader: Reader | None = None
    """None: there is nothing to read."""


def opened(
    directory: Path,
    limits: Limits,
    clock: Clock,
    tell: Callable[[str], None],
    sample_s: float = 60.0,
) -> Archive:
    """Open the archive of a directory; never raises for what is wrong with it.

    Args:
        directory: made where it is missing.
        limits: how much is kept.
        clock: says when.
        tell: takes what is wrong, for the user.
        sample_s: seconds between two samples of a contract.
    """
    path = directory / FILE_NAME

    def say(line: str) -> None:
        _log.warning("%s", line)
        tell(line)

    writer = _writer(path, limits, clock, say, sample_s)
    return Archive(writer, _reader(path, say))


def _writer(
    path: Path, limits: Limits, clock: Clock, tell: Callable[[str], None], sample_s: float
) -> Writer | None:
    try:
        lock = Lock.taken(paths.made(path.parent) / LOCK_NAME)
    except OSError as error:
        tell(f"archive: nothing is kept: {error.strerror or error}: {error.filename or path}")
        return None
    if lock is None:
        pid = holder(path.parent / LOCK_NAME)
        tell(f"archive: process {pid or '?'} writes {path}; this one reads it only")
        return None
    try:
        return _made(path, lock, limits, clock, tell, sample_s)
    except schema.ArchiveError as error:
        tell(f"archive: nothing is kept: {error}")
    except sqlite3.Error as error:
        tell(advice(error, path))
    lock.release()
    return None


def _made(
    path: Path,
    lock: Lock,
    limits: Limits,
    clock: Clock,
    tell: Callable[[str], None],
    sample_s: float,
) -> Writer:
    """Return a writer; of a new file where the old one is damaged."""
    try:
        return Writer(path, lock, limits, clock, tell, sample_s=sample_s)
    except schema.CorruptError as error:
        aside = set_aside(path, clock.now())
        tell(f"archive: {error}; set aside as {aside.name}, a new one is begun")
        return Writer(path, lock, limits, clock, tell, sample_s=sample_s)


def _reader(path: Path, tell: Callable[[str], None]) -> Reader | None:
    if not path.exists():
        return None
    try:
        return Reader(path)
    except (schema.ArchiveError, sqlite3.Error) as error:
        tell(f"archive: what was kept cannot be read: {error}")
        return None
