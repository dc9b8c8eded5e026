"""``liqtui collect``: feeds, estimate and alerts without a terminal, for any number of screens."""

import argparse
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final

from liqtui import commands, log, paths, systemd
from liqtui.clock import SystemClock
from liqtui.commands import UsageError, sending, showing, watch
from liqtui.reaper import Reaper

if TYPE_CHECKING:
    from liqtui.core import Core
    from liqtui.model.alert import Alert
    from liqtui.settings import Settings

_LOG: Final = logging.getLogger("liqtui.collector")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument("--log-format", choices=("text", "json"), default="text",
                        help="of the log on standard error (text)")  # fmt: skip
    parser.add_argument("--metrics", metavar="HOST:PORT", help="where Prometheus finds them")
    sending.add_arguments(parser)
    parser.add_argument("--venue", action="append", metavar="NAME", help="only this venue (again)")


def run(args: argparse.Namespace) -> int:
    """Collect until told to end; return the exit code."""
    from liqtui.feeds.hello import BusError
    from liqtui.metrics import MetricsError

    only = tuple(args.venue) if args.venue else None
    settings = commands.settings(args, {"watch.venues": only, "collect.metrics": args.metrics})
    stop = log.to(sys.stderr, settings.log, args.log_format)
    try:
        with _core(settings, args) as core:
            return _until_ended(core)
    except (BusError, MetricsError) as error:
        raise UsageError(str(error)) from error
    finally:
        stop()


@contextmanager
def _core(settings: "Settings", args: argparse.Namespace) -> "Iterator[Core]":
    """Give a core that serves the socket and, where they are wanted, metrics."""
    from liqtui import metrics
    from liqtui.collector import Collector
    from liqtui.feeds.bus import bound

    path = paths.collector_socket()
    try:
        paths.made(path.parent)
    except OSError as error:
        raise UsageError(f"no place for the socket: {error}") from error
    with ExitStack() as stack:
        listening = stack.enter_context(bound(path))
        core = watch.own(settings)
        collector = Collector(core, listening, SystemClock().now(), os.environ)
        core.listeners.append(showing.log_feeds)
        core.alarms.append(_log_alert)
        stack.enter_context(sending.sending(core, settings, args, "live"))
        told, wanted = f"collecting: pid {os.getpid()}, socket {path}", settings.collect
        if wanted.metrics:
            port = stack.enter_context(
                metrics.serving(wanted.metrics, collector.measured, expose=wanted.expose)
            )
            told += f", metrics on port {port}"
        _LOG.info(told)
        yield core


def _log_alert(alert: "Alert") -> None:
    _LOG.warning("alert: %s", alert.line)


def _until_ended(core: "Core") -> int:
    def end() -> None:
        systemd.notify("STOPPING=1", os.environ)
        core.stop()

    try:
        with Reaper(end) as reaper:
            core.start()
            core.join()
    except KeyboardInterrupt:
        end()
        return 130
    if core.failure is not None:
        _LOG.error("the core ended", exc_info=core.failure)
        return 1
    return reaper.code
