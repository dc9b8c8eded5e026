"""The clients that opened one URL in the same way, and are told the same."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from liqtui.sim.connection import Connection
from liqtui.sim.wire import SECOND, Frame, Happening, Ticker, Wire

_RECENT: Final = 20


class Audience:
    """See the module.

    Args:
        wire: as these clients see it.
        url: that they opened.
        headers: that they sent.
    """

    def __init__(self, wire: Wire, url: str, headers: Mapping[str, str]) -> None:
        self.wire = wire
        self.url = url
        self.headers = headers
        self.connections: list[Connection] = []
        self._told: dict[str, int] = {}
        self._recent: deque[Frame] = deque(maxlen=_RECENT)

    def tell(self, happened: Sequence[Happening], at: int) -> None:
        """Tell everyone what he subscribed to, at ``at`` (UTC ns)."""
        if self.connections:
            for frame in self.wire.frames(self.url, happened, at):
                if self._due(frame, at):
                    self._spread(frame)

    def _due(self, frame: Frame, at: int) -> bool:
        if not frame.every:
            return True
        if at < self._told.get(frame.topic, 0) + round(frame.every * SECOND):
            return False
        self._told[frame.topic] = at
        return True

    def _spread(self, frame: Frame) -> None:
        if frame.liquidated:
            self._recent.append(frame)
        for connection in self.connections:
            if frame.topic in connection.topics:
                connection.tell(frame)

    def introduce(
        self, connection: Connection, topics: frozenset[str], tickers: Iterable[Ticker], at: int
    ) -> None:
        """Tell a client how things stand with what it has just subscribed to."""
        for frame in self.wire.frames(self.url, list(tickers), at):
            if frame.topic in topics:
                connection.tell(frame)

    def repeat(self, connection: Connection, topics: frozenset[str]) -> None:
        """Tell a client again of the last liquidations."""
        for frame in list(self._recent):
            if frame.topic in topics:
                connection.tell(frame, again=True)
