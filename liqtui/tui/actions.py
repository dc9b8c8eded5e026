"""The one table of what keys do: bindings, key hints, help and rebinding derive from it."""

from collections.abc import Iterable, Mapping
from typing import Final, Literal

from msgspec import Struct
from textual.binding import Binding, BindingType

Scope = Literal["app", "dashboard"]


class Action(Struct, frozen=True):
    """One thing a key does: ``action_<name>`` of the app or of the dashboard."""

    name: str
    """What a user's configuration calls it; may carry an argument, as in ``pane('tape')``."""
    keys: str
    """Textual's names, separated by commas."""
    label: str
    """A word or two, for the key hints."""
    description: str
    group: str
    scope: Scope = "dashboard"
    hint: str = ""
    """How the key hints name the keys; empty: not hinted at."""

    @property
    def id(self) -> str:
        """The name by which it can be bound to another key: letters, digits and dots."""
        return self.name.replace("('", ".").replace("')", "")


_PANES: Final = (
    ("1", "heatmap", "estimated liquidations by price over time"),
    ("2", "tape", "every published liquidation"),
    ("3", "venues", "open interest, funding, coverage by venue"),
    ("4", "clusters", "where the estimate piles up"),
    ("8", "health", "every socket: rates, lag, complaints"),
)

ACTIONS: Final[tuple[Action, ...]] = (
    Action("help", "question_mark", "help", "this page", "Program", "app", "?"),
    Action("filter", "slash", "filter", "show only what holds a text; !text hides it", "View",
           hint="/"),
    Action("pause", "space", "pause", "freeze the view, never the intake", "View", hint="space"),
    Action("zoom", "z", "zoom", "the pane alone, and back", "Panes", hint="z"),
    Action("symbol", "s", "symbol", "look at another symbol", "View", hint="s"),
    Action("timeframe(-1)", "left_square_bracket", "shorter", "shorter timeframe", "Map"),
    Action("timeframe(1)", "right_square_bracket", "timeframe", "longer timeframe", "Map",
           hint="[ ]"),
    Action("price_zoom(-1)", "plus,equals_sign", "in", "finer prices", "Map"),
    Action("price_zoom(1)", "minus", "price", "coarser prices", "Map", hint="+ -"),
    Action("recentre", "0", "recentre", "back to the mark and to now", "Map", hint="0"),
    Action("cumulative", "c", "cumulative", "ladder: what is liquidated on the way there",
           "Map", hint="c"),
    Action("move('up')", "up,k", "up", "pan the map, scroll a list", "Move"),
    Action("move('down')", "down,j", "down", "pan the map, scroll a list", "Move"),
    Action("move('left')", "left,h", "back", "pan the map into the past", "Move"),
    Action("move('right')", "right,l", "forth", "pan the map towards now", "Move"),
    Action("move('page_up')", "pageup", "page up", "by a page", "Move"),
    Action("move('page_down')", "pagedown", "page down", "by a page", "Move"),
    Action("move('first')", "g,home", "newest", "to the newest, to the top", "Move"),
    Action("move('last')", "G,end", "oldest", "to the oldest, to the bottom", "Move"),
    *(Action(f"pane('{name}')", key, "panes", what, "Panes", hint="1-8" if key == "1" else "")
      for key, name, what in _PANES),
    Action("next_pane(1)", "tab", "next", "to the next pane", "Panes"),
    Action("next_pane(-1)", "shift+tab", "previous", "to the pane before", "Panes"),
    Action("reconnect", "r", "reconnect", "open sockets anew: the chosen venue's, or all",
           "Program"),
    Action("next_theme", "t", "theme", "next theme", "Program", "app", "t"),
    Action("toggle_zone", "u", "UTC/local", "clock in UTC or as configured", "Program", "app"),
    Action("toggle_mouse", "percent_sign", "mouse", "mouse on or off", "Program", "app"),
    Action("suspend_process", "ctrl+z", "suspend", "to the shell; fg comes back", "Program",
           "app"),
    Action("back", "escape", "back", "leave the zoom, clear the filter", "View"),
    Action("quit", "q,ctrl+c", "quit", "leave", "Program", "app", "q"),
)  # fmt: skip

_SHOWN: Final[Mapping[str, str]] = {
    "question_mark": "?", "slash": "/", "left_square_bracket": "[", "right_square_bracket": "]",
    "plus": "+", "equals_sign": "=", "minus": "-", "percent_sign": "%", "escape": "esc",
    "pageup": "PgUp", "pagedown": "PgDn", "up": "up", "down": "down",
}  # fmt: skip


def keys_of(action: Action) -> str:
    """Return its keys as they are printed on a keyboard."""
    return " ".join(_SHOWN.get(key, key) for key in action.keys.split(","))


def bindings(scope: Scope, actions: Iterable[Action] = ACTIONS) -> list[BindingType]:
    """Return Textual's bindings of one scope; ctrl keys work even while a text is typed."""
    return [
        Binding(key, action.name, action.label, show=False, id=action.id,
                priority=key.startswith("ctrl+"))
        for action in actions
        if action.scope == scope
        for key in action.keys.split(",")
    ]  # fmt: skip


def hints(actions: Iterable[Action] = ACTIONS) -> list[tuple[str, str]]:
    """Return keys and words for the status line, the most important first."""
    return [(action.hint, action.label) for action in actions if action.hint]


def groups(actions: Iterable[Action] = ACTIONS) -> dict[str, list[Action]]:
    """Return the actions by group, for the help screen and the README."""
    found: dict[str, list[Action]] = {}
    for action in actions:
        found.setdefault(action.group, []).append(action)
    return found
