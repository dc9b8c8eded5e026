"""The journal that ships with the package: a made-up session on every wire, as raw lines.

A day of the past as REST bodies, then twenty minutes of frames, as a recorder in front of the
exchanges would have written them. ``python -m liqtui.sim.sample OUT`` makes it again.
"""

import gzip
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from msgspec import structs
from numpy.random import Generator

from liqtui.protocol.raw import Direction, Raw
from liqtui.sim import script
from liqtui.sim.live import Floor
from liqtui.sim.printing import MS
from liqtui.sim.script import SINCE, START
from liqtui.sim.wire import (
    SECOND,
    Book,
    Contract,
    Happening,
    Liquidated,
    Socket,
    Ticker,
    Traded,
    Wire,
)
from liqtui.sim.wires import wires
from liqtui.store.journal import format_line

SHIPPED: Final = Path(__file__).with_name("sample.jsonl.gz")
SEED: Final = 20261120
_LEAD: Final = "BTC"
_OTHERS: Final = 6
"""Seconds between two tellings of another's."""
_POLLED: Final = 15
"""Seconds between two askings for what no socket tells."""
_PAUSE: Final = 10 * MS
"""Between two questions or subscriptions."""
_CONNECTED: Final = START + SECOND
_LAG, _JITTER = 31, 24
"""Milliseconds on the way, at least, and at most more than that."""


def _leads(contract: Contract) -> bool:
    """Whether a contract's state is told every second, and its past by single minutes."""
    return contract.base == _LEAD and not contract.inverse


class Line:
    """One socket as its client sees it."""

    def __init__(self, wire: Wire, socket: Socket) -> None:
        self._wire = wire
        self._socket = socket
        self._held = wire.opened(socket.url)
        self._heard: dict[str, int] = {}
        self._seen = 0
        self.lag = _LAG * MS
        """From the exchange to here, ns."""

    def _raw(self, direction: Direction, at: int, body: bytes = b"") -> Raw:
        self._seen = max(self._seen, at + self.lag * (direction == "in"))
        headers = (self._socket.headers or None) if direction == "open" else None
        conn, url = f"{self._socket.name}#1", self._socket.url
        return Raw(self._wire.venue, conn, direction, url, self._seen, body, None, headers)

    def open(self, at: int) -> Iterator[Raw]:
        """Yield the connection's opening, its subscriptions and what they were answered."""
        yield self._raw("open", at)
        for number, frame in enumerate(self._socket.hello, 1):
            yield from self.say(frame, at + number * _PAUSE)

    def say(self, frame: str, at: int) -> Iterator[Raw]:
        """Yield a frame of the client's and the exchange's answer."""
        yield self._raw("out", at, frame.encode())
        answer = self._wire.answer(self._socket.url, frame.encode(), self._held, at)
        self._held = answer.topics
        for body in answer.frames:
            yield self._raw("in", at, body)

    def beat(self, second: int, at: int) -> Iterator[Raw]:
        """Yield a heartbeat where one is due."""
        if self._socket.ping and second % self._socket.every == 0:
            yield from self.say(self._socket.ping, at)

    def hear(self, happened: Sequence[Happening], at: int) -> Iterator[Raw]:
        """Yield what the exchange tells this client of what happened."""
        for frame in self._wire.frames(self._socket.url, happened, at):
            due = self._heard.get(frame.topic, 0) + round(frame.every * SECOND)
            if frame.topic in self._held and at >= due:
                self._heard[frame.topic] = at
                yield self._raw("in", at, frame.body)


class Visit:
    """A recorder's visit to one exchange."""

    def __init__(self, wire: Wire, books: Sequence[Book]) -> None:
        self.wire = wire
        self._books = {book.ticker.contract.symbol: book for book in books}
        self._told: dict[str, Ticker] = {}
        self._pending: list[Liquidated] = []
        self._lines: list[Line] = []

    def past(self) -> list[str]:
        """Return the GETs for every contract's past."""
        return [
            url
            for one in self.wire.contracts
            for url in self.wire.past(one, SINCE, START, 1 if _leads(one) else 5)
        ]

    def ask(self, url: str, at: int) -> Raw:
        """Return the answer to a GET."""
        reply = self.wire.rest(url, self._books, at)
        return Raw(self.wire.venue, "rest", "in", url, at, reply.body, reply.status)

    def connect(self, at: int) -> Iterator[Raw]:
        """Yield the opening of every socket."""
        self._lines = [Line(self.wire, socket) for socket in self.wire.sockets(at)]
        for line in self._lines:
            yield from line.open(at)

    def live(
        self,
        second: int,
        at: int,
        happened: Sequence[Happening],
        tickers: Sequence[Ticker],
        lag: int,
    ) -> Iterator[Raw]:
        """Yield everything that is said of a second that ended at ``at``, ``lag`` ns later."""
        own = [one for one in happened if one.contract.venue == self.wire.venue]
        dead = [one for one in own if isinstance(one, Liquidated)]
        news = self._news(second, [t for t in tickers if t.contract.venue == self.wire.venue])
        told: list[tuple[int, Sequence[Happening]]] = [
            (one.at, (one,)) for one in own if isinstance(one, Traded)
        ]
        told = sorted([*told, *self._published(dead, at), (at, news)], key=lambda one: one[0])
        for line in self._lines:
            line.lag = lag
            for when, things in told:
                yield from line.hear(things, when)
            yield from line.beat(second, at)
        if second % _POLLED == 0:
            yield from _ask(((self, url) for url in self.wire.polls()), at)

    def _published(
        self, dead: Sequence[Liquidated], at: int
    ) -> list[tuple[int, Sequence[Happening]]]:
        """Return the batches of liquidations that fell due; the rest waits."""
        due = [b for b in self.wire.batches([*self._pending, *dead]) if b.at <= at]
        gone = {id(one) for batch in due for one in (*batch.liquidated, *batch.hidden)}
        self._pending = [one for one in (*self._pending, *dead) if id(one) not in gone]
        return [(batch.at, batch.liquidated) for batch in due]

    def _news(self, second: int, tickers: Sequence[Ticker]) -> list[Ticker]:
        """Return the tickers to tell now, each with what was told before."""
        news = []
        for number, ticker in enumerate(tickers):
            symbol, book = ticker.contract.symbol, self._books[ticker.contract.symbol]
            self._books[symbol] = Book(ticker, book.bars, book.interest, book.settled)
            turn = _leads(ticker.contract) or (second + number) % _OTHERS == 0
            if turn or self.wire.marks_together:
                news.append(structs.replace(ticker, before=self._told.get(symbol)))
                self._told[symbol] = ticker
        return news


def _ask(questions: Iterable[tuple[Visit, str]], at: int) -> Iterator[Raw]:
    """Yield the answers to GETs, one after the other."""
    for number, (visit, url) in enumerate(questions):
        yield visit.ask(url, at + number * _PAUSE)


def _session(rng: Generator) -> Iterator[Raw]:
    """Yield a session's raw lines, each exchange's in order."""
    tracks = {track.coin.base: track for track in script.tracks(rng)}
    days = [
        script.series(rng, tracks[contract.base], contract)
        for wire in wires()
        for contract in wire.contracts
    ]
    seconds = Floor(rng, list(tracks.values()), days).seconds()
    first = {ticker.contract: ticker for ticker in next(seconds)[2]}
    visits = [
        Visit(wire, [Book(first[day.contract], day.bars(), day.points(), day.settled())
                     for day in days if day.contract.venue == wire.venue])
        for wire in wires()
    ]  # fmt: skip
    yield from _ask(((visit, url) for visit in visits for url in visit.wire.listing()), START)
    for visit in visits:
        yield from visit.connect(_CONNECTED)
    yield from _ask(((visit, url) for visit in visits for url in visit.past()), _CONNECTED)
    for second, (at, happened, tickers) in enumerate(seconds, 1):
        for visit in visits:
            lag = (_LAG + int(rng.integers(0, _JITTER))) * MS
            if at > _CONNECTED + SECOND:
                yield from visit.live(second, at, happened, tickers, lag)


def journal(seed: int = SEED) -> list[Raw]:
    """Return the whole session, ordered by receipt."""
    return sorted(_session(np.random.default_rng(seed)), key=lambda raw: raw.seen)


def write(path: Path, raws: Iterable[Raw]) -> None:
    """Write raw lines as a compressed journal that is the same each time."""
    lines = b"".join(map(format_line, raws))
    path.write_bytes(gzip.compress(lines, 9, mtime=0))


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else SHIPPED, journal())
