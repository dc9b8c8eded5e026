"""How much an archive holds and who writes it, told without loading what reads it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from msgspec import Struct

from liqtui.archive import schema
from liqtui.archive.schema import FILE_NAME, LOCK_NAME
from liqtui.lock import holder

_TABLES: Final = ("liquidations", "open_interest", "bars", "map_columns")
"""That tell what time an archive is of."""


class Summary(Struct, frozen=True):
    """What there is, and of when."""

    version: int
    size: int
    """Bytes."""
    oldest: int | None
    newest: int | None
    """UTC ms."""
    liquidations: int
    """Rows."""
    writer: int | None
    """The process that writes it; None: nobody does."""

    @property
    def line(self) -> str:
        """All of it in a line."""
        ends = "empty"
        if self.oldest is not None and self.newest is not None:
            ends = f"{_minute(self.oldest)} to {_minute(self.newest)} UTC"
        who = "nobody writes it" if self.writer is None else f"process {self.writer} writes it"
        told = (f"{self.size / 1e6:,.1f} MB", f"schema {self.version}", ends)
        return f"{', '.join(told)}, {self.liquidations:,} liquidations; {who}"


def summary(directory: Path) -> Summary:
    """Return what the archive of a directory holds.

    Raises:
        liqtui.archive.schema.ArchiveError: there is none that can be used.
        sqlite3.Error: it cannot be opened.
    """
    path = directory / FILE_NAME
    connection = schema.read_only(path)
    try:
        ends = [
            connection.execute(f"SELECT min(ts), max(ts) FROM {table}").fetchone()  # noqa: S608
            for table in _TABLES
        ]
        (rows,) = connection.execute("SELECT count(*) FROM liquidations").fetchone()
        version = schema.checked(connection, path)
    finally:
        connection.close()
    files = (path.with_name(path.name + end) for end in ("", "-wal"))
    return Summary(
        version=version,
        size=sum(file.stat().st_size for file in files if file.exists()),
        oldest=min((first for first, _ in ends if first is not None), default=None),
        newest=max((last for _, last in ends if last is not None), default=None),
        liquidations=rows,
        writer=holder(directory / LOCK_NAME),
    )


def _minute(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")
