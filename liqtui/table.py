"""Rows as files: CSV, NDJSON or Parquet, written whole or not at all."""

import contextlib
import csv
import gzip
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Any, Final, Literal, Protocol, TypeAlias, cast

import msgspec
from msgspec import Struct

from liqtui.model.text import plain

Format: TypeAlias = Literal["csv", "ndjson", "parquet"]
FORMATS: Final[tuple[Format, ...]] = ("csv", "ndjson", "parquet")
Row: TypeAlias = Mapping[str, Any]
"""Texts, numbers and truths by column; what is unknown is None or not there."""
_SUFFIXES: Final[Mapping[str, Format]] = {
    ".csv": "csv", ".ndjson": "ndjson", ".jsonl": "ndjson", ".json": "ndjson",
    ".parquet": "parquet",
}  # fmt: skip
_FORMULA: Final = ("=", "+", "-", "@")
"""What a spreadsheet may take a text that begins so for."""
_LONGEST: Final = 10_000
"""Characters of a cell."""
_BATCH: Final = 50_000
"""Rows of a Parquet file that are held in memory and written at once."""
_encode = msgspec.json.Encoder().encode


class NoParquetError(ImportError):
    """What writes Parquet is not installed."""


class Column(Struct, frozen=True):
    """One column of a table."""

    name: str
    kind: Literal["time", "text", "number", "whole"] = "number"
    """A time is in UTC ms."""


class Writer(Protocol):
    """Writes the rows of one table."""

    def write(self, row: Row) -> None:
        """Write one row."""

    def end(self) -> None:
        """Write what is still to be written; the file is closed by whoever opened it."""


def format_of(path: str) -> Format | None:
    """Return what a file's name promises, None where it promises nothing.

    >>> format_of("day.csv.gz"), format_of("day.txt")
    ('csv', None)
    """
    return _SUFFIXES.get(Path(path.removesuffix(".gz")).suffix)


def writer(how: Format, file: IO[bytes], columns: Sequence[Column]) -> Writer:
    """Begin a table.

    Args:
        how: the format.
        file: where to.
        columns: what CSV and Parquet have; NDJSON has what the rows have.

    Raises:
        NoParquetError: the extra is not installed.
    """
    if how == "csv":
        return Csv(file, columns)
    return Ndjson(file) if how == "ndjson" else Parquet(file, columns)


class Csv:
    """RFC 4180 but for the line ends, with a header; ``ts`` also as ISO 8601, in ``time``."""

    def __init__(self, file: IO[bytes], columns: Sequence[Column]) -> None:
        self._columns = columns
        self._text = TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
        self._rows = csv.writer(self._text, lineterminator="\n")
        self._rows.writerow([name for column in columns for name in _named(column)])

    def write(self, row: Row) -> None:
        """Write one row; a text that could be taken for a formula gets a quote before it."""
        self._rows.writerow(
            [cell for column in self._columns for cell in _cells(column, row.get(column.name))]
        )

    def end(self) -> None:
        """Let go of the file."""
        self._text.detach()


def _named(column: Column) -> tuple[str, ...]:
    return ("time", "ts") if _twice(column) else (column.name,)


def _cells(column: Column, value: Any) -> tuple[Any, ...]:
    if _twice(column):
        return (None, None) if value is None else (iso(value), value)
    if isinstance(value, str):
        text = plain(value, _LONGEST)
        return (f"'{text}" if text.startswith(_FORMULA) else text,)
    return (_encode(value).decode() if isinstance(value, list | tuple | dict) else value,)


def _twice(column: Column) -> bool:
    return column.name == "ts"


@lru_cache(64)  # rows of one time follow each other
def iso(ms: int) -> str:
    """Return UTC ms as ISO 8601.

    >>> iso(1_790_000_040_123)
    '2026-09-21T14:14:00.123Z'
    """
    return f"{datetime.fromtimestamp(ms // 1000, UTC):%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}Z"


class Ndjson:
    """One JSON object a line, without what is unknown."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, row: Row) -> None:
        """Write one row."""
        known = {key: value for key, value in row.items() if value is not None}
        self._file.write(_encode(known) + b"\n")

    def end(self) -> None:
        """Write nothing more."""


class Parquet:
    """Columns of their types, times in UTC to the millisecond; pyarrow writes it."""

    def __init__(self, file: IO[bytes], columns: Sequence[Column]) -> None:
        try:
            import pyarrow as pa
            from pyarrow import parquet
        except ImportError as error:
            raise NoParquetError(
                "Parquet needs the extra: pip install 'liqtui[parquet]'"
            ) from error
        types = {
            "time": pa.timestamp("ms", tz="UTC"),
            "text": pa.string(),
            "number": pa.float64(),
            "whole": pa.int64(),
        }
        self._schema = pa.schema([(one.name, types[one.kind]) for one in columns])
        self._table = pa.Table
        self._file = parquet.ParquetWriter(file, self._schema, compression="zstd")
        self._columns: dict[str, list[Any]] = {column.name: [] for column in columns}
        self._count = 0

    def write(self, row: Row) -> None:
        """Take one row."""
        for name, values in self._columns.items():
            values.append(row.get(name))
        self._count += 1
        if self._count >= _BATCH:
            self._flush()

    def end(self) -> None:
        """Write what was taken, and the footer."""
        self._flush()
        self._file.close()

    def _flush(self) -> None:
        self._file.write_table(self._table.from_pydict(self._columns, schema=self._schema))
        for values in self._columns.values():
            values.clear()
        self._count = 0


@contextlib.contextmanager
def written(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that appears, whole, when the block ends well; ``.gz`` is compressed.

    Raises:
        OSError: it cannot be written.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with _opened(draft, packed=path.suffix == ".gz") as file:
            yield file
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def _opened(path: Path, *, packed: bool) -> Iterator[IO[bytes]]:
    with path.open("wb") as file:
        if not packed:
            yield file
            return
        with gzip.GzipFile("", "wb", 6, file, mtime=0) as inside:
            yield cast("IO[bytes]", inside)
