"""The process's one HTTP client: calls bounded in time and size, verified and not redirected."""

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Final, Self

import aiohttp
from msgspec import Struct
from websockets.proxy import get_proxy
from websockets.uri import parse_uri
from yarl import URL

from liqtui.feeds.connection import AGENT
from liqtui.feeds.timing import Timing

BODY_CAP: Final = 16 << 20
"""Bytes of an answer after decompression."""
_CHUNK: Final = 1 << 16
_PER_HOST: Final = 8
"""Connections to one host at a time."""
_WORDS: Final = 2000
"""Bytes of the body of a refused POST."""
_WORDS_S: Final = 1.0
"""Seconds they may take."""


class BodyTooLargeError(ValueError):
    """An answer over the cap: a bomb, or not what was asked for."""


class Answer(Struct, frozen=True):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes


class Rest:
    """An HTTP session to be entered once, inside the loop that uses it."""

    def __init__(self, timing: Timing, cap: int = BODY_CAP) -> None:
        self._timing = timing
        self._cap = cap
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            headers={"User-Agent": AGENT},
            timeout=aiohttp.ClientTimeout(total=self._timing.call),
            connector=aiohttp.TCPConnector(limit_per_host=_PER_HOST),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def get(self, url: str, headers: Mapping[str, str]) -> Answer:
        """Return the answer to a GET, whatever its status.

        Args:
            url: with its query.
            headers: beyond the usual ones.

        Raises:
            BodyTooLargeError: the body passes the cap.
            OSError, ValueError, aiohttp.ClientError: no answer came.
        """
        assert self._session is not None, "not entered"
        async with self._session.get(
            URL(url), headers=headers, allow_redirects=False, proxy=_proxy(url)
        ) as response:
            names = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status, names, await self._body(response))

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Return the answer to a POST, whatever its status; of a failure's body the beginning.

        Of a success's body nothing is waited for: what was taken would be sent again if the rest
        of the answer were late, or large.

        Args:
            url: with its query.
            headers: beyond the usual ones.
            body: what is sent.

        Raises:
            OSError, ValueError, aiohttp.ClientError: no answer came.
        """
        assert self._session is not None, "not entered"
        async with self._session.post(
            URL(url), data=body, headers=headers, allow_redirects=False, proxy=_proxy(url)
        ) as response:
            names = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status, names, await _beginning(response))

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        # Read whole, aiohttp would unpack a megabyte of zip bomb into hundreds first.
        body = bytearray()
        async for chunk in response.content.iter_chunked(_CHUNK):
            body += chunk
            if len(body) > self._cap:
                raise BodyTooLargeError(f"answer over {self._cap >> 20} MiB")
        return bytes(body)


async def _beginning(response: aiohttp.ClientResponse) -> bytes:
    if response.ok:
        return b""
    try:
        async with asyncio.timeout(_WORDS_S):
            async for chunk in response.content.iter_chunked(_WORDS):
                return chunk
    except (TimeoutError, aiohttp.ClientError):
        pass  # the status has said enough
    return b""


def _proxy(url: str) -> str | None:
    # The rule of websockets for a socket to the same host; aiohttp's own reading of the
    # environment would also send along the credentials of ~/.netrc.
    return get_proxy(parse_uri("ws" + url.removeprefix("http")))
