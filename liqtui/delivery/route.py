"""The way of letters to one sink: in order, one at a time, at its pace, until each has an end."""

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from liqtui.clock import Clock
from liqtui.delivery import grave
from liqtui.delivery.bucket import TokenBucket
from liqtui.delivery.letter import Letter, digest
from liqtui.delivery.outbox import Outbox, Standing, Waiting
from liqtui.delivery.outlets import Outlet
from liqtui.delivery.sink import Outcome, Sink, Verdict
from liqtui.feeds.backoff import Uniform, full_jitter
from liqtui.feeds.timing import Timing
from liqtui.model.market import FeedState
from liqtui.model.snapshot import SINKS, FeedHealth
from liqtui.model.text import plain

_LOG = logging.getLogger(__name__)
_NS: Final = 1_000_000_000
_LOOK_S: Final = 5.0
"""Seconds between two looks for what another process put into the queue."""
_DISK_S: Final = 2.0
"""Seconds between two tries to write to a disk that is full."""
_MARGIN_S: Final = 5.0
"""Seconds over its own limit after which a sink is not waited for."""


class Route:
    """Sends what waits for one sink.

    Args:
        outlet: the sink.
        outbox: where its letters wait.
        directory: of the file of dead letters.
        clock: of tries.
        random: of jitter.
        timing: of the back-off.
    """

    def __init__(
        self,
        outlet: Outlet,
        outbox: Outbox,
        directory: Path,
        clock: Clock,
        random: Uniform,
        timing: Timing,
    ) -> None:
        self.name = outlet.name
        self._outlet = outlet
        self._outbox = outbox
        self._directory = directory
        self._clock = clock
        self._random = random
        self._timing = timing
        self._hours = outlet.hours
        self._bucket = TokenBucket(outlet.settings.per_minute, clock.monotonic())
        self._woken = asyncio.Event()
        self._ending = False
        self._unwritten: Callable[[], None] | None = None
        """Writes down what came of the last try: before it has, there is no other."""
        self._standing = Standing()
        self.health = self._seen()

    def wake(self) -> None:
        """Look for a letter now."""
        self._woken.set()

    def end(self) -> None:
        """Begin nothing more."""
        self._ending = True
        self.wake()

    async def run(self) -> None:
        """Send until the end."""
        sink = self._outlet.open()
        while not self._ending or self._unwritten:
            try:
                self._write_down()
                if not self._ending:
                    await self._step(sink)
            except (sqlite3.Error, OSError) as error:
                reason = plain(f"the disk does not take what came of it: {error}")
                self.health = FeedHealth(SINKS, self.name, FeedState.DOWN, reason, self._now)
                await self._rest(_DISK_S)

    @property
    def _now(self) -> int:
        return self._clock.now()

    async def _step(self, sink: Sink) -> None:
        if self._hours.quiet(self._now):
            await self._rest(_LOOK_S)
            return
        self._sum_up()
        first = self._outbox.first(self.name)
        if first is None:
            await self._rest(_LOOK_S)
            return
        left = first.since / _NS + self._outlet.settings.give_up_s - self._now / _NS
        if left <= 0:
            told = f"given up after {first.tries} tries: {self._standing.told or 'its turn'}"
            self._unwritten = partial(self._bury, first, told, tried=False)
            return
        wait = self._wait()
        if wait > 0:
            await self._rest(min(wait, left, _LOOK_S))
            return
        self._bucket.take(self._clock.monotonic())
        outcome = await self._tried(sink, first.letter)
        self._unwritten = partial(self._note, first, outcome)

    def _sum_up(self) -> None:
        """Put one letter in the place of those that waited through quiet hours."""
        ended = self._hours.ended(self._now)
        held = self._outbox.waiting(self.name, ended) if ended else []
        if held:
            self._outbox.sum_up(self.name, ended, digest(held, self._now), self._now)

    def _wait(self) -> float:
        """Return the seconds until the next try."""
        standing, now = self._standing, self._now
        # A wall clock that was set back must not make us wait for what it was.
        ahead = (standing.due - now) / _NS if standing.tried <= now else 0.0
        return max(ahead, self._bucket.wait(self._clock.monotonic()))

    async def _tried(self, sink: Sink, letter: Letter) -> Outcome:
        try:
            async with asyncio.timeout(self._outlet.settings.timeout_s + _MARGIN_S):
                return await sink.send(letter)
        except Exception as error:  # one sink's fault must neither lose a letter nor end the others
            named = type(error).__name__  # what it says may hold an address
            return Outcome(Verdict.LATER, f"fault of the sink: {named}")

    def _write_down(self) -> None:
        if self._unwritten is not None:
            self._unwritten()
            self._unwritten = None
        self._standing = self._outbox.standing(self.name)
        self.health = self._seen()

    def _note(self, tried: Waiting, outcome: Outcome) -> None:
        """Write down what came of a try."""
        if outcome.verdict is Verdict.SENT:
            self._outbox.sent(self.name, tried.number, self._now, outcome.told)
            return
        _LOG.warning("%s: %s: %s", self.name, tried.letter.id, outcome.told)
        if outcome.verdict is Verdict.REFUSED:
            self._bury(tried, outcome.told, tried=True)
            return
        asked = outcome.wait * (1.0 + 0.1 * self._random())
        timing, failures = self._timing, self._standing.failures
        delay = max(asked, full_jitter(failures, timing.base, timing.cap, self._random))
        due = self._now + round(delay * _NS)
        self._outbox.failed(self.name, tried.number, self._now, outcome.told, due)

    def _bury(self, dead: Waiting, told: str, *, tried: bool) -> None:
        grave.bury(self._directory, self.name, dead, self._now, told)
        self._outbox.died(self.name, dead.number, self._now, told, tried=tried)

    async def _rest(self, seconds: float) -> None:
        """Wait, or until there is something new."""
        self._woken.clear()
        if self._ending and not self._unwritten:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()

    def _seen(self) -> FeedHealth:
        own = self._standing
        counts = {"waiting": own.waiting, "dead": own.dead, "dropped": own.dropped}
        told = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
        quiet = f"quiet until {self._hours.end}" if self._hours.quiet(self._now) else ""
        parts = (own.told if own.failures else "", quiet, told)
        reason = ", ".join(part for part in parts if part)
        return FeedHealth(
            SINKS,
            self.name,
            FeedState.DOWN if own.failures else FeedState.LIVE,
            reason,
            own.tried or self._now,
            frames=own.sent,
            malformed=own.dead,
            waiting=own.waiting,
            last=", ".join(part for part in (f"{own.sent:,} sent", told) if part),
        )
