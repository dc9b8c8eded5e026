"""liqtui's own feeds on the simulated exchanges, all four at once, in a market that stands."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, cast

from msgspec.structs import replace

from liqtui.clock import ManualClock
from liqtui.feeds.supervisor import Supervisor
from liqtui.model.events import Event, FeedStatus, Gap, Liquidation
from liqtui.model.market import FeedState
from liqtui.model.snapshot import FeedHealth
from liqtui.protocol.facts import Facts
from liqtui.protocol.venue import Stream, Venue
from liqtui.sim.rules import free
from liqtui.sim.wires import wires
from liqtui.venues import load, shipped
from tests.conditions import becomes
from tests.feeds.rig import QUICK, running
from tests.sim import made
from tests.sim.stage import HOSTS, LEADERS, Stage, dead, stage

_BEAT: Final = 0.02
"""Seconds between two rounds of marks."""
_PACE: Final = 10.0
"""Seconds of the market in a second."""


class Shared:
    """The market's clock, and a monotonic one that goes by itself."""

    def __init__(self, market: ManualClock) -> None:
        self._market = market

    def now(self) -> int:
        return self._market.now()

    def monotonic(self) -> float:
        return time.monotonic()


class _Impatient:
    """A venue whose marks are missed soon, and that is talked to at once."""

    def __init__(self, venue: Venue, quiet: float) -> None:
        self._venue = venue
        self._quiet = quiet

    def streams(self, facts: Facts, watched: Sequence[str]) -> list[Stream]:
        wanted = self._venue.streams(facts, watched)
        return [replace(one, quiet=self._quiet, pace=0.0) for one in wanted]

    def __getattr__(self, name: str) -> object:
        return getattr(self._venue, name)


class Client:
    """Running feeds, and what they told."""

    def __init__(self, on: Stage, supervisor: Supervisor) -> None:
        self.on = on
        self.supervisor = supervisor
        self.events: list[Event] = []
        self.dead = 0

    def of(self, venue: str, kind: type[Any]) -> list[Any]:
        """Return the events of a kind from one venue."""
        mine = [event for event in self.events if isinstance(event, kind)]
        return [event for event in mine if _venue(event) == venue]

    def health(self, venue: str, sockets: bool = True) -> list[FeedHealth]:
        """Return the health of a venue's sockets, or of its schedules."""
        feeds = [feed for feed in self.supervisor.health() if feed.venue == venue]
        return [feed for feed in feeds if feed.stream.startswith("rest") is not sockets]

    def live(self, venue: str) -> bool:
        """Tell whether all sockets of a venue are."""
        feeds = self.health(venue)
        return bool(feeds) and all(feed.state is FeedState.LIVE for feed in feeds)

    async def lives(self, *venues: str) -> None:
        """Wait until all sockets of some venues, or of all, are live."""
        await becomes(lambda: all(self.live(venue) for venue in venues or HOSTS))

    def said(self, venue: str, state: FeedState, words: str = "") -> bool:
        """Tell whether a state was told with these words in its reason."""
        told: list[FeedStatus] = self.of(venue, FeedStatus)
        return any(one.state is state and words in one.reason for one in told)

    def kill(self, venue: str, count: int = 3) -> set[float]:
        """Liquidate positions of sizes that were not there before; return the sizes."""
        first, self.dead = self.dead, self.dead + count
        now = self.on.clock.now()
        many = [
            replace(one, quantity=round(0.1 + (first + n) / 1000, 6), at=now + n * 1_100_000_000)
            for n, one in enumerate(dead(venue, count))
        ]
        self.on.play(*many, seconds=0.0)
        return {one.quantity for one in many}

    def sizes(self, venue: str) -> list[float]:
        """Return the sizes of the liquidations that were told of a venue's leader."""
        told: list[Liquidation] = self.of(venue, Liquidation)
        mine = [one for one in told if one.instrument.symbol == LEADERS[venue]]
        return [round(one.quantity or 0.0, 6) for one in mine]

    async def applies(self, venue: str, sizes: set[float]) -> None:
        """Wait until liquidations were told."""
        await becomes(lambda: sizes <= set(self.sizes(venue)))


def _venue(event: Event) -> str:
    return event.venue if isinstance(event, FeedStatus | Gap) else event.instrument.venue


async def _beat(on: Stage, bases: Sequence[str]) -> None:
    """Let all watched contracts have a mark, again and again."""
    every = [one for wire in wires() for one in wire.contracts if one.base in bases]
    for number in range(1_000_000):
        at = on.clock.now()
        mark = 80_000.0 + number % 7
        on.play(*(made.ticker(one, at, mark) for one in every), seconds=_BEAT * _PACE)
        await asyncio.sleep(_BEAT)


@asynccontextmanager
async def client(
    quiet: float = 30.0, bases: Sequence[str] = ("BTC",), **patience: Any
) -> AsyncIterator[Client]:
    """Run exchanges, a market whose marks go on, and the feeds; all sockets are live.

    Args:
        quiet: seconds without a mark after which a socket is stale.
        bases: whose contracts are watched.
        patience: of the feeds, what is not as in `QUICK`.
    """
    timing = replace(QUICK, **patience)
    rules = {wire.venue: replace(wire.rules, charge=free) for wire in wires()}
    async with stage(rules=rules) as on:
        clock = Shared(on.clock)
        told: list[Event] = []
        venues = [_known(name, on.servers.local_hosts(name), clock.now(), quiet) for name in HOSTS]
        draw = random.Random(7).random
        supervisor = Supervisor(venues, bases, told.append, clock, draw, timing=timing)
        here = Client(on, supervisor)
        here.events = told
        async with running(_beat(on, bases)), running(supervisor.run()):
            await here.lives()
            yield here


def _known(name: str, hosts: Mapping[str, str], since: int, quiet: float) -> tuple[Venue, Facts]:
    venue, facts = load(name), shipped(name)
    facts.since = since
    return cast("Venue", _Impatient(venue.at(hosts, venue.markets), quiet)), facts
