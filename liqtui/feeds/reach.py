"""Whether a host serves us, as the sockets that want it know it together."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from liqtui.clock import Clock
from liqtui.feeds.backoff import Backoff
from liqtui.feeds.refusal import Setback
from liqtui.feeds.waiting import News


class Reach:
    """While a host serves no socket, they try it in turn at one pace; when it does, all at once.

    A host that is down is down for every socket. Each counting its own failures would knock so
    many times as often, and find out so much later that the door is open again. So the pace may
    stay quick (docs/ecosystem.md 3.3 allows a venue ten connects a minute) and what an outage
    costs beyond its own time stays short.

    Args:
        clock: of the tries.
        backoff: between two of them.
        revived: called when the host serves a socket after it served none.
    """

    def __init__(self, clock: Clock, backoff: Backoff, revived: Callable[[], None]) -> None:
        self.news = News()
        """Told when `wait` may have become shorter."""
        self.shut: Setback | None = None
        """Why it serves no socket; None: it does, or nobody knows better."""
        self.waiting = 0
        """Sockets that will connect as soon as it serves one."""
        self._clock = clock
        self._backoff = backoff
        self._revived = revived
        self._serving = 0
        self._not_before = 0.0

    def wait(self) -> float:
        """Return the seconds until the host may be tried; 0: now."""
        if self.shut is None:
            return 0.0
        return max(0.0, self._not_before - self._clock.monotonic())

    @contextmanager
    def queue(self) -> Iterator[None]:
        """Count a socket among those that wait."""
        self.waiting += 1
        try:
            yield
        finally:
            self.waiting -= 1

    def tried(self) -> None:
        """Book a try: the next is for later, unless this one succeeds."""
        if self.shut is not None:
            self._pause()

    def failed(self, setback: Setback) -> bool:
        """Note what a socket came to, and return whether the host is to blame.

        It is where nobody else gets anything either.
        """
        if self._serving:
            return False
        if self.shut is None or setback.wait:
            self._pause(setback.wait)
        self.shut = setback
        return True

    def serves(self) -> None:
        """Note that a socket brings data."""
        self._serving += 1
        if self.shut is not None:
            self.shut = None
            self.news.tell()
            self._revived()

    def left(self, settled: bool) -> None:
        """Note that a socket that brought data ended, and whether it had lasted."""
        self._serving -= 1
        if settled:
            self._backoff.reset()

    def hurry(self) -> None:
        """Let the host be tried now, because a user wants it."""
        self._not_before = 0.0
        self.news.tell()

    def _pause(self, least: float = 0.0) -> None:
        self._not_before = self._clock.monotonic() + self._backoff.after(least)
