"""Bybit v5: linear (USDT and USDC settled) and inverse (coin settled) contracts.

Documents: bybit-exchange/docs of 2026-07-24, as digested in docs/venues-core.md 0, 3 and 6 (the
numbers below are its sections). What a raw field became:

============================  ====================================================================
``allLiquidation`` ``S``      the POSITION: Buy closed a long, Sell a short (0.7, 3.3)
``allLiquidation`` ``p``      the bankruptcy price, about .3 % off the market; not a fill (0.8)
``v`` of a print              units of base (linear) or USD (inverse) (3.3)
``publicTrade`` ``S``         the taker (3.4)
``singleOpenInterest``        one side, in the units of ``v``; where it is missing, half of
                              ``openInterest``, which counts both sides (0.11)
``openInterestValue``         not used: it is USD for linear, coin for inverse contracts (3.5), and
                              no more than the open interest at the mark
``fundingRate``               the running estimate for ``nextFundingTime`` (3.4)
``fundingInterval``           minutes, but ``fundingIntervalHour`` of a ticker hours (3.5)
``riskLimitValue``            a bracket's upper end, USD or, inverse, coin (valued at the present
                              mark); in any order; rates as fractions or per cent (3.5)
``kline`` rows                newest first, the running bar among them; ``volume`` is base (linear)
                              or USD (inverse, whose ``turnover`` is base) (3.5)
============================  ====================================================================

Disagreements: ccxt and cryptofeed take the liquidation's ``S`` for an order's side; the document
says "when you receive a `Buy` update, this means that a long position has been liquidated", and
tardis and the recorded prices agree with it.

Limits: every liquidation of every perpetual comes, in batches of 500 ms, without id or history;
the old ``liquidation.`` topic is refused. Dated futures are listed, not subscribed. A settled
funding's interval is the contract's present one. The open interest history of an inverse contract
is USD without a price: its quantity is unknown.

A message that holds one bad topic is refused whole (0.10): topics go out in small messages, and
what shared one with the culprit is asked for again at once.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from itertools import count
from typing import Any, Final, Literal, TypeAlias
from urllib.parse import parse_qsl
from zlib import crc32

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from liqtui.model.events import Candle, Funding, Liquidation, MarkPrice, OpenInterest, Trade
from liqtui.model.market import (
    CandlePrice,
    ContractKind,
    Coverage,
    FundingKind,
    Instrument,
    PriceKind,
    Side,
    Taker,
    Tier,
    Unit,
)
from liqtui.model.text import BadTextError, plain, symbol
from liqtui.protocol import numbers
from liqtui.protocol.bars import FINE, span
from liqtui.protocol.facts import Facts
from liqtui.protocol.items import Ack, Item, Malformed, Pong, Rejected, Reply, Unknown
from liqtui.protocol.numbers import DAY, MS, SECOND, Amount, Millis, Price, Quantity, Rate, millis
from liqtui.protocol.symbols import scaled
from liqtui.protocol.venue import Capabilities, Heartbeat, Poll, Pool, Request, Stream

_Amount: TypeAlias = Amount | Literal[""] | None
"""Where "" and 0 say that there is none."""
_Bar: TypeAlias = tuple[Millis, Price, Price, Price, Price, Amount, Amount]
"""Start, open, high, low, close, volume, turnover."""


class _Print(Struct, gc=False):
    """A row of ``publicTrade`` or of ``allLiquidation``: both print these five."""

    T: Millis
    s: str
    S: Literal["Buy", "Sell"]
    v: Quantity
    p: Price


class _Ticker(Struct, gc=False, rename="camel"):
    """What a ticker may bring; a delta leaves out what did not change."""

    mark_price: _Amount = None
    index_price: _Amount = None
    open_interest: _Amount = None
    single_open_interest: _Amount = None
    funding_rate: Rate | Literal[""] | None = None
    next_funding_time: int | Literal[""] | None = None
    funding_interval_hour: _Amount = None


class _TickerRow(_Ticker, gc=False, kw_only=True, rename="camel"):
    symbol: str


class _Frame(Struct, gc=False):
    """A frame of data: its shape tells prints from a ticker, in one pass and any order."""

    topic: str
    data: list[_Print] | _Ticker
    type: str = ""
    ts: int = 0


class _Head(Struct):
    """Any frame: an answer, a kind that is passed over, or one with a bad row."""

    topic: str = ""
    op: str = ""
    success: bool = False
    ret_msg: str = ""
    req_id: str = ""
    data: Raw = Raw()


class _Answer(Struct, rename="camel"):
    ret_code: int
    ret_msg: str = ""
    result: Raw = Raw(b"{}")
    time: int = 0


class _Page(Struct, rename="camel"):
    rows: Raw = msgspec.field(name="list", default=Raw())
    next_page_cursor: str | None = None


class _Filter(Struct, frozen=True, rename="camel"):
    """Each of a contract's filters, with its own of these."""

    max_leverage: _Amount = None
    tick_size: _Amount = None


class _Contract(Struct, rename="camel"):
    symbol: str
    contract_type: str
    base_coin: str
    quote_coin: str
    funding_interval: Amount | None = None
    leverage_filter: _Filter = _Filter()
    price_filter: _Filter = _Filter()


class _Bracket(Struct, rename="camel"):
    symbol: str
    risk_limit_value: Quantity
    maintenance_margin: Quantity
    initial_margin: Quantity
    max_leverage: Quantity
    mm_deduction: _Amount = None


class _Interest(Struct, rename="camel"):
    timestamp: int
    open_interest: Amount
    single_open_interest: _Amount = None


class _Settled(Struct, rename="camel"):
    symbol: str
    funding_rate: Rate
    funding_rate_timestamp: int


_frame = msgspec.json.Decoder(_Frame, strict=False).decode
_head = msgspec.json.Decoder(_Head, strict=False).decode
_print = msgspec.json.Decoder(_Print, strict=False).decode
_answer = msgspec.json.Decoder(_Answer, strict=False).decode
_page = msgspec.json.Decoder(_Page, strict=False).decode
_raws = msgspec.json.Decoder(list[Raw]).decode
_encode = msgspec.json.Encoder().encode

_BAD: Final = (ValueError, RecursionError)
"""What unreadable input raises: all of msgspec's errors are ValueErrors."""
_LINEAR: Final = ContractKind.LINEAR  # an Enum's members are slow to reach
_BANKRUPTCY: Final = PriceKind.BANKRUPTCY
_SIDES: Final = {"Buy": Side.LONG, "Sell": Side.SHORT}
_TAKERS: Final = {"Buy": Taker.BUY, "Sell": Taker.SELL}
_IDLE: Final = _Ticker()
"""What most deltas are: they are of the book."""


def _each(kind: str, rows: Raw, read: Callable[[Raw], Iterable[Item]]) -> list[Item]:
    """Read a list (or the bare row some documents show) so that a bad row costs only itself."""
    items: list[Item] = []
    for raw in _raws(rows) if bytes(rows).startswith(b"[") else [rows]:
        try:
            items += read(raw)
        except _BAD as error:
            items.append(Malformed(plain(f"{kind}: {error}")))
    return items


_TYPE: Final = re.compile(r"(Linear|Inverse)(Perpetual|Futures)")
_NAMES: Final = (
    (re.compile(r"(.+)USDT"), "linear", "USDT", True),
    (re.compile(r"(.+)PERP"), "linear", "USDC", True),
    (re.compile(r"(.+)USD"), "inverse", "USD", True),
    (re.compile(r"(.+)USDT-\d{1,2}[A-Z]{3}\d{2}"), "linear", "USDT", False),
    (re.compile(r"([^-]+)-\d{1,2}[A-Z]{3}\d{2}"), "linear", "USDC", False),
    (re.compile(r"(.+)USD[A-Z]\d{2}"), "inverse", "USD", False),
)
"""How contracts are called (3.6): the coin, where it trades, what it is quoted in."""


def _instrument(name: str, market: str, coin: str, quote: str, perpetual: bool) -> Instrument:
    base, scale = scaled(coin)
    linear = market == "linear"
    return Instrument(
        venue="bybit",
        market=market,
        symbol=name,
        base=base,
        quote=quote,
        kind=ContractKind.LINEAR if linear else ContractKind.INVERSE,
        perpetual=perpetual,
        scale=scale,
        contract_size=1.0,
        contract_unit=Unit.BASE if linear else Unit.QUOTE,
        coverage=Coverage.FULL if perpetual else Coverage.NONE,
        liquidation_price=PriceKind.BANKRUPTCY,
        margin_on="entry" if linear else "mark",
    )


@lru_cache(maxsize=4096)
def _named(name: str, market: str) -> Instrument:
    """Tell a contract nobody listed from its name, or raise `BadTextError`.

    ``market`` wins where it is given.
    """
    for form, usual, quote, perpetual in _NAMES:
        if match := form.fullmatch(symbol(name)):
            return _instrument(name, market or usual, match[1], quote, perpetual)
    raise BadTextError(f"no contract's name: {plain(name, 60)!r}")


def _schedule(rows: Iterable[_Bracket], worth: float) -> tuple[Tier, ...]:
    """Return one contract's brackets in ascending order, each from where the one below ends.

    ``worth`` is the USD in the unit of their limits.
    """
    tiers, floor = [], 0.0
    for row in sorted(rows, key=lambda row: row.risk_limit_value):
        unit = 100 if row.initial_margin * row.max_leverage > 10 else 1  # per cent, or a fraction
        maintenance, published = row.maintenance_margin / unit, row.mm_deduction
        if maintenance >= 1:
            raise numbers.BadNumberError(f"maintenance margin of {maintenance:g}")
        deduction = published * worth if isinstance(published, float) else None
        tiers.append(Tier(floor, maintenance, row.max_leverage, deduction if floor else 0.0))
        floor = row.risk_limit_value * worth
    return tuple(tiers)


def _open(
    of: Instrument, row: _Ticker | _Interest, mark: float | None, at: int, seen: int
) -> OpenInterest:
    """Return one side of an open interest, at a mark that may be unknown."""
    single, both = row.single_open_interest, row.open_interest or 0.0
    size = single if isinstance(single, float) else both / 2
    if of.kind is _LINEAR:
        return OpenInterest(of, size * of.scale, size * mark if mark else None, at, seen)
    units = numbers.amount(size / mark * of.scale) if mark else None
    return OpenInterest(of, units, size, at, seen)


class _Quote(Struct, gc=False):
    """What a ticker's snapshot and deltas add up to, as printed."""

    name: str
    mark: float | None = None
    index: float | None = None
    rate: float | None = None
    due: int | None = None
    hours: float | None = None

    def merge(self, of: Instrument, row: _Ticker, at: int, seen: int) -> list[Item]:
        """Take in a ticker and return the events of what it brought."""
        items: list[Item] = []
        if row.mark_price or row.index_price:
            self.mark = row.mark_price or self.mark
            self.index = row.index_price or self.index
            if self.mark:
                index = self.index and self.index / of.scale
                items.append(MarkPrice(of, self.mark / of.scale, index, at, seen))
        if isinstance(row.single_open_interest or row.open_interest, float):
            items.append(_open(of, row, self.mark, at, seen))
        new, when, hours = row.funding_rate, row.next_funding_time, row.funding_interval_hour
        if new is not None or when or hours:
            self.rate = new if isinstance(new, float) else self.rate
            self.due = numbers.due(when, seen) if when else self.due
            self.hours = hours or self.hours
            if self.rate is not None:
                every, kind = self.hours or of.funding_hours, FundingKind.ESTIMATED
                items.append(Funding(of, self.rate, every, self.due, kind, at, seen))
        return items


_HEARTBEAT: Final = Heartbeat(18.0, lambda now: f'{{"req_id":"{now // MS}","op":"ping"}}')
_BATCH: Final = 10
_PRINTS: Final = {"publicTr": False, "allLiqui": True}
"""How the topics of prints begin, and whether they are of positions closed by force."""
_PASSED_OVER: Final = re.compile(
    "kline|orderbook|adlAlert|insurance|priceLimit|"  # of no use here; below: gone (3.3), v2
    "liquidation|trade|instrument_info|orderBook(L2_25|_200)"
)


def _batches(topics: Sequence[str]) -> dict[str, Sequence[str]]:
    """Cut topics into messages, by the ``req_id`` that is all an answer names them by."""
    return {str(at): topics[at : at + _BATCH] for at in range(0, len(topics), _BATCH)}


def _subscribe(name: str, topics: Sequence[str]) -> str:
    return _encode({"req_id": name, "op": "subscribe", "args": topics}).decode()


def _hello(topics: Sequence[str], _now: int) -> list[str]:
    return [_subscribe(name, batch) for name, batch in _batches(topics).items()]


class BybitSession:
    """One connection: its tickers so far, and the subscriptions nobody answered yet.

    Args:
        facts: of the venue; read only.
        market: of contracts nobody listed; empty where only their names can tell.
        topics: what is subscribed, in order.
    """

    def __init__(self, facts: Facts, market: str = "", topics: Sequence[str] = ()) -> None:
        self._known = facts.instruments
        self._market = market
        self._quotes: dict[str, _Quote] = {}
        self._asked = _batches(topics)
        self._names = count(len(topics))

    def receive(self, frame: bytes, seen: int) -> Iterable[Item]:
        """Read one frame; see `liqtui.protocol.venue.Session`."""
        try:
            message = _frame(frame)
            data = message.data
            if type(data) is _Ticker:  # isinstance is slow to deny a Struct
                return self._ticker(message, data, seen)
            forced = _PRINTS.get(message.topic[:8])
            if forced is not None and isinstance(data, list):
                return self._prints(forced, data, seen)
        except _BAD as error:
            return self._otherwise(frame, seen, str(error))
        return self._otherwise(frame, seen, "")

    def _prints(self, forced: bool, rows: Iterable[_Print], seen: int) -> list[Item]:
        items: list[Item] = []
        known, latest = self._known, seen + DAY if seen else 1 << 62
        for row in rows:
            of = known.get(row.s) or _named(row.s, self._market)
            size, price, scale, at = row.v, row.p, of.scale, row.T * MS
            if at > latest:
                raise numbers.BadNumberError(f"time {row.T} is of tomorrow")
            linear = of.kind is _LINEAR
            units = size * scale if linear else numbers.quantity(size / price * scale)
            if forced:
                usd, side = size * price if linear else size, _SIDES[row.S]
                price /= scale
                items.append(Liquidation(of, side, price, _BANKRUPTCY, units, usd, at, seen))
            else:
                items.append(Trade(of, _TAKERS[row.S], price / scale, units, at, seen))
        return items

    def _ticker(self, message: _Frame, row: _Ticker, seen: int) -> list[Item]:
        topic = message.topic
        quote = self._quotes.get(topic)
        if quote is None or message.type != "delta":
            if not topic.startswith("tickers."):
                raise BadTextError("not a ticker")
            if message.type == "delta":
                return []
            quote = self._quotes[topic] = _Quote(topic[8:])
        if row == _IDLE:
            return []
        of = self._known.get(quote.name) or _named(quote.name, self._market)
        return quote.merge(of, row, millis(message.ts, seen), seen)

    def _otherwise(self, frame: bytes, seen: int, reason: str) -> list[Item]:
        try:
            head = _head(frame)
        except _BAD as error:
            return [Malformed(plain(f"frame: {error}"))]
        topic, kind = head.topic, head.topic.partition(".")[0]
        forced = _PRINTS.get(topic[:8])
        if forced is not None:
            return _each(topic, head.data, lambda raw: self._prints(forced, [_print(raw)], seen))
        if kind == "tickers":
            return [Malformed(plain(f"{topic}: {reason or 'no ticker'}"))]
        if _PASSED_OVER.fullmatch(kind):
            return []
        if head.op and not kind:
            return self._answered(head)
        return [Unknown(plain(kind or "neither topic nor op", 60))]

    def _answered(self, head: _Head) -> list[Item]:
        if head.op in {"ping", "pong"}:
            return [Pong()]
        named = head.ret_msg.partition("topic:")[2]  # refusals were seen without their req_id
        holding = (name for name, batch in self._asked.items() if named in batch)
        topics = self._asked.pop(head.req_id or next(holding, ""), ())
        if not head.success:
            return self._refused(topics, named, head.ret_msg)
        if head.op == "subscribe":
            return [Ack(plain(topic)) for topic in topics or (head.req_id,)]
        return []

    def _refused(self, topics: Sequence[str], named: str, reason: str) -> list[Item]:
        """Settle the topic the venue names, or halve the message, and ask for the rest again."""
        rest = [topic for topic in topics if topic != named]
        if named and (len(rest) < len(topics) or not topics):
            held = "already subscribed" in reason
            verdict = Ack(plain(named)) if held else Rejected(plain(named), plain(reason))
            return [verdict, *self._ask(rest)]
        if len(topics) < 2:
            return [Rejected("".join(topics), plain(reason))]
        half = len(topics) // 2
        return [*self._ask(topics[:half]), *self._ask(topics[half:])]

    def _ask(self, topics: Sequence[str]) -> list[Item]:
        if not topics:
            return []
        name = str(next(self._names))
        self._asked[name] = topics
        return [Reply(_subscribe(name, topics))]


class _Call(Struct):
    """A REST call, as its URL tells it, and what the rows of its answer are made into."""

    kind: str
    query: Mapping[str, str]
    facts: Facts
    seen: int
    at: int = 0
    """The venue's clock, else ours; UTC ns, 0 when neither is known."""

    def read(self, body: bytes) -> list[Item]:
        """Read the answer; raises what decoding raises."""
        answer = _answer(body)
        if answer.ret_code:
            topic = f"{self.kind} {self.query.get('symbol', '')}".rstrip()
            reason = plain(f"{answer.ret_code} {answer.ret_msg}")
            return [Rejected(plain(topic), reason, often=answer.ret_code == 10006)]
        if self.query.get("category", "") not in {"", "linear", "inverse"}:
            return []
        self.at = millis(answer.time, self.seen) if answer.time else self.seen
        rows, (decode, make) = _page(answer.result).rows, _LISTS[self.kind]
        if self.kind == "risk-limit":  # a schedule with a hole is wrong above it: all or nothing
            return list(make(self, decode(rows)))
        items = _each(self.kind, rows, lambda raw: make(self, decode(raw)))
        return sorted(items, key=lambda item: getattr(item, "at", 0))  # lists: the newest first

    def _of(self, name: str = "") -> Instrument:
        name = name or self.query.get("symbol", "")
        known = self.facts.instruments.get(name)
        return known or _named(name, self.query.get("category", ""))

    def contract(self, row: _Contract) -> Iterable[Item]:
        """Listings keep the margin schedule another call taught."""
        match = _TYPE.fullmatch(row.contract_type)
        if match is None:
            return [Unknown(plain(f"contract type {row.contract_type}", 60))]
        name, coin, quote = symbol(row.symbol), symbol(row.base_coin), symbol(row.quote_coin)
        bare = _instrument(name, match[1].lower(), coin, quote, match[2] == "Perpetual")
        known, tick = self.facts.instruments.get(name), row.price_filter.tick_size
        listed = replace(
            bare,
            tick=tick / bare.scale if tick else None,
            max_leverage=row.leverage_filter.max_leverage or None,
            funding_hours=row.funding_interval / 60 if row.funding_interval else None,
            tiers=known.tiers if known else (),
        )
        return [self.facts.learn(listed, self.seen, self.at)]

    def brackets(self, rows: Sequence[_Bracket]) -> Iterable[Item]:
        """Schedules in coin wait for a mark that values them."""
        for name in sorted({row.symbol for row in rows}):
            of = self._of(name)
            worth = 1.0 if of.kind is _LINEAR else self.facts.marks.get(name)
            if worth is not None:
                tiers = _schedule([row for row in rows if row.symbol == name], worth)
                yield self.facts.learn(replace(of, tiers=tiers), self.seen, self.at)

    def ticker(self, row: _TickerRow) -> Iterable[Item]:
        """Tickers come whole here."""
        of = self._of(row.symbol)
        if row.mark_price and of.symbol in self.facts.instruments:
            self.facts.marks[of.symbol] = row.mark_price
        return _Quote(row.symbol).merge(of, row, self.at, self.seen)

    def interest(self, row: _Interest) -> Iterable[Item]:
        """Open interest of a moment, without its mark."""
        return [_open(self._of(), row, None, millis(row.timestamp, self.seen), self.seen)]

    def settled(self, row: _Settled) -> Iterable[Item]:
        """Funding that was paid."""
        of, at = self._of(row.symbol), millis(row.funding_rate_timestamp, self.seen)
        hours, kind = of.funding_hours, FundingKind.SETTLED
        return [Funding(of, row.funding_rate, hours, at, kind, at, self.seen)]

    def bar(self, row: _Bar) -> Iterable[Item]:
        """A bar, once it is over."""
        of, (start, *prices, volume, turnover) = self._of(), row
        seconds = 60 * int(self.query.get("interval", ""))
        end = millis(start, self.seen) + seconds * SECOND
        if seconds <= 0 or (self.at and end > self.at):
            return []
        opened, high, low, closed = (price / of.scale for price in prices)
        base = (volume if of.kind is _LINEAR else turnover) * of.scale
        rest = (base, None, CandlePrice.LAST, end, self.seen)
        return [Candle(of, seconds, opened, high, low, closed, *rest)]


_LISTS: Final[Mapping[str, tuple[Callable[[Raw], Any], Callable[..., Iterable[Item]]]]] = {
    "instruments-info": (msgspec.json.Decoder(_Contract, strict=False).decode, _Call.contract),
    "risk-limit": (msgspec.json.Decoder(list[_Bracket], strict=False).decode, _Call.brackets),
    "tickers": (msgspec.json.Decoder(_TickerRow, strict=False).decode, _Call.ticker),
    "open-interest": (msgspec.json.Decoder(_Interest, strict=False).decode, _Call.interest),
    "funding/history": (msgspec.json.Decoder(_Settled, strict=False).decode, _Call.settled),
    "kline": (msgspec.json.Decoder(_Bar, strict=False).decode, _Call.bar),
}


def _paged(request: Request) -> Request:
    return replace(request, following=partial(_next_page, request))


def _next_page(request: Request, body: bytes) -> Request | None:
    try:
        cursor = _page(_answer(body).result).next_page_cursor
    except _BAD:
        return None
    params = dict(request.params)
    if not cursor or cursor == params.get("cursor"):
        return None
    return _paged(replace(request, params=tuple({**params, "cursor": cursor}.items())))


_ROOM: Final = 20_000
"""Characters of topics on a connection; 21,000 are allowed (3.1), and a canary joins them."""
_CANARIES: Final = ("BTCUSDT", "BTCUSD")


def _spread(topics: Sequence[str]) -> list[list[str]]:
    """Spread topics over connections so that none exceeds what the venue allows on one.

    A topic's place is its hash's, so a new listing moves no other topic (a connection whose
    topics changed is replaced). There is room for twice the topics: a full connection is rare,
    and passes one on to the next.
    """
    sizes = {topic: len(topic) + 3 for topic in topics}  # with quotes and comma, to be safe
    parts: list[list[str]] = [[] for _ in range(2 * sum(sizes.values()) // _ROOM + 1)]
    used = [0] * len(parts)
    for topic, size in sizes.items():
        at = crc32(topic.encode()) % len(parts)
        while used[at] + size > _ROOM:
            at = (at + 1) % len(parts)
        parts[at].append(topic)
        used[at] += size
    return parts


def _perpetuals(facts: Facts, market: str) -> list[Instrument]:
    listed = (facts.instruments[name] for name in sorted(facts.instruments))
    return [of for of in listed if of.market == market and of.perpetual]


def _windows(since: int, until: int, width: int) -> Iterator[tuple[str, str]]:
    """Cut a stretch of time into pages: first and last UTC ms of each, oldest first."""
    for start in range(since, until, width):
        yield str(start // MS), str(min(start + width, until) // MS - 1)


class Bybit:
    """The venue; see `liqtui.protocol.venue.Venue`."""

    name = "bybit"
    title = "Bybit"
    tag = "BYB"
    pools = (Pool("ip", 600, 5.0),)

    def __init__(self, hosts: Mapping[str, str], markets: Sequence[str]) -> None:
        self.hosts = hosts
        self.markets = tuple(markets)
        live, past = "socket; REST, 10 s", "candles, open interest, funding"
        self.capabilities = tuple(
            Capabilities(market, "full", live, live, "public", past) for market in self.markets
        )

    def at(self, hosts: Mapping[str, str], markets: Sequence[str]) -> "Bybit":
        """Return the venue at other hosts, with some of its markets."""
        kept = [market for market in self.markets if market in markets]
        return Bybit({**self.hosts, **hosts}, kept)

    def bootstrap(self) -> Sequence[Request]:
        """What is listed, and the marks that value margin schedules in coin."""
        asked = [self._contracts(market) for market in self.markets]
        return asked + [self._get("tickers", category=market) for market in self.markets]

    def streams(self, facts: Facts, watched: Sequence[str]) -> Sequence[Stream]:
        """Every perpetual's liquidations, and the watched bases' trades and tickers."""
        return [
            Stream(
                name=name,
                url=f"{self.hosts['ws']}/v5/public/{market}",
                session=partial(BybitSession, facts, market, topics),
                hello=partial(_hello, topics),
                canary=(MarkPrice,),
                topics=frozenset(topics),
                pace=0.05,
                heartbeat=_HEARTBEAT,
                quiet=30.0,  # a busy ticker's longest natural silence was 22 s (3.6)
            )
            for market in self.markets
            for name, topics in _connections(market, _perpetuals(facts, market), watched)
        ]

    def polls(self, facts: Facts, watched: Sequence[str]) -> Sequence[Poll]:
        """Tickers of everything, the contract lists, and the watched bases' brackets (6.5)."""
        polls = []
        for market in self.markets:
            tickers = self._get("tickers", category=market)
            polls.append(Poll(f"{market}-tickers", tickers, 10.0))
            polls.append(Poll(f"{market}-contracts", self._contracts(market), 3600.0))
            for of in _perpetuals(facts, market):
                if of.base in watched:
                    brackets = self._get("risk-limit", category=market, symbol=of.symbol)
                    polls.append(Poll(f"brackets-{of.symbol}", brackets, 3600.0))
        return polls

    def backfill(
        self, instrument: Instrument, since: int, until: int, step: int = FINE
    ) -> Sequence[Request]:
        """Candles, open interest and settled funding, a page a request (3.5)."""
        funded, times = round((instrument.funding_hours or 1) * 3600), ("startTime", "endTime")
        lists = [
            ("kline", 1000, step, ("start", "end"), {"interval": str(step // 60)}),
            ("open-interest", 200, step, times, {"intervalTime": span(step).replace("m", "min")}),
            ("funding/history", 200, funded, times, {}),
        ]
        of = {"category": instrument.market, "symbol": instrument.symbol}
        return [
            self._get(kind, **of, **more, **{first: start, last: end}, limit=str(limit))
            for kind, limit, every, (first, last), more in lists[: 3 if instrument.perpetual else 2]
            for start, end in _windows(since, until, limit * every * SECOND)
        ]

    def session(self, url: str, facts: Facts, market: str = "") -> BybitSession:
        """A reader for a connection; its url says more than ``market``."""
        path = url.partition("?")[0].rstrip("/").rpartition("/")[2]
        return BybitSession(facts, path if path in {"linear", "inverse"} else market)

    def read(self, url: str, body: bytes, seen: int, facts: Facts) -> Iterable[Item]:
        """Read the answer to a REST call."""
        path, _, query = url.partition("?")
        kind = path.rpartition("/v5/market/")[2]
        if kind not in _LISTS:
            return [Unknown(plain(path, 60))]
        try:
            return _Call(kind, dict(parse_qsl(query)), facts, seen).read(body)
        except _BAD as error:
            return [Malformed(plain(f"{kind}: {error}"))]

    def _contracts(self, market: str) -> Request:
        listing = self._get("instruments-info", category=market, limit="1000")
        return _paged(replace(listing, lists=market))

    def _get(self, kind: str, **params: str) -> Request:
        return Request(f"{self.hosts['rest']}/v5/market/{kind}", tuple(params.items()))


def _connections(
    market: str, listed: Sequence[Instrument], watched: Sequence[str]
) -> Iterator[tuple[str, list[str]]]:
    """Yield each connection's name and topics."""
    names = [of.symbol for of in listed]
    for at, part in enumerate(_spread([f"allLiquidation.{name}" for name in names]), 1):
        if part:
            canary = next((name for name in _CANARIES if name in names), names[0])
            yield f"{market}-{at}", [f"tickers.{canary}", *part]
    near = [of.symbol for of in listed if of.base in watched]
    if near:
        kinds = ("tickers", "publicTrade")
        yield f"{market}-watched", [f"{kind}.{name}" for name in near for kind in kinds]


VENUE = Bybit(
    {"ws": "wss://stream.bybit.com", "rest": "https://api.bybit.com"}, ("linear", "inverse")
)
