"""Exchanges on this machine: WebSocket and REST on one port of 127.0.0.1.

Every exchange is served under ``/<venue>/<role>``, where its base URLs by role are told from
outside, so that a client needs no more than other base URLs. The whole is driven by a market.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from itertools import count
from typing import Final

from aiohttp import WSCloseCode, web

from liqtui.clock import Clock
from liqtui.sim.connection import Connection
from liqtui.sim.exchange import ROOM, Exchange
from liqtui.sim.feed import Feed
from liqtui.sim.rules import Rules
from liqtui.sim.wire import Wire
from liqtui.sim.wires import wires

_TICK: Final = 0.05
"""Seconds between two looks at what is due."""
_LONGEST: Final = 1 << 20
"""Bytes of a client's frame."""


class Servers:
    """See the module.

    Args:
        feed: what drives them.
        hosts: per venue, role to the base URL that clients know it by; others are not served.
        clock: of the market.
        prints: what they print, where that is not what `liqtui.sim.wires` has.
        rules: per venue, other than the wire's own.
        haste: factor by which the rules' seconds are shorter.
        room: bytes that may wait for a client that does not read.
    """

    def __init__(
        self,
        feed: Feed,
        hosts: Mapping[str, Mapping[str, str]],
        clock: Clock,
        *,
        prints: Iterable[Wire] | None = None,
        rules: Mapping[str, Rules] | None = None,
        haste: float = 1.0,
        room: int = ROOM,
    ) -> None:
        books, own = list(feed.past()), rules or {}
        self.exchanges = {
            wire.venue: Exchange(
                wire, books, clock, rules=own.get(wire.venue), haste=haste, room=room
            )
            for wire in prints or wires()
            if wire.venue in hosts
        }
        self.port = 0
        """Once they run."""
        self._feed = feed
        self._hosts = hosts
        self._clock = clock
        self._numbers = count(1)
        self._driving: asyncio.Task[None] | None = None

    def local_hosts(self, venue: str) -> dict[str, str]:
        """Return role to local base URL of one venue, once the servers run."""
        return {
            role: f"{_scheme(base)}://127.0.0.1:{self.port}/{venue}/{role}"
            for role, base in self._hosts[venue].items()
        }

    def truth(self) -> list[bytes]:
        """Return where positions stand now, as lines of events."""
        return list(self._feed.truth(self._clock.now()))

    @asynccontextmanager
    async def running(self, port: int = 0) -> AsyncIterator["Servers"]:
        """Serve on a port of 127.0.0.1 until the block ends; 0 takes a free one.

        Raises:
            OSError: the port is taken.
        """
        app = web.Application()
        app.router.add_get("/{venue}/{role}{rest:.*}", self._serve)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
            self.port = runner.addresses[0][1]
            self._driving = asyncio.ensure_future(self._drive())
            try:
                yield self
            finally:
                await self._stop()
        finally:
            await runner.cleanup()

    async def ended(self) -> None:
        """Wait until the market ends, which it may never do; raise what it failed with."""
        assert self._driving is not None
        await asyncio.shield(self._driving)

    async def _stop(self) -> None:
        if self._driving is not None:
            self._driving.cancel()
            with suppress(asyncio.CancelledError):
                await self._driving
        for exchange in self.exchanges.values():
            for connection in exchange.connections:
                connection.cut()

    async def _drive(self) -> None:
        """Take each step when the one before it ends, and publish what is due."""
        for moment in self._feed.moments():
            for exchange in self.exchanges.values():
                exchange.take(moment)
            self.advance()
            await asyncio.sleep(0)  # a market that lags must not starve the sockets
            while self._clock.now() < moment.at:
                await asyncio.sleep(_TICK)
                self.advance()
        while any(exchange.busy for exchange in self.exchanges.values()):
            await asyncio.sleep(_TICK)
            self.advance()

    def advance(self) -> None:
        """Let every exchange publish what is due."""
        for exchange in self.exchanges.values():
            exchange.advance()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        exchange = self.exchanges.get(request.match_info["venue"])
        base = self._hosts.get(request.match_info["venue"], {}).get(request.match_info["role"])
        if exchange is None or base is None:
            return web.Response(status=404, text="no such venue or role here")
        if not await _reached(exchange, request):
            return web.Response()
        query = request.rel_url.raw_query_string
        url = base + request.match_info["rest"] + (f"?{query}" if query else "")
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._talk(exchange, request, url)
        await exchange.able(url)
        reply = exchange.ask(url, request.headers)
        headers = {**reply.headers, "Content-Type": reply.content}
        return web.Response(status=reply.status, body=reply.body, headers=headers)

    async def _talk(
        self, exchange: Exchange, request: web.Request, url: str
    ) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(autoping=False, compress=False, max_msg_size=_LONGEST)
        try:
            await socket.prepare(request)
        except ConnectionError:
            return socket  # the client went in the middle of its handshake
        if "storm" in exchange.faults:
            await socket.close(code=WSCloseCode.TRY_AGAIN_LATER, drain=False)
            return socket
        name = f"{exchange.venue}#{next(self._numbers)}"
        transport = request.transport
        assert transport is not None
        connection = Connection(name, socket, transport.abort, exchange.terms, exchange.hear)
        exchange.join(connection, url, request.headers)
        try:
            await connection.run()
        finally:
            exchange.leave(connection)
        return socket


async def _reached(exchange: Exchange, request: web.Request) -> bool:
    """Keep silent while an exchange does; tell whether it and its client are there then."""
    await exchange.speaking.wait()
    if "outage" in exchange.faults and request.transport is not None:
        request.transport.abort()
    return request.transport is not None and not request.transport.is_closing()


def _scheme(base: str) -> str:
    return "ws" if base.startswith("ws") else "http"
