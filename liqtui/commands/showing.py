"""How a running core is shown: the full screen, plain lines, or events as JSON lines."""

import argparse
import logging
import os
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from functools import partial
from threading import Thread
from typing import IO, TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from msgspec import MsgspecError, Struct, json
from msgspec.structs import replace

from liqtui import commands, log, paths, terminal
from liqtui.commands import sending
from liqtui.model import reading, wire
from liqtui.model.alert import Alert
from liqtui.model.events import Event, FeedStatus, Gap, Liquidation
from liqtui.model.market import FeedState, Side
from liqtui.model.text import narrow, plain
from liqtui.model.view import Command, Heed, TapeFilter, View
from liqtui.reaper import Reaper
from liqtui.settings import Settings

if TYPE_CHECKING:
    from liqtui.model.snapshot import FeedHealth, Snapshot

T = TypeVar("T")
_LOG = logging.getLogger("liqtui.feeds")
_QUICK = "120"
"""Times a second that Textual looks for what a key changed; it draws as often as there is news."""
_BEGUN_S = 2.0
"""Seconds that a core left in the middle of its beginning has."""
_TURN_S = 0.0005
"""Seconds the core computes on while the screen wants to: a key is several such turns."""
_WELL = {FeedState.CONNECTING, FeedState.LIVE}


class Ending(Protocol):
    """What runs in a thread of its own until it is stopped."""

    @property
    def failure(self) -> BaseException | None:
        """What ended it, if anything did."""

    def start(self) -> None:
        """Start; may take a while, and may raise."""

    def stop(self, timeout: float = 2.0) -> bool:
        """End it; return whether it ended in time."""

    def join(self, timeout: float | None = None) -> bool:
        """Wait until it has ended; return whether it has."""


class Running(Ending, Protocol):
    """A core, or what stands for one: that is still to be made, or is in another process."""

    listeners: list[Callable[[Event], None]]
    alarms: list[Callable[[Alert], None]]
    beside: list[Callable[[], Coroutine[Any, Any, None]]]
    reports: "list[Callable[[], tuple[FeedHealth, ...]]]"

    def snapshot(self) -> "Snapshot":
        """Return the newest snapshot."""

    def look(self, view: View) -> None:
        """Say what the next snapshots are to show."""

    def command(self, command: Command) -> None:
        """Ask for something."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the flags that every command with a running core has."""
    parser.add_argument("--plain", action="store_true", help="lines of text instead of a screen")
    parser.add_argument("--json", action="store_true", help="events as JSON lines on stdout")
    add_look(parser)
    parser.add_argument("--low-bandwidth", action="store_true", default=None, help="send less")
    sending.add_arguments(parser)


def add_look(parser: argparse.ArgumentParser) -> None:
    """Describe the flags that say what is seen first, and how."""
    parser.add_argument("--base", help="the coin shown first, such as ETH")
    parser.add_argument("--theme", help="a theme's name")


def flags(args: argparse.Namespace) -> dict[str, object]:
    """Return these flags as settings."""
    return {
        "watch.base": args.base,
        "screen.theme": args.theme,
        "screen.low_bandwidth": getattr(args, "low_bandwidth", None),
    }


def screenless(args: argparse.Namespace) -> bool:
    """Tell whether lines are wanted, or nothing else is possible."""
    streams = {"stdin": sys.stdin, "stdout": sys.stdout, "stderr": sys.stderr}
    return bool(args.plain or args.json or terminal.obstacle(os.environ, streams))


def as_read(settings: Settings) -> Settings:
    """Return the settings as they are."""
    return settings


def show(
    core: Running,
    settings: Settings,
    args: argparse.Namespace,
    tuned: Callable[[Settings], Settings] = as_read,
    source: str = "live",
) -> int:
    """Run ``core`` until it or the user ends; return the exit code.

    Args:
        core: not started yet.
        settings: in force.
        args: with these flags.
        tuned: makes of the settings what is shown by.
        source: of what is shown: ``live``, ``replay`` or ``simulated``.
    """
    with _logged(core, settings), sending.sending(core, settings, args, source):
        return (
            _lines(core, args, source) if screenless(args) else _screen(core, settings, args, tuned)
        )


@contextmanager
def _logged(core: Running, settings: Settings) -> Iterator[None]:
    """Write what happens to feeds to the log, where there can be one."""
    core.listeners.append(log_feeds)
    try:
        stop = log.start(settings.log, paths.state_dir())
    except OSError as error:
        print(f"liqtui: no log is written: {plain(str(error))}", file=sys.stderr)
        yield
        return
    try:
        yield
    finally:
        stop()


def log_feeds(event: Event) -> None:
    """Write what happens to feeds to the log."""
    if isinstance(event, FeedStatus):
        how = logging.INFO if event.state in _WELL else logging.WARNING
        _LOG.log(how, "%s/%s %s %s", event.venue, event.stream, event.state.value, event.reason)
    elif isinstance(event, Gap):
        lost = (event.end - event.start) / 1e9
        _LOG.warning("%s/%s gap of %.1f s: %s", event.venue, event.stream, lost, event.reason)


def _screen(
    core: Running,
    settings: Settings,
    args: argparse.Namespace,
    tuned: Callable[[Settings], Settings],
) -> int:
    colors = terminal.colors(settings.screen.color, os.environ)
    # Textual reads these when it is imported.
    os.environ["TEXTUAL_COLOR_SYSTEM"] = _TEXTUAL[colors.depth]
    os.environ["TEXTUAL_FPS"] = _QUICK
    sys.setswitchinterval(_TURN_S)
    core.look(first_view(settings))
    from liqtui.tui.app import LiqTui

    themes = (paths.shipped("themes"), paths.config_dir() / "themes")
    screen = replace(settings.screen, color=colors.depth)
    failures: list[BaseException] = []

    def begin() -> None:
        try:
            core.start()
        except BaseException as error:
            failures.append(error)
            leave()

    def leave() -> None:
        app.call_from_thread(app.exit)

    def reread() -> Settings:
        """Return the settings anew; what concerns alerts holds in the core from now on."""
        from liqtui.composition import policy

        settings = tuned(commands.reread(args, flags(args)))
        core.command(Heed(policy(settings)))
        return settings

    beginning = Thread(target=begin, daemon=True)
    app = LiqTui(
        core, screen, themes, first_view(settings), beginning.start,
        reread=reread, file=commands.config_file(args),
        whole=settings,
    )  # fmt: skip
    with Reaper(core.stop, leave, tty=sys.stderr.fileno()) as reaper:
        app.run(mouse=terminal.mouse(settings.screen.mouse, os.environ))
        core.stop()
        if beginning.ident is not None:
            beginning.join(_BEGUN_S)
    if failures:
        raise failures[0]
    return reaper.code or app.return_code or (1 if core.failure else 0)


_TEXTUAL = {"truecolor": "truecolor", "256": "256", "16": "standard", "none": "truecolor"}


def first_view(settings: Settings) -> View:
    """Return what is looked at first."""
    return View(
        base=settings.watch.base,
        column_s=settings.heatmap.column_s,
        bins_per_row=settings.heatmap.bins,
        tape=TapeFilter(least=settings.tape.least),
        burst_s=settings.tape.burst_s,
    )


def _lines(core: Running, args: argparse.Namespace, source: str) -> int:
    out = sys.stdout.buffer
    core.listeners.append(Printer(out, wire.line if args.json else plain_line).take)
    told = wire.alert_line if args.json else partial(plain_alert, source=source)
    core.alarms.append(Printer(out, told).take)
    return until_ended(core)


def until_ended(core: Ending) -> int:
    """Run what prints until it or the user ends it; return the exit code."""
    core.start()
    try:
        with Reaper(core.stop, tty=None) as reaper:
            while not core.join(0.1):
                pass
    except KeyboardInterrupt:
        core.stop()
        return 130
    if isinstance(core.failure, BrokenPipeError):
        raise core.failure
    if core.failure is not None:
        print(f"liqtui: {plain(str(core.failure))}", file=sys.stderr)
        return 1
    return reaper.code


class Printer(Generic[T]):
    """Writes a line an event or alert, in the core thread, flushed with each: readers want it now.

    Args:
        out: where to.
        line: what to write of an event, None for nothing.
    """

    def __init__(self, out: IO[bytes], line: Callable[[T], bytes | None]) -> None:
        self._out = out
        self._line = line

    def take(self, event: T) -> None:
        """Write one event."""
        line = self._line(event)
        if line is not None:
            self._out.write(line + b"\n")
            self._out.flush()


def plain_line(event: Event) -> bytes | None:
    """Return a line for a person: liquidations, and what happens to feeds."""
    if isinstance(event, Liquidation):
        return _liquidation(event).encode()
    if isinstance(event, FeedStatus):
        reason = f": {plain(event.reason)}" if event.reason else ""
        return (
            f"{_time(event.at)} {event.venue}/{event.stream} {event.state.value}{reason}".encode()
        )
    if isinstance(event, Gap):
        lost = (event.end - event.start) / 1e9
        return f"{_time(event.at)} {event.venue}/{event.stream} gap of {lost:.1f} s".encode()
    return None


def plain_alert(alert: Alert, source: str = "live") -> bytes:
    """Return an alert as a line for a person; it says if it is not of a live market."""
    mark = "" if source == "live" else f"{source.upper()} "
    return f"{_time(alert.at)} {mark}ALERT {plain(alert.line, 400)}".encode()


class PlainWire:
    """Turns lines of the wire into lines for a person."""

    def __init__(self) -> None:
        self._reader = reading.Reader()

    def line(self, line: bytes) -> bytes | None:
        """Return the line, None for nothing."""
        try:
            event = self._reader.read(line)
        except reading.BadLineError:
            return None
        if event is not None:
            return plain_line(event)
        try:
            said = json.decode(line, type=_Alert | _Dropped)
        except MsgspecError:
            return None
        if isinstance(said, _Dropped):
            return f"({said.lines} events were dropped: this end reads too slowly)".encode()
        text = f"{said.base}: {said.text}" if said.base else said.text
        return f"{_time(said.ts * 1_000_000)} ALERT {plain(text, 400)}".encode()


class _Alert(Struct, tag="alert"):
    ts: int
    text: str
    base: str = ""


class _Dropped(Struct, tag="dropped"):
    lines: int


def _liquidation(event: Liquidation) -> str:
    instrument = event.instrument
    usd = "size unknown" if event.notional is None else f"${event.notional:,.0f}"
    side = "LONG" if event.side is Side.LONG else "SHORT"
    symbol = narrow(instrument.symbol)
    return (
        f"{_time(event.at)} {instrument.venue:<8} {symbol:<16} {side:<5} {event.price:<12.8g} {usd}"
    )


def _time(at: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(at / 1e9, UTC).strftime("%H:%M:%S")
