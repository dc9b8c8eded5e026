"""One exchange: it publishes what happens on its contracts, and answers questions.

Sockets and HTTP are `liqtui.sim.servers`' matter, and what is printed a wire's.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from aiohttp import WSCloseCode
from msgspec import Struct, structs

from liqtui.clock import Clock
from liqtui.sim.agenda import Agenda
from liqtui.sim.audience import Audience
from liqtui.sim.connection import Connection, Terms
from liqtui.sim.faults import FaultError, Faults, unlisted
from liqtui.sim.feed import Moment
from liqtui.sim.memory import Memory
from liqtui.sim.printing import asked
from liqtui.sim.rules import Budget, Reply, Rules
from liqtui.sim.wire import SECOND, Book, Happening, Liquidated, Wire

ROOM: Final = 4 << 20
"""Bytes that wait for a client at most."""


class Counts(Struct):
    """Liquidations of one exchange."""

    happened: int = 0
    hidden: int = 0
    """Those that its throttling leaves out of its feed."""
    sent: int = 0
    """Over all connections, also closed ones; each connection counts by itself."""
    again: int = 0
    """Sent once more by a fault."""


class Exchange:
    """See the module.

    Args:
        wire: what it prints.
        books: its contracts' past; those the wire lists and no book knows are not listed.
        clock: of the market.
        rules: other than the wire's own.
        haste: factor by which its rules' seconds are shorter.
        room: bytes that may wait for a client that does not read.
    """

    def __init__(
        self,
        wire: Wire,
        books: Iterable[Book],
        clock: Clock,
        *,
        rules: Rules | None = None,
        haste: float = 1.0,
        room: int = ROOM,
    ) -> None:
        self.venue = wire.venue
        self.speaking = asyncio.Event()
        """Not set while it accepts connections and says nothing."""
        self.speaking.set()
        self.faults = Faults()
        self.terms = Terms(rules or wire.rules, self.faults, haste, room)
        own = {
            book.ticker.contract.symbol: book
            for book in books
            if book.ticker.contract.venue == wire.venue
        }
        self._memories = {symbol: Memory(book) for symbol, book in own.items()}
        self._coming = {symbol for symbol, book in own.items() if book.coming}
        """Symbols whose past is not known yet."""
        self._came = asyncio.Event()
        """Set for an instant whenever one's past has become known."""
        self._listed = self._wire = wire.listing_only(self._memories)
        self._listings = {asked(url).path for url in self._listed.listing()}
        self._clock = clock
        self._agenda = Agenda(self._memories)
        self._budget = Budget(self.terms.rules, haste)
        self._audiences: list[Audience] = []
        self._seats: dict[Connection, Audience] = {}
        self._gone = Counts()

    @property
    def now(self) -> int:
        """What its own clock says, UTC ns."""
        return self._clock.now() + self._skew

    @property
    def _skew(self) -> int:
        return round(self.faults.number("skew") * SECOND)

    @property
    def busy(self) -> bool:
        """Whether there is something left to publish."""
        return self._agenda.busy

    @property
    def connections(self) -> list[Connection]:
        """Those that are open."""
        return list(self._seats)

    def counts(self) -> Counts:
        """Return what was published so far."""
        open_now = self.connections
        return Counts(
            self._agenda.happened,
            self._agenda.hidden,
            self._gone.sent + sum(one.sent for one in open_now),
            self._gone.again + sum(one.again for one in open_now),
        )

    def switch(self, name: str, argument: str = "") -> None:
        """Let something go wrong from now on; an upgrade happens once.

        Raises:
            FaultError: it cannot go wrong here, or not like this.
        """
        self._check(name, argument)
        if name == "upgrade":
            self._upgrade()
            return
        self.faults.switch(name, argument)
        self._rewire()
        if name == "half-open":
            self.speaking.clear()
        for one in self.connections:
            if name == "outage":
                one.cut()
            if name == "storm":
                one.end(WSCloseCode.GOING_AWAY)

    def clear(self, name: str = "") -> None:
        """Let one thing be right again, or everything.

        The next tickers are told whole, and a connection that was half-open is gone.
        """
        self.faults.clear(name)
        self._agenda.forget()
        self._rewire()
        if not self.speaking.is_set() and "half-open" not in self.faults:
            self.speaking.set()
            for one in self.connections:
                one.cut()

    def _check(self, name: str, argument: str) -> None:
        rules = self.terms.rules
        if name == "geoblock" and rules.blocked is None:
            raise FaultError(f"{self.venue} is not known to block countries")
        if name == "rate-limit" and argument == "banned" and rules.banned is None:
            raise FaultError(f"{self.venue} is not known to ban")
        if name == "delisting" and argument and argument not in self._memories:
            raise FaultError(f"{self.venue} does not list {argument!r}")

    def _rewire(self) -> None:
        """Let the wire be what the faults make of it, for everyone."""
        forms = self._listed.variants()
        form = forms[int(self.faults.number("variant")) % len(forms)]
        kept = set(self._memories)
        if "delisting" in self.faults:
            kept -= {self.faults.text("delisting") or list(self._memories)[-1]}
        self._wire = form.listing_only(kept)
        for audience in self._audiences:
            audience.wire = self._wire.facing(audience.headers)

    def _upgrade(self) -> None:
        """Say that connections will be closed, then close them."""
        notice, ahead = self.terms.rules.notice, self.terms.rules.notice_ahead
        wait = ahead / self.terms.haste if notice else 0.0
        for one in self.connections:
            if notice is not None:
                one.say(notice(self.now))
            asyncio.get_running_loop().call_later(wait, one.end, WSCloseCode.SERVICE_RESTART)

    def join(self, connection: Connection, url: str, headers: Mapping[str, str]) -> None:
        """Take in a client that opened ``url``."""
        wire = self._wire.facing(headers)
        alike = (one for one in self._audiences if one.url == url and one.wire == wire)
        audience = next(alike, None)
        if audience is None:
            audience = Audience(wire, url, headers)
            self._audiences.append(audience)
        audience.connections.append(connection)
        self._seats[connection] = audience
        self._subscribe(connection, wire.opened(url))

    def leave(self, connection: Connection) -> None:
        """Let a client go."""
        audience = self._seats.pop(connection)
        audience.connections.remove(connection)
        if not audience.connections:
            self._audiences.remove(audience)
        self._gone.sent += connection.sent
        self._gone.again += connection.again

    def hear(self, connection: Connection, frame: bytes) -> None:
        """Answer what a client says, then tell it how things stand."""
        audience = self._seats[connection]
        answer = audience.wire.answer(audience.url, frame, connection.topics, self.now)
        for body in answer.frames:
            connection.say(body)
        self._subscribe(connection, answer.topics)

    def _subscribe(self, connection: Connection, topics: frozenset[str]) -> None:
        fresh, connection.topics = topics - connection.topics, topics
        if not fresh:
            return
        audience = self._seats[connection]
        tickers = [one.ticker for name, one in self._books().items() if name not in self._coming]
        audience.introduce(connection, fresh, tickers, self.now)
        if "duplicate" in self.faults:
            audience.repeat(connection, fresh)

    def take(self, moment: Moment) -> None:
        """Note a step of the market: what it holds is published when its time comes."""
        self._know(one for one in moment.known if one.ticker.contract.venue == self.venue)
        own = Moment(
            moment.at,
            [one for one in moment.happened if one.contract.venue == self.venue],
            [one for one in moment.tickers if one.contract.venue == self.venue],
            [one for one in moment.bars if one.contract.venue == self.venue],
            [one for one in moment.settled if one.contract.venue == self.venue],
        )
        self._agenda.take(own, round(self.faults.number("late") * SECOND))

    def _know(self, books: Iterable[Book]) -> None:
        """Remember the past of contracts that were only listed."""
        for book in books:
            symbol = book.ticker.contract.symbol
            self._memories[symbol] = Memory(book)
            self._coming.discard(symbol)
        self._came.set()
        self._came.clear()

    async def able(self, url: str) -> None:
        """Wait until a GET can be answered, which asks for no past that is still to come."""
        while self._lacks(url):
            await self._came.wait()

    def _lacks(self, url: str) -> bool:
        """Whether a GET may ask for a contract whose past is still to come."""
        get = asked(url)
        named = [one for one in get.params.values() if one and not one.isdecimal()]
        return get.path not in self._listings and any(
            symbol.startswith(name) for symbol in self._coming for name in named
        )

    def advance(self) -> None:
        """Publish everything whose time has come."""
        now, skew = self._clock.now(), self._skew
        for told in self._agenda.due(now, self._wire, skew):
            self._publish(told, now + skew)
            strangers = [unlisted(one) for one in told if isinstance(one, Liquidated)]
            if "unknown" in self.faults and strangers:
                self._publish(strangers, now + skew)

    def _publish(self, happened: Sequence[Happening], at: int) -> None:
        for audience in self._audiences:
            audience.tell(happened, at)

    def ask(self, url: str, headers: Mapping[str, str]) -> Reply:
        """Answer a GET, or refuse it."""
        if refusal := self._refusal():
            return refusal
        refused, told = self._budget.spend(url, self.now, self._clock.monotonic())
        reply = refused or self._wire.facing(headers).rest(url, self._books(), self.now)
        return structs.replace(reply, headers={**told, **reply.headers})

    def _refusal(self) -> Reply | None:
        """Return what is answered to everything, if anything is."""
        rules, how = self.terms.rules, self.faults.text("rate-limit")
        if "geoblock" in self.faults:
            return rules.blocked
        if how == "banned" and rules.banned is not None:
            return rules.banned(self.now, rules.ban / self.terms.haste)
        return rules.refused(self.now, 1.0) if how else None

    def _books(self) -> Mapping[str, Book]:
        return {one.symbol: self._memories[one.symbol].book for one in self._wire.contracts}
