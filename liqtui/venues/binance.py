"""Binance futures: USD-M (``usdm``) and COIN-M (``coinm``).

Documents (``docs/venues-core.md`` 0, 1, 2, 6, 9): the exchange's "WebSocket Change Notice"
(2026-03-05), "Change Log" (2026-04-10, 2026-06-10), "Websocket Market Streams" and "Market Data"
pages of both markets, and the examples of its own connectors.

What the raw fields became:

* Liquidation (``forceOrder``): ``S`` is the side of the ORDER, so SELL closed a long. Price is the
  average fill ``ap`` (`PriceKind.FILL`) or, where that is missing or 0, the order's limit ``p``
  (`PriceKind.ORDER`, about the bankruptcy price). Quantity is all that was filled, ``z``; ``l`` is
  the last fill only. Time is the trade's, ``o.T``; ``E`` is about a second later.
* Trade (``aggTrade``; ``trade`` when recorded): ``m`` says the buyer was the maker, so the taker
  sold. ``trade`` rows of the insurance fund, of auto-deleveraging and of no kind are no trades.
* Mark (``markPriceUpdate``): ``p`` mark, ``i`` index, ``r`` the running estimate of the funding
  rate settled at ``T``. Delivery contracts print ``""`` or 0 there and have no funding.
* Quantities are base coins in USD-M and CONTRACTS in COIN-M, worth ``contractSize`` USD each
  (``exchangeInfo``); without that size the quantity is unknown, never guessed. The notional of
  a contract that is not quoted in dollars (ETHBTC) is unknown.
* Open interest is one-sided. COIN-M prints contracts without a price, so ``openInterest`` gives
  the notional and leaves the quantity to whoever knows a mark price.
* Candles end at open time plus interval; COIN-M counts coins in columns 7 and 10.
* Funding interval: ``fundingInfo`` lists the exceptions, everything else settles every 8 hours.

Which market a row is of: since 2026-06-30 the all-market streams of either host carry both, so
only one is subscribed. ``st`` (1 USD-M, 2 COIN-M) stands in ``o`` or beside it or nowhere; then
the known instruments tell, the symbol's form, the connection. ``_`` says nothing
(``BTCUSDT_260925`` is USD-M). The documents' own COIN-M examples print ``st`` 1, so 1 does not
overrule a symbol that is known as COIN-M or has its form.

Limits: at most one liquidation per symbol and second is shown, so sums are lower bounds. The
newest change log (2026-04-10) says the largest, the connectors (2026-08) still say the latest; we
go with the change log. There is no history of liquidations. Since 2026-04-23 only the ``/market``
route of fstream carries these streams; every other acknowledges and stays silent, hence a mark
price as canary on the same socket. Margin schedules need a key: those shipped are of the day
their file says, and USD-M only. COIN-M's mark prices are documented per symbol only.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Any, Final, Literal, TypeAlias
from urllib.parse import parse_qsl, urlsplit

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType
from msgspec.structs import replace

from liqtui.model import text
from liqtui.model.events import Candle, Funding, Liquidation, MarkPrice, OpenInterest, Trade
from liqtui.model.market import (
    CandlePrice,
    ContractKind,
    Coverage,
    FundingKind,
    Instrument,
    PriceKind,
    Sampling,
    Side,
    Taker,
    Tier,
    Unit,
)
from liqtui.protocol import numbers
from liqtui.protocol.bars import FINE, span
from liqtui.protocol.facts import Facts
from liqtui.protocol.items import Ack, Item, Malformed, Pong, Rejected, Unknown
from liqtui.protocol.numbers import DAY, MS, SECOND, Amount, Millis, Price, Quantity, Rate
from liqtui.protocol.symbols import scaled
from liqtui.protocol.venue import Capabilities, Poll, Pool, Request, Session, Stream, Venue

_Items: TypeAlias = Sequence[Item]
_MaybePrice: TypeAlias = Annotated[float, Meta(ge=0.0, lt=1e9)] | Literal[""] | None
"""A price that may be missing, empty or 0 where there is none."""

_USDM: Final = "usdm"
_COINM: Final = "coinm"
_IN_USDM, _IN_COINM = 1, 2
"""The values of ``st``."""
_DOLLARS: Final = frozenset({"USD", "USDT", "USDC", "USD1", "U", "BUSD", "FDUSD"})
_USDM_NAME: Final = re.compile(r"(?P<base>.+?)(?P<quote>USDT|USDC|USD1|U|BUSD|BTC)(_\d{6})?")
_COINM_NAME: Final = re.compile(r"(?P<base>.+)(?P<quote>USD)_(PERP|\d{6})")
_HOURS: Final = 8.0
"""Between two settlements, unless ``fundingInfo`` says otherwise."""
_LIQUIDATIONS: Final = "!forceOrder@arr"
_NO_TRADES: Final = frozenset({"INSURANCE_FUND", "ADL", "NA"})
_PASSED_OVER: Final = frozenset({
    "24hrTicker", "24hrMiniTicker", "bookTicker", "depthUpdate", "kline", "continuous_kline",
    "indexPrice_kline", "markPrice_kline", "indexPriceUpdate", "compositeIndex",
    "assetIndexUpdate", "contractInfo", "EquityUpdate", "CommodityUpdate",
})  # fmt: skip
"""Event kinds that are known and of no use here."""
_BATCH: Final = 50
"""Streams named in one SUBSCRIBE; a socket may carry 1024."""
_IMPOSSIBLE: Final = (numbers.BadNumberError, text.BadTextError)
_MONTH: Final = 31 * DAY
_UNREADABLE: Final = (ValueError, RecursionError, IndexError)
"""All that reading can raise: msgspec's errors are ValueErrors too."""
_E, _S = b"es"
"""Third byte of an event, ``{"e":``, and of an envelope, ``{"stream":``; others may come too."""
_LONG, _SHORT, _BUY, _SELL = Side.LONG, Side.SHORT, Taker.BUY, Taker.SELL
_INVERSE, _ESTIMATED = ContractKind.INVERSE, FundingKind.ESTIMATED
_FILL, _ORDER = PriceKind.FILL, PriceKind.ORDER
"""Members by name: looking one up in its enum costs as much as the rest of an event."""


class _Event(Struct, gc=False, tag_field="e", kw_only=True):
    st: int | None = None


class _AggTrade(_Event, tag="aggTrade"):
    s: str
    p: Price
    q: Quantity
    T: Millis
    m: bool

    def items(self, reader: "_Reader", seen: int) -> _Items:
        instrument = reader.facts.instruments.get(self.s) or reader.instrument(self.s, self.st)
        at = self.T * MS
        if at - seen > DAY:
            numbers.millis(self.T, seen)
        price = self.p
        quantity: float | None = self.q
        if instrument.kind is _INVERSE:
            quantity, _ = instrument.amount(self.q, price)
        elif instrument.scale != 1:
            price, quantity = price / instrument.scale, self.q * instrument.scale
        return (Trade(instrument, _SELL if self.m else _BUY, price, quantity, at, seen),)


class _OneTrade(_AggTrade, tag="trade"):
    p: float
    q: float
    X: str = "MARKET"

    def items(self, reader: "_Reader", seen: int) -> _Items:
        if self.X in _NO_TRADES:
            return ()
        numbers.price(self.p)
        numbers.quantity(self.q)
        return super().items(reader, seen)


class _Mark(_Event, tag="markPriceUpdate"):
    s: str
    E: Millis
    p: Price
    i: _MaybePrice = None
    r: Rate | Literal[""] | None = None
    T: int = 0

    def items(self, reader: "_Reader", seen: int) -> _Items:
        instrument = reader.facts.instruments.get(self.s) or reader.instrument(self.s, self.st)
        at = self.E * MS
        if at - seen > DAY:
            numbers.millis(self.E, seen)
        price, index, rate = self.p, self.i or None, self.r
        if instrument.scale != 1:
            price, index = price / instrument.scale, index and index / instrument.scale
        mark = MarkPrice(instrument, price, index, at, seen)
        if not self.T or not isinstance(rate, float):
            return (mark,)
        due = self.T * MS
        if not -DAY < due - at < _MONTH:
            raise numbers.BadNumberError(f"funding due at {self.T}")
        return mark, Funding(instrument, rate, instrument.funding_hours, due, _ESTIMATED, at, seen)


class _Order(Struct, gc=False):
    s: str
    S: Literal["BUY", "SELL"]
    z: Quantity
    T: Millis
    p: _MaybePrice = None
    ap: _MaybePrice = None
    st: int | None = None


class _ForceOrder(_Event, tag="forceOrder"):
    o: _Order

    def items(self, reader: "_Reader", seen: int) -> _Items:
        order = self.o
        instrument = reader.instrument(order.s, order.st or self.st)
        if instrument.market not in reader.markets:
            return ()
        at = order.T * MS
        if at - seen > DAY:
            numbers.millis(order.T, seen)
        side = _LONG if order.S == "SELL" else _SHORT
        kind, price = _FILL if order.ap else _ORDER, numbers.price(order.ap or order.p or 0.0)
        quantity, notional = instrument.amount(order.z, price)
        notional = notional if instrument.quote in _DOLLARS else None
        price /= instrument.scale
        return (Liquidation(instrument, side, price, kind, quantity, notional, at, seen),)


class _Filter(Struct, gc=False, rename="camel"):
    filter_type: str
    tick_size: _MaybePrice = None


class _Listed(Struct, gc=False, rename="camel"):
    symbol: str
    base_asset: str
    quote_asset: str
    contract_type: str = ""
    status: str = ""
    contract_status: str = ""
    """COIN-M's name for the status."""
    contract_size: Quantity | None = None
    """COIN-M only."""
    filters: list[_Filter] = []

    def contract(
        self, market: str, tiers: tuple[Tier, ...] = (), hours: float | None = _HOURS
    ) -> Instrument:
        linear = market == _USDM
        base, scale = scaled(text.symbol(self.base_asset))
        perpetual = self.contract_type.endswith("PERPETUAL")
        tick = next((f.tick_size for f in self.filters if f.filter_type == "PRICE_FILTER"), None)
        return Instrument(
            venue="binance",
            market=market,
            symbol=text.symbol(self.symbol),
            base=base,
            quote=text.plain(self.quote_asset, 20),
            kind=ContractKind.LINEAR if linear else ContractKind.INVERSE,
            perpetual=perpetual,
            scale=scale,
            tick=tick / scale if tick else None,
            contract_size=1.0 if linear else self.contract_size,
            contract_unit=Unit.BASE if linear else Unit.QUOTE,
            coverage=Coverage.SAMPLED,
            sampling=Sampling(window_s=1.0, pick="largest"),
            liquidation_price=PriceKind.FILL,
            max_leverage=max((tier.max_leverage for tier in tiers), default=None),
            tiers=tiers,
            trigger_fee=0.0,  # an insurance charge comes after; docs/estimator.md 2.2
            margin_on="mark",
            funding_hours=hours if perpetual else None,
        )

    def items(self, reader: "_Reader", seen: int) -> _Items:
        if "TRADING" not in {self.status, self.contract_status}:
            return ()
        known = reader.facts.instruments.get(self.symbol)
        market = _COINM if self.contract_size or self.contract_status else _USDM
        tiers = reader.facts.tiers.get(self.symbol, ())
        contract = self.contract(market, tiers, known.funding_hours if known else _HOURS)
        return (reader.facts.learn(contract, seen),)


class _Interval(Struct, gc=False, rename="camel"):
    symbol: str
    funding_interval_hours: Annotated[float, Meta(gt=0.0, le=24.0)]

    def items(self, reader: "_Reader", seen: int) -> _Items:
        known, hours = reader.facts.instruments.get(self.symbol), self.funding_interval_hours
        if known is None or known.funding_hours == hours:
            return ()
        return (reader.facts.learn(replace(known, funding_hours=hours), seen),)


class _Settled(Struct, gc=False, rename="camel"):
    symbol: str
    funding_rate: Rate
    funding_time: Millis
    rate_type: str = "Regular"

    def items(self, reader: "_Reader", seen: int) -> _Items:
        if self.rate_type == "Special":
            return ()
        instrument, at = reader.instrument(self.symbol), numbers.millis(self.funding_time, seen)
        hours, kind = instrument.funding_hours, FundingKind.SETTLED
        return (Funding(instrument, self.funding_rate, hours, at, kind, at, seen),)


class _Premium(Struct, gc=False, rename="camel"):
    symbol: str
    time: Millis
    mark_price: Price
    index_price: _MaybePrice = None
    last_funding_rate: Rate | Literal[""] | None = None
    next_funding_time: int = 0

    def items(self, reader: "_Reader", seen: int) -> _Items:
        rate, due = self.last_funding_rate, self.next_funding_time
        mark = _Mark(self.symbol, self.time, self.mark_price, self.index_price, rate, due)
        return mark.items(reader, seen)


class _Interest(Struct, gc=False, rename="camel"):
    symbol: str
    open_interest: Amount
    time: Millis

    def items(self, reader: "_Reader", seen: int) -> _Items:
        instrument, at = reader.instrument(self.symbol), numbers.millis(self.time, seen)
        amount = self.open_interest
        if instrument.kind is _INVERSE:
            return (OpenInterest(instrument, None, _face(instrument, amount), at, seen),)
        return (OpenInterest(instrument, amount * instrument.scale, None, at, seen),)


class _PastInterest(Struct, gc=False, rename="camel"):
    sum_open_interest: Amount
    sum_open_interest_value: Amount
    timestamp: Millis
    symbol: str = ""
    pair: str = ""
    """COIN-M names the pair and the contract's type instead of the symbol."""
    contract_type: str = ""

    def items(self, reader: "_Reader", seen: int) -> _Items:
        at, amount = numbers.millis(self.timestamp, seen), self.sum_open_interest
        value: float | None = self.sum_open_interest_value
        if self.symbol:
            instrument = reader.instrument(self.symbol)
            value = value if instrument.quote in _DOLLARS else None
            return (OpenInterest(instrument, amount * instrument.scale, value, at, seen),)
        if self.contract_type != "PERPETUAL":
            return ()  # which contract the quarter was at the time is not said
        instrument = reader.instrument(f"{self.pair}_PERP", _IN_COINM)
        return (OpenInterest(instrument, value, _face(instrument, amount), at, seen),)


class _Kline(Struct, gc=False, array_like=True):
    opened: Millis
    open: Price
    high: Price
    low: Price
    close: Price
    volume: Amount
    closed: Millis
    value: Amount
    trades: int
    taker_volume: Amount
    taker_value: Amount

    def items(self, reader: "_Reader", seen: int) -> _Items:
        interval = _seconds(reader.query.get("interval", ""))
        end = self.opened * MS + interval * SECOND
        if seen and end > seen:
            return ()  # it is not finished
        instrument = reader.instrument(reader.query.get("symbol", ""))
        scale = instrument.scale
        prices = (self.open / scale, self.high / scale, self.low / scale, self.close / scale)
        volume, taker = self.volume * scale, self.taker_volume * scale
        if instrument.kind is _INVERSE:
            volume, taker = self.value, self.taker_value
        return (Candle(instrument, interval, *prices, volume, taker, CandlePrice.LAST, end, seen),)


class _Refusal(Struct):
    code: int | None = None
    msg: str = ""


class _Head(_Refusal):
    """What tells the sort of a message that is not, as it stands, a mapped event."""

    e: str = ""
    data: Raw | UnsetType = UNSET
    result: Raw | UnsetType = UNSET
    error: _Refusal | UnsetType = UNSET
    id: int | str | None = None
    symbols: list[Raw] | UnsetType = UNSET

    def refusal(self) -> str:
        """Return the exchange's own words of a refusal, or nothing."""
        found = self.error or self
        return "" if found.code is None else text.plain(f"{found.msg} (code {found.code})")


_Mapped: TypeAlias = _AggTrade | _Mark | _ForceOrder | _OneTrade


class _Envelope(Struct, gc=False):
    data: _Mapped | list[_Mapped]


_MAPPED: Final = {"aggTrade", "markPriceUpdate", "forceOrder", "trade"}
_read_event: Final[Callable[[bytes], _Mapped]] = msgspec.json.Decoder(_Mapped, strict=False).decode
_read_rows = msgspec.json.Decoder(_Mapped | list[_Mapped], strict=False).decode
_read_envelope = msgspec.json.Decoder(_Envelope, strict=False).decode
_read_head = msgspec.json.Decoder(_Head | list[Raw], strict=False).decode
_ENDPOINTS: Final[Mapping[str, msgspec.json.Decoder[Any]]] = {
    name: msgspec.json.Decoder(row, strict=False)
    for name, row in {
        "exchangeInfo": _Listed,
        "fundingInfo": _Interval,
        "fundingRate": _Settled,
        "klines": _Kline,
        "openInterest": _Interest,
        "openInterestHist": _PastInterest,
        "premiumIndex": _Premium,
    }.items()
}
"""What the rows of each endpoint's answer are read with; no row fits two of them."""


def _words(error: Exception) -> str:
    return text.plain(str(error))


def _shape(row: bytes | Raw) -> str:
    """Return the endpoint of a row nobody says the endpoint of, or nothing."""
    for name, decoder in _ENDPOINTS.items():
        try:
            decoder.decode(row)
        except _UNREADABLE:
            continue
        return name
    return ""


def _seconds(interval: str) -> int:
    """Return the length of a candle (``5m``)."""
    match = re.fullmatch(r"(\d{1,3})([mhdw])", interval, re.ASCII)
    if match is None:
        raise ValueError(f"no interval of candles: {interval!r}")
    return int(match[1]) * {"m": 60, "h": 3_600, "d": 86_400, "w": 604_800}[match[2]]


def _face(instrument: Instrument, contracts: float) -> float | None:
    return None if instrument.contract_size is None else contracts * instrument.contract_size


@lru_cache(maxsize=4096)
def _unlisted(symbol: str, market: str) -> Instrument:
    """Return what a symbol's form says of a contract that nobody listed."""
    match = (_USDM_NAME if market == _USDM else _COINM_NAME).fullmatch(symbol)
    base, quote = (match["base"], match["quote"]) if match else (symbol, "")
    kind = "DELIVERY" if re.search(r"_\d{6}$", symbol) else "PERPETUAL"
    return _Listed(symbol, base, quote, kind).contract(market)


class _Reader(Struct, frozen=True):
    """The reader of one connection, or of one REST answer to ``query``."""

    facts: Facts
    markets: Sequence[str]
    market: str
    """Decides where a row does not."""
    asked: Mapping[int, Sequence[str]] = {}
    """The topics subscribed, by the number of the request."""
    query: Mapping[str, str] = {}

    def receive(self, frame: bytes, seen: int, depth: int = 2) -> _Items:
        """Read one frame: an event, an array of them, an envelope around either, a reply."""
        try:
            if frame[2] == _E:
                return _read_event(frame).items(self, seen)
            found = _read_envelope(frame).data if frame[2] == _S else _read_rows(frame)
            if not isinstance(found, list):
                return found.items(self, seen)
        except _IMPOSSIBLE as error:
            return (Malformed(_words(error)),)
        except _UNREADABLE as error:
            return self._look_again(frame, seen, error, depth)
        items: list[Item] = []
        for row in found:
            try:
                items += row.items(self, seen)
            except _IMPOSSIBLE as error:
                items.append(Malformed(_words(error)))
        return items

    def answer(self, endpoint: str, body: bytes | Raw, seen: int) -> _Items:
        """Read a REST body; an empty ``endpoint`` (end of the path) is told by the rows' shape."""
        try:
            head = _read_head(body)
        except _UNREADABLE as error:
            return (Malformed(f"{endpoint}: {_words(error)}"),)
        if isinstance(head, list):
            gone = self._usual(bytes(body), seen) if endpoint == "fundingInfo" else ()
            return [*gone, *self._rows(endpoint, head, seen)]
        if reason := head.refusal():
            return (Rejected(endpoint, reason),)
        if isinstance(head.symbols, list):
            return self._rows("exchangeInfo", head.symbols, seen)
        return self._rows(endpoint, [body], seen)

    def _rows(self, endpoint: str, rows: Sequence[bytes | Raw], seen: int) -> _Items:
        endpoint = endpoint or _shape(rows[0] if rows else b"")
        if endpoint not in _ENDPOINTS:
            return (Unknown(endpoint or "no event type"),) if rows else ()
        read, items = _ENDPOINTS[endpoint].decode, list[Item]()
        for row in rows:
            try:
                items += read(row).items(self, seen)
            except _UNREADABLE as error:
                items.append(Malformed(f"{endpoint}: {_words(error)}"))
        return items

    def _usual(self, body: bytes, seen: int) -> _Items:
        """Return to the usual interval what an answer no longer lists as an exception."""
        odd = [i for i in self.facts.instruments.values() if i.funding_hours not in {_HOURS, None}]
        gone = [i for i in odd if i.market == self.market and f'"{i.symbol}"'.encode() not in body]
        return [self.facts.learn(replace(i, funding_hours=_HOURS), seen) for i in gone]

    def _look_again(self, frame: bytes | Raw, seen: int, error: Exception, depth: int) -> _Items:
        """Read what is not, as it stands, a mapped event; rows of an array one by one."""
        try:
            head = _read_head(frame)
        except _UNREADABLE:
            return (Malformed(_words(error)),)
        if isinstance(head, list):
            return self._one_by_one(head, seen)
        if isinstance(head.data, Raw):
            return self.receive(bytes(head.data), seen, 1) if depth == 2 else (Malformed("nested"),)
        if head.e in _MAPPED:
            return (Malformed(f"{head.e}: {_words(error)}"),)
        if head.e:
            return () if head.e in _PASSED_OVER else (Unknown(text.plain(head.e, 60)),)
        return self._control(head, frame, seen)

    def _one_by_one(self, rows: Sequence[Raw], seen: int) -> _Items:
        objects = [row for row in rows if bytes(memoryview(row)[:1]) == b"{"]
        items = [item for row in objects for item in self.receive(bytes(row), seen, 0)]
        if odd := len(rows) - len(objects):
            items.append(Malformed(f"{odd} rows of an array are no objects"))
        return items

    def _control(self, head: _Head, frame: bytes | Raw, seen: int) -> _Items:
        topics = self.asked.get(head.id) if isinstance(head.id, int) else None
        topics = topics or (text.plain(f"request {head.id}", 60),)
        if reason := head.refusal():
            return [Rejected(topic, reason) for topic in topics]
        if isinstance(head.result, UnsetType):
            return self.answer("", frame, seen)
        return [Ack(topic) for topic in topics] if bytes(head.result) == b"null" else (Pong(),)

    def instrument(self, symbol: str, product: int | None = None) -> Instrument:
        """Return what is known, or else told by the name, of a contract."""
        known = self.facts.instruments.get(symbol)
        if known is not None and (product != _IN_COINM or known.market == _COINM):
            return known
        if product == _IN_COINM or _COINM_NAME.fullmatch(symbol):
            return _unlisted(symbol, _COINM)
        usdm = product == _IN_USDM or _USDM_NAME.fullmatch(symbol)
        return _unlisted(symbol, _USDM if usdm else self.market)


class Binance:
    """The exchange at some base URLs, with some of its markets."""

    name = "binance"
    title = "Binance"
    tag = "BIN"
    pools: tuple[Pool, ...] = (
        Pool("weight", 2400, 60.0, used_header="X-MBX-USED-WEIGHT-1M"),
        Pool("data", 1000, 300.0),
        Pool("funding", 500, 300.0),
    )
    """Per address; the two hosts share the first since 2026-06-30."""

    def __init__(self, hosts: Mapping[str, str], markets: Sequence[str]) -> None:
        self.hosts = hosts
        self.markets = tuple(markets)
        tiers, past = {_USDM: "shipped", _COINM: "none"}, "candles, funding, 30 d open interest"
        self.capabilities = tuple(
            Capabilities(m, "sampled 1/s", "REST, 5 s", "socket", tiers[m], past) for m in markets
        )

    def at(self, hosts: Mapping[str, str], markets: Sequence[str]) -> "Binance":
        """Return the same venue with some base URLs replaced and only some of its markets."""
        return Binance({**self.hosts, **hosts}, [m for m in self.markets if m in markets])

    def bootstrap(self) -> Sequence[Request]:
        """What is listed, then which contracts settle their funding at odd intervals."""
        listed = [replace(self._get(of, "exchangeInfo"), lists=of) for of in self.markets]
        return listed + [self._get(market, "fundingInfo", "funding") for market in self.markets]

    def streams(self, facts: Facts, watched: Sequence[str]) -> Sequence[Stream]:
        """One socket for all liquidations; others for COIN-M's marks and for watched trades."""
        streams = []
        if _USDM in self.markets:
            topics = [_LIQUIDATIONS, "!markPrice@arr@1s"]
            streams.append(self._stream(_USDM, "", topics, facts))
        if _COINM in self.markets:
            listed = [i for i in facts.instruments.values() if i.market == _COINM]
            topics = [f"{i.symbol.lower()}@markPrice@1s" for i in listed]
            topics += [] if streams else [_LIQUIDATIONS]
            streams.append(self._stream(_COINM, "", topics, facts))
        for market in self.markets:
            names = [i.symbol.lower() for i in self._watched(facts, watched) if i.market == market]
            if names:
                topics = [f"{n}@{kind}" for n in names for kind in ("aggTrade", "markPrice@1s")]
                streams.append(self._stream(market, "-trades", topics, facts))
        return streams

    def polls(self, facts: Facts, watched: Sequence[str]) -> Sequence[Poll]:
        """Open interest at two calls a second at most; slowly what changes slowly."""
        polls = [
            Poll("/".join(slow.url.split("/")[-3:]), slow, 3600.0) for slow in self.bootstrap()
        ]
        wanted = self._watched(facts, watched)
        for i in wanted:
            now = self._get(i.market, "openInterest", symbol=i.symbol)
            polls.append(Poll(f"{i.symbol} open interest", now, max(5.0, len(wanted) / 2)))
            settled = self._get(i.market, "fundingRate", "funding", symbol=i.symbol, limit="1")
            polls.append(Poll(f"{i.symbol} settled funding", settled, 900.0))
        return polls

    def backfill(
        self, instrument: Instrument, since: int, until: int, step: int = FINE
    ) -> Sequence[Request]:
        """Candles, open interest (kept for 30 days), settled funding (1.5, 2).

        Each request is bounded on both sides and its answer fits, so none has a following page.
        """
        market, name = instrument.market, instrument.symbol
        candles = self._get(market, "klines", symbol=name, interval=span(step))
        past = [*_pages(replace(candles, weight=5), since, until, 1000, step)]
        if market == _USDM or instrument.perpetual:
            kept = max(since, until - 30 * DAY)
            past += _pages(self._past_interest(instrument, step), kept, until, 500, step)
        if instrument.perpetual:
            settled = self._get(market, "fundingRate", "funding", symbol=name)
            past += _pages(settled, since, until, 1000, 3600)
        return past

    def session(self, url: str, facts: Facts, market: str = "") -> Session:
        """A reader for a new connection to ``url`` (empty: a bare frame, told by ``market``)."""
        return _Reader(facts, self.markets, self._market_at(url) or market or _USDM)

    def read(self, url: str, body: bytes, seen: int, facts: Facts) -> Iterable[Item]:
        """Read the answer to a REST call; it never raises."""
        try:
            parts = urlsplit(url)
            query = dict(parse_qsl(parts.query))
        except ValueError as error:
            return (Malformed(f"url: {_words(error)}"),)
        market = _COINM if "/dapi/" in parts.path else _USDM
        endpoint = text.plain(parts.path.rpartition("/")[2], 60)
        return _Reader(facts, self.markets, market, query=query).answer(endpoint, body, seen)

    def _market_at(self, url: str) -> str:
        if "/market/" in url or "/public/" in url:
            return _USDM
        hosts = {market: self.hosts[f"ws-{market}"] for market in (_COINM, _USDM)}
        return next((market for market, host in hosts.items() if url.startswith(host)), "")

    def _watched(self, facts: Facts, watched: Sequence[str]) -> list[Instrument]:
        """The perpetuals in dollars on the watched bases."""
        mine = [i for i in facts.instruments.values() if i.market in self.markets]
        return [i for i in mine if i.perpetual and i.base in watched and i.quote in _DOLLARS]

    def _stream(self, market: str, suffix: str, topics: Sequence[str], facts: Facts) -> Stream:
        starts = range(0, len(topics), _BATCH)
        asked = {number: topics[at : at + _BATCH] for number, at in enumerate(starts, 1)}
        hello = [
            msgspec.json.encode({"method": "SUBSCRIBE", "params": params, "id": number}).decode()
            for number, params in asked.items()
        ]
        return Stream(
            name=market + suffix,
            url=self.hosts[f"ws-{market}"] + ("/market/ws" if market == _USDM else "/ws"),
            session=lambda: _Reader(facts, self.markets, market, asked),
            hello=lambda _now: hello,
            canary=(MarkPrice,),
            topics=frozenset(topics),
            pace=0.25,
            quiet=10.0,
            max_frame=8 << 20,
            lifetime=86_400.0,
        )

    def _get(self, market: str, endpoint: str, pool: str = "", **query: str) -> Request:
        api = "fapi" if market == _USDM else "dapi"
        url = f"{self.hosts[f'rest-{market}']}/{api}/v1/{endpoint}"
        return Request(url, tuple(query.items()), pool=pool)

    def _past_interest(self, instrument: Instrument, step: int) -> Request:
        url = f"{self.hosts[f'rest-{instrument.market}']}/futures/data/openInterestHist"
        what = {"symbol": instrument.symbol}
        if instrument.market == _COINM:
            what = {"pair": instrument.symbol.partition("_")[0], "contractType": "PERPETUAL"}
        return Request(url, (*what.items(), ("period", span(step))), pool="data")


def _pages(request: Request, since: int, until: int, rows: int, row_s: int) -> Iterator[Request]:
    """Cut ``[since, until)`` (UTC ns) into requests whose answers hold at most ``rows`` rows."""
    step, last = rows * row_s * 1000, until // MS - 1
    for start in range(since // MS, last + 1, step):
        end = min(start + step - 1, last)
        times = (("startTime", f"{start}"), ("endTime", f"{end}"), ("limit", f"{rows}"))
        yield replace(request, params=request.params + times)


VENUE: Venue = Binance(
    hosts={
        "ws-usdm": "wss://fstream.binance.com",
        "ws-coinm": "wss://dstream.binance.com",
        "rest-usdm": "https://fapi.binance.com",
        "rest-coinm": "https://dapi.binance.com",
    },
    markets=(_USDM, _COINM),
)
