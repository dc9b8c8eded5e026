"""The one table of what keys do: bindings, key hints, help and rebinding derive from it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace
from textual.binding import Binding, BindingType

from liqtui.model.text import hint

Scope: TypeAlias = Literal["app", "dashboard"]


class Action(Struct, frozen=True):
    """One thing a key does."""

    name: str
    """What a user's configuration calls it."""
    keys: str
    """Textual's names, separated by commas."""
    label: str
    """A word or two, for the key hints."""
    description: str
    group: str
    call: str
    """Textual's action: ``action_<call>`` of the app or of the dashboard."""
    scope: Scope = "dashboard"
    shown: str = ""
    """How the key hints write the keys; empty: not hinted at."""


ACTIONS: Final[tuple[Action, ...]] = (
    Action("help", "question_mark", "help", "every key, command and sign", "Program", "help",
           "app", "?"),
    Action("filter", "slash", "filter",
           "show only: short bybit >100k btc !pepe", "View", "filter",
           shown="/"),
    Action("command", "colon", "command", "type a command; tab completes", "Program", "command",
           shown=":"),
    Action("palette", "ctrl+p", "palette", "search everything that can be done", "Program",
           "palette"),
    Action("detail", "enter", "detail", "a row of the tape: arithmetic, raw message", "View",
           "detail"),
    Action("copy", "y", "copy", "a row of the tape to the clipboard", "View", "copy_row"),
    Action("pause", "space", "pause", "freeze the view, never the intake", "View", "pause",
           shown="space"),
    Action("zoom", "z", "zoom", "the pane alone, and back", "Panes", "zoom", shown="z"),
    Action("symbol", "s", "symbol", "look at another symbol", "View", "symbol", shown="s"),
    Action("venues_shown", "v", "venues", "venues on or off, on tape and map", "View",
           "venues_shown", shown="v"),
    Action("leverage", "L", "leverage", "leverage classes on or off, on the map", "Map",
           "leverage", shown="L"),
    Action("crosshair", "i", "crosshair", "read price, time and USD off the map",
           "Map", "crosshair", shown="i"),
    Action("shorter", "left_square_bracket", "shorter", "shorter timeframe", "Map",
           "timeframe(-1)"),
    Action("longer", "right_square_bracket", "timeframe", "longer timeframe", "Map",
           "timeframe(1)", shown="[ ]"),
    Action("finer", "plus,equals_sign", "finer", "finer prices", "Map", "price_zoom(-1)"),
    Action("coarser", "minus", "price", "coarser prices", "Map", "price_zoom(1)", shown="+ -"),
    Action("recentre", "0", "recentre", "back to the mark and to now", "Map", "recentre",
           shown="0"),
    Action("cumulative", "c", "cumulative", "what is liquidated if the price gets there",
           "Map", "cumulative", shown="c"),
    Action("truth", "T", "truth", "the demo's true positions beside the estimate", "Map", "truth"),
    Action("up", "up,k", "up", "pan the map, scroll a list", "Move", "move('up')"),
    Action("down", "down,j", "down", "pan the map, scroll a list", "Move", "move('down')"),
    Action("left", "left,h", "left", "pan the map into the past", "Move", "move('left')"),
    Action("right", "right,l", "right", "pan the map towards now", "Move", "move('right')"),
    Action("page_up", "pageup", "page up", "by a page", "Move", "move('page_up')"),
    Action("page_down", "pagedown", "page down", "by a page", "Move", "move('page_down')"),
    Action("first", "g,home", "first", "to the newest, to the top", "Move", "move('first')"),
    Action("last", "G,end", "last", "to the oldest, to the bottom", "Move", "move('last')"),
    Action("heatmap", "1", "panes", "estimated liquidations by price over time", "Panes",
           "pane('heatmap')", shown="1-8"),
    Action("tape", "2", "tape", "every published liquidation", "Panes", "pane('tape')"),
    Action("venues", "3", "venues", "open interest, funding, coverage by venue", "Panes",
           "pane('venues')"),
    Action("clusters", "4", "clusters", "where the estimate piles up", "Panes",
           "pane('clusters')"),
    Action("log", "5,a", "log", "alerts, feeds, gaps, large liquidations", "Panes",
           "pane('log')"),
    Action("acknowledge", "A", "acknowledge", "the newest alert: silent until it escalates",
           "View", "acknowledge"),
    Action("mute", "m", "mute", "this coin's alerts for 15 minutes, or no more", "View", "mute"),
    Action("volume", "6", "volume", "what large and small trades buy and sell", "Panes",
           "pane('volume')"),
    Action("score", "7", "score", "how right the estimate has been, misses too", "Panes",
           "pane('score')"),
    Action("health", "8", "health", "every socket: rates, lag, complaints", "Panes",
           "pane('health')"),
    Action("preset", "p", "preset", "panes beside the map: all, flow, risk, map", "Panes",
           "preset", shown="p"),
    Action("next_pane", "tab", "next", "to the next pane", "Panes", "next_pane(1)"),
    Action("previous_pane", "shift+tab", "previous", "to the pane before", "Panes",
           "next_pane(-1)"),
    Action("reconnect", "r", "reconnect", "open sockets anew: the chosen venue's, or all",
           "Program", "reconnect"),
    Action("skip", "X", "skip", "fetch no more of the past", "Program", "skip"),
    Action("export", "e", "export", "what the pane shows, to a CSV file", "View", "export"),
    Action("record", "R", "record", "record raw frames, or stop it",
           "Program", "record"),
    Action("theme", "t", "theme", "next theme", "Program", "next_theme", "app", "t"),
    Action("zone", "u", "UTC/local", "clock in UTC or as configured", "Program", "toggle_zone",
           "app"),
    Action("mouse", "percent_sign", "mouse", "mouse on or off", "Program", "toggle_mouse", "app"),
    Action("redraw", "ctrl+l", "redraw", "write the whole screen again", "Program", "redraw",
           "app"),
    Action("reload", "ctrl+r", "reload", "read settings and themes again", "Program", "reload",
           "app"),
    Action("screenshot", "x", "screenshot", "write the screen to an SVG file", "Program",
           "save_picture", "app"),
    Action("suspend", "ctrl+z", "suspend", "to the shell; fg comes back", "Program",
           "suspend_process", "app"),
    Action("back", "escape", "back", "leave the crosshair, the zoom, the filter", "View", "back"),
    Action("quit", "q,ctrl+c", "quit", "leave", "Program", "quit", "app", "q"),
)  # fmt: skip

_SHOWN: Final[Mapping[str, str]] = {
    "question_mark": "?", "slash": "/", "colon": ":", "left_square_bracket": "[",
    "right_square_bracket": "]", "plus": "+", "equals_sign": "=", "minus": "-", "percent_sign": "%",
    "escape": "esc", "pageup": "PgUp", "pagedown": "PgDn",
}  # fmt: skip


_GROUPS: Final = ("View", "Map", "Panes", "Move", "Program")
"""What a trader looks for first comes first."""


def keys_of(action: Action) -> str:
    """Return its keys as they are printed on a keyboard."""
    return " ".join(_SHOWN.get(key.strip(), key.strip()) for key in action.keys.split(","))


def rebound(keys: Mapping[str, str], actions: Sequence[Action] = ACTIONS) -> tuple[Action, ...]:
    """Return the table with a user's keys in place of ours."""
    return tuple(_with(action, keys.get(action.name)) for action in actions)


def _with(action: Action, keys: str | None) -> Action:
    if keys is None:
        return action
    other = replace(action, keys=keys)
    return replace(other, shown=keys_of(other) if action.shown else "")


def mistaken(keys: Mapping[str, str], actions: Iterable[Action] = ACTIONS) -> list[str]:
    """Return a complaint for every name that no action has."""
    names = [action.name for action in actions]
    return [f"screen.keys: no action {name!r}{hint(name, names)}" for name in keys.keys() - names]


def bindings(scope: Scope, actions: Iterable[Action] = ACTIONS) -> list[BindingType]:
    """Return Textual's bindings of one scope.

    Keys with ctrl work even while a text is typed, and stay where a user binds others.
    """
    bound: list[BindingType] = []
    for action in actions:
        if action.scope != scope:
            continue
        keys = action.keys.split(",")
        plain = ",".join(key for key in keys if not key.startswith("ctrl+"))
        if plain:
            bound.append(Binding(plain, action.call, action.label, show=False, id=action.name))
        bound += [
            Binding(key, action.call, action.label, show=False, priority=True)
            for key in keys
            if key.startswith("ctrl+")
        ]
    return bound


def hints(actions: Iterable[Action] = ACTIONS) -> list[tuple[str, str]]:
    """Return keys and words for the status line, the most important first."""
    return [(action.shown, action.label) for action in actions if action.shown]


def groups(actions: Iterable[Action] = ACTIONS) -> dict[str, list[Action]]:
    """Return the actions by group, for the help screen and the README."""
    found: dict[str, list[Action]] = {name: [] for name in _GROUPS}
    for action in actions:
        found.setdefault(action.group, []).append(action)
    return found
