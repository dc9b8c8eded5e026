"""The REST calls of one venue: within its budgets, tapped, read, handed on."""

import asyncio
from collections.abc import Callable
from typing import Final

from liqtui.feeds import reading, refusal
from liqtui.feeds.budget import WeightBudget
from liqtui.feeds.context import Context
from liqtui.feeds.refusal import Embargo, Refused, Setback
from liqtui.feeds.report import Report
from liqtui.feeds.rest import Answer, Rest
from liqtui.feeds.waiting import until_free
from liqtui.model.events import Listing
from liqtui.model.market import FeedState
from liqtui.protocol.facts import Facts
from liqtui.protocol.items import Ack, Closing, Item, Malformed, Pong, Rejected, Reply, Unknown
from liqtui.protocol.venue import Pool, Request, Venue

_PAGES: Final = 500
"""Of one listing: a venue that always names a next page would keep us for ever."""
_CONN: Final = "rest"
_BOUNDLESS: Final = Pool("", limit=float("inf"), window=1.0)


class _Purse:
    """A pool's budget and the queue before it: first come, first served."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.budget = WeightBudget(pool)
        self.queue = asyncio.Lock()


class _Roll:
    """The contracts that the answer to one request names, if it is to name all of a market."""

    def __init__(self, market: str) -> None:
        self.market = market
        self.symbols: set[str] = set()
        self._torn = False

    def take(self, item: Item) -> None:
        if isinstance(item, Listing) and item.instrument.market == self.market:
            self.symbols.add(item.instrument.symbol)
        elif isinstance(item, Malformed):
            self._torn = True

    @property
    def whole(self) -> bool:
        """Whether what is missing is missing at the venue; a row nobody can read may be it."""
        return bool(self.market and self.symbols) and not self._torn


class Caller:
    """Asks one venue.

    Args:
        venue: reads the answers.
        facts: of the venue; taught by what is read.
        context: of the venue.
        rest: the process's client.
        listed: called when an answer named instruments.
    """

    def __init__(
        self, venue: Venue, facts: Facts, context: Context, rest: Rest, listed: Callable[[], None]
    ) -> None:
        self._venue = venue
        self._facts = facts
        self._context = context
        self._rest = rest
        self._listed = listed
        pools = venue.pools or (_BOUNDLESS,)
        self._pools = {pool.name: pool for pool in pools} | {"": pools[0]}
        self._purses: dict[tuple[str, str], _Purse] = {}
        """By pool, and what sets its budgets apart."""
        self._embargo = Embargo()
        self._listing = False
        self._listings: dict[str, set[str]] = {}
        """By market, what the venue named when it last named all."""
        self._failed = False
        """The last answer was none."""

    async def ask(self, request: Request, report: Report) -> Setback | None:
        """Make a call and those for its further pages.

        Returns:
            Why it failed; None: all that was asked for was answered.
        """
        roll = _Roll(request.lists)
        try:
            await self._pages(request, roll, report)
            if roll.whole:
                self._strike(roll, report)
        except Refused as refused:
            self._failed = self._failed or refused.setback.state is not FeedState.REJECTED
            return refused.setback
        finally:
            if self._listing:
                self._listing = False
                self._listed()
        if self._failed:
            self._failed = False
            self._context.revive()
        return None

    async def _pages(self, first: Request, roll: _Roll, report: Report) -> None:
        page: Request | None = first
        for _ in range(_PAGES):
            if page is None:
                return
            page = await self._call(page, roll, report)
        raise Refused(Setback(FeedState.DOWN, f"more than {_PAGES} pages"))

    async def _call(self, request: Request, roll: _Roll, report: Report) -> Request | None:
        purse = self._purse(request)
        await self._admission(purse, request.weight)
        answer, seen = await self._get(request, purse)
        report.meter.frame(len(answer.body), seen)
        url = request.full_url
        items = reading.items(self._venue.read, url, answer.body, seen, self._facts)
        for item in items:
            self._take(item, report)
            roll.take(item)
        if items and all(isinstance(item, Malformed) for item in items):
            # The page of a captive portal, say: answered, but not by the venue.
            raise Refused(Setback(FeedState.DOWN, report.meter.last))
        return _following(request, answer.body, report)

    def _strike(self, roll: _Roll, report: Report) -> None:
        """Forget what a market does not list, and tell of what it did list before."""
        gone, now = self._facts.keep(roll.market, roll.symbols), self._context.clock.now()
        before = self._listings.get(roll.market, set())
        self._listings[roll.market] = roll.symbols
        self._listing = self._listing or bool(gone)
        for one in gone:
            if one.symbol in before:
                report.note(f"no longer listed: {one.symbol}")
                self._context.emit(Listing(one, now, now, listed=False))

    @property
    def spent(self) -> float:
        """The part of our share of the venue's limits that is spent, of the tightest of them."""
        now = self._context.clock.monotonic()
        return max((purse.budget.spent(now) for purse in self._purses.values()), default=0.0)

    def _purse(self, request: Request) -> _Purse:
        pool = self._pools[request.pool]
        key = pool.name, dict(request.params).get(pool.apart, "")
        purse = self._purses.get(key)
        if purse is None:
            purse = self._purses[key] = _Purse(pool)
        return purse

    async def _admission(self, purse: _Purse, weight: float) -> None:
        clock, budget = self._context.clock, purse.budget
        async with purse.queue:
            try:
                await until_free(lambda: budget.wait(weight, clock.monotonic()))
            except ValueError as error:
                raise Refused(Setback(FeedState.REJECTED, str(error))) from error
            self._check_embargo()
            budget.take(weight, clock.monotonic())

    def _check_embargo(self) -> None:
        standing = self._embargo.standing(self._context.clock.monotonic())
        if standing is not None:
            raise Refused(standing)

    async def _get(self, request: Request, purse: _Purse) -> tuple[Answer, int]:
        context, url = self._context, request.full_url
        context.record(_CONN, "out", url)
        try:
            answer = await self._rest.get(url, request.headers)
        except refusal.ERRORS as error:
            setback = refusal.of_error(error, context.clock.now(), context.timing)
            context.record(_CONN, "close", url, setback.reason.encode())
            raise Refused(setback) from error
        seen = context.clock.now()
        kept = _kept(answer, purse.pool)
        context.record(_CONN, "in", url, answer.body, seen, answer.status, kept)
        purse.budget.learn(answer.headers, context.clock.monotonic())
        if not 200 <= answer.status < 300:
            raise Refused(self._refusal(answer, seen))
        return answer, seen

    def _refusal(self, answer: Answer, seen: int) -> Setback:
        timing, clock = self._context.timing, self._context.clock
        setback = refusal.of_status(answer.status, answer.headers, answer.body, seen, timing)
        self._embargo.impose(setback, clock.monotonic())
        return setback

    def _rejection(self, item: Rejected) -> Setback:
        reason = f"{item.topic}: {item.reason}"
        if not item.often:
            return Setback(FeedState.REJECTED, reason)
        wait, clock = self._context.timing.throttled, self._context.clock
        setback = Setback(FeedState.BLOCKED, reason, wait, ordered=True)
        self._embargo.impose(setback, clock.monotonic())
        return setback

    def _take(self, item: Item, report: Report) -> None:
        match item:
            case Malformed():
                report.malformed(item)
            case Unknown():
                report.unknown(item)
            case Rejected():
                raise Refused(self._rejection(item))
            case Reply() | Ack() | Pong() | Closing():
                return
            case _:
                self._listing = self._listing or isinstance(item, Listing)
                self._context.emit(item)


def _kept(answer: Answer, pool: Pool) -> dict[str, str]:
    """Return the headers that say how much more may be asked."""
    names = ("retry-after", pool.used_header, pool.remaining_header)
    wanted = {name.lower() for name in names if name}
    return {name: value for name, value in answer.headers.items() if name in wanted}


def _following(request: Request, body: bytes, report: Report) -> Request | None:
    if request.following is None:
        return None
    try:
        return request.following(body)
    except Exception as error:  # as for any parser: shown, and no reason to die
        report.malformed(Malformed(f"next page: {type(error).__name__}: {error}"))
        return None
