"""A journal played through sessions and engine, in its own order and at its recorded times."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path

from msgspec.structs import replace

from liqtui.clock import Clock
from liqtui.core import Core
from liqtui.feeds.meter import Meter
from liqtui.model.events import Candle, Event, FeedStatus, Gap, Listing
from liqtui.model.market import FeedState
from liqtui.model.snapshot import FeedHealth, Progress
from liqtui.model.text import plain
from liqtui.model.view import Driving, Pace, Seek, Watch
from liqtui.protocol.items import Ack, Closing, Item, Malformed, Pong, Rejected, Reply, Unknown
from liqtui.protocol.raw import Raw
from liqtui.store import journal
from liqtui.store.reading import Reader

_TURN = 200
"""Lines after which other tasks get their turn."""


class JournalClock:
    """The journal's time: stands until started, then goes on ``speed`` times as fast.

    Args:
        real: drives it.
        start: UTC ns.
        speed: 1 is as recorded; 0 stands still (the player moves it).
    """

    def __init__(self, real: Clock, start: int, speed: float) -> None:
        self._real = real
        self.speed = speed
        self._from = start
        self._since = real.monotonic()

    def now(self) -> int:
        """Return the journal's time, UTC ns."""
        passed = (self._real.monotonic() - self._since) * self.speed
        return self._from + round(passed * 1e9)

    def monotonic(self) -> float:
        """Return seconds that go by as fast as the journal does: so do silences in it."""
        return self._real.monotonic() * (self.speed or 1.0)

    def until(self, moment: int) -> float:
        """Return the real seconds until the journal's time is ``moment`` (UTC ns)."""
        return (moment - self.now()) / 1e9 / self.speed if self.speed else 0.0

    def run(self, speed: float) -> None:
        """Go on at another speed."""
        self.jump(self.now())
        self.speed = speed

    def jump(self, now: int) -> None:
        """Be at ``now`` (UTC ns) and go on from there."""
        self._from, self._since = now, self._real.monotonic()


def first_seen(lines: Iterable[Raw]) -> tuple[int, Iterator[Raw]]:
    """Return the first recorded time (0 if none) and all the lines, the first included."""
    passed: list[Raw] = []
    rest = iter(lines)
    for raw in rest:
        passed.append(raw)
        if raw.seen:
            break
    start = passed[-1].seen if passed else 0
    return start, chain(passed, rest)


class Playback:
    """A drive that plays raw lines.

    Args:
        lines: in recorded order.
        readers: makes the reader of a venue that turns up, None for one that is not wanted.
        clock: the journal's; moved by this player.
        start_at: UTC ns before which nothing is waited for.
        skipped: a stretch of the journal that is left out, from and to in UTC ns.
        linger: whether to stay when the journal ends, for a screen to be looked at.
        name: of the journal, for the user.
    """

    source = "replay"

    def __init__(
        self,
        lines: Iterable[Raw],
        readers: Callable[[str], Reader | None],
        clock: JournalClock,
        *,
        start_at: int = 0,
        skipped: tuple[int, int] | None = None,
        linger: bool = False,
        name: str = "journal",
    ) -> None:
        self._lines = lines
        self._make = readers
        self._readers: dict[str, Reader | None] = {}
        self._clock = clock
        self._start_at = start_at
        self._skipped = skipped
        self._turned = asyncio.Event()
        """Somebody wants another speed or another place."""
        self._linger = linger
        self._name = plain(Path(name).name)
        self._feeds: dict[tuple[str, str], FeedHealth] = {}
        self._meters: dict[tuple[str, str], Meter] = {}
        self._seeking: float | None = None
        self._first = 0
        self.lines = 0
        self.ended = False
        """Everything was played."""

    async def run(self, core: Core) -> None:
        """Play to the end."""
        try:
            for raw in self._lines:
                self._first = self._first or raw.seen
                await self._wait(raw.seen)
                if self._skipped is not None and raw.seen >= self._skipped[1]:
                    self._say_skipped(core, *self._skipped)
                core.beat(raw.seen)
                core.engine.heard(raw.body, raw.seen)
                for event in self.play(raw):
                    core.emit(event)
                if self.lines % _TURN == 0:
                    await asyncio.sleep(0)
        except journal.JournalError as error:
            core.notice(f"the journal broke off: {plain(str(error))}")
        core.notice(f"{self._name}: the journal ends here ({self.lines:,} lines)")
        self.ended = True
        if self._linger:
            await asyncio.Event().wait()

    def _say_skipped(self, core: Core, start: int, end: int) -> None:
        """Tell of the stretch that is left out as of any other hole."""
        self._skipped = None
        for venue, reader in self._readers.items():
            if reader is not None:
                core.emit(Gap(venue, "journal", start, end, "skipped", end, end))

    async def _wait(self, seen: int) -> None:
        """Wait for a recorded time, or be there at once."""
        while seen and (ahead := self._ahead(seen)) > 0:
            self._turned.clear()
            try:
                async with asyncio.timeout(ahead):
                    await self._turned.wait()
            except TimeoutError:
                return

    def _ahead(self, seen: int) -> float:
        """Return the seconds until a recorded time, 0 where nothing is waited for."""
        clock = self._clock
        if not clock.speed or seen < self._start_at:
            clock.jump(max(seen, clock.now()))
            self._note_seeking(seen)
            return 0.0
        self._seeking = None
        if clock.now() < self._start_at:
            clock.jump(self._start_at)
        return clock.until(seen)

    def _note_seeking(self, seen: int) -> None:
        span = self._start_at - self._first
        paced = self._clock.speed and span > 0
        self._seeking = (seen - self._first) / span if paced else None

    def play(self, raw: Raw) -> Iterator[Event]:
        """Yield what one line gives, with what it tells of its connection."""
        self.lines += 1
        if raw.venue not in self._readers:
            self._readers[raw.venue] = self._make(raw.venue)
        reader = self._readers[raw.venue]
        if reader is None:
            return
        feed = self._feed(raw)
        if raw.direction == "close":
            yield from self._turn(feed, FeedState.DOWN, "closed in the journal", raw.seen)
            yield Gap(raw.venue, feed.stream, raw.seen, raw.seen, "closed", raw.seen, raw.seen)
        for item in reader.read(raw):
            yield from self._told(feed, item, raw.seen)

    def _told(self, feed: FeedHealth, item: Item, seen: int) -> Iterator[Event]:
        key = (feed.venue, feed.stream)
        match item:
            case Malformed(reason):
                now = self._feeds[key]
                self._feeds[key] = replace(now, malformed=now.malformed + 1, last=plain(reason))
            case Unknown(kind):
                now = self._feeds[key]
                self._feeds[key] = replace(now, unknown=now.unknown + 1, last=plain(kind))
            case Rejected(topic, reason):
                now = self._feeds[key]
                said = plain(f"{topic}: {reason}")
                self._feeds[key] = replace(now, rejected=(*now.rejected, said), last=said)
            case Reply() | Ack() | Pong() | Closing():
                pass
            case event:
                if not isinstance(event, Candle | Listing):
                    self._meters[key].lag(event.at, seen)
                yield from self._turn(self._feeds[key], FeedState.LIVE, "", seen)
                yield event

    def _turn(
        self, feed: FeedHealth, state: FeedState, reason: str, seen: int
    ) -> Iterator[FeedStatus]:
        if feed.state is not state:
            key = (feed.venue, feed.stream)
            self._feeds[key] = replace(self._feeds[key], state=state, reason=reason, since=seen)
            yield FeedStatus(feed.venue, feed.stream, state, reason, seen, seen)

    def _feed(self, raw: Raw) -> FeedHealth:
        stream = raw.conn.partition("#")[0] or "journal"
        key = (raw.venue, stream)
        feed = self._feeds.get(key)
        if feed is None:
            feed = FeedHealth(raw.venue, stream, FeedState.CONNECTING, "", raw.seen)
        received = raw.direction == "in"
        meter = self._meters.setdefault(key, Meter())
        if received:
            meter.frame(len(raw.body), raw.seen)
        self._feeds[key] = replace(
            feed,
            frames=feed.frames + received,
            size=feed.size + len(raw.body) * received,
            reconnects=feed.reconnects + (raw.direction == "close"),
        )
        return self._feeds[key]

    async def obey(self, core: Core, command: Driving) -> str:
        """Watch another base; a journal cannot be reconnected."""
        match command:
            case Watch(base):
                core.engine.watch(base)
                return f"watching {plain(base)}"
            case Pace(speed):
                self._clock.run(speed)
                self._turned.set()
                return f"{speed:g} times as fast as recorded" if speed else "at once"
            case Seek(at):
                return self._seek(at)
            case _:
                return "a journal has no connections: it can neither be recorded nor opened again"

    def _seek(self, at: int) -> str:
        if at <= self._clock.now():
            return "a replay only goes forward: begin it again with --from"
        self._first, self._start_at = self._clock.now(), at
        self._turned.set()
        return "going there"

    def health(self) -> tuple[FeedHealth, ...]:
        """Return the recorded connections so far, their rates as of the journal's time."""
        now = self._clock.now()
        return tuple(_measured(feed, self._meters[key], now) for key, feed in self._feeds.items())

    def recorded(self) -> None:
        """A journal is not recorded again."""

    def progress(self) -> tuple[Progress, ...]:
        """Return how far the way to the start is, while it is gone."""
        if self._seeking is None:
            return ()
        return (Progress("seeking", min(max(self._seeking, 0.0), 1.0)),)


def _measured(feed: FeedHealth, meter: Meter, now: int) -> FeedHealth:
    frames_per_s, bytes_per_s = meter.rates(now)
    lag_p50_ms, lag_p95_ms = meter.lags(now)
    return replace(
        feed,
        frames_per_s=frames_per_s,
        bytes_per_s=bytes_per_s,
        lag_p50_ms=lag_p50_ms,
        lag_p95_ms=lag_p95_ms,
    )
