"""Archives as tests want them: opened in a folder, written without waiting."""

from collections.abc import Callable
from pathlib import Path

from liqtui.archive.reader import Reader
from liqtui.archive.retention import Limits
from liqtui.archive.schema import FILE_NAME, LOCK_NAME
from liqtui.archive.writer import Writer
from liqtui.clock import Clock, ManualClock
from liqtui.lock import Lock
from liqtui.model.records import Record
from tests.making import START


def writer(
    folder: Path,
    clock: Clock | None = None,
    tell: Callable[[str], None] = print,
    limits: Limits | None = None,
    most: int = 500_000,
) -> Writer:
    lock = Lock.taken(folder / LOCK_NAME)
    assert lock is not None
    return Writer(
        folder / FILE_NAME,
        lock,
        limits or Limits(days=1e5),
        clock or ManualClock(START),
        tell,
        most=most,
        every=0.002,
    )


def kept(folder: Path, *records: Record, clock: Clock | None = None) -> Reader:
    """Return a reader of what was written of some records."""
    one = writer(folder, clock)
    for record in records:
        one.take(record)
    one.start()
    assert one.stop(30.0)
    return Reader(folder / FILE_NAME)
