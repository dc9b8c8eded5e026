"""What happens, as values that never change after they are made.

Common to all: ``at`` is the venue's own time and ``seen`` the local receipt, both UTC in
nanoseconds; ``seen`` is 0 where nobody recorded it. Prices are per unit of ``instrument.base``,
quantities in units of it, notionals in USD. A number that is not known is None, never 0.
"""

from typing import TypeAlias

from msgspec import Struct

from liqtui.model.market import (
    CandlePrice,
    FeedState,
    FundingKind,
    Instrument,
    PriceKind,
    Side,
    Taker,
    Unit,
)


class Liquidation(Struct, frozen=True, gc=False):
    """A position closed by force, as a venue reported it."""

    instrument: Instrument
    side: Side
    """The position that was closed, not the order that closed it."""
    price: float
    price_kind: PriceKind
    quantity: float | None
    """None when the contract size is not known."""
    notional: float | None
    """Quantity times the printed price (linear) or the face value (inverse)."""
    at: int
    seen: int


class Trade(Struct, frozen=True, gc=False):
    """A public trade, named after its aggressor."""

    instrument: Instrument
    taker: Taker
    price: float
    quantity: float | None
    """None when the contract size is not known."""
    at: int
    seen: int


class OpenInterest(Struct, frozen=True, gc=False):
    """Open contracts, counted on one side: the longs, which equal the shorts."""

    instrument: Instrument
    quantity: float | None
    """None where the venue counts contracts worth a fixed amount of USD and prints no price."""
    notional: float | None
    """USD; None where neither the venue nor a mark price tells."""
    at: int
    seen: int

    @property
    def face(self) -> float | None:
        """The amount in the unit a contract is fixed in, which only trading changes.

        Coins, or USD where a contract is worth a fixed amount of USD: counted in coins, that
        one's open interest would grow whenever the price falls.
        """
        if self.instrument.contract_unit is Unit.QUOTE:
            return self.notional
        return self.quantity


class Funding(Struct, frozen=True, gc=False):
    """What longs pay shorts at the next settlement, or paid at one."""

    instrument: Instrument
    rate: float
    """Fraction of notional for one interval."""
    interval_hours: float | None
    due: int | None
    """When it is (or was) settled; UTC ns."""
    kind: FundingKind
    at: int
    seen: int


class MarkPrice(Struct, frozen=True, gc=False):
    """The price liquidations are triggered by."""

    instrument: Instrument
    price: float
    index: float | None
    at: int
    seen: int


class Candle(Struct, frozen=True, gc=False):
    """A finished bar; ``at`` is its end (open time plus interval)."""

    instrument: Instrument
    interval_s: int
    open: float
    high: float
    low: float
    close: float
    volume: float | None
    """Units of base."""
    taker_buy: float | None
    """The part of the volume whose aggressor bought."""
    price: CandlePrice
    at: int
    seen: int


class Listing(Struct, frozen=True, gc=False):
    """What a venue says of a contract, new or again."""

    instrument: Instrument
    at: int
    seen: int
    listed: bool = True
    """False: the venue lists it no more."""


class FeedStatus(Struct, frozen=True, gc=False):
    """A feed changed its state; said by the runner, never by a parser."""

    venue: str
    stream: str
    state: FeedState
    reason: str
    at: int
    seen: int


class Gap(Struct, frozen=True, gc=False):
    """A stretch in which a feed may have lost events."""

    venue: str
    stream: str
    start: int
    end: int
    reason: str
    at: int
    seen: int


Event: TypeAlias = (
    Liquidation | Trade | OpenInterest | Funding | MarkPrice | Candle | Listing | FeedStatus | Gap
)
MarketEvent: TypeAlias = Liquidation | Trade | OpenInterest | Funding | MarkPrice | Candle | Listing
"""The events a parser may yield: each names its instrument."""
