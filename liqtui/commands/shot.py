"""``liqtui shot``: a picture of the screen, without a terminal."""

import argparse
import asyncio
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from liqtui import commands, paths
from liqtui.clock import SystemClock
from liqtui.commands import UsageError, demo, replay, serve, showing
from liqtui.model.snapshot import Snapshot
from liqtui.model.text import plain
from liqtui.store.journal import JournalError

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from liqtui.core import Core
    from liqtui.settings import Settings
    from liqtui.tui.app import LiqTui

_SIZE: Final = re.compile(r"(\d{2,3})x(\d{2,3})")
_STEP_S: Final = 0.1
_PATIENCE: Final = 50
"""Steps to wait for a snapshot at most."""
_FADED: Final = 40
"""Ticks after which nothing is left of the notices of the start."""
_DEPTHS: Final[Mapping[str, str]] = {"256": "256", "16": "16", "none": "none"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument("journal", nargs="?", help="raw lines (.gz too); without: a sample")
    parser.add_argument("-o", "--output", default="liqtui.svg", help="a file .svg or .png")
    parser.add_argument("--size", default="160x45", metavar="COLUMNSxROWS")
    parser.add_argument("--at", metavar="T", help="stop there: +10m, ISO time or UTC ms")
    parser.add_argument(
        "--demo", type=float, metavar="SECONDS", help="run the simulated market first"
    )
    parser.add_argument("--keys", default="", help="pressed first, such as c,3,z")
    serve.add_market(parser)
    showing.add_look(parser)


def run(args: argparse.Namespace) -> int:
    """Draw it and write it; return the exit code."""
    size = _SIZE.fullmatch(args.size)
    if size is None:
        raise UsageError("--size is columns and rows, such as 160x45")
    settings = commands.settings(args, showing.flags(args))
    path = Path(args.output)
    if path.suffix not in (".svg", ".png"):
        raise UsageError("--output is a file .svg or .png")
    os.environ["TEXTUAL_COLOR_SYSTEM"] = "truecolor"
    with ExitStack() as stack:
        core, ready = _source(args, settings, stack)
        text = asyncio.run(_drawn(core, ready, settings, args, (int(size[1]), int(size[2]))))
    path.write_bytes(_png(text) if path.suffix == ".png" else text.encode())
    print(path)
    return 0


def _source(
    args: argparse.Namespace, settings: "Settings", stack: ExitStack
) -> tuple["Core", Callable[[], bool]]:
    """Return a core, and what tells that it has all that is to be shown."""
    if args.demo is not None:
        core = stack.enter_context(demo.simulated(args, settings))
        due = SystemClock().monotonic() + args.demo
        return core, lambda: SystemClock().monotonic() >= due
    args.speed, args.start, args.lead = 0.0, None, "all"
    path = args.journal or str(paths.shipped(replay.SAMPLE))
    try:
        core, player = replay.in_process(args, settings, path, linger=True, end=args.at)
    except JournalError as error:
        raise UsageError(str(error)) from error
    return core, lambda: player.ended


async def _drawn(
    core: "Core",
    ready: Callable[[], bool],
    settings: "Settings",
    args: argparse.Namespace,
    size: tuple[int, int],
) -> str:
    """Return the screen as SVG, once it is ready and the keys were pressed."""
    from liqtui.tui import picture
    from liqtui.tui.app import LiqTui

    themes = (paths.shipped("themes"), paths.config_dir() / "themes")
    screen = replace(settings.screen, color=_DEPTHS.get(settings.screen.color, "truecolor"))
    app = LiqTui(core, screen, themes, showing.first_view(settings))
    found: list[str] = []

    async def look(pilot: "Pilot[object]") -> None:
        core.start()
        with telling() as tell:
            while not ready() and core.failure is None:
                tell(core.snapshot())
                await pilot.pause(_STEP_S)
        await _settled(app, core, pilot)
        for _ in range(_FADED):
            app.dashboard.tick(core.snapshot())
        for key in args.keys.split(",") if args.keys else ():
            await pilot.press(key)
            await _settled(app, core, pilot)
        found.append(picture.svg(app))
        app.exit()

    try:
        await app.run_async(headless=True, size=size, auto_pilot=look)
    finally:
        core.stop()
    if core.failure is not None:
        raise core.failure
    return found[0]


@contextmanager
def telling() -> Iterator[Callable[[Snapshot], None]]:
    """Yield what says on a terminal how far it is, on a line that is wiped at the end."""
    shown = sys.stderr.isatty()

    def tell(snapshot: Snapshot) -> None:
        steps = [f"{plain(step.label)} {step.done:.0%}" for step in snapshot.progress]
        if shown:
            told = ", ".join(steps) or f"{snapshot.events:,} events"
            print(f"\r\x1b[K{told}", end="", file=sys.stderr, flush=True)

    try:
        yield tell
    finally:
        if shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


async def _settled(app: "LiqTui", core: "Core", pilot: "Pilot[object]") -> None:
    """Wait for a snapshot of what the screen asks for, and for it to be drawn."""
    for _ in range(_PATIENCE):
        await pilot.pause(_STEP_S)
        if core.failure is not None or core.snapshot().view == app.dashboard.view:
            break
    app.dashboard.tick(core.snapshot())
    app.dashboard.draw(everything=True)
    await pilot.pause(_STEP_S)


def _png(svg: str) -> bytes:
    try:
        import cairosvg
    except ImportError as error:
        raise UsageError("a .png needs the extra: pip install 'liqtui[png]'") from error
    drawn: bytes = cairosvg.svg2png(bytestring=svg.encode())
    return drawn
