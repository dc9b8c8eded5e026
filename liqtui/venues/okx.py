"""OKX v5: perpetual swaps, linear (USDT, USDC, USD margined) and inverse (coin margined).

Documents: docs/venues-core.md 4, its facts 12 to 15, 6 and 9; docs/estimator.md 2.2 (trigger);
OKX's API pages for paging, ``realizedRate`` and ``settState``. What became what:

=========================  =======================================================================
``liquidation-orders``     `Liquidation`, one for every ``details[]`` of every ``data[]``;
                           ``posSide`` the position, or where that is ``net`` the order's ``side``:
                           sell closed a long; ``sz`` contracts. ``bkPx`` sounds like bankruptcy but
                           is the price of the trade with the liquidation account, at the market in
                           every recorded message: FILL. ``ts`` out of order, at times minutes late
``trades``                 `Trade`; ``side`` the taker's, ``sz`` contracts
``mark-price``             `MarkPrice`, with the newest ``index-tickers`` of its index: BTC-USDT of
                           BTC-USDT-SWAP, BTC-USD of BTC-USD-SWAP and of BTC-USD_UM-SWAP
``open-interest``          `OpenInterest`, one-sided: ``oiCcy``, ``oiUsd``, or inverse ``oi``'s face
``funding-rate``           `Funding`: ``fundingRate`` estimated, due ``fundingTime``, interval up to
                           ``nextFundingTime``; ``settFundingRate`` once ``settState`` is settled
``funding-rate-history``   `Funding`, settled: ``realizedRate``; ``fundingRate`` was the estimate
``instruments``            `Listing`; a contract is ``ctVal * ctMult`` of ``ctValCcy``
``position-tiers``         `Listing` with tiers; ``minSz`` contracts, inverse ones at their face,
                           linear ones at the last mark: as old as the hourly poll, malformed
                           before any mark. No deduction is published
``candles``                `Candle`; ``volCcy`` coins; the running bar (``confirm`` 0) is left out
=========================  =======================================================================

The taker fee (5 bp) is in the liquidation trigger, the maintenance rate is of the mark value.
Coverage is partial: the feed "doesn't represent the total number of liquidations"; an older text
had one order per contract and second, unverified today. The undocumented REST form of
``liquidation-orders`` is read, not polled; its ``$ref`` rows are a writer's artefact.
Disagreements: documents print port 8443, reported as retired on 2026-10-31: 443 here. Third parties
map ``nextFundingRate``, no longer served. A socket idle for 30 s is cut: text ``ping`` every 15 s.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Final, Literal, TypeAlias
from urllib.parse import parse_qsl

import msgspec
from msgspec import Meta, Raw, Struct
from msgspec.json import Decoder
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
from liqtui.model.text import plain, symbol
from liqtui.protocol import numbers
from liqtui.protocol.bars import FINE, span
from liqtui.protocol.facts import Facts
from liqtui.protocol.items import Ack, Closing, Item, Malformed, Pong, Rejected, Unknown
from liqtui.protocol.numbers import DAY, MS, SECOND, Amount, Millis, Price, Quantity, Rate
from liqtui.protocol.venue import Capabilities, Heartbeat, Poll, Pool, Request, Stream

_EVERYTHING: Final = [
    ("liquidation-orders", "SWAP"),
    ("mark-price", "BTC-USDT-SWAP"),  # to see that the socket lives
    ("index-tickers", "BTC-USDT"),
]
_WATCHED: Final = ("mark-price", "trades", "open-interest", "funding-rate")
_SWAPS_A_SOCKET: Final = 100
"""In one message; with its index each has five topics of under 100 of the 64 KB allowed."""
_NAME: Final = re.compile(r"([^-]+)-([^-_]+)(_[^-]+)?-(SWAP|\d{6})")
_REFUSED: Final = re.compile(r'channel"?\s*:\s*"?([\w-]+)"?,\s*"?inst\w+"?\s*:\s*"?([\w.-]+)')
_UNUSED: Final = re.compile(
    r"tickers|trades-all|.*candle.*|books.*|bbo-tbt|price-limit|opt-summary|status|adl-warning"
)
"""Documented channels that say nothing this program asks for, or the same again."""
_BARS: Final = {"1m": 60, "3m": 180, "5m": 300, "15m": 900, "30m": 1800, "1H": 3600, "4H": 14_400}
_UNREADABLE: Final = (msgspec.MsgspecError, ValueError, RecursionError)
_CLOSED: Final = {"long": Side.LONG, "short": Side.SHORT, "sell": Side.LONG, "buy": Side.SHORT}
"""By position side, or by order side where that is ``net``."""
_FILL: Final = PriceKind.FILL
_QUOTE: Final = Unit.QUOTE
_PUSHED: Final = "trades mark-price index-tickers open-interest liquidation-orders funding-rate"
_AT: Final = len(b'{"arg":{"channel":"')
"""Where the name of a push's channel always stood."""

Items: TypeAlias = Iterator[Item]
Reader: TypeAlias = Callable[["OkxSession", list[Any], int], list[Item]]
Missing: TypeAlias = Literal[""]
"""How OKX writes a number it does not have."""


class _Row(Struct, gc=False, rename="camel"):
    """A raw row: only the fields used."""


class _Stamped(_Row):
    inst_id: str
    ts: Millis


class _TradeRow(_Stamped):
    px: Price
    sz: Quantity
    side: Taker


class _MarkRow(_Stamped):
    mark_px: Price


class _IndexRow(_Stamped):
    idx_px: Price


class _InterestRow(_Stamped):
    oi_ccy: Amount
    oi: Amount | Missing = ""
    oi_usd: Amount | Missing = ""


class _FundingRow(_Row):
    inst_id: str
    funding_rate: Rate | Missing = ""
    funding_time: Millis | Missing = ""
    next_funding_time: Millis | Missing = ""
    prev_funding_time: Millis | Missing = ""
    sett_funding_rate: Rate | Missing = ""
    sett_state: str = ""
    realized_rate: Rate | Missing = ""
    ts: Millis | Missing = ""
    """Missing in the history and in old recordings."""


class _DetailRow(_Row):
    bk_px: Price
    pos_side: Literal["long", "short", "net"]
    side: Literal["buy", "sell"]
    sz: Quantity
    ts: Millis


class _LiquidatedRow(_Row):
    """A ``{"$ref": …}`` row has neither field."""

    inst_id: str = ""
    details: list[Raw] = []


class _ContractRow(_Row):
    inst_id: str
    ct_type: str = ""
    ct_val: Quantity | Missing = ""
    ct_mult: Quantity | Missing = ""
    ct_val_ccy: str = ""
    lever: Quantity | Missing = ""
    tick_sz: Price | Missing = ""
    state: str = ""


class _TierRow(_Row):
    min_sz: Amount
    mmr: Annotated[float, Meta(gt=0.0, le=1.0)]
    max_lever: Quantity
    inst_family: str = ""
    uly: str = ""


class _BarRow(Struct, gc=False, array_like=True):
    inst_id: ClassVar = ""  # the URL has it
    ts: Millis
    open: Price
    high: Price
    low: Price
    close: Price
    contracts: Amount
    coins: Amount
    quote: Amount
    confirm: int


class _PastInterestRow(Struct, gc=False, array_like=True):
    inst_id: ClassVar = ""  # the URL has it
    ts: Millis
    oi: Amount
    oi_ccy: Amount
    oi_usd: Amount | Missing = ""


class _Arg(Struct, frozen=True, rename="camel"):
    channel: str = ""
    inst_id: str = ""
    inst_family: str = ""
    inst_type: str = ""

    @property
    def topic(self) -> str:
        return plain(f"{self.channel}:{self.inst_id or self.inst_family or self.inst_type}")


class _Envelope(Struct):
    """Everything a message can be told apart by."""

    event: str = ""
    arg: _Arg = _Arg()
    data: Raw = Raw(b"[]")
    code: str = ""
    msg: str = ""


_decode_envelope = Decoder(_Envelope, strict=False).decode
_decode_detail = Decoder(_DetailRow, strict=False).decode
_split = Decoder(list[Raw]).decode
_keys = Decoder(dict[str, Raw]).decode


class OkxSession:
    """The reader of one connection, or of one REST answer, whose ``query`` tells what it is of."""

    def __init__(self, facts: Facts, query: Mapping[str, str] | None = None) -> None:
        self.facts = facts
        self.query = query or {}
        self._index: dict[str, float] = {}
        self._settled_at: int | None = None

    def receive(self, frame: bytes, seen: int) -> Iterable[Item]:
        """Read one frame; its channel's first letter and length are a guess its rows confirm."""
        try:
            end, decode, read = _PEEK[frame[_AT]]
            if frame[end] == 0x22:  # its closing quote
                return read(self, decode(frame).data, seen)
        except (LookupError, *_UNREADABLE):
            pass
        return self.look(frame, seen)

    def look(self, message: bytes, seen: int, name: str = "") -> Iterable[Item]:
        """Read a push, or the REST answer called ``name``: the good rows among the bad."""
        if message == b"pong":
            return (Pong(),)
        try:
            envelope = _decode_envelope(message)
            if envelope.event:
                return _control(envelope)
            if envelope.code not in {"", "0"}:
                return (self._refused(name, envelope),)
            name = name or envelope.arg.channel or _guess(message, envelope)
            if kind := _KINDS.get(name.removeprefix("history-")):
                return kind.salvage(self, envelope.data, seen)
        except _UNREADABLE as error:
            return (_malformed(error),)
        return () if _UNUSED.fullmatch(name) else (Unknown(plain(name)),)

    def _refused(self, name: str, envelope: _Envelope) -> Item:
        """A contract that does not exist is refused for good, too many calls for a while."""
        reason = plain(f"{envelope.code}: {envelope.msg}")
        if envelope.code not in {"51001", "50011"}:
            return Malformed(reason)
        asked = self.query.get("instId") or self.query.get("instFamily", "")
        return Rejected(plain(f"{name}:{asked}"), reason, often=envelope.code == "50011")

    def contract(self, name: str) -> Instrument | None:
        """Return a contract, listed or not; None for spot, options and indices."""
        name = name or self.query.get("instId", "")
        return self.facts.instruments.get(name) or _unlisted(name)

    def trades(self, rows: list[_TradeRow], seen: int) -> list[Item]:
        """Trades, named after their takers; raises ``ValueError`` for a bad one."""
        items: list[Item] = []
        instruments = self.facts.instruments
        for row in rows:
            contract = instruments.get(row.inst_id) or self.contract(row.inst_id)
            if contract is not None:
                coins, at = contract.contract_size, row.ts * MS
                if at - DAY > seen > 0:
                    raise _ahead(row.ts)
                if coins is not None:
                    coins *= row.sz if contract.contract_unit is not _QUOTE else row.sz / row.px
                items.append(Trade(contract, row.side, row.px, coins, at, seen))
        return items

    def marks(self, rows: list[_MarkRow], seen: int) -> list[Item]:
        """Mark prices, each with its index; raises ``ValueError`` for a bad one."""
        items: list[Item] = []
        instruments, marks, index = self.facts.instruments, self.facts.marks, self._index
        for row in rows:
            name = row.inst_id
            contract = instruments.get(name) or self.contract(name)
            if contract is not None:
                at = row.ts * MS
                if at - DAY > seen > 0:
                    raise _ahead(row.ts)
                if contract.contract_size is not None:
                    marks[name] = row.mark_px
                items.append(MarkPrice(contract, row.mark_px, index.get(name), at, seen))
        return items

    def indices(self, rows: list[_IndexRow], seen: int) -> list[Item]:
        """Index prices, kept for the marks of the swaps that follow them."""
        for row in rows:
            name = row.inst_id
            self._index[f"{name}-SWAP"] = self._index[f"{name}_UM-SWAP"] = row.idx_px
        return []

    def interest(self, rows: list[_InterestRow], seen: int) -> list[Item]:
        """Open interest, one-sided; raises ``ValueError`` for a bad row."""
        items: list[Item] = []
        for row in rows:
            contract = self.contract(row.inst_id)
            if contract is not None:
                usd = None if row.oi_usd == "" else row.oi_usd
                if usd is None and row.oi != "" and contract.contract_unit is _QUOTE:
                    usd = contract.amount(row.oi, 1.0)[1]
                items.append(OpenInterest(contract, row.oi_ccy, usd, _time(row.ts, seen), seen))
        return items

    def liquidations(self, rows: list[_LiquidatedRow], seen: int) -> list[Item]:
        """Every detail of every row; raises ``ValueError`` for a bad name."""
        items: list[Item] = []
        for row in rows:
            contract = self.contract(row.inst_id) if row.details else None
            if contract is not None:
                items += [_liquidation(contract, detail, seen) for detail in row.details]
        return items

    def funding(self, contract: Instrument, row: _FundingRow, seen: int) -> Items:
        """The running estimate, and what was settled before it, which is told once."""
        at = _time(row.ts, seen) if row.ts else seen
        due = numbers.due(row.funding_time or 0, seen)
        hours = _hours(due, numbers.due(row.next_funding_time or 0, seen))
        if row.funding_rate != "":
            rate = row.funding_rate
            yield Funding(contract, rate, hours, due, FundingKind.ESTIMATED, at, seen)
        if row.sett_state != "settled" or row.sett_funding_rate == "":
            return
        paid = numbers.due(row.prev_funding_time or 0, seen)
        if paid is None and due and hours:
            paid = due - int(hours * 3600) * SECOND
        rate, key = row.sett_funding_rate, f"settled {contract.symbol}"
        if self.facts.memory.get(key) != (rate, paid):
            self.facts.memory[key] = (rate, paid)
            yield Funding(contract, rate, hours, paid, FundingKind.SETTLED, at, seen)

    def settlement(self, contract: Instrument, row: _FundingRow, seen: int) -> Items:
        """A settlement of the past, oldest first: the interval is the time between two."""
        if row.realized_rate == "" or not row.funding_time:
            raise numbers.BadNumberError("a settlement without rate or time")
        at, before = _time(row.funding_time, seen), self._settled_at
        hours, self._settled_at = _hours(before, at), at
        yield Funding(contract, row.realized_rate, hours, at, FundingKind.SETTLED, at, seen)

    def listing(self, contract: Instrument, row: _ContractRow, seen: int) -> Items:
        """A listed contract; the venue's own test contracts are none."""
        if row.state == "test":
            return
        size = None
        unit = {contract.base: Unit.BASE, contract.quote: Unit.QUOTE}.get(row.ct_val_ccy)
        if unit is not None and row.ct_val != "":
            size = numbers.quantity(row.ct_val * (row.ct_mult or 1.0))
        listed = replace(
            contract,
            kind=ContractKind(row.ct_type),
            tick=row.tick_sz or None,
            contract_size=size,
            contract_unit=unit or contract.contract_unit,
            max_leverage=row.lever or None,
        )
        yield self.facts.learn(listed, seen)

    def tiers(self, rows: list[_TierRow], seen: int) -> list[Item]:
        """Margin tiers of the swaps of some families, their floors turned into USD."""
        families: dict[str, list[_TierRow]] = {}
        for row in rows if self.query.get("instType", "SWAP") == "SWAP" else ():
            families.setdefault(row.inst_family or row.uly, []).append(row)
        items: list[Item] = []
        for family, brackets in families.items():
            try:
                contract = self.contract(f"{family}-SWAP")
                if contract is not None:
                    brackets.sort(key=lambda row: row.min_sz)
                    tiers = tuple(self._tier(contract, row) for row in brackets)
                    items.append(self.facts.learn(replace(contract, tiers=tiers), seen))
            except ValueError as error:
                items.append(_malformed(error))
        return items

    def _tier(self, contract: Instrument, row: _TierRow) -> Tier:
        mark = 1.0 if contract.contract_unit is _QUOTE else self.facts.marks.get(contract.symbol)
        usd = contract.amount(row.min_sz, mark)[1] if mark else None
        if row.min_sz and usd is None:
            raise numbers.BadNumberError(f"no mark or size to value tiers of {contract.symbol}")
        return Tier(numbers.amount(usd or 0.0), row.mmr, row.max_lever)

    def bar(self, contract: Instrument, row: _BarRow, seen: int) -> Items:
        """A finished candle."""
        seconds = _BARS.get(self.query.get("bar", "1m"))
        if seconds is None:
            raise numbers.BadNumberError(f"candles of {self.query['bar']}")
        prices = (row.open, row.high, row.low, row.close)
        if row.confirm:
            end = _time(row.ts, seen) + seconds * SECOND
            yield Candle(contract, seconds, *prices, row.coins, None, CandlePrice.LAST, end, seen)


def _unlisted(name: str) -> Instrument | None:
    """Return what a contract's name alone tells, without its size; None for other names."""
    match = _NAME.fullmatch(symbol(name))
    if match is None:
        return None
    # BTC-USD_UM-SWAP is quoted in USD and yet linear: margined in dollar coins
    inverse = match[2] == "USD" and not (match[3] or "").startswith("_UM")
    return Instrument(
        venue="okx",
        market="swap",
        symbol=name,
        base=match[1],
        quote=match[2],
        kind=ContractKind.INVERSE if inverse else ContractKind.LINEAR,
        perpetual=match[4] == "SWAP",
        contract_unit=Unit.QUOTE if inverse else Unit.BASE,
        coverage=Coverage.PARTIAL,
        liquidation_price=PriceKind.FILL,
        trigger_fee=0.0005,
        margin_on="mark",
    )


def _liquidation(contract: Instrument, detail: Raw, seen: int) -> Item:
    try:
        row = _decode_detail(detail)
        at = _time(row.ts, seen)
        coins, usd = contract.amount(row.sz, row.bk_px)
    except _UNREADABLE as error:
        return _malformed(error)
    side = row.side if row.pos_side == "net" else row.pos_side
    return Liquidation(contract, _CLOSED[side], row.bk_px, _FILL, coins, usd, at, seen)


def _time(ts: int, seen: int) -> int:
    """Return a decoded time in UTC ns; what is hot does as much in line."""
    if ts * MS - DAY > seen > 0:
        raise _ahead(ts)
    return ts * MS


def _ahead(ts: int) -> Exception:
    return numbers.BadNumberError(f"time {ts} out of range")


def _hours(start: int | None, end: int | None) -> float | None:
    """Return a funding interval, or None where two times (UTC ns) cannot be its ends."""
    return (end - start) / (3600 * SECOND) if start and end and 0 < end - start <= DAY else None


def _malformed(error: Exception) -> Malformed:
    return Malformed(plain(str(error)))


def _control(envelope: _Envelope) -> Iterable[Item]:
    match envelope.event:
        case "subscribe":
            return (Ack(envelope.arg.topic),)
        case "unsubscribe" | "channel-conn-count":
            return ()
        case "notice" if envelope.code == "64008":
            return (Closing(plain(envelope.msg)),)
        case "error":
            named = _REFUSED.search(envelope.msg)
            topic = plain(f"{named[1]}:{named[2]}") if named else ""
            topic = envelope.arg.topic if envelope.arg.channel else topic
            return (Rejected(topic, plain(envelope.msg, 400)),)
    return (Unknown(plain(f"event {envelope.event} {envelope.code}")),)


def _guess(message: bytes, envelope: _Envelope) -> str:
    """Name the kind of a REST answer whose URL was not kept; it has a ``code``, its rows tell."""
    rows = _split(envelope.data) if envelope.code else []
    keys = _keys(rows[0] if rows else message)
    names = (kind.name for kind in _KINDS.values() if rows and kind.telltale in keys)
    return next(names, f"message of {', '.join(keys)}")


def _each(make: Callable[[OkxSession, Instrument, Any, int], Items]) -> Reader:
    """Return a reader of rows on contracts: a bad one costs itself only."""

    def read(session: OkxSession, rows: list[Any], seen: int) -> list[Item]:
        items: list[Item] = []
        for row in rows:
            try:
                contract = session.contract(row.inst_id)
                if contract is not None:
                    items += make(session, contract, row, seen)
            except ValueError as error:
                items.append(_malformed(error))
        return items

    return read


class _Kind:
    """How one kind of rows is read; a push and a REST answer of one name have the same rows."""

    def __init__(self, name: str, telltale: str, row: Any, read: Reader) -> None:
        self.name = name
        self.telltale = telltale
        message: Any = msgspec.defstruct("Message", [("data", list[row])], gc=False)
        self.peek = _AT + len(name), Decoder(message, strict=False).decode, read
        self._decode_row = Decoder(row, strict=False).decode
        self._read = read

    def rows(self, data: Raw) -> tuple[list[Any], list[Item]]:
        """Return the rows that can be read, oldest first, and what is said of the others."""
        rows: list[Any] = []
        items: list[Item] = []
        for piece in _split(data):
            try:
                rows.append(self._decode_row(piece))
            except _UNREADABLE as error:
                items.append(_malformed(error))
        return rows[::-1] if self.name.endswith(("candles", "-history")) else rows, items

    def salvage(self, session: OkxSession, data: Raw, seen: int) -> list[Item]:
        """Read the good rows among bad ones."""
        rows, items = self.rows(data)
        try:
            return self._read(session, rows, seen) + items
        except ValueError:
            pass  # one of them; readers that keep something between rows never raise
        for row in rows:
            try:
                items += self._read(session, [row], seen)
            except ValueError as error:
                items.append(_malformed(error))
        return items


_KINDS: Final = {
    kind.name: kind
    for kind in (
        _Kind("trades", "px", _TradeRow, OkxSession.trades),
        _Kind("mark-price", "markPx", _MarkRow, OkxSession.marks),
        _Kind("index-tickers", "idxPx", _IndexRow, OkxSession.indices),
        _Kind("open-interest", "oiCcy", _InterestRow, OkxSession.interest),
        _Kind("liquidation-orders", "details", _LiquidatedRow, OkxSession.liquidations),
        _Kind("funding-rate-history", "realizedRate", _FundingRow, _each(OkxSession.settlement)),
        _Kind("funding-rate", "fundingRate", _FundingRow, _each(OkxSession.funding)),
        _Kind("instruments", "ctVal", _ContractRow, _each(OkxSession.listing)),
        _Kind("position-tiers", "mmr", _TierRow, OkxSession.tiers),
        _Kind("candles", "", _BarRow, _each(OkxSession.bar)),
        _Kind("open-interest-history", "", _PastInterestRow, OkxSession.interest),
    )
}
_PEEK: Final = {ord(name[0]): _KINDS[name].peek for name in _PUSHED.split()}

_ENDPOINTS: Final = {
    "instruments": ("public", 20),
    "open-interest": ("public", 20),
    "mark-price": ("public", 10),
    "funding-rate": ("public", 10),
    "funding-rate-history": ("public", 10),
    "position-tiers": ("public", 10),
    "candles": ("market", 40),
    "history-candles": ("market", 20),
    "open-interest-history": ("rubik/stat/contracts", 10),
}
"""Group and calls allowed in 2 s: each endpoint has a budget of its own."""


class Okx:
    """OKX swaps: one base URL for the sockets, one for REST."""

    name = "okx"
    title = "OKX"
    tag = "OKX"
    pools = tuple(
        Pool(name, limit, 2.0, apart="instId" if name.endswith("-history") else "")
        for name, (_, limit) in _ENDPOINTS.items()
    )
    """Those of a past by contract: 4.5 says so of open interest, others of funding."""
    capabilities = (
        Capabilities(
            *("swap", "partial", "socket; REST, 5 s", "socket; REST, 5 min"),
            *("public", "candles, open interest, 3 months funding"),
        ),
    )

    def __init__(self, hosts: Mapping[str, str], markets: Sequence[str] = ("swap",)) -> None:
        self.hosts = hosts
        self.markets = tuple(markets)

    def at(self, hosts: Mapping[str, str], markets: Sequence[str]) -> "Okx":
        """Return the same venue elsewhere, or without its only market."""
        return Okx({**self.hosts, **hosts}, [name for name in self.markets if name in markets])

    def bootstrap(self) -> Sequence[Request]:
        """All contracts, then all marks, which value the margin tiers."""
        kinds = [("instruments", "swap"), ("mark-price", "")] if self.markets else ()
        return [replace(self._request(k, instType="SWAP"), lists=market) for k, market in kinds]

    def streams(self, facts: Facts, watched: Sequence[str]) -> Sequence[Stream]:
        """One socket for all liquidations, others for what is watched."""
        if not self.markets:
            return ()
        sockets = [("public", _EVERYTHING)]
        swaps = _swaps(facts, watched)
        for start in range(0, len(swaps), _SWAPS_A_SOCKET):
            part = swaps[start : start + _SWAPS_A_SOCKET]
            topics = [(channel, name) for channel in _WATCHED for name in part]
            indices = {name.rpartition("-")[0].partition("_")[0] for name in part}
            topics += [("index-tickers", name) for name in sorted(indices)]
            sockets.append((f"watched-{len(sockets)}", topics))
        return [self._stream(name, topics, facts) for name, topics in sockets]

    def _stream(self, name: str, topics: Sequence[tuple[str, str]], facts: Facts) -> Stream:
        args = [
            {"channel": channel, "instType" if value == "SWAP" else "instId": value}
            for channel, value in topics
        ]
        frame = msgspec.json.encode({"op": "subscribe", "args": args}).decode()
        return Stream(
            name=name,
            url=f"{self.hosts['ws']}/ws/v5/public",
            session=lambda: OkxSession(facts),
            hello=lambda _now: (frame,),
            canary=(MarkPrice,),
            topics=frozenset(f"{channel}:{value}" for channel, value in topics),
            heartbeat=Heartbeat(15.0, lambda _now: "ping"),
            quiet=25.0,  # a mark that does not move is sent every 10 s
        )

    def polls(self, facts: Facts, watched: Sequence[str]) -> Sequence[Poll]:
        """All swaps' open interest and marks, and what a socket is slow to say or never says."""
        if not self.markets:
            return ()
        polls = [
            Poll("instruments", self.bootstrap()[0], 600.0),
            Poll("open-interest", self._request("open-interest", instType="SWAP"), 5.0),
            Poll("mark-price", self._request("mark-price", instType="SWAP"), 10.0),
        ]
        for name in _swaps(facts, watched):
            family = name.removesuffix("-SWAP")
            tiers = {"instType": "SWAP", "tdMode": "cross", "instFamily": family}
            polls += [
                Poll(f"funding-rate:{name}", self._request("funding-rate", instId=name), 300.0),
                Poll(f"position-tiers:{name}", self._request("position-tiers", **tiers), 3600.0),
            ]
        return polls

    def backfill(
        self, instrument: Instrument, since: int, until: int, step: int = FINE
    ) -> Sequence[Request]:
        """Candles (of 1 min for up to a day), open interest, settled funding (4.5)."""
        bar = 60 if step == FINE and until - since <= DAY else step
        name, start, end = instrument.symbol, since // MS, until // MS
        candles, interest = (span(each).replace("h", "H") for each in (bar, step))
        return (
            self._page("candles", start, end, bar, instId=name, bar=candles),
            self._page("open-interest-history", start, end, step, instId=name, period=interest),
            self._page("funding-rate-history", start, end, 3600, instId=name),
        )

    def _page(self, endpoint: str, start: int, end: int, row_s: int, **params: str) -> Request:
        """Ask for what is older than ``end`` (UTC ms), and on until ``start``."""

        def following(body: bytes) -> Request | None:
            oldest = _oldest(endpoint, body)
            if oldest is None and endpoint == "candles":  # which keeps the newest 1,440 only
                return self._page("history-candles", start, end, row_s, **params)
            more = oldest is not None and start < oldest < end
            return self._page(endpoint, start, oldest or 0, row_s, **params) if more else None

        cursor = "end" if endpoint == "open-interest-history" else "after"
        most = {"candles": 300, "funding-rate-history": 400}.get(endpoint, 100)
        params = {**params, "limit": str(min(most, -((start - end) // (row_s * 1000))))}
        return replace(self._request(endpoint, **params, **{cursor: str(end)}), following=following)

    def _request(self, endpoint: str, **params: str) -> Request:
        group, _ = _ENDPOINTS[endpoint]
        url = f"{self.hosts['rest']}/api/v5/{group}/{endpoint}"
        return Request(url, tuple(params.items()), pool=endpoint)

    def session(self, url: str, facts: Facts, market: str = "") -> OkxSession:
        """A reader for a new connection: there is one kind."""
        return OkxSession(facts)

    def read(self, url: str, body: bytes, seen: int, facts: Facts) -> Iterable[Item]:
        """Read the answer to a REST call."""
        path, _, query = url.partition("?")
        session = OkxSession(facts, dict(parse_qsl(query)))
        return session.look(body, seen, path.rpartition("/")[2])


def _swaps(facts: Facts, bases: Sequence[str]) -> list[str]:
    """Return the swaps on some bases, in a stable order."""
    return sorted(i.symbol for i in facts.instruments.values() if i.perpetual and i.base in bases)


def _oldest(endpoint: str, page: bytes) -> int | None:
    """Return the oldest time (UTC ms) on a page; None where it is empty or no page."""
    try:
        rows, _ = _KINDS[endpoint.removeprefix("history-")].rows(_decode_envelope(page).data)
    except _UNREADABLE:
        return None
    times = [getattr(row, "funding_time", 0) or row.ts for row in rows]
    return min(filter(None, times), default=None)


VENUE: Final = Okx({"ws": "wss://ws.okx.com", "rest": "https://www.okx.com"})
