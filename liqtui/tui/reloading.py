"""What changed on disk: the settings' file and the themes, looked at by their times."""

from collections.abc import Iterable
from pathlib import Path
from typing import TypeAlias

Stamps: TypeAlias = dict[Path, tuple[int, int]]


class Files:
    """Notices that a file was written, came or went.

    Args:
        directories: whose themes count.
        file: of the settings; None where there is none.
    """

    def __init__(self, directories: Iterable[Path], file: Path | None) -> None:
        self._directories = tuple(directories)
        self._file = file
        self._stamps = self._look()

    def changed(self) -> bool:
        """Return whether anything differs from the last time this was asked."""
        before, self._stamps = self._stamps, self._look()
        return self._stamps != before

    def _look(self) -> Stamps:
        found: Stamps = {}
        paths = [path for folder in self._directories for path in folder.glob("*.toml")]
        for path in [*paths, *([self._file] if self._file else [])]:
            try:
                status = path.stat()
            except OSError:  # it went away a moment ago, or nobody may look
                continue
            found[path] = (status.st_mtime_ns, status.st_size)
        return found
