"""Raw lines to and from disk: everything that went over the sockets, before anyone parsed it.

The line's format is public (README, "Raw lines"): ``{"venue","conn","dir","url","seen",
"status"?,"headers"?,"body"|"body64"}``. A string body is the frame's text; an object body is the
frame itself, kept byte for byte.
"""

import gzip
import sys
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

import msgspec

from liqtui.protocol.raw import Direction, Raw
from liqtui.store import packing


class JournalError(Exception):
    """A journal that cannot be read, and why."""


class _Line(msgspec.Struct):
    """Keys of a raw line; a bare frame has none of ``body`` and ``body64``."""

    venue: str = ""
    conn: str = ""
    dir: Direction = "in"
    url: str = ""
    seen: int = 0
    status: int | None = None
    headers: dict[str, str] | None = None
    body: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    body64: str | None = None


_decode = msgspec.json.Decoder(_Line).decode
_encode = msgspec.json.Encoder().encode


def parse(line: bytes, venue: str = "") -> Raw:
    """Read one line of a journal, or a bare frame.

    Args:
        line: without its newline.
        venue: whose line it is where it does not say.

    Returns:
        The raw line; a bare frame comes back with neither url nor connection.
    """
    try:
        found = _decode(line)
    except (msgspec.MsgspecError, RecursionError):
        return Raw(venue, "", "in", "", 0, line)
    if found.body64 is None and found.body is msgspec.UNSET and found.dir in {"in", "out"}:
        return Raw(venue, "", "in", "", 0, line)
    return Raw(
        found.venue or venue,
        found.conn,
        found.dir,
        found.url,
        found.seen,
        _body(found),
        found.status,
        found.headers,
    )


def _body(found: _Line) -> bytes:
    if found.body64 is not None:
        return b64decode(found.body64, validate=False)
    if isinstance(found.body, msgspec.UnsetType):
        return b""
    body = bytes(found.body)
    return msgspec.json.decode(body, type=str).encode() if body[:1] == b'"' else body


def format_line(raw: Raw) -> bytes:
    """Return a raw line as one line of a journal, with its newline."""
    fields: dict[str, Any] = {
        "venue": raw.venue,
        "conn": raw.conn,
        "dir": raw.direction,
        "url": raw.url,
        "seen": raw.seen,
    }
    if raw.status is not None:
        fields["status"] = raw.status
    if raw.headers is not None:
        fields["headers"] = dict(raw.headers)
    try:
        fields["body"] = raw.body.decode()
    except UnicodeDecodeError:
        fields["body64"] = b64encode(raw.body).decode()
    return _encode(fields) + b"\n"


@contextmanager
def opened(path: str) -> Iterator[IO[bytes]]:
    """Open lines for reading: a file, ``.gz``, ``.zst`` where this Python can, or ``-``.

    Raises:
        JournalError: what is wrong with the file and what to do.
    """
    if path == "-":
        yield sys.stdin.buffer
        return
    try:
        with _open(Path(path)) as file:
            yield file
    except FileNotFoundError as error:
        raise JournalError(f"{path}: no such file") from error
    except (IsADirectoryError, PermissionError) as error:
        raise JournalError(f"{path}: {error.strerror}") from error


def _open(path: Path) -> IO[bytes]:
    if path.suffix == ".gz":
        return cast("IO[bytes]", gzip.open(path, "rb"))
    if path.suffix == ".zst":
        return _open_zstd(path)
    return path.open("rb")


def _open_zstd(path: Path) -> IO[bytes]:
    try:
        return cast("IO[bytes]", packing.zstd().open(path, "rb"))
    except packing.NoZstdError as error:
        raise JournalError(f"{path}: {error}, or decompress the file first (zstd -d)") from error


def _silent(complaint: str) -> None:
    """Tell nobody."""


def lines(file: IO[bytes], tell: Callable[[str], object] = _silent) -> Iterator[bytes]:
    """Yield the non-empty lines of a journal, as far as they can be read.

    A recorder that was killed leaves half a compressed stream: what came before the cut is whole,
    and of the line it went through nothing is yielded.

    Args:
        file: as `opened`.
        tell: called with what was cut off.
    """
    count = 0
    try:
        for line in file:
            if stripped := line.strip():
                count += 1
                yield stripped
    except EOFError:
        tell(f"{_name(file)} is cut off after {count:,} lines: whoever wrote it did not end it")
    except packing.errors() as error:
        if not count and _barely_begun(file):
            tell(f"{_name(file)} is cut off in its first line")
            return
        raise JournalError(f"not readable as {_name(file)}: {error}") from error


def _name(file: IO[bytes]) -> str:
    named = getattr(file, "name", "")
    return Path(named).name if isinstance(named, str) and named else "a journal"


def _barely_begun(file: IO[bytes]) -> bool:
    """Tell whether a compressed file ends before it could say that it is one."""
    under = getattr(file, "fileobj", None)
    return under is not None and under.seek(0, 2) == 1
