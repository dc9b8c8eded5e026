"""What is kept between runs beside the events themselves; frozen, so handed over by reference."""

from typing import TypeAlias

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from liqtui.model.alert import Alert
from liqtui.model.events import (
    Candle,
    FeedStatus,
    Funding,
    Gap,
    Liquidation,
    OpenInterest,
    Trade,
)
from liqtui.model.market import Instrument, Side
from liqtui.model.snapshot import Cluster


class Kept(Struct, frozen=True, gc=False):
    """A liquidation with what was known at that moment."""

    event: Liquidation
    mark: float | None = None
    oi_usd: float | None = None
    cluster: float | None = None
    """Price of the estimated cluster it fell into."""
    doubt: str = ""
    """Why it is left out of the totals."""


class Column(Struct, frozen=True, eq=False):
    """The map of one coin as it stood at the end of a minute; never edited."""

    base: str
    minute: int
    """UTC."""
    method: str
    first: int
    """Absolute number of the lowest bucket."""
    usd: NDArray[np.float16]
    """(2, buckets) longs and shorts in units of $10,000."""


class Peaks(Struct, frozen=True):
    """The clusters of one coin's map."""

    base: str
    at: int
    """UTC ns."""
    clusters: tuple[Cluster, ...]


class Line(Struct, frozen=True):
    """A line of the score's ledger."""

    line: bytes


class State(Struct, frozen=True):
    """What some part of the program wants back at the next start; opaque here."""

    name: str
    version: int
    at: int
    """UTC ns."""
    body: bytes


class Traded(Struct, frozen=True):
    """A minute's trades of one venue in one coin."""

    base: str
    venue: str
    minute: int
    """UTC."""
    usd: tuple[float, ...]
    """Bought, then sold, per class of size."""


class Sum(Struct, frozen=True):
    """What was liquidated in some minutes, of one side of one venue's contracts on one coin."""

    base: str
    venue: str
    side: Side
    minute: int
    """UTC; the first."""
    usd: float


class Fetched(Struct, frozen=True):
    """A stretch of a contract's past that was fetched whole."""

    instrument: Instrument
    start: int
    end: int
    """UTC ns."""


Record: TypeAlias = (
    Kept
    | Trade
    | OpenInterest
    | Funding
    | Candle
    | Gap
    | FeedStatus
    | Alert
    | Column
    | Peaks
    | Line
    | State
    | Fetched
)
