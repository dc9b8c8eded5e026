"""The queue of letters on disk: what was taken in is sent or shown as dead, whatever ends between.

SQLite with its rollback journal and a flush to the disk at every change: there are few letters, and
another process may look at them, or let the dead be tried anew, while one sends. A letter is kept
for each sink of its own; one of the same id is taken in once.
"""

import logging
import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, Self

from msgspec import Struct

from liqtui.delivery.letter import Letter

_LOG = logging.getLogger(__name__)
FILE_NAME: Final = "outbox.sqlite"
WAITING: Final = 1000
"""Letters that may wait for one sink; of more, the oldest are dropped and counted."""
_ENDED: Final = 200
"""Letters of one sink that are kept after their end, sent and dead each."""
_BUSY_S: Final = 5.0
_BROKEN: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_VERSION: Final = 1
_SCHEMA: Final = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS letter (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  sink TEXT NOT NULL,
  id TEXT NOT NULL,
  body BLOB NOT NULL,
  since INTEGER NOT NULL,                -- UTC ns: taken in, or tried anew
  state TEXT NOT NULL DEFAULT 'waiting', -- or sent, dead, summed
  tries INTEGER NOT NULL DEFAULT 0,
  told TEXT NOT NULL DEFAULT '',         -- what came back
  ended INTEGER,                         -- UTC ns
  UNIQUE (sink, id)
) STRICT;
CREATE INDEX IF NOT EXISTS letter_state ON letter (sink, state, number);
CREATE TABLE IF NOT EXISTS standing (
  sink TEXT PRIMARY KEY,
  failures INTEGER NOT NULL DEFAULT 0,   -- in a row
  tried INTEGER NOT NULL DEFAULT 0,      -- UTC ns of the last try
  due INTEGER NOT NULL DEFAULT 0,        -- UTC ns before which there is none
  told TEXT NOT NULL DEFAULT '',         -- what the last failure said
  failed INTEGER,                        -- UTC ns
  succeeded INTEGER,                     -- UTC ns
  sent INTEGER NOT NULL DEFAULT 0,
  dropped INTEGER NOT NULL DEFAULT 0
) STRICT;
PRAGMA user_version = {_VERSION};
COMMIT;
"""

_STANDING: Final = """
SELECT failures, tried, due, told, failed, succeeded, sent,
  (SELECT count(*) FROM letter WHERE letter.sink = standing.sink AND state = 'dead'),
  dropped,
  (SELECT count(*) FROM letter WHERE letter.sink = standing.sink AND state = 'waiting')
FROM standing WHERE sink = ?
"""


class Waiting(Struct, frozen=True):
    """A letter that is not sent yet."""

    number: int
    letter: Letter
    since: int
    """UTC ns at which it was taken in."""
    tries: int


class Standing(Struct, frozen=True):
    """How one sink is doing."""

    failures: int = 0
    """In a row."""
    tried: int = 0
    """UTC ns of the last try; 0: none."""
    due: int = 0
    """UTC ns before which there is none."""
    told: str = ""
    """What the last failure said."""
    failed: int | None = None
    """UTC ns."""
    succeeded: int | None = None
    """UTC ns."""
    sent: int = 0
    """Ever."""
    dead: int = 0
    """That can be tried anew."""
    dropped: int = 0
    """Because too many waited."""
    waiting: int = 0


class Ended(Struct, frozen=True):
    """A letter and what has become of it so far."""

    sink: str
    state: str
    """``waiting``, ``sent``, ``dead`` or, where another told of it with others, ``summed``."""
    tries: int
    told: str
    letter: Letter


class Outbox:
    """The queue.

    Args:
        directory: where it is kept, for its owner's eyes only.

    Raises:
        sqlite3.Error: it cannot be opened, or is none.
    """

    def __init__(self, directory: Path) -> None:
        file = directory / FILE_NAME
        os.close(os.open(file, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, 0o600))
        self._base = sqlite3.connect(file, timeout=_BUSY_S, isolation_level=None)
        try:
            self._prepare()
        except sqlite3.Error:
            self._base.close()
            raise

    def _prepare(self) -> None:
        (version,) = self._base.execute("PRAGMA user_version").fetchone()
        if version > _VERSION:
            raise sqlite3.DatabaseError(f"made by a newer liqtui (version {version})")
        self._base.execute("PRAGMA synchronous = FULL")
        if version == 0:
            self._base.executescript(_SCHEMA)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._base.close()

    def put(self, letter: Letter, sinks: Sequence[str], now: int) -> None:
        """Take a letter in for some sinks; when this returns, it is on the disk.

        Args:
            letter: left out where the sink has it or had it lately.
            sinks: their names.
            now: UTC ns.
        """
        with self._base:
            self._base.execute("BEGIN IMMEDIATE")
            for sink in sinks:
                self._base.execute("INSERT OR IGNORE INTO standing (sink) VALUES (?)", (sink,))
                self._base.execute(
                    "INSERT OR IGNORE INTO letter (sink, id, body, since) VALUES (?, ?, ?, ?)",
                    (sink, letter.id, letter.body, now),
                )
                self._drop(sink)

    def _drop(self, sink: str) -> None:
        dropped = self._cut(sink, "waiting", WAITING)
        if dropped:
            self._base.execute(
                "UPDATE standing SET dropped = dropped + ? WHERE sink = ?", (dropped, sink)
            )

    def _cut(self, sink: str, state: str, most: int) -> int:
        """Delete the oldest letters beyond so many; return how many those were."""
        return self._base.execute(
            "DELETE FROM letter WHERE number IN (SELECT number FROM letter"
            " WHERE sink = ? AND state = ? ORDER BY number DESC LIMIT -1 OFFSET ?)",
            (sink, state, most),
        ).rowcount

    def first(self, sink: str) -> Waiting | None:
        """Return the letter that a sink is to get next."""
        row = self._base.execute(
            "SELECT number, id, body, since, tries FROM letter"
            " WHERE sink = ? AND state = 'waiting' ORDER BY number LIMIT 1",
            (sink,),
        ).fetchone()
        return Waiting(row[0], Letter(row[1], row[2]), row[3], row[4]) if row else None

    def waiting(self, sink: str, before: int) -> list[Letter]:
        """Return what was taken in for a sink before a moment and is not sent, oldest first."""
        rows = self._base.execute(
            "SELECT id, body FROM letter WHERE sink = ? AND state = 'waiting' AND since < ?"
            " ORDER BY number",
            (sink, before),
        )
        return [Letter(*row) for row in rows]

    def sum_up(self, sink: str, before: int, digest: Letter, now: int) -> None:
        """Put one letter in the place of those that `waiting` tells; its time begins now."""
        with self._base:
            self._base.execute("BEGIN IMMEDIATE")
            self._base.execute(
                "UPDATE letter SET state = 'summed', ended = ?, told = ?"
                " WHERE sink = ? AND state = 'waiting' AND since < ?",
                (now, f"in {digest.id}", sink, before),
            )
            self._cut(sink, "summed", _ENDED)
            self._base.execute(
                "INSERT INTO letter (sink, id, body, since) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (sink, id) DO UPDATE SET state = 'waiting',"
                " since = excluded.since, ended = NULL, told = ''",
                (sink, digest.id, digest.body, now),
            )

    def sent(self, sink: str, number: int, now: int, told: str) -> None:
        """Note that a letter has arrived."""
        with self._base:
            self._base.execute("BEGIN IMMEDIATE")
            self._end(sink, number, "sent", now, told)
            self._base.execute(
                "UPDATE standing SET failures = 0, tried = ?1, due = 0, succeeded = ?1,"
                " sent = sent + 1 WHERE sink = ?2",
                (now, sink),
            )

    def failed(self, sink: str, number: int, now: int, told: str, due: int) -> None:
        """Note that a try came to nothing, and when the next one is; UTC ns."""
        with self._base:
            self._base.execute("BEGIN IMMEDIATE")
            self._base.execute(
                "UPDATE letter SET tries = tries + 1, told = ? WHERE number = ?", (told, number)
            )
            self._base.execute(
                "UPDATE standing SET failures = failures + 1, tried = ?1, failed = ?1, due = ?2,"
                " told = ?3 WHERE sink = ?4",
                (now, due, told, sink),
            )

    def died(self, sink: str, number: int, now: int, told: str, *, tried: bool) -> None:
        """Note that a letter will not be tried any more; ``tried``: this came of a try."""
        with self._base:
            self._base.execute("BEGIN IMMEDIATE")
            self._end(sink, number, "dead", now, told, tries=int(tried))
            self._base.execute(
                "UPDATE standing SET failures = failures + ?1, failed = ?2, told = ?3"
                " WHERE sink = ?4",
                (int(tried), now, told, sink),
            )

    def _end(
        self, sink: str, number: int, state: str, now: int, told: str, *, tries: int = 1
    ) -> None:
        self._base.execute(
            "UPDATE letter SET state = ?, tries = tries + ?, ended = ?, told = ? WHERE number = ?",
            (state, tries, now, told, number),
        )
        self._cut(sink, state, _ENDED)

    def revive(self, sink: str, now: int) -> int:
        """Let a sink's dead letters be tried anew; return how many there are."""
        with self._base:
            self._base.execute("BEGIN IMMEDIATE")
            found = self._base.execute(
                "UPDATE letter SET state = 'waiting', since = ?, tries = 0, ended = NULL"
                " WHERE sink = ? AND state = 'dead'",
                (now, sink),
            ).rowcount
            self._base.execute("UPDATE standing SET failures = 0, due = 0 WHERE sink = ?", (sink,))
        return found

    def standing(self, sink: str) -> Standing:
        """Return how a sink is doing."""
        row = self._base.execute(_STANDING, (sink,)).fetchone()
        return Standing(*row) if row else Standing()

    def sinks(self) -> list[str]:
        """Return the names of all that ever had a letter."""
        return [name for (name,) in self._base.execute("SELECT sink FROM standing ORDER BY sink")]

    def newest(self, count: int) -> Iterator[Ended]:
        """Yield the letters taken in last, newest first."""
        rows = self._base.execute(
            "SELECT sink, state, tries, told, id, body FROM letter ORDER BY number DESC LIMIT ?",
            (count,),
        )
        for sink, state, tries, told, name, body in rows:
            yield Ended(sink, state, tries, told, Letter(name, body))


def opened(directory: Path) -> Outbox:
    """Return the queue; one that is broken is put aside, and what can be read of it with it.

    Raises:
        sqlite3.Error: it cannot be opened now.
    """
    try:
        return Outbox(directory)
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", None) not in _BROKEN:
            raise
        file = directory / FILE_NAME
        _LOG.error("%s is broken (%s) and was put aside", file, error)
        file.replace(file.with_suffix(".broken"))
        return Outbox(directory)
