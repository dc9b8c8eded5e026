"""What crosses the border inward: what the screen wants to see, and what it wants done."""

from typing import Final, TypeAlias

from msgspec import Struct

from liqtui.model.alert import Policy
from liqtui.model.market import Side

TIERS: Final = (5, 10, 25, 50, 100)
"""Classes of leverage that a map can be split by; a position belongs to the nearest in ratio."""


class TapeFilter(Struct, frozen=True):
    """Which liquidations the tape shows."""

    least: float = 0.0
    """USD; rows of unknown notional pass only at 0."""
    side: Side | None = None
    venues: frozenset[str] = frozenset()
    """Empty: all."""
    bases: frozenset[str] = frozenset()
    """Empty: all."""
    words: tuple[str, ...] = ()
    """Each must occur in venue, symbol or side; one with a leading ``!`` must not."""


class View(Struct, frozen=True):
    """What the screen wants to see next."""

    base: str = "BTC"
    columns: int = 60
    """Heatmap columns, newest last."""
    rows: int = 40
    """Heatmap rows, one price bucket each, highest first."""
    column_s: int = 60
    """Seconds a column stands for."""
    bins_per_row: int = 0
    """Grid bins (0.10 % each) that a row sums; 0: as many as show about 8 % of price."""
    centre: float | None = None
    """Price in the middle row; None follows the mark."""
    side: Side | None = None
    """Of the map; None: both."""
    venues: frozenset[str] = frozenset()
    """Of the map and the volume; empty: all."""
    tiers: frozenset[int] = frozenset()
    """Of `TIERS`, for the map; empty: all."""
    floor: float = 0.0
    """USD a map's cell must hold to be drawn."""
    scale: float = 0.0
    """USD of a map's hottest colour; 0: as fits what is shown."""
    cumulative: bool = False
    truth: bool = False
    """Whether the truth is wanted beside the estimate, where a simulation tells it."""
    tape: TapeFilter = TapeFilter()
    tape_rows: int = 40
    burst_s: float = 2.0
    """Seconds within which prints of one contract and side are shown as one row; 0: each alone."""


class Watch(Struct, frozen=True, tag=True):
    """Also take in this base's trades and funding."""

    base: str


class Reconnect(Struct, frozen=True, tag=True):
    """Open a venue's sockets anew; empty: all venues."""

    venue: str = ""


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


Driving: TypeAlias = Watch | Reconnect
"""What concerns the feeds."""
Alerting: TypeAlias = Acknowledge | Mute | Heed
Command: TypeAlias = Driving | Alerting
