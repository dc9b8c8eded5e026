"""What the tests of feeds stand on: a recorder of events, short patience."""

import asyncio
import random
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import msgspec

from liqtui.clock import Clock, SystemClock
from liqtui.feeds.budget import ConnectBudget
from liqtui.feeds.context import Context
from liqtui.feeds.refusal import Embargo
from liqtui.feeds.stream import Feed
from liqtui.feeds.timing import Timing
from liqtui.model.events import Event, FeedStatus, Gap
from liqtui.model.market import FeedState
from liqtui.protocol.raw import Raw, Tap
from liqtui.protocol.venue import Stream

T = TypeVar("T")

CONNECTING, LIVE, STALE = FeedState.CONNECTING, FeedState.LIVE, FeedState.STALE
DOWN, REJECTED, BLOCKED = FeedState.DOWN, FeedState.REJECTED, FeedState.BLOCKED

QUICK = Timing(
    open=20.0,
    answer=20.0,
    call=20.0,
    close=0.1,
    base=0.01,
    cap=0.05,
    blocked=0.05,
    untrusted=0.05,
    rejected=0.05,
    throttled=0.05,
    banned=0.05,
    frequent=0.05,
    connects=1000,
    spacing=0.0,
    overlap=0.05,
    gather=0.0,
    tick=0.01,
    excuse=0.05,
)


class Heard:
    """Keeps every event and every raw line."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.raws: list[Raw] = []

    def of(self, kind: type[T]) -> list[T]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def states(self) -> list[FeedState]:
        return [status.state for status in self.of(FeedStatus)]

    @property
    def gaps(self) -> list[Gap]:
        return self.of(Gap)

    def said(self, state: FeedState, words: str = "") -> bool:
        """Whether a state was told with these words in its reason."""
        return any(s.state is state and words in s.reason for s in self.of(FeedStatus))

    def reasons(self) -> list[str]:
        return [status.reason for status in self.of(FeedStatus)]


def context(
    heard: Heard,
    *,
    venue: str = "toy",
    clock: Clock | None = None,
    tap: Tap | None = None,
    timing: Timing = QUICK,
    **patience: Any,
) -> Context:
    """A venue's surroundings with short patience, some of it changed by keyword."""
    timing = msgspec.structs.replace(timing, **patience)
    budget = ConnectBudget(timing.connects, timing.connects_window, timing.spacing)
    return Context(
        venue,
        heard.events.append,
        clock or SystemClock(),
        random.Random(7).random,
        timing,
        budget,
        Embargo(),
        tap,
    )


@asynccontextmanager
async def running(work: Coroutine[Any, Any, None]) -> AsyncIterator[asyncio.Task[None]]:
    """Run something endless beside a test; it must be cancellable, and not have ended before."""
    task = asyncio.create_task(work)
    try:
        yield task
        assert not task.done(), task
    finally:
        task.cancel()
        await asyncio.wait([task])
    assert task.cancelled()


@asynccontextmanager
async def fed(heard: Heard, stream: Stream, **patience: Any) -> AsyncIterator[Feed]:
    """Run a stream beside a test."""
    feed = Feed(stream, context(heard, **patience))
    async with running(feed.run()):
        yield feed
