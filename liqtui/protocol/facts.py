"""What is known of a venue beyond one connection."""

from collections.abc import Collection, Iterable, Mapping

from msgspec import Struct, field

from liqtui.model.events import Listing
from liqtui.model.market import Instrument, Tier


class Facts(Struct):
    """A venue's instruments and learned conventions; owned by whoever runs the venue.

    Parsers read it and write what they learn into it, so a REST body with contract sizes makes
    the next frame countable, over all connections and their deaths.
    """

    instruments: dict[str, Instrument] = field(default_factory=dict)
    """By native symbol."""
    tiers: Mapping[str, tuple[Tier, ...]] = field(default_factory=dict)
    """Shipped margin schedules by native symbol, for venues that publish none without a key."""
    signs: dict[str, int] = field(default_factory=dict)
    """Learned sign conventions, by what they are about: +1 or -1."""
    marks: dict[str, float] = field(default_factory=dict)
    """Last printed mark price by native symbol, of listed contracts: it values in USD the margin
    schedules that a venue writes in contracts or coins."""
    since: int = 0
    """UTC ns from which on events are this run's to tell; 0: all are, nothing told them before."""
    memory: dict[str, object] = field(default_factory=dict)
    """What a venue file keeps between its connections and answers; nobody else reads it."""

    def learn(self, instrument: Instrument, seen: int, at: int | None = None) -> Listing:
        """Remember an instrument (again) and return the event that says so.

        Args:
            instrument: replaces what was known under its symbol.
            seen: local receipt, UTC ns.
            at: the venue's time, UTC ns; ``seen`` where it gave none.
        """
        self.instruments[instrument.symbol] = instrument
        return Listing(instrument, seen if at is None else at, seen)

    def keep(self, market: str, symbols: Collection[str]) -> list[Instrument]:
        """Forget a market's instruments that are not among these, and return them."""
        mine = [known for known in self.instruments.values() if known.market == market]
        gone = [known for known in mine if known.symbol not in symbols]
        for known in gone:
            del self.instruments[known.symbol]
        return gone

    def of(self, symbols: Iterable[str]) -> list[Instrument]:
        """Return the known instruments among ``symbols``, in that order."""
        return [known for name in symbols if (known := self.instruments.get(name))]
