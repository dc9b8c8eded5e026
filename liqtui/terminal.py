"""What the terminal at the other end can show, as far as the environment tells.

Sources: docs/ecosystem.md 2.1 and 2.2 (what SSH, tmux, screen and the terminals pass on).
"""

from collections.abc import Mapping
from typing import IO, Final, Literal, NamedTuple, TypeAlias

Depth: TypeAlias = Literal["truecolor", "256", "16", "none"]
_DIRECT: Final = ("-direct", "-kitty", "-ghostty", "alacritty", "foot", "wezterm")
"""Names (or their ends) of terminals that all have truecolor; SSH passes TERM on, not COLORTERM."""


class Colors(NamedTuple):
    """How many colours are used, and why."""

    depth: Depth
    reason: str


def colors(setting: Literal["auto"] | Depth, environ: Mapping[str, str]) -> Colors:
    """Decide how many colours are used.

    Args:
        setting: ``screen.color`` or ``--color``.
        environ: the environment of the process.
    """
    term = environ.get("TERM", "")
    if setting != "auto":
        return Colors(setting, "chosen by --color or screen.color")
    if environ.get("NO_COLOR"):
        return Colors("none", "NO_COLOR is set")
    if environ.get("STY"):
        return Colors("256", "GNU screen garbles more than 256")
    if environ.get("COLORTERM") in {"truecolor", "24bit"}:
        return Colors("truecolor", f"COLORTERM={environ['COLORTERM']}")
    if term.endswith(_DIRECT):
        return Colors("truecolor", f"TERM={term} has it")
    if "256color" in term:
        return Colors("256", f"TERM={term} without COLORTERM")
    return Colors("16", f"TERM={term} promises no more" if term else "TERM is not set")


def mouse(setting: Literal["auto", "on", "off"], environ: Mapping[str, str]) -> bool:
    """Decide whether the mouse is asked for: over SSH each move of it is a packet."""
    return setting == "on" or (setting == "auto" and not environ.get("SSH_CONNECTION"))


def obstacle(environ: Mapping[str, str], streams: Mapping[str, IO[str] | None]) -> str:
    """Return why nothing can be drawn full-screen, or nothing where it can.

    Args:
        environ: the environment of the process.
        streams: standard input, output and error by name, None where closed; keys come from the
            first and the screen is drawn on the last.
    """
    if environ.get("TERM", "") in {"", "dumb", "unknown"}:
        return f"TERM={environ.get('TERM', '')} cannot move the cursor"
    blind = [name for name, stream in streams.items() if stream is None or not stream.isatty()]
    return f"no terminal at {', '.join(blind)}" if blind else ""


def surroundings(environ: Mapping[str, str]) -> list[str]:
    """Name what stands between us and the terminal: tmux, screen, zellij, SSH."""
    between = {"TMUX": "tmux", "STY": "screen", "ZELLIJ": "zellij", "SSH_CONNECTION": "SSH"}
    return [name for variable, name in between.items() if environ.get(variable)]


def locale_is_utf8(environ: Mapping[str, str]) -> bool:
    """Tell whether the environment's locale says UTF-8."""
    chosen = (environ.get(name) for name in ("LC_ALL", "LC_CTYPE", "LANG"))
    locale = next((value for value in chosen if value), "")
    return locale.lower().replace("-", "").endswith("utf8")
