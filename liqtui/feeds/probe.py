"""Does a host answer, and if not, why: one look, for a diagnosis."""

import asyncio
import os
from collections.abc import Iterable
from email.utils import parsedate_to_datetime
from typing import Final

import aiohttp
from msgspec import Struct

from liqtui.clock import Clock
from liqtui.model.text import plain

_REFUSALS: Final = {403: "refused", 418: "banned", 429: "too many calls", 451: "blocked here"}
_UPGRADE: Final = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "bGlxdHVpIGtub2NrcyE9PQ==",
}


class Answer(Struct, frozen=True):
    """What came of asking one URL."""

    url: str
    reached: bool
    told: str
    """The status and how long it took, or the reason there is none."""
    skew_s: float | None = None
    """Seconds the host's clock is ahead of ours, good to about one; None: it did not tell."""


async def probe(urls: Iterable[str], clock: Clock, timeout_s: float = 5.0) -> list[Answer]:
    """Ask every URL once, all at the same time; bodies are not read.

    Args:
        urls: of REST hosts (``http``) and of sockets (``ws``).
        clock: what the hosts' clocks are compared with.
        timeout_s: after which a host counts as silent.
    """
    limit = aiohttp.ClientTimeout(total=timeout_s)
    async with aiohttp.ClientSession(timeout=limit) as session:
        return await asyncio.gather(*(_ask(session, url, clock, timeout_s) for url in urls))


async def _ask(session: aiohttp.ClientSession, url: str, clock: Clock, timeout_s: float) -> Answer:
    started = clock.monotonic()
    try:
        async with asyncio.timeout(timeout_s):
            status, date = await _status(session, url)
    except TimeoutError:
        return Answer(url, False, f"no answer within {timeout_s:g} s")
    except (aiohttp.ClientError, OSError) as error:
        return Answer(url, False, _reason(error))
    took = clock.monotonic() - started
    told = f"HTTP {status} after {took * 1000:.0f} ms"
    if status in _REFUSALS or status >= 500:
        return Answer(url, False, f"{_REFUSALS.get(status, 'out of order')}: {told}")
    return Answer(url, True, told, _skew(date, clock.now() / 1e9 - took / 2))


async def _status(session: aiohttp.ClientSession, url: str) -> tuple[int, str]:
    """Return the status and the date the host gives."""
    headers = _UPGRADE if url.startswith("ws") else {}
    async with session.get(url, headers=headers, allow_redirects=False) as response:
        return response.status, response.headers.get("Date", "")


def _reason(error: Exception) -> str:
    match error:
        case aiohttp.ClientConnectorDNSError():
            return "its name is not found (DNS)"
        case aiohttp.ClientConnectorCertificateError():
            return f"TLS: {plain(str(error.certificate_error))}"
        case aiohttp.ClientConnectorError():
            code = error.os_error.errno
            return os.strerror(code) if code else plain(str(error.os_error))
        case _:
            return plain(f"{type(error).__name__}: {error}")


def _skew(date: str, ours: float) -> float | None:
    try:
        theirs = parsedate_to_datetime(date).timestamp()
    except ValueError:
        return None
    return theirs + 0.5 - ours  # the header cuts the fraction off
