"""The command line: the table of what can be typed after ``:``, and how a line is read.

The name of any action does what its key does; orders are what needs an argument.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct, structs

from liqtui import times
from liqtui.model.alert import AlertKind
from liqtui.model.market import Side
from liqtui.model.text import hint
from liqtui.model.view import TIERS, Mute, Pace, Seek, View
from liqtui.tui import filtering
from liqtui.tui.actions import ACTIONS, Action
from liqtui.tui.filtering import Names
from liqtui.tui.layout import PRESETS
from liqtui.tui.render.times import span

_MOVE: Final = re.compile(r"([+-]\d{1,3}(?:\.\d{1,4})?)%?")
_PRICE: Final = re.compile(r"\d{1,12}(?:\.\d{1,12})?")
_SPEED: Final = re.compile(r"\d{1,6}(?:\.\d{1,6})?")
_SPAN: Final = re.compile(r"(\d{1,5})([smhd])")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
MUTED_S: Final = 900
"""Seconds for which is muted unless told otherwise."""
_SIDES: Final = {"long": Side.LONG, "short": Side.SHORT, "both": None}
_KINDS: Final = tuple(kind.value for kind in AlertKind)
_SHORT: Final = {"q": "quit", "symbol": "sym"}


class Order(Struct, frozen=True):
    """One line that can be typed."""

    name: str
    argument: str
    description: str

    @property
    def usage(self) -> str:
        """The line with a word for its argument."""
        return f":{self.name} {self.argument}"


ORDERS: Final[tuple[Order, ...]] = (
    Order("go", "-2%|PRICE", "go there, and what falls on the way"),
    Order("sym", "BTC", "look at another symbol"),
    Order("venue", "bybit [off]|all", "that venue only, or not it"),
    Order("side", "long|short|both", "one side of map and tape"),
    Order("lev", "10,25|all", "leverage classes on the map"),
    Order("min", "100k", "hide smaller rows of the tape"),
    Order("floor", "5m", "leave out cells of the map that hold less"),
    Order("scale", "50m|auto", "USD of the map's hottest colour"),
    Order("tf", "15m", "time a column of the map stands for"),
    Order("preset", "all|flow|risk|map", "panes beside the map"),
    Order("mute", "BTC|burst|bybit|all 30m|off", "hear no alerts of it"),
    Order("export", "FILE.csv|.ndjson", "what the pane shows, to that file"),
    Order("speed", "10|0.5|0", "so many times as recorded, of a replay; 0: at once"),
    Order("seek", "+10m|TIME", "go on with a replay from there"),
    Order("theme", "NAME", "other colours"),
    Order("tz", "utc|local|ZONE", "another clock"),
)


class OrderError(ValueError):
    """A line that says nothing that can be done."""


class Typed(Struct, frozen=True):
    """A line as understood: an order or the name of an action, and the rest."""

    name: str
    argument: str = ""


class Known(Struct, frozen=True):
    """What arguments may name."""

    names: Names = Names()
    themes: tuple[str, ...] = ()
    default: View = View()


def read(line: str, actions: Sequence[Action] = ACTIONS) -> Typed | None:
    """Return what a line asks for, None for an empty one.

    Raises:
        OrderError: no order and no action is called so, or an order lacks its argument.
    """
    name, _, argument = line.strip().lstrip(":").strip().partition(" ")
    if not name:
        return None
    if _MOVE.fullmatch(name) or _PRICE.fullmatch(name):
        return Typed("go", name)
    name, argument = _SHORT.get(name, name), argument.strip()
    order = next((one for one in ORDERS if one.name == name), None)
    names = {action.name for action in actions}
    if order is None and name not in names:
        raise OrderError(f"no command {name!r}{hint(name, [o.name for o in ORDERS] + list(names))}")
    if order is not None and not argument and name not in names:
        raise OrderError(order.usage)
    return Typed(name, argument)


def complete(line: str, known: Known, actions: Sequence[Action] = ACTIONS) -> str | None:
    """Return the line that its beginning probably stands for, None where there is none."""
    name, blank, argument = line.partition(" ")
    if not name:
        return None
    if not blank:
        names = [order.name for order in ORDERS] + sorted(action.name for action in actions)
        return next((one for one in names if one.startswith(name) and one != name), None)
    offered = _offered(name, known)
    found = next((one for one in offered if one.lower().startswith(argument.lower())), None)
    return f"{name} {found}" if found and argument else None


def _offered(name: str, known: Known) -> Iterable[str]:
    choices: Mapping[str, Iterable[str]] = {
        "sym": known.names.bases,
        "mute": (*known.names.bases, *_KINDS, *known.names.venues, "all"),
        "venue": (*known.names.venues, "all"),
        "side": _SIDES,
        "theme": known.themes,
        "preset": PRESETS,
        "tz": ("utc", "local"),
        "lev": ("all",),
        "scale": ("auto",),
    }
    return choices.get(name, ())


def changed(view: View, typed: Typed, known: Known) -> View:
    """Return the view that an order asks for.

    Raises:
        OrderError: its argument makes no sense; `KeyError` where it is no order on the view.
    """
    return _CHANGES[typed.name](view, typed.argument, known)


def _venue(view: View, argument: str, known: Known) -> View:
    name, _, rest = argument.partition(" ")
    if name == "all":
        return _of_venues(view, frozenset())
    found = frozenset(filtering.venues_named(name, known.names.venues))
    if not found or rest not in ("", "on", "off"):
        raise OrderError(f"no venue {argument!r}: {', '.join(known.names.venues)}, all")
    shown = view.venues or frozenset(known.names.venues)
    if rest:
        return _of_venues(view, shown - found if rest == "off" else shown | found, known)
    return _of_venues(view, found)


def _of_venues(view: View, venues: frozenset[str], known: Known | None = None) -> View:
    if known is not None and venues == frozenset(known.names.venues):
        venues = frozenset()
    return structs.replace(view, venues=venues, tape=structs.replace(view.tape, venues=venues))


def _side(view: View, argument: str, known: Known) -> View:
    if argument not in _SIDES:
        raise OrderError("a side is long, short or both")
    side = _SIDES[argument]
    return structs.replace(view, side=side, tape=structs.replace(view.tape, side=side))


def _lev(view: View, argument: str, known: Known) -> View:
    told = {part.strip().rstrip("x") for part in argument.split(",")}
    if told == {"all"}:
        return structs.replace(view, tiers=frozenset())
    tiers = frozenset(tier for tier in TIERS if str(tier) in told)
    if len(tiers) != len(told):
        raise OrderError(f"leverage classes are {', '.join(map(str, TIERS))} or all")
    return structs.replace(view, tiers=tiers)


def _min(view: View, argument: str, known: Known) -> View:
    return structs.replace(view, tape=structs.replace(view.tape, least=_usd(argument)))


def _floor(view: View, argument: str, known: Known) -> View:
    return structs.replace(view, floor=_usd(argument))


def _scale(view: View, argument: str, known: Known) -> View:
    return structs.replace(view, scale=0.0 if argument == "auto" else _usd(argument))


def _usd(argument: str) -> float:
    usd = filtering.amount(argument)
    if usd is None:
        raise OrderError(f"{argument!r} is no amount: 100k, 5m, 250000")
    return usd


def _tf(view: View, argument: str, known: Known) -> View:
    found = _SPAN.fullmatch(argument)
    seconds = int(found[1]) * _SECONDS[found[2]] if found else 0
    if not 60 <= seconds <= 86_400 or seconds % 60:
        raise OrderError(f"{argument!r} is no timeframe: 1m to {span(86_400)}")
    return structs.replace(view, column_s=seconds)


_CHANGES: Final[Mapping[str, Callable[[View, str, Known], View]]] = {
    "venue": _venue,
    "side": _side,
    "lev": _lev,
    "min": _min,
    "floor": _floor,
    "scale": _scale,
    "tf": _tf,
}
ON_VIEW: Final = frozenset(_CHANGES)
"""The orders that `changed` carries out."""


def muting(argument: str, known: Known, base: str) -> Mute:
    """Return what ``mute`` asks for: a coin, kind, venue or all, and for how long.

    Args:
        argument: as typed; what is left out is the coin shown, for `MUTED_S`.
        known: what it may name.
        base: the coin shown.

    Raises:
        OrderError: it names nothing that can be muted.
    """
    words = argument.split()
    seconds = _lasting(words.pop()) if words and _ends(words[-1]) else MUTED_S
    if not words:
        return Mute(base, seconds)
    names = (*_KINDS, *known.names.venues)
    name = " ".join(words)
    if name == "all":
        return Mute("", seconds)
    if name.upper() in known.names.bases:
        return Mute(name.upper(), seconds)
    if name not in names:
        raise OrderError(f"nothing to mute is called {name!r}{hint(name, names)}")
    return Mute(name, seconds)


def _ends(word: str) -> bool:
    return word == "off" or _SPAN.fullmatch(word) is not None


def _lasting(word: str) -> int:
    found = _SPAN.fullmatch(word)
    if found is None:
        return 0
    seconds = int(found[1]) * _SECONDS[found[2]]
    if not 60 <= seconds <= 7 * 86_400:
        raise OrderError(f"{word!r} is no time to mute: 1m to {span(7 * 86_400)}")
    return seconds


def replaying(typed: Typed, now: int) -> Pace | Seek:
    """Return what ``speed`` or ``seek`` asks for; ``now``: what is shown, UTC ns.

    Raises:
        OrderError: it is no speed, or no time.
    """
    try:
        if typed.name == "seek":
            return Seek(times.moment(typed.argument, after=now))
    except ValueError as error:
        raise OrderError(str(error)) from error
    if not _SPEED.fullmatch(typed.argument):
        raise OrderError(f"{typed.argument!r} is no speed: 10, 0.5, or 0 for at once")
    return Pace(float(typed.argument))


def target(argument: str, price: float | None) -> float:
    """Return the price that ``go`` names: as such, or as a move from the present one.

    Raises:
        OrderError: it names none.
    """
    if _PRICE.fullmatch(plain := argument.replace(",", "")):
        return float(plain)
    move = _MOVE.fullmatch(argument)
    if move is None or price is None:
        raise OrderError("no price yet" if move else f"{argument!r} is no price: 60000, -2%")
    return price * max(0.01, 1.0 + float(move[1]) / 100.0)
