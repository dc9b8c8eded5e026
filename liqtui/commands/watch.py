"""``liqtui watch``: the live screen."""

import argparse
from random import Random
from typing import TYPE_CHECKING

from liqtui import commands
from liqtui.commands import showing
from liqtui.commands.postponed import Postponed

if TYPE_CHECKING:
    from liqtui.core import Core
    from liqtui.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    showing.add_arguments(parser)
    parser.add_argument("--venue", action="append", metavar="NAME", help="only this venue (again)")


def run(args: argparse.Namespace) -> int:
    """Watch until the user leaves; return the exit code."""
    only = tuple(args.venue) if args.venue else None
    settings = commands.settings(args, {**showing.flags(args), "watch.venues": only})
    return showing.show(Postponed(lambda: _core(settings)), settings, args)


def _core(settings: "Settings") -> "Core":
    from liqtui import composition, runtime
    from liqtui.clock import SystemClock

    venues = composition.chosen(settings)
    if not venues:
        raise commands.UsageError("no venue is enabled: see `liqtui config show`")
    return runtime.live(settings, venues, SystemClock(), Random().random)
