"""A live run: venues and their feeds in the core thread, and the past of what is watched."""

import asyncio
from collections.abc import Sequence
from typing import Final

from liqtui.clock import Clock
from liqtui.composition import engine, policy
from liqtui.core import Core
from liqtui.feeds.backoff import Uniform
from liqtui.feeds.past import WEEKS, Past, days, weeks
from liqtui.feeds.selector import rested_loop
from liqtui.feeds.supervisor import Supervisor
from liqtui.feeds.timing import Timing
from liqtui.feeds.truth import listen
from liqtui.memory import Memory
from liqtui.model.events import Event, FeedStatus
from liqtui.model.market import FeedState, Instrument
from liqtui.model.snapshot import FeedHealth, Progress, Recorded
from liqtui.model.text import plain
from liqtui.model.view import Driving, Pace, Reconnect, Record, Seek, Skip, Watch
from liqtui.protocol.facts import Facts
from liqtui.protocol.raw import Raw
from liqtui.protocol.venue import Venue
from liqtui.settings import Settings
from liqtui.store.recorder import Deck
from liqtui.venues import shipped

_ENDING: Final = 0.5
"""Seconds for what is still to be recorded at the end."""
_TURN: Final = 200
"""Events of the past after which others have their turn."""
_PATIENCE: Final = 20.0
"""Seconds after which the map goes live with whatever past has come."""


def live(
    settings: Settings,
    venues: Sequence[Venue],
    clock: Clock,
    random: Uniform,
    *,
    deck: Deck | None = None,
    timing: Timing | None = None,
    source: str = "live",
    control: int | None = None,
    memory: Memory | None = None,
    past_s: int = WEEKS,
) -> Core:
    """Return a core that is fed by venues; nothing is opened before it is started.

    Args:
        settings: what is watched.
        venues: as `chosen`.
        clock: gives receipts their time.
        random: draws from [0, 1) for jitter.
        deck: records when it is told to.
        timing: the feeds' patience.
        source: what the header says.
        control: the port of a simulation that tells the truth.
        memory: gives back what a former run heard, and keeps what this one does.
        past_s: seconds of history fetched for a watched base.
    """
    known = [(venue, shipped(venue.name)) for venue in venues]
    bases = settings.watch.bases
    drive = Live(known, bases, clock, random, deck, timing, source, control, memory, past_s)
    made = engine(settings, venues, memory.ledger if memory else None)
    return Core(made, drive, clock, settings.screen.fps, rested_loop, policy(settings))


class Live:
    """A drive of live venues: their feeds, and the past of what is watched.

    Args:
        venues: each with what is known of it.
        watched: bases whose trades, funding and past are wanted.
        clock: of receipts.
        random: of jitter.
        deck: records when it is told to.
        timing: the feeds' patience.
        source: what the header says.
        control: the port of a simulation that tells the truth.
        memory: gives back what a former run heard, and keeps what this one does.
        past_s: seconds of history fetched for a watched base.
    """

    def __init__(
        self,
        venues: Sequence[tuple[Venue, Facts]],
        watched: Sequence[str],
        clock: Clock,
        random: Uniform,
        deck: Deck | None = None,
        timing: Timing | None = None,
        source: str = "live",
        control: int | None = None,
        memory: Memory | None = None,
        past_s: int = WEEKS,
    ) -> None:
        self.source = source
        self._control = control
        self._memory = memory
        self._past = past_s * 1_000_000_000
        self._venues = venues
        self._watched = list(watched)
        self._clock = clock
        self._random = random
        self._deck = deck
        self._timing = timing
        self._supervisor: Supervisor | None = None
        self._group: asyncio.TaskGroup | None = None
        self._fetching: set[asyncio.Future[None]] = set()
        self._applying = asyncio.Lock()
        self._progress: dict[str, dict[str, Progress]] = {venue.name: {} for venue, _ in venues}
        """By venue and base."""
        self._listed = {venue.name: asyncio.Event() for venue, _ in venues}
        """Set when a venue was asked what it lists, and answered or not: some may be known."""

    async def run(self, core: Core) -> None:
        """Run every feed until cancelled."""

        def emit(event: Event) -> None:
            core.emit(event)
            if isinstance(event, FeedStatus) and says_listed(event):
                self._listed[event.venue].set()

        def tap(raw: Raw) -> None:
            if raw.direction == "in":
                core.engine.heard(raw.body, raw.seen)
            if self._deck is not None:
                self._deck.take(raw)

        self._supervisor = supervisor = Supervisor(
            self._venues,
            self._watched,
            emit,
            self._clock,
            self._random,
            tap,
            self._timing,
        )
        self._remember(core)
        try:
            async with asyncio.TaskGroup() as self._group:
                if self._memory is not None:
                    self._group.create_task(self._memory.run(core))
                self._group.create_task(supervisor.run())
                for base in self._watched:
                    self._group.create_task(self._read_past(core, supervisor, base))
                if self._control is not None:
                    self._group.create_task(_hear_truth(core, self._control))
        finally:
            if self._deck is not None:
                self._deck.end(_ENDING)

    def _remember(self, core: Core) -> None:
        """Give back what a former run heard; what was told before it ended is no news."""
        since = self._clock.now()
        if self._memory is not None:
            since = self._memory.attach(core, [venue.name for venue, _ in self._venues])
        for _, facts in self._venues:
            facts.since = since

    async def _read_past(self, core: Core, supervisor: Supervisor, base: str) -> None:
        """Read a base's past, and let its map go live when it is there or takes too long."""
        core.engine.hold(base)
        fetching = asyncio.ensure_future(self._fetch_past(core, supervisor, base))
        self._fetching.add(fetching)
        try:
            await asyncio.wait([fetching], timeout=_PATIENCE)
            await self._begin(core, base)
            await asyncio.wait([fetching])
        finally:
            fetching.cancel()
            self._fetching.discard(fetching)
        if not fetching.cancelled():
            fetching.result()
        for bases in self._progress.values():
            bases.pop(base, None)

    async def _begin(self, core: Core, base: str) -> None:
        """Apply a base's past, a little at a time: the feeds must not wait for all of it.

        One base after the other, so that the first has its map soon; what its score is still to
        learn holds nobody up.
        """
        async with self._applying:
            core.engine.begin(base)
            while core.engine.track(base).reading:
                core.engine.catch_up(base)
                await asyncio.sleep(0)
        while True:
            if not core.engine.catch_up(base):
                return
            await asyncio.sleep(0)

    async def _fetch_past(self, core: Core, supervisor: Supervisor, base: str) -> None:
        """Take a base's past from what was kept, and from each venue what is missing there."""
        if self._memory is not None:
            await self._memory.recall(core, base)
            since = days(self._clock.now(), self._past)
            core.engine.track(base).teach(await self._memory.liquidations(base, since), since)
        async with asyncio.TaskGroup() as group:
            for venue, facts in self._venues:
                group.create_task(self._venue_past(core, supervisor, venue.name, facts, base))

    async def _venue_past(
        self, core: Core, supervisor: Supervisor, venue: str, facts: Facts, base: str
    ) -> None:
        await self._listed[venue].wait()
        wanted = [
            past for one in contracts_on(base, facts) for past in await self._recalled(core, one)
        ]

        def tell(progress: Progress) -> None:
            self._progress[venue][base] = progress

        await supervisor.backfill(wanted, tell, self._memory.fetched if self._memory else None)

    async def _recalled(self, core: Core, instrument: Instrument) -> list[Past]:
        """Tell of what was kept of a contract's days; return what must be fetched of its past."""
        now = self._clock.now()
        since, before = days(now, self._past), weeks(instrument, now, self._past)
        if self._memory is None:
            return [Past(instrument, since, now), *before]
        holes = await self._memory.missing(instrument, since, now)
        for number, event in enumerate(await self._memory.past(instrument, since, holes, now)):
            core.engine.handle(event)
            if number % _TURN == 0:
                await asyncio.sleep(0)
        return [*(Past(instrument, *hole) for hole in holes), *before]

    async def obey(self, core: Core, command: Driving) -> str:
        """Watch another base, open sockets anew, leave the past alone, or record."""
        supervisor = self._supervisor
        assert supervisor is not None
        match command:
            case Watch(base):
                self._watch(core, supervisor, base)
                return f"watching {plain(base)}"
            case Reconnect(venue):
                if venue and venue not in {known.name for known, _ in self._venues}:
                    return f"no venue {plain(venue)!r} is connected"
                supervisor.reconnect(venue)
                return f"opening {plain(venue) or 'every venue'} anew"
            case Skip():
                for fetching in self._fetching:
                    fetching.cancel()
                return "no more of the past is fetched" if self._fetching else "nothing is fetched"
            case Record(on):
                return await self._record(core, supervisor, on)
            case Pace() | Seek():
                return "only a replay has a speed and a place to go to"

    def _watch(self, core: Core, supervisor: Supervisor, base: str) -> None:
        """Take in another base from now on, and its past."""
        if base in self._watched:
            return
        assert self._group is not None
        self._watched.append(base)
        core.engine.watch(base)
        supervisor.watch(base)
        self._group.create_task(self._read_past(core, supervisor, base))

    async def _record(self, core: Core, supervisor: Supervisor, on: bool) -> str:
        """Switch recording; it begins with connections of its own, which the others give way to.

        What a venue lists and what deltas add to is told at a connection's beginning.
        """
        if self._deck is None:
            return "nothing can be recorded here"
        if not on:
            return await asyncio.to_thread(self._deck.end)
        answer = self._deck.begin(self._clock.now(), core.notice)
        supervisor.reconnect()
        return answer

    def recorded(self) -> Recorded | None:
        """Return the journal that is written."""
        return self._deck.told() if self._deck else None

    def health(self) -> tuple[FeedHealth, ...]:
        """Return the state of every feed."""
        return self._supervisor.health() if self._supervisor else ()

    def progress(self) -> tuple[Progress, ...]:
        """Return how much of the past has been read from each venue that is not done."""
        told = (list(bases.values()) for bases in self._progress.values() if bases)
        shares = (Progress(b[0].label, sum(one.done for one in b) / len(b)) for b in told)
        return tuple(one for one in shares if one.done < 1.0)


async def _hear_truth(core: Core, control: int) -> None:
    reason = await listen(control, core.engine.reveal, core.engine.conceal)
    core.notice(f"the truth is not told any more: {reason}")


def contracts_on(base: str, facts: Facts) -> list[Instrument]:
    """Return a base's known perpetuals that are priced in dollars."""
    return [
        one
        for one in facts.instruments.values()
        if one.base == base and one.perpetual and one.in_dollars
    ]


def says_listed(event: FeedStatus) -> bool:
    """Tell whether its venue was asked what it lists, and answered or not."""
    return event.stream == "rest:bootstrap" and event.state is not FeedState.CONNECTING
