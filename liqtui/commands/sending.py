"""Sending alerts beside a running core, to where the settings and the command line say."""

import argparse
import os
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final, Protocol

from liqtui import commands, paths
from liqtui.clock import SystemClock
from liqtui.settings import Settings, SinkSettings

if TYPE_CHECKING:
    from liqtui.delivery.outlets import Outlet
    from liqtui.model.alert import Alert
    from liqtui.model.snapshot import FeedHealth

_LIVE: Final = "live"


class Alarming(Protocol):
    """A core, as far as sending its alerts needs one."""

    alarms: "list[Callable[[Alert], None]]"
    beside: list[Callable[[], Coroutine[Any, Any, None]]]
    reports: "list[Callable[[], tuple[FeedHealth, ...]]]"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the flag that every command with a running core has."""
    parser.add_argument(
        "--on-alert", nargs=argparse.REMAINDER, metavar="CMD",
        help="the rest of the line: a program to run at each alert, JSON on its input",
    )  # fmt: skip


@contextmanager
def sending(
    core: Alarming, settings: Settings, args: argparse.Namespace, source: str
) -> Iterator[None]:
    """Send the alerts of a core for as long as this is entered; before the core is started.

    Args:
        core: its alerts are sent from its start on, its snapshots show how that goes.
        settings: with the sinks, to which go alerts of live markets only, unless asked for.
        args: of the command line, which may name a program.
        source: ``live``; alerts of anything else are marked.

    Raises:
        UsageError: a sink cannot be opened.
    """
    wanted = _wanted(settings, args, source)
    if not wanted or not settings.alerts.enabled:
        yield
        return
    from liqtui.delivery.courier import Courier

    opened = opened_outlets(wanted, args, settings.screen.zone)
    with _place(source) as directory:
        courier = Courier(opened, directory, SystemClock(), Random().random, source)
        core.alarms.append(courier.tell)
        core.reports.append(courier.health)
        core.beside.append(courier.accompany)
        try:
            yield
        finally:
            courier.stop()


@contextmanager
def _place(source: str) -> Iterator[Path]:
    """Give the directory of the queue and its lock.

    What is not live has one of its own, which ends with it: it keeps nobody from sending, and the
    next has nothing to do with it.
    """
    if source != _LIVE:
        with TemporaryDirectory(prefix="liqtui-", ignore_cleanup_errors=True) as folder:
            yield Path(folder)
        return
    try:
        directory = paths.made(paths.state_dir())
    except OSError as error:
        raise commands.UsageError(f"alerts cannot be sent: {error}") from error
    yield directory


def _wanted(
    settings: Settings, args: argparse.Namespace, source: str
) -> Mapping[str, SinkSettings]:  # fmt: skip
    from liqtui.delivery.outlets import COMMAND_LINE

    asked = source == _LIVE or getattr(args, "send_alerts", False)
    wanted = {n: one for n, one in settings.alerts.sinks.items() if asked and one.enabled}
    if args.on_alert is None:
        return wanted
    if not args.on_alert:
        raise commands.UsageError("--on-alert needs a program")
    return {**wanted, COMMAND_LINE: SinkSettings(kind="command", command=tuple(args.on_alert))}


def opened_outlets(
    sinks: Mapping[str, SinkSettings], args: argparse.Namespace, zone: str = "utc"
) -> "list[Outlet]":  # fmt: skip
    """Return sinks ready to be sent to, their secrets read.

    Args:
        sinks: by name.
        args: of the command line, which may name the file of the settings.
        zone: of quiet hours.

    Raises:
        UsageError: one cannot be, with the place of what is wrong.
    """
    from liqtui import config
    from liqtui.delivery.outlets import COMMAND_LINE, OutletError, outlets

    try:
        return list(outlets(sinks, os.environ, SystemClock(), zone))
    except OutletError as error:
        name = error.path[2]
        place = "" if name == COMMAND_LINE else config.place(commands.config_file(args), error.path)
        raise commands.UsageError(f"{place}{error}") from error
