"""The command line: which subcommand, and what it ends with.

Nothing but the subcommand's own module is imported, and for ``--version`` and ``--help`` not even
that, nor typing: they answer as fast as the interpreter starts.
"""

import errno
import os
import sys

from liqtui import __version__

COMMANDS = {
    "watch": ("show the live screen", "liqtui watch --color 256"),
    "record": ("write down all that is sent and received", "liqtui record --for 8h"),
    "collect": ("collect for any number of screens", "liqtui collect --log-format json"),
    "replay": ("show a recorded journal", "liqtui replay journal.jsonl.gz --speed 10"),
    "demo": ("show the screen on a simulated market", "liqtui demo --scenario cascade"),
    "serve": ("run simulated exchanges", "liqtui serve --scenario crash --record crash/"),
    "export": ("write what is archived into a table", "liqtui export oi --from 7d -o oi.csv"),
    "decode": ("turn raw lines into events", "liqtui decode VENUE journal.jsonl.gz"),
    "score": ("grade every map on events and truth", "liqtui score events.jsonl --base BTC"),
    "estimate": ("estimate maps from events", "liqtui estimate events.ndjson --base BTC"),
    "shot": ("draw the screen into a file", "liqtui shot -o map.svg --keys c"),
    "alerts": ("try and list where alerts are sent", "liqtui alerts test phone"),
    "venues": ("list what each venue publishes", "liqtui venues --json"),
    "doctor": ("check terminal, settings and network", "liqtui doctor --offline"),
    "config": ("find, show and check the settings", "liqtui config check"),
}
"""Each is ``liqtui/commands/<name>.py``: what it does, and an example."""
DEFAULT = "watch"
_TAKE_NEXT = ("--config", "--color")
_STAND_ALONE = ("--ascii",)
_UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EIO)

_HELP = """\
usage: liqtui [COMMAND] [OPTIONS]
Crypto liquidations, open interest and an estimated liquidation map, live.

commands (`liqtui COMMAND --help` tells more; without one it is `watch`):
{commands}

everywhere: --config FILE  --color auto|truecolor|256|16|none  --ascii
            --version  -h or --help
example: liqtui --color 256"""


def main(arguments: list[str] | None = None) -> int:
    """Run liqtui and return the exit code: 0 done, 1 failed, 2 misused, 130 interrupted."""
    try:
        code = _run(sys.argv[1:] if arguments is None else arguments)
        if sys.stdout is not None:
            sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever read has seen enough
        _abandon_output()
        return 0
    except OSError as error:
        if error.errno not in _UNWRITABLE:
            raise
        _abandon_output()
        print(f"liqtui: cannot write: {error.strerror}", file=sys.stderr)
        return 1
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
    return _run_command(name, rest)


def _run_command(name: str, rest: list[str]) -> int:
    from importlib import import_module

    from liqtui.arguments import parser
    from liqtui.commands import UsageError

    module = import_module(f"liqtui.commands.{name}")
    asked = parser(name, *COMMANDS[name])
    module.add_arguments(asked)
    try:
        return int(module.run(asked.parse_intermixed_args(rest)))
    except UsageError as error:
        print(f"liqtui {name}: {error}", file=sys.stderr)
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
    rows = (f"  {name:<9} {summary}" for name, (summary, _) in COMMANDS.items())
    return _HELP.format(commands="\n".join(rows))


def _abandon_output() -> None:
    """Let the interpreter's last flush go nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
