"""The public wire of events: one JSON object a line, UTC milliseconds, absent = unknown.

Stable: ``decode``, ``watch --json`` and every later command that reads or writes events use it.
Readers ignore unknown types and keys. `line` writes; ``liqtui.model.reading`` reads.
"""

from typing import Any, Final

import msgspec

from liqtui.model.alert import Alert
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
from liqtui.model.market import Instrument, Tier

_MS = 1_000_000
_encode = msgspec.json.Encoder().encode


def line(event: Event) -> bytes:
    """Return one event as a line of the public wire, without its newline."""
    return _encode(fields(event))


def alert_line(alert: Alert) -> bytes:
    """Return an alert as a line of the public wire, without its newline."""
    named = {
        "type": "alert",
        "ts": alert.at // _MS,
        "n": alert.number,
        "kind": alert.kind.value,
        "base": alert.base or None,
        "about": alert.about or None,
        "venue": alert.venue or None,
        "side": alert.side.value if alert.side else None,
        "price": alert.price,
        "usd": alert.usd,
        "distance": alert.distance,
        "p_touch_1h": alert.chance,
        "band": alert.band,
        "tiers": alert.tiers or None,
        "eta_s": alert.eta_s,
        "confidence": alert.confidence or None,
        "well": alert.well or None,
        "again": alert.again or None,
        "text": alert.text,
    }
    return _encode({key: value for key, value in named.items() if value is not None})


def fields(event: Event) -> dict[str, Any]:
    """Return one event as an object of the public wire; what is unknown is not there."""
    match event:
        case Liquidation():
            own = _liquidation(event)
        case Trade():
            own = {"side": event.taker.value, "price": event.price, "qty": event.quantity}
        case OpenInterest():
            own = {"oi": event.quantity, "oi_usd": event.notional}
        case Funding():
            own = _funding(event)
        case MarkPrice():
            own = {"mark": event.price, "index": event.index}
        case Candle():
            own = _candle(event)
        case Listing():
            own = {**_instrument(event.instrument), "listed": None if event.listed else False}
        case FeedStatus():
            own = {"stream": event.stream, "state": event.state.value, "reason": event.reason}
        case Gap():
            own = _gap(event)
    named = {**_common(event), **own}
    return {key: value for key, value in named.items() if value is not None}


TYPES: Final[dict[type[Event], str]] = {
    Liquidation: "liquidation",
    Trade: "trade",
    OpenInterest: "open_interest",
    Funding: "funding",
    MarkPrice: "mark",
    Candle: "candle",
    Listing: "instrument",
    FeedStatus: "status",
    Gap: "gap",
}


def _common(event: Event) -> dict[str, Any]:
    times = {"ts": event.at // _MS, "seen": event.seen // _MS if event.seen else None}
    if isinstance(event, FeedStatus | Gap):
        return {"type": TYPES[type(event)], "venue": event.venue, **times}
    instrument = event.instrument
    return {
        "type": TYPES[type(event)],
        "venue": instrument.venue,
        "market": instrument.market,
        "symbol": instrument.symbol,
        "base": instrument.base,
        **times,
    }


def _liquidation(event: Liquidation) -> dict[str, Any]:
    return {
        "side": event.side.value,
        "price": event.price,
        "price_kind": event.price_kind.value,
        "qty": event.quantity,
        "notional": event.notional,
    }


def _funding(event: Funding) -> dict[str, Any]:
    return {
        "rate": event.rate,
        "interval_hours": event.interval_hours,
        "next_ts": None if event.due is None else event.due // _MS,
        "kind": event.kind.value,
    }


def _candle(event: Candle) -> dict[str, Any]:
    return {
        "interval_s": event.interval_s,
        "open": event.open,
        "high": event.high,
        "low": event.low,
        "close": event.close,
        "volume": event.volume,
        "taker_buy": event.taker_buy,
        "price": event.price.value,
    }


def _gap(event: Gap) -> dict[str, Any]:
    return {
        "stream": event.stream,
        "from": event.start // _MS,
        "to": event.end // _MS,
        "reason": event.reason,
    }


def _instrument(instrument: Instrument) -> dict[str, Any]:
    sampling, price = instrument.sampling, instrument.liquidation_price
    return {
        "quote": instrument.quote,
        "scale": instrument.scale,
        "kind": instrument.kind.value,
        "tick_size": instrument.tick,
        "contract_size": instrument.contract_size,
        "contract_unit": instrument.contract_unit.value,
        "max_leverage": instrument.max_leverage,
        "tiers": [_tier(tier) for tier in instrument.tiers] or None,
        "coverage": instrument.coverage.value,
        "sample": {"window_s": sampling.window_s, "pick": sampling.pick} if sampling else None,
        "trigger_fee": instrument.trigger_fee,
        "liq_price_kind": price.value if price else None,
    }


def _tier(tier: Tier) -> list[float]:
    row = [tier.floor, tier.rate, tier.max_leverage]
    return row if tier.deduction is None else [*row, tier.deduction]
