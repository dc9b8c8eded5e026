"""A user's TOML file: read with care, and with the line of every key, which tomllib keeps back."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, TypeAlias

from liqtui.model.text import plain

KeyPath: TypeAlias = tuple[str, ...]
_SIZE_LIMIT: Final = 1 << 16
_PLACE: Final = re.compile(r" \(at (?:line (\d+)|end)[^)]*\)$")


class TomlError(ValueError):
    """A file that is no TOML; the message names file and line."""


def read(file: Path) -> str:
    """Return the text of a file of settings, which is never large.

    Raises:
        TomlError: it cannot be read, is too large or is not UTF-8.
    """
    try:
        with file.open("rb") as stream:
            data = stream.read(_SIZE_LIMIT + 1)
    except OSError as error:
        raise TomlError(f"{file}: cannot be read: {error.strerror}") from error
    if len(data) > _SIZE_LIMIT:
        raise TomlError(f"{file}: larger than {_SIZE_LIMIT} bytes")
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise TomlError(f"{file}:{line}: not UTF-8") from error


def parse(text: str, file: Path) -> dict[str, Any]:
    """Return the tables of a text that came from ``file``.

    Raises:
        TomlError: it is not TOML.
    """
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise TomlError(f"{file}: not TOML: nested too deeply") from error
    except ValueError as error:
        place = _PLACE.search(str(error))
        reason = str(error)[: place.start()] if place else str(error)
        line = (place and place[1]) or text.rstrip("\n").count("\n") + 1
        raise TomlError(f"{file}:{line}: not TOML: {plain(reason)}") from error


def lines(text: str) -> dict[KeyPath, int]:
    """Return the line, from 1, of the statement that first names each key of a valid text."""
    found: dict[KeyPath, int] = {}
    table: KeyPath = ()
    rows = text.split("\n")
    start = 0
    for end in range(1, len(rows) + 1):
        try:
            paths = list(_paths(tomllib.loads("\n".join(rows[start:end]))))
        except tomllib.TOMLDecodeError:
            continue  # the statement goes on in the next line
        header = rows[start].lstrip().startswith("[")
        for path in paths:
            found.setdefault(path if header else table + path, start + 1)
        table = max(paths, key=len) if header else table
        start = end
    return found


def _paths(tree: Any) -> Iterator[KeyPath]:
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield (key,)
            yield from ((key, *path) for path in _paths(value))
