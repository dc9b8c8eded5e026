"""Events as tests want them: every argument has a default, times are in seconds from `START`."""

from typing import Any

from liqtui.model.events import (
    Candle,
    Funding,
    Liquidation,
    MarkPrice,
    OpenInterest,
    Trade,
)
from liqtui.model.market import (
    CandlePrice,
    ContractKind,
    Coverage,
    FundingKind,
    Instrument,
    PriceKind,
    Side,
    Taker,
)

START = 1_790_000_040_000_000_000
"""UTC ns, a whole minute."""
SECOND = 1_000_000_000


def at(seconds: float) -> int:
    return START + round(seconds * SECOND)


def instrument(**changes: Any) -> Instrument:
    fields: dict[str, Any] = {
        "venue": "toy",
        "market": "linear",
        "symbol": "BTCUSDT",
        "base": "BTC",
        "quote": "USDT",
        "kind": ContractKind.LINEAR,
        "contract_size": 1.0,
        "coverage": Coverage.FULL,
        "liquidation_price": PriceKind.FILL,
    }
    return Instrument(**{**fields, **changes})


BTC = instrument()


def mark(seconds: float, price: float, of: Instrument = BTC) -> MarkPrice:
    return MarkPrice(of, price, None, at(seconds), at(seconds))


def interest(seconds: float, quantity: float, of: Instrument = BTC) -> OpenInterest:
    return OpenInterest(of, quantity, None, at(seconds), at(seconds))


def trade(seconds: float, price: float, quantity: float, of: Instrument = BTC) -> Trade:
    return Trade(of, Taker.BUY, price, quantity, at(seconds), at(seconds))


def funding(
    seconds: float, rate: float, hours: float | None = 8.0, of: Instrument = BTC
) -> Funding:
    due = at(seconds + 3600)
    return Funding(of, rate, hours, due, FundingKind.ESTIMATED, at(seconds), at(seconds))


def candle(
    seconds: float,
    close: float,
    low: float | None = None,
    high: float | None = None,
    of: Instrument = BTC,
    seen: float | None = None,
) -> Candle:
    """Return a minute's bar that ended at ``seconds``."""
    return Candle(
        instrument=of,
        interval_s=60,
        open=close,
        high=close if high is None else high,
        low=close if low is None else low,
        close=close,
        volume=1.0,
        taker_buy=0.5,
        price=CandlePrice.LAST,
        at=at(seconds),
        seen=at(seconds if seen is None else seen),
    )


def liquidation(
    seconds: float,
    price: float,
    usd: float | None = 1000.0,
    side: Side = Side.LONG,
    of: Instrument = BTC,
) -> Liquidation:
    quantity = None if usd is None else usd / price
    moment = at(seconds)
    return Liquidation(of, side, price, PriceKind.FILL, quantity, usd, moment, moment)
