"""``liqtui replay``: a journal on the same screen, in process or over loopback sockets."""

import argparse
import asyncio
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, takewhile
from math import inf
from random import Random
from typing import TYPE_CHECKING

from liqtui import commands, paths, times
from liqtui.clock import SystemClock
from liqtui.commands import UsageError, showing
from liqtui.commands.postponed import Postponed
from liqtui.model.text import plain
from liqtui.store.journal import JournalError
from liqtui.store.segments import Recording

if TYPE_CHECKING:
    from liqtui.core import Core
    from liqtui.playback import Playback
    from liqtui.protocol.raw import Raw
    from liqtui.protocol.venue import Venue
    from liqtui.settings import Settings
    from liqtui.sim.replay import JournalServer
    from liqtui.store.reading import Reader

SAMPLE = "sim/sample.jsonl.gz"
_SOURCE = "replay"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument(
        "journal", nargs="?", help="a file (.gz too) or a folder; without: a sample"
    )
    parser.add_argument("--speed", type=float, default=1.0, help="1 as recorded, 0 at once")
    parser.add_argument("--from", dest="start", metavar="T", help="+10m, ISO time or UTC ms")
    parser.add_argument("--lead", default="10m", metavar="SPAN",
                        help="read before --from, of a folder; `all`: everything (default: 10m)"
                        )  # fmt: skip
    parser.add_argument("--sockets", action="store_true", help="over loopback, to the real feeds")
    showing.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Play the journal; return the exit code."""
    if not 0 <= args.speed < inf:
        raise UsageError("--speed is a factor: 0 (at once) or more")
    if args.sockets and (args.start or args.speed == 0):
        raise UsageError("--sockets plays in real time: without --from, with a --speed above 0")
    settings = commands.settings(args, showing.flags(args))
    path = args.journal or str(paths.shipped(SAMPLE))
    try:
        if args.sockets:
            return _over_sockets(args, settings, path)
        linger = not showing.screenless(args)
        core = Postponed(lambda: in_process(args, settings, path, linger=linger)[0])
        return showing.show(core, settings, args, source=_SOURCE)
    except JournalError as error:
        raise UsageError(str(error)) from error


def in_process(
    args: argparse.Namespace,
    settings: "Settings",
    path: str,
    *,
    linger: bool,
    end: str | None = None,
) -> "tuple[Core, Playback]":
    """Return a core that plays a journal, and its player.

    Args:
        args: with ``speed`` and ``start``.
        settings: which venues.
        path: of the journal.
        linger: whether to stay when it ends.
        end: a place in the journal at which to stop.
    """
    from liqtui import composition
    from liqtui.core import Core
    from liqtui.playback import JournalClock, Playback
    from liqtui.store.reading import Reader
    from liqtui.venues import shipped

    venues = {venue.name: venue for venue in composition.chosen(settings)}
    recording = Recording(path, _complain)
    start, lines, skipped = _from(recording, args.start, args.lead)
    first = next(lines, None)
    if first is None:
        raise JournalError(f"{plain(path)}: no line of a journal, as `liqtui record` writes it")
    clock = JournalClock(SystemClock(), start, args.speed)

    def reader(name: str) -> "Reader | None":
        venue: Venue | None = venues.get(name)
        if venue is None:
            return None
        facts = shipped(name)
        facts.since = start
        return Reader(venue, facts)

    last = _start(end, start) if end else inf
    drive = Playback(
        takewhile(lambda raw: raw.seen <= last, chain((first,), lines)),
        reader,
        clock,
        start_at=_start(args.start, start),
        skipped=skipped,
        linger=linger,
        name=path,
    )
    engine = composition.engine(settings, list(venues.values()))
    policy = composition.policy(settings)
    core = Core(engine, drive, clock, settings.screen.fps, policy=policy)
    if linger:
        recording.tell = core.notice
    return core, drive


def _from(
    recording: "Recording", text: str | None, lead: str
) -> tuple[int, "Iterator[Raw]", tuple[int, int] | None]:
    """Return the journal's first time, the lines to play, and the stretch left out of them.

    Of a folder, the segments that end before what leads up to the start are left out, but for
    what was listed and fetched at the very beginning, and how connections began.
    """
    from liqtui.playback import first_seen

    start, lines = first_seen(recording.raws())
    try:
        led = None if lead == "all" else round(times.span(lead) * 1e9)
    except ValueError as error:
        raise UsageError(f"--lead: {error}, or all") from error
    first = 0 if text is None or led is None else recording.at(_start(text, start) - led)
    if first < 2:
        return start, lines, None
    skipped = recording.segments[1].start, recording.segments[first].start
    lines = chain(recording.answers(), recording.openings(first), recording.raws(first))
    return start, lines, skipped


def _complain(complaint: str) -> None:
    print(f"liqtui replay: {plain(complaint)}", file=sys.stderr)


def _start(text: str | None, first: int) -> int:
    if text is None:
        return 0
    try:
        return times.moment(text, after=first)
    except ValueError as error:
        raise UsageError(f"--from, --at: {error}") from error


def _over_sockets(args: argparse.Namespace, settings: "Settings", path: str) -> int:
    from liqtui import composition, runtime
    from liqtui.playback import JournalClock
    from liqtui.sim.recorded import RecordedVenue
    from liqtui.sim.replay import JournalServer, Replayed

    journal = Replayed(Recording(path, _complain).raws())
    clock = JournalClock(SystemClock(), journal.start, args.speed)
    recorded = {
        venue.name: venue for venue in composition.chosen(settings) if venue.name in journal.venues
    }
    if not recorded:
        raise UsageError(f"{path}: no lines of a venue that is known and enabled")
    server = JournalServer(journal, {n: v.hosts for n, v in recorded.items()}, clock.until)
    with serving(server):
        hosts = {name: server.local_hosts(name) for name in recorded}
        venues = [
            RecordedVenue(venue, journal, server.original)
            for venue in composition.chosen(settings, hosts)
            if venue.name in recorded
        ]
        core = runtime.live(settings, venues, clock, Random().random, source=_SOURCE)
        return showing.show(core, settings, args, source=_SOURCE)


@contextmanager
def serving(server: "JournalServer") -> Iterator[None]:
    """Serve in a thread of its own, as an exchange is a process of its own."""
    ready, ending = threading.Event(), asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def serve() -> None:
        loops.append(asyncio.get_running_loop())
        async with server.running():
            ready.set()
            await ending.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    ready.wait()
    try:
        yield
    finally:
        loops[0].call_soon_threadsafe(ending.set)
        thread.join(2.0)
