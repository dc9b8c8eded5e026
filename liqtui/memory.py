"""What a core hears is kept, and given back at the next start.

The archive's thread writes; in here, in the core thread, references are handed over and, once a
second, what no event tells: the map's new columns, its clusters, what the rules of the alerts know.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from liqtui.alerts import state
from liqtui.archive.opening import Archive, opened
from liqtui.archive.reader import UNREADABLE, Reader
from liqtui.archive.retention import Limits
from liqtui.archive.stretches import Span, missing
from liqtui.clock import Clock
from liqtui.core import Core
from liqtui.model.alert import Alert
from liqtui.model.events import (
    Candle,
    Event,
    Funding,
    Gap,
    Liquidation,
    Listing,
    MarketEvent,
    MarkPrice,
    OpenInterest,
    Trade,
)
from liqtui.model.market import Instrument
from liqtui.model.records import Column, Fetched, Kept, Line, Peaks, Record, State, Traded
from liqtui.model.snapshot import Cluster
from liqtui.store.rings import MINUTE

T = TypeVar("T")
_log: Final = logging.getLogger(__name__)
_DAY: Final = 1440 * MINUTE
_TRACED: Final = 5 * _DAY
"""For which the price's way is given back."""
_SCORED: Final = 30 * _DAY
_ALERTS: Final = 50
_COLUMNS_OF_A_DAY: Final = 1440
_COLUMNS: Final = 120
"""Columns handed over at a time: the first are a day's."""
_BAR: Final = 5 * MINUTE
"""The longest that is fetched."""
_STATE: Final = "alerts"
_STATE_VERSION: Final = 1
"""Of the envelope; the rules' own version is inside."""
NOT_RUN: Final = "liqtui did not run"
_STREAM: Final = "all"
_BEHIND: Final = 5_000_000_000
"""Nanoseconds by which another process that is writing may be behind."""
_WATCHED: Final = (Trade, OpenInterest, Funding, Candle)


class Memory:
    """Keeps what one core hears.

    Args:
        directory: of the archive.
        limits: how much is kept.
        clock: says when.
        keep: rows of the tape.
        sample_s: seconds between two samples of a contract.
    """

    def __init__(
        self, directory: Path, limits: Limits, clock: Clock, keep: int, sample_s: float = 60.0
    ) -> None:
        self._directory = directory
        self._limits = limits
        self._clock = clock
        self._keep = keep
        self._sample_s = sample_s
        self._archive = Archive()
        self._reading = threading.Lock()
        self._given: set[str] = set()
        self._done: dict[str, NDArray[np.int64]] = {}
        self._minute = 0
        self._tell: Callable[[str], None] = _log.warning
        self._told: set[str] = set()

    @property
    def writes(self) -> bool:
        """Whether this process is the one that keeps what it hears, and tells others of it."""
        return self._archive.writer is not None

    def attach(self, core: Core, venues: Iterable[str]) -> int:
        """Give back what was kept, and keep what comes; in the core thread, before the feeds run.

        Args:
            core: with nothing in it yet.
            venues: that will be heard.

        Returns:
            UTC ns from which on what exchanges tell of liquidations is news. What is older may
            come again in other words, at the price it filled instead of that of its order, so that
            nobody could tell that it is the same.
        """
        self._tell, now = core.notice, self._clock.now()
        heard = self._open(core, now)
        writer = self._archive.writer
        if writer is not None:
            writer.start()
            core.listeners.append(self._listener(core))
            core.alarms.append(self._alarmed)
            core.gauges["archive_waiting"] = lambda: writer.waiting
            core.gauges["archive_dropped"] = lambda: writer.dropped
            core.gauges["archive_written"] = lambda: writer.written
        if heard is None or heard >= now:
            return now
        for venue in venues if writer is not None or now - heard > _BEHIND else ():
            core.emit(Gap(venue, _STREAM, heard, now, NOT_RUN, now, now))
        return heard

    def close(self) -> None:
        """Write what waits and let go of the file: the last to do so leaves it in one piece."""
        reader, writer = self._archive.reader, self._archive.writer
        if reader is not None:
            with self._reading:
                reader.close()
        if writer is not None and not writer.stop():
            _log.warning("the archive is still being written")
        self._archive = Archive()

    # Back from the archive.

    def _open(self, core: Core, now: int) -> int | None:
        """Open the archive and give back what can be read; return up to when it was written."""
        self._archive = opened(
            self._directory, self._limits, self._clock, core.notice, self._sample_s
        )
        reader = self._archive.reader
        if reader is None:
            return None
        try:
            heard = reader.last_heard()
            if heard is not None:
                self._recall(core, reader, now)
        except UNREADABLE as error:
            self._complain(error)
            return now
        return heard

    def _recall(self, core: Core, reader: Reader, now: int) -> None:
        """Give back what all coins have in common, and the coin that is shown first."""
        engine = core.engine
        for kept in reader.liquidations(0, self._keep):
            engine.recall(kept)
        for sums in reader.sums(now):
            engine.market.base(sums.base).recall(sums)
        for gap in reader.gaps(now - _DAY):
            engine.miss(gap)
        for base in engine.watched[:1]:
            self._give(core, base, _read(reader, base, now))
        found = reader.state(_STATE, _STATE_VERSION)
        core.recall(state.decode(found) if found else None, reader.alerts(_ALERTS))

    async def recall(self, core: Core, base: str) -> None:
        """Give back what was kept of a coin, unless it was."""
        if base not in self._given:
            now = self._clock.now()
            found = await self._asked(lambda reader: _read(reader, base, now), None)
            if found is not None:
                self._give(core, base, found)

    async def _asked(self, what: Callable[[Reader], T], otherwise: T) -> T:
        """Return what is read beside the loop; what cannot be read is told and does without."""

        def read() -> T:
            with self._reading:
                reader = self._archive.reader
                return what(reader) if reader else otherwise

        try:
            return await asyncio.to_thread(read)
        except UNREADABLE as error:
            self._complain(error)
            return otherwise

    def _complain(self, error: Exception) -> None:
        told = f"archive: not all of it can be read: {type(error).__name__}: {error}"
        _log.warning("%s", told)
        if told not in self._told:
            self._told.add(told)
            self._tell(told)

    def _give(self, core: Core, base: str, found: "_Coin") -> None:
        self._given.add(base)
        coin = core.engine.market.base(base)
        for at, price in found.prices:
            coin.prices.put(at - 1, price)
            coin.price_before = price
        for traded in found.traded:
            coin.traded(traded.venue).recall(traded.minute, traded.usd)
        for venue, (at, prices, usd) in found.points.items():
            coin.flow(venue).points.extend(at.astype(np.int64) * 1_000_000, prices, usd)
        history = core.engine.track(base).history
        for column in found.columns:
            history.recall(column.minute, column.first, column.usd)
        core.engine.painter(base).recall(found.clusters)
        core.engine.recall_score(base, found.ledger)
        for _ in history.news(self._columns_done(base), _COLUMNS_OF_A_DAY):
            pass  # they are kept already

    async def missing(self, instrument: Instrument, since: int, now: int) -> list[Span]:
        """Return what must be fetched of a contract's past, UTC ns; the newest first."""
        none: list[Span] = []
        held = await self._asked(lambda reader: reader.covered(instrument), none)
        return [(start, min(end, now)) for start, end in missing((since, now), held)][::-1]

    async def past(
        self, instrument: Instrument, since: int, holes: Sequence[Span], seen: int
    ) -> list[MarketEvent]:
        """Return what is known of a contract's past outside holes."""

        def read(reader: Reader) -> list[MarketEvent]:
            return list(reader.past(instrument, since, holes, seen))

        return await self._asked(read, [])

    async def liquidations(self, base: str, since: int) -> list[Liquidation]:
        """Return a coin's liquidations that count."""
        none: list[Kept] = []
        found = await self._asked(lambda reader: reader.liquidations(since, base=base), none)
        return [kept.event for kept in found if not kept.doubt]

    # Into the archive.

    def fetched(self, instrument: Instrument, start: int, end: int) -> None:
        """Take note that a stretch of a contract's past was fetched, as far as bars were over."""
        self._keep_it(Fetched(instrument, start, end // _BAR * _BAR))

    def ledger(self, line: bytes) -> None:
        """Keep a line of the score's ledger."""
        self._keep_it(Line(line))

    def _keep_it(self, record: Record) -> None:
        if self._archive.writer is not None:
            self._archive.writer.take(record)

    def _listener(self, core: Core) -> Callable[[Event], None]:
        """Return what hands over events: all liquidations, all else of watched coins."""
        keep, engine, tape = self._keep_it, core.engine, core.engine.tape
        rows = tape.total

        def take(event: Event) -> None:
            nonlocal rows
            if isinstance(event, Liquidation):
                row = tape.last
                if row is not None and tape.total != rows and row.evidence is not None:
                    known, rows = row.evidence, tape.total
                    keep(Kept(event, known.mark, known.oi_usd, row.cluster, row.quarantined))
            elif isinstance(event, MarkPrice | Listing):
                return
            elif not isinstance(event, _WATCHED) or engine.watches(event.instrument.base):
                keep(event)

        return take

    def _alarmed(self, alert: Alert) -> None:
        self._keep_it(alert)
        self._minute = 0  # what the rules know is kept with what they told

    async def run(self, core: Core) -> None:
        """Keep once a second what no event tells, until cancelled."""
        try:
            while True:
                await asyncio.sleep(1.0)
                self.look(core)
        finally:
            self.look(core, last=True)
            self.close()

    def look(self, core: Core, *, last: bool = False) -> None:
        """Keep what no event has told since the last look; at the end, too, all of it."""
        for base in core.engine.watched:
            track = core.engine.track(base)
            for minute, first, usd in track.history.news(self._columns_done(base), _COLUMNS):
                self._keep_it(Column(base, minute, track.estimator.method, first, usd))
        minute = self._clock.now() // MINUTE
        if minute != self._minute or last:
            self._minute = minute
            self._minutely(core)

    def _minutely(self, core: Core) -> None:
        now = self._clock.now()
        for base in core.engine.watched:
            if not core.engine.track(base).reading:
                self._keep_it(Peaks(base, now, core.engine.painter(base).clusters()))
        self._keep_it(State(_STATE, _STATE_VERSION, now, state.encode(core.watchful)))

    def _columns_done(self, base: str) -> NDArray[np.int64]:
        done = self._done.get(base)
        if done is None:
            done = self._done[base] = np.full(_COLUMNS_OF_A_DAY, -1, np.int64)
        return done


class _Coin(NamedTuple):
    """What was kept of one coin."""

    prices: list[tuple[int, float]]
    traded: list[Traded]
    points: dict[str, NDArray[np.float64]]
    columns: list[Column]
    clusters: tuple[Cluster, ...]
    ledger: list[bytes]


def _read(reader: Reader, base: str, now: int) -> _Coin:
    return _Coin(
        reader.prices(base, now - _TRACED),
        list(reader.traded(base, now - 60 * MINUTE)),
        reader.points(base, now - _DAY),
        list(reader.columns(base, now - _DAY)),
        reader.clusters(base),
        list(reader.ledger(base, now - _SCORED)),
    )
