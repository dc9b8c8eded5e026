"""``liqtui demo``: the whole program on a simulated market, without any network."""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from random import Random
from threading import Thread
from typing import IO, TYPE_CHECKING, Final, cast

from msgspec import DecodeError, Struct, json
from msgspec.structs import replace

from liqtui import commands
from liqtui.clock import Clock, SystemClock
from liqtui.commands import UsageError, serve, showing

if TYPE_CHECKING:
    from liqtui.config import Settings
    from liqtui.core import Core
    from liqtui.protocol.venue import Venue

_GRACE: Final = 2.0
"""Seconds the exchanges have to end."""


class Hosts(Struct):
    """What the child process tells of itself; see ``liqtui serve --json``."""

    since: int
    """UTC ns at which its clock was right."""
    speed: float
    """How many times faster that clock has gone since."""
    control: int
    """Port on which it tells where positions truly stand."""
    venues: dict[str, dict[str, str]]


class Ready(Struct):
    """A coin whose past has come."""

    base: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    serve.add_market(parser)
    showing.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Show it until the user leaves; return the exit code."""
    settings = commands.settings(args, showing.flags(args))
    with simulated(args, settings) as core:
        return showing.show(core, settings, args)


@contextmanager
def simulated(args: argparse.Namespace, settings: "Settings") -> Iterator["Core"]:
    """Run the exchanges and give a core that is fed by them."""
    with _exchanges(args, settings.watch.base) as (told, later):
        from liqtui import composition, runtime

        every = composition.chosen(settings, told.venues)
        venues = [_unhurried(venue) for venue in every if venue.name in told.venues]
        if not venues:
            raise UsageError("no venue of the simulation is enabled: see `liqtui config show`")
        begun = replace(settings, watch=replace(settings.watch, watched=()))
        clock, draw = _clock(told), Random().random
        core = runtime.live(begun, venues, clock, draw, source="simulated", control=told.control)
        coming = set(settings.watch.bases[1:])
        Thread(target=_watch, args=(core, later, coming), daemon=True).start()
        yield core


def _watch(core: "Core", later: Iterable[bytes], coming: Container[str]) -> None:
    """Watch the other coins when each one's past is there, until the exchanges are gone."""
    from liqtui.model.snapshot import Watch

    for line in later:
        base = json.decode(line, type=Ready).base
        if base in coming:
            core.command(Watch(base))


class _Unhurried:
    """A venue whose limits nobody watches over, so that its past is there at once."""

    def __init__(self, venue: "Venue") -> None:
        self._venue = venue
        self.pools = tuple(replace(pool, limit=1e9) for pool in venue.pools)

    def __getattr__(self, name: str) -> object:
        return getattr(self._venue, name)


def _unhurried(venue: "Venue") -> "Venue":
    return cast("Venue", _Unhurried(venue))


def _clock(told: Hosts) -> Clock:
    """Return the clock of the exchanges: this machine's, or one that runs ahead of it."""
    from liqtui.playback import JournalClock

    real = SystemClock()
    if told.speed == 1.0:
        return real
    passed = real.now() - told.since
    return JournalClock(real, told.since + round(passed * told.speed), told.speed)


@contextmanager
def _exchanges(args: argparse.Namespace, first: str) -> Iterator[tuple[Hosts, IO[bytes]]]:
    """Run the exchanges in a process of their own that ends with this one, however it ends.

    Args:
        args: that choose the market.
        first: the coin to be ready first.

    Yields:
        Where they are, and what the process says after that.
    """
    command = [sys.executable, "-m", "liqtui", "serve", "--json", "--attached", "--unlimited"]
    command += [f"--{name}={getattr(args, name)}" for name in ("scenario", "seed", "speed")]
    command.append(f"--first={first}")
    pipe = subprocess.PIPE
    with (
        tempfile.TemporaryFile() as complaints,
        subprocess.Popen(  # noqa: S603  # this very program
            command, stdin=pipe, stdout=pipe, stderr=complaints, start_new_session=True
        ) as child,
    ):
        assert child.stdin is not None
        assert child.stdout is not None
        import_module("liqtui.runtime")  # takes as long as they need to open
        try:
            yield _told(child.stdout.readline(), complaints.fileno()), child.stdout
        finally:
            child.stdin.close()
            _end(child)


def _told(line: bytes, complaints: int) -> Hosts:
    try:
        return json.decode(line, type=Hosts)
    except DecodeError as error:
        with open(complaints, "rb", closefd=False) as file:
            file.seek(0)
            said = file.read().decode(errors="replace").strip().splitlines()
        raise UsageError(said[-1] if said else "the simulation does not start") from error


def _end(child: "subprocess.Popen[bytes]") -> None:
    try:
        child.wait(_GRACE)
    except subprocess.TimeoutExpired:
        child.kill()
