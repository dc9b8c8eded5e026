"""What is worth telling a person at once, with what it rests on; what is wanted of it."""

from enum import Enum

from msgspec import Struct

from liqtui.model.market import Side


class AlertKind(Enum):
    """What an alert is about."""

    APPROACH = "approach"
    """The price may soon get to an estimated cluster."""
    TOUCHED = "touched"
    """It has got there."""
    FIRED = "fired"
    """What was estimated there was liquidated, or a good part of it."""
    FAILED = "failed"
    """It was not."""
    LIKELY = "likely"
    """Much of one side is expected to be liquidated within the hour."""
    CASCADE = "cascade"
    """A cluster was touched and one side is being liquidated far beyond its usual."""
    BURST = "burst"
    PRINT = "print"
    """One large liquidation."""
    FUNDING = "funding"
    """Extreme."""
    FLIP = "flip"
    """Funding has changed its sign."""
    INTEREST = "interest"
    """Open interest jumped or dropped."""
    FEED = "feed"
    CONFIDENCE = "confidence"
    """The estimate is not to be trusted any more, or again."""
    STORM = "storm"
    """So many alerts that most were held back: this one sums them."""


class Policy(Struct, frozen=True):
    """What is wanted."""

    least: float = 100_000.0
    """USD: nothing smaller is told, however small the coin."""
    kinds: frozenset[AlertKind] = frozenset(AlertKind)
    most: int = 10
    """Alerts a minute; what is beyond comes as one digest."""
    reserve: float = 1.0
    """By what factor more than usual must be at stake before something is said to come."""


class Alert(Struct, frozen=True, kw_only=True):
    """One alert; what is not known is None or empty."""

    number: int = 0
    """Counts all that were ever let through, from 1."""
    at: int
    """UTC ns."""
    kind: AlertKind
    text: str
    """The sentence, without the coin."""
    base: str = ""
    """The coin; empty where it is about a venue or about many."""
    about: str = ""
    """Identity of what it tells of: alerts on one cluster share it."""
    venue: str = ""
    """Where it happened; empty where no single venue is meant."""
    side: Side | None = None
    price: float | None = None
    usd: float | None = None
    distance: float | None = None
    """Signed fraction from the mark."""
    chance: float | None = None
    """Probability that the price gets there within an hour."""
    band: tuple[float, float] | None = None
    """USD between which the truth lies four times out of five."""
    tiers: tuple[int, ...] = ()
    eta_s: float | None = None
    """Seconds at the present speed."""
    confidence: str = ""
    """``low``, ``medium`` or ``high``."""
    well: bool = False
    """Good news."""
    again: bool = False
    """It escalates an alert told before."""
    hushed: str = ""
    """``muted`` or ``acknowledged``: it is kept, but disturbs nobody."""

    @property
    def line(self) -> str:
        """The sentence with its coin."""
        return f"{self.base}: {self.text}" if self.base else self.text


def quiet(hours: str, clock: str) -> bool:
    """Tell whether a time of day lies in the quiet hours, which may go round midnight.

    Args:
        hours: such as ``22:00-07:00``; empty: none.
        clock: such as ``23:15``.

    >>> quiet("22:00-07:00", "23:15"), quiet("22:00-07:00", "12:00"), quiet("", "03:00")
    (True, False, False)
    """
    start, _, end = hours.partition("-")
    return start <= clock < end if start <= end else clock >= start or clock < end
