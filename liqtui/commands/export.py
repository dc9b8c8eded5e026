"""``liqtui export``: what the archive holds, as a table or as events."""

import argparse
import errno
import sys
from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from liqtui import paths, table, times
from liqtui.clock import SystemClock
from liqtui.commands import UsageError
from liqtui.commands.progress import Progress
from liqtui.model.text import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from liqtui.archive.extract import Extract, Kind, Row

KINDS: Final = ("liquidations", "oi", "funding", "bars", "map", "clusters", "alerts")
_MS: Final = 1_000_000
_TELL_EVERY: Final = 500
"""Rows between two looks at the clock."""
_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EIO)
"""Failures of a disk, which are told alike whatever was written."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument("kind", choices=KINDS, metavar="WHAT", help=", ".join(KINDS))
    parser.add_argument("--from", dest="start", default="1d", metavar="T",
                        help="7d ago, 2026-11-20T11:50 or UTC ms (default: 1d)")  # fmt: skip
    parser.add_argument("--to", dest="end", metavar="T", help="the same; without: now")
    parser.add_argument("--base", default="", metavar="COIN", help="of one coin only")
    parser.add_argument("--format", choices=table.FORMATS,
                        help="without: as FILE's name says, else csv")  # fmt: skip
    parser.add_argument("-o", "--output", default="-", metavar="FILE",
                        help=".gz is compressed; without: standard output")  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Write what was asked for; return the exit code."""
    import sqlite3

    from liqtui.archive.extract import Extract
    from liqtui.archive.schema import FILE_NAME, ArchiveError

    clock = SystemClock()
    start, end = _stretch(args, clock.now())
    how = _format(args.format, args.output)
    try:
        with closing(Extract(paths.data_dir() / FILE_NAME)) as extract:
            rows = extract.rows(args.kind, start, end, args.base.upper())
            count = _write(rows, args, how, (start, end), Progress(sys.stderr, clock))
            print(_told(extract, args.kind, count, start, end), file=sys.stderr)
    except (ArchiveError, table.NoParquetError) as error:
        raise UsageError(str(error)) from error
    except sqlite3.Error as error:
        raise UsageError(f"the archive cannot be read: {plain(str(error))}") from error
    return 0


def _stretch(args: argparse.Namespace, now: int) -> tuple[int, int]:
    """Return from when on and before when, UTC ms."""
    try:
        start = times.moment(args.start, before=now)
        end = now if args.end is None else times.moment(args.end, before=now)
    except ValueError as error:
        raise UsageError(f"--from, --to: {error}") from error
    if start >= end:
        raise UsageError("--from is a time before --to")
    return start // _MS, -(-end // _MS)


def _format(asked: table.Format | None, output: str) -> table.Format:
    how = asked or table.format_of(output) or "csv"
    if how == "parquet" and (output == "-" or output.endswith(".gz")):
        raise UsageError("Parquet is written to a file that is not .gz: -o FILE.parquet")
    return how


def _write(
    rows: "Iterator[Row]",
    args: argparse.Namespace,
    how: table.Format,
    stretch: tuple[int, int],
    progress: Progress,
) -> int:
    """Write the rows; return how many."""
    from liqtui.archive.extract import KINDS as KNOWN

    try:
        with _output(args.output) as file:
            return _put(_shown(rows, progress, stretch), KNOWN[args.kind], how, file)
    except OSError as error:
        if args.output == "-" or error.errno in _FULL:
            raise
        raise UsageError(f"{args.output}: {error.strerror or error}") from error
    finally:
        progress.clear()


def _output(named: str) -> AbstractContextManager[IO[bytes]]:
    return nullcontext(sys.stdout.buffer) if named == "-" else table.written(Path(named))


def _put(rows: "Iterator[Row]", kind: "Kind", how: table.Format, file: IO[bytes]) -> int:
    writer, count = table.writer(how, file, kind.columns), 0
    for row in rows:
        whole = kind.flat is None or how == "ndjson"
        for one in (row,) if whole or kind.flat is None else kind.flat(row):
            writer.write(one)
            count += 1
    writer.end()
    return count


def _shown(rows: "Iterator[Row]", progress: Progress, stretch: tuple[int, int]) -> "Iterator[Row]":
    """Yield rows, and show how far they are."""
    start, end = stretch
    for number, row in enumerate(rows):
        if number % _TELL_EVERY == 0:
            share = (row["ts"] - start) / (end - start)
            progress.show(f"{number:,} rows, {share:.0%}")
        yield row


def _told(extract: "Extract", kind: str, count: int, start: int, end: int) -> str:
    """Say how much was written; of nothing, when there would be something."""
    stretch = f"from {table.iso(start)} to {table.iso(end)}"
    if count:
        return f"{count:,} rows of {kind} {stretch}"
    found = extract.stretch(kind)
    there = f"from {table.iso(found[0])} to {table.iso(found[1])}" if found else "none at all"
    return f"no {kind} {stretch}; the archive has {there}"
