"""How settings are read: strictly, and wrong ones are told with their place.

Layers, each overriding the one before: the defaults below, the user's TOML file, environment
variables ``LIQTUI_<AREA>_<KEY>`` (lists separated by commas, tables as ``key=value`` pairs), the
command line. The file is read, never written.
"""

import re
import typing
from collections.abc import Collection, Iterator, Mapping
from functools import reduce
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NamedTuple, Protocol

import msgspec
from msgspec import Struct

from liqtui import toml
from liqtui.model.text import hint, masked, plain
from liqtui.settings import Settings, VenueSettings
from liqtui.toml import KeyPath

_PREFIX: Final = "LIQTUI_"
_SINKS: Final = ("alerts", "sinks")
_NAME: Final = re.compile(r"[a-z0-9-]{1,32}")


class Offer(Protocol):
    """What a venue has that settings may name."""

    @property
    def markets(self) -> tuple[str, ...]:
        """Its product lines."""

    @property
    def hosts(self) -> Mapping[str, str]:
        """Role to base URL."""


class Catalogue(Protocol):
    """Where the venues are known; the package ``liqtui.venues`` is one."""

    def names(self) -> list[str]:
        """Every venue, without importing any."""

    def load(self, name: str) -> Offer:
        """One of them."""


class SettingsError(ValueError):
    """One line for everything that is wrong: the place, the key, what would be right."""

    def __init__(self, problems: Collection[str]) -> None:
        self.problems = tuple(plain(problem, 500) for problem in problems)
        super().__init__("\n".join(self.problems))


class _Problem(NamedTuple):
    path: KeyPath
    text: str


def load(
    file: Path | None,
    environ: Mapping[str, str],
    flags: Mapping[str, object],
    catalogue: Catalogue,
) -> Settings:
    """Return the settings of all layers.

    Args:
        file: the user's TOML file; None where there is none.
        environ: the environment.
        flags: values from the command line by dotted key (``screen.color``).
        catalogue: the venues that settings may name.

    Raises:
        SettingsError: with every problem of every layer.
    """
    text, written = _from_file(file) if file else ("", {})
    named, complaints = _from_environment(environ, catalogue)
    given: dict[str, Any] = {}
    for key, value in flags.items():
        _put(given, tuple(key.split(".")), value)
    wrong = list(_problems(written, catalogue))
    lines = toml.lines(text) if wrong else {}
    complaints[:0] = [f"{file}:{_line(lines, path)}: {told}" for path, told in wrong]
    complaints += [f"command line: {told}" for _, told in _problems(given, catalogue)]
    if complaints:
        raise SettingsError(complaints)
    return msgspec.convert(reduce(_merged, (named, given), written), Settings)


def place(file: Path | None, path: KeyPath) -> str:
    """Return where a setting stands, to begin a complaint with: ``config.toml:12: ``."""
    if file is None:
        return ""
    return f"{file}:{_line(toml.lines(_from_file(file)[0]), path)}: "


def _line(lines: Mapping[KeyPath, int], path: KeyPath) -> int:
    """The line of a key, or of the table that it is missing in."""
    return next((lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in lines), 1)


def overriding(environ: Mapping[str, str]) -> list[str]:
    """Return the names of the environment variables that are meant as settings."""
    areas = tuple(f"{_PREFIX}{field.name.upper()}_" for field in msgspec.structs.fields(Settings))
    return sorted(name for name in environ if name.startswith(areas))


def builtins(settings: Settings) -> dict[str, Any]:
    """Return the settings as TOML knows them, without what is secret in a URL."""
    tree = msgspec.to_builtins(settings)
    for venue in tree["venues"].values():
        venue["hosts"] = {
            role: re.sub("//[^/@]*@", "//***@", url) for role, url in venue["hosts"].items()
        }
    for sink in tree["alerts"]["sinks"].values():
        if sink["url"].startswith("http"):
            sink["url"] = masked(sink["url"])
    return typing.cast("dict[str, Any]", tree)


def _from_file(file: Path) -> tuple[str, dict[str, Any]]:
    try:
        text = toml.read(file)
        return text, toml.parse(text, file)
    except toml.TomlError as error:
        raise SettingsError([str(error)]) from error


def _problems(tree: Mapping[str, Any], catalogue: Catalogue) -> Iterator[_Problem]:
    """Tell what is wrong with one layer: keys, types, ranges, then what venues must know."""
    wrong = list(_misfits(tree, Settings, ()))
    yield from wrong
    if not wrong:
        settings = msgspec.convert(tree, Settings)
        yield from _unknown_venues(settings, catalogue)
        yield from _unfit_sinks(settings)


def _misfits(value: object, kind: Any, path: KeyPath) -> Iterator[_Problem]:
    inner = _inner(kind)
    if inner is None:
        if problem := _misfit(value, kind, path):
            yield _Problem(path, problem)
    elif not isinstance(value, dict):
        yield _Problem(path, f"{'.'.join(path)} must be a table{_but(value, path)}")
    else:
        for key, item in value.items():
            wanted = inner.get(key, inner.get("*"))
            if wanted is None:
                yield _Problem((*path, key), _unknown_key(key, path, inner))
            else:
                yield from _misfits(item, wanted, (*path, key))


def _inner(kind: Any) -> dict[str, Any] | None:
    """The types of a table's keys, ``*`` where any key will do; None for a single value."""
    if isinstance(kind, type) and issubclass(kind, Struct):
        return {field.name: field.type for field in msgspec.structs.fields(kind)}
    if typing.get_origin(kind) is dict:
        return {"*": typing.get_args(kind)[1]}
    return None


def _unknown_key(key: str, path: KeyPath, inner: Collection[str]) -> str:
    place = f"in [{'.'.join(path)}]" if path else "outside of any table"
    told = f"unknown key {_shown(key)} {place}"
    homes = [".".join(leaf) for leaf, _ in _leaves(Settings, (), ()) if leaf[-1] == key]
    return f"{told}: did you mean {homes[0]!r}?" if homes else told + _near(key, inner)


def _near(word: str, known: Collection[str]) -> str:
    return hint(word, known) or f": there are {', '.join(known)}"


def _misfit(value: object, kind: Any, path: KeyPath, *, strict: bool = True) -> str:
    try:
        fitting = msgspec.convert(value, kind, strict=strict)
    except msgspec.ValidationError:
        return f"{'.'.join(path)} must be {_wanted(kind)}{_but(value, path)}"
    return _no_zone(fitting) if path == ("screen", "zone") else ""


def _no_zone(name: str) -> str:
    if name in {"utc", "local"}:
        return ""
    from zoneinfo import ZoneInfo, available_timezones

    try:
        ZoneInfo(name)
    except (ValueError, LookupError, OSError):
        near = hint(name, available_timezones())
        return f"screen.zone must be utc, local or an IANA zone, not {_shown(name)}{near}"
    return ""


def _unknown_venues(settings: Settings, catalogue: Catalogue) -> Iterator[_Problem]:
    known = catalogue.names()
    for name in settings.watch.venues:
        if name not in known:
            told = f"watch.venues: unknown venue {_shown(name)}{_near(name, known)}"
            yield _Problem(("watch", "venues"), told)
    for name, choice in settings.venues.items():
        if name in known:
            yield from _unknown_parts(name, choice, catalogue)
        else:
            told = f"unknown venue {_shown(name)}{_near(name, known)}"
            yield _Problem(("venues", name), told)


def _unfit_sinks(settings: Settings) -> Iterator[_Problem]:
    for name, sink in settings.alerts.sinks.items():
        path = (*_SINKS, name)
        if not _NAME.fullmatch(name):
            told = f"a sink's name is of a-z, 0-9 and -, not {_shown(name)}"
            yield _Problem(path, told)
        elif lack := sink.lacks():
            yield _Problem((*path, lack[0]), f"{'.'.join(path)}.{lack[0]} {lack[1]}")


def _unknown_parts(name: str, choice: VenueSettings, catalogue: Catalogue) -> Iterator[_Problem]:
    for key, parts in (("markets", choice.markets), ("hosts", choice.hosts)):
        known = tuple(getattr(catalogue.load(name), key)) if parts else ()
        for part in parts:
            if part not in known:
                told = f"venues.{name}.{key}: unknown {_shown(part)}{_near(part, known)}"
                yield _Problem(("venues", name, key), told)


def _from_environment(
    environ: Mapping[str, str], catalogue: Catalogue
) -> tuple[dict[str, Any], list[str]]:
    """Return what the environment sets, and what is wrong with it."""
    known = {
        _PREFIX + "_".join(path).upper(): (path, kind)
        for path, kind in _leaves(Settings, (), catalogue.names())
    }
    tree: dict[str, Any] = {}
    wrong = []
    for name in overriding(environ):
        path, kind = known.get(name, ((), None))
        value = _from_text(environ[name], kind)
        if not path:
            wrong.append(f"{name}: unknown setting{hint(name, known)}")
        elif problem := _misfit(value, kind, path, strict=False):
            wrong.append(f"{name}: {problem}")
        else:
            _put(tree, path, msgspec.convert(value, kind, strict=False))
    wrong += [f"environment: {told}" for _, told in _problems(tree, catalogue)]
    return tree, wrong


def _leaves(kind: Any, path: KeyPath, venues: Collection[str]) -> Iterator[tuple[KeyPath, Any]]:
    """Every single setting with its type."""
    inner = _inner(kind) or {}
    if path == ("venues",):
        inner = dict.fromkeys(venues, VenueSettings)
    if path == _SINKS:
        return  # secrets are referred to, and tables do not fit into a variable
    if not inner or "*" in inner:
        yield path, kind
    else:
        for key, wanted in inner.items():
            yield from _leaves(wanted, (*path, key), venues)


def _from_text(text: str, kind: Any) -> object:
    origin = typing.get_origin(kind)
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if origin is tuple:
        return parts
    if origin is dict:
        return {key.strip(): value.strip() for key, _, value in (p.partition("=") for p in parts)}
    return text


def _put(tree: dict[str, Any], path: KeyPath, value: object) -> None:
    *tables, key = path
    for table in tables:
        tree = tree.setdefault(table, {})
    tree[key] = value


def _merged(lower: Any, upper: Any) -> Any:
    """Lay one layer over another, table by table."""
    if not (isinstance(lower, dict) and isinstance(upper, dict)):
        return upper
    both = {key: _merged(lower[key], upper[key]) for key in lower.keys() & upper.keys()}
    return {**lower, **upper, **both}


def _wanted(kind: Any) -> str:
    """Say a type in a user's words."""
    if typing.get_origin(kind) is Annotated:
        plain_kind, limits = typing.get_args(kind)
        if limits.description:
            return str(limits.description)
        bounds = f" from {limits.ge:,} to {limits.le:,}" if limits.ge is not None else ""
        return _wanted(plain_kind) + bounds
    if typing.get_origin(kind) is Literal:
        return "one of " + ", ".join(f'"{choice}"' for choice in typing.get_args(kind))
    if typing.get_origin(kind) is tuple:
        return f"a list, each {_wanted(typing.get_args(kind)[0])}"
    if typing.get_origin(kind) is dict:
        return f"a table, each {_wanted(typing.get_args(kind)[1])}"
    return {bool: "true or false", int: "a whole number", float: "a number", str: "text"}[kind]


def _but(value: object, path: KeyPath) -> str:
    """Say what was found instead, where it cannot be a secret in the wrong place."""
    return "" if path[: len(_SINKS)] == _SINKS else f", not {_shown(value)}"


def _shown(value: object) -> str:
    return plain(repr(value), 60)
