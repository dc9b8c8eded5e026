"""A past in days and weeks, as the simulated exchanges tell it and the venues ask and read it."""

from collections.abc import Iterable, Iterator
from itertools import pairwise

import pytest

from liqtui.feeds.past import COARSE, Past, days, in_turn, weeks
from liqtui.model.events import Candle, Event, Funding, OpenInterest
from liqtui.protocol.facts import Facts
from liqtui.protocol.venue import Request
from liqtui.sim.wire import SECOND, Book, Contract, Interest, Settled, Wire
from liqtui.sim.wires import wires
from liqtui.venues import load
from tests.sim import made

AT = made.AT - made.AT % made.HOUR
DAYS = 8
SINCE = AT - DAYS * 24 * made.HOUR
every_wire = pytest.mark.parametrize("wire", [*wires()], ids=lambda wire: wire.venue)


def remembered(contract: Contract) -> Book:
    """Remember some days of a contract."""
    bars = made.bars(contract, DAYS * 1440)
    interest = [
        Interest(contract, 1000.0, 80_000.0, bar.at) for bar in bars if bar.at % (300 * SECOND) == 0
    ]
    ticker = made.ticker(contract)
    settled = [Settled(contract, 0.0001, 80_000.0, at) for at in range(SINCE, AT, 8 * made.HOUR)]
    return Book(ticker, bars, interest, settled)


def answered(wire: Wire, first: Request, books: dict[str, Book], facts: Facts) -> Iterator[Event]:
    request: Request | None = first
    while request is not None:
        reply = wire.facing(request.headers).rest(request.full_url, books, AT)
        assert reply.status == 200
        items = load(wire.venue).read(request.full_url, reply.body, AT, facts)
        yield from (item for item in items if isinstance(item, Event))
        request = request.following(reply.body) if request.following else None


def listed(wire: Wire, books: dict[str, Book]) -> Facts:
    facts = Facts()
    for request in load(wire.venue).bootstrap():
        list(answered(wire, request, books, facts))
    assert facts.instruments
    return facts


def starts(bars: Iterable[Candle]) -> list[tuple[int, int]]:
    return sorted((bar.at - bar.interval_s * SECOND, bar.at) for bar in bars)


@every_wire
def test_days_and_weeks_are_told_once_and_without_a_hole(wire: Wire) -> None:
    books = {one.symbol: remembered(one) for one in wire.contracts if one.base == "BTC"}
    wire = wire.listing_only(books)
    facts, past = listed(wire, books), AT - SINCE
    for symbol in books:
        of = facts.instruments[symbol]
        wanted = [Past(of, days(AT, past), AT), *weeks(of, AT, past)]
        calls = [call for one in in_turn(wanted) for call in load(wire.venue).backfill(*one)]
        told = [event for call in calls for event in answered(wire, call, books, facts)]
        bars = [event for event in told if isinstance(event, Candle)]
        spans, cut = starts(bars), days(AT, past)
        assert all(one[1] == two[0] for one, two in pairwise(spans))
        assert 0 <= spans[0][0] - SINCE < COARSE * SECOND
        assert spans[-1][1] == AT
        assert {bar.at <= cut for bar in bars if bar.interval_s == COARSE} == {True}
        assert {bar.at > cut for bar in bars if bar.interval_s < COARSE} == {True}
        counts = sorted(event.at for event in told if isinstance(event, OpenInterest))
        far = [at for at in counts if at < cut]
        assert far == list(range(spans[0][0], cut, COARSE * SECOND))
        assert counts[len(far) :] == list(range(cut, AT, 300 * SECOND))
        paid = {event.at for event in told if isinstance(event, Funding)}
        due = {at for at in range(SINCE, AT, 8 * made.HOUR) if at >= spans[0][0]}
        assert due <= paid <= set(range(SINCE, AT, 8 * made.HOUR))


STRANGE = {
    "binance": "fapi/v1/klines?symbol=BTCUSDT&interval=7m",
    "bybit": "v5/market/open-interest?category=linear&symbol=BTCUSDT&intervalTime=7min",
    "okx": "api/v5/market/candles?instId=BTC-USDT-SWAP&bar=1h",
    "gate": "api/v4/futures/usdt/contract_stats?contract=BTC_USDT&interval=7m",
}


@every_wire
def test_a_step_that_an_exchange_does_not_know_is_refused(wire: Wire) -> None:
    venue, books = load(wire.venue), made.books(wire)
    host = next(url for role, url in venue.hosts.items() if role in {"rest", "rest-usdm"})
    url = f"{host}/{STRANGE[wire.venue]}"
    reply = wire.rest(url, books, AT)
    facts = listed(wire, books)
    assert not any(isinstance(item, Event) for item in venue.read(url, reply.body, AT, facts))
    assert reply.status == 400 or b"error" in reply.body or b"Invalid" in reply.body
