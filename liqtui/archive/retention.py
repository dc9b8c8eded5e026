"""What is deleted: what is too old, and the oldest of what is too much."""

import sqlite3
from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct

DAY: Final = 86_400_000
"""Milliseconds."""
_STEP: Final = DAY // 4
"""Of the oldest, deleted at a time while the file is too large."""
_PAGES: Final = 2_000
"""Given back to the disk at a time."""

AGED: Final[Mapping[str, str]] = {
    "liquidations": "ts",
    "open_interest": "ts",
    "funding": "ts",
    "bars": "ts",
    "map_columns": "ts",
    "clusters": "ts",
    "ledger": "ts",
    "alerts": "ts",
    "gaps": "to_ts",
    "feed_status": "ts",
    "coverage": "to_ts",
    "runs": "to_ts",
}
"""The column that tells a row's age, by table; others keep what they have."""


class Limits(Struct, frozen=True):
    """How much is kept."""

    days: float = 30.0
    size: int = 2_000_000_000
    """Bytes of the file."""


def pruned(connection: sqlite3.Connection, now: int, limits: Limits) -> Iterator[str]:
    """Delete step by step what is not to be kept; yield what each step was about.

    Args:
        connection: of the writer, outside a transaction between the steps.
        now: UTC ms.
        limits: what is to be kept.
    """
    for table in AGED:
        _delete(connection, table, now - round(limits.days * DAY))
        yield table
    while size(connection) > limits.size and (first := _oldest(connection)) is not None:
        for table in AGED:
            _delete(connection, table, first + _STEP)
            yield f"{table}, for the file's size"
    while _free(connection) > _PAGES:
        connection.execute(f"PRAGMA incremental_vacuum({_PAGES})").fetchall()
        yield "free pages"


def size(connection: sqlite3.Connection) -> int:
    """Return the bytes in use."""
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (each,) = connection.execute("PRAGMA page_size").fetchone()
    return int((pages - _free(connection)) * each)


def _free(connection: sqlite3.Connection) -> int:
    (free,) = connection.execute("PRAGMA freelist_count").fetchone()
    return int(free)


def _delete(connection: sqlite3.Connection, table: str, before: int) -> None:
    column = AGED[table]
    connection.execute(f"DELETE FROM {table} WHERE {column} < ?", (before,))  # noqa: S608


def _oldest(connection: sqlite3.Connection) -> int | None:
    """Return when the oldest of the rows that fill the file is from, UTC ms."""
    asked = " UNION ALL ".join(
        f"SELECT min({AGED[table]}) AS ts FROM {table}"  # noqa: S608
        for table in ("liquidations", "open_interest", "bars", "map_columns", "ledger")
    )
    (found,) = connection.execute(f"SELECT min(ts) FROM ({asked})").fetchone()  # noqa: S608
    return None if found is None else int(found)
