from collections import Counter

from textual.binding import Binding

from liqtui.tui.actions import ACTIONS, bindings, groups, hints, keys_of, mistaken, rebound
from liqtui.tui.app import LiqTui
from liqtui.tui.layout import PANES
from liqtui.tui.screens.dashboard import Dashboard


def test_no_key_does_two_things() -> None:
    keys = Counter(key for action in ACTIONS for key in action.keys.split(","))
    assert [key for key, times in keys.items() if times > 1] == []
    names = Counter(action.name for action in ACTIONS)
    assert [name for name, times in names.items() if times > 1] == []


def test_every_action_is_there() -> None:
    for action in ACTIONS:
        owner = LiqTui if action.scope == "app" else Dashboard
        assert callable(getattr(owner, f"action_{action.call.split('(')[0]}"))


def test_every_pane_has_a_key() -> None:
    called = {action.call for action in ACTIONS}
    assert {f"pane('{name}')" for name in PANES} <= called


def test_nothing_needs_a_key_that_terminals_lack() -> None:
    for action in ACTIONS:
        for key in action.keys.split(","):
            assert not key.startswith(("alt+", "f1", "ctrl+a", "ctrl+b", "shift+up"))


def test_bindings_come_from_the_table() -> None:
    made = [b for scope in ("app", "dashboard") for b in bindings(scope) if isinstance(b, Binding)]
    assert {key for b in made for key in b.key.split(",")} == {
        key for action in ACTIONS for key in action.keys.split(",")
    }
    assert {b.key for b in made if b.priority} == {"ctrl+c", "ctrl+l", "ctrl+p", "ctrl+r", "ctrl+z"}


def test_keys_are_shown_as_they_are_printed() -> None:
    by_name = {action.name: action for action in ACTIONS}
    assert keys_of(by_name["finer"]) == "+ ="
    assert keys_of(by_name["shorter"]) == "["
    assert ("?", "help") in hints()
    assert sum(len(group) for group in groups().values()) == len(ACTIONS)


def test_other_keys_show_in_hints_and_help() -> None:
    table = rebound({"quit": "x", "help": "question_mark,f"})
    assert ("x", "quit") in hints(table)
    assert ("? f", "help") in hints(table)


def test_a_name_no_action_has_is_told_with_the_nearest() -> None:
    assert mistaken({"quit": "x"}) == []
    assert mistaken({"quitt": "x"}) == ["screen.keys: no action 'quitt': did you mean 'quit'?"]
