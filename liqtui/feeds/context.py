"""What all feeds of one venue work with."""

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from msgspec import Struct, field

from liqtui.clock import Clock
from liqtui.feeds.backoff import Backoff, Uniform
from liqtui.feeds.budget import ConnectBudget
from liqtui.feeds.drought import Flow
from liqtui.feeds.reach import Reach
from liqtui.feeds.refusal import Embargo
from liqtui.feeds.report import Report
from liqtui.feeds.timing import Timing
from liqtui.model.events import Event
from liqtui.protocol.raw import Direction, Raw, Tap


class Context(Struct, frozen=True, eq=False):
    """The surroundings of a feed, handed down from the supervisor."""

    venue: str
    emit: Callable[[Event], None]
    clock: Clock
    random: Uniform
    timing: Timing
    connects: ConnectBudget
    embargo: Embargo
    """On the venue's sockets."""
    tap: Tap | None = None
    reaches: dict[str, Reach] = {}
    """By host of a socket."""
    flow: Flow = field(default_factory=Flow)
    revivals: list[Callable[[], None]] = []
    """Called when the venue answers again after it did not."""
    refusals: list[Callable[[], None]] = []
    """Called when the venue refused a subscription: it may list something else by now."""

    def report(self, stream: str) -> Report:
        """Return a new report for a stream or schedule of this name."""
        return Report(self.venue, stream, self.emit, self.clock)

    def backoff(self) -> Backoff:
        """Return a new back-off."""
        return Backoff(self.timing.base, self.timing.cap, self.random)

    def reach(self, url: str) -> Reach:
        """Return what is known of a socket's host."""
        host = urlsplit(url).netloc
        if host not in self.reaches:
            certain = Backoff(self.timing.base, self.timing.knock, self._upper_half)
            self.reaches[host] = Reach(self.clock, certain, self.revive)
        return self.reaches[host]

    def revive(self) -> None:
        """Say that the venue answers again."""
        for told in self.revivals:
            told()

    def refuse(self) -> None:
        """Say that a subscription was refused."""
        for told in self.refusals:
            told()

    def _upper_half(self) -> float:
        return 0.5 + self.random() / 2.0

    def record(
        self,
        conn: str,
        direction: Direction,
        url: str,
        body: bytes = b"",
        seen: int | None = None,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Tell the tap, where there is one, a raw line; ``seen`` is now unless given."""
        if self.tap is not None:
            at = self.clock.now() if seen is None else seen
            self.tap(Raw(self.venue, conn, direction, url, at, body, status, headers))
