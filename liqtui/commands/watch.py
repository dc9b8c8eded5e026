"""``liqtui watch``: the live screen, of the collector that runs for this user or of its own."""

import argparse
import sys
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from liqtui import commands, paths
from liqtui.commands import showing
from liqtui.commands.postponed import Postponed

if TYPE_CHECKING:
    from liqtui.core import Core
    from liqtui.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    showing.add_arguments(parser)
    parser.add_argument("--own", action="store_true",
                        help="open sockets of its own, collector or not")  # fmt: skip
    parser.add_argument("--venue", action="append", metavar="NAME",
                        help="only this venue (again), with sockets of its own")  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Watch until the user leaves; return the exit code."""
    only = tuple(args.venue) if args.venue else None
    settings = commands.settings(args, {**showing.flags(args), "watch.venues": only})
    path = paths.collector_socket()
    if args.on_alert and path.exists() and _collected(path):
        raise commands.UsageError("a collector runs, and sends: give --on-alert to that one")
    if args.own or only or not path.exists():
        return showing.show(Postponed(lambda: own(settings)), settings, args)
    if showing.screenless(args) and _collected(path):
        return _follow(path, args)
    return showing.show(Postponed(lambda: _any(settings, path)), settings, args)


def _any(settings: "Settings", path: Path) -> showing.Running:
    """Return what stands for the collector's core where one runs, else a core."""
    if not _collected(path):
        return own(settings)
    from liqtui.feeds.attachment import Screen

    return Screen(path)


def _collected(path: Path) -> bool:
    from liqtui.feeds.hello import BusError, BusyError, for_screens

    try:
        return for_screens(path) is not None
    except BusyError:
        return True  # who attaches waits
    except BusError as error:
        raise commands.UsageError(f"{error}; or take `liqtui watch --own`") from error


def own(settings: "Settings") -> "Core":
    """Return a core with sockets of its own."""
    from liqtui import composition, runtime
    from liqtui.clock import SystemClock
    from liqtui.store.recorder import Deck

    venues = composition.chosen(settings)
    if not venues:
        raise commands.UsageError("no venue is enabled: see `liqtui config show`")
    clock, deck = SystemClock(), Deck(paths.data_dir())
    memory = composition.memory(settings, clock)
    return runtime.live(settings, venues, clock, Random().random, deck=deck, memory=memory)


def _follow(path: Path, args: argparse.Namespace) -> int:
    """Print what the collector hears; return the exit code."""
    from liqtui.feeds.attachment import Lines

    def lose(reason: str) -> None:
        print(f"liqtui: no collector: {reason}; trying again", file=sys.stderr)

    line = (lambda line: line) if args.json else showing.PlainWire().line
    lines = Lines(path, showing.Printer(sys.stdout.buffer, line).take, lose)
    return showing.until_ended(lines.thread)
