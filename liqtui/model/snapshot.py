"""What crosses the border outward, from the core to the screen: a `Snapshot`, frozen as a whole.

Inward go `liqtui.model.view`'s `View` and `Command` values. Arrays in a snapshot are read-only.
Unknown numbers are None (NaN in arrays) and are drawn as a dash, never as 0.
"""

from enum import Enum
from typing import Any, Final, TypeAlias

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from liqtui.model.alert import Alert
from liqtui.model.market import (
    Coverage,
    FeedState,
    FundingKind,
    PriceKind,
    Sampling,
    Side,
    Unit,
)
from liqtui.model.score import Score
from liqtui.model.view import View
from liqtui.model.volume import Volume

Floats: TypeAlias = NDArray[np.float32]
Times: TypeAlias = NDArray[np.int64]


class Window(Struct, frozen=True, gc=False):
    """USD liquidated in some hours, as published."""

    hours: int
    long: float
    short: float


class Headline(Struct, frozen=True):
    """The line at the top."""

    base: str
    price: float | None = None
    """Mean of the marks, weighted by open interest."""
    change_24h: float | None = None
    """Fraction."""
    oi_usd: float | None = None
    oi_change_1h: float | None = None
    """Fraction."""
    funding_8h: float | None = None
    """Open-interest weighted, per 8 hours."""
    long_1h: float = 0.0
    """USD of longs liquidated in the last hour, as published."""
    short_1h: float = 0.0
    longer: tuple[Window, ...] = ()
    """The same of longer windows, the shortest first."""
    lower_bound: bool = True
    """Some venue in the sums publishes only a part of its liquidations."""
    since: int | None = None
    """UTC ns of the first liquidation in the sums; None: nothing was seen yet."""
    whole_since: int | None = None
    """UTC ns from which the sums are complete: the end of the last hole."""


class Mark(Struct, frozen=True, gc=False):
    """Realised liquidations in one heatmap cell."""

    column: int
    row: int
    side: Side
    usd: float


class Heatmap(Struct, frozen=True, eq=False):
    """The estimated map over time, and the present one beside it (the ladder)."""

    method: str
    prices: Floats
    """(rows,) centre of each row, highest first."""
    times: Times
    """(columns,) start of each column, UTC ns, ascending."""
    cells: Floats
    """(rows, columns) estimated USD standing then; NaN where there was no data."""
    trace: Floats
    """(columns,) the last mark of each column; NaN where unknown."""
    marks: tuple[Mark, ...]
    long: Floats
    """(rows,) estimated USD of longs liquidated in this row's bucket, now."""
    short: Floats
    """(rows,) of shorts."""
    reach: Floats
    """(rows,) estimated USD liquidated on the way from the mark through this row: longs below it,
    shorts above; 0 in the mark's own row."""
    mark: float | None
    """The price now."""
    row_fraction: float
    """Height of a row as a fraction of price: 0.001 is 0.10 %."""
    column_s: int
    warming: str = ""
    """Why the estimate cannot be trusted yet; empty when it can."""
    remark: str = ""
    """What is odd about what it is made of, and allowed for."""
    bounds: tuple[Floats, Floats] | None = None
    """(rows,) each: USD between which the truth of `reach` lies four times out of five."""
    divisible: bool = True
    """Whether the method knows whose positions they are: else the map is always of all venues and
    classes of leverage, whatever the view asks for."""
    unheard: NDArray[np.bool_] | None = None
    """(columns,) where liquidations were not heard all the time: what is not marked may have been;
    None: there is no such column."""


class TrueMap(Struct, frozen=True, eq=False):
    """Where positions truly stand, in the rows of the heatmap; only a simulation knows."""

    at: int
    """UTC ns."""
    long: Floats
    """(rows,) USD of longs that are liquidated in this row's bucket."""
    short: Floats
    cells: Floats
    """(rows,) of the sides that the heatmap shows."""
    shared: float | None
    """Share of the estimate that lies where the truth does, within 15 % of the price: both scaled
    to the same total and smoothed over 25 bp."""
    ratio: float | None
    """Estimated over true USD within 5 % of the price."""
    found: float | None
    """Share of `peaks` with an estimated one within 25 bp."""
    peaks: tuple[float, ...] = ()
    """Prices of the largest true clusters between 0.5 and 8 % from the price."""


class Evidence(Struct, frozen=True, gc=False):
    """What a row of the tape was made of, and what was known at that moment."""

    market: str
    quote: str
    contract_size: float | None
    """Amount of `contract_unit` in one contract, as printed; None: unknown."""
    contract_unit: Unit
    scale: int
    seen: int
    """UTC ns; 0 where nobody recorded it."""
    sampling: Sampling | None = None
    mark: float | None = None
    oi_usd: float | None = None
    raw: bytes = b""
    """Of the message it came in, the part around its symbol; empty: not kept."""


class TapeRow(Struct, frozen=True, gc=False):
    """One liquidation as shown."""

    number: int
    """Counts every row ever taken in: rows of equal number are equal."""
    venue: str
    tag: str
    base: str
    symbol: str
    side: Side
    price: float
    price_kind: PriceKind
    quantity: float | None
    notional: float | None
    coverage: Coverage
    at: int
    quarantined: str = ""
    """Why this row is marked ``?`` and left out of the totals; empty: it counts."""
    cluster: float | None = None
    """Price of the estimated cluster it fell into."""
    evidence: Evidence | None = None
    prints: int = 1
    """How many it sums: more than one for a burst."""


class Tape(Struct, frozen=True):
    """The newest liquidations, newest first."""

    rows: tuple[TapeRow, ...] = ()
    hidden: int = 0
    """Rows of the last hour that the filter hides."""
    total: int = 0
    """Rows ever taken in."""
    per_minute: float = 0.0


class VenueRow(Struct, frozen=True):
    """One venue's line for the base in view; ``venue`` empty is the total."""

    venue: str
    title: str
    state: FeedState
    state_reason: str = ""
    state_since: int = 0
    oi_usd: float | None = None
    oi_5m: float | None = None
    oi_1h: float | None = None
    oi_24h: float | None = None
    """Fractions."""
    funding: float | None = None
    """As sent, for one interval."""
    funding_kind: FundingKind | None = None
    interval_hours: float | None = None
    settled: float | None = None
    """The rate that was settled last, for one interval."""
    funding_8h: float | None = None
    funding_year: float | None = None
    due: int | None = None
    coverage: Coverage = Coverage.NONE
    coverage_label: str = ""
    """``full``, ``1/s``, ``part``, ``none``."""
    long_1h: float | None = None
    """USD of the liquidations heard of in an hour; None where none can be."""
    short_1h: float | None = None
    longer: tuple[Window, ...] = ()
    """The same of longer windows, the shortest first; empty where none can be."""
    whole_since: int | None = None
    """UTC ns from which those are all there were: a complete feed, live since; None: never."""
    lag_ms: float | None = None
    """Median of receipt minus the venue's time."""


class Cluster(Struct, frozen=True):
    """A peak of the estimated map."""

    side: Side
    price: float
    low: float
    high: float
    usd: float
    distance: float
    """Signed fraction from the mark: negative is below."""
    band: tuple[float, float] | None = None
    """USD between which the truth lies four times out of five."""
    touch: tuple[float, ...] = ()
    """Probabilities that the price gets there within 15 minutes, an hour and four hours."""
    cascade_usd: float | None = None
    """USD expected to fall in all once it is touched; None: what a sale moves is not known."""
    branching: float | None = None
    """USD met per USD forced there, at least: from 1 on it feeds itself."""
    expected: float | None = None
    """USD of it expected to fire, if it is touched."""
    confidence: float | None = None
    """How often half of that fired or more, of clusters touched that were as sure."""
    tiers: tuple[int, ...] = ()
    """Of `TIERS`, those that hold most of it; empty where the method does not tell."""
    age_s: int | None = None
    """Seconds for which half of it or more has been on the map, as far as the map goes back."""


class NoteKind(Enum):
    """What a line of the log is about."""

    FEED = "feed"
    GAP = "gap"
    LARGE = "large"
    """A large liquidation."""
    ODD = "odd"
    """A quarantined one."""
    ALERT = "alert"


class Note(Struct, frozen=True):
    """One line of the log."""

    at: int
    """UTC ns."""
    kind: NoteKind
    text: str
    well: bool = False
    """Good news."""
    about: str = ""
    """What an alert is about."""
    dim: bool = False
    """Muted or acknowledged."""


SINKS: Final = "alerts"
"""Stands for the venue where a sink of alerts is meant: frames are sent ones, malformed dead."""


class FeedHealth(Struct, frozen=True):
    """One socket or REST schedule, for the health pane."""

    venue: str
    stream: str
    state: FeedState
    reason: str
    since: int
    frames: int = 0
    """Since it was first opened."""
    size: int = 0
    """Bytes."""
    frames_per_s: float | None = None
    bytes_per_s: float | None = None
    lag_p50_ms: float | None = None
    lag_p95_ms: float | None = None
    budget: float | None = None
    """Part of the REST calls we allow ourselves that is spent; None: of a socket."""
    reconnects: int = 0
    malformed: int = 0
    unknown: int = 0
    rejected: tuple[str, ...] = ()
    waiting: int = 0
    """What a sink is still to be sent."""
    last: str = ""
    """The newest complaint: a malformed reason, an unknown kind, the venue's own words."""


class Progress(Struct, frozen=True):
    """Something that takes more than half a second."""

    label: str
    done: float
    """Fraction, 0 to 1."""


class Recorded(Struct, frozen=True):
    """A journal that is being written."""

    folder: str
    since: int
    """UTC ns."""
    lines: int = 0
    """On disk, where they can be read whatever becomes of this process."""
    size: int = 0
    """Bytes they take."""
    dropped: int = 0
    """Lines that the disk was too slow for."""
    over: bool = False
    """It is written no more."""


class Snapshot(Struct, frozen=True, eq=False):
    """Everything a screen shows, as of one moment."""

    at: int = 0
    """UTC ns."""
    view: View = View()
    """What it was made for."""
    headline: Headline = Headline("")
    heatmap: Heatmap | None = None
    truth: TrueMap | None = None
    """None where nobody tells it, or the view does not ask."""
    tape: Tape = Tape()
    venues: tuple[VenueRow, ...] = ()
    clusters: tuple[Cluster, ...] = ()
    score: Score | None = None
    volume: Volume | None = None
    """None where no trade was seen: those of a coin are taken in once it is watched."""
    log: tuple[Note, ...] = ()
    """Newest first."""
    alerts: tuple[Alert, ...] = ()
    """The newest, newest first."""
    mutes: tuple[tuple[str, int], ...] = ()
    """Coins, kinds and venues whose alerts disturb nobody until then, UTC ns; empty: all."""
    feeds: tuple[FeedHealth, ...] = ()
    bases: tuple[str, ...] = ()
    """What can be watched, by open interest."""
    progress: tuple[Progress, ...] = ()
    notices: tuple[str, ...] = ()
    """Newest last: answers to commands, warnings."""
    source: str = "live"
    """``live``, ``replay`` or ``simulated``."""
    recorded: Recorded | None = None
    """None: no journal is being written."""
    events: int = 0
    """Applied since the start."""
    memory: int | None = None
    """Bytes the process holds; None where the system does not tell."""
    collector: int = 0
    """The process that hears and estimates, where it is not this one."""
    lost: str = ""
    """Why nothing comes of that process any more; empty while it does."""


EMPTY = Snapshot()
"""Before anything is known; spares every reader a None check."""


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    """Return the array with writing switched off: a snapshot is nobody's to change."""
    array.flags.writeable = False
    return array
