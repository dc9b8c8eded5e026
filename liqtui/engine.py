"""The fixed order in which one event is applied, and the pictures taken of the result.

Single thread, no queue, no clock: time is what the events and `Engine.advance` say it is.
"""

import math
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Final

import numpy as np
from msgspec import Struct

from liqtui.estimator import Estimator
from liqtui.estimator.ahead import MOVED_S, ahead
from liqtui.estimator.beside import beside
from liqtui.estimator.methods import make
from liqtui.estimator.oi_candle import OiCandle
from liqtui.estimator.picture import Painter, frame
from liqtui.estimator.score.board import Scoreboard
from liqtui.estimator.track import Track
from liqtui.model.alert import Alert
from liqtui.model.events import Event, FeedStatus, Gap, Liquidation, MarketEvent
from liqtui.model.market import FeedState, Side
from liqtui.model.records import Kept
from liqtui.model.score import Score
from liqtui.model.situation import Ahead, Situation, Standing, VenueState
from liqtui.model.snapshot import (
    FeedHealth,
    Progress,
    Recorded,
    Snapshot,
    TapeRow,
    TrueMap,
)
from liqtui.model.truth import Truth
from liqtui.model.view import View
from liqtui.store import board
from liqtui.store.board import Label
from liqtui.store.feeds import FeedStates
from liqtui.store.log import Log
from liqtui.store.market import Base, Book, Market, funding_8h, oi_change, oi_usd, shares
from liqtui.store.rings import MINUTE
from liqtui.store.row import tape_row
from liqtui.store.tape import TapeRing
from liqtui.store.told import Told

RIVALS: Final = ("oi-candle+cal", "volume-profile+cal", "distance+cal", "uniform")
"""What the estimate is scored beside."""
_RANKED_FOR: Final = 10_000_000_000
"""Nanoseconds for which one order of the bases serves: there are hundreds of them."""


_HOLE: Final = 60_000_000_000
"""Nanoseconds from which on what was not heard is worth telling beside a sum."""
_HOLES: Final = 200


class Limits(Struct, frozen=True):
    """What is too large to be true."""

    oi_share: float = 0.05
    """A liquidation above this fraction of its market's open interest is quarantined."""
    mark_distance: float = 0.20
    """And one whose price is further than this fraction from the mark."""


class Engine:
    """The state of everything, changed by `handle` alone.

    Args:
        labels: the venues in use, in the order of the table.
        watched: bases whose map is estimated.
        limits: of the quarantine.
        keep: rows of the tape.
        estimator: makes a fresh estimator for a base.
        ledger: takes the lines of what was predicted and of what came of it.
        rivals: the methods that the estimate is scored beside.
    """

    def __init__(
        self,
        labels: Mapping[str, Label],
        watched: Iterable[str],
        limits: Limits | None = None,
        keep: int = 20_000,
        estimator: Callable[[], Estimator] = OiCandle,
        ledger: Callable[[bytes], object] | None = None,
        rivals: Sequence[str] = RIVALS,
    ) -> None:
        self._labels = labels
        self._limits = limits or Limits()
        self._estimator = estimator
        self._ledger = ledger
        self._rivals = rivals
        self.market = Market()
        self.feeds = FeedStates()
        self.tape = TapeRing(keep)
        self.log = Log()
        self._tracks: dict[str, Track] = {}
        self._painters: dict[str, Painter] = {}
        self._truths: dict[str, Truth] = {}
        self._ranking: tuple[object, tuple[str, ...]] = (None, ())
        self.now = 0
        self.events = 0
        self._message: tuple[int, bytes] = (0, b"")
        self._told = Told()
        self._holes: deque[tuple[int, int]] = deque(maxlen=_HOLES)
        """UTC ns."""
        for base in watched:
            self.watch(base)

    @property
    def watched(self) -> tuple[str, ...]:
        """The bases whose map is estimated."""
        return tuple(self._tracks)

    def watches(self, base: str) -> bool:
        """Whether this base's map is estimated."""
        return base in self._tracks

    def watch(self, base: str) -> None:
        """Estimate this base's map too, from now on."""
        if base not in self._tracks:
            self._tracks[base] = Track(self._estimator, board=partial(self._board, base))
            self._painters[base] = Painter(self.market.base(base), self._tracks[base])
            self._warn([self._tracks[base]])

    def _board(self, base: str, watched: Sequence[Estimator]) -> Scoreboard:
        ours = {estimator.method for estimator in watched}
        rivals = [make(name) for name in self._rivals if name not in ours]
        return Scoreboard(base, rivals, watched, write=self._ledger)

    def hold(self, base: str) -> None:
        """Wait with this base's map for `begin`: its past is being fetched."""
        self._tracks[base].hold()

    def begin(self, base: str) -> None:
        """Go live: the base's past has been read."""
        track = self._tracks.get(base)
        if track is not None and track.reading:
            track.begin()

    def recall_score(self, base: str, lines: Iterable[bytes]) -> int:
        """Take up the score of a former run from its ledger, before any event.

        Args:
            base: a watched one.
            lines: as ``ledger`` was given them, in their order.

        Returns:
            How many counted.
        """
        scoreboard = self._tracks[base].board
        return scoreboard.restore(lines) if scoreboard else 0

    def reveal(self, truth: Truth) -> None:
        """Keep where a watched base's positions truly stand, for the screen and nothing else."""
        if truth.base in self._tracks:
            self._truths[truth.base] = truth

    def conceal(self) -> None:
        """Forget where positions truly stand: nobody tells it any more."""
        self._truths.clear()

    def catch_up(self, base: str) -> bool:
        """Apply a share of a base's past, some milliseconds' worth; return whether there was any.

        Live events do the same, but on a calm day they come slowly.
        """
        track = self._tracks.get(base)
        return track is not None and track.catch_up()

    def advance(self, now: int) -> None:
        """Move the engine's time on (UTC ns); it never goes back."""
        self.now = max(self.now, now)

    def heard(self, message: bytes, seen: int) -> None:
        """Take note of the message whose events come next, received at ``seen`` (UTC ns)."""
        self._message = (seen, message)

    def handle(self, event: Event) -> None:
        """Apply one event: time, the market, then the estimate."""
        self.advance(event.seen or event.at)
        self.events += 1
        if isinstance(event, FeedStatus):
            self.feeds.apply(event)
            self.log.status(event)
            self._warn(self._tracks.values())
        elif isinstance(event, Gap):
            self.log.gap(event)
            self.miss(event)
            for track in self._tracks.values():
                track.missed(event)
        else:
            self._traded(event)

    def _warn(self, tracks: Iterable[Track]) -> None:
        """Tell estimates which venues' feeds are not well."""
        for venue, ill in self.feeds.ill().items():
            for track in tracks:
                track.ail(venue, ill=ill)

    def _traded(self, event: MarketEvent) -> None:
        book = self.market.apply(event)
        if isinstance(event, Liquidation) and self._liquidated(event, book):
            return
        track = self._tracks.get(event.instrument.base)
        if track is not None and event.instrument.in_dollars:
            track.take(event, event.seen or event.at)

    def _liquidated(self, event: Liquidation, book: Book) -> str:
        """Put it on the tape; return why it does not count, if so."""
        if self._told.again(event):
            return "told before"
        doubt = quarantine(event, book, self._limits)
        if not doubt:
            self.market.base(event.instrument.base).liquidated(event)
        mark = book.mark.price if book.mark else None
        kept = Kept(event, mark, book.oi_usd, self._cluster_of(event), doubt)
        self.tape.add(self._tape_row(kept))
        self.log.liquidation(event, doubt)
        return doubt

    def _tape_row(self, kept: Kept) -> TapeRow:
        seen, message = self._message
        raw = message if seen == kept.event.seen else b""
        label = self._labels.get(kept.event.instrument.venue)
        return tape_row(kept, self.tape.total, label.tag if label else "", raw)

    def miss(self, gap: Gap) -> None:
        """Take note of a stretch in which liquidations were not heard, unless it is short."""
        hole = (gap.start, gap.end)
        long = gap.end - gap.start >= _HOLE and not gap.stream.startswith("rest")
        if long and hole not in self._holes:
            self._holes.append(hole)

    def recall(self, kept: Kept) -> None:
        """Show a liquidation of a former run, of which an exchange may tell again."""
        self.tape.add(self._tape_row(kept))
        self._told.add(kept.event)

    def track(self, base: str) -> Track:
        """Return the map of a watched base over time."""
        return self._tracks[base]

    def painter(self, base: str) -> Painter:
        """Return what draws the map of a watched base."""
        return self._painters[base]

    def _cluster_of(self, event: Liquidation) -> float | None:
        painter = self._painters.get(event.instrument.base)
        if painter is None:
            return None
        return painter.cluster_at(event.side, event.price, event.seen or event.at)

    def snapshot(
        self,
        view: View,
        *,
        feeds: tuple[FeedHealth, ...] = (),
        progress: tuple[Progress, ...] = (),
        notices: tuple[str, ...] = (),
        source: str = "live",
        memory: int | None = None,
        recorded: Recorded | None = None,
        alerts: tuple[Alert, ...] = (),
        mutes: tuple[tuple[str, int], ...] = (),
    ) -> Snapshot:
        """Return everything a screen with this view shows, as of now.

        Args:
            view: what is looked at; a base nobody has heard of gives empty panes.
            feeds: passed on, as are the others: they are known outside.
            progress: what takes long.
            notices: lines for the user, newest last.
            source: ``live``, ``replay`` or ``simulated``.
            memory: bytes this process holds.
            recorded: the journal that is being written.
            alerts: the newest, newest first.
            mutes: what disturbs nobody, and until when.
        """
        base = self.market.bases.get(view.base) or Base(view.base)
        painter = self._painters.get(view.base)
        heard_since = max((end for _, end in self._holes), default=0)
        return Snapshot(
            at=self.now,
            view=view,
            headline=board.headline(base, self.now, heard_since),
            heatmap=painter.paint(view, self.now, self._holes) if painter else None,
            truth=self._beside(view),
            tape=self.tape.shown(view.tape, view.tape_rows, self.now),
            venues=board.venue_rows(base, self.market, self.feeds, self._labels, self.now),
            clusters=painter.clusters_in(view, self.now) if painter else (),
            score=self._score(view.base),
            volume=base.volume(view.venues, self.now),
            log=self.log.notes,
            alerts=alerts,
            mutes=mutes,
            feeds=feeds,
            bases=self._ranked(),
            progress=progress,
            notices=notices,
            source=source,
            recorded=recorded,
            memory=memory,
            events=self.events,
        )

    def _beside(self, view: View) -> TrueMap | None:
        truth, track = self._truths.get(view.base), self._tracks.get(view.base)
        price = self.market.base(view.base).price if truth else None
        if not view.truth or truth is None or track is None or price is None:
            return None
        exposure = None if track.reading else track.estimator.exposure()
        return beside(truth, exposure, frame(view, price, self.now), view.side)

    def _ranked(self) -> tuple[str, ...]:
        """Return all bases by their open interest of up to some seconds ago."""
        key = (len(self.market.bases), self.now // _RANKED_FOR)
        if key != self._ranking[0]:
            self._ranking = (key, tuple(self.market.ranked()))
        return self._ranking[1]

    def situation(self, after: int | None = None) -> Situation:
        """Return what alerts and the score read, of every watched base.

        Args:
            after: `Situation.rows` of the one before: the liquidations since are told; None: none.
        """
        rows = self.tape.since(self.tape.total if after is None else after)
        if self._painters:  # one at a time: all at once would hold up the feeds
            min(self._painters.values(), key=lambda painter: painter.split_at).split(self.now)
        return Situation(
            at=self.now,
            standings=tuple(self._standing(base) for base in self._tracks),
            venues=tuple(self._heard(name, label) for name, label in self._labels.items()),
            prints=tuple(row for row in rows if row.base in self._tracks and not row.quarantined),
            rows=self.tape.total,
        )

    def _heard(self, name: str, label: Label) -> VenueState:
        status = self.feeds.worst(name)
        if status is None:
            return VenueState(name, label.title, FeedState.CONNECTING)
        return VenueState(name, label.title, status.state, status.reason)

    def _standing(self, name: str) -> Standing:
        base = self.market.base(name)
        books, painter = list(base.books.values()), self._painters[name]
        moved = self._moved(base)
        return Standing(
            base=name,
            price=base.price,
            clusters=painter.near(),
            long_1h=base.total(Side.LONG, self.now),
            short_1h=base.total(Side.SHORT, self.now),
            oi_usd=oi_usd(books),
            oi_5m=oi_change(books, self.now, 5),
            oi_1h=oi_change(books, self.now, 60),
            funding_8h=funding_8h(books),
            shares=shares(books),
            ahead=self._ahead(name, base.price, moved),
            moved=moved,
            score=self._score(name),
            warming=painter.warming(),
        )

    def _moved(self, base: Base) -> float:
        """Return a base's log return of the last quarter of an hour, 0 where it is not known."""
        then = np.array([self.now // MINUTE - MOVED_S // 60])
        before = float(base.prices.at_minutes(then)[0])
        return math.log(base.price / before) if base.price and before > 0 else 0.0

    def _ahead(self, name: str, price: float | None, moved: float) -> tuple[Ahead, ...]:
        track = self._tracks[name]
        standing = None if track.reading else track.estimator.exposure()
        fire = track.expected.exposure() if standing is not None else None
        if not price or standing is None or fire is None or standing.outlook is None:
            return ()
        return ahead(standing, fire, price, moved, standing.outlook.daily)

    def _score(self, base: str) -> Score | None:
        track = self._tracks.get(base)
        return track.score() if track else None


def quarantine(event: Liquidation, book: Book, limits: Limits) -> str:
    """Say why a liquidation cannot be true, or nothing.

    Unknown open interest or an unknown mark is no reason to doubt.
    """
    oi, mark = book.oi_usd, book.mark
    if oi and event.notional is not None and event.notional > limits.oi_share * oi:
        return f"{event.notional / oi:.0%} of the market's open interest"
    if mark is not None and abs(event.price / mark.price - 1.0) > limits.mark_distance:
        return f"{abs(event.price / mark.price - 1.0):.0%} from the mark"
    return ""
