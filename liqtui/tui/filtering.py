"""The filter line: words a person types become what the tape, the map and the volume show.

``short bybit >100k !pepe`` in any order: a side, venues, coins and an amount are recognised; what
is left must occur in a row, or with ``!`` must not. Side and venues hold for the map too.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct, structs

from liqtui.model.market import Side
from liqtui.model.view import TapeFilter, View
from liqtui.tui.render.numbers import brief

_AMOUNT: Final = re.compile(r"(?:>=?|≥)?\$?(\d{1,12}(?:\.\d{1,6})?)([kmb]?)", re.IGNORECASE)
_UNITS: Final = {"": 1.0, "k": 1e3, "m": 1e6, "b": 1e9}
_SIDES: Final = {
    **dict.fromkeys(("l", "long", "longs"), Side.LONG),
    **dict.fromkeys(("s", "short", "shorts"), Side.SHORT),
}
_OTHER: Final = {Side.LONG: Side.SHORT, Side.SHORT: Side.LONG}
_SHORTEST: Final = 3
"""Letters from which on the beginning of a venue's name will do."""


class Names(Struct, frozen=True):
    """What a word may name."""

    venues: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()


def amount(text: str) -> float | None:
    """Return an amount of USD, None where the text is none.

    >>> amount(">100k"), amount("$1.5m"), amount("250000"), amount("1000PEPE")
    (100000.0, 1500000.0, 250000.0, None)
    """
    found = _AMOUNT.fullmatch(text)
    return float(found[1]) * _UNITS[found[2].lower()] if found else None


def venues_named(word: str, known: Sequence[str]) -> list[str]:
    """Return the venue of this name, else those whose names begin so."""
    name = word.lower()
    if name in known:
        return [name]
    return [one for one in known if len(name) >= _SHORTEST and one.startswith(name)]


def parse(text: str, names: Names, default: TapeFilter) -> TapeFilter:
    """Return the filter that a line asks for.

    Args:
        text: as typed.
        names: the venues and coins there are.
        default: what holds where the line says nothing.
    """
    asked = structs.replace(default, side=None, venues=frozenset(), bases=frozenset(), words=())
    for word in re.split(r"[\s,]+", text):
        if word.strip("!"):
            asked = _with(asked, word, names)
    return asked


def _with(asked: TapeFilter, word: str, names: Names) -> TapeFilter:
    plain, inverted = word.lstrip("!").lower(), word.startswith("!")
    usd = amount(word)
    if usd is not None:
        return structs.replace(asked, least=usd)
    if plain in _SIDES:
        side = _SIDES[plain]
        return structs.replace(asked, side=_OTHER[side] if inverted else side)
    if plain.upper() in names.bases and not inverted:
        return structs.replace(asked, bases=asked.bases | {plain.upper()})
    found = frozenset(venues_named(plain, names.venues))
    if found:
        left = (asked.venues or frozenset(names.venues)) - found
        return structs.replace(asked, venues=left if inverted else asked.venues | found)
    return structs.replace(asked, words=(*asked.words, word))


def told(asked: TapeFilter, default: TapeFilter) -> str:
    """Return the line that asks for this filter, as short as may be; empty for the default."""
    parts: list[str] = [] if asked.side is None else [asked.side.value]
    parts += _sorted(asked.venues)
    if asked.least != default.least:
        parts.append(f">{brief(asked.least)}")
    return " ".join([*parts, *_sorted(asked.bases), *asked.words])


def _sorted(names: Iterable[str]) -> list[str]:
    return sorted(names)


def filtered(view: View, asked: TapeFilter) -> View:
    """Return the view with a filter in force: on the map as far as it says anything of it."""
    return structs.replace(view, tape=asked, side=asked.side, venues=asked.venues)
