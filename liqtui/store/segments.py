"""A journal on disk: one file, or a folder of segments, each named by its number and beginning."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Final

from msgspec import Struct

from liqtui.protocol.raw import Raw
from liqtui.store import journal
from liqtui.store.journal import JournalError

_NAME: Final = re.compile(r"(\d{6,9})-(\d{8}T\d{6}\.\d{3})Z\.jsonl(?:\.gz|\.zst)?")
_STAMP: Final = "%Y%m%dT%H%M%S"
_MS: Final = 1_000_000


class Segment(Struct, frozen=True):
    """One file of a folder."""

    path: Path
    number: int
    start: int
    """UTC ns of its first line, in whole milliseconds."""


def name(number: int, start: int, suffix: str) -> str:
    """Return what a segment is called: by name they are in order.

    >>> name(7, 1_790_000_040_123_456_789, ".jsonl.gz")
    '000007-20260921T141400.123Z.jsonl.gz'
    """
    return f"{number:06d}-{stamp(start)}.{start // _MS % 1000:03d}Z{suffix}"


def stamp(at: int) -> str:
    """Return a time (UTC ns) as a part of a file's name, to the second.

    >>> stamp(1_790_000_040_123_456_789)
    '20260921T141400'
    """
    return datetime.fromtimestamp(at // 1_000_000_000, UTC).strftime(_STAMP)


def openings(segment: Path) -> Path:
    """Return where the beginnings of the connections are that were open when a segment began."""
    return segment.with_name(segment.name.replace(".jsonl", ".openings.jsonl"))


def fresh(data: Path, now: int) -> Path:
    """Return the folder for a journal that begins ``now`` (UTC ns), with the user's data."""
    return data / "journals" / f"{stamp(now)}Z"


def segments(folder: Path) -> list[Segment]:
    """Return a folder's segments in order; other files are none of ours."""
    found = []
    for path in folder.iterdir():
        if named := _NAME.fullmatch(path.name):
            when = datetime.strptime(named[2], f"{_STAMP}.%f").replace(tzinfo=UTC)
            start = round(when.timestamp() * 1000) * _MS
            found.append(Segment(path, int(named[1]), start))
    return sorted(found, key=lambda segment: segment.number)


class Recording:
    """A journal to be read.

    Args:
        path: a file of raw lines, or a folder of segments.
        tell: called with what of it cannot be read.

    Raises:
        JournalError: there is nothing to read.
    """

    def __init__(self, path: str, tell: Callable[[str], object]) -> None:
        self._path = path
        self.tell = tell
        """May be changed while it is read."""
        self.segments: list[Segment] = []
        """Empty where it is one file."""
        if path != "-" and Path(path).is_dir():
            self.segments = _found(Path(path))

    def lines(self, first: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Yield the lines of the segments from number ``first`` of the list up to ``end``."""
        paths = [str(segment.path) for segment in self.segments] or [self._path]
        for path in paths[first:end]:
            with journal.opened(path) as file:
                yield from journal.lines(file, self._complain)

    def _complain(self, complaint: str) -> None:
        self.tell(complaint)  # whoever listens by now

    def raws(self, first: int = 0, end: int | None = None) -> Iterator[Raw]:
        """Yield the raw lines of these segments; what is none is passed over."""
        for line in self.lines(first, end):
            raw = journal.parse(line)
            if raw.venue:
                yield raw

    def at(self, moment: int) -> int:
        """Return which of the segments holds a moment (UTC ns): the first where it is earlier."""
        return sum(segment.start <= moment for segment in self.segments[1:])

    def openings(self, number: int) -> Iterator[Raw]:
        """Yield how the connections began that were open when a segment of the list began."""
        path = openings(self.segments[number].path)
        if path.exists():
            with journal.opened(str(path)) as file:
                yield from map(journal.parse, journal.lines(file, self._complain))

    def answers(self) -> Iterator[Raw]:
        """Yield the answers to questions in the first segment: what is listed, and the past."""
        for raw in self.raws(0, 1):
            if raw.direction == "in" and raw.url.startswith("http"):
                yield raw


def _found(folder: Path) -> list[Segment]:
    try:
        found = segments(folder)
        inside = sorted(path.name for path in folder.iterdir() if path.is_dir())
    except OSError as error:
        raise JournalError(f"{folder}: {error.strerror}") from error
    if not found:
        hint = f"; there are {', '.join(inside[-3:])} in it" if inside else ""
        raise JournalError(f"{folder}: no segment of a journal in this folder{hint}")
    for before, after in pairwise(found):
        if before.number == after.number:
            raise JournalError(f"{after.path.name}: there are two segments of this number")
    return found
