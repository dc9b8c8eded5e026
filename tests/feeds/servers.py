"""Real servers on loopback, most of them hostile."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TypeAlias

import trustme
from aiohttp import web
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

Handler: TypeAlias = Callable[[ServerConnection, int], Awaitable[None]]
"""Speaks on one connection, given its number from 1."""
Wire: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Page: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]

LOCAL = "127.0.0.1"
AT_ONCE = 0.05
"""Seconds between two frames of a server that keeps talking."""


class Exchange:
    """A WebSocket server that remembers who came and what was said."""

    def __init__(self, handler: Handler) -> None:
        self.url = ""
        self.opened: list[float] = []
        """When each connection was accepted; loop time."""
        self.open = 0
        self.asked: list[str] = []
        """What clients said, before ``handler`` got to it or after."""
        self.paths: list[str] = []
        self.headers: list[Headers] = []
        self._handler = handler

    async def handle(self, socket: ServerConnection) -> None:
        self.opened.append(asyncio.get_running_loop().time())
        self.open += 1
        number = len(self.opened)
        assert socket.request is not None
        self.paths.append(socket.request.path)
        self.headers.append(socket.request.headers)
        listening = asyncio.create_task(self._listen(socket))
        try:
            await self._handler(socket, number)
        except ConnectionClosed:
            pass
        finally:
            self.open -= 1
            listening.cancel()

    async def _listen(self, socket: ServerConnection) -> None:
        try:
            async for message in socket:
                self.asked.append(message if isinstance(message, str) else message.decode())
        except ConnectionClosed:
            pass


def _port(server: Server | asyncio.Server) -> int:
    return int(next(iter(server.sockets)).getsockname()[1])


@asynccontextmanager
async def exchange(handler: Handler, tls: ssl.SSLContext | None = None) -> AsyncIterator[Exchange]:
    """A WebSocket server that does what the handler does; it ends when that returns."""
    here = Exchange(handler)
    async with serve(here.handle, LOCAL, 0, ssl=tls, close_timeout=0.2) as server:
        here.url = f"{'wss' if tls else 'ws'}://localhost:{_port(server)}"
        yield here


@asynccontextmanager
async def refusing(
    status: int, body: bytes = b"", **headers: str
) -> AsyncIterator[tuple[str, list[float]]]:
    """A server that answers every handshake with an HTTP status."""
    tries: list[float] = []

    def refuse(_socket: ServerConnection, _request: Request) -> Response:
        tries.append(asyncio.get_running_loop().time())
        fields = Headers({name.replace("_", "-"): value for name, value in headers.items()})
        fields["Content-Length"] = str(len(body))
        fields["Connection"] = "close"
        return Response(status, HTTPStatus(status).phrase, fields, body)

    async def never(_socket: ServerConnection) -> None:
        raise AssertionError("no connection is accepted")

    async with serve(never, LOCAL, 0, process_request=refuse) as server:
        yield f"ws://{LOCAL}:{_port(server)}", tries


@asynccontextmanager
async def wire(talk: Wire) -> AsyncIterator[str]:
    """A bare TCP server, for what no library would send; yields its host and port."""
    busy: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        busy.add(task)
        try:
            await talk(reader, writer)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            busy.discard(task)
            writer.close()

    server = await asyncio.start_server(accept, LOCAL, 0)
    try:
        yield f"{LOCAL}:{_port(server)}"
    finally:
        server.close()
        for task in list(busy):
            task.cancel()
        await asyncio.gather(*busy, return_exceptions=True)


@asynccontextmanager
async def pages(
    routes: Mapping[str, Page] | None = None, tls: ssl.SSLContext | None = None, **more: Page
) -> AsyncIterator[tuple[str, list[str]]]:
    """An HTTP server with one page a name; yields its base URL and what was asked."""
    asked: list[str] = []

    @web.middleware
    async def remember(request: web.Request, handler: Page) -> web.StreamResponse:
        asked.append(request.path_qs)
        return await handler(request)

    app = web.Application(middlewares=[remember])
    for name, answer in {**(routes or {}), **more}.items():
        app.router.add_get(f"/{name}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, LOCAL, 0, ssl_context=tls)
        await site.start()
        port = runner.addresses[0][1]
        yield f"{'https' if tls else 'http'}://localhost:{port}", asked
    finally:
        await runner.cleanup()


def page(text: str | bytes, status: int = 200, **headers: str) -> Page:
    """A page that is always the same."""
    body = text.encode() if isinstance(text, str) else text
    fields = {name.replace("_", "-"): value for name, value in headers.items()}

    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(body=body, status=status, headers=fields)

    return answer


def certified(authority: trustme.CA) -> ssl.SSLContext:
    """A server's TLS with a certificate for ``localhost`` by this authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return context


def saying(*frames: str, then: Handler | None = None) -> Handler:
    """Speak some frames, then go on with another handler, or keep silent without closing."""

    async def handler(socket: ServerConnection, number: int) -> None:
        for text in frames:
            await socket.send(text)
        await (then or silence)(socket, number)

    return handler


async def silence(socket: ServerConnection, _number: int) -> None:
    """Say nothing more; the library under it goes on answering pings."""
    await socket.wait_closed()


def ticking(text: Callable[[], str], every: float = AT_ONCE) -> Handler:
    """Repeat a frame until the client goes."""

    async def handler(socket: ServerConnection, _number: int) -> None:
        while True:
            await socket.send(text())
            await asyncio.sleep(every)

    return handler


def in_turn(*handlers: Handler) -> Handler:
    """Give each connection its own handler; the last one also serves all that follow."""

    async def handler(socket: ServerConnection, number: int) -> None:
        await handlers[min(number, len(handlers)) - 1](socket, number)

    return handler


async def slam(socket: ServerConnection, _number: int) -> None:
    """Close what was just accepted."""
    await socket.close(1008, "go away")
