"""A crash: 2,000 liquidations a second for ten seconds, counted per exchange at both ends.

The market of positions crashes by its scenario; as many liquidations as are wanted are put on top,
each with its trade, over all contracts of all exchanges. The exchanges run in a process of their
own and count by themselves (``counts`` of their control); here the feeds' events are counted after
the engine took them.
"""

import asyncio
import multiprocessing
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection as Pipe
from typing import Final

import numpy as np
from msgspec import structs

from liqtui import venues
from liqtui.clock import SystemClock
from liqtui.model.events import Event, Liquidation
from liqtui.model.market import Side, Taker
from liqtui.sim.control import Control
from liqtui.sim.feed import Feed, Moment
from liqtui.sim.past import going_on
from liqtui.sim.scenarios import scenario
from liqtui.sim.servers import Servers
from liqtui.sim.wire import SECOND, Book, Contract, Liquidated, Traded
from liqtui.sim.wires import wires
from tests.bench.exchanges import Exchanges, Told, reading, talking, until
from tests.bench.report import Row

RATE: Final = 2000
"""Liquidations a second."""
LASTING: Final = 10
"""Seconds."""
_DRAINED: Final = 30.0
"""Seconds for the last to arrive."""


class Laden:
    """A market with more liquidations than it has.

    Args:
        feed: the market.
        contracts: what is liquidated.
    """

    def __init__(self, feed: Feed, contracts: Sequence[Contract]) -> None:
        self._feed = feed
        self._contracts = contracts
        self._rng = np.random.default_rng(3)
        self._left = 0
        self._number = 900_000_000

    def begin(self) -> None:
        """Let the next seconds have them."""
        self._left = LASTING

    def past(self) -> Iterable[Book]:
        """Return the market's."""
        return self._feed.past()

    def moments(self) -> Iterator[Moment]:
        """Yield the market's, laden while it lasts."""
        marks: dict[tuple[str, str], float] = {}
        for moment in self._feed.moments():
            for one in moment.tickers:
                marks[one.contract.venue, one.contract.symbol] = one.marked.mark
            if not self._left:
                yield moment
                continue
            self._left -= 1
            more = self._deaths(moment.at - SECOND, marks)
            yield structs.replace(moment, happened=[*moment.happened, *more])

    def truth(self, at: int) -> Iterable[bytes]:
        """Return the market's."""
        return self._feed.truth(at)

    def _deaths(
        self, since: int, marks: dict[tuple[str, str], float]
    ) -> Iterator[Liquidated | Traded]:
        for number in self._rng.integers(len(self._contracts), size=RATE):
            one = self._contracts[int(number)]
            mark = marks[one.venue, one.symbol]
            at = since + int(self._rng.integers(1000)) * 1_000_000
            lots = int(self._rng.integers(1, 500)) * float(one.lot) * one.size
            size = lots / mark if one.inverse else lots * one.scale
            self._number += 1
            yield Liquidated(one, Side.LONG, size, mark, mark * 0.996, mark * 0.999, at)
            yield Traded(one, Taker.SELL, mark * 0.999, size, at, self._number)


async def _serve(pipe: Pipe) -> None:
    clock, listed = SystemClock(), [one for wire in wires() for one in wire.contracts]
    hosts = {name: venues.load(name).hosts for name in venues.names()}
    with going_on(listed, 1, clock.now, scenario("crash")) as market:
        laden = Laden(market, listed)
        servers = Servers(laden, hosts, clock)
        async with servers.running(), Control(servers).running() as control:
            local = {name: servers.local_hosts(name) for name in servers.exchanges}
            pipe.send(Told(control=control.port, venues=local))
            while await asyncio.to_thread(pipe.recv):
                laden.begin()


def _main(pipe: Pipe) -> None:
    asyncio.run(_serve(pipe))


@contextmanager
def crashing() -> Iterator[tuple[Exchanges, Pipe]]:
    """Run the exchanges; what is sent through the pipe begins the crash, or ends them if false."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_main, args=(there,))
    process.start()
    try:
        with talking(here.recv()) as market:
            yield market, here
    finally:
        here.send(False)
        process.join()


def run() -> list[Row]:
    """Let it crash once."""
    applied = Counter[str]()

    def count(event: Event) -> None:
        if isinstance(event, Liquidation):
            applied[event.instrument.venue] += 1

    with crashing() as (market, pipe), reading(market.hosts) as core:
        before = _counts(market)
        core.listeners.append(count)
        began = time.process_time()
        pipe.send(True)
        time.sleep(LASTING)
        _drain(market, before, applied)
        spent = time.process_time() - began
        after = _counts(market)
        reconnects = sum(feed.reconnects for feed in core.snapshot().feeds)
    rows = [_row(venue, before[venue], after[venue], applied[venue]) for venue in after]
    note = f"{reconnects} reconnects"
    return [*rows, Row("CPU of feeds and engine", spent / LASTING * 100, "% of a core", note=note)]


def _counts(market: Exchanges) -> dict[str, dict[str, int]]:
    told = market.ask("counts")
    return {name: counts for name, counts in told.items() if name in market.hosts}


def _drain(market: Exchanges, before: dict[str, dict[str, int]], applied: Counter[str]) -> None:
    """Wait until nothing more is sent and everything sent was applied, or that does not come."""

    def level() -> bool:
        now = _counts(market)
        happened = sum(one["happened"] for one in now.values())
        enough = happened - sum(one["happened"] for one in before.values()) >= RATE * LASTING
        told = all(one["sent"] + one["hidden"] == one["happened"] for one in now.values())
        taken = all(applied[name] >= now[name]["sent"] - before[name]["sent"] for name in now)
        return enough and told and taken

    try:
        until(level, _DRAINED)
    except AssertionError:
        return  # the rows say what is missing


def _row(venue: str, before: dict[str, int], after: dict[str, int], applied: int) -> Row:
    happened, hidden, sent = (after[k] - before[k] for k in ("happened", "hidden", "sent"))
    note = f"{happened:,} happened, {hidden:,} hidden by throttling, {applied:,} applied"
    return Row(f"{venue}, sent", sent, "liquidations", applied / sent, "x applied", "1x", note)
