"""One watched base's estimate over time: first its past, then live."""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import numpy as np
from msgspec.structs import replace

from liqtui.estimator import Attentive, Estimator, Exposure
from liqtui.estimator.clusters import expected, fired
from liqtui.estimator.grid import Grid
from liqtui.estimator.history import History, window
from liqtui.estimator.methods import expecting
from liqtui.estimator.past import FAR, condensed, in_order
from liqtui.estimator.score.board import Scoreboard
from liqtui.estimator.slices import WHOLE, Divisible, Part, Parts, Slices
from liqtui.model.events import (
    Candle,
    Funding,
    Gap,
    Liquidation,
    MarketEvent,
    MarkPrice,
    OpenInterest,
    Trade,
)
from liqtui.model.market import CandlePrice, Side
from liqtui.model.score import Score
from liqtui.model.snapshot import Cluster, Floats
from liqtui.store.rings import MINUTE

_QUIET: Final = 5_000_000_000
"""Nanoseconds without history after which the past counts as read."""
_SHARE: Final = 5
"""Events of the past that are applied at a time; about ten milliseconds."""
_LATE: Final = 2 * MINUTE
_STEP, _FAR_STEP = 5, 30
"""Minutes for which a map of the past stands, and for which one of the far past does."""
_SIDES: Final = (Side.LONG, Side.SHORT)
_FEEDS: Final = (Trade, MarkPrice, OpenInterest, Candle, Liquidation, Funding)


class Track:
    """Feeds an estimator in order of time and keeps a column a minute.

    History arrives in blocks, one instrument after the other, and live events in between; so all
    is collected until the blocks stop coming, put in order, and applied: a share of it with every
    event that comes, since a day at once would hold up the feeds. From then on events go straight
    through, and history that comes later is left out of the map.

    Args:
        estimator: makes it.
        minutes: columns kept.
        board: makes what scores the estimate and what it expects; from when it has learned the
            past, for which the map does not wait.
    """

    def __init__(
        self,
        estimator: Callable[[], Estimator],
        minutes: int = 1440,
        board: Callable[[Sequence[Estimator]], Scoreboard] | None = None,
    ) -> None:
        self.estimator = estimator()
        self.expected = expecting(self.estimator)
        """What is expected to fire of it; fed from here, it feeds the estimator."""
        self.board = board((self.estimator, self.expected)) if board else None
        self.history = History(minutes)
        self._slices = Slices(minutes)
        self._price = 0.0
        self._waiting: list[MarketEvent] | None = []
        self._past: list[MarketEvent] | None = None
        """What was collected, the newest first, while it is being applied."""
        self._lessons: deque[MarketEvent] = deque()
        """What the board is still to learn, the oldest first."""
        self._history_seen: int | None = None
        self._kept: tuple[int, Exposure] | None = None
        """The minute of the last column and its map."""
        self._split: Parts | None = None
        """The same by venue and class of leverage, once it was wanted."""
        self._ages: dict[tuple[Side, int, int], int | None] = {}
        """Of the clusters asked for since the last column."""
        self._aged = -1
        self._held = False
        self._last = self._closed = 0
        """UTC ns of what was taken in last; minute that was closed last."""
        self.version = 0
        """Changes when a column was added."""

    @property
    def reading(self) -> bool:
        """Whether the past is still being collected."""
        return self._waiting is not None

    def take(self, event: MarketEvent, now: int) -> None:
        """Take in one event of this base, received at ``now`` (UTC ns)."""
        if not isinstance(event, _FEEDS):
            return
        if self._waiting is None:
            self._live(event)
            return
        self._waiting.append(event)
        if self._past is not None:
            if not self._held:  # else a message with a thousand events would apply all of the past
                self._catch_up(_SHARE)
            return
        if self._history_seen is None or now - event.at > MINUTE:
            self._history_seen = now
        elif now - self._history_seen >= _QUIET and not self._held:
            self.begin()

    def missed(self, gap: Gap) -> None:
        """Let the estimate be less sure of itself for what was lost."""
        if isinstance(self.estimator, Attentive):
            self.estimator.missed(gap)

    def ail(self, venue: str, *, ill: bool) -> None:
        """Let the estimate be less sure of itself while a venue's feeds are not well."""
        if isinstance(self.estimator, Attentive):
            self.estimator.ail(venue, ill=ill)

    def foreseen(self, clusters: tuple[Cluster, ...]) -> tuple[Cluster, ...]:
        """Return clusters with what is expected to fire of each, and how sure that is."""
        fire = self.expected.exposure() if clusters else None
        return clusters if fire is None else tuple(self._sure(one, fire) for one in clusters)

    def _sure(self, cluster: Cluster, fire: Exposure) -> Cluster:
        usd = expected(cluster, fire)
        sure = self.board.chance(self.expected.method, usd) if self.board else None
        return replace(fired(cluster, fire, sure), age_s=self._age(cluster, fire.grid))

    def _age(self, cluster: Cluster, grid: Grid) -> int | None:
        """Return for how long, in seconds, half of a cluster has been on the map."""
        low, high = (grid.first + grid.index(edge) for edge in (cluster.low, cluster.high))
        key = cluster.side, low, high
        if self._aged != self.version:
            self._ages.clear()
            self._aged = self.version
        if key not in self._ages:
            minutes, usd = self.history.held(_SIDES.index(cluster.side), low, high)
            less = np.flatnonzero(usd < 0.5 * cluster.usd)
            since = minutes[: less[0]] if len(less) else minutes
            newest = minutes[:1].sum()
            self._ages[key] = int(newest - since.min(initial=newest)) * 60 if len(minutes) else None
        return self._ages[key]

    def score(self) -> Score | None:
        """Return how right it has been; None where nobody scores it."""
        if self.board is None:
            return None
        warming = "reading history" if self.reading else self.estimator.warming()
        return self.board.slice(self.expected.method, warming)

    def teach(self, events: Iterable[Liquidation], now: int) -> None:
        """Take in liquidations of a former run, unless the past is read already."""
        for event in events:
            if self.reading and event.instrument.in_dollars:
                self.take(event, now)

    def hold(self) -> None:
        """Do not go live by yourself: somebody fetches the past, will `begin`, and `catch_up`."""
        self._held = True

    def begin(self) -> None:
        """Let what was collected be applied, in order of time, with the events to come."""
        if self._past is None and self._waiting is not None:
            self._past, self._waiting = condensed(self._waiting)[::-1], []

    def catch_up(self) -> bool:
        """Apply a share of what was collected without waiting for events; return whether it was.

        False: there is nothing left to apply or to learn, or it is still being collected.
        """
        if self._past is not None:
            self._catch_up(_SHARE)
            return True
        return self._learn(_SHARE)

    def _catch_up(self, share: int) -> None:
        """Apply some of the past, then of what came meanwhile; go live when next to none is left.

        What came meanwhile may be seconds' worth of a busy market: it must not be one block.
        """
        assert self._past is not None
        for _ in range(min(share, len(self._past))):
            self._replay(self._past.pop())
        if self._past:
            return
        waited, self._waiting = in_order(self._waiting or []), []
        if len(waited) > share:
            self._past = waited[::-1]
            return
        self._waiting = self._past = None
        for event in waited:
            self._replay(event)

    def _replay(self, event: MarketEvent) -> None:
        if self.board is not None:
            self._lessons.append(event)
        self._step(event)

    def _learn(self, share: int) -> bool:
        """Let the board learn some of what it has missed; return whether there was any."""
        if self.board is None or not self._lessons:
            return False
        for _ in range(min(share, len(self._lessons))):
            self.board.learn(self._lessons.popleft())
        return True

    def _live(self, event: MarketEvent) -> None:
        if event.at >= self._last - _LATE:
            if not self._held:
                self._learn(_SHARE)
            if self._lessons:
                self._lessons.append(event)
            elif self.board is not None:
                self.board.observe(event)
            self._step(event)

    def _step(self, event: MarketEvent) -> None:
        # What is stamped with the first instant of a minute tells of the one before: a bar's end,
        # a count of open interest.
        minute = (event.at - 1) // MINUTE
        if self._last and (minute > self._last // MINUTE or isinstance(event, Candle)):
            self._end(minute, event)
        self._last = max(self._last, event.at - 1)
        self._price = _price(event) or self._price
        self.expected.update(event)

    def _end(self, minute: int, event: MarketEvent) -> None:
        """Close what is over when an event of a minute comes: what a bar spans is no hole."""
        spanned = event.interval_s // 60 if isinstance(event, Candle) else 1
        last = self._last // MINUTE
        over = {*range(max(self._closed, minute - spanned) + 1, minute)}
        if minute > last:
            over.add(last)
        if over:
            self._close(sorted(over))
            self._closed = max(over)

    def _close(self, minutes: Iterable[int]) -> None:
        """Keep the present map as that of minutes now over.

        Of the past one map stands for `_STEP` minutes or, if it is far, for `_FAR_STEP`; of what
        is too old to be shown, none is kept.
        """
        now = self._last // MINUTE
        ahead = self._past[0].at // MINUTE - now if self._past else 0
        if ahead > self.history.minutes:
            return
        step = _FAR_STEP if ahead * MINUTE > FAR else _STEP
        if self._past is None or self._kept is None or not 0 <= now - self._kept[0] < step:
            exposure = self.estimator.exposure()
            self._kept, self._split = None if exposure is None else (now, exposure), None
        if self._kept is not None:
            for minute in minutes:
                self.history.put(minute, self._kept[1])
                self._slice(minute, self._kept[1])
            self.version += 1

    def _slice(self, minute: int, exposure: Exposure) -> None:
        if self._price and isinstance(self.estimator, Divisible) and self._slices.due(minute):
            self._split = self._split or self.estimator.parts()
            self._slices.put(minute, exposure.grid, self._price, self._split)

    def part(self, part: Part) -> Exposure | None:
        """Return what is chosen of what stands now, without its bands; None where nothing is."""
        whole = self.estimator.exposure()
        if whole is None or part == WHOLE or not isinstance(self.estimator, Divisible):
            return whole
        long, short = part.of(self.estimator.parts(), whole.grid.size)
        return Exposure(whole.grid, long, short, outlook=whole.outlook)

    def _column(
        self, minute: int, first: int, size: int, sides: tuple[bool, bool], part: Part
    ) -> Floats | None:
        if part == WHOLE or not isinstance(self.estimator, Divisible):
            return self.history.column(minute, first, size, sides)
        found = self._slices.column(minute, part)
        if found is None or self.history.column(minute, first, 0, sides) is None:
            return None
        start, both = found
        cells = window(both, first - start, size, sides)
        cells[: max(start - first, 0)] = np.nan
        cells[max(start + both.shape[1] - first, 0) :] = np.nan
        return cells

    def columns(
        self,
        minutes: list[range],
        first: int,
        size: int,
        sides: tuple[bool, bool],
        part: Part = WHOLE,
    ) -> Floats:
        """Return closed columns, each the newest minute there is of a range of minutes.

        Args:
            minutes: one range of UTC minutes per column.
            first: absolute number of the lowest bucket.
            size: buckets.
            sides: whether longs and shorts are summed.
            part: what of the map is meant; any but the whole stands still for five minutes.

        Returns:
            (columns, size) USD, NaN where a column has no minute.
        """
        cells = np.full((len(minutes), size), np.nan, np.float32)
        for column, within in enumerate(minutes):
            for minute in reversed(within):
                found = self._column(minute, first, size, sides, part)
                if found is not None:
                    cells[column] = found
                    break
        return cells


def _price(event: MarketEvent) -> float | None:
    match event:
        case MarkPrice():
            return event.price
        case Candle() if event.price is not CandlePrice.INDEX:
            return event.close
        case _:
            return None


def present(exposure: Exposure, first: int, size: int, sides: tuple[bool, bool]) -> Floats:
    """Return the present map over absolute buckets ``first`` to ``first + size``, (size,) USD."""
    both = np.stack((exposure.long, exposure.short))
    return window(both, first - exposure.grid.first, size, sides)
