"""An HTTP server for webhooks, well-behaved or not, and alerts to send it."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import NamedTuple, TypeAlias

from liqtui.model.alert import Alert, AlertKind
from liqtui.model.market import Side
from tests.feeds.servers import wire
from tests.making import START, at

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwbGxhcGVubw=="
Reply: TypeAlias = Callable[[asyncio.StreamWriter], Awaitable[None]]


class Got(NamedTuple):
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """Takes requests, and answers each by the next reply of its script, then always well."""

    def __init__(self, script: Iterable[Reply]) -> None:
        self.url = ""
        self.got: list[Got] = []
        self.script = deque(script)

    @property
    def ids(self) -> list[str]:
        """Of every request of ours, in order."""
        return [got.headers["webhook-id"] for got in self.got]

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.strip().split("\r\n")
        headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers["content-length"]))
        self.got.append(Got(first.split()[1], headers, body))
        reply = self.script.popleft() if self.script else status(200)
        await reply(writer)


@asynccontextmanager
async def receiver(*script: Reply) -> AsyncIterator[Receiver]:
    """Serve on loopback."""
    here = Receiver(script)
    async with wire(here.talk) as address:
        here.url = f"http://{address.replace('localhost', '127.0.0.1')}/hook"
        yield here


def status(code: int, body: bytes = b"", **headers: str) -> Reply:
    """Answer with a status and close."""

    async def reply(writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {code} X", f"Content-Length: {len(body)}", "Connection: close"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        await writer.drain()

    return reply


async def hang(_writer: asyncio.StreamWriter) -> None:
    """Never answer."""
    await asyncio.Event().wait()


async def reset(writer: asyncio.StreamWriter) -> None:
    """Cut the connection."""
    writer.transport.abort()


async def drip(writer: asyncio.StreamWriter) -> None:
    """Send the head of an answer a byte at a time, for ever."""
    for letter in b"HTTP/1.1 200 OK\r\nX-Long: ":
        writer.write(bytes([letter]))
        await writer.drain()
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.01)


def endless(code: int) -> Reply:
    """Answer with a status and a body without an end."""

    async def reply(writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 {code} X\r\nContent-Length: 99999999999\r\n\r\n".encode())
        while True:
            writer.write(b"x" * 65_536)
            await writer.drain()

    return reply


def dripping(code: int) -> Reply:
    """Answer with a status, and let the body come a byte at a time."""

    async def reply(writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 {code} X\r\nContent-Length: 9999\r\n\r\n".encode())
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.01)

    return reply


def alert(number: int = 1, text: str = "Burst: ≥$2.0M of longs liquidated in 5 min") -> Alert:
    """An alert like no other number's."""
    return Alert(
        number=number, at=at(number), kind=AlertKind.BURST, text=text, base="BTC",
        about="BTC-long-burst", side=Side.LONG, price=61_480.0, usd=2e6,
    )  # fmt: skip


__all__ = ["SECRET", "START", "Receiver", "alert", "receiver", "status"]
