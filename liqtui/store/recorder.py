"""Raw lines on their way to disk, by a thread of its own: nobody who has one waits for a disk.

Each half second what has come is written and can be read, whatever becomes of this process then.
"""

import errno
import os
import threading
from collections import deque
from collections.abc import Callable
from io import FileIO
from pathlib import Path
from typing import Final

from msgspec import Struct

from liqtui.model.snapshot import Recorded
from liqtui.model.text import plain
from liqtui.paths import made
from liqtui.protocol.raw import Raw
from liqtui.store import packing, segments
from liqtui.store.journal import format_line

_FLUSH_S: Final = 0.5
_BLOCK: Final = 1 << 18
"""Bytes of lines that are compressed at once."""
_LINE: Final = 256
"""Bytes that a line takes beside its body, about."""
_BEGINNING: Final = 5_000_000_000
"""Nanoseconds in which a new connection is told what deltas will add to."""
_BEGUN: Final = 500
"""Lines after which that is over in any case."""
_BACK: Final = -60_000_000_000
"""Nanoseconds by which a line may be older than the segment it is in: a clock that is put back
further begins another."""


class Limits(Struct, frozen=True):
    """How much goes where."""

    size: int = 64 << 20
    """Bytes on disk after which another segment begins."""
    span: int = 600_000_000_000
    """And nanoseconds: to begin somewhere, one segment is read in vain at most."""
    waiting: int = 64 << 20
    """Bytes that may wait for the disk; what comes when more do is dropped and counted."""
    free: int = 64 << 20
    """Bytes that stay free on the disk: others write there, too."""


class Recorder:
    """Writes raw lines into segments until it is stopped or the disk is full.

    Args:
        folder: made where it is missing.
        since: when it begins, UTC ns.
        tell: called, from any thread, with why recording ended early.
        how: the compression.
        limits: of segments, memory and disk.
    """

    def __init__(
        self,
        folder: Path,
        since: int,
        tell: Callable[[str], object],
        how: packing.Format = "gzip",
        limits: Limits | None = None,
    ) -> None:
        self._folder = folder
        self._since = since
        self._tell = tell
        self._how: packing.Format = how
        self._limits = limits or Limits()
        self._lines: deque[Raw] = deque()
        self._taken = self._written = 0
        """Bytes of lines, the first changed by who brings them, the second by who writes them."""
        self._holes: dict[tuple[str, str, str], int] = {}
        """Connections that lost lines, and when that began, UTC ns."""
        self._dropped = self._count = self._size = 0
        self._segment: _Segment | None = None
        self._openings = _Openings()
        self._number = 0
        self._over = False
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    def take(self, raw: Raw) -> None:
        """Take in a line; never waits. One thread calls this."""
        if self._over:
            return
        waiting = self._taken - self._written
        if waiting > self._limits.waiting // (2 if self._holes else 1):
            self._dropped += 1
            self._holes.setdefault((raw.venue, raw.conn, raw.url), raw.seen)
            return
        if self._holes:
            self._say_holes()
        self._put(raw)

    def _say_holes(self) -> None:
        """Let sockets that lost lines end in the journal: what follows is another session's."""
        for (venue, conn, url), at in self._holes.items():
            if not url.startswith("http"):
                self._put(Raw(venue, conn, "close", url, at, b"the disk was too slow: lines lost"))
        self._holes.clear()

    def _put(self, raw: Raw) -> None:
        self._lines.append(raw)
        self._taken += len(raw.body) + _LINE

    def told(self) -> Recorded:
        """Return how far it is."""
        return Recorded(
            str(self._folder), self._since, self._count, self._size, self._dropped, self._over
        )

    def stop(self, timeout: float = 1.0) -> bool:
        """Write what waits and end; return whether that was done in time (seconds)."""
        self._ending.set()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    # The thread.

    def _run(self) -> None:
        try:
            made(self._folder)
            while not self._ending.wait(_FLUSH_S):
                self._write()
            self._write()
            self._end()
        except OSError as error:
            self._tell(f"recording ended: {plain(error.strerror or str(error))}")
        except packing.NoZstdError as error:
            self._tell(f"recording ended: {error}")
        finally:
            self._over = True
            self._lines.clear()
            if self._segment is not None:
                self._segment.close()

    def _write(self) -> None:
        """Write what waits, so that it can be read."""
        self._look_for_room()
        block: list[bytes] = []
        segment, size = self._segment, 0
        while self._lines:
            raw = self._lines.popleft()
            if segment is None or segment.over(raw.seen, self._limits) or size >= _BLOCK:
                self._flush(segment, block)
                size = 0
            if segment is None or segment.over(raw.seen, self._limits):
                segment = self._begin(raw.seen)
            line = format_line(raw)
            self._openings.take(raw, line)
            block.append(line)
            size += len(line)
            self._written += len(raw.body) + _LINE
        self._flush(segment, block)

    def _flush(self, segment: "_Segment | None", block: list[bytes]) -> None:
        if segment is not None and block:
            self._size += segment.add(b"".join(block))
            self._count += len(block)
            block.clear()

    def _begin(self, start: int) -> "_Segment":
        """End the segment and begin the next."""
        self._end()
        self._number += 1
        path = self._folder / segments.name(self._number, start, packing.SUFFIXES[self._how])
        self._write_openings(segments.openings(path), start)
        self._segment = _Segment(path, start, packing.packer(self._how))
        return self._segment

    def _write_openings(self, path: Path, start: int) -> None:
        if lines := self._openings.lines():
            beside = _Segment(path, start, packing.packer(self._how))
            try:
                self._size += beside.add(lines) + beside.end()
            finally:
                beside.close()

    def _end(self) -> None:
        if self._segment is not None:
            self._size += self._segment.end()
            self._segment.close()

    def _look_for_room(self) -> None:
        disk = os.statvfs(self._folder)
        if disk.f_bavail * disk.f_frsize < self._limits.free:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class _Openings:
    """How the connections that are open began: a session cannot be entered in the middle."""

    def __init__(self) -> None:
        self._of: dict[tuple[str, str, str], list[bytes]] = {}
        self._until: dict[tuple[str, str, str], int] = {}
        """UTC ns; those that lack are over."""

    def take(self, raw: Raw, line: bytes) -> None:
        """Keep a line if it belongs to the beginning of a connection."""
        key = (raw.venue, raw.conn, raw.url)
        if raw.direction == "open":
            self._of[key], self._until[key] = [], raw.seen + _BEGINNING
        elif raw.direction == "close":
            self._of.pop(key, None)
            self._until.pop(key, None)
        if key in self._until:
            self._of[key].append(line)
            if raw.seen > self._until[key] or len(self._of[key]) >= _BEGUN:
                del self._until[key]

    def lines(self) -> bytes:
        """Return what was kept of connections that are open."""
        return b"".join(line for lines in self._of.values() for line in lines)


class Deck:
    """A tap that records when it is told to, each time into a folder of its own.

    Args:
        data: the user's data directory.
    """

    def __init__(self, data: Path) -> None:
        self._data = data
        self._recorder: Recorder | None = None

    def take(self, raw: Raw) -> None:
        """Take in a line; never waits."""
        if self._recorder is not None:
            self._recorder.take(raw)

    def begin(self, now: int, tell: Callable[[str], object]) -> str:
        """Record from ``now`` on (UTC ns), if it does not; return what to say of it.

        Args:
            now: for the folder's name.
            tell: called, from any thread, with why recording ended early.
        """
        if (state := self.told()) is not None:
            return f"recording already, into {state.folder}"
        folder = segments.fresh(self._data, now)
        self._recorder = Recorder(folder, now, tell)
        return f"recording into {folder}"

    def end(self, timeout: float = 1.0) -> str:
        """Record no more; return what to say of it, after at most ``timeout`` seconds."""
        recorder, self._recorder = self._recorder, None
        if recorder is None:
            return "nothing is recorded"
        recorder.stop(timeout)
        state = recorder.told()
        return f"recorded {state.lines:,} lines, {state.size / 1e6:,.1f} MB, into {state.folder}"

    def told(self) -> Recorded | None:
        """Return how far it is; None: it does not record, or could not go on."""
        state = None if self._recorder is None else self._recorder.told()
        return None if state is None or state.over else state


class _Segment:
    """A file being written.

    Args:
        path: of a file that is not there yet.
        start: UTC ns of its first line.
        packer: fresh.
    """

    def __init__(self, path: Path, start: int, packer: packing.Packer) -> None:
        self._file = FileIO(path, "xb", opener=_private)
        self._start = start
        self._packer = packer
        self._size = 0

    def over(self, now: int, limits: Limits) -> bool:
        """Tell whether a line of this time (UTC ns) belongs into another."""
        return self._size >= limits.size or not _BACK < now - self._start < limits.span

    def add(self, lines: bytes) -> int:
        """Write lines so that they can be read; return the bytes that took."""
        return self._put(self._packer.add(lines) + self._packer.flush())

    def end(self) -> int:
        """Write what tells that nothing is missing; return the bytes that took."""
        return self._put(self._packer.end())

    def close(self) -> None:
        """Close the file, ended or not."""
        self._file.close()

    def _put(self, data: bytes) -> int:
        rest = memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) :]
        self._size += len(data)
        return len(data)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
