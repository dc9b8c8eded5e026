"""What goes, and what goes first."""

import sqlite3
from pathlib import Path

from liqtui.archive import schema
from liqtui.archive.retention import DAY, Limits, pruned, size

NOW = 1_790_000_000_000


def filled(path: Path, days: int, rows: int = 1, text: str = "x") -> sqlite3.Connection:
    connection = schema.connect(path)
    connection.execute("BEGIN")
    for day in range(days):
        ts = NOW - day * DAY
        for _ in range(rows):
            connection.execute(
                "INSERT INTO ledger VALUES (NULL, 'BTC', ?, 'scored', ?)", (ts, text)
            )
        connection.execute("INSERT INTO gaps VALUES (NULL, 'toy', 's', ?, ?, 'why')", (ts - 9, ts))
        connection.execute("INSERT INTO map_columns VALUES (NULL, 'BTC', ?, 'm', 1, 0, x'')", (ts,))
    connection.execute("COMMIT")
    return connection


def count(connection: sqlite3.Connection, table: str) -> int:
    found: int = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    return found


def test_what_is_too_old_goes(tmp_path: Path) -> None:
    connection = filled(tmp_path / "a.db", 20)
    list(pruned(connection, NOW, Limits(days=9.5)))
    assert [count(connection, t) for t in ("ledger", "gaps", "map_columns")] == [10, 10, 10]
    connection.close()


def test_of_too_much_the_oldest_goes_and_the_file_becomes_smaller(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    connection = filled(path, 20, rows=300, text="x" * 2000)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before, limit = path.stat().st_size, size(connection) // 2
    list(pruned(connection, NOW, Limits(days=1000, size=limit)))
    assert 0 < size(connection) <= limit
    left = connection.execute("SELECT DISTINCT ts FROM ledger ORDER BY ts").fetchall()
    assert 5 <= len(left) <= 10
    assert left[-1] == (NOW,)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert path.stat().st_size <= before - limit + 2_001 * 4096
    connection.close()


def test_an_empty_file_that_is_too_large_is_no_endless_work(tmp_path: Path) -> None:
    connection = schema.connect(tmp_path / "a.db")
    list(pruned(connection, NOW, Limits(size=1)))
    connection.close()
