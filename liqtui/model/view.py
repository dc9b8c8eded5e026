"""What crosses the border inward: what the screen wants to see, and what it wants done."""

from typing import Annotated, Final, TypeAlias

from msgspec import Meta, Struct

from liqtui.model.alert import Policy
from liqtui.model.market import Side

TIERS: Final = (5, 10, 25, 50, 100)
"""Classes of leverage that a map can be split by; a position belongs to the nearest in ratio."""

Count: TypeAlias = Annotated[int, Meta(ge=0, le=10_000)]
Usd: TypeAlias = Annotated[float, Meta(ge=0.0, lt=1e24)]
Word: TypeAlias = Annotated[str, Meta(max_length=400)]
"""Bounds on what may be asked for, that hold where it comes from another process."""
Words: TypeAlias = Annotated[frozenset[Word], Meta(max_length=100)]


class TapeFilter(Struct, frozen=True):
    """Which liquidations the tape shows."""

    least: Usd = 0.0
    """USD; rows of unknown notional pass only at 0."""
    side: Side | None = None
    venues: Words = frozenset()
    """Empty: all."""
    bases: Words = frozenset()
    """Empty: all."""
    words: Annotated[tuple[Word, ...], Meta(max_length=100)] = ()
    """Each must occur in venue, symbol or side; one with a leading ``!`` must not."""


class View(Struct, frozen=True):
    """What the screen wants to see next."""

    base: Word = "BTC"
    columns: Count = 60
    """Heatmap columns, newest last."""
    rows: Count = 40
    """Heatmap rows, one price bucket each, highest first."""
    column_s: Annotated[int, Meta(ge=1, le=604_800)] = 60
    """Seconds a column stands for."""
    bins_per_row: Annotated[int, Meta(ge=0, le=1000)] = 0
    """Grid bins (0.10 % each) that a row sums; 0: as many as show about 8 % of price."""
    centre: Annotated[float, Meta(gt=0.0, lt=1e15)] | None = None
    """Price in the middle row; None follows the mark."""
    side: Side | None = None
    """Of the map; None: both."""
    venues: Words = frozenset()
    """Of the map and the volume; empty: all."""
    tiers: Annotated[frozenset[int], Meta(max_length=100)] = frozenset()
    """Of `TIERS`, for the map; empty: all."""
    floor: Usd = 0.0
    """USD a map's cell must hold to be drawn."""
    scale: Usd = 0.0
    """USD of a map's hottest colour; 0: as fits what is shown."""
    cumulative: bool = False
    truth: bool = False
    """Whether the truth is wanted beside the estimate, where a simulation tells it."""
    tape: TapeFilter = TapeFilter()
    tape_rows: Count = 40
    burst_s: Annotated[float, Meta(ge=0.0, le=3600.0)] = 2.0
    """Seconds within which prints of one contract and side are shown as one row; 0: each alone."""


class Watch(Struct, frozen=True, tag=True):
    """Also take in this base's trades and funding."""

    base: Word


class Reconnect(Struct, frozen=True, tag=True):
    """Open a venue's sockets anew; empty: all venues."""

    venue: Word = ""


class Acknowledge(Struct, frozen=True, tag=True):
    """Silence what an alert is about until it escalates; empty: the newest nobody acknowledged."""

    about: str = ""


class Mute(Struct, frozen=True, tag=True):
    """Disturb nobody with a coin, a kind of alert or a venue; empty: with anything."""

    what: str
    seconds: int
    """0: mute it no more."""


class Heed(Struct, frozen=True, tag=True):
    """Want other alerts from now on; None: none."""

    policy: Policy | None


class Record(Struct, frozen=True, tag=True):
    """Write down all that is sent and received from now on, or no more."""

    on: bool


class Pace(Struct, frozen=True, tag=True):
    """Replay so many times as fast as it was recorded; 0: at once."""

    speed: float


class Seek(Struct, frozen=True, tag=True):
    """Go on with the replay from a moment that is still to come."""

    at: int
    """UTC ns."""


class Skip(Struct, frozen=True, tag=True):
    """Fetch no more of the past: the maps go on with what has come."""


Driving: TypeAlias = Watch | Reconnect | Skip | Record | Pace | Seek
"""What concerns the feeds, or the journal that stands for them."""
Alerting: TypeAlias = Acknowledge | Mute | Heed
Command: TypeAlias = Driving | Alerting
