"""All feeds of one venue: what must be known first, then its streams and schedules."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

from msgspec.structs import replace

from liqtui.feeds.caller import Caller
from liqtui.feeds.context import Context
from liqtui.feeds.past import Past, in_turn
from liqtui.feeds.poll import Schedule
from liqtui.feeds.refusal import Setback
from liqtui.feeds.report import Report
from liqtui.feeds.rest import Rest
from liqtui.feeds.roster import Member, Roster
from liqtui.feeds.stream import Feed
from liqtui.feeds.waiting import News
from liqtui.model.market import FeedState, Instrument
from liqtui.model.snapshot import FeedHealth, Progress
from liqtui.protocol.bars import FINE
from liqtui.protocol.facts import Facts
from liqtui.protocol.venue import Poll, Request, Stream, Venue

_log: Final = logging.getLogger(__name__)
_TRIES: Final = 3
"""For each call of a backfill."""


class VenueFeeds:
    """Runs one venue until it is cancelled.

    Args:
        venue: what to run.
        facts: of it; outlive every connection.
        watched: bases whose trades and funding are wanted.
        context: of the venue.
        rest: the process's client.
    """

    def __init__(
        self, venue: Venue, facts: Facts, watched: Sequence[str], context: Context, rest: Rest
    ) -> None:
        self._venue = venue
        self._facts = facts
        self._watched = tuple(watched)
        self._context = context
        self._caller = Caller(venue, facts, context, rest, self._wish)
        self._news = News()
        self._group = asyncio.TaskGroup()
        self._feeds = Roster[Stream, Feed](self._group, lambda stream: Feed(stream, context))
        self._polls = Roster[Poll, Schedule](
            self._group, lambda poll: Schedule(poll, self._caller, context)
        )
        context.revivals.append(self._revive)
        context.refusals.append(self._relist)
        self._bootstrap = context.report("rest:bootstrap")
        self._history: Report | None = None
        self._drought: Report | None = None
        self._begun = False
        """Enough is known to want something."""
        self._learned = False
        """The bootstrap was answered whole."""
        self._wished = True
        self._hurry = False

    async def run(self) -> None:
        """Learn what there is, then keep the running feeds equal to the wanted ones."""
        async with self._group:
            self._group.create_task(self._learn())
            while True:
                await self._news.until(lambda: self._wished and self._begun)
                await asyncio.sleep(self._context.timing.gather)
                self._wished = False
                self._match()

    def watch(self, watched: Sequence[str]) -> None:
        """Change the bases whose trades and funding are wanted."""
        self._watched = tuple(watched)
        self._wish()

    def reconnect(self) -> None:
        """Start all over at once, as far as the venue has not sent us away."""
        self._hurry = True
        self._news.tell()
        for reach in self._context.reaches.values():
            reach.hurry()
        for member in self._members():
            member.renew()

    def suspect(self, reason: str) -> None:
        """Doubt every feed until it speaks again."""
        for member in self._members():
            member.suspect(reason)

    @property
    def live(self) -> bool:
        """Whether all its sockets are."""
        feeds = [feed.health().state for feed in self._feeds]
        return bool(feeds) and all(state is FeedState.LIVE for state in feeds)

    def thirst(self, seconds: float) -> None:
        """Doubt the silence of its liquidations, and ask for them on new sockets once.

        Args:
            seconds: for which there were none though others have some; 0: nothing is wrong.
        """
        report = self._drought
        if seconds == 0.0:
            if report is not None and not report.live:
                report.come_alive()
            return
        if report is None:
            report = self._drought = self._context.report("liquidations")
            report.come_alive()
        if report.live:
            report.heard = self._context.clock.now() - round(seconds * 1e9)
            report.lose(FeedState.STALE, "no liquidation, while the other exchanges have some")
            for feed in self._feeds:
                feed.renew()

    def health(self) -> Iterator[FeedHealth]:
        """Yield the state and counters of every feed."""
        yield replace(self._bootstrap.health(), budget=self._caller.spent)
        for member in self._members():
            yield member.health()
        for report in (self._drought, self._history):
            if report is not None:
                yield report.health()

    async def backfill(
        self,
        wanted: Sequence[Past],
        tell: Callable[[Progress], None],
        done: Callable[[Instrument, int, int], None] | None = None,
    ) -> None:
        """Fetch stretches of the past of this venue's instruments, a piece of each in turn."""
        pieces = in_turn(wanted)
        report = self._history = self._history or self._context.report("rest:backfill")
        label = f"{self._venue.title} history"
        missing: Setback | None = None
        for number, piece in enumerate(pieces):
            tell(Progress(label, number / len(pieces)))
            setback = await self._fetch_all(self._venue.backfill(*piece), report)
            if setback is None and done is not None and piece.step == FINE:
                done(piece.instrument, piece.since, piece.until)
            missing = missing or setback
            if setback is not None and setback.state is FeedState.BLOCKED:
                break
        if missing is None:
            report.come_alive()
        else:
            report.turn(missing.state, missing.reason)
        tell(Progress(label, 1.0))

    def _match(self) -> None:
        facts, watched = self._facts, self._watched
        try:
            streams, polls = self._venue.streams(facts, watched), self._venue.polls(facts, watched)
        except Exception as error:  # what is listed comes from outside: it costs this change only
            _log.exception("%s: what is wanted cannot be told", self._venue.name)
            self._bootstrap.turn(FeedState.DOWN, f"{type(error).__name__}: {error}")
            return
        if self._learned:
            self._bootstrap.come_alive()
        self._feeds.match(streams)
        self._polls.match(polls)

    def _revive(self) -> None:
        for schedule in self._polls:
            schedule.revive()

    def _relist(self) -> None:
        for schedule in self._polls:
            schedule.relist()

    def _members(self) -> Iterator[Member[Any]]:
        yield from self._feeds
        yield from self._polls

    def _wish(self) -> None:
        self._wished = True
        self._news.tell()

    async def _learn(self) -> None:
        """Bootstrap until every call was answered; what is known by then is used already."""
        backoff, report = self._context.backoff(), self._bootstrap
        report.turn(FeedState.CONNECTING)
        while (setback := await self._round()) is not None:
            report.turn(setback.state, setback.reason)
            if self._facts.instruments:
                self._begin()
            await self._news.until(lambda: self._hurry, backoff.after(setback.wait))
            self._hurry = False
        self._learned = True
        self._begin()

    async def _round(self) -> Setback | None:
        """Make the bootstrap's calls in their order; return the first failure."""
        failed = None
        for call in self._venue.bootstrap():
            setback = await self._caller.ask(call, self._bootstrap)
            failed = failed or setback
        return failed

    def _begin(self) -> None:
        self._begun = True
        self._wish()

    async def _fetch_all(self, calls: Iterable[Request], report: Report) -> Setback | None:
        """Make the calls of one stretch; return the first failure."""
        missing: Setback | None = None
        for call in calls:
            setback = await self._fetch(call, report)
            missing = missing or setback
            if setback is not None and setback.state is FeedState.BLOCKED:
                break
        return missing

    async def _fetch(self, call: Request, report: Report) -> Setback | None:
        """Make one call of a backfill, again if it fails for a passing reason."""
        backoff = self._context.backoff()
        for _ in range(_TRIES):
            setback = await self._caller.ask(call, report)
            if setback is None:
                return None
            report.note(setback.reason)
            if setback.state is FeedState.REJECTED or setback.wait > self._context.timing.cap:
                return setback
            await asyncio.sleep(backoff.after(setback.wait))
        return setback
