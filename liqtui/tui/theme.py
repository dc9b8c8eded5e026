"""Theme files: TOML in, checked values out; a bad file is left out with the reason.

One format for the shipped themes and the user's. ``depth`` is the most a theme uses: ``16`` takes
the terminal's own colours, ``none`` only bold, dim and reverse.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from liqtui import toml
from liqtui.tui.render.glyphs import ASCII

STEPS: Final = 16
"""Levels of heat; the first is the ground of the map."""
_NAME: Final = re.compile(r"[a-z0-9-]{1,32}")

Depth: TypeAlias = Literal["truecolor", "256", "16", "none"]
Hex: TypeAlias = Annotated[str, Meta(pattern=r"^#[0-9a-fA-F]{6}$")]
Index: TypeAlias = Annotated[int, Meta(ge=16, le=255)]
Ansi: TypeAlias = Literal[
    "default", "black", "red", "green", "yellow", "blue", "magenta", "cyan", "white",
    "bright_black", "bright_red", "bright_green", "bright_yellow", "bright_blue",
    "bright_magenta", "bright_cyan", "bright_white",
]  # fmt: skip


class Chrome(Struct, frozen=True, forbid_unknown_fields=True):
    """Colours any program has."""

    foreground: Hex = "#c9d1d9"
    background: Hex = "#0a0e17"
    panel: Hex = "#141b29"
    """Ground of the status line, of prompts and of the selected row."""
    frame: Hex = "#3a4a63"
    muted: Hex = "#8593a8"
    primary: Hex = "#7cc7ff"
    """The pane in focus, keys."""
    success: Hex = "#4ec98f"
    warning: Hex = "#e8b339"
    error: Hex = "#ff6b6b"


class Market(Struct, frozen=True, forbid_unknown_fields=True):
    """Colours with a meaning of their own here."""

    long: Hex = "#35c48d"
    short: Hex = "#ff6f85"
    mark: Hex = "#e6f4ff"
    """The price: its trace and its rung."""
    stale: Hex = "#e8b339"
    estimated: Hex = "#b9a2ff"
    gap: Hex = "#33415a"
    """Hatching where there is no data."""


class Heat(Struct, frozen=True, forbid_unknown_fields=True):
    """The ramp, for every colour depth apart: none is made from another by rounding."""

    truecolor: Annotated[tuple[Hex, ...], Meta(min_length=STEPS, max_length=STEPS)] = ()
    c256: Annotated[tuple[Index, ...], Meta(min_length=STEPS, max_length=STEPS)] = ()
    c16: Annotated[tuple[Ansi, ...], Meta(min_length=2, max_length=STEPS)] = (
        "default", "blue", "magenta", "bright_red", "bright_yellow", "bright_white",
    )  # fmt: skip
    glyphs: Annotated[tuple[str, ...], Meta(min_length=2, max_length=STEPS)] = (
        " ", "░", "▒", "▓", "█",
    )  # fmt: skip


class Sixteen(Struct, frozen=True, forbid_unknown_fields=True):
    """Which of the terminal's own colours stands for what, where it has no more than 16."""

    foreground: Ansi = "default"
    primary: Ansi = "cyan"
    success: Ansi = "green"
    warning: Ansi = "yellow"
    error: Ansi = "bright_red"
    long: Ansi = "green"
    short: Ansi = "red"
    mark: Ansi = "bright_white"
    estimated: Ansi = "magenta"


class Theme(Struct, frozen=True, forbid_unknown_fields=True):
    """One theme file."""

    name: str
    format: Literal[1] = 1
    author: str = ""
    license: str = ""
    dark: bool = True
    depth: Depth = "truecolor"
    textual: Chrome = Chrome()
    market: Market = Market()
    heatmap: Heat = Heat()
    c16: Sixteen = Sixteen()


PLAIN: Final = Theme(name="plain", depth="none")
"""What is shown when no file could be read."""


class BadThemeError(ValueError):
    """A theme file that cannot be used; the message names file, line and reason."""


def load(
    directories: Iterable[Path], before: Mapping[str, Theme] | None = None
) -> tuple[dict[str, Theme], tuple[str, ...]]:
    """Read every theme; those of later directories replace earlier ones of the same name.

    Args:
        directories: the shipped ones first.
        before: what was read the last time; takes the place of a file that has become bad.

    Returns:
        The themes by name, never none at all, and a complaint for every file left out.
    """
    themes: dict[str, Theme] = {}
    complaints: list[str] = []
    for path in _files(directories):
        try:
            theme = read(path)
        except BadThemeError as bad:
            complaints.append(str(bad))
            if path.stem in (before or {}):
                themes[path.stem] = (before or {})[path.stem]
        else:
            themes[theme.name] = theme
    return themes or {PLAIN.name: PLAIN}, tuple(complaints)


def _files(directories: Iterable[Path]) -> Iterator[Path]:
    for directory in directories:
        if directory.is_dir():
            yield from sorted(directory.glob("*.toml"))


def read(path: Path) -> Theme:
    """Return the theme in a file.

    Raises:
        BadThemeError: it cannot be read, is no TOML, or says something no theme says.
    """
    try:
        text = toml.read(path)
        data = toml.parse(text, path)
    except toml.TomlError as bad:
        raise BadThemeError(str(bad)) from bad
    try:
        theme = msgspec.convert(data, Theme)
    except msgspec.ValidationError as bad:
        raise BadThemeError(_told(path, text, str(bad))) from bad
    if reason := _mistake(theme, path.stem, data):
        raise BadThemeError(f"{path}: {reason}")
    return theme


def _mistake(theme: Theme, stem: str, data: Mapping[str, object]) -> str:
    """Return what the types cannot say is wrong."""
    heat = theme.heatmap
    if not _NAME.fullmatch(theme.name):
        return "name: only a-z, 0-9 and '-', 32 letters at most"
    if theme.name != stem:
        return f"name: {theme.name!r} is not the file's own, {stem!r}"
    if any(glyph not in ASCII and not re.fullmatch("[ -~]", glyph) for glyph in heat.glyphs):
        return "heatmap.glyphs: only glyphs the screen draws anyway, and ASCII"
    if theme.depth in ("truecolor", "256") and not (heat.truecolor and heat.c256):
        return f"heatmap: truecolor and c256 need {STEPS} steps each"
    return "textual: missing" if theme.depth == "truecolor" and "textual" not in data else ""


def _told(path: Path, text: str, complaint: str) -> str:
    """Return a complaint of msgspec's with the line of the key it is about."""
    place = re.search(r"at `\$([^`]*)`", complaint)
    keys = tuple(re.findall(r"\.(\w+)", place[1])) if place else ()
    unknown = re.search(r"unknown field `([^`]*)`", complaint)
    lines = toml.lines(text)
    line = lines.get((*keys, unknown[1]) if unknown else keys)
    return f"{path}:{line}: {complaint}" if line else f"{path}: {complaint}"
