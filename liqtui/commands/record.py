"""``liqtui record``: all that goes over the connections, into a journal; no screen, no estimate."""

import argparse
import asyncio
import sys
from datetime import timedelta
from math import inf
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Final

from liqtui import commands, paths, times
from liqtui.clock import SystemClock
from liqtui.commands import UsageError, showing
from liqtui.commands.progress import Progress
from liqtui.model.events import FeedStatus, Gap
from liqtui.model.market import FeedState
from liqtui.reaper import Reaper

if TYPE_CHECKING:
    from liqtui.model.events import Event
    from liqtui.model.snapshot import Recorded
    from liqtui.settings import Settings

_LOOK_S: Final = 0.25
_ENDING_S: Final = 1.0
"""Seconds for what waits to be written."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument("folder", nargs="?", metavar="DIR",
                        help="a folder of its own; without: a new one with your data")  # fmt: skip
    parser.add_argument("--for", dest="lasting", type=times.argument, metavar="SPAN",
                        help="end after 90s, 10m, 1h30m or 2d")  # fmt: skip
    parser.add_argument("--venue", action="append", metavar="NAME", help="only this venue (again)")
    parser.add_argument("--format", choices=("gzip", "zstd"), default="gzip",
                        help="how it is compressed (default: gzip)")  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Record until the time is over or somebody ends it; return the exit code."""
    from liqtui.feeds.selector import rested_loop

    only = tuple(args.venue) if args.venue else None
    settings = commands.settings(args, {"watch.venues": only})
    _check_format(args.format)
    folder = _folder(args.folder, SystemClock().now())
    ending = asyncio.Event()
    with asyncio.Runner(loop_factory=rested_loop) as runner:
        loop = runner.get_loop()
        with Reaper(lambda: loop.call_soon_threadsafe(ending.set)) as reaper:
            whole = runner.run(_record(args, settings, folder, ending))
    return reaper.code or (0 if whole else 1)


def _check_format(how: str) -> None:
    from liqtui.store import packing

    if how == "zstd":
        try:
            packing.zstd()
        except packing.NoZstdError as error:
            raise UsageError(str(error)) from error


def _folder(named: str | None, now: int) -> Path:
    """Return where to record into: never where a journal is already."""
    from liqtui.store import segments

    if named is None:
        return segments.fresh(paths.data_dir(), now)
    folder = Path(named)
    try:
        taken = folder.exists() and (not folder.is_dir() or segments.segments(folder))
    except OSError as error:
        raise UsageError(f"{folder}: {error.strerror}") from error
    if taken:
        raise UsageError(f"{folder}: a file or a journal is there already; name a new folder")
    return folder


async def _record(
    args: argparse.Namespace, settings: "Settings", folder: Path, ending: asyncio.Event
) -> bool:
    """Record until told to end; return whether nothing else ended it."""
    from liqtui import composition
    from liqtui.recording import Recording
    from liqtui.store.recorder import Recorder

    venues, clock = composition.chosen(settings), SystemClock()
    if not venues:
        raise UsageError("no venue is enabled: see `liqtui config show`")
    said = Progress(sys.stderr, clock, lines=True)
    recorder = Recorder(folder, clock.now(), said.say, args.format)

    def tell(event: "Event") -> None:
        if line := _trouble(event):
            said.say(line)

    watched, draw = settings.watch.bases, Random().random
    feeds = Recording(venues, watched, clock, draw, recorder.take, tell)
    said.say(f"recording {len(venues)} venues into {folder}")
    until = clock.monotonic() + args.lasting if args.lasting else inf
    running = asyncio.ensure_future(feeds.run())
    try:
        while not (ending.is_set() or running.done() or recorder.told().over):
            if clock.monotonic() >= until:
                break
            said.show(f"{_so_far(recorder.told(), clock.now())}, {feeds.told()}")
            await asyncio.wait([running], timeout=_LOOK_S)
        whole = not recorder.told().over
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        recorder.stop(_ENDING_S)
        said.say(f"recorded {_so_far(recorder.told(), clock.now())} into {folder}")
    if not running.cancelled():
        running.result()
    return whole


def _trouble(event: "Event") -> str:
    """Return what is to be said of a feed that is lost or may have lost something."""
    well = isinstance(event, FeedStatus) and event.state in (FeedState.CONNECTING, FeedState.LIVE)
    line = None if well or not isinstance(event, FeedStatus | Gap) else showing.plain_line(event)
    return line.decode() if line else ""


def _so_far(state: "Recorded", now: int) -> str:
    lost = f", {state.dropped:,} lost" if state.dropped else ""
    lasted = timedelta(seconds=(now - state.since) // 1_000_000_000)
    return f"{lasted}, {state.size / 1e6:,.1f} MB, {state.lines:,} lines{lost}"
