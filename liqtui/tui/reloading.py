"""What changed on disk, the settings' file and the themes, and what of it holds at once."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, TypeAlias

import msgspec
from msgspec import structs

from liqtui.model.view import View
from liqtui.settings import Settings

_AT_ONCE: Final = ("screen", "tape.least", "tape.burst_s", "heatmap", "alerts", "watch.watched")
_LATER: Final = ("screen.color", "screen.mouse", "alerts.sinks")

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


def waiting(before: Settings, after: Settings) -> list[str]:
    """Return the keys that differ and hold from the next start on only."""
    changed = _changed("", msgspec.to_builtins(before), msgspec.to_builtins(after))
    waits = [key for key in changed if not _within(key, _AT_ONCE) or _within(key, _LATER)]
    unwatched = set(before.watch.watched) - set(after.watch.watched)
    return [*waits, *(["watch.watched"] if unwatched else [])]


def _changed(path: str, before: Any, after: Any) -> Iterator[str]:
    if not (isinstance(before, dict) and isinstance(after, dict)):
        if before != after:
            yield path
        return
    for key in sorted(before.keys() | after.keys()):
        yield from _changed(f"{path}.{key}" if path else key, before.get(key), after.get(key))


def _within(key: str, areas: Iterable[str]) -> bool:
    return any(key == area or key.startswith(f"{area}.") for area in areas)


def refitted(view: View, before: Settings, after: Settings) -> View:
    """Return the view with what other settings want of it; what keys changed since stays."""
    if after.tape.least != before.tape.least:
        view = structs.replace(view, tape=structs.replace(view.tape, least=after.tape.least))
    if after.tape.burst_s != before.tape.burst_s:
        view = structs.replace(view, burst_s=after.tape.burst_s)
    if after.heatmap.column_s != before.heatmap.column_s:
        view = structs.replace(view, column_s=after.heatmap.column_s)
    if after.heatmap.bins != before.heatmap.bins:
        view = structs.replace(view, bins_per_row=after.heatmap.bins)
    return view
