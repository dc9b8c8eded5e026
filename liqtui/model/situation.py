"""What alerts and the score read: every watched coin, whatever the screen shows."""

from msgspec import Struct

from liqtui.model.market import FeedState, Side
from liqtui.model.score import Score
from liqtui.model.snapshot import Cluster, TapeRow


class VenueState(Struct, frozen=True):
    """How one venue as a whole is heard."""

    venue: str
    title: str
    state: FeedState
    reason: str = ""


class Ahead(Struct, frozen=True):
    """What is expected of one side within the hour."""

    side: Side
    usd: float
    """Expected to be liquidated, as the feeds would show it."""
    price: float
    """Where that begins."""
    stands: float
    """USD that stand within 2 % of the price."""
    distance: float
    """Of `price`; a signed fraction."""


class Standing(Struct, frozen=True):
    """One watched coin."""

    base: str
    price: float | None
    clusters: tuple[Cluster, ...]
    """Of the estimate, those that may be reached within hours."""
    long_1h: float
    short_1h: float
    oi_usd: float | None
    oi_5m: float | None = None
    oi_1h: float | None = None
    """Fractions."""
    funding_8h: float | None = None
    """Open-interest weighted, per 8 hours."""
    shares: tuple[tuple[str, float], ...] = ()
    """Of the open interest, by venue."""
    ahead: tuple[Ahead, ...] = ()
    """Of longs and of shorts; empty where the estimate does not tell."""
    moved: float = 0.0
    """Log return of the last quarter of an hour; 0 where it is not known."""
    score: Score | None = None
    warming: str = ""
    """Why the estimate cannot be trusted; empty when it can."""


class Situation(Struct, frozen=True):
    """Every watched coin; made once a second."""

    at: int
    """UTC ns."""
    standings: tuple[Standing, ...]
    venues: tuple[VenueState, ...] = ()
    prints: tuple[TapeRow, ...] = ()
    """Liquidations of watched coins since the situation before, the oldest first, without those
    that cannot be true."""
    rows: int = 0
    """Liquidations ever taken in: where the next situation's prints begin."""
