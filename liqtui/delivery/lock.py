"""Which of the processes of one user sends: the one that holds a lock in the state directory."""

import fcntl
import os
from pathlib import Path
from typing import Final, Self

FILE_NAME: Final = "alerts.lock"


class HeldError(OSError):
    """Another process has it."""


class Lock:
    """Held from its making to its end, which the end of the process is as well.

    Args:
        directory: where it lies.

    Raises:
        HeldError: another process has it; the message says which.
        OSError: it cannot be made.
    """

    def __init__(self, directory: Path) -> None:
        flags = os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
        self._file = os.open(directory / FILE_NAME, flags, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(self._file, 20).decode("ascii", "replace").strip()
            os.close(self._file)
            raise HeldError(f"sent by another liqtui (process {holder})") from None
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)
