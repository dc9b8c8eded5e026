"""``liqtui alerts``: whether alerts get where they are sent."""

import argparse
import asyncio
import sqlite3
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from liqtui import commands, paths
from liqtui.clock import SystemClock
from liqtui.commands.sending import opened_outlets
from liqtui.model.text import hint, plain
from liqtui.settings import SinkSettings

if TYPE_CHECKING:
    from liqtui.delivery.outbox import Outbox
    from liqtui.delivery.outlets import Outlet
    from liqtui.delivery.sink import Outcome

_NEWEST: Final = 20
_TITLES: Final = (
    "SINK",
    "KIND",
    "WAITING",
    "SENT",
    "DEAD",
    "DROPPED",
    "LAST SUCCESS",
    "LAST ERROR",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument(
        "action",
        choices=("test", "list", "retry"),
        help="test: send one that says it is a test, now and once; list: how each sink is doing, "
        "and the newest alerts; retry: send what was given up again",
    )
    parser.add_argument("sink", nargs="?", metavar="SINK", help="only this one of the settings")


def run(args: argparse.Namespace) -> int:
    """Do one of the three; return the exit code."""
    try:
        return {"test": _test, "list": _list, "retry": _retry}[args.action](args)
    except sqlite3.Error as error:
        raise commands.UsageError(f"the queue cannot be read: {plain(str(error))}") from error


def _sinks(args: argparse.Namespace) -> Mapping[str, SinkSettings]:
    sinks = commands.settings(args).alerts.sinks
    if args.sink is None:
        return sinks
    if args.sink not in sinks:
        raise commands.UsageError(
            f"no sink {plain(args.sink)!r} in the settings{hint(args.sink, sinks)}"
        )
    return {args.sink: sinks[args.sink]}


def _test(args: argparse.Namespace) -> int:
    chosen = _sinks(args)
    sinks = {name: one for name, one in chosen.items() if one.enabled}
    if args.sink:  # even if it is off: that is how one is tried first
        sinks = {args.sink: replace(chosen[args.sink], enabled=True)}
    if not sinks:
        raise commands.UsageError("no sink: `liqtui config default` shows how [alerts.sinks] is")
    failed = False
    from liqtui.delivery.sink import Verdict

    for outlet in opened_outlets(sinks, args):
        outcome = asyncio.run(_tried(outlet))
        failed |= outcome.verdict is not Verdict.SENT
        print(f"{outlet.name}: {outcome.verdict.value}: {outcome.told}", flush=True)
    return 1 if failed else 0


async def _tried(outlet: "Outlet") -> "Outcome":
    from liqtui.delivery.letter import trial

    return await outlet.open().send(trial(SystemClock().now()))


def _list(args: argparse.Namespace) -> int:
    sinks, box = _sinks(args), _outbox()
    if box is None:
        print(f"nothing was ever sent; {len(sinks)} sinks are set")
        return 0
    zone = commands.settings(args).screen.zone
    with box:
        names = [args.sink] if args.sink else list(dict.fromkeys((*sinks, *box.sinks())))
        for row in _aligned([_TITLES, *(_row(name, sinks.get(name), box, zone) for name in names)]):
            print(row)
        for line in _newest(box, args.sink):
            print(line)
    return 0


def _outbox() -> "Outbox | None":
    from liqtui.delivery.outbox import FILE_NAME, Outbox

    directory = paths.state_dir()
    if not (directory / FILE_NAME).exists():
        return None
    try:
        return Outbox(directory)
    except OSError as error:
        raise commands.UsageError(f"{directory / FILE_NAME}: {error.strerror}") from error


def _row(name: str, sink: SinkSettings | None, box: "Outbox", zone: str) -> tuple[str, ...]:
    own, state = box.standing(name), _state(sink, zone) if sink else "—"
    counts = (own.waiting, own.sent, own.dead, own.dropped)
    success = "—" if own.succeeded is None else _moment(own.succeeded)
    error = "—" if own.failed is None else f"{_moment(own.failed)} {plain(own.told)}"
    return (name, state, *map(str, counts), success, error)


def _state(sink: SinkSettings, zone: str) -> str:
    from liqtui.delivery.hours import Hours

    hours = Hours(sink.quiet, zone)
    if not sink.enabled:
        return f"{sink.kind} (off)"
    quiet = hours.quiet(SystemClock().now())
    return f"{sink.kind} (quiet until {hours.end})" if quiet else sink.kind


def _newest(box: "Outbox", sink: str | None) -> Iterator[str]:
    from liqtui.delivery.letter import message

    for ended in box.newest(_NEWEST):
        if sink in {None, ended.sink}:
            words = message(ended.letter, SystemClock().now())
            why = f" ({plain(ended.told)})" if ended.told and ended.state != "sent" else ""
            yield f"{ended.state:<7} {ended.sink}: {plain(words.text, 500)}{why}"


def _retry(args: argparse.Namespace) -> int:
    sinks, box = _sinks(args), _outbox()
    if box is None:
        print("nothing was ever sent")
        return 0
    with box:
        for name in sinks:
            count = box.revive(name, SystemClock().now())
            print(f"{name}: {count} alerts wait again, for a liqtui that runs")
    return 0


def _aligned(rows: list[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip()


def _moment(ns: int) -> str:
    return f"{datetime.fromtimestamp(ns / 1e9, UTC):%Y-%m-%d %H:%M:%S}"
