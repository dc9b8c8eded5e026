"""``liqtui demo``: the whole program on a simulated market, without any network."""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager
from random import Random
from threading import Thread
from typing import IO, TYPE_CHECKING, Final, cast

from msgspec import DecodeError, Struct, json
from msgspec.structs import replace

from liqtui import commands, paths
from liqtui.clock import Clock, SystemClock
from liqtui.commands import UsageError, serve, showing
from liqtui.model.view import Watch

if TYPE_CHECKING:
    from liqtui.core import Core
    from liqtui.protocol.venue import Venue
    from liqtui.settings import Settings

_SOURCE: Final = "simulated"
_GRACE: Final = 2.0
"""Seconds the exchanges have to end."""
_PAST: Final = 25 * 3600
"""Seconds of history that are asked for: there is no more of the market."""
_LEAST: Final = 1_000.0
"""USD under which the demo's tape does not show a liquidation."""


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
    serve.add_market(parser, "cascade")
    showing.add_arguments(parser)
    parser.add_argument("--send-alerts", action="store_true",
                        help="to the sinks of the settings, too: marked SIMULATED")  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Show it until the user leaves; return the exit code."""
    settings = _small_too(commands.settings(args, showing.flags(args)))
    with _exchanges(args, settings.watch.base) as says:  # at once: it is what is waited for
        from liqtui.commands.postponed import Postponed
        from liqtui.model.snapshot import Snapshot

        meanwhile = Snapshot(source=_SOURCE, notices=("a day of the market is being simulated",))
        core = Postponed(lambda: _core(settings, says), meanwhile)
        return showing.show(core, settings, args, _small_too, _SOURCE)


def _small_too(settings: "Settings") -> "Settings":
    """Let the tape show small liquidations, unless the user chose: it is to run at once."""
    if settings.tape.least != type(settings.tape)().least:
        return settings
    return replace(settings, tape=replace(settings.tape, least=_LEAST))


@contextmanager
def simulated(args: argparse.Namespace, settings: "Settings") -> Iterator["Core"]:
    """Run the exchanges and give a core that is fed by them."""
    with _exchanges(args, settings.watch.base) as says:
        yield _core(settings, says)


def _core(settings: "Settings", says: "Says") -> "Core":
    """Return a core that is fed by the exchanges, once they have opened."""
    from liqtui import composition, runtime
    from liqtui.store.recorder import Deck

    told = says.hosts()
    every = composition.chosen(settings, told.venues)
    venues = [_unhurried(venue) for venue in every if venue.name in told.venues]
    if not venues:
        raise UsageError("no venue of the simulation is enabled: see `liqtui config show`")
    begun = replace(settings, watch=replace(settings.watch, watched=()))
    clock, draw, deck = _clock(told), Random().random, Deck(paths.data_dir())
    core = runtime.live(
        begun, venues, clock, draw,
        deck=deck, source=_SOURCE, control=told.control, past_s=_PAST,
    )  # fmt: skip
    later = set(settings.watch.bases) - {settings.watch.base}
    Thread(target=_watch, args=(core, says.ready(), later), daemon=True).start()
    return core


def _watch(core: "Core", ready: Iterable[str], wanted: Container[str]) -> None:
    """Watch the other coins when each one's past is there, until the exchanges are gone."""
    for base in ready:
        if base in wanted:
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


class Says:
    """What the process of the exchanges says of itself.

    Args:
        lines: its standard output.
        complaints: its standard error, for whoever asks why it ended.
    """

    def __init__(self, lines: IO[bytes], complaints: IO[bytes]) -> None:
        self._lines = lines
        self._complaints = complaints

    def hosts(self) -> Hosts:
        """Wait until the exchanges have opened, and return where they are.

        Raises:
            UsageError: they never will.
        """
        try:
            return json.decode(self._lines.readline(), type=Hosts)
        except DecodeError as error:
            self._complaints.seek(0)
            said = self._complaints.read().decode(errors="replace").strip().splitlines()
            raise UsageError(said[-1] if said else "the simulation does not start") from error

    def ready(self) -> Iterator[str]:
        """Yield the coins whose past comes later, each when it has come."""
        for line in self._lines:
            yield json.decode(line, type=Ready).base


@contextmanager
def _exchanges(args: argparse.Namespace, first: str) -> Iterator[Says]:
    """Run the exchanges in a process of their own that ends with this one, however it ends.

    Args:
        args: that choose the market.
        first: the coin to be ready first.
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
        try:
            yield Says(child.stdout, complaints)
        finally:
            child.stdin.close()
            _end(child)


def _end(child: "subprocess.Popen[bytes]") -> None:
    try:
        child.wait(_GRACE)
    except subprocess.TimeoutExpired:
        child.kill()
