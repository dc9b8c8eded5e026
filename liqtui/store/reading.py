"""Raw lines through their venues' sessions: how a journal becomes events again."""

from collections.abc import Iterable

from liqtui.protocol.facts import Facts
from liqtui.protocol.items import Item
from liqtui.protocol.raw import Raw
from liqtui.protocol.venue import Session, Venue


class Reader:
    """Reads one venue's raw lines in order: a new connection is a new session.

    Args:
        venue: whose lines.
        facts: what is known of it; taught by the REST bodies that pass.
        market: decides where neither url nor symbol does.
    """

    def __init__(self, venue: Venue, facts: Facts, market: str = "") -> None:
        self._venue = venue
        self._facts = facts
        self._market = market
        self._sessions: dict[tuple[str, str], Session] = {}

    def read(self, raw: Raw) -> Iterable[Item]:
        """Return what one raw line yields; lines we sent ourselves yield nothing."""
        if raw.direction == "close":
            self._sessions.pop((raw.conn, raw.url), None)
        if raw.direction != "in":
            return ()
        if raw.url.startswith("http"):
            return self._venue.read(raw.url, raw.body, raw.seen, self._facts)
        return self._session(raw).receive(raw.body, raw.seen)

    def _session(self, raw: Raw) -> Session:
        key = (raw.conn, raw.url)
        session = self._sessions.get(key)
        if session is None:
            session = self._venue.session(raw.url, self._facts, self._market)
            self._sessions[key] = session
        return session
