"""All feeds of the chosen venues, in one place and one task tree."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import TypeAlias

from liqtui.clock import Clock
from liqtui.feeds.backoff import Uniform
from liqtui.feeds.budget import ConnectBudget
from liqtui.feeds.context import Context
from liqtui.feeds.drift import Drift
from liqtui.feeds.drought import Drought, Flow
from liqtui.feeds.past import Past
from liqtui.feeds.refusal import Embargo
from liqtui.feeds.rest import Rest
from liqtui.feeds.timing import Timing
from liqtui.feeds.venue import VenueFeeds
from liqtui.model.events import Event
from liqtui.model.market import Instrument
from liqtui.model.snapshot import FeedHealth, Progress
from liqtui.protocol.facts import Facts
from liqtui.protocol.raw import Tap
from liqtui.protocol.venue import Venue

Emit: TypeAlias = Callable[[Event], None]


class Supervisor:
    """Runs venues until it is cancelled; a venue that cannot be reached does not stop the others.

    Everything is said through ``emit``, synchronously: there is no queue between a socket and it,
    and what it raises ends the run, for it is a fault of ours.

    Args:
        venues: to run, each with what is known of it.
        watched: bases whose trades and funding are wanted.
        emit: takes every event.
        clock: gives receipts their time.
        random: draws from [0, 1) for jitter.
        tap: takes every raw line, both ways, before it is parsed.
        timing: the patience.
    """

    def __init__(
        self,
        venues: Sequence[tuple[Venue, Facts]],
        watched: Sequence[str],
        emit: Emit,
        clock: Clock,
        random: Uniform,
        tap: Tap | None = None,
        timing: Timing | None = None,
    ) -> None:
        self._timing = timing = timing or Timing()
        self._clock = clock
        self._watched = list(watched)
        self._rest = Rest(timing)
        self._venues: dict[str, VenueFeeds] = {}
        self._flows: dict[str, Flow] = {}
        for venue, facts in venues:
            connects = ConnectBudget(timing.connects, timing.connects_window, timing.spacing)
            context = Context(venue.name, emit, clock, random, timing, connects, Embargo(), tap)
            self._venues[venue.name] = VenueFeeds(venue, facts, watched, context, self._rest)
            self._flows[venue.name] = context.flow

    async def run(self) -> None:
        """Run everything; returns only by cancellation or a fault of ours."""
        async with self._rest, asyncio.TaskGroup() as group:
            for venue in self._venues.values():
                group.create_task(venue.run())
            group.create_task(self._watch_clocks())
            group.create_task(self._watch_flows())

    def watch(self, base: str) -> None:
        """Take in this base's trades and funding too."""
        if base not in self._watched:
            self._watched.append(base)
            for venue in self._venues.values():
                venue.watch(self._watched)

    def reconnect(self, name: str = "") -> None:
        """Open a venue's sockets anew, without waiting for a back-off; empty: of all venues."""
        for venue in self._venues.values() if not name else [self._venues[name]]:
            venue.reconnect()

    def health(self) -> tuple[FeedHealth, ...]:
        """Return the state and counters of every feed, venue by venue."""
        return tuple(health for venue in self._venues.values() for health in venue.health())

    async def backfill(
        self,
        wanted: Sequence[Past],
        tell: Callable[[Progress], None],
        done: Callable[[Instrument, int, int], None] | None = None,
    ) -> None:
        """Fetch stretches of the past, venues beside each other; emits as the feeds do.

        Args:
            wanted: of venues that are run here.
            tell: called with the progress of each venue, lastly with 1.
            done: called with each stretch that was fetched whole, unless it was fetched coarsely.
        """
        by_venue: defaultdict[str, list[Past]] = defaultdict(list)
        for past in wanted:
            by_venue[past.instrument.venue].append(past)
        async with asyncio.TaskGroup() as group:
            for name, mine in by_venue.items():
                group.create_task(self._venues[name].backfill(mine, tell, done))

    async def _watch_clocks(self) -> None:
        timing, clock, loop = self._timing, self._clock, asyncio.get_running_loop()
        drift = Drift(
            clock.now(), clock.monotonic(), loop.time(), drift=timing.drift, stall=timing.stall
        )
        while True:
            await asyncio.sleep(timing.tick)
            if reason := drift.look(clock.now(), clock.monotonic(), loop.time()):
                for venue in self._venues.values():
                    venue.suspect(reason)

    async def _watch_flows(self) -> None:
        timing, clock = self._timing, self._clock
        drought = Drought(self._flows, timing.slot, timing.dry, clock.monotonic())
        while True:
            await asyncio.sleep(timing.slot / 2.0)
            live = [name for name, venue in self._venues.items() if venue.live]
            for name, seconds in (drought.look(clock.monotonic(), live) or {}).items():
                self._venues[name].thirst(seconds)
