import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TypeAlias

import pytest

from liqtui.feeds.truth import listen
from liqtui.model.truth import Truth
from tests.conditions import LIMIT

LINE = b'{"type":"truth","ts":%d,"base":"BTC","price":100.0,"long":[[95.0,7.0]],"short":[]}\n'
Teller: TypeAlias = Callable[[asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def telling(tell: Teller) -> AsyncIterator[tuple[int, list[bytes]]]:
    """Serve one socket that hears a line, and then tells what it is given to."""
    asked: list[bytes] = []
    over: list[asyncio.Event] = []

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        over.append(asyncio.Event())
        asked.append(await reader.readline())
        await tell(writer)
        with suppress(ConnectionError):  # the listener has heard enough
            await writer.drain()
            await reader.read()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        over[-1].set()

    server = await asyncio.start_server(meet, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], asked
        async with asyncio.timeout(LIMIT):
            await asyncio.gather(*(one.wait() for one in over))


async def heard(*told: bytes, end: bool = True) -> tuple[list[Truth | None], str]:
    """Return each truth that was taken, None where it was lost, and why it ended."""

    async def tell(writer: asyncio.StreamWriter) -> None:
        writer.writelines(told)
        if end:
            writer.write_eof()

    found: list[Truth | None] = []
    async with telling(tell) as (port, _), asyncio.timeout(LIMIT):
        reason = await listen(port, found.append, lambda: found.append(None))
    return found, reason


def ignore(_truth: Truth | None = None) -> None:
    """Take it, or lose it."""


async def test_every_truth_is_handed_on_until_the_end() -> None:
    found, reason = await heard(LINE % 1, LINE % 2)
    assert [truth and truth.ts for truth in found] == [1, 2, None]
    assert found[0] is not None
    assert found[0].long == [(95.0, 7.0)]
    assert reason == "the simulation ended"


async def test_it_is_asked_for() -> None:
    async def tell(writer: asyncio.StreamWriter) -> None:
        writer.write_eof()

    async with telling(tell) as (port, asked), asyncio.timeout(LIMIT):
        await listen(port, ignore, ignore)
    assert asked == [b"truth 1\n"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"type":"error","reason":"no"}\n', "Invalid value"),
        (b"HTTP/1.1 400 Bad Request\r\n", "malformed"),
        (b"{" * 3_000_000, "more than 1048576 bytes"),
    ],
)
async def test_what_is_no_truth_ends_it(line: bytes, reason: str) -> None:
    found, told = await heard(LINE % 1, line, LINE % 2, end=False)
    assert [truth and truth.ts for truth in found] == [1, None]
    assert reason in told


async def test_silence_loses_the_truth_until_it_is_told_again() -> None:
    heard: list[int] = []
    lost = asyncio.Event()

    async def tell(writer: asyncio.StreamWriter) -> None:
        writer.write(LINE % 1)
        await lost.wait()
        writer.write(LINE % 2)
        writer.write_eof()

    def lose() -> None:
        heard.append(0)
        lost.set()

    async with telling(tell) as (port, _), asyncio.timeout(LIMIT):
        await listen(port, lambda truth: heard.append(truth.ts), lose, patience=0.05)
    assert (heard[0], heard[-2:]) == (1, [2, 0])
    assert set(heard[1:-2]) == {0}


async def test_nobody_there_is_said() -> None:
    server = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    assert "Connect call failed" in await listen(port, ignore, ignore)
