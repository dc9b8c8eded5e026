"""One REST schedule: a call repeated for as long as the venue is wanted."""

from liqtui.feeds.caller import Caller
from liqtui.feeds.context import Context
from liqtui.feeds.refusal import Setback
from liqtui.feeds.waiting import News
from liqtui.model.market import FeedState
from liqtui.model.snapshot import FeedHealth
from liqtui.protocol.venue import Poll


class Schedule:
    """Runs one `Poll` until it is cancelled; a failure is shown and tried again.

    Args:
        poll: what to ask and how often.
        caller: of the venue.
        context: of the venue.
    """

    def __init__(self, poll: Poll, caller: Caller, context: Context) -> None:
        self._poll = poll
        self._caller = caller
        self._clock = context.clock
        self._soon = context.timing.cap
        self._report = context.report(f"rest:{poll.name}")
        self._backoff = context.backoff()
        self._news = News()
        self._hurry = self._doubted = False
        self._asked = 0.0
        self._failed = False
        """And no call is on its way now."""
        self._revived = False
        """This try is made because the venue answered others, or its failure is waited out."""

    async def run(self) -> None:
        """Ask, wait, ask again."""
        self._report.turn(FeedState.CONNECTING)
        while True:
            self._failed = False
            started = self._asked = self._clock.monotonic()
            setback = await self._caller.ask(self._poll.request, self._report)
            rest = self._settle(setback, started + self._poll.every - self._clock.monotonic())
            await self._news.until(lambda: self._hurry or self._doubted, rest)
            if self._doubted:
                waited = self._clock.monotonic() - self._asked
                await self._news.until(lambda: self._hurry, max(0.0, self._soon - waited))
            self._revived = self._revived and self._hurry
            self._hurry = self._doubted = False

    def replace(self, poll: Poll) -> None:
        """Change what is wanted, and ask at once where that is another question."""
        changed = poll.request.full_url != self._poll.request.full_url
        self._poll = poll
        if changed:
            self.renew()

    def renew(self) -> None:
        """Ask now, because a user wants it; an embargo still stands."""
        self._hurry = True
        self._news.tell()

    def revive(self) -> None:
        """Ask now if the last call failed, for the venue answers others; once, then be patient."""
        if self._failed and not self._revived:
            self._revived = True
            self.renew()

    def relist(self) -> None:
        """Ask if this tells what is listed: now, or a moment after it was last asked."""
        if not self._poll.request.lists:
            return
        if self._clock.monotonic() - self._asked >= self._soon:
            self.renew()
        else:
            self._doubted = True
            self._news.tell()

    def suspect(self, reason: str) -> None:
        """Doubt what was answered until there is a new answer."""
        if self._report.live:
            self._report.turn(FeedState.STALE, reason)

    def health(self) -> FeedHealth:
        """Return its counters and state."""
        return self._report.health()

    def _settle(self, setback: Setback | None, rest: float) -> float:
        """Say how it went and return the seconds to wait.

        Args:
            setback: why the call failed, if it did.
            rest: seconds until the next call is due, negative when it is overdue; a failed call
                is repeated sooner than in hours.
        """
        self._failed = setback is not None and setback.state is not FeedState.REJECTED
        if setback is None:
            self._revived = False
            self._backoff.reset()
            self._report.come_alive()
            return max(0.0, rest)
        self._report.turn(setback.state, setback.reason)
        return max(min(rest, self._soon), self._backoff.after(setback.wait))
