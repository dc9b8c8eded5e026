"""From a socket to the engine, beside a bare loop over the same sockets.

The sample's connections are opened to a local server and get their frames in the recorded order:
as fast as they go, then at the pace of a busy market.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from functools import partial
from multiprocessing.connection import Connection as Pipe
from random import Random
from statistics import median, quantiles
from typing import Any, Final, TypeAlias

from msgspec import Struct
from websockets.asyncio.client import connect

from liqtui.clock import SystemClock
from liqtui.engine import Engine
from liqtui.feeds.budget import ConnectBudget
from liqtui.feeds.context import Context
from liqtui.feeds.refusal import Embargo
from liqtui.feeds.selector import rested_loop
from liqtui.feeds.stream import Feed
from liqtui.feeds.timing import Timing
from liqtui.model.events import Event, MarkPrice
from liqtui.playback import JournalClock
from liqtui.protocol.items import Item
from liqtui.protocol.raw import Raw
from liqtui.protocol.venue import Session, Stream
from liqtui.venues import load
from tests.bench.frames import sample, taught
from tests.bench.measure import in_turn
from tests.bench.report import Row
from tests.bench.server import Sent, serving

_WATCHED: Final = ("BTC", "ETH", "SOL")
_ROUNDS: Final = 7
_RATE: Final = 2500.0
"""Frames a second of a busy market."""
_PACED: Final = 5000
_FLOODED: Final = 3
"""Times that the journal is repeated."""
_PATIENCE: Final = 120.0


class Tally:
    """Counts frames up to a number of them, and what they cost."""

    def __init__(self, expected: int) -> None:
        self.complete = asyncio.Event()
        self.arrived: list[Sent] = []
        self._expected = expected
        self._start = self._end = (0.0, 0.0)

    def frame(self, number: int) -> None:
        """Note a frame of a connection."""
        if not self.arrived:
            self._start = time.monotonic(), time.process_time()
        self.arrived.append((number, time.monotonic_ns()))
        if len(self.arrived) == self._expected:
            self._end = time.monotonic(), time.process_time()
            self.complete.set()

    @property
    def seconds(self) -> float:
        """From the first frame to the last."""
        return self._end[0] - self._start[0]

    @property
    def cpu(self) -> float:
        """Seconds of it in which this process worked."""
        return self._end[1] - self._start[1]


Client: TypeAlias = Callable[[str, Tally], Coroutine[Any, Any, None]]


class Line(Struct, frozen=True):
    """One recorded connection."""

    number: int
    venue: str
    conn: str
    url: str


class Tallied(Struct, frozen=True):
    """A session that counts."""

    session: Session
    tally: Tally
    number: int

    def receive(self, frame: bytes, seen: int) -> Iterable[Item]:
        """Count a frame and read it."""
        self.tally.frame(self.number)
        return self.session.receive(frame, seen)


class Market:
    """The sample's connections, and the ways to listen to them."""

    def __init__(self, lines: Sequence[Raw]) -> None:
        heard = [raw for raw in lines if raw.direction == "in" and raw.url.startswith("ws")]
        ends = dict.fromkeys((raw.venue, raw.conn, raw.url) for raw in heard)
        self.lines = [Line(number, *end) for number, end in enumerate(ends)]
        numbers = {end: number for number, end in enumerate(ends)}
        self.frames = [(numbers[raw.venue, raw.conn, raw.url], raw.body) for raw in heard]
        self._start = heard[0].seen
        venues = {line.venue for line in self.lines}
        self._facts = {
            name: taught(name, (raw for raw in lines if raw.venue == name)) for name in venues
        }

    async def bare(self, url: str, tally: Tally) -> None:
        """Receive and drop."""

        async def drop(line: Line) -> None:
            async with connect(f"{url}/{line.number}") as socket:
                while True:
                    await socket.recv(decode=False)
                    tally.frame(line.number)

        async with asyncio.TaskGroup() as group:
            for line in self.lines:
                group.create_task(drop(line))

    async def counted(self, url: str, tally: Tally) -> None:
        """Run the feeds into nothing."""
        await self._feeds(url, tally, lambda _event: None)

    async def applied(self, url: str, tally: Tally) -> None:
        """Run the feeds into an engine."""
        await self._feeds(url, tally, Engine({}, _WATCHED).handle)

    async def _feeds(self, url: str, tally: Tally, emit: Callable[[Event], None]) -> None:
        clock, timing = JournalClock(SystemClock(), self._start, 1.0), Timing()
        random = Random(7).random
        async with asyncio.TaskGroup() as group:
            for venue in {line.venue for line in self.lines}:
                budget = ConnectBudget(timing.connects, timing.connects_window, timing.spacing)
                context = Context(venue, emit, clock, random, timing, budget, Embargo())
                for line in self.lines:
                    if line.venue == venue:
                        group.create_task(Feed(self._stream(line, url, tally), context).run())

    def _stream(self, line: Line, url: str, tally: Tally) -> Stream:
        venue, facts = load(line.venue), self._facts[line.venue]
        return Stream(
            name=line.conn,
            url=f"{url}/{line.number}",
            session=lambda: Tallied(venue.session(line.url, facts), tally, line.number),
            hello=lambda _now: (),
            canary=(MarkPrice,),
            quiet=_PATIENCE,
        )


class Play:
    """One server's frames, played to clients one after the other."""

    def __init__(self, url: str, pipe: Pipe, frames: int, rate: float) -> None:
        self._url, self._pipe, self._frames, self._rate = url, pipe, frames, rate
        self.delays: list[float] = []
        """Milliseconds from sending to receipt, of the last play."""

    def to(
        self, client: Client, loop: Callable[[], asyncio.AbstractEventLoop] | None = None
    ) -> Tally:
        """Play to a client in a new event loop."""
        self._pipe.send(self._rate)
        with asyncio.Runner(loop_factory=loop) as runner:
            tally = runner.run(self._listen(client))
        self.delays = delays(self._pipe.recv(), tally.arrived)
        return tally

    async def _listen(self, client: Client) -> Tally:
        tally = Tally(self._frames)

        async def listen() -> None:
            await client(self._url, tally)
            raise AssertionError("a client listens until it is cancelled")

        async with asyncio.timeout(_PATIENCE), asyncio.TaskGroup() as group:
            listening = group.create_task(listen())
            await tally.complete.wait()
            listening.cancel()
        return tally


def delays(sent: Iterable[Sent], arrived: Iterable[Sent]) -> list[float]:
    """Return milliseconds between two lists of the same frames, each in its line's order."""
    pairs = zip(sorted(sent), sorted(arrived), strict=True)
    return [(there[1] - here[1]) / 1e6 for here, there in pairs]


def run() -> list[Row]:
    """Measure the flood, then the pace."""
    market = Market(list(sample()))
    return [*flood(market), *paced(market)]


def flood(market: Market) -> list[Row]:
    """Return how many frames a core can take a second; every one has to arrive.

    CPU and not time, because the server needs the other core and others need both.
    """
    frames = market.frames * _FLOODED
    with serving(frames) as (url, pipe):
        play = Play(url, pipe, len(frames), 0.0)

        def rate(client: Client, loop: Callable[[], asyncio.AbstractEventLoop] | None) -> float:
            return len(frames) / play.to(client, loop).cpu

        found = in_turn(
            {
                "bare": partial(rate, market.bare, None),
                "counted": partial(rate, market.counted, rested_loop),
                "applied": partial(rate, market.applied, rested_loop),
            },
            _ROUNDS,
        )
    names = {"bare": "bare websockets", "counted": "runner", "applied": "runner and engine"}
    goals = {"applied": ">= 50,000/s"}
    return [
        Row(
            f"flood, {name}",
            found.median(key),
            "frames per s of CPU",
            found.ratio(key, to="bare"),
            "x the speed of bare",
            goals.get(key, ""),
            f"{len(frames):,} frames on {len(market.lines)} sockets, all arrived",
        )
        for key, name in names.items()
    ]


def paced(market: Market) -> list[Row]:
    """Return the CPU a busy market takes, and how late its frames are seen."""
    frames, late = market.frames[:_PACED], list[list[float]]()
    with serving(frames) as (url, pipe):
        play = Play(url, pipe, len(frames), _RATE)

        def share(client: Client, loop: Callable[[], asyncio.AbstractEventLoop] | None) -> float:
            tally = play.to(client, loop)
            return tally.cpu / tally.seconds * 100.0

        def rested() -> float:
            used = share(market.applied, rested_loop)
            late.append(quantiles(play.delays, n=100))
            return used

        found = in_turn(
            {
                "bare": partial(share, market.bare, None),
                "floor": partial(share, market.bare, rested_loop),
                "restless": partial(share, market.applied, None),
                "counted": partial(share, market.counted, rested_loop),
                "applied": rested,
            },
            _ROUNDS,
        )
    names = {
        "bare": "bare websockets",
        "floor": "bare websockets, rested",
        "restless": "runner and engine, not rested",
        "counted": "runner",
        "applied": "runner and engine",
    }
    rows = [
        Row(
            f"{_RATE:.0f} frames/s, {name}",
            found.median(key),
            "% of a core",
            found.ratio(key, to="bare"),
            "x the cost of bare",
            "<= 8 %" if key == "applied" else "",
        )
        for key, name in names.items()
    ]
    p50, p99 = (median(each[at] for each in late) for at in (49, 98))
    note = f"p50 {p50:.1f} ms"
    return [*rows, Row("delay until receipt, p99", p99, "ms", goal="<= 30 ms", note=note)]
