"""What feeds hear of the simulated exchanges, recorded and read again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import pytest

from liqtui import venues
from liqtui.clock import SystemClock
from liqtui.composition import chosen
from liqtui.feeds.timing import Timing
from liqtui.model.events import Event, FeedStatus, Gap, Liquidation, Trade
from liqtui.playback import JournalClock
from liqtui.recording import Recording
from liqtui.settings import Settings
from liqtui.sim.feed import Moment
from liqtui.store import segments
from liqtui.store.reading import Reader
from liqtui.store.recorder import Recorder
from tests.conditions import LIMIT, becomes
from tests.sim import made
from tests.sim.stage import LEADERS, Stage, contract, stage

QUICK = Timing(base=0.01, cap=0.05, spacing=0.0, gather=0.0, close=0.05)


@asynccontextmanager
async def recorded(
    there: Stage, clock: JournalClock, recorder: Recorder
) -> AsyncIterator[tuple[Recording, list[Event]]]:
    """Record everything until the block ends."""
    hosts = {name: there.servers.local_hosts(name) for name in LEADERS}
    events: list[Event] = []
    feeds = Recording(
        chosen(Settings(), hosts), ["BTC"], clock, Random(1).random, recorder.take, events.append,
        QUICK,
    )  # fmt: skip
    running = asyncio.ensure_future(feeds.run())
    try:
        yield feeds, events
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def read(folder: Path, name: str) -> list[object]:
    """Return what a venue's lines of a journal say."""
    facts = venues.shipped(name)
    facts.since = made.AT
    reader = Reader(venues.load(name), facts)
    raws = segments.Recording(str(folder), pytest.fail).raws()
    items = [item for raw in raws if raw.venue == name for item in reader.read(raw)]
    return [item for item in items if hasattr(item, "instrument")]


def happens(there: Stage, name: str, now: int) -> None:
    """Let a position of the venue's BTC be closed by force, and something be traded."""
    of = contract(name)
    moment = Moment(now, [made.liquidated(of, at=now), made.traded(of, at=now)])
    there[name].take(moment)


def speaking(events: list[Event], kind: type[Event]) -> set[str]:
    """Return the venues of which an event of this kind was heard."""
    return {e.instrument.venue for e in events if isinstance(e, kind) and hasattr(e, "instrument")}


async def test_what_is_recorded_gives_the_events_that_were_heard(tmp_path: Path) -> None:
    clock = JournalClock(SystemClock(), made.AT, 1.0)
    recorder = Recorder(tmp_path, made.AT, pytest.fail)
    async with stage(clock=clock) as there, recorded(there, clock, recorder) as (feeds, events):

        def heard() -> bool:
            for name in LEADERS:
                happens(there, name, clock.now())
            there.servers.advance()
            return speaking(events, Liquidation) == speaking(events, Trade) == {*LEADERS}

        await becomes(heard)
        await becomes(lambda: feeds.told() == "4 of 4 venues live")
    assert recorder.stop(LIMIT)
    market = [e for e in events if not isinstance(e, FeedStatus | Gap)]
    for name in LEADERS:
        assert read(tmp_path, name) == [e for e in market if e.instrument.venue == name]
