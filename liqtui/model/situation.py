"""What alerts and the score read: every watched coin, whatever the screen shows."""

from msgspec import Struct

from liqtui.model.market import FeedState
from liqtui.model.snapshot import Cluster, Score, TapeRow


class VenueState(Struct, frozen=True):
    """How one venue as a whole is heard."""

    venue: str
    title: str
    state: FeedState
    reason: str = ""


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
