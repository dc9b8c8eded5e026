"""A venue as far as a journal holds it: only what was recorded is opened and asked for."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from liqtui.model.market import Instrument
from liqtui.protocol.bars import FINE
from liqtui.protocol.facts import Facts
from liqtui.protocol.items import Item
from liqtui.protocol.venue import Capabilities, Poll, Pool, Request, Session, Stream, Venue
from liqtui.sim.replay import Replayed, words


class RecordedVenue:
    """A venue without the streams and calls that its journal cannot answer.

    Args:
        venue: pointed at the server of the journal.
        journal: what was recorded.
        original: a local URL as it was recorded.
    """

    def __init__(self, venue: Venue, journal: Replayed, original: Callable[[str], str]) -> None:
        self._venue = venue
        self._journal = journal
        self._original = original
        self._streams: frozenset[str] | None = None
        """Names of the streams that found a recording."""

    @property
    def name(self) -> str:
        """The venue's."""
        return self._venue.name

    @property
    def title(self) -> str:
        """The venue's."""
        return self._venue.title

    @property
    def tag(self) -> str:
        """The venue's."""
        return self._venue.tag

    @property
    def markets(self) -> tuple[str, ...]:
        """The venue's."""
        return self._venue.markets

    @property
    def hosts(self) -> Mapping[str, str]:
        """The venue's."""
        return self._venue.hosts

    @property
    def pools(self) -> tuple[Pool, ...]:
        """None: the journal has no limits."""
        return tuple(Pool(pool.name, 1e9, pool.window) for pool in self._venue.pools)

    @property
    def capabilities(self) -> tuple[Capabilities, ...]:
        """The venue's."""
        return self._venue.capabilities

    def at(self, hosts: Mapping[str, str], markets: Sequence[str]) -> Venue:
        """Return the same as far as it is recorded."""
        return RecordedVenue(self._venue.at(hosts, markets), self._journal, self._original)

    def bootstrap(self) -> Sequence[Request]:
        """The calls that were recorded."""
        return [request for request in self._venue.bootstrap() if self._answered(request)]

    def streams(self, facts: Facts, watched: Sequence[str]) -> Sequence[Stream]:
        """The streams that find a recording each, the most alike first."""
        wanted = self._venue.streams(facts, watched)
        if self._streams is None and wanted:
            self._streams = frozenset(self._matched(wanted))
        return [stream for stream in wanted if stream.name in (self._streams or ())]

    def _matched(self, wanted: Sequence[Stream]) -> Iterable[str]:
        free = self._journal.recordings()
        said = {s.name: words(" ".join(s.hello(0)).encode()) for s in wanted}
        pairs = [
            (recording.likeness(said[stream.name]), place, number, stream.name)
            for place, stream in enumerate(wanted)
            for number, recording in enumerate(free)
            if recording.serves(self._original(stream.url), said[stream.name])
        ]
        taken: set[int] = set()
        found: set[str] = set()
        for _, _, number, name in sorted(pairs, key=lambda pair: (-pair[0], pair[1])):
            if number not in taken and name not in found:
                taken.add(number)
                found.add(name)
        return found

    def polls(self, facts: Facts, watched: Sequence[str]) -> Sequence[Poll]:
        """The schedules that were recorded."""
        polls = self._venue.polls(facts, watched)
        return [poll for poll in polls if self._answered(poll.request)]

    def backfill(
        self, instrument: Instrument, since: int, until: int, step: int = FINE
    ) -> Sequence[Request]:
        """The calls for the past that were recorded, each once: they hold all of it."""
        found: dict[str, Request] = {}
        for request in self._venue.backfill(instrument, since, until, step):
            if key := self._journal.question(self._original(request.full_url)):
                found.setdefault(key, request)
        return list(found.values())

    def _answered(self, request: Request) -> bool:
        return bool(self._journal.question(self._original(request.full_url)))

    def session(self, url: str, facts: Facts, market: str = "") -> Session:
        """The venue's."""
        return self._venue.session(url, facts, market)

    def read(self, url: str, body: bytes, seen: int, facts: Facts) -> Iterable[Item]:
        """The venue's."""
        return self._venue.read(url, body, seen, facts)
