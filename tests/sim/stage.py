"""Exchanges on loopback with a market that the test plays by hand."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from liqtui.clock import ManualClock
from liqtui.model.market import Side
from liqtui.sim.exchange import Exchange
from liqtui.sim.feed import Moment
from liqtui.sim.printing import MS
from liqtui.sim.servers import Servers
from liqtui.sim.wire import Book, Contract, Liquidated, Ticker, Traded
from liqtui.sim.wires import wires
from tests.conditions import LIMIT
from tests.sim import made

HOSTS = {
    "binance": {
        "ws-usdm": "wss://fstream.binance.com",
        "ws-coinm": "wss://dstream.binance.com",
        "rest-usdm": "https://fapi.binance.com",
        "rest-coinm": "https://dapi.binance.com",
    },
    "bybit": {"ws": "wss://stream.bybit.com", "rest": "https://api.bybit.com"},
    "gate": {"ws": "wss://fx-ws.gateio.ws", "rest": "https://api.gateio.ws"},
    "okx": {"ws": "wss://ws.okx.com", "rest": "https://www.okx.com"},
}
PATHS = {
    "binance": ("ws-usdm", "/market/ws"),
    "bybit": ("ws", "/v5/public/linear"),
    "gate": ("ws", "/v4/ws/usdt"),
    "okx": ("ws", "/ws/v5/public"),
}
"""Where each venue's linear contracts are told of."""
LEADERS = {"binance": "BTCUSDT", "bybit": "BTCUSDT", "gate": "BTC_USDT", "okx": "BTC-USDT-SWAP"}
SUBSCRIBE = {
    "binance": '{"method":"SUBSCRIBE","params":["!forceOrder@arr","btcusdt@aggTrade"],"id":1}',
    "bybit": '{"op":"subscribe","args":["allLiquidation.BTCUSDT","publicTrade.BTCUSDT"]}',
    "gate": '{"channel":"futures.public_liquidates","event":"subscribe","payload":["!all"]}',
    "okx": '{"op":"subscribe","args":[{"channel":"liquidation-orders","instType":"SWAP"}]}',
}
"""What subscribes to liquidations there."""


class Still:
    """A market in which nothing happens by itself."""

    def __init__(self, steps: Sequence[Moment] = ()) -> None:
        self.steps = steps

    def past(self) -> Iterable[Book]:
        return [book for wire in wires() for book in made.books(wire).values()]

    def moments(self) -> Iterator[Moment]:
        yield from self.steps

    def truth(self, at: int) -> Iterable[bytes]:
        return [b'{"type":"truth","ts":%d}' % (at // MS)]


class Talk:
    """A client's socket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.code: int | None = None

    async def say(self, frame: str) -> None:
        await self.socket.send_str(frame)

    async def hear(self) -> Any:
        """Return the next frame: JSON as objects, else its text or bytes."""
        message = await self.socket.receive(timeout=LIMIT)
        if message.type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED}:
            raise EOFError(message.data)
        assert message.type in {aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY}, message
        try:
            return json.loads(message.data)
        except ValueError:
            return message.data

    async def heard(self, count: int) -> list[Any]:
        return [await self.hear() for _ in range(count)]

    async def end(self) -> int | None:
        """Wait until the server ends the connection; return its code."""
        async with asyncio.timeout(LIMIT):
            while not self.socket.closed:
                await self.socket.receive()
        return self.socket.close_code


class Stage:
    """Running servers, a clock that stands, and a client."""

    def __init__(self, servers: Servers, clock: ManualClock, client: aiohttp.ClientSession) -> None:
        self.servers = servers
        self.clock = clock
        self.client = client

    def __getitem__(self, venue: str) -> Exchange:
        return self.servers.exchanges[venue]

    def play(self, *happened: Liquidated | Traded | Ticker, seconds: float = 0.1) -> None:
        """Let things happen, and time pass."""
        own: list[Liquidated | Traded] = [e for e in happened if not isinstance(e, Ticker)]
        tickers = [one for one in happened if isinstance(one, Ticker)]
        for exchange in self.servers.exchanges.values():
            exchange.take(Moment(self.clock.now(), own, tickers))
        self.clock.advance(seconds)
        self.servers.advance()

    def url(self, venue: str, role: str, path: str) -> str:
        return self.servers.local_hosts(venue)[role] + path

    @asynccontextmanager
    async def talk(self, venue: str, path: str = "", **how: Any) -> AsyncIterator[Talk]:
        """Connect; without a path where the linear contracts are."""
        role, usual = PATHS[venue]
        role = how.pop("role", role)
        async with self.client.ws_connect(self.url(venue, role, path or usual), **how) as socket:
            yield Talk(socket)

    @asynccontextmanager
    async def reading(self, venue: str, **how: Any) -> AsyncIterator[Talk]:
        """Connect, subscribe to liquidations, and take the answer."""
        async with self.talk(venue, **how) as talk:
            await talk.say(SUBSCRIBE[venue])
            await talk.hear()
            yield talk

    async def get(
        self, venue: str, path: str, role: str = "", headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any, Mapping[str, str]]:
        """Return status, body and headers of a GET."""
        rest = role or next(name for name in HOSTS[venue] if name.startswith("rest"))
        async with self.client.get(self.url(venue, rest, path), headers=headers) as reply:
            text = await reply.text()
            body = json.loads(text) if reply.content_type == "application/json" else text
            return reply.status, body, reply.headers


@asynccontextmanager
async def stage(**how: Any) -> AsyncIterator[Stage]:
    """Serve until the block ends; ``how`` goes to `Servers`."""
    clock = how.pop("clock", ManualClock(made.AT))
    servers = Servers(how.pop("feed", Still()), HOSTS, clock, **how)
    async with servers.running(), aiohttp.ClientSession() as client:
        yield Stage(servers, clock, client)


def contract(venue: str, symbol: str = "") -> Contract:
    """Return a contract by symbol, or the venue's BTC in USDT."""
    wire = next(one for one in wires() if one.venue == venue)
    return made.contract(wire, symbol or LEADERS[venue])


def dead(venue: str, count: int = 1, **how: Any) -> list[Liquidated]:
    """Liquidate positions of the venue's BTC, a millisecond and a thousandth of a coin apart."""
    of = how.pop("of", contract(venue))
    side = how.pop("side", Side.LONG)
    return [
        made.liquidated(of, side, 0.1 + n / 1000, made.AT + n * MS, **how) for n in range(count)
    ]
