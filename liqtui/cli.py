"""The command line: which subcommand, and what it ends with.

Nothing but the subcommand's own module is imported, and for ``--version`` and ``--help`` not even
that: they answer as fast as the interpreter starts.
"""

import os
import sys
from collections.abc import Sequence
from typing import Final, NamedTuple

from liqtui import __version__


class Command(NamedTuple):
    """A subcommand: ``liqtui/commands/<name>.py``."""

    name: str
    summary: str
    example: str


COMMANDS: Final = {
    row.name: row
    for row in (
        Command("watch", "show the live screen", "liqtui watch --color 256"),
        Command("replay", "show a recorded journal", "liqtui replay journal.jsonl.gz --speed 10"),
        Command("decode", "turn raw lines into events", "liqtui decode VENUE journal.jsonl.gz"),
        Command("venues", "list what each venue publishes", "liqtui venues --json"),
        Command("doctor", "check terminal, settings and network", "liqtui doctor --offline"),
        Command("config", "find, show and check the settings", "liqtui config check"),
    )
}
DEFAULT: Final = "watch"
_TAKE_NEXT: Final = ("--config", "--color")
_STAND_ALONE: Final = ("--ascii",)

_HELP: Final = """\
usage: liqtui [COMMAND] [OPTIONS]

Crypto liquidations, open interest and an estimated liquidation map in a terminal.

commands (`liqtui COMMAND --help` tells more; without one it is `watch`):
{commands}

options everywhere:
  --config FILE   settings, instead of the usual file
  --color HOW     auto, truecolor, 256, 16 or none
  --ascii         draw with ASCII only
  --version       show the version
  -h, --help      show this

example: liqtui --color 256"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run liqtui and return the exit code: 0 done, 1 failed, 2 misused, 130 interrupted."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = _run(given)
        if sys.stdout is not None:
            sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever read has seen enough
        _abandon_output()
        return 0
    return code


def _run(given: list[str]) -> int:
    if given[:1] == ["--version"]:
        print(f"liqtui {__version__}")
        return 0
    if given[:1] in (["--help"], ["-h"]):
        print(_help())
        return 0
    name, rest = _split(given)
    if name not in COMMANDS:
        from liqtui.model.text import hint, plain

        print(f"liqtui: no command {plain(name)!r}{hint(name, COMMANDS)}", file=sys.stderr)
        return 2
    return _run_command(COMMANDS[name], rest)


def _run_command(command: Command, rest: list[str]) -> int:
    from importlib import import_module

    from liqtui.arguments import parser
    from liqtui.commands import UsageError

    module = import_module(f"liqtui.commands.{command.name}")
    asked = parser(*command)
    module.add_arguments(asked)
    try:
        return int(module.run(asked.parse_args(rest)))
    except UsageError as error:
        print(f"liqtui {command.name}: {error}", file=sys.stderr)
        return 2


def _split(given: list[str]) -> tuple[str, list[str]]:
    """Take the subcommand out: the first word, behind nothing but flags that all have."""
    at = 0
    while at < len(given) and given[at].startswith("-"):
        flag, equals, _ = given[at].partition("=")
        if flag not in _TAKE_NEXT + _STAND_ALONE:
            return DEFAULT, given
        at += 2 if flag in _TAKE_NEXT and not equals else 1
    if at >= len(given):
        return DEFAULT, given
    return given[at], given[:at] + given[at + 1 :]


def _help() -> str:
    rows = (f"  {command.name:<9} {command.summary}" for command in COMMANDS.values())
    return _HELP.format(commands="\n".join(rows))


def _abandon_output() -> None:
    """Let the interpreter's last flush go nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
