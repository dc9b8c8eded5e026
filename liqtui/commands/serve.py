"""``liqtui serve``: simulated exchanges on this machine, for liqtui or any other client."""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from math import inf
from typing import TYPE_CHECKING

from liqtui.clock import Clock, SystemClock
from liqtui.commands import UsageError
from liqtui.reaper import Reaper

if TYPE_CHECKING:
    from liqtui.sim.control import Control
    from liqtui.sim.servers import Servers

_QUIET = "calm"
_TROUBLES = ("stall", "outage", "storm", "skew", "geoblock", "rate-limit")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    add_market(parser)
    parser.add_argument("--port", type=int, default=0, help="instead of a free one, and the next")
    parser.add_argument("--unlimited", action="store_true", help="answer any number of questions")
    parser.add_argument("--json", action="store_true", help="the endpoints as one object")
    parser.add_argument("--attached", action="store_true", help="end when standard input does")


def add_market(parser: argparse.ArgumentParser) -> None:
    """Describe the flags that choose a market."""
    parser.add_argument("--scenario", choices=(_QUIET, *_TROUBLES), default=_QUIET,
                        help="what goes wrong")  # fmt: skip
    parser.add_argument("--seed", type=number, default=1, help="another market for each number")
    parser.add_argument("--speed", type=factor, default=1.0, help="above 1, its clock runs ahead")


def number(text: str) -> int:
    """Read a seed."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError("it is a whole number")
    return int(text)


def factor(text: str) -> float:
    """Read a speed."""
    speed = float(text)
    if not 0 < speed < inf:
        raise argparse.ArgumentTypeError("it is a factor above 0")
    return speed


def run(args: argparse.Namespace) -> int:
    """Serve until interrupted; return the exit code."""
    if not 0 <= args.port < 65_535:
        raise UsageError("--port is a number from 0 to 65534")
    loop, ending = asyncio.new_event_loop(), asyncio.Event()

    def end() -> None:
        loop.call_soon_threadsafe(ending.set)

    with Reaper(end) as reaper, asyncio.Runner(loop_factory=lambda: loop) as runner:
        try:
            runner.run(_serve(args, ending))
        except OSError as error:
            raise UsageError(f"cannot serve: {error.strerror or error}") from error
    return reaper.code


async def _serve(args: argparse.Namespace, ending: asyncio.Event) -> None:
    from liqtui.playback import JournalClock

    real = SystemClock()
    since = real.now()
    clock = JournalClock(real, since, args.speed)
    async with _running(args, clock) as (servers, control):
        if args.json:
            print(_object(servers, control, since, args.speed))
        else:
            print("\n".join(_lines(servers, control)))
        sys.stdout.flush()
        waits = [asyncio.ensure_future(ending.wait()), asyncio.ensure_future(_going_on(servers))]
        if args.attached:
            waits.append(asyncio.ensure_future(_input_ends()))
        if args.scenario != _QUIET:
            from liqtui.sim import trouble

            waits.append(asyncio.ensure_future(trouble.make(servers, args.scenario)))
        done, rest = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for one in rest:
            one.cancel()
        for one in done:
            one.result()


async def _going_on(servers: "Servers") -> None:
    """Wait for ever, or for the market's failure."""
    await servers.ended()
    await asyncio.Event().wait()


async def _input_ends() -> None:
    """Wait until whoever started this is gone: his end of the pipe closes with him."""
    loop, reader = asyncio.get_running_loop(), asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.read(4096):
        pass


@asynccontextmanager
async def _running(
    args: argparse.Namespace, clock: Clock
) -> AsyncIterator[tuple["Servers", "Control"]]:
    from msgspec.structs import replace

    from liqtui import venues
    from liqtui.sim.control import Control
    from liqtui.sim.rules import free
    from liqtui.sim.scripted import Scripted
    from liqtui.sim.servers import Servers
    from liqtui.sim.wires import wires

    hosts = {name: venues.load(name).hosts for name in venues.names()}
    own = [wire for wire in wires() if wire.venue in hosts]
    feed = Scripted([one for wire in own for one in wire.contracts], clock.now(), args.seed)
    rules = {one.venue: replace(one.rules, charge=free) for one in own if args.unlimited}
    servers = Servers(feed, hosts, clock, rules=rules)
    async with servers.running(args.port):
        after = args.port + 1 if args.port else 0
        async with Control(servers).running(after) as control:
            yield servers, control


def _object(servers: "Servers", control: "Control", since: int, speed: float) -> str:
    """Say the same to a machine: what it was at ``since`` (UTC ns), ``speed`` times as fast."""
    import msgspec

    hosts = {name: servers.local_hosts(name) for name in servers.exchanges}
    clock = {"since": since, "speed": speed}
    told = {"type": "hosts", "control": control.port, **clock, "venues": hosts}
    return msgspec.json.encode(told).decode()


def _lines(servers: "Servers", control: "Control") -> Iterator[str]:
    """Say where everything is, and how liqtui finds it."""
    yield f"control  127.0.0.1:{control.port}  (a line such as `counts` or `fault okx stall`)"
    for name in servers.exchanges:
        yield ""
        for role, url in servers.local_hosts(name).items():
            yield f"{name:<8} {role:<10} {url}"
    yield "\n# liqtui's settings, or any client's base URLs:"
    for name in servers.exchanges:
        yield f"[venues.{name}.hosts]"
        yield from (f'{role} = "{url}"' for role, url in servers.local_hosts(name).items())
    yield "\n# the same for liqtui in the environment of a shell:"
    for name in servers.exchanges:
        pairs = ",".join(f"{role}={url}" for role, url in servers.local_hosts(name).items())
        yield f"export LIQTUI_VENUES_{name.upper()}_HOSTS='{pairs}'"
