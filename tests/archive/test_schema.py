"""Versions of the file, and files that are something else."""

import sqlite3
from pathlib import Path

import pytest

from liqtui.archive import schema


def test_a_new_file_is_of_the_newest_version(tmp_path: Path) -> None:
    connection = schema.connect(tmp_path / "a.db")
    assert connection.execute("PRAGMA user_version").fetchone() == (schema.VERSION,)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA auto_vacuum").fetchone() == (2,)
    connection.close()


def test_an_older_file_is_brought_up_to_date_and_keeps_what_it_has(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    connection = schema.connect(path)
    connection.execute("INSERT INTO gaps VALUES (NULL, 'toy', 'marks', 1, 2, 'why')")
    more = "ALTER TABLE gaps ADD COLUMN noted TEXT"
    schema.migrate(connection, path, [*schema.MIGRATIONS, more])
    assert connection.execute("SELECT venue, noted FROM gaps").fetchall() == [("toy", None)]
    assert connection.execute("PRAGMA user_version").fetchone() == (schema.VERSION + 1,)
    connection.close()


def test_a_migration_that_fails_leaves_the_version_before(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    connection = schema.connect(path)
    broken = "ALTER TABLE gaps ADD COLUMN noted TEXT; SELECT * FROM nowhere"
    with pytest.raises(sqlite3.Error):
        schema.migrate(connection, path, [*schema.MIGRATIONS, broken])
    connection.rollback()
    assert connection.execute("PRAGMA user_version").fetchone() == (schema.VERSION,)
    assert len(connection.execute("PRAGMA table_info(gaps)").fetchall()) == 6
    connection.close()


def test_a_newer_file_is_left_alone_and_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    connection = schema.connect(path)
    connection.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(schema.ArchiveError, match=r"newer liqtui.*LIQTUI_DATA_DIR"):
        schema.connect(path)
    assert path.read_bytes() == before


def test_a_file_of_something_else_is_none(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(b"not a database, by any means" * 400)
    with pytest.raises(schema.CorruptError, match=str(path)):
        schema.connect(path)
    other = tmp_path / "b.db"
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE mine (x)")
    connection.close()
    with pytest.raises(schema.CorruptError, match="another program"):
        schema.connect(other)
