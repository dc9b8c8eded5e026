"""Feeds that run for their raw lines alone: no engine, no estimate, no screen."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from liqtui.clock import Clock
from liqtui.feeds.backoff import Uniform
from liqtui.feeds.past import WEEKS, Past, days, weeks
from liqtui.feeds.supervisor import Supervisor
from liqtui.feeds.timing import Timing
from liqtui.model.events import Event, FeedStatus
from liqtui.model.market import FeedState
from liqtui.model.snapshot import Progress
from liqtui.protocol.facts import Facts
from liqtui.protocol.raw import Tap
from liqtui.protocol.venue import Venue
from liqtui.runtime import contracts_on, says_listed
from liqtui.venues import shipped

_PAST: Final = WEEKS * 1_000_000_000
"""Nanoseconds of history that a screen would want."""


class Recording:
    """Runs venues until it is cancelled; the past of what is watched is asked for as on a screen.

    Args:
        venues: as `chosen`.
        watched: bases whose trades, funding and past are wanted.
        clock: gives receipts their time.
        random: draws from [0, 1) for jitter.
        tap: takes every raw line.
        tell: called with every event.
        timing: the feeds' patience.
    """

    def __init__(
        self,
        venues: Sequence[Venue],
        watched: Sequence[str],
        clock: Clock,
        random: Uniform,
        tap: Tap,
        tell: Callable[[Event], object],
        timing: Timing | None = None,
    ) -> None:
        self._known = [(venue, shipped(venue.name)) for venue in venues]
        for _, facts in self._known:
            facts.since = clock.now()
        self._watched = watched
        self._clock = clock
        self._tell = tell
        self._listed = {venue.name: asyncio.Event() for venue in venues}
        self._past: dict[str, float] = {}
        """Of each venue's, the fraction that was fetched."""
        self._supervisor = Supervisor(self._known, watched, self._hear, clock, random, tap, timing)

    async def run(self) -> None:
        """Run every feed until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._supervisor.run())
            for venue, facts in self._known:
                group.create_task(self._read_past(venue.name, facts))

    def _hear(self, event: Event) -> None:
        if isinstance(event, FeedStatus) and says_listed(event):
            self._listed[event.venue].set()
        self._tell(event)

    async def _read_past(self, venue: str, facts: Facts) -> None:
        self._past[venue] = 0.0
        await self._listed[venue].wait()
        now = self._clock.now()
        watched = [one for base in self._watched for one in contracts_on(base, facts)]
        wanted = [Past(one, days(now, _PAST), now) for one in watched]
        wanted += [past for one in watched for past in weeks(one, now, _PAST)]

        def tell(progress: Progress) -> None:
            self._past[venue] = progress.done

        await self._supervisor.backfill(wanted, tell)
        self._past[venue] = 1.0

    def told(self) -> str:
        """Return how many venues are heard on a socket, and how much of the past was fetched."""
        sockets = [one for one in self._supervisor.health() if not one.stream.startswith("rest:")]
        live = len({one.venue for one in sockets if one.state is FeedState.LIVE})
        past = sum(self._past.values()) / max(1, len(self._past))
        history = f", history {past:.0%}" if past < 1.0 else ""
        return f"{live} of {len(self._known)} venues live{history}"
