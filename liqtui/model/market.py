"""What is traded, and what a feed says about itself."""

from enum import Enum
from typing import Final, Literal

from msgspec import Struct


class Side(Enum):
    """The position that was closed by force (or stands to be): never the order's side."""

    LONG = "long"
    SHORT = "short"


class Taker(Enum):
    """The aggressor of a trade."""

    BUY = "buy"
    SELL = "sell"


class PriceKind(Enum):
    """What a printed liquidation price is; venues publish different ones."""

    FILL = "fill"
    """The price the liquidation order traded at."""
    ORDER = "order"
    """The limit of the liquidation order: worse than the fill."""
    BANKRUPTCY = "bankruptcy"
    """The price at which the margin is gone: worse than the trigger by the maintenance margin."""
    MARK = "mark"
    """The mark price at the time."""


class ContractKind(Enum):
    """How profit is paid: in the quote currency (linear) or in the base currency (inverse)."""

    LINEAR = "linear"
    INVERSE = "inverse"


class Unit(Enum):
    """What one contract is a fixed amount of."""

    BASE = "base"
    QUOTE = "quote"


_QUOTE: Final = Unit.QUOTE
"""Looking a member up costs as much as the rest of `Instrument.amount`."""


class Coverage(Enum):
    """How much of a venue's liquidations its public feed shows."""

    FULL = "full"
    SAMPLED = "sampled"
    PARTIAL = "partial"
    INFERRED = "inferred"
    NONE = "none"


class FundingKind(Enum):
    """A running estimate for the next settlement, or what was settled."""

    ESTIMATED = "estimated"
    SETTLED = "settled"


class CandlePrice(Enum):
    """Which price a candle is made of."""

    LAST = "last"
    MARK = "mark"
    INDEX = "index"


class FeedState(Enum):
    """What a user is told about one feed."""

    CONNECTING = "connecting"
    LIVE = "live"
    STALE = "stale"
    DOWN = "down"
    REJECTED = "rejected"
    BLOCKED = "blocked"


class Sampling(Struct, frozen=True, gc=False):
    """The rule by which a sampled feed leaves liquidations out."""

    window_s: float
    """Seconds of which one order per symbol is shown."""
    pick: Literal["latest", "largest"]
    """Which of the window's orders is the one shown."""


class Tier(Struct, frozen=True, gc=False):
    """One bracket of a venue's margin schedule.

    Maintenance margin of a position of notional ``n`` in this bracket is
    ``n * rate - deduction``.
    """

    floor: float
    """USD notional from which the bracket applies (inverse contracts too)."""
    rate: float
    """Maintenance margin as a fraction of notional."""
    max_leverage: float
    deduction: float | None = None
    """The maintenance amount that keeps the schedule continuous; None when not published."""


DOLLARS: Final = frozenset(
    {"USD", "USDT", "USDC", "USD1", "USDE", "U", "FDUSD", "BUSD", "TUSD", "DAI"}
)
"""Quote currencies that add up; a price in any other says nothing of a base's in dollars."""


class Instrument(Struct, frozen=True, gc=False, kw_only=True):
    """A contract as one venue lists it.

    Prices are per unit of ``base`` and quantities in units of ``base``: a contract on
    1000 PEPE has ``base`` PEPE and ``scale`` 1000, and its printed prices are divided and its
    printed quantities multiplied by 1000 before anyone downstream sees them.
    """

    venue: str
    """The venue's module name, as on the wire of events."""
    market: str
    """The venue's product line: usdm, coinm, linear, inverse, swap, usdt, btc."""
    symbol: str
    """The venue's own name for it."""
    base: str
    quote: str
    kind: ContractKind
    perpetual: bool = True
    scale: int = 1
    """Units of base that one unit of the printed price stands for."""
    tick: float | None = None
    """Smallest price step, per unit of base."""
    contract_size: float | None = None
    """Amount of ``contract_unit`` in one contract (in printed, unscaled units); None: unknown."""
    contract_unit: Unit = Unit.BASE
    coverage: Coverage = Coverage.NONE
    sampling: Sampling | None = None
    liquidation_price: PriceKind | None = None
    """The kind of price this venue's liquidations print."""
    max_leverage: float | None = None
    tiers: tuple[Tier, ...] = ()
    trigger_fee: float | None = None
    """Fee rate the venue adds to the maintenance margin in its liquidation trigger."""
    margin_on: Literal["entry", "mark"] | None = None
    """Which value of the position the maintenance rate is taken of."""
    funding_hours: float | None = None

    @property
    def key(self) -> tuple[str, str]:
        """``(venue, symbol)``: what tells two instruments apart."""
        return (self.venue, self.symbol)

    @property
    def in_dollars(self) -> bool:
        """Whether its prices are in USD or a coin that is meant to be worth one."""
        return self.quote in DOLLARS

    def amount(self, contracts: float, price: float) -> tuple[float, float] | tuple[None, None]:
        """Turn a count of contracts at a printed price into ``(quantity, notional)``.

        Args:
            contracts: how many, without sign, as the venue counts them (1 where it counts coins).
            price: the printed price, before scaling.

        Returns:
            Units of base and USD, or ``(None, None)`` when the contract size is not known.
        """
        size = self.contract_size
        if size is None:
            return None, None
        if self.contract_unit is _QUOTE:
            notional = contracts * size
            return notional / price * self.scale, notional
        printed = contracts * size
        return printed * self.scale, printed * price
