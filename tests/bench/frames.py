"""Frames to measure with: recorded by others, documented in fixtures, or of the shipped sample."""

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, cycle, islice
from pathlib import Path
from typing import Final, TypeAlias

import msgspec
from msgspec import Struct

from liqtui import paths
from liqtui.commands.replay import SAMPLE
from liqtui.model.events import Funding, Liquidation, MarkPrice, OpenInterest, Trade
from liqtui.protocol.facts import Facts
from liqtui.protocol.items import Item
from liqtui.protocol.raw import Raw
from liqtui.protocol.venue import Session
from liqtui.store import journal
from liqtui.store.segments import Recording
from liqtui.venues import load, names, shipped

_CAPTURES: Final = Path(os.environ.get("LIQTUI_CAPTURES", "/nonexistent")) / "wire"
_FIXTURES: Final = Path(__file__).parents[1] / "fixtures" / "venues"
_FILES: Final = ("liquidation", "trades", "mark_funding")
_Kind: TypeAlias = Liquidation | Trade | MarkPrice | OpenInterest | Funding
_KINDS: Final = (Liquidation, Trade, MarkPrice, OpenInterest, Funding)
"""A frame is of the first of these that is in it."""
_CROWD: Final = 20
"""Events from which on a frame is one of a whole market."""
_LAG: Final = 50_000_000
"""Nanoseconds between the venue's time and the receipt of a frame nobody noted the receipt of."""
_LEAST: Final = 500
_MOST: Final = 1000


class Frame(Struct, frozen=True):
    """One frame and the reader of its connection, which has read all of them once."""

    receive: Callable[[bytes, int], Iterable[Item]]
    body: bytes
    seen: int


class Channel(Struct, frozen=True):
    """What frames are alike in."""

    venue: str
    market: str
    kind: str
    captured: bool

    def __str__(self) -> str:
        return f"{self.venue} {self.market} {self.kind}{' (captured)' if self.captured else ''}"


class _Captured(Struct):
    raw: msgspec.Raw
    origin: str = ""
    channel: str | None = None

    @property
    def recorded(self) -> bool:
        """Whether a socket sent it."""
        real = self.origin.startswith("wire-capture") or "real exchange" in self.origin
        return real and not (self.channel or "").startswith("http")


def sample() -> Iterator[Raw]:
    """Yield the lines of the journal that is shipped."""
    return Recording(str(paths.shipped(SAMPLE)), print).raws()


def channels() -> dict[Channel, list[Frame]]:
    """Return the frames of every venue's channels, 500 to 1000 of each, repeated if need be."""
    found: dict[Channel, list[Frame]] = defaultdict(list)
    journaled = list(sample())
    for name in names():
        lines = [raw for raw in journaled if raw.venue == name and raw.direction == "in"]
        facts = taught(name, lines)
        documented = chain(_fixture(name), lines)
        for channel, frame in _read(name, facts, _captured(name), captured=True):
            found[channel].append(frame)
        for channel, frame in _read(name, facts, (("", raw) for raw in documented), captured=False):
            found[channel].append(frame)
    return {channel: _enough(frames) for channel, frames in found.items()}


def taught(name: str, lines: Iterable[Raw]) -> Facts:
    """Return what is known of a venue after the REST answers among some lines."""
    venue, facts = load(name), shipped(name)
    for raw in lines:
        if raw.url.startswith("http"):
            list(venue.read(raw.url, raw.body, raw.seen, facts))
    return facts


def _read(
    name: str, facts: Facts, lines: Iterable[tuple[str, Raw]], *, captured: bool
) -> Iterator[tuple[Channel, Frame]]:
    venue = load(name)
    sessions: dict[tuple[str, ...], Session] = {}
    for market, raw in lines:
        if raw.url.startswith("http"):
            continue
        session = sessions.setdefault(
            (market, raw.conn, raw.url), venue.session(raw.url, facts, market)
        )
        items = list(session.receive(raw.body, raw.seen))
        event = _chief(items)
        if event is not None:
            facts.instruments.setdefault(event.instrument.symbol, event.instrument)
            label = type(event).__name__ + (" of a market" if len(items) >= _CROWD else "")
            channel = Channel(name, event.instrument.market, label, captured)
            yield channel, Frame(session.receive, raw.body, raw.seen or event.at + _LAG)


def _chief(items: list[Item]) -> _Kind | None:
    """Return the event a frame is named after; None where it gave none."""
    found = [item for item in items if isinstance(item, _KINDS)]
    return min(found, key=lambda item: _KINDS.index(type(item)), default=None)


def _captured(name: str) -> Iterator[tuple[str, Raw]]:
    """Yield a market and a frame at a time; a folder is called ``venue`` or ``venue_market``."""
    for folder in sorted(_CAPTURES.glob(f"{name}*")):
        market = folder.name.removeprefix(name).removeprefix("_")
        for kind in _FILES:
            for line in (folder / f"{kind}.jsonl").read_bytes().splitlines():
                row = msgspec.json.decode(line, type=_Captured)
                if row.recorded:
                    yield market, Raw(name, "", "in", "", 0, bytes(row.raw))


def _fixture(name: str) -> Iterator[Raw]:
    lines = (_FIXTURES / f"{name}.jsonl").read_bytes().splitlines()[1:]
    return (journal.parse(line, name) for line in lines if line.strip())


def _enough(frames: list[Frame]) -> list[Frame]:
    spread = frames[:: -(-len(frames) // _MOST)]
    return list(islice(cycle(spread), max(_LEAST, len(spread))))
