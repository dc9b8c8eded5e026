"""One client's socket as its exchange sees it: who must say what when, and what is cut."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

from aiohttp import WSCloseCode, WSMsgType, web
from msgspec import Struct

from liqtui.sim.faults import Distortion, Faults, Parcel
from liqtui.sim.rules import Rules
from liqtui.sim.wire import Frame

_FAREWELL: Final = 0.5
"""Seconds a client has to take note of its connection's end."""


class Terms(Struct, frozen=True):
    """What holds for all connections of an exchange."""

    rules: Rules
    faults: Faults
    haste: float
    """Factor by which the rules' seconds are shorter."""
    room: int
    """Bytes that may wait for a client that does not read."""


class Connection:
    """See the module.

    Args:
        name: of this connection.
        socket: prepared.
        cut: ends the connection without a word.
        terms: of the exchange.
        hear: takes what the client says.
    """

    def __init__(
        self,
        name: str,
        socket: web.WebSocketResponse,
        cut: Callable[[], None],
        terms: Terms,
        hear: "Callable[[Connection, bytes], None]",
    ) -> None:
        self.name = name
        self.topics: frozenset[str] = frozenset()
        self.sent = 0
        """Liquidations handed to the socket, repetitions apart."""
        self.again = 0
        """Repetitions of liquidations handed to the socket."""
        self.cut = cut
        self._socket = socket
        self._terms = terms
        self._hear = hear
        self._distortion = Distortion(terms.faults)
        self._waiting: deque[tuple[Parcel, WSMsgType]] = deque()
        self._held = 0
        self._more = asyncio.Event()
        self._over = asyncio.Event()
        self._words: tuple[int, bytes] = (WSCloseCode.OK, b"")
        now = self._now()
        self._opened = self._heard = self._said = self._pinged = now
        self._unanswered: float | None = None
        self._messages: deque[float] = deque(maxlen=terms.rules.messages)

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()

    def tell(self, frame: Frame, *, again: bool = False) -> None:
        """Send a frame of data, as far as faults let it through."""
        if "stall" not in self._terms.faults:
            liquidated = frame.liquidated
            for parcel in self._distortion.frames(Parcel(frame.body, liquidated, again)):
                self._put(parcel)

    def say(self, body: bytes) -> None:
        """Send an answer."""
        self._put(Parcel(body))

    def end(self, code: int, reason: bytes = b"") -> None:
        """Close the connection properly."""
        self._words = code, reason
        self._over.set()

    async def run(self) -> None:
        """Talk until one side ends it."""
        parts = (self._read, self._write, self._watch, self._over.wait)
        tasks = [asyncio.ensure_future(part()) for part in parts]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        for error in ended:
            if isinstance(error, Exception) and not isinstance(error, ConnectionError):
                raise error
        await self._leave()

    async def _leave(self) -> None:
        code, reason = self._words
        try:
            async with asyncio.timeout(_FAREWELL):
                await self._socket.close(code=code, message=reason, drain=False)
        except TimeoutError:
            self.cut()

    def _put(self, parcel: Parcel, kind: WSMsgType = WSMsgType.TEXT) -> None:
        """Let a frame wait for its turn; cut a client for whom too much waits."""
        if "half-open" in self._terms.faults:
            return
        if self._held + self._room_of(parcel) > self._terms.room:
            self.cut()
            return
        self._held += self._room_of(parcel)
        self._waiting.append((parcel, WSMsgType.BINARY if parcel.binary else kind))
        if kind is not WSMsgType.PING:
            self._said = self._now()
        self._more.set()

    def _room_of(self, parcel: Parcel) -> int:
        """Return the bytes of a frame; one larger than all the room is meant to be there."""
        size = len(parcel.body)
        return size if size <= self._terms.room else 0

    async def _write(self) -> None:
        while True:
            await self._more.wait()
            self._more.clear()
            while self._waiting:
                parcel, kind = self._waiting.popleft()
                self._held -= self._room_of(parcel)
                await self._socket.send_frame(parcel.body, kind)
                if parcel.again:
                    self.again += parcel.liquidated
                else:
                    self.sent += parcel.liquidated

    async def _read(self) -> None:
        while True:
            message = await self._socket.receive()
            self._heard = self._now()
            match message.type:
                case WSMsgType.TEXT:
                    self._hear(self, message.data.encode())
                case WSMsgType.BINARY:
                    self._hear(self, message.data)
                case WSMsgType.PING:
                    self._put(Parcel(message.data), WSMsgType.PONG)
                case WSMsgType.PONG:
                    self._unanswered = None
                case _:
                    return
            self._count()

    def _count(self) -> None:
        """End the connection of a client that says too much in a second."""
        said = self._messages
        if said.maxlen and len(said) == said.maxlen and self._heard - said[0] < 1.0:
            self.end(WSCloseCode.POLICY_VIOLATION, b"Too many requests")
        if said.maxlen:
            said.append(self._heard)

    async def _watch(self) -> None:
        """Send pings, and end what is overdue."""
        while not self._over.is_set():
            wait = self._look(self._now())
            if wait is None:
                await self._over.wait()
            else:
                await asyncio.sleep(wait)

    def _look(self, now: float) -> float | None:
        """Do what is due; return the seconds until something can be, None if nothing ever will."""
        rules, haste = self._terms.rules, self._terms.haste
        due: list[float] = []
        if rules.lifetime is not None:
            due.append(self._opened + rules.lifetime / haste)
        if rules.quiet is not None:
            last = self._heard if rules.quiet_side == "client" else self._said
            due.append(last + rules.quiet / haste)
        if due and min(due) <= now:
            self.end(WSCloseCode.GOING_AWAY)
            return None
        if self._unanswered is not None:
            due.append(self._unanswered + rules.pong_within / haste)
            if due[-1] <= now:
                self.cut()
                return None
        if rules.pings is not None:
            due.append(self._ping(now, rules.pings / haste))
        return max(min(due) - now, 0.001) if due else None

    def _ping(self, now: float, every: float) -> float:
        """Send a ping frame if it is time; return when the next one is due."""
        if now >= self._pinged + every:
            self._pinged = now
            self._unanswered = now if self._unanswered is None else self._unanswered
            self._put(Parcel(str(round(now * 1000)).encode()), WSMsgType.PING)
        return self._pinged + every
