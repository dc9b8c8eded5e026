"""What an exchange is about to publish, and when."""

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count

from msgspec import structs

from liqtui.sim.feed import Moment
from liqtui.sim.memory import Memory, Past
from liqtui.sim.wire import Bar, Happening, Liquidated, Settled, Ticker, Traded, Wire


class Agenda:
    """See the module.

    Args:
        memories: by symbol; told what happened when it is published.
    """

    def __init__(self, memories: Mapping[str, Memory]) -> None:
        self._memories = memories
        self._coming: list[tuple[int, int, Past]] = []
        self._order = count()
        self._pending: list[Liquidated] = []
        self._told: dict[str, Ticker] = {}
        self.happened = 0
        """Liquidations."""
        self.hidden = 0
        """Liquidations that throttling kept out of the feed."""

    @property
    def busy(self) -> bool:
        """Whether there is something left to publish."""
        return bool(self._coming or self._pending)

    def take(self, moment: Moment, late: int) -> None:
        """Note a step; what it holds is published at its own time.

        Args:
            moment: of this exchange's contracts only.
            late: ns by which liquidations are published later.
        """
        for one in (*moment.happened, *moment.tickers):
            self._add(one.at + late * isinstance(one, Liquidated), one)
        rows: list[Past] = [*moment.bars, *moment.settled]
        for row in rows:
            self._add(moment.at, row)

    def _add(self, at: int, one: Past) -> None:
        heapq.heappush(self._coming, (at, next(self._order), one))

    def due(self, now: int, wire: Wire, skew: int = 0) -> Iterator[Sequence[Happening]]:
        """Yield what is to be told by ``now`` (UTC ns), in messages of its own each.

        Args:
            now: of the market.
            wire: says what is listed, and groups liquidations.
            skew: ns by which the clock is ahead that dates what is told, and remembered.
        """
        listed = {one.symbol for one in wire.contracts}
        fresh = [_dated(one, skew) for one in self._pop(now) if one.contract.symbol in listed]
        for one in fresh:
            self._memories[one.contract.symbol].note(one)
        told: list[Happening] = [one for one in fresh if isinstance(one, Traded)]
        told += self._news(one for one in fresh if isinstance(one, Ticker))
        if told:
            yield told
        dead = [one for one in fresh if isinstance(one, Liquidated)]
        self.happened += len(dead)
        self.publish(dead)
        yield from self._batches(now + skew, wire)

    def publish(self, dead: Sequence[Liquidated]) -> None:
        """Let liquidations wait for their batch."""
        self._pending += dead

    def forget(self) -> None:
        """Let the next tickers be told whole."""
        self._told.clear()

    def _pop(self, now: int) -> Iterator[Past]:
        while self._coming and self._coming[0][0] <= now:
            yield heapq.heappop(self._coming)[2]

    def _news(self, tickers: Iterable[Ticker]) -> list[Ticker]:
        """Return the latest of each contract, with what was told before."""
        latest = {one.contract.symbol: structs.replace(one, before=None) for one in tickers}
        news = [structs.replace(t, before=self._told.get(name)) for name, t in latest.items()]
        self._told |= latest
        return news

    def _batches(self, now: int, wire: Wire) -> Iterator[Sequence[Happening]]:
        if not self._pending:
            return
        gone: set[int] = set()
        for batch in wire.batches(self._pending):
            if batch.at <= now:
                gone |= {id(one) for one in (*batch.liquidated, *batch.hidden)}
                self.hidden += len(batch.hidden)
                yield batch.liquidated
        self._pending = [one for one in self._pending if id(one) not in gone]


def _dated(one: Past, skew: int) -> Past:
    """Return the same as a clock that is ``skew`` ns ahead dates it; bars keep to their minutes."""
    if not skew or isinstance(one, Bar | Settled):
        return one
    if not isinstance(one, Ticker):
        return structs.replace(one, at=one.at + skew)
    marked = structs.replace(one.marked, at=one.marked.at + skew)
    interest = structs.replace(one.interest, at=one.interest.at + skew)
    return structs.replace(one, marked=marked, interest=interest)
