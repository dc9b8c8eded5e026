"""What happened in a simulated market, and what an exchange makes of it on its wire.

Prices are per unit of ``Contract.base``, quantities in units of it and open interest one-sided;
times are UTC ns. Each module of ``liqtui.sim.wires`` turns that into what one exchange prints, by
the exchange's documents alone (docs/venues-core.md), so that it shares no mistake with a parser.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, Protocol, TypeAlias

from msgspec import Struct

from liqtui.model.market import (
    ContractKind,
    Coverage,
    PriceKind,
    Sampling,
    Side,
    Taker,
    Tier,
)
from liqtui.sim.rules import Reply, Rules

SECOND: Final = 1_000_000_000


class Contract(Struct, frozen=True, kw_only=True):
    """What an exchange lists, in its own units."""

    venue: str
    market: str
    symbol: str
    base: str
    quote: str = "USDT"
    kind: ContractKind = ContractKind.LINEAR
    size: float = 1.0
    """Base, in printed units (linear), or quote currency (inverse) in one counted contract."""
    scale: int = 1
    """Units of base that one unit of the printed price stands for."""
    tick: str
    """Smallest price step as printed; its decimals are those of every price."""
    lot: str = "1"
    """Smallest step of a counted quantity as printed."""
    funding_hours: int = 8
    tiers: tuple[Tier, ...]
    trigger_fee: float = 0.0
    """What is added to the maintenance rate in the liquidation trigger."""
    coverage: Coverage = Coverage.FULL
    sampling: Sampling | None = None
    liquidation_price: PriceKind = PriceKind.FILL
    """Which price is printed of a liquidation."""

    @property
    def inverse(self) -> bool:
        """Whether profit is paid in base."""
        return self.kind is ContractKind.INVERSE

    @property
    def max_leverage(self) -> float:
        """What the lowest tier allows."""
        return self.tiers[0].max_leverage

    def printed(self, price: float) -> float:
        """Return a price as the exchange counts it, on a tick."""
        tick = float(self.tick)
        return round(price * self.scale / tick) * tick

    def counted(self, quantity: float, price: float) -> float:
        """Return a quantity as the exchange counts it, in whole lots.

        Args:
            quantity: units of base.
            price: per unit of base; what an inverse contract's face value is taken at.
        """
        units = quantity * price if self.inverse else quantity / self.scale
        lot = float(self.lot)
        return round(units / self.size / lot) * lot


class Liquidated(Struct, frozen=True):
    """A position the exchange closed by force."""

    contract: Contract
    side: Side
    """Of the position."""
    quantity: float
    trigger: float
    """The mark price at which its margin no longer sufficed."""
    bankruptcy: float
    """The price at which its margin is gone."""
    fill: float
    at: int

    @property
    def price(self) -> float:
        """Return the price that is printed of it."""
        return self.fill if self.contract.liquidation_price is PriceKind.FILL else self.bankruptcy


class Traded(Struct, frozen=True):
    """A trade."""

    contract: Contract
    taker: Taker
    price: float
    quantity: float
    at: int
    number: int


class Marked(Struct, frozen=True):
    """The prices an exchange computes, and the funding it expects."""

    contract: Contract
    mark: float
    index: float
    funding: float
    """Fraction of notional at the next settlement, as of now."""
    due: int
    """When that is."""
    at: int


class Interest(Struct, frozen=True):
    """Open contracts, counted on one side."""

    contract: Contract
    quantity: float
    mark: float
    at: int


class Bar(Struct, frozen=True):
    """Trades of a stretch of time, from ``at`` on."""

    contract: Contract
    seconds: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    taker_buy: float
    """The part of the volume whose aggressor bought."""
    trades: int
    at: int


class Settled(Struct, frozen=True):
    """Funding that was paid."""

    contract: Contract
    rate: float
    mark: float
    at: int


class Ticker(Struct, frozen=True):
    """Everything an exchange says of a contract at one moment."""

    marked: Marked
    interest: Interest
    last: float
    hour_ago: float
    """What ``last`` was then."""
    day: Bar
    """The last 24 hours."""
    before: "Ticker | None" = None
    """What its readers were told last; None where they know nothing yet."""

    @property
    def contract(self) -> Contract:
        """What it is about."""
        return self.marked.contract

    @property
    def at(self) -> int:
        """When it held."""
        return self.marked.at


Happening: TypeAlias = Liquidated | Traded | Ticker


class Book(Struct, frozen=True):
    """What an exchange remembers of a contract; each series oldest first."""

    ticker: Ticker
    bars: Sequence[Bar] = ()
    """Of one minute each."""
    interest: Sequence[Interest] = ()
    settled: Sequence[Settled] = ()
    liquidated: Sequence[Liquidated] = ()
    trades: Sequence[Traded] = ()
    coming: bool = False
    """Whether there is nothing of it yet but what is listed."""

    def candles(self, seconds: int) -> list[Bar]:
        """Return the bars, put together to a length of whole minutes."""
        groups: dict[int, list[Bar]] = {}
        for bar in self.bars:
            groups.setdefault(bar.at // (seconds * SECOND), []).append(bar)
        return [_joined(group, seconds) for group in groups.values()]

    def points(self, seconds: int) -> list[Interest]:
        """Return open interest at whole multiples of a time."""
        return [one for one in self.interest if one.at % (seconds * SECOND) == 0]


def _joined(bars: Sequence[Bar], seconds: int) -> Bar:
    return Bar(
        bars[0].contract, seconds, bars[0].open, max(bar.high for bar in bars),
        min(bar.low for bar in bars), bars[-1].close, sum(bar.volume for bar in bars),
        sum(bar.taker_buy for bar in bars), sum(bar.trades for bar in bars),
        bars[0].at - bars[0].at % (seconds * SECOND),
    )  # fmt: skip


class Socket(Struct, frozen=True):
    """A connection as a client opens it."""

    name: str
    url: str
    hello: tuple[str, ...]
    """The frames that subscribe to everything of every contract listed."""
    headers: Mapping[str, str] = {}
    ping: str = ""
    """The frame the exchange wants to hear; empty where it sends pings itself."""
    every: float = 20.0
    """Seconds between two of them."""


class Frame(Struct, frozen=True):
    """A message to those who subscribed to its topic."""

    topic: str
    body: bytes
    every: float = 0.0
    """Seconds the exchange lets pass between two of a topic; what falls between is not sent."""
    liquidated: int = 0
    """How many liquidations it tells of."""


class Answer(Struct, frozen=True):
    """What a client's frame brings about."""

    frames: tuple[bytes, ...]
    """To send back."""
    topics: frozenset[str]
    """What the client is subscribed to from now on."""


class Batch(Struct, frozen=True):
    """Liquidations that an exchange publishes together."""

    at: int
    """When it does."""
    liquidated: tuple[Liquidated, ...]
    hidden: tuple[Liquidated, ...] = ()
    """What it leaves out of this batch, and so of its feed."""


class Wire(Protocol):
    """One exchange's side of its wire; every method is a pure function of its arguments."""

    @property
    def venue(self) -> str:
        """The name it goes by."""

    @property
    def contracts(self) -> tuple[Contract, ...]:
        """What it lists."""

    @property
    def rules(self) -> Rules:
        """What it demands of its clients."""

    @property
    def marks_together(self) -> bool:
        """Whether the marks of all contracts go out as one message, leaving none out."""

    def facing(self, headers: Mapping[str, str]) -> "Wire":
        """Return the wire as a client sees it that sent these headers."""

    def listing_only(self, symbols: Collection[str]) -> "Wire":
        """Return the wire with no other contracts."""

    def variants(self) -> "Sequence[Wire]":
        """Return the forms its messages have been seen in, this one first."""

    def sockets(self, at: int) -> tuple[Socket, ...]:
        """Return the connections a client opens at ``at`` (UTC ns)."""

    def opened(self, url: str) -> frozenset[str]:
        """Return the topics that a URL itself subscribes to."""

    def answer(self, url: str, frame: bytes, held: frozenset[str], at: int) -> Answer:
        """Return what a client's frame brings about.

        Args:
            url: that the client connected to.
            frame: what it sent.
            held: the topics it is subscribed to.
            at: now, UTC ns.
        """

    def batches(self, liquidated: Sequence[Liquidated]) -> list[Batch]:
        """Return which liquidations the exchange publishes when, oldest first.

        A later liquidation never changes a batch that was due before it, so a caller may hand in
        what is pending, again and again.
        """

    def frames(self, url: str, happened: Sequence[Happening], at: int) -> Iterable[Frame]:
        """Yield what a connection to ``url`` could be sent of what happened.

        Args:
            url: that the client connected to.
            happened: to publish now; liquidations as `batches` grouped them.
            at: now, UTC ns.
        """

    def listing(self) -> Sequence[str]:
        """Return the GETs that tell what is listed, in which units and tiers."""

    def past(self, contract: Contract, since: int, until: int, minutes: int) -> Sequence[str]:
        """Return the GETs that tell a contract's candles, open interest and settled funding.

        Args:
            contract: one of its own.
            since: UTC ns.
            until: UTC ns.
            minutes: the candles' length, below 60; open interest comes every five.
        """

    def polls(self) -> Sequence[str]:
        """Return the GETs a client repeats for what no socket tells."""

    def rest(self, url: str, books: Mapping[str, Book], at: int) -> Reply:
        """Answer a GET.

        Args:
            url: with its query.
            books: by symbol.
            at: now, UTC ns.
        """


def schedule(*tiers: tuple[float, float, float]) -> tuple[Tier, ...]:
    """Return margin tiers with the deductions that keep maintenance margin continuous.

    Args:
        tiers: floor in USD, maintenance rate, maximum leverage; ascending.
    """
    found: list[Tier] = []
    for floor, rate, leverage in tiers:
        last = found[-1] if found else Tier(0.0, rate, leverage, 0.0)
        deduction = (last.deduction or 0.0) + floor * (rate - last.rate)
        found.append(Tier(float(floor), rate, float(leverage), round(deduction, 6)))
    return tuple(found)


def caps(tiers: Sequence[Tier]) -> list[float]:
    """Return where each tier ends, in USD; the last at twice its floor."""
    ends = [tier.floor for tier in tiers[1:]]
    return [*ends, max(tiers[-1].floor * 2, 1e6)]


def windows(
    liquidated: Iterable[Liquidated], width: int, most: int | None = None, *, apart: bool = True
) -> list[Batch]:
    """Group liquidations into windows that each symbol's first one opens.

    Args:
        liquidated: any order.
        width: ns; a window is published when it closes.
        most: how many fill a window, which is then published at once.
        apart: whether each symbol has windows of its own.
    """
    filled: list[Batch] = []
    waiting: dict[str, list[Liquidated]] = {}

    def publish(key: str, at: int) -> None:
        filled.append(Batch(at, tuple(waiting.pop(key))))

    for one in sorted(liquidated, key=lambda one: one.at):
        key = one.contract.symbol if apart else ""
        if key in waiting and one.at >= waiting[key][0].at + width:
            publish(key, waiting[key][0].at + width)
        waiting.setdefault(key, []).append(one)
        if most and len(waiting[key]) >= most:
            publish(key, one.at)
    for key in list(waiting):
        publish(key, waiting[key][0].at + width)
    return sorted(filled, key=lambda batch: batch.at)


def largest(batch: Batch) -> Batch:
    """Keep the batch's largest liquidation: what a sampled feed shows."""
    *hidden, shown = sorted(batch.liquidated, key=lambda one: one.quantity)
    return Batch(batch.at, (shown,), tuple(hidden))
