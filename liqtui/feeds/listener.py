"""What is heard on one connection: frames in, events on, everything else noted."""

from collections.abc import Callable
from typing import Any, Final

from liqtui.feeds import reading
from liqtui.feeds.context import Context
from liqtui.feeds.overlap import Counted, Overlap
from liqtui.feeds.refusal import Setback
from liqtui.feeds.report import Report
from liqtui.feeds.watchdog import Watchdog
from liqtui.model.events import (
    Candle,
    Funding,
    Liquidation,
    Listing,
    MarketEvent,
    MarkPrice,
    OpenInterest,
    Trade,
)
from liqtui.model.market import FeedState
from liqtui.protocol.items import Ack, Closing, Malformed, Pong, Rejected, Reply, Unknown
from liqtui.protocol.venue import Stream

_STANDING: Final = (Funding, MarkPrice, OpenInterest, Candle, Listing)
"""Events that may be heard twice: the last one stands."""


class Listener:
    """Reads the frames of one connection through its session.

    Args:
        stream: what was connected to.
        lane: the connection's number in its stream.
        context: of the venue.
        report: of the stream.
        overlap: of the stream; decides which of its connections' events are new.
        watchdog: of the connection.
    """

    def __init__(
        self,
        stream: Stream,
        lane: int,
        context: Context,
        report: Report,
        overlap: Overlap,
        watchdog: Watchdog,
    ) -> None:
        self.replies: list[str] = []
        """Frames the venue wants back, oldest first."""
        self.closing = ""
        """The venue's announcement that it will close the connection."""
        self.alive = False
        """A canary spoke."""
        self.first_event: float | None = None
        """When the first event came; monotonic seconds."""
        self.setback: Setback | None = None
        """Why there is no point in listening on."""
        self._topics = max(1, len(stream.topics))
        self._refused: set[str] = set()
        self._receive = stream.session().receive
        self._lane = lane
        self._context = context
        self._report = report
        self._overlap = overlap
        self._watchdog = watchdog
        self._newest: MarketEvent | None = None
        self._canary = False
        self._handlers = self._wire(stream.canary or (Liquidation, Trade, *_STANDING))

    def take(self, frame: bytes, seen: int) -> None:
        """Read one frame received at ``seen`` (UTC ns) and hand on what is in it."""
        meter = self._report.meter
        meter.frame(len(frame), seen)
        self._watchdog.frame()
        for item in reading.items(self._receive, frame, seen):
            self._handlers[type(item)](item)
        if self._newest is not None:
            meter.lag(self._newest.at, seen)
            self._newest = None
        if self._canary:
            self._canary = False
            self.alive = True
            self._report.heard = seen
            self._watchdog.canary(self._context.clock.monotonic())

    def silence(self, reason: str) -> Setback:
        """Return what a watchdog's verdict means, given what was heard before it."""
        if self.first_event is None and self._refused:
            return self._refusal(self._report.meter.last)
        return Setback(FeedState.STALE, reason)

    def _wire(self, canaries: tuple[type[Any], ...]) -> dict[type, Callable[[Any], None]]:
        handlers: dict[type, Callable[[Any], None]] = {
            Liquidation: self._liquidated,
            Trade: self._once,
            **dict.fromkeys(_STANDING, self._event),
            Reply: self._reply,
            Ack: _nothing,
            Pong: _nothing,
            Rejected: self._rejected,
            Closing: self._closing,
            Unknown: self._report.unknown,
            Malformed: self._report.malformed,
        }
        return handlers | {kind: self._proving(handlers[kind]) for kind in canaries}

    def _proving(self, handle: Callable[[Any], None]) -> Callable[[Any], None]:
        def canary(event: MarketEvent) -> None:
            self._canary = True
            handle(event)

        return canary

    def _once(self, event: Counted) -> None:
        if self._overlap.admit(self._lane, event):
            self._event(event)

    def _liquidated(self, event: Liquidation) -> None:
        self._context.flow.wet = True
        self._once(event)

    def _event(self, event: MarketEvent) -> None:
        if self.first_event is None:
            self.first_event = self._context.clock.monotonic()
            self._report.heard = event.seen
        if not self._report.live:
            self._report.come_alive()
        self._newest = event
        self._context.emit(event)

    def _reply(self, item: Reply) -> None:
        self.replies.append(item.frame)

    def _closing(self, item: Closing) -> None:
        self.closing = item.reason or "announced"

    def _rejected(self, item: Rejected) -> None:
        self._report.rejected(item)
        self._context.refuse()
        if self.first_event is not None:
            return
        self._refused.add(item.topic)
        if len(self._refused) >= self._topics:
            self.setback = self._refusal(item.reason)

    def _refusal(self, reason: str) -> Setback:
        return Setback(FeedState.REJECTED, reason, self._context.timing.rejected)


def _nothing(item: Ack | Pong) -> None:
    """Pass over what proves nothing: data does."""
