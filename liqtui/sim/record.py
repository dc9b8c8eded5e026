"""Recordings of a simulated market: what its exchanges publish, and where its positions stood.

``events.ndjson`` is the public wire of events as somebody would have it who heard every feed of
every exchange, with what those feeds leave out left out; ``truth.ndjson`` has a line of truth for
every ten minutes (docs/estimator.md 6.1). ``python -m liqtui.sim.record DIR`` makes one of one
coin's market.
"""

import argparse
import gzip
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self, cast

from msgspec import structs

from liqtui.model import wire as events
from liqtui.model.events import (
    Candle,
    Event,
    Funding,
    Liquidation,
    Listing,
    MarkPrice,
    OpenInterest,
    Trade,
)
from liqtui.model.market import CandlePrice, FundingKind, Instrument, Unit
from liqtui.sim import coins, families, scenarios, standing
from liqtui.sim.feed import Feed, Moment
from liqtui.sim.market import Market
from liqtui.sim.wire import SECOND, Bar, Book, Contract, Liquidated, Settled, Ticker, Traded, Wire
from liqtui.sim.wires import wires

TRUTH_EVERY: Final = 600 * SECOND
_PUSHED, _POLLED = 5 * SECOND, 30 * SECOND
"""Between two openings of interest that are told, where sockets push it and where one must ask."""
_COUNTED: Final = 300
"""Seconds between two counts of the open interest of the past."""
_EXPECTED: Final = 60 * SECOND
"""Between two fundings expected that are told."""
_MARKED: Final = SECOND
"""Between two marks that are told."""
_START: Final = 1_794_960_000
"""2026-11-18 00:00 UTC: when a made recording begins."""
_UNSEEN_STEP: Final = 60.0
_SCENARIO: Final = 3 * 3600
"""Seconds a scenario lasts in a made recording."""


def instrument(contract: Contract) -> Instrument:
    """Return a contract as whoever reads its exchange's listing knows it."""
    return Instrument(
        venue=contract.venue,
        market=contract.market,
        symbol=contract.symbol,
        base=contract.base,
        quote=contract.quote,
        kind=contract.kind,
        scale=contract.scale,
        tick=float(contract.tick) / contract.scale,
        contract_size=contract.size,
        contract_unit=Unit.QUOTE if contract.inverse else Unit.BASE,
        coverage=contract.coverage,
        sampling=contract.sampling,
        liquidation_price=contract.liquidation_price,
        max_leverage=contract.max_leverage,
        tiers=contract.tiers,
        trigger_fee=contract.trigger_fee,
        funding_hours=float(contract.funding_hours),
    )


class Recorder:
    """Writes what a market's exchanges publish; a context manager.

    Args:
        folder: to write to; it is made where it is missing.
        exchanges: whose feeds are heard.
        truth: tells lines of truth of a moment (`liqtui.sim.feed.Feed.truth`).
        since: UTC ns; when it begins.
        compress: whether the files are compressed.
        past: of contracts, told at the beginning as to somebody who asks for it.
    """

    def __init__(
        self,
        folder: Path,
        exchanges: Iterable[Wire],
        truth: Callable[[int], Iterable[bytes]],
        since: int,
        compress: bool = False,
        past: Iterable[Book] = (),
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._events = _open(folder / "events.ndjson", compress)
        self._truths = _open(folder / "truth.ndjson", compress)
        self._truth = truth
        self._tellers = [Teller(one) for one in exchanges]
        self._due = (since // TRUTH_EVERY + 1) * TRUTH_EVERY
        for teller in self._tellers:
            self._write(teller.listing(since))
        told = (
            one for book in past for teller in self._tellers for one in teller.past(book, since)
        )
        self._write(sorted(told, key=lambda one: one.at))

    def take(self, moment: Moment) -> None:
        """Write what is published by the end of a moment, in the order of its receipt."""
        told = [one for teller in self._tellers for one in teller.tell(moment)]
        self._write(sorted(told, key=lambda one: one.seen))
        if moment.at >= self._due:
            self._due = (moment.at // TRUTH_EVERY + 1) * TRUTH_EVERY
            self._truths.writelines(line + b"\n" for line in self._truth(moment.at))

    def _write(self, told: Iterable[Event]) -> None:
        self._events.writelines(events.line(one) + b"\n" for one in told)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the files."""
        self._events.close()
        self._truths.close()


class Recorded:
    """A market that is written down while it drives exchanges.

    Args:
        feed: the market.
        recorder: takes every moment.
    """

    def __init__(self, feed: Feed, recorder: Recorder) -> None:
        self.past = feed.past
        self.truth = feed.truth
        self._feed = feed
        self._recorder = recorder

    def moments(self) -> Iterator[Moment]:
        """Yield the steps, each when it has been written."""
        for moment in self._feed.moments():
            self._recorder.take(moment)
            yield moment


def _open(path: Path, compress: bool) -> IO[bytes]:
    if compress:
        return cast("IO[bytes]", gzip.open(path.with_suffix(".ndjson.gz"), "wb", 5))
    return path.open("wb")


class Teller:
    """What one exchange publishes of its contracts.

    Args:
        exchange: its wire.
    """

    def __init__(self, exchange: Wire) -> None:
        self._wire = exchange
        self._instruments = {one.symbol: instrument(one) for one in exchange.contracts}
        self._pending: list[Liquidated] = []
        self._interest = _POLLED if exchange.polls() else _PUSHED
        self._told: dict[tuple[str, int], int] = {}

    def listing(self, at: int) -> Iterator[Event]:
        """Yield what it lists."""
        for one in self._instruments.values():
            yield Listing(one, at, at)

    def past(self, book: Book, now: int) -> Iterator[Event]:
        """Yield what it answers of a contract's past: minute bars, open interest, funding paid."""
        contract = book.ticker.contract
        if not self._lists(contract):
            return
        known = self._instruments[contract.symbol]
        for bar in book.bars:
            yield _candle(known, bar, now)
        for one in book.points(_COUNTED):
            usd = _short(one.quantity * one.mark)
            yield OpenInterest(known, _short(one.quantity), usd, one.at, now)
        for paid in book.settled:
            yield structs.replace(self._settled(paid), seen=now)

    def tell(self, moment: Moment) -> Iterator[Event]:
        """Yield what it publishes of a moment, and of those before, by its end."""
        own = [one for one in moment.happened if one.contract.symbol in self._instruments]
        own = [one for one in own if one.contract.venue == self._wire.venue]
        yield from (self._trade(one) for one in own if isinstance(one, Traded))
        yield from self._published([one for one in own if isinstance(one, Liquidated)], moment.at)
        for ticker in moment.tickers:
            if self._lists(ticker.contract):
                yield from self._stands(ticker)
        for settled in moment.settled:
            if self._lists(settled.contract):
                yield self._settled(settled)

    def _lists(self, contract: Contract) -> bool:
        return contract.venue == self._wire.venue and contract.symbol in self._instruments

    def _published(self, dead: Sequence[Liquidated], until: int) -> Iterator[Event]:
        self._pending += dead
        due = [batch for batch in self._wire.batches(self._pending) if batch.at <= until]
        gone = {id(one) for batch in due for one in (*batch.liquidated, *batch.hidden)}
        self._pending = [one for one in self._pending if id(one) not in gone]
        for batch in due:
            yield from (self._liquidation(one, batch.at) for one in batch.liquidated)

    def _liquidation(self, one: Liquidated, seen: int) -> Liquidation:
        contract, known = one.contract, self._instruments[one.contract.symbol]
        printed = contract.printed(one.price)
        quantity, notional = _amount(known, contract.counted(one.quantity, one.trigger), printed)
        price, kind = _short(printed / contract.scale), contract.liquidation_price
        return Liquidation(known, one.side, price, kind, quantity, notional, one.at, seen)

    def _trade(self, one: Traded) -> Trade:
        contract, known = one.contract, self._instruments[one.contract.symbol]
        printed = contract.printed(one.price)
        quantity, _ = _amount(known, contract.counted(one.quantity, one.price), printed)
        return Trade(known, one.taker, _short(printed / contract.scale), quantity, one.at, one.at)

    def _stands(self, ticker: Ticker) -> Iterator[Event]:
        known, marked = self._instruments[ticker.contract.symbol], ticker.marked
        held = ticker.interest
        if self._due(known, _MARKED, ticker.at):
            mark, index = _short(marked.mark), _short(marked.index)
            yield MarkPrice(known, mark, index, ticker.at, ticker.at)
        if self._due(known, self._interest, ticker.at):
            quantity, usd = _short(held.quantity), _short(held.quantity * held.mark)
            yield OpenInterest(known, quantity, usd, held.at, ticker.at)
        if self._due(known, _EXPECTED, ticker.at):
            hours, kind = known.funding_hours, FundingKind.ESTIMATED
            rate = round(marked.funding, 8)
            yield Funding(known, rate, hours, marked.due, kind, ticker.at, ticker.at)

    def _due(self, known: Instrument, every: int, now: int) -> bool:
        """Whether ``every`` ns have passed since something that comes so often was told."""
        key = known.symbol, every
        due = now >= self._told.get(key, 0) + every
        if due:
            self._told[key] = now
        return due

    def _settled(self, one: Settled) -> Funding:
        known = self._instruments[one.contract.symbol]
        rate, hours, kind = round(one.rate, 8), known.funding_hours, FundingKind.SETTLED
        return Funding(known, rate, hours, one.at, kind, one.at, one.at)


def _amount(known: Instrument, counted: float, printed: float) -> tuple[float, float]:
    quantity, notional = known.amount(counted, printed)
    assert quantity is not None, "every contract here has a size"
    assert notional is not None
    return _short(quantity), _short(notional)


def _candle(known: Instrument, bar: Bar, seen: int) -> Candle:
    return Candle(
        instrument=known,
        interval_s=bar.seconds,
        open=_short(bar.open),
        high=_short(bar.high),
        low=_short(bar.low),
        close=_short(bar.close),
        volume=_short(bar.volume),
        taker_buy=None,
        price=CandlePrice.LAST,
        at=bar.at + bar.seconds * SECOND,
        seen=seen,
    )


def _short(value: float) -> float:
    """Return a number with the digits an exchange would print."""
    return float(f"{value:.10g}")


def make(options: argparse.Namespace) -> None:
    """Make a recording of one coin's market, as the command's flags want it."""
    exchanges = [_with(wire, options.base) for wire in wires()]
    listed = [one for wire in exchanges for one in wire.contracts]
    began, hours = _START - round(options.unseen * 3600), options.hours * 3600
    family = families.family(options.family)
    market = Market(listed, options.seed, began, family, shift=_START + hours / 2)
    market.advance(options.base, _START * SECOND, _UNSEEN_STEP)
    with Recorder(
        options.folder,
        exchanges,
        lambda _: [standing.line(market.truth(options.base))],
        _START * SECOND,
        options.compress,
        [market.book(one) for one in listed] if options.past else (),
    ) as recorder:
        for number in range(round(hours / options.step)):
            _turn(market, options.scenario, number * options.step, hours)
            recorder.take(_moment(market, options.step, options.prints))


def _with(exchange: Wire, base: str) -> Wire:
    """Return an exchange that lists nothing but one coin."""
    return exchange.listing_only({one.symbol for one in exchange.contracts if one.base == base})


def _turn(market: Market, scenario: str, now: float, hours: float) -> None:
    """Switch the scenario on a quarter of the way, and off when it has lasted."""
    begin = hours / 4 // 60 * 60
    if now == begin:
        market.switch(scenarios.scenario(scenario))
    elif now == begin + _SCENARIO:
        market.switch(scenarios.CALM)


def _moment(market: Market, step: float, prints: float) -> Moment:
    done = market.step(step, prints)
    happened: list[Liquidated | Traded] = [*done.traded, *done.liquidated]
    return Moment(done.at, happened, market.tickers(), (), done.settled)


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m liqtui.sim.record", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--base", default="BTC", choices=[one.base for one in coins.COINS])
    parser.add_argument("--family", default="mixed", choices=[f.name for f in families.FAMILIES])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scenario", default="calm", choices=[s.name for s in scenarios.SCENARIOS])
    parser.add_argument("--hours", type=float, default=12.0, help="that are written")
    parser.add_argument("--unseen", type=float, default=24.0, help="hours before that are not")
    parser.add_argument("--past", action="store_true",
                        help="begin with what exchanges answer of the day before")  # fmt: skip
    parser.add_argument("--step", type=float, default=10.0, help="seconds; they divide a minute")
    parser.add_argument("--prints", type=float, default=3.0,
                        help="trades a second of the busiest contract on average")  # fmt: skip
    parser.add_argument("--compress", action="store_true", help="write .gz")
    make(parser.parse_args())


if __name__ == "__main__":
    main()
