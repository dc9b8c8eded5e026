"""Reads the public wire of events back (`liqtui.model.wire` writes it).

A line names its instrument; what is known of that one comes from the last ``instrument`` line, and
where there was none, from what a contract of that name is most likely to be.
"""

from collections.abc import Callable
from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from liqtui.model.events import (
    Candle,
    Event,
    FeedStatus,
    Funding,
    Gap,
    Liquidation,
    Listing,
    MarkPrice,
    OpenInterest,
    Trade,
)
from liqtui.model.market import (
    CandlePrice,
    ContractKind,
    Coverage,
    FeedState,
    FundingKind,
    Instrument,
    PriceKind,
    Sampling,
    Side,
    Taker,
    Tier,
    Unit,
)
from liqtui.model.text import BadTextError, plain, symbol

_MS: Final = 1_000_000
_Price: TypeAlias = Annotated[float, Meta(gt=0.0, lt=1e15)]
_Amount: TypeAlias = Annotated[float, Meta(ge=0.0, lt=1e24)]
_Rate: TypeAlias = Annotated[float, Meta(ge=-10.0, le=10.0)]
_Time: TypeAlias = Annotated[int, Meta(ge=0, lt=9_000_000_000_000)]


class BadLineError(ValueError):
    """A line that is no event of the wire, and why."""


class _Of(Struct, kw_only=True):
    """What every line of an instrument says."""

    venue: str
    symbol: str
    ts: _Time
    base: str = ""
    market: str = ""
    seen: _Time = 0

    @property
    def times(self) -> tuple[int, int]:
        """``at`` and ``seen`` in nanoseconds."""
        return self.ts * _MS, self.seen * _MS


class _Liquidation(_Of, tag="liquidation"):
    side: Side
    price: _Price
    price_kind: PriceKind | None = None
    qty: _Amount | None = None
    notional: _Amount | None = None


class _Trade(_Of, tag="trade"):
    side: Taker
    price: _Price
    qty: _Amount | None = None


class _OpenInterest(_Of, tag="open_interest"):
    oi: _Amount | None = None
    oi_usd: _Amount | None = None


class _Funding(_Of, tag="funding"):
    rate: _Rate
    interval_hours: Annotated[float, Meta(gt=0.0, le=8760.0)] | None = None
    next_ts: _Time | None = None
    kind: FundingKind = FundingKind.ESTIMATED


class _Mark(_Of, tag="mark"):
    mark: _Price
    index: _Price | None = None


class _Candle(_Of, tag="candle"):
    interval_s: Annotated[int, Meta(gt=0, le=31_536_000)]
    open: _Price
    high: _Price
    low: _Price
    close: _Price
    volume: _Amount | None = None
    taker_buy: _Amount | None = None
    price: CandlePrice = CandlePrice.LAST


class _Sample(Struct):
    window_s: Annotated[float, Meta(gt=0.0, le=86_400.0)]
    pick: Literal["latest", "largest"] = "latest"


class _Listed(_Of, tag="instrument"):
    quote: str = "USD"
    scale: Annotated[int, Meta(gt=0)] = 1
    kind: ContractKind = ContractKind.LINEAR
    tick_size: _Price | None = None
    contract_size: _Price | None = None
    contract_unit: Unit | None = None
    max_leverage: Annotated[float, Meta(ge=1.0, le=10_000.0)] | None = None
    tiers: list[list[float | None]] | None = None
    coverage: Coverage = Coverage.PARTIAL
    sample: _Sample | None = None
    trigger_fee: Annotated[float, Meta(ge=0.0, lt=0.1)] | None = None
    liq_price_kind: PriceKind | None = None
    listed: bool = True


class _Status(Struct, tag="status"):
    venue: str
    ts: _Time
    state: FeedState
    stream: str = ""
    reason: str = ""
    seen: _Time = 0


class _Gap(Struct, tag="gap", rename={"start": "from", "end": "to"}):
    venue: str
    start: _Time
    end: _Time
    ts: _Time = 0
    stream: str = ""
    reason: str = ""
    seen: _Time = 0


class _Kind(Struct):
    type: str = ""


_Line: TypeAlias = (
    _Liquidation | _Trade | _OpenInterest | _Funding | _Mark | _Candle | _Listed | _Status | _Gap
)
_decode = msgspec.json.Decoder(_Line).decode
_kind = msgspec.json.Decoder(_Kind).decode
_KNOWN: Final = frozenset(
    {"liquidation", "trade", "open_interest", "funding", "mark", "candle", "instrument", "status",
     "gap"}
)  # fmt: skip


class Reader:
    """Reads lines in order and remembers what was listed."""

    def __init__(self) -> None:
        self._instruments: dict[tuple[str, str], Instrument] = {}
        self._readers: dict[type[Any], Callable[[Any], Event]] = {
            _Liquidation: self._liquidation,
            _Trade: self._trade,
            _OpenInterest: self._interest,
            _Funding: self._funding,
            _Mark: self._mark,
            _Candle: self._candle,
            _Listed: self._listed,
            _Status: _status,
            _Gap: _gap,
        }

    def read(self, line: bytes) -> Event | None:
        """Return the event of one line; None for a type that is no event.

        Raises:
            BadLineError: it is no JSON object, or lacks or misstates what its type needs.
        """
        try:
            found = _decode(line)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
            if _is_ours(line):
                raise BadLineError(plain(str(error))) from error
            return None
        try:
            return self._readers[type(found)](found)
        except BadTextError as error:
            raise BadLineError(str(error)) from error

    def _of(self, line: _Of) -> Instrument:
        instrument = self._instruments.get((line.venue, line.symbol))
        if instrument is None:
            instrument = self._instruments[line.venue, line.symbol] = _likely(line)
        return instrument

    def _liquidation(self, line: _Liquidation) -> Liquidation:
        instrument, (at, seen) = self._of(line), line.times
        kind = line.price_kind or instrument.liquidation_price or PriceKind.ORDER
        quantity, notional = line.qty, line.notional
        if notional is None and quantity is not None:
            notional = quantity * line.price
        elif quantity is None and notional is not None:
            quantity = notional / line.price
        return Liquidation(instrument, line.side, line.price, kind, quantity, notional, at, seen)

    def _trade(self, line: _Trade) -> Trade:
        return Trade(self._of(line), line.side, line.price, line.qty, *line.times)

    def _interest(self, line: _OpenInterest) -> OpenInterest:
        return OpenInterest(self._of(line), line.oi, line.oi_usd, *line.times)

    def _funding(self, line: _Funding) -> Funding:
        due = None if line.next_ts is None else line.next_ts * _MS
        return Funding(self._of(line), line.rate, line.interval_hours, due, line.kind, *line.times)

    def _mark(self, line: _Mark) -> MarkPrice:
        return MarkPrice(self._of(line), line.mark, line.index, *line.times)

    def _candle(self, line: _Candle) -> Candle:
        if not line.low <= min(line.open, line.close) <= max(line.open, line.close) <= line.high:
            raise BadLineError("a candle whose open or close lies outside its range")
        return Candle(
            self._of(line), line.interval_s, line.open, line.high, line.low, line.close,
            line.volume, line.taker_buy, line.price, *line.times,
        )  # fmt: skip

    def _listed(self, line: _Listed) -> Listing:
        listed = _instrument(line)
        known = self._instruments.get(listed.key)
        if known != listed:
            self._instruments[listed.key] = known = listed
        return Listing(known, *line.times, line.listed)


def _is_ours(line: bytes) -> bool:
    """Tell whether a line that could not be read should have been: other types are passed over."""
    try:
        kind = _kind(line).type
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return True
    return not kind or kind in _KNOWN


def _likely(line: _Of) -> Instrument:
    """Return what an instrument nobody listed most likely is: linear, in dollars.

    How much of its liquidations is published is not known: at least a part, if one is seen.
    """
    return Instrument(
        venue=plain(line.venue, 40),
        market=plain(line.market, 40),
        symbol=symbol(line.symbol),
        base=symbol(line.base or line.symbol),
        quote="USD",
        kind=ContractKind.LINEAR,
        coverage=Coverage.PARTIAL,
    )


def _instrument(line: _Listed) -> Instrument:
    inverse, tiers = line.kind is ContractKind.INVERSE, _tiers(line.tiers or [])
    most = max((tier.max_leverage for tier in tiers), default=None)
    sample = line.sample
    return replace(
        _likely(line),
        quote=plain(line.quote, 40),
        kind=line.kind,
        scale=line.scale,
        tick=line.tick_size,
        contract_size=line.contract_size,
        contract_unit=line.contract_unit or (Unit.QUOTE if inverse else Unit.BASE),
        coverage=line.coverage,
        sampling=Sampling(sample.window_s, sample.pick) if sample else None,
        liquidation_price=line.liq_price_kind,
        max_leverage=line.max_leverage or most,
        tiers=tiers,
        trigger_fee=line.trigger_fee,
    )


def _tiers(rows: list[list[float | None]]) -> tuple[Tier, ...]:
    return tuple(sorted((_tier(row) for row in rows), key=lambda tier: tier.floor))


def _tier(row: list[float | None]) -> Tier:
    match row:
        case [float(floor), float(rate), float(most)]:
            found = Tier(floor, rate, most)
        case [float(floor), float(rate), float(most), float() | None as deduction]:
            found = Tier(floor, rate, most, deduction)
        case _:
            raise BadLineError("a tier is [floor, rate, max_leverage, deduction?]")
    if not (floor >= 0.0 and 0.0 <= rate < 1.0 and most >= 1.0):
        raise BadLineError("a tier out of bounds")
    return found


def _status(line: _Status) -> FeedStatus:
    at, seen = line.ts * _MS, line.seen * _MS
    venue, stream, reason = plain(line.venue, 40), plain(line.stream), plain(line.reason)
    return FeedStatus(venue, stream, line.state, reason, at, seen)


def _gap(line: _Gap) -> Gap:
    start, end = line.start * _MS, line.end * _MS
    at, seen = (line.ts * _MS) or end, line.seen * _MS
    return Gap(plain(line.venue, 40), plain(line.stream), start, end, plain(line.reason), at, seen)
