"""``liqtui doctor``: what stands in the way, from the terminal to the venues."""

import argparse
import asyncio
import os
import platform
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from liqtui import __version__, commands, paths, terminal, venues
from liqtui.clock import SystemClock
from liqtui.model.text import plain
from liqtui.protocol.venue import Venue
from liqtui.settings import AlertSettings, ArchiveSettings, ScreenSettings, Settings, VenueSettings

if TYPE_CHECKING:
    from liqtui.delivery.outbox import Standing

_LIBRARIES: Final = (
    "textual",
    "websockets",
    "aiohttp",
    "numpy",
    "msgspec",
    "platformdirs",
    "tomli-w",
)
_SMALLEST: Final = (40, 12)
_SKEW_LIMIT_S: Final = 2.0


class Finding(NamedTuple):
    """One line of the diagnosis."""

    weight: Literal["ok", "warn", "FAIL"]
    """``FAIL``: liqtui cannot do its main job."""
    subject: str
    told: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument("--offline", action="store_true", help="leave the network out")
    parser.add_argument(
        "--timeout",
        type=_seconds,
        default=5.0,
        metavar="S",
        help="how long each host may take: 0.1 to 60 seconds (5)",
    )


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.1 <= value <= 60:
        raise argparse.ArgumentTypeError(f"must be 0.1 to 60 seconds, not {text!r}")
    return value


def run(args: argparse.Namespace) -> int:
    """Print the diagnosis; return 1 if anything stops the main job."""
    failed = False
    for finding in _findings(args):
        failed |= finding.weight == "FAIL"
        print(f"{finding.weight:<5} {finding.subject}: {finding.told}", flush=True)
    return 1 if failed else 0


def _findings(args: argparse.Namespace) -> Iterator[Finding]:
    settings, complaints = _settings(args)
    yield from program()
    yield from screen(settings.screen, os.environ)
    yield from directories()
    yield from complaints
    yield collector(paths.collector_socket())
    yield from archive(settings.archive, paths.data_dir())
    yield from sinks(settings.alerts, paths.state_dir(), os.environ)
    if not args.offline:
        yield from network(settings, args.timeout)


def _settings(args: argparse.Namespace) -> tuple[Settings, list[Finding]]:
    """Return the settings, or the defaults and what is wrong with the user's."""
    try:
        settings = commands.settings(args)
    except commands.UsageError as error:
        wrong = [Finding("FAIL", "settings", line) for line in str(error).splitlines()]
        return Settings(), wrong
    file = commands.config_file(args)
    return settings, [
        Finding("ok", "settings", str(file or f"defaults; no file at {paths.config_file()}"))
    ]


def program() -> Iterator[Finding]:
    """Check interpreter and libraries."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    yield Finding("ok", "liqtui", f"{__version__} on {python}, {platform.platform()}")
    found, missing = [], []
    for name in _LIBRARIES:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            missing.append(name)
    yield Finding("ok", "libraries", ", ".join(found))
    if missing:
        yield Finding("FAIL", "libraries", f"not installed: {', '.join(missing)}")


def screen(chosen: ScreenSettings, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Check what the terminal can show."""
    streams = {"stdin": sys.stdin, "stdout": sys.stdout, "stderr": sys.stderr}
    if reason := terminal.obstacle(environ, streams):
        yield Finding("warn", "terminal", f"no full screen, lines instead: {reason}")
    else:
        yield _size(environ)
    colors = terminal.colors(chosen.color, environ)
    colorterm = environ.get("COLORTERM", "not set")
    yield Finding("ok", "colours", f"{colors.depth}: {colors.reason} (COLORTERM {colorterm})")
    if chosen.ascii or terminal.locale_is_utf8(environ):
        yield Finding("ok", "characters", "ASCII" if chosen.ascii else "UTF-8")
    else:
        yield Finding(
            "warn", "characters", "the locale is not UTF-8: --ascii if blocks are garbled"
        )


def _size(environ: Mapping[str, str]) -> Finding:
    size = shutil.get_terminal_size()
    through = " through ".join(["", *terminal.surroundings(environ)])
    told = f"{environ['TERM']}, {size.columns}x{size.lines}{through}"
    if size.columns < _SMALLEST[0] or size.lines < _SMALLEST[1]:
        return Finding("warn", "terminal", f"{told}: needs {_SMALLEST[0]}x{_SMALLEST[1]}")
    return Finding("ok", "terminal", told)


def directories() -> Iterator[Finding]:
    """Check that what is kept can be written."""
    for use, directory in (
        ("data", paths.data_dir()),
        ("state", paths.state_dir()),
        ("runtime", paths.runtime_dir()),
    ):
        reason = _unwritable(directory)
        told = f"{directory} cannot be written: {reason}" if reason else str(directory)
        yield Finding("FAIL" if reason else "ok", f"{use} directory", told)


def _unwritable(directory: Path) -> str:
    try:
        existing = next(path for path in (directory, *directory.parents) if path.exists())
    except OSError as error:
        return str(error.strerror)
    if not existing.is_dir():
        return f"{existing} is no directory"
    return "" if os.access(existing, os.W_OK | os.X_OK) else f"no right to write in {existing}"


def collector(path: Path) -> Finding:
    """Say whether a collector runs, and for whom."""
    from liqtui.feeds.hello import BusError, for_screens

    try:
        found = for_screens(path)
    except BusError as error:
        return Finding("warn", "collector", str(error))
    if found is None:
        return Finding("ok", "collector", "none runs: `liqtui collect` would be one")
    since = datetime.fromtimestamp(found.since / 1000, UTC)
    told = (
        f"pid {found.pid}, since {since:%Y-%m-%d %H:%M} UTC, viewers {found.viewers},"
        f" readers of events {found.readers}, at {path}"
    )
    return Finding("ok", "collector", told)


def archive(chosen: ArchiveSettings, directory: Path) -> Iterator[Finding]:
    """Tell what was kept, and what stands in the way of keeping more."""
    import sqlite3

    from liqtui.archive import schema
    from liqtui.archive.summary import summary

    path = directory / schema.FILE_NAME
    if not chosen.enabled:
        yield Finding("ok", "archive", "off: [archive] enabled is false")
    elif not path.exists():
        yield Finding("ok", "archive", f"{path} will be made by `liqtui watch`")
    else:
        try:
            yield Finding("ok", "archive", f"{path}, {summary(directory).line}")
        except (schema.ArchiveError, sqlite3.Error) as error:
            yield Finding("warn", "archive", f"{error}; what is heard is not kept there")
    for aside in sorted(directory.glob(f"{path.name}.damaged-*[0-9]")):
        yield Finding("warn", "archive", f"{aside} was damaged and set aside; delete it when read")


def sinks(chosen: AlertSettings, directory: Path, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Tell whether each sink of alerts can be opened, and how it is doing; nothing is sent."""
    from liqtui.delivery.outbox import Standing
    from liqtui.delivery.outlets import OutletError, outlets

    standings = _standings(directory, chosen.sinks)
    for name, sink in chosen.sinks.items():
        try:
            list(outlets({name: sink}, environ, SystemClock()))
        except OutletError as error:
            yield Finding("FAIL", f"sink {name}", str(error))
            continue
        if standings is None:
            yield Finding("warn", f"sink {name}", f"{sink.kind}; its queue cannot be read")
            continue
        own = standings.get(name, Standing())
        told = f"{sink.kind}, {own.sent} sent, {own.waiting} waiting, {own.dead} dead"
        if own.failures:
            told += f"; the last {own.failures} tries: {plain(own.told)}"
        off = "" if sink.enabled else "off; "
        yield Finding("warn" if own.failures or own.dead else "ok", f"sink {name}", off + told)


def _standings(directory: Path, names: Iterable[str]) -> "Mapping[str, Standing] | None":
    """Read the queue, where there is one; None where it cannot be read."""
    import sqlite3

    from liqtui.delivery import outbox

    if not (directory / outbox.FILE_NAME).exists():
        return {}
    try:
        with outbox.Outbox(directory) as box:
            return {name: box.standing(name) for name in names}
    except (OSError, sqlite3.Error):  # `liqtui alerts list` says why
        return None


def network(settings: Settings, timeout_s: float) -> Iterator[Finding]:
    """Ask every host of every wanted venue once, all at the same time."""
    from liqtui.feeds.probe import probe

    asked = [target for venue in wanted(settings) for target in targets(venue)]
    answers = asyncio.run(probe([url for _, url in asked], SystemClock(), timeout_s))
    for (subject, url), answer in zip(asked, answers, strict=True):
        told = f"{answer.told}, {plain(url)}" if answer.reached else f"{plain(url)}: {answer.told}"
        yield Finding("ok" if answer.reached else "warn", subject, told)
    yield from _clock([answer.skew_s for answer in answers if answer.skew_s is not None])
    if not any(answer.reached for answer in answers):
        yield Finding("FAIL", "network", "no venue can be reached")


def wanted(settings: Settings) -> Iterator[Venue]:
    """Return the venues that the settings leave in, with their base URLs replaced."""
    for name in settings.watch.venues or venues.names():
        choice = settings.venues.get(name, VenueSettings())
        if choice.enabled:
            venue = venues.load(name)
            yield venue.at(choice.hosts, choice.markets or venue.markets)


def targets(venue: Venue) -> Iterator[tuple[str, str]]:
    """Return what to ask of a venue: ``(subject, url)`` for each of its hosts.

    A REST host is asked for what liqtui asks it first: some block only that.
    """
    first = [request.full_url for request in venue.bootstrap()]
    for role, base in venue.hosts.items():
        url = next((url for url in first if url.startswith(base)), base)
        yield f"{venue.name} {role}", url


def _clock(skews: Sequence[float]) -> Iterable[Finding]:
    if not skews:
        return
    skew = sorted(skews)[len(skews) // 2]
    if abs(skew) > _SKEW_LIMIT_S:
        side = "behind" if skew > 0 else "ahead of"
        told = f"this machine is {abs(skew):.0f} s {side} the venues: synchronise it (NTP)"
        yield Finding("warn", "clock", told)
    else:
        yield Finding("ok", "clock", "within two seconds of the venues'")
