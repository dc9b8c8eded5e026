"""What a style is to a terminal, and the shortest way from one to the next."""

from functools import lru_cache
from typing import Final

from msgspec import Struct
from rich.color import Color, ColorSystem
from rich.style import Style

_ON: Final = {
    "bold": 1, "dim": 2, "italic": 3, "underline": 4, "blink": 5, "blink2": 6, "reverse": 7,
    "conceal": 8, "strike": 9, "underline2": 21, "overline": 53,
}  # fmt: skip
_OFF: Final = {1: 22, 2: 22, 3: 23, 4: 24, 5: 25, 6: 25, 7: 27, 8: 28, 9: 29, 21: 24, 53: 55}
_SHARED: Final = frozenset({22, 24, 25})
"""What turns two attributes off at once."""
_SEEN_ON_BLANKS: Final = frozenset({4, 5, 6, 7, 9, 21, 53})


class Ink(Struct, frozen=True):
    """A style as parameters of SGR (ECMA-48 8.3.117)."""

    attributes: frozenset[int]
    color: str
    ground: str


PLAIN: Final = Ink(frozenset(), "39", "49")
"""What a terminal writes with after ``ESC [ m``."""


@lru_cache(4096)
def ink(style: Style | None, system: ColorSystem) -> Ink:
    """Return a style's ink; links are left out.

    Args:
        style: None is the terminal's own.
        system: the colours the terminal has.
    """
    if style is None:
        return PLAIN
    on = frozenset(code for name, code in _ON.items() if getattr(style, name))
    color = _parameters(style.color, system, front=True)
    return Ink(on, color, _parameters(style.bgcolor, system, front=False))


def _parameters(color: Color | None, system: ColorSystem, *, front: bool) -> str:
    if color is None:
        return PLAIN.color if front else PLAIN.ground
    return ";".join(color.downgrade(system).get_ansi_codes(front))


@lru_cache(4096)
def of_blanks(ink: Ink) -> Ink:
    """Return the ink of a space: without what nobody sees of it."""
    if ink.attributes & _SEEN_ON_BLANKS:
        return ink
    return Ink(frozenset(), PLAIN.color, ink.ground)


@lru_cache(8192)
def change(before: Ink, after: Ink) -> str:
    """Return the sequence that changes inks."""
    if before == after:
        return ""
    if after == PLAIN:
        return "\x1b[m"
    codes = [str(code) for code in _switches(before.attributes, after.attributes)]
    if before.color != after.color:
        codes.append(after.color)
    if before.ground != after.ground:
        codes.append(after.ground)
    return f"\x1b[{';'.join(codes)}m"


def _switches(before: frozenset[int], after: frozenset[int]) -> list[int]:
    off = {_OFF[code] for code in before - after}
    gone = {code for code in after if _OFF[code] in off & _SHARED}
    return sorted(off) + sorted(gone | (after - before))
