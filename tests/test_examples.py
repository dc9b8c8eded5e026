"""What the documents show is true; ``LIQTUI_APPROVE=1`` writes the README's tables anew."""

import ast
import os
import re
import shlex
import tomllib
from collections.abc import Callable, Iterable
from importlib import import_module
from importlib.util import find_spec
from itertools import chain, pairwise
from pathlib import Path

import msgspec
import pytest

from liqtui import settings, venues
from liqtui.cli import COMMANDS
from liqtui.settings import AlertSettings, Settings, SinkSettings, VenueSettings

ROOT = Path(__file__).parents[1]
PROGRAMS = {"git", "cd", "python3", ".venv/bin/pip", ".venv/bin/pytest", ".venv/bin/liqtui"}
README = ROOT / "README.md"
EXAMPLE = (ROOT / "config.example.toml").read_text(encoding="utf-8")
OPTIONAL = re.compile(r"^# (?=\[[a-z.]+\.NAME\]|# |[a-z_]+ = )", re.MULTILINE)


def table(title: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(title), *map(list, rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def commands_table() -> str:
    rows = ((f"`liqtui {name}`", what, f"`{eg}`") for name, (what, eg) in COMMANDS.items())
    return table(("command", "does", "example"), rows)


def venues_table() -> str:
    columns = ("market", "liquidations", "open_interest", "funding", "tiers", "history")
    loaded = [venues.load(name) for name in venues.names()]
    rows = (
        (venue.title, *(getattr(market, column) for column in columns))
        for venue in loaded
        for market in venue.capabilities
    )
    return table(("venue", *(column.replace("_", " ") for column in columns)), rows)


def keys_table() -> str:
    actions = import_module("liqtui.tui.actions")
    rows = (
        (group, f"`{actions.keys_of(action)}`", action.description)
        for group, members in actions.groups().items()
        for action in members
    )
    return table(("", "keys", "does"), rows)


def orders_table() -> str:
    orders = import_module("liqtui.tui.orders").ORDERS
    rows = ((f"`{one.usage}`".replace("|", "\\|"), one.description) for one in orders)
    return table(("type", "does"), rows)


BLOCKS: dict[str, Callable[[], str]] = {"commands": commands_table, "venues": venues_table}
if find_spec("liqtui.tui") and find_spec("liqtui.tui.actions"):
    BLOCKS["keys"] = keys_table
    BLOCKS["orders"] = orders_table


@pytest.mark.parametrize("name", BLOCKS)
def test_the_readmes_tables_say_what_the_program_does(name: str) -> None:
    text = README.read_text(encoding="utf-8")
    pattern = re.compile(f"(?<=<!-- {name} -->\n).*?(?=<!-- /{name} -->)", re.DOTALL)
    wanted = BLOCKS[name]() + "\n"
    if os.environ.get("LIQTUI_APPROVE") == "1":
        README.write_text(pattern.sub(lambda _: wanted, text), encoding="utf-8")
        return
    assert pattern.findall(text) == [wanted], "LIQTUI_APPROVE=1 writes it anew"


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_every_command_shown_exists(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    shown = re.findall(r"(?:`|bin/)liqtui ([a-z]+)", text)
    assert set(shown) <= set(COMMANDS)


@pytest.mark.parametrize("kind", ["main", "test"])
def test_each_of_the_two_commands_is_one_line(kind: str) -> None:
    text = README.read_text(encoding="utf-8")
    (block,) = re.findall(f"<!-- {kind} command -->\n```sh\n(.*?)```", text, re.DOTALL)
    assert block.count("\n") == 1
    assert block.startswith("git clone <repository> liqtui && cd liqtui && ")
    programs = {shlex.split(step)[0] for step in block.split(" && ")}
    assert programs <= PROGRAMS


def test_the_example_holds_every_default() -> None:
    assert msgspec.convert(tomllib.loads(EXAMPLE), Settings) == Settings()


def test_the_example_names_every_setting() -> None:
    shown = tomllib.loads(OPTIONAL.sub("", EXAMPLE))
    alerts = AlertSettings(sinks={"NAME": SinkSettings()})
    every = Settings(venues={"NAME": VenueSettings()}, alerts=alerts)
    assert shown == msgspec.json.decode(msgspec.json.encode(every))


def test_the_sinks_that_are_shown_are_right() -> None:
    text = (ROOT / "docs" / "alerts.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    found = msgspec.convert(tomllib.loads(shown), Settings).alerts.sinks
    assert [sink.lacks() for sink in found.values()] == [None] * 4


def test_every_setting_in_the_example_is_explained() -> None:
    lines = OPTIONAL.sub("", EXAMPLE).splitlines()
    for before, line in pairwise(lines):
        if " = " in line and not line.startswith("#"):
            assert before.startswith("# "), line


def test_every_setting_has_a_docstring_under_it() -> None:
    tree = ast.parse(Path(settings.__file__).read_text(encoding="utf-8"))
    classes = {node.name: node.body for node in tree.body if isinstance(node, ast.ClassDef)}
    areas = [name for name in classes if name.endswith("Settings") and name != "Settings"]
    assert areas
    for setting, under in chain(*(pairwise([*classes[name], None]) for name in areas)):
        if isinstance(setting, ast.AnnAssign):
            assert isinstance(under, ast.Expr), ast.unparse(setting)
