"""The one thread that writes the archive; nobody waits for it.

Whoever has something to keep hands over a reference. What a full or failing disk does not take
waits for it, up to a limit; what is beyond is dropped, counted and told.
"""

import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from liqtui import __version__
from liqtui.archive import schema
from liqtui.archive.retention import Limits, pruned
from liqtui.archive.rows import MS, STATEMENTS, Rows
from liqtui.clock import Clock
from liqtui.lock import Lock
from liqtui.model.records import Record

_log: Final = logging.getLogger(__name__)
_EVERY: Final = 0.5
"""Seconds between two commits: what a crash may cost."""
_AGAIN: Final = 10
"""Commits left out after one that failed."""
_MOST: Final = 500_000
"""Records or rows that may wait."""
_PRUNE: Final = 3_600_000_000_000
"""Nanoseconds from one look at what is too old to the next."""


class Writer:
    """Keeps what it is handed.

    Args:
        path: of the archive.
        lock: held; released at the end.
        limits: how much is kept.
        clock: says when.
        tell: takes a line for the user, from any thread.
        sample_s: seconds between two samples of a contract.
        most: records or rows that may wait.
        every: seconds between two commits.

    Raises:
        liqtui.archive.schema.ArchiveError: the file cannot be used.
        sqlite3.Error: it cannot be opened.
    """

    def __init__(
        self,
        path: Path,
        lock: Lock,
        limits: Limits,
        clock: Clock,
        tell: Callable[[str], None],
        *,
        sample_s: float = 60.0,
        most: int = _MOST,
        every: float = _EVERY,
    ) -> None:
        self._path = path
        self._lock = lock
        self._limits = limits
        self._clock = clock
        self._tell = tell
        self._most = most
        self._every = every
        self._connection = schema.connect(path)
        self._rows = _rows(self._connection, round(sample_s * 1e9))
        self._run_from = clock.now() // MS
        self._run: int | None = None
        self._queue: deque[Record] = deque()
        self._dropped = 0
        self._lost_told = 0
        self._failing = ""
        self._skip = 0
        self._pruning: Iterator[str] = iter(())
        self._pruned_at = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="archive", daemon=True)
        self.ended = False
        """Nothing is written any more."""
        self.written = 0
        """Rows committed."""

    @property
    def waiting(self) -> int:
        """Records that wait to be written."""
        return len(self._queue)

    @property
    def dropped(self) -> int:
        """Records that could not be kept."""
        return self._dropped

    def take(self, record: Record) -> None:
        """Keep a record; returns at once."""
        if len(self._queue) < self._most and not self.ended:
            self._queue.append(record)
        else:
            self._dropped += 1

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, timeout: float = 2.0) -> bool:
        """Write what waits, close the file and let others write it; return whether in time."""
        self._stopping.set()
        if self._thread.ident is None:
            self._close()
            return True
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _work(self) -> None:
        try:
            while not self._stopping.wait(self._every):
                self._turn()
            self._skip = 0
            self._turn()
        except Exception as error:
            _log.exception("the archive's writer ended")
            self._tell(f"archive: nothing is kept any more: {type(error).__name__}: {error}")
        finally:
            self._close()

    def _close(self) -> None:
        self.ended = True
        try:
            self._connection.close()
        except sqlite3.Error as error:
            _log.warning("closing %s: %s", self._path, error)
        self._lock.release()

    def _turn(self) -> None:
        now = self._clock.now()
        for _ in range(len(self._queue)):
            self._rows.take(self._queue.popleft())
        self._rows.tick(now)
        self._dropped += self._rows.drop(self._most)
        if self._skip:
            self._skip -= 1
        else:
            self._try(now)
        self._tell_lost()

    def _try(self, now: int) -> None:
        try:
            self._commit(now)
            self._prune(now)
        except sqlite3.Error as error:
            if self._connection.in_transaction:
                self._connection.rollback()
            if schema.damaged(error):
                self._begin_anew(error)
            else:
                self._fail(error)
        else:
            if self._failing:
                self._tell("archive: it is written again")
            self._failing = ""

    def _commit(self, now: int) -> None:
        """Write all rows that wait, and up to when this run has come."""
        connection, waiting = self._connection, self._rows.waiting
        connection.execute("BEGIN IMMEDIATE")
        for table, statement in STATEMENTS.items():
            if waiting[table]:
                connection.executemany(statement, waiting[table])
        run = connection.execute(
            "INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?)",
            (self._run, self._run_from, now // MS, __version__),
        )
        connection.execute("COMMIT")
        self._run = run.lastrowid
        self.written += self._rows.count
        for rows in waiting.values():
            rows.clear()

    def _prune(self, now: int) -> None:
        if next(self._pruning, None) is None and now - self._pruned_at >= _PRUNE:
            self._pruned_at = now
            self._pruning = pruned(self._connection, now // MS, self._limits)

    def _fail(self, error: sqlite3.Error) -> None:
        """Say once what is wrong, and try again later."""
        self._skip = _AGAIN
        self._pruning = iter(())
        told = advice(error, self._path)
        if told != self._failing:
            self._failing = told
            self._tell(told)

    def _begin_anew(self, error: sqlite3.Error) -> None:
        """Set a broken file aside and go on in a new one."""
        self._connection.close()
        aside = set_aside(self._path, self._clock.now())
        self._tell(f"archive: {self._path} is damaged ({error}): set aside as {aside.name}")
        self._connection = schema.connect(self._path)
        self._rows.again()
        self._run = None

    def _tell_lost(self) -> None:
        if self._dropped >= 2 * self._lost_told + 1:
            self._lost_told = self._dropped
            self._tell(f"archive: {self._dropped:,} records could not be kept: the disk is behind")


def _rows(connection: sqlite3.Connection, every: int) -> Rows:
    known = {
        (venue, symbol): (number, spec)
        for number, venue, symbol, spec in connection.execute(
            "SELECT id, venue, symbol, spec FROM contracts"
        )
    }
    (last,) = connection.execute("SELECT coalesce(max(id), 0) FROM coverage").fetchone()
    return Rows(known, last + 1, every)


def advice(error: sqlite3.Error, path: Path) -> str:
    """Say what is wrong with writing a file, and what to do."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    what = {
        sqlite3.SQLITE_FULL: f"no space for {path}: free some, it goes on by itself",
        sqlite3.SQLITE_BUSY: f"{path} is locked by another program: close it",
        sqlite3.SQLITE_READONLY: f"{path} is read-only: allow writing, or set LIQTUI_DATA_DIR",
        sqlite3.SQLITE_CANTOPEN: f"{path} cannot be opened: allow it, or set LIQTUI_DATA_DIR",
    }.get(code, f"{path} cannot be written ({error})")
    return f"archive: {what}; until then nothing is kept"


def set_aside(path: Path, now: int) -> Path:
    """Rename a file and what belongs to it, so that a new one can take its place.

    Args:
        path: of the archive.
        now: UTC ns, for the name.
    """
    aside = path.with_name(f"{path.name}.damaged-{now // 1_000_000_000}")
    for suffix in ("", "-wal", "-shm"):
        file = path.with_name(path.name + suffix)
        if file.exists():
            file.rename(aside.with_name(aside.name + suffix))
    return aside
