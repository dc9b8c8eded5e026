"""What a session reads from a fixture is what the real feeds bring of it over real sockets."""

from collections import Counter
from pathlib import Path
from random import Random

import pytest
from msgspec.structs import replace

from liqtui.clock import SystemClock
from liqtui.commands.replay import serving
from liqtui.composition import labels
from liqtui.core import Core
from liqtui.engine import Engine
from liqtui.feeds.timing import Timing
from liqtui.model import wire
from liqtui.model.events import Event, FeedStatus, Gap, Listing
from liqtui.playback import JournalClock
from liqtui.protocol.facts import Facts
from liqtui.protocol.items import Closing, Rejected
from liqtui.protocol.raw import Raw
from liqtui.runtime import Live
from liqtui.sim.recorded import RecordedVenue
from liqtui.sim.replay import JournalServer, Replayed
from liqtui.store import journal
from liqtui.store.reading import Reader
from liqtui.venues import load, names, shipped
from tests.conditions import until

FIXTURES = Path(__file__).parents[1] / "fixtures" / "venues"
QUICK = Timing(base=0.01, cap=0.05, spacing=0.0, gather=0.0, close=0.05)
WATCHED = ("BTC", "ETH")


def fixture(name: str) -> tuple[list[Raw], list[Raw]]:
    """Return the fixture's REST answers and its socket frames."""
    lines = (FIXTURES / f"{name}.jsonl").read_bytes().splitlines()[1:]
    raws = [journal.parse(line, name) for line in lines if line.strip()]
    rest = [raw for raw in raws if raw.url.startswith("http")]
    frames = [raw for raw in raws if raw.url.startswith("ws")]
    return rest, [replace(raw, conn="one#1") for raw in frames]


def taught(name: str, rest: list[Raw]) -> Facts:
    facts = shipped(name)
    reader = Reader(load(name), facts)
    for raw in rest:
        list(reader.read(raw))
    return facts


def told(event: Event) -> bytes:
    """Return an event without its receipt; a listing has no other time."""
    fixed = {"seen": 0, "at": 0} if isinstance(event, Listing) else {"seen": 0}
    return wire.line(replace(event, **fixed))


def ends(name: str, raw: Raw) -> bool:
    """Tell whether the venue refuses or leaves with this frame: what follows would go unread."""
    items = Reader(load(name), shipped(name)).read(raw)
    return any(isinstance(item, Rejected | Closing) for item in items)


@pytest.mark.parametrize("name", names())
def test_sockets_bring_what_sessions_read(name: str) -> None:
    rest, frames = fixture(name)
    opened = {s.url for s in load(name).streams(taught(name, rest), WATCHED)}
    frames = [raw for raw in frames if raw.url in opened and not ends(name, raw)]
    assert frames, "the fixture holds no frame of a socket that is opened"
    reader = Reader(load(name), taught(name, rest))
    expected = Counter(
        told(item)  # type: ignore[arg-type]  # what has an instrument is an event
        for raw in frames
        for item in reader.read(raw)
        if hasattr(item, "instrument")
    )
    assert sum(expected.values()) > 3
    assert brought(name, rest, frames, sum(expected.values())) == expected


def brought(name: str, rest: list[Raw], frames: list[Raw], count: int) -> Counter[bytes]:
    """Return the events of the frames as the real feeds emit them."""
    recordings = Replayed(frames)
    server = JournalServer(recordings, {name: load(name).hosts}, lambda _seen: 0.0)
    heard: list[Event] = []
    with serving(server):
        local = load(name).at(server.local_hosts(name), load(name).markets)
        venue = RecordedVenue(local, recordings, server.original)
        clock = JournalClock(SystemClock(), max(raw.seen for raw in frames), 1.0)
        drive = Live([(venue, taught(name, rest))], WATCHED, clock, Random(1).random, None, QUICK)
        core = Core(Engine(labels([venue]), WATCHED), drive, clock)
        core.listeners.append(heard.append)
        core.start()
        until(lambda: sum(not isinstance(e, FeedStatus | Gap) for e in heard) >= count)
        assert core.stop(5.0)
    assert core.failure is None
    return Counter(told(event) for event in heard if not isinstance(event, FeedStatus | Gap))
