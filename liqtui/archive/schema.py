"""The tables, and how a file of an older version becomes one of this."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Final

FILE_NAME: Final = "archive.db"
LOCK_NAME: Final = "archive.lock"
"""Held by the one process that writes."""
APPLICATION: Final = 0x4C495154
"""``LIQT``: tells the file from other SQLite files."""

_FIRST: Final = """
CREATE TABLE contracts (
    id INTEGER PRIMARY KEY,
    venue TEXT NOT NULL, market TEXT NOT NULL, symbol TEXT NOT NULL,
    base TEXT NOT NULL, quote TEXT NOT NULL, kind TEXT NOT NULL,
    spec TEXT NOT NULL,
    UNIQUE (venue, symbol)
);
CREATE TABLE liquidations (
    id INTEGER PRIMARY KEY,
    contract INTEGER NOT NULL REFERENCES contracts,
    ts INTEGER NOT NULL, seen INTEGER,
    side TEXT NOT NULL, price REAL NOT NULL, price_kind TEXT NOT NULL,
    qty REAL, notional REAL, mark REAL, oi_usd REAL, cluster REAL, doubt TEXT
);
CREATE INDEX liquidations_by_time ON liquidations (ts);
CREATE TABLE open_interest (
    contract INTEGER NOT NULL REFERENCES contracts,
    ts INTEGER NOT NULL, oi REAL, oi_usd REAL,
    PRIMARY KEY (contract, ts)
) WITHOUT ROWID;
CREATE TABLE funding (
    contract INTEGER NOT NULL REFERENCES contracts,
    kind TEXT NOT NULL, ts INTEGER NOT NULL,
    rate REAL NOT NULL, interval_hours REAL, next_ts INTEGER,
    PRIMARY KEY (contract, kind, ts)
) WITHOUT ROWID;
CREATE TABLE bars (
    contract INTEGER NOT NULL REFERENCES contracts,
    price TEXT NOT NULL, interval_s INTEGER NOT NULL, ts INTEGER NOT NULL,
    open REAL NOT NULL, high REAL NOT NULL, low REAL NOT NULL, close REAL NOT NULL,
    volume REAL, taker_buy REAL,
    buy_0 REAL, buy_1k REAL, buy_10k REAL, buy_100k REAL, buy_1m REAL,
    sell_0 REAL, sell_1k REAL, sell_10k REAL, sell_100k REAL, sell_1m REAL,
    PRIMARY KEY (contract, price, interval_s, ts)
) WITHOUT ROWID;
CREATE TABLE map_columns (
    id INTEGER PRIMARY KEY,
    base TEXT NOT NULL, ts INTEGER NOT NULL, method TEXT NOT NULL,
    first INTEGER NOT NULL, buckets INTEGER NOT NULL, usd BLOB NOT NULL,
    UNIQUE (base, ts)
);
CREATE TABLE clusters (
    id INTEGER PRIMARY KEY,
    base TEXT NOT NULL, ts INTEGER NOT NULL,
    side TEXT NOT NULL, price REAL NOT NULL, low REAL NOT NULL, high REAL NOT NULL,
    usd REAL NOT NULL, usd_low REAL, usd_high REAL, distance REAL NOT NULL,
    touch_15m REAL, touch_1h REAL, touch_4h REAL,
    cascade_usd REAL, branching REAL, expected REAL, confidence REAL
);
CREATE INDEX clusters_by_base ON clusters (base, ts);
CREATE TABLE ledger (
    id INTEGER PRIMARY KEY,
    base TEXT NOT NULL, ts INTEGER NOT NULL, type TEXT NOT NULL, line TEXT NOT NULL
);
CREATE INDEX ledger_by_base ON ledger (base, ts);
CREATE TABLE alerts (
    id INTEGER PRIMARY KEY,
    ts INTEGER NOT NULL, number INTEGER NOT NULL, kind TEXT NOT NULL,
    base TEXT, side TEXT, price REAL, usd REAL, text TEXT NOT NULL, body TEXT NOT NULL
);
CREATE TABLE gaps (
    id INTEGER PRIMARY KEY,
    venue TEXT NOT NULL, stream TEXT NOT NULL,
    from_ts INTEGER NOT NULL, to_ts INTEGER NOT NULL, reason TEXT NOT NULL
);
CREATE TABLE feed_status (
    id INTEGER PRIMARY KEY,
    ts INTEGER NOT NULL, venue TEXT NOT NULL, stream TEXT NOT NULL,
    state TEXT NOT NULL, reason TEXT NOT NULL
);
CREATE TABLE coverage (
    id INTEGER PRIMARY KEY,
    contract INTEGER NOT NULL REFERENCES contracts,
    from_ts INTEGER NOT NULL, to_ts INTEGER NOT NULL, source TEXT NOT NULL
);
CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    from_ts INTEGER NOT NULL, to_ts INTEGER NOT NULL, version TEXT NOT NULL
);
CREATE TABLE states (
    name TEXT PRIMARY KEY, version INTEGER NOT NULL, ts INTEGER NOT NULL, body BLOB NOT NULL
) WITHOUT ROWID;
"""

MIGRATIONS: Final[tuple[str, ...]] = (_FIRST,)
"""What makes version n + 1 of version n; a file is of the version of those it has been through."""
VERSION: Final = len(MIGRATIONS)


class ArchiveError(Exception):
    """An archive cannot be used; the text says which, why and what to do."""


class CorruptError(ArchiveError):
    """What is in the file is no archive that can be read."""


def connect(path: Path) -> sqlite3.Connection:
    """Open an archive to write it, made or brought up to date as needed.

    Raises:
        ArchiveError: the file is of a newer version.
        CorruptError: it is damaged or something else.
        sqlite3.Error: it cannot be opened or written.
    """
    path.touch(mode=0o600)
    connection = sqlite3.connect(path, timeout=5.0, isolation_level=None, check_same_thread=False)
    try:
        checked(connection, path)  # what is newer is not to be touched
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA journal_size_limit = 16777216")
        migrate(connection, path)
    except sqlite3.DatabaseError as error:
        connection.close()
        raise _told(error, path) from error
    except ArchiveError:
        connection.close()
        raise
    return connection


def read_only(path: Path) -> sqlite3.Connection:
    """Open an archive to read it, also one in a directory where nothing can be written.

    Raises:
        ArchiveError: there is none, or it is of a newer version.
        CorruptError: it is damaged or something else.
        sqlite3.Error: it cannot be opened.
    """
    if not path.exists():
        raise ArchiveError(f"there is no archive at {path}")
    error: sqlite3.Error | None = None
    for how in ("mode=ro", "mode=ro&immutable=1"):
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?{how}", uri=True, timeout=5.0, check_same_thread=False
        )
        try:
            if not checked(connection, path):
                raise ArchiveError(f"{path} is empty")
        except sqlite3.Error as reason:
            connection.close()
            error = reason
            if damaged(reason):
                raise CorruptError(f"{path} is damaged: {reason}") from reason
        except ArchiveError:
            connection.close()
            raise
        else:
            return connection
    assert error is not None
    raise error


def migrate(
    connection: sqlite3.Connection, path: Path, migrations: Sequence[str] = MIGRATIONS
) -> None:
    """Bring a file up to date, a version at a time, each wholly or not at all."""
    version = checked(connection, path, len(migrations))
    for number, script in enumerate(migrations[version:], start=version + 1):
        connection.executescript(
            f"BEGIN IMMEDIATE; {script}; PRAGMA application_id = {APPLICATION};"
            f"PRAGMA user_version = {number}; COMMIT;"
        )


def checked(connection: sqlite3.Connection, path: Path, newest: int = VERSION) -> int:
    """Return the version of an open file; 0 if it is empty.

    Raises:
        ArchiveError: it is newer than this program.
        CorruptError: it is a file of something else.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if tables and application != APPLICATION:
        raise CorruptError(f"{path} is a database of another program")
    if version > newest:
        raise ArchiveError(
            f"{path} was written by a newer liqtui (schema {version}, this one knows {newest}): "
            "update, or set LIQTUI_DATA_DIR to another directory"
        )
    return int(version)


_DAMAGED: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def damaged(error: sqlite3.Error) -> bool:
    """Tell whether an error says that the file itself is broken."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED


def _told(error: sqlite3.DatabaseError, path: Path) -> Exception:
    return CorruptError(f"{path} is damaged: {error}") if damaged(error) else error
