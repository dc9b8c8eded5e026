"""``liqtui serve``: simulated exchanges on this machine, for liqtui or any other client."""

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

from liqtui.clock import Clock, SystemClock
from liqtui.commands import UsageError
from liqtui.reaper import Reaper

if TYPE_CHECKING:
    from liqtui.sim.control import Control
    from liqtui.sim.feed import Feed
    from liqtui.sim.servers import Servers
    from liqtui.sim.wire import Wire

MARKETS = (
    "calm", "busy", "squeeze", "cascade", "crash", "leverage-shift", "stop-hunt", "alt",
)  # fmt: skip
"""What can happen to the market; see `liqtui.sim.scenarios`."""
TROUBLES = ("stall", "outage", "storm", "skew", "geoblock", "rate-limit")
"""What can happen to its feeds; see `liqtui.sim.trouble`."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    add_market(parser)
    parser.add_argument("--port", type=int, default=0, help="instead of a free one, and the next")
    parser.add_argument("--unlimited", action="store_true", help="answer any number of questions")
    parser.add_argument("--json", action="store_true", help="the endpoints as one object")
    parser.add_argument("--attached", action="store_true", help="end when standard input does")
    parser.add_argument("--first", metavar="COIN", help="open when its past is there; the others'"
                        " follow, each told in a line")  # fmt: skip
    parser.add_argument("--record", metavar="DIR", type=Path,
                        help="write what is published and where positions stood")  # fmt: skip


def add_market(parser: argparse.ArgumentParser, scenario: str = MARKETS[0]) -> None:
    """Describe the flags that choose a market; ``scenario``: where none is named."""
    parser.add_argument("--scenario", choices=(*MARKETS, *TROUBLES), default=scenario,
                        metavar="NAME", help=f"the market's: {', '.join(MARKETS)}; "
                        f"or its feeds': {', '.join(TROUBLES)} (default: {scenario})")  # fmt: skip
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
    ready = asyncio.Queue[str]()
    async with _running(args, clock, ready.put_nowait) as (servers, control):
        if args.json:
            print(_object(servers, control, since, args.speed))
        else:
            print("\n".join(_lines(servers, control)))
        sys.stdout.flush()
        waits = [ending.wait(), _going_on(servers), _tell(ready)]
        if args.attached:
            waits.append(_input_ends())
        if args.scenario in TROUBLES:
            from liqtui.sim import trouble

            waits.append(trouble.make(servers, args.scenario))
        await _until_one_ends(waits)


async def _until_one_ends(waits: Iterable[Coroutine[Any, Any, object]]) -> None:
    """Run all of them until one has ended; raise what it failed with."""
    tasks = [asyncio.ensure_future(one) for one in waits]
    done, rest = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for one in rest:
        one.cancel()
    for one in done:
        one.result()


async def _tell(ready: asyncio.Queue[str]) -> None:
    """Tell of every coin whose past has come."""
    while True:
        print(json.dumps({"type": "ready", "base": await ready.get()}), flush=True)


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
    args: argparse.Namespace, clock: Clock, tell: Callable[[str], None]
) -> AsyncIterator[tuple["Servers", "Control"]]:
    from msgspec.structs import replace

    from liqtui import venues
    from liqtui.sim.control import Control
    from liqtui.sim.rules import free
    from liqtui.sim.servers import Servers
    from liqtui.sim.wires import wires

    hosts = {name: venues.load(name).hosts for name in venues.names()}
    own = [wire for wire in wires() if wire.venue in hosts]
    rules = {one.venue: replace(one.rules, charge=free) for one in own if args.unlimited}
    with _feed(args, own, clock, tell) as feed:
        servers = Servers(feed, hosts, clock, rules=rules)
        async with servers.running(args.port):
            after = args.port + 1 if args.port else 0
            async with Control(servers).running(after) as control:
                yield servers, control


@contextmanager
def _feed(
    args: argparse.Namespace, own: "Sequence[Wire]", clock: Clock, tell: Callable[[str], None]
) -> Iterator["Feed"]:
    """Let a market live until now, and yield what goes on from there."""
    from liqtui.sim import scenarios
    from liqtui.sim.past import going_on
    from liqtui.sim.record import Recorded, Recorder

    listed = [one for wire in own for one in wire.contracts]
    name = args.scenario if args.scenario in MARKETS else MARKETS[0]
    scenario = scenarios.scenario(name)
    with going_on(listed, args.seed, clock.now, scenario, args.first, tell) as feed:
        if args.record is None:
            yield feed
            return
        with Recorder(args.record, own, feed.truth, clock.now()) as recorder:
            yield Recorded(feed, recorder)


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
