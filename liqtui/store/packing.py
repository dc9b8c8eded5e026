"""How a journal is compressed while it is written: each block can be read before the next comes."""

import sys
import zlib
from importlib import import_module
from typing import Any, Final, Literal, Protocol, TypeAlias

Format: TypeAlias = Literal["gzip", "zstd"]
SUFFIXES: Final[dict[Format, str]] = {"gzip": ".jsonl.gz", "zstd": ".jsonl.zst"}
_LEVEL: Final = 1
"""The cheapest: frames of one kind repeat themselves so much that more effort gains little."""
_GZIP: Final = 31
"""zlib's window of 2^15 bytes, in gzip's wrapping."""


class NoZstdError(ImportError):
    """This Python cannot read or write zstd."""


class Packer(Protocol):
    """One compressed stream being written."""

    def add(self, data: bytes) -> bytes:
        """Return what is to be written now; a part of ``data`` may be kept back."""

    def flush(self) -> bytes:
        """Return what was kept back: all that was added can be read from what is written."""

    def end(self) -> bytes:
        """Return the stream's end."""


def packer(how: Format) -> Packer:
    """Begin a stream.

    Raises:
        NoZstdError: this Python has none.
    """
    return Gzip() if how == "gzip" else Zstd()


class Gzip:
    """A gzip member that is flushed with Z_SYNC_FLUSH (RFC 1951 3.2.4: an empty stored block)."""

    def __init__(self) -> None:
        self._stream = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)

    def add(self, data: bytes) -> bytes:
        """Return what is to be written now."""
        return self._stream.compress(data)

    def flush(self) -> bytes:
        """Return what was kept back."""
        return self._stream.flush(zlib.Z_SYNC_FLUSH)

    def end(self) -> bytes:
        """Return the member's end."""
        return self._stream.flush(zlib.Z_FINISH)


class Zstd:
    """A zstd frame, its blocks ended one by one."""

    def __init__(self) -> None:
        self._stream = zstd().ZstdCompressor(level=_LEVEL)

    def add(self, data: bytes) -> bytes:
        """Return what is to be written now."""
        return bytes(self._stream.compress(data))

    def flush(self) -> bytes:
        """Return what was kept back."""
        return bytes(self._stream.flush(self._stream.FLUSH_BLOCK))

    def end(self) -> bytes:
        """Return the frame's end."""
        return bytes(self._stream.flush(self._stream.FLUSH_FRAME))


def zstd() -> Any:
    """Return the standard library's module, or the extra's, which has the same interface.

    Raises:
        NoZstdError: there is neither.
    """
    for name in ("compression.zstd", "backports.zstd"):
        try:
            return import_module(name)
        except ImportError:
            continue
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    raise NoZstdError(
        f"this Python ({version}) has no zstd: pip install 'liqtui[zstd]' or use Python 3.14"
    )


def errors() -> tuple[type[Exception], ...]:
    """Return what reading a compressed file may raise."""
    usual = OSError, ValueError, zlib.error
    try:
        return *usual, zstd().ZstdError
    except NoZstdError:
        return usual
