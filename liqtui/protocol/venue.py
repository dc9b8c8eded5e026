"""The contract of a venue file: an exchange described as data and pure functions.

A venue module ends in ``VENUE = ...``. Everything it needs comes in as arguments and everything
it wants done goes out as data (`Stream`, `Poll`, `Request`); ``feeds`` does it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from liqtui.model.events import Event
from liqtui.model.market import Instrument
from liqtui.protocol.bars import FINE
from liqtui.protocol.facts import Facts
from liqtui.protocol.items import Item


class Session(Protocol):
    """The reader of one connection; holds its delta state and dies with it."""

    def receive(self, frame: bytes, seen: int) -> Iterable[Item]:
        """Read one frame received at ``seen`` (UTC ns, 0 = unknown).

        Never raises: a frame that cannot be read is a `Malformed`, a kind that is not known an
        `Unknown`, and one bad row does not cost its neighbours.
        """


class Heartbeat(Struct, frozen=True):
    """What must be said to a venue that listens for it (protocol-level pongs are automatic)."""

    every: float
    """Seconds."""
    frame: Callable[[int], str]
    """The frame for a given time (UTC ns)."""


class Stream(Struct, frozen=True):
    """One socket, as data."""

    name: str
    """Unique within the venue and stable: the supervisor diffs the wanted set by it."""
    url: str
    session: Callable[[], Session]
    hello: Callable[[int], Sequence[str]]
    """The frames that subscribe, for a given time (UTC ns), each within the venue's limits."""
    canary: tuple[type[Event], ...]
    """Events that never pause on a healthy socket (mark prices): the proof of life."""
    topics: frozenset[str] = frozenset()
    """What is subscribed; a stream whose topics changed is replaced."""
    headers: Mapping[str, str] = {}
    pace: float = 0.1
    """Seconds between two frames we send."""
    heartbeat: Heartbeat | None = None
    quiet: float = 15.0
    """Seconds without a canary after which the data counts as stale and the socket is replaced."""
    max_frame: int = 1 << 20
    """Bytes; 8 MiB for arrays of a whole market."""
    lifetime: float | None = None
    """Seconds after which the venue cuts every connection; None where it does not."""


class Request(Struct, frozen=True):
    """One REST call, as data; `Venue.read` reads its answer."""

    url: str
    """Absolute, without query."""
    params: tuple[tuple[str, str], ...] = ()
    weight: int = 1
    """What it costs of the pool it draws on."""
    pool: str = ""
    """The name of one of `Venue.pools`; empty: the venue's first."""
    headers: Mapping[str, str] = {}
    following: Callable[[bytes], "Request | None"] | None = None
    """Given the answer, the request for the next page."""
    lists: str = ""
    """The market whose every contract is named by the answer with its pages; empty: of none."""

    @property
    def full_url(self) -> str:
        """The URL with its query, as the journal and `Venue.read` see it."""
        query = "&".join(f"{name}={value}" for name, value in self.params)
        return f"{self.url}?{query}" if query else self.url


class Poll(Struct, frozen=True):
    """A REST call that is repeated."""

    name: str
    """Unique within the venue and stable."""
    request: Request
    every: float
    """Seconds between two calls, before the budget stretches it."""


class Pool(Struct, frozen=True):
    """A budget of REST calls that a venue enforces."""

    name: str
    limit: float
    """Weight allowed in a window; we spend at most a quarter of it."""
    window: float
    """Seconds."""
    used_header: str | None = None
    """Response header with the weight used so far."""
    remaining_header: str | None = None
    """Response header with the weight that is left."""
    apart: str = ""
    """The parameter of a call each of whose values has a budget of its own; empty: there is one."""


class Capabilities(Struct, frozen=True):
    """One row of the capability matrix, in words a user reads."""

    market: str
    liquidations: str
    """``full``, ``sampled 1/s``, ``partial`` or ``none``."""
    open_interest: str
    funding: str
    tiers: str
    history: str


class Venue(Protocol):
    """One exchange."""

    @property
    def name(self) -> str:
        """The module's name; what users type and the wire carries."""

    @property
    def title(self) -> str:
        """As its owners write it."""

    @property
    def tag(self) -> str:
        """Three letters for narrow columns."""

    @property
    def markets(self) -> tuple[str, ...]:
        """Its product lines."""

    @property
    def hosts(self) -> Mapping[str, str]:
        """Role (``ws``, ``rest``, with a market's suffix where they differ) to base URL.

        Every URL the venue makes starts with one of them, so that a user or a test can point
        them elsewhere.
        """

    @property
    def pools(self) -> tuple[Pool, ...]:
        """The budgets its REST calls draw on."""

    @property
    def capabilities(self) -> tuple[Capabilities, ...]:
        """One row of the matrix per market."""

    def at(self, hosts: Mapping[str, str], markets: Sequence[str]) -> "Venue":
        """Return the same venue with some base URLs replaced and only some of its markets."""

    def bootstrap(self) -> Sequence[Request]:
        """The calls that must be answered first: what is listed, in which units."""

    def streams(self, facts: Facts, watched: Sequence[str]) -> Sequence[Stream]:
        """The sockets wanted.

        Args:
            facts: what bootstrap taught.
            watched: bases (BTC) whose trades and funding are wanted; liquidations are wanted of
                all.
        """

    def polls(self, facts: Facts, watched: Sequence[str]) -> Sequence[Poll]:
        """The REST schedules wanted, for the same arguments as `streams`."""

    def backfill(
        self, instrument: Instrument, since: int, until: int, step: int = FINE
    ) -> Sequence[Request]:
        """The calls that fetch one instrument's past: candles, open interest, settled funding.

        Stretches that follow each other in whole steps neither overlap nor leave a hole.

        Args:
            instrument: one of this venue's.
            since: UTC ns; what the venue no longer knows is not asked for.
            until: UTC ns, exclusive.
            step: seconds between two counts and of a candle, or less of a candle if it is `FINE`.
        """

    def session(self, url: str, facts: Facts, market: str = "") -> Session:
        """A reader for a new connection to ``url`` (empty: a bare frame, told by ``market``)."""

    def read(self, url: str, body: bytes, seen: int, facts: Facts) -> Iterable[Item]:
        """Read the answer to a REST call; like `Session.receive`, it never raises.

        Args:
            url: with its query, which says what some bodies leave out.
            body: as received, decompressed.
            seen: local receipt, UTC ns; 0 when unknown.
            facts: read and taught.
        """
