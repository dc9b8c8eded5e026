"""What one feed says of itself: changes of state, stretches lost, complaints, health."""

import logging
from collections.abc import Callable
from typing import Final

from liqtui.clock import Clock
from liqtui.feeds.meter import Meter
from liqtui.model.events import Event, FeedStatus, Gap
from liqtui.model.market import FeedState
from liqtui.model.snapshot import FeedHealth
from liqtui.model.text import plain
from liqtui.protocol.items import Malformed, Rejected, Unknown

_log: Final = logging.getLogger(__name__)


class Report:
    """Tells the state of one feed whenever it changes and keeps what its health is made of.

    A loss is one `Gap`, from the last proof of life to the first new event, told before that event;
    or at the feed's end, up to then. In between the state says it.
    """

    def __init__(
        self, venue: str, stream: str, emit: Callable[[Event], None], clock: Clock
    ) -> None:
        self.meter = Meter()
        self.heard = 0
        """When the feed last proved to be alive; UTC ns, 0: never."""
        self.live = False
        self._venue = venue
        self._stream = stream
        self._emit = emit
        self._clock = clock
        self._state = FeedState.CONNECTING
        self._reason: str | None = None
        self._since = clock.now()
        self._lost: tuple[int, str] | None = None

    def turn(self, state: FeedState, reason: str = "") -> None:
        """Say the state and why, unless that was the last thing said."""
        reason = plain(reason)
        if (state, reason) == (self._state, self._reason):
            return
        now = self._clock.now()
        if state is not self._state:
            self._since = now
        self._state, self._reason = state, reason
        self.live = state is FeedState.LIVE
        self._emit(FeedStatus(self._venue, self._stream, state, reason, now, now))

    def come_alive(self) -> None:
        """Say that data comes (again)."""
        self.end()
        self.turn(FeedState.LIVE, "; ".join(self.meter.rejected))

    def lose(self, state: FeedState, reason: str) -> None:
        """Say that no data comes any more, and from when on it may be missing."""
        if self.live:
            self._lost = (self.heard, reason)
        self.turn(state, reason)

    def end(self) -> None:
        """Tell of a loss up to now, if there is one."""
        if self._lost is None:
            return
        (start, reason), end = self._lost, self._clock.now()
        self._lost = None
        # A clock that was set back leaves no stretch that could be named.
        if 0 < start < end:
            self._emit(Gap(self._venue, self._stream, start, end, plain(reason), end, end))

    def rejected(self, item: Rejected) -> None:
        """Show a refused subscription in the venue's own words."""
        complaint = f"rejected {plain(item.topic, 80)}: {plain(item.reason)}"
        if self.meter.reject(complaint):
            self.note(complaint)
            self.turn(self._state, complaint)

    def note(self, words: str) -> None:
        """Keep and log something worth knowing that changes nothing."""
        self.meter.last = plain(words)
        _log.warning("%s %s: %s", self._venue, self._stream, self.meter.last)

    def malformed(self, item: Malformed) -> None:
        """Count a message that cannot be true."""
        self.meter.malformed += 1
        self._complain(f"malformed: {plain(item.reason)}", self.meter.malformed)

    def unknown(self, item: Unknown) -> None:
        """Count a message of a kind nobody here knows."""
        self.meter.unknown += 1
        self._complain(f"unknown: {plain(item.kind)}", self.meter.unknown)

    def health(self) -> FeedHealth:
        """Return counters and what derives from them now."""
        meter, now = self.meter, self._clock.now()
        frames_per_s, bytes_per_s = meter.rates(now)
        lag_p50_ms, lag_p95_ms = meter.lags(now)
        return FeedHealth(
            venue=self._venue,
            stream=self._stream,
            state=self._state,
            reason=self._reason or "",
            since=self._since,
            frames=meter.frames,
            size=meter.size,
            frames_per_s=frames_per_s,
            bytes_per_s=bytes_per_s,
            lag_p50_ms=lag_p50_ms,
            lag_p95_ms=lag_p95_ms,
            reconnects=meter.reconnects,
            malformed=meter.malformed,
            unknown=meter.unknown,
            rejected=meter.rejected,
            last=meter.last,
        )

    def _complain(self, words: str, count: int) -> None:
        self.meter.last = words
        # A sample that thins out: the 1st, 2nd, 4th, 8th … of a feed.
        if count & (count - 1) == 0:
            _log.warning("%s %s: %s (%d)", self._venue, self._stream, words, count)
