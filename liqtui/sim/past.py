"""The day before the exchanges open: of one coin here, of the others in a process beside."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Final, Self

from liqtui.sim.driven import Driven
from liqtui.sim.market import Market
from liqtui.sim.scenarios import CALM, Scenario
from liqtui.sim.wire import SECOND, Contract

_DAY: Final = 86_400
_BEFORE: Final = 600
"""Seconds: a day ago is compared with what is known of up to some minutes before."""
_STEPS: Final = ((8 * 3600, 480), (3600, 240), (0, 60))
"""Until how many seconds ago there are steps of how many: the day before is not looked at closely,
and whoever starts a simulation waits for it."""
_HEAD_START: Final = 6
"""Seconds the first coin is served before the others are begun with."""
_MODESTY: Final = 19
"""By how much whoever looks at the first coin comes first."""


def lived(contracts: Iterable[Contract], seed: int, now: int) -> Market:
    """Return a market that has been going on for a day.

    Args:
        contracts: what is listed.
        seed: of all its randomness.
        now: UTC seconds.
    """
    minute = now // 60 * 60
    first = _STEPS[0][1]
    market = Market(contracts, seed, (minute - _DAY - _BEFORE) // first * first)
    for base in market.bases:
        for ago, step in _STEPS:
            market.advance(base, (minute - ago) // step * step * SECOND, step)
        if now > minute:
            market.advance(base, now * SECOND, float(now - minute))
    return market


@contextmanager
def going_on(
    contracts: Sequence[Contract],
    seed: int,
    clock: Callable[[], int],
    scenario: Scenario = CALM,
    first: str | None = None,
    tell: Callable[[str], object] = str,
) -> Iterator[Driven]:
    """Yield a market that has been going on for a day.

    Args:
        contracts: what is listed.
        seed: of all its randomness.
        clock: returns what time it is, UTC ns.
        scenario: begins when the market is there.
        first: the coin that is waited for, while others may come later; None: all are.
        tell: told of each that comes later.
    """
    bases = list(dict.fromkeys(one.base for one in contracts))
    lead, began = first if first in bases else bases[0], clock() // SECOND
    own, rest = [one for one in contracts if one.base == lead], [b for b in bases if b != lead]
    with Behind(contracts, rest, seed, began) as behind:
        seconds = count(1)

        def late() -> Iterator[Market]:
            if first is not None and next(seconds) == _HEAD_START:
                behind.start()  # not earlier: there may be no core to spare
            for market in behind.here():
                yield market
                tell(market.bases[0])

        if first is None:
            behind.start()
        market = lived(own, seed, began)
        while behind.left and first is None:
            market.join(behind.next())
        opens = clock() // SECOND * SECOND
        for base in market.bases:
            market.advance(base, opens, 1.0)
        yield Driven(market, contracts, scenario, late)


class Behind:
    """A context manager of a process that lets coins live, one after the other, once started.

    The process ends when nobody wants to hear of them any more.

    Args:
        contracts: what is listed.
        bases: of the coins, in the order in which they are wanted.
        seed: of all their randomness.
        now: UTC seconds.
    """

    def __init__(
        self, contracts: Iterable[Contract], bases: Sequence[str], seed: int, now: int
    ) -> None:
        context = multiprocessing.get_context("spawn")
        listed = list(contracts)
        coins = [[one for one in listed if one.base == base] for base in bases]
        self._ours, self._theirs = context.Pipe(duplex=False)
        work = (self._theirs, coins, seed, now)
        self._process = context.Process(target=_live, args=work, daemon=True)
        self.left = len(bases)
        """How many are still to come."""

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def start(self) -> None:
        """Begin, if there is anything to do."""
        if self.left:
            self._process.start()
        self._theirs.close()  # so that the end of the process is the end of the pipe

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End, finished or not."""
        self._ours.close()
        self._theirs.close()
        if self._process.pid is not None:
            self._process.kill()
            self._process.join()

    @property
    def running(self) -> bool:
        """Whether the process is."""
        return self._process.pid is not None and self._process.is_alive()

    def here(self) -> Iterator[Market]:
        """Yield those that have come since it was last asked, a market each."""
        while self.left and self._ours.poll():
            yield self.next()

    def next(self) -> Market:
        """Wait for one.

        Raises:
            EOFError: the process ended before its time.
        """
        market: Market = self._ours.recv()
        self.left -= 1
        if not self.left:
            self._process.join()
        return market


def _live(
    pipe: "Connection[Market, None]", coins: Sequence[list[Contract]], seed: int, now: int
) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is told to whoever waits for us as well
    os.nice(_MODESTY)
    for contracts in coins:
        pipe.send(lived(contracts, seed, now))
