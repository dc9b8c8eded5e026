"""Gate: futures v4, settled in USDT (linear) and in BTC (inverse: BTC_USD).

Documents: docs/venues-core.md 5, and facts 16 to 19 of its section 0.

============================== =================================================================
``futures.public_liquidates``  `Liquidation`: ``size`` contracts of the liquidation order,
                               ``price`` its limit (ORDER), ``time`` s or ms, or ``time_ms``
REST ``liq_orders``            `Liquidation`: ``size`` the user's position (+ long), quantity
                               ``|order_size| - |left|``, ``fill_price`` (FILL)
``futures.trades``             `Trade`: sign of ``size`` = taker (+ buy); ``is_internal`` (the
                               insurance fund, deleveraging) is no market order and dropped
``futures.tickers``, REST      `MarkPrice`, `OpenInterest` (half of ``total_size``), `Funding`
                               (``funding_rate`` due at ``funding_next_apply``, not on REST)
REST ``contracts``             `Listing` (``order_price_round``, ``quanto_multiplier``) and the
                               same three, open interest from ``position_size``
``contract_stats``, both       `OpenInterest`: half of ``open_interest``
``contract_info``, REST tiers  `Listing` with tiers: ``risk_limit`` is a tier's upper end
REST ``funding_rate``          `Funding`, settled
REST ``candlesticks``          `Candle`: opened at ``t``, volume ``v`` contracts
============================== =================================================================

Units: quantity is contracts times ``quanto_multiplier``; 0 is a contract of 1 USD (BTC_USD). A
BTC-settled contract with a multiplier is a quanto, whose size in base nobody publishes: unknown.
Sizes are cut without ``X-Gate-Size-Decimal: 1``. An inverse candle's volume is valued at its
close. No document names the unit of BTC-settled tiers: left out. The taker fee is part of the
liquidation trigger, and the rate is taken of the mark's value (docs/estimator.md, formulas).

The sign of a socket liquidation's ``size`` is undocumented (fact 17) and read as the order's:
negative sells, so a long was closed. In the one published comparison (six pairs, 2026-08-11) the
socket had the second and ``order_price`` of the REST row, and the sign opposite to its position.
Each REST row that meets its socket row is compared here; enough of them decide (`Facts.signs`).

Each liquidation is told once (`liqtui.protocol.reconciliation`), named by contract, order price,
order size and second: REST adds, late, what the socket missed, but nothing from before
``Facts.since``, which a former run told.

Open interest: ``position_size`` is documented as the longs; ``total_size`` and ``open_interest``
are near twice that (1.94 in a capture not of one instant): half is inferred to be one side (19).

Coverage is full since 2026-08-20: an array of a contract's orders each second; before, one a
second and contract, some as a bare object (16). What found no counterpart comes by socket only.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Annotated, Any, Final, TypeAlias
from urllib.parse import parse_qsl

import msgspec
from msgspec import Meta, Raw, Struct
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
from liqtui.protocol.items import Ack, Closing, Item, Malformed, Pong, Rejected, Unknown
from liqtui.protocol.numbers import SECOND, Amount, Price, Quantity, Rate
from liqtui.protocol.reconciliation import Answer, Lane, Reconciliation
from liqtui.protocol.symbols import scaled
from liqtui.protocol.venue import Capabilities, Heartbeat, Poll, Pool, Request, Stream

_LIQUIDATES: Final = "futures.public_liquidates"
_TICKERS: Final = "futures.tickers"
_TRADES: Final = "futures.trades"
_STATS: Final = "futures.contract_stats"
_INFO: Final = "futures.contract_info"
_UNUSED: Final = re.compile(
    r"futures\.(adl_warning|book_ticker|candlesticks|obu|order_book|order_book_update)"
    r"|order_book|trades|premium_index|insurance"
)
"""Documented public channels and endpoints that say nothing this program asks for."""
_CANARY: Final = {"usdt": "BTC_USDT", "btc": "BTC_USD"}
_HOSTS: Final = {"ws": "wss://fx-ws.gateio.ws", "rest": "https://api.gateio.ws"}
_DECIMAL: Final = {"X-Gate-Size-Decimal": "1"}
_NAME: Final = re.compile(r"(.+?)_([A-Z0-9]+)(_(?:[A-Z]+_)?\d{6,8})?")
_PATH: Final = re.compile(r"/futures/(\w+)/(\w+)(?:/([^/]+))?$")
_SOCKET: Final = re.compile(r"/ws/(?:futures/)?(usdt|btc)(?:$|[/?])")
_CANDLES: Final = re.compile(r"(?:(mark|index)_)?(.+)")
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_SECONDS: Final = {f"{n}{u}": n * _UNITS[u] for u in _UNITS for n in (1, 4, 5, 7, 8, 10, 15, 30)}
_PAGE: Final = 1000
_BARS: Final = 9_900
"""Candles that Gate still knows of, a little short of its 10,000."""
_KEPT: Final = 179 * 86_400
"""Seconds of statistics and funding that it knows of, a day short of its limit."""
_LONG, _SHORT, _BUY, _SELL = Side.LONG, Side.SHORT, Taker.BUY, Taker.SELL
_ORDER, _ESTIMATED = PriceKind.ORDER, FundingKind.ESTIMATED
_Size: TypeAlias = Annotated[float, Meta(gt=-1e16, lt=1e16)]


class _Liquidated(Struct, gc=False):
    contract: str
    price: Price
    size: _Size
    time: int = 0
    time_ms: int = 0


class _Traded(Struct, gc=False):
    contract: str
    price: Price
    size: _Size
    create_time: int = 0
    create_time_ms: int = 0
    is_internal: bool = False


class _State(Struct, gc=False, kw_only=True):
    mark_price: Price
    index_price: Amount = 0.0
    funding_rate: Rate | None = None
    funding_interval: Annotated[float, Meta(ge=0.0, lt=1e7)] = 0.0
    funding_next_apply: Amount = 0.0


class _Ticker(_State, gc=False):
    contract: str
    total_size: Amount | None = None
    t: int = 0


class _Contract(_State, gc=False):
    name: str
    type: str
    quanto_multiplier: Amount
    order_price_round: Price
    leverage_max: Quantity | None = None
    taker_fee_rate: Rate | None = None
    position_size: Amount | None = None
    in_delisting: bool = False


class _Stat(Struct, gc=False):
    time: int
    open_interest: Amount
    mark_price: Price
    contract: str = ""


class _Bracket(Struct, gc=False):
    risk_limit: Quantity
    maintenance_rate: Annotated[float, Meta(gt=0.0, lt=1.0)]
    leverage_max: Quantity
    deduction: Amount | None = None
    contract: str = ""


class _Info(Struct):
    contract: str
    quanto_multiplier: Amount
    order_price_round: Price
    risk_limit_tiers: list[_Bracket] = []


class _Order(Struct, gc=False):
    contract: str
    time: int
    size: _Size
    order_price: Price
    fill_price: Amount
    left: _Size = 0.0
    order_size: _Size | None = None


class _Settled(Struct, gc=False):
    t: int
    r: Rate


class _Bar(Struct, gc=False):
    t: int
    o: Price
    h: Price
    l: Price  # noqa: E741
    c: Price
    v: Amount | None = None


class _Push(Struct, tag_field="channel", gc=False):
    """A frame of data: msgspec finds the channel, wherever it stands, and with it the class."""

    error: None = None
    time: int = 0
    time_ms: int = 0


class _Liquidates(_Push, tag=_LIQUIDATES, kw_only=True, gc=False):
    result: list[_Liquidated] | _Liquidated


class _Trades(_Push, tag=_TRADES, kw_only=True, gc=False):
    result: list[_Traded]


class _Tickers(_Push, tag=_TICKERS, kw_only=True, gc=False):
    result: list[_Ticker]


class _Stats(_Push, tag=_STATS, kw_only=True, gc=False):
    result: list[_Stat]


class _Infos(_Push, tag=_INFO, kw_only=True, gc=False):
    result: list[_Info] | _Info


class _Words(Struct):
    """What Gate says to us: errors on the socket and on REST, notices."""

    label: str = ""
    message: str = ""
    type: str = ""
    msg: str = ""


class _Envelope(Struct):
    """Any frame, read this way when it is no data or when one of its rows is broken."""

    channel: str = ""
    event: str = ""
    time: int = 0
    time_ms: int = 0
    id: Any = None
    payload: Any = None
    error: _Words | None = None
    result: Raw = Raw(b"null")


_push = msgspec.json.Decoder(
    _Liquidates | _Trades | _Tickers | _Stats | _Infos, strict=False
).decode
_envelope = msgspec.json.Decoder(_Envelope, strict=False).decode
_words = msgspec.json.Decoder(_Words).decode
_items = msgspec.json.Decoder(list[Raw] | dict[str, Raw]).decode
_BAD: Final = (ValueError, RecursionError)
"""What unreadable input raises: all of msgspec's errors are ValueErrors."""


class _Reader:
    """Turns the rows of one connection or of one answer into events.

    A method per kind of row appends to ``_out``; a row that cannot be true raises. ``market``
    decides for contracts that are not known, ``contract`` and ``interval`` (seconds) are the
    request's, for rows that do not name theirs.
    """

    def __init__(self, facts: Facts, market: str, contract: str = "", interval: int = 0) -> None:
        self._facts = facts
        self._known = facts.instruments
        self._market = market
        self._contract = contract
        self._interval = interval
        self._told = Reconciliation.kept(facts.memory, _LIQUIDATES)
        self._answer, self._lane = Answer(self._told), Lane()
        self._due: tuple[float, int | None] = (0.0, None)
        self._seen = self._pushed = 0
        self._out: list[Item] = []

    def read(self, name: str, turn: "_Turn", rows: list[Any], seen: int, time: int) -> list[Item]:
        """Turn rows into events, a bad one into a `Malformed`; ``time`` is the frame's, ms or 0."""
        out: list[Item] = []
        self._out, self._seen, self._pushed = out, seen, time
        for row in rows:
            try:
                turn(self, row)
            except _BAD as error:
                out.append(Malformed(f"{name}: {plain(str(error))}"))
        return out

    def read_encoded(self, name: str, raw: bytes, kind: "_Row", seen: int, time: int) -> list[Item]:
        """Read an array, or its only item, decoding one by one."""
        decode, turn = kind
        found = [raw] if turn is _Reader.schedule else _items(raw)
        items = found if isinstance(found, list) else [raw]
        return self.read(name, lambda self, item: turn(self, decode(item)), items, seen, time)

    def _spec(self, contract: str) -> Instrument:
        return self._known.get(contract) or _named(contract, self._market)

    def liquidated(self, row: _Liquidated) -> None:
        spec, at = self._spec(row.contract), _time(row.time or row.time_ms, self._seen)
        contracts = numbers.quantity(abs(row.size))
        sign = 1 if row.size > 0.0 else -1
        if self._told.live((spec.symbol, row.price, contracts), at // SECOND, sign, self._lane):
            short = sign * self._facts.signs.get(_LIQUIDATES, 1) > 0
            self._closed(spec, short, row.price, _ORDER, contracts, at)

    def ordered(self, row: _Order) -> None:
        spec, at = self._spec(row.contract), _time(row.time, self._seen)
        size = -row.size if row.order_size is None else row.order_size
        contracts = numbers.quantity(abs(size))
        name = (spec.symbol, row.order_price, contracts)
        if met := self._answer.meet(name, at // SECOND):
            if sign := self._told.compare(met, 1 if size > 0.0 else -1):
                self._facts.signs[_LIQUIDATES] = sign
        elif at >= self._facts.since and self._answer.tell(name, at // SECOND):
            filled, short = contracts - abs(row.left), (row.size or -size) < 0.0
            if filled > 0.0:
                price = numbers.price(row.fill_price)
                self._closed(spec, short, price, PriceKind.FILL, filled, at)

    def _closed(
        self, spec: Instrument, short: bool, price: float, kind: PriceKind, count: float, at: int
    ) -> None:
        quantity, notional = spec.amount(count, price)
        side = _SHORT if short else _LONG
        told = Liquidation(spec, side, price / spec.scale, kind, quantity, notional, at, self._seen)
        self._out.append(told)

    def traded(self, row: _Traded) -> None:
        if row.is_internal:
            return
        spec = self._known.get(row.contract) or self._spec(row.contract)
        price, seen = row.price, self._seen
        taker = _BUY if row.size > 0.0 else _SELL
        quantity, _ = spec.amount(numbers.quantity(abs(row.size)), price)
        at = _time(row.create_time_ms or row.create_time, seen)
        self._out.append(Trade(spec, taker, price / spec.scale, quantity, at, seen))

    def ticker(self, row: _Ticker) -> None:
        both, time = row.total_size, row.t or self._pushed
        at = numbers.millis(time, self._seen) if time else self._seen
        self._state(self._spec(row.contract), row, None if both is None else both / 2, at)

    def contract(self, row: _Contract) -> None:
        if row.in_delisting and not row.position_size:
            return
        known, linear = self._spec(row.name), row.type != "inverse"
        listed = replace(
            _sized(_named(row.name, self._market), row.quanto_multiplier, row.order_price_round),
            kind=ContractKind.LINEAR if linear else ContractKind.INVERSE,
            max_leverage=row.leverage_max,
            tiers=known.tiers,
            trigger_fee=row.taker_fee_rate,
            margin_on="mark" if linear else None,
            funding_hours=row.funding_interval / 3600 or None,
        )
        self._out.append(self._facts.learn(listed, self._seen))
        self._state(listed, row, row.position_size, self._seen)

    def _state(self, spec: Instrument, row: _State, contracts: float | None, at: int) -> None:
        out, seen = self._out, self._seen
        index = row.index_price / spec.scale if row.index_price else None
        out.append(MarkPrice(spec, row.mark_price / spec.scale, index, at, seen))
        if contracts is not None:
            self._open(spec, contracts, row.mark_price, at)
        if row.funding_rate is not None:
            hours = row.funding_interval / 3600 if row.funding_interval else spec.funding_hours
            if row.funding_next_apply != self._due[0]:
                due = numbers.due(int(row.funding_next_apply) * 1000, seen)
                self._due = row.funding_next_apply, due
            out.append(Funding(spec, row.funding_rate, hours, self._due[1], _ESTIMATED, at, seen))

    def _open(self, spec: Instrument, contracts: float, mark: float, at: int) -> None:
        quantity, notional = spec.amount(contracts, mark)
        if quantity is not None:
            self._out.append(OpenInterest(spec, quantity, notional, at, self._seen))

    def stat(self, row: _Stat) -> None:
        spec, at = self._spec(row.contract or self._contract), _time(row.time, self._seen)
        self._open(spec, row.open_interest / 2, row.mark_price, at)

    def info(self, row: _Info) -> None:
        known = self._spec(row.contract)
        listed = _sized(known, row.quanto_multiplier, row.order_price_round)
        tiers = _tiers(row.risk_limit_tiers, known) or known.tiers
        at = numbers.millis(self._pushed, self._seen)
        self._out.append(self._facts.learn(replace(listed, tiers=tiers), self._seen, at))

    def schedule(self, rows: list[_Bracket]) -> None:
        """Read tiers: a schedule is whole or worth nothing, so a bad row spoils the answer."""
        schedules: dict[str, list[_Bracket]] = {}
        for row in rows:
            schedules.setdefault(row.contract or self._contract, []).append(row)
        for contract, brackets in schedules.items():
            known = self._spec(contract)
            if tiers := _tiers(brackets, known):
                self._out.append(self._facts.learn(replace(known, tiers=tiers), self._seen))

    def settled(self, row: _Settled) -> None:
        spec, at, kind = self._spec(self._contract), _time(row.t, self._seen), FundingKind.SETTLED
        self._out.append(Funding(spec, row.r, spec.funding_hours, at, kind, at, self._seen))

    def bar(self, row: _Bar) -> None:
        match = _CANDLES.fullmatch(self._contract)
        if match is None or not self._interval:
            raise BadTextError("a candle of no contract or interval")
        seen, length = self._seen, self._interval
        at = _time(row.t + length, seen)
        if seen and at > seen:
            return
        spec, kind = self._spec(match[2]), CandlePrice(match[1] or "last")
        volume = None
        if row.v is not None and kind is CandlePrice.LAST:
            volume, _ = spec.amount(row.v, row.c)
        o, h, l, c = (price / spec.scale for price in (row.o, row.h, row.l, row.c))  # noqa: E741
        self._out.append(Candle(spec, length, o, h, l, c, volume, None, kind, at, seen))


_Turn: TypeAlias = Callable[[_Reader, Any], None]
_Row: TypeAlias = tuple[Callable[[bytes], Any], _Turn]


def _row(kind: Any) -> Callable[[bytes], Any]:
    return msgspec.json.Decoder(kind, strict=False).decode


_CHANNELS: Final[Mapping[str, _Row]] = {
    _LIQUIDATES: (_row(_Liquidated), _Reader.liquidated),
    _TRADES: (_row(_Traded), _Reader.traded),
    _TICKERS: (_row(_Ticker), _Reader.ticker),
    _STATS: (_row(_Stat), _Reader.stat),
    _INFO: (_row(_Info), _Reader.info),
}
_ENDPOINTS: Final[Mapping[str, _Row]] = {
    "contracts": (_row(_Contract), _Reader.contract),
    "tickers": (_row(_Ticker), _Reader.ticker),
    "contract_stats": (_row(_Stat), _Reader.stat),
    "liq_orders": (_row(_Order), _Reader.ordered),
    "risk_limit_tiers": (_row(list[_Bracket]), _Reader.schedule),
    "funding_rate": (_row(_Settled), _Reader.settled),
    "candlesticks": (_row(_Bar), _Reader.bar),
}
_TURNS: Final[Mapping[type[_Push], tuple[str, _Turn]]] = {
    kind: (str(kind.__struct_config__.tag), _CHANNELS[str(kind.__struct_config__.tag)][1])
    for kind in _Push.__subclasses__()
}


def _named(contract: str, market: str) -> Instrument:
    """What a contract's name alone tells of it."""
    match = _NAME.fullmatch(symbol(contract))
    if match is None:
        raise BadTextError(f"no contract: {plain(contract, 60)!r}")
    base, scale = scaled(match[1])
    inverse = match[2] == "USD"
    return Instrument(
        venue=Gate.name,
        market=market or ("btc" if inverse else "usdt"),
        symbol=contract,
        base=base,
        quote=match[2],
        kind=ContractKind.INVERSE if inverse else ContractKind.LINEAR,
        perpetual=match[3] is None,
        scale=scale,
        contract_unit=Unit.QUOTE if inverse else Unit.BASE,
        coverage=Coverage.FULL,
        liquidation_price=PriceKind.ORDER,
    )


def _sized(spec: Instrument, multiplier: float, tick: float) -> Instrument:
    size, unit = (numbers.quantity(multiplier), Unit.BASE) if multiplier else (1.0, Unit.QUOTE)
    known = None if multiplier and spec.market == "btc" else size
    return replace(spec, contract_size=known, contract_unit=unit, tick=tick / spec.scale)


def _tiers(brackets: list[_Bracket], spec: Instrument) -> tuple[Tier, ...]:
    """Turn upper ends into floors."""
    if spec.market == "btc":
        return ()  # in a unit that no document names
    ordered = sorted(brackets, key=lambda bracket: bracket.risk_limit)
    floors = [0.0, *(bracket.risk_limit for bracket in ordered)]
    return tuple(
        Tier(floor, bracket.maintenance_rate, bracket.leverage_max, bracket.deduction)
        for floor, bracket in zip(floors, ordered, strict=False)
    )


def _time(value: int, seen: int) -> int:
    """Return seconds or milliseconds as UTC ns, within the bounds of `numbers.millis`."""
    return numbers.millis(value if value >= 10**12 else value * 1000, seen)


class _Session:
    """Reads one socket; ``topics`` is what was subscribed under the ids 1, 2, … of `_hello`."""

    def __init__(self, facts: Facts, market: str, topics: Sequence[str] = ()) -> None:
        self._reader = _Reader(facts, market)
        self._topics = topics

    def receive(self, frame: bytes, seen: int) -> Iterable[Item]:
        try:
            push = _push(frame)
        except _BAD:
            return self._slowly(frame, seen)
        name, turn = _TURNS[type(push)]
        found = push.result
        rows = found if isinstance(found, list) else [found]
        return self._reader.read(name, turn, rows, seen, push.time_ms or push.time * 1000)

    def _slowly(self, frame: bytes, seen: int) -> Iterable[Item]:
        """Read what is no data, or holds a bad row."""
        try:
            found = _envelope(frame)
            if found.error is not None:
                return [
                    Rejected(self._topic(found), plain(found.error.message or found.error.label))
                ]
            if found.event in {"subscribe", "unsubscribe"}:
                return [Ack(self._topic(found))] if found.event == "subscribe" else []
            if kind := _CHANNELS.get(found.channel):
                time = found.time_ms or found.time * 1000
                return self._reader.read_encoded(found.channel, found.result, kind, seen, time)
            return _control(found)
        except _BAD as error:
            return [Malformed(plain(str(error)))]

    def _topic(self, found: _Envelope) -> str:
        if type(found.id) is int and 0 < found.id <= len(self._topics):
            return self._topics[found.id - 1]
        payload = found.payload if isinstance(found.payload, list) else []
        return plain(" ".join([found.channel, *map(str, payload)]))


def _control(found: _Envelope) -> list[Item]:
    if _UNUSED.fullmatch(found.channel):
        return []
    if found.channel == "futures.pong":
        return [Pong()]
    if found.channel == "futures.system":
        notice = _words(found.result)
        if notice.type == "upgrade":
            return [Closing(plain(notice.msg))]
    return [Unknown(plain(found.channel) or "a frame without a channel")]


def _frame(now: int, **fields: Any) -> str:
    return msgspec.json.encode({"time": now // SECOND, **fields}).decode()


def _hello(topics: Sequence[str], now: int) -> Sequence[str]:
    """One contract a message: Gate refuses a message whole for one unknown contract in it."""
    parts = enumerate((topic.split(" ") for topic in topics), 1)
    return [
        _frame(now, id=number, channel=channel, event="subscribe", payload=[contract])
        for number, (channel, contract) in parts
    ]


class Gate:
    """Gate's perpetual futures; see `liqtui.protocol.venue.Venue`."""

    name = "gate"
    title = "Gate"
    tag = "GAT"
    pools = tuple(
        Pool(endpoint, 200.0, 10.0, remaining_header="X-Gate-RateLimit-Requests-Remain")
        for endpoint in _ENDPOINTS
    )
    """The limit is per endpoint (docs/venues-core.md 5.1)."""
    capabilities = tuple(
        Capabilities(
            market,
            "full",
            "socket; REST, 20 s",
            "socket",
            tiers,
            "candles, open interest, funding: 180 d",
        )
        for market, tiers in (("usdt", "public"), ("btc", "none"))
    )

    def __init__(
        self, hosts: Mapping[str, str] = _HOSTS, markets: Sequence[str] = tuple(_CANARY)
    ) -> None:
        self.hosts = hosts
        self.markets = tuple(markets)

    def at(self, hosts: Mapping[str, str], markets: Sequence[str]) -> "Gate":
        """Return the same venue elsewhere, with only some of its markets."""
        return Gate({**self.hosts, **hosts}, [kept for kept in self.markets if kept in markets])

    def session(self, url: str, facts: Facts, market: str = "") -> _Session:
        """Return a reader; the settlement is told by the url, a known contract, or ``market``."""
        match = _SOCKET.search(url)
        return _Session(facts, match[1] if match else market)

    def read(self, url: str, body: bytes, seen: int, facts: Facts) -> Iterable[Item]:
        """Read the answer to a REST call."""
        path, _, query = url.partition("?")
        match = _PATH.search(path)
        market, endpoint, contract = match.groups() if match else ("", path, "")
        kind = _ENDPOINTS.get(endpoint)
        if kind is None:
            return [] if _UNUSED.fullmatch(endpoint) else [Unknown(plain(endpoint))]
        asked = {"interval": "5m", "contract": contract or "", **dict(parse_qsl(query))}
        market = market if market in _CANARY else ""
        reader = _Reader(facts, market, asked["contract"], _SECONDS.get(asked["interval"], 0))
        try:
            words = _words(body) if body.lstrip()[:1] == b"{" else _Words()
            if words.label:
                topic = f"{endpoint} {asked['contract']}".strip()
                return [Rejected(plain(topic), plain(f"{words.label}: {words.message}"))]
            return reader.read_encoded(endpoint, body, kind, seen, 0)
        except _BAD as error:
            return [Malformed(f"{endpoint}: {plain(str(error))}")]

    def _get(self, market: str, endpoint: str, **params: str | int) -> Request:
        url = f"{self.hosts['rest']}/api/v4/futures/{market}/{endpoint}"
        asked = tuple((name.rstrip("_"), str(value)) for name, value in params.items())
        return Request(url, asked, pool=endpoint, headers=_DECIMAL)

    def _contracts(self, market: str, offset: int = 0) -> Request:
        request = self._get(market, "contracts", limit=_PAGE, offset=offset)
        more = partial(self._more_contracts, market, offset + _PAGE)
        return replace(request, following=more, lists=market)

    def _more_contracts(self, market: str, offset: int, body: bytes) -> Request | None:
        try:
            full = len(_items(body)) == _PAGE
        except _BAD:
            return None
        return self._contracts(market, offset) if full else None

    def bootstrap(self) -> Sequence[Request]:
        """Ask for every contract."""
        return [self._contracts(market) for market in self.markets]

    def streams(self, facts: Facts, watched: Sequence[str]) -> Sequence[Stream]:
        """Want all liquidations of each market, and what is watched on a socket of its own."""
        wanted = []
        for market in self.markets:
            topics = [f"{_LIQUIDATES} !all", f"{_TICKERS} {_CANARY[market]}"]
            wanted.append(self._stream("liquidations", market, topics, facts))
            contracts = _contracts_on(facts, watched, market)
            topics = [
                f"{topic} {contract}" for contract in contracts for topic in (_TICKERS, _TRADES)
            ]
            if topics:
                wanted.append(self._stream("watched", market, topics, facts))
        return wanted

    def _stream(self, name: str, market: str, topics: Sequence[str], facts: Facts) -> Stream:
        return Stream(
            f"{name}-{market}",
            f"{self.hosts['ws']}/v4/ws/{market}",
            partial(_Session, facts, market, topics),
            partial(_hello, topics),
            canary=(MarkPrice,),
            topics=frozenset(topics),
            headers=_DECIMAL,
            heartbeat=Heartbeat(18.0, partial(_frame, channel="futures.ping")),
            quiet=30.0,
        )

    def polls(self, facts: Facts, watched: Sequence[str]) -> Sequence[Poll]:
        """Want everyone's mark and open interest, missed liquidations, and watched schedules."""
        wanted = []
        for market in self.markets:
            get = partial(self._get, market)
            wanted += [
                Poll(f"tickers-{market}", get("tickers"), 20.0),
                Poll(f"liquidations-{market}", get("liq_orders", limit=_PAGE), 60.0),
                Poll(f"contracts-{market}", self._contracts(market), 3600.0),
            ]
            for contract in _contracts_on(facts, watched, market):
                settled = get("funding_rate", contract=contract, limit=1)
                wanted.append(Poll(f"settled-{contract}", settled, 600.0))
                if market != "btc":
                    tiers = get("risk_limit_tiers", contract=contract)
                    wanted.append(Poll(f"tiers-{contract}", tiers, 21_600.0))
        return wanted

    def backfill(
        self, instrument: Instrument, since: int, until: int, step: int = FINE
    ) -> Sequence[Request]:
        """Ask for candles (of 1 min if it can have them), open interest, settled funding (5.5)."""
        get = partial(self._get, instrument.market, contract=instrument.symbol)
        start, end = since // SECOND, until // SECOND
        bar = 60 if step == FINE and end - start < _BARS * 60 else step
        first, kept = max(start, end - _BARS * bar), max(start, end - _KEPT)
        candles = partial(get, "candlesticks", interval=span(bar))
        stats = partial(get, "contract_stats", interval=span(step))
        bars, counts = range(first, end, 2000 * bar), range(kept, end, 100 * step)
        return [
            *(candles(from_=t, to=min(t + 1999 * bar, end - 1)) for t in bars),
            *(stats(from_=t, limit=min(100, -((t - end) // step))) for t in counts),
            get("funding_rate", from_=kept, to=end - 1, limit=_PAGE),
        ]


def _contracts_on(facts: Facts, watched: Sequence[str], market: str) -> list[str]:
    listed = [known for known in facts.instruments.values() if known.market == market]
    return [known.symbol for known in listed if known.perpetual and known.base in watched]


VENUE: Final = Gate()
