"""Why there is no data: answers and errors of the network as a state, words and a wait.

Sources: docs/ecosystem.md 3.2, 3.3; docs/venues-core.md 6.3 (geoblocks) and 8 (HTTP classes).
"""

import os
import re
import socket
import ssl
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

import aiohttp
from msgspec import Struct, structs
from websockets.exceptions import (
    ConnectionClosed,
    InvalidMessage,
    InvalidProxy,
    InvalidStatus,
    WebSocketException,
)

from liqtui.feeds.timing import Timing
from liqtui.model.market import FeedState
from liqtui.model.text import plain

ERRORS: Final = (
    OSError,
    EOFError,
    ValueError,  # a name that cannot be looked up, an address that is none
    ImportError,  # a proxy of a kind that needs a package that is not installed
    WebSocketException,
    aiohttp.ClientError,
)
"""What the network and its addresses can raise; anything else is a fault of ours."""

_DAY: Final = 86_400.0
_LONGEST: Final = 3 * _DAY
"""Of the bans venues document."""
_TITLE: Final = re.compile(r"<title[^>]*>([^<]{1,120})", re.IGNORECASE)


class Setback(Struct, frozen=True):
    """Why a connection or a call gives nothing more, and how long to leave the venue alone."""

    state: FeedState
    reason: str
    wait: float = 0.0
    """Seconds, at least; the back-off comes on top where it is longer."""
    ordered: bool = False
    """The venue sent this address away for that long: an `Embargo` on all that would call it."""


class Embargo:
    """What a venue sent this address away for, and until when: nobody asks it in the meantime."""

    def __init__(self) -> None:
        self._until = float("-inf")
        self._setback: Setback | None = None

    def impose(self, setback: Setback, now: float) -> None:
        """Take note of an ordered setback; others pass.

        Args:
            setback: what a connection or call came to.
            now: monotonic seconds.
        """
        if setback.ordered and now + setback.wait > self._until:
            self._until, self._setback = now + setback.wait, setback

    def standing(self, now: float) -> Setback | None:
        """Return the setback that still stands, with what is left of its wait."""
        if self._setback is None or now >= self._until:
            return None
        return structs.replace(self._setback, wait=self._until - now)


class Refused(Exception):  # noqa: N818 - the venue did, nobody erred
    """A call without data."""

    def __init__(self, setback: Setback) -> None:
        super().__init__(setback.reason)
        self.setback = setback


def of_status(
    status: int, headers: Mapping[str, str], body: bytes, now: int, timing: Timing
) -> Setback:
    """Return what an HTTP status other than success means.

    Args:
        status: of a handshake or a REST call.
        headers: by lower-case name.
        body: as far as it was read.
        now: UTC ns, for a Retry-After that is a date.
        timing: the waits.
    """
    words = _words(body)
    reason = f"HTTP {status}{': ' if words else ''}{words}"
    after = retry_after(headers.get("retry-after"), now)
    blocked = FeedState.BLOCKED
    if status == 429:
        return Setback(blocked, reason, timing.throttled if after is None else after, ordered=True)
    if status == 418:
        return Setback(blocked, reason, max(timing.banned, after or 0.0), ordered=True)
    if status == 403 and b"too frequent" in body.lower():
        return Setback(blocked, reason, max(timing.frequent, after or 0.0), ordered=True)
    if status in {403, 451}:
        kind = "not served to this address: " if status == 451 or _is_page(body) else ""
        return Setback(blocked, kind + reason, max(timing.blocked, after or 0.0))
    if 300 <= status < 400:
        target = plain(headers.get("location", "nowhere"), 100)
        return Setback(FeedState.DOWN, f"HTTP {status}: redirect to {target} not followed")
    return Setback(FeedState.DOWN, reason, after or 0.0)


def of_error(error: BaseException, now: int, timing: Timing) -> Setback:
    """Return what an exception out of `ERRORS` means."""
    if isinstance(error, InvalidStatus):
        response = error.response
        headers = {name.lower(): value for name, value in response.headers.raw_items()}
        return of_status(response.status_code, headers, bytes(response.body), now, timing)
    if (untrusted := _certificate(error)) is not None:
        words = getattr(untrusted, "verify_message", "") or str(untrusted)
        reason = f"TLS certificate not trusted: {plain(words)}"
        return Setback(FeedState.BLOCKED, reason, timing.untrusted)
    if isinstance(error, InvalidProxy | ImportError):
        return Setback(FeedState.BLOCKED, f"proxy: {plain(str(error))}", timing.untrusted)
    return Setback(FeedState.DOWN, _failure(error))


def retry_after(value: str | None, now: int) -> float | None:
    """Return the seconds a Retry-After header asks for, at most three days.

    Args:
        value: seconds or an HTTP date.
        now: UTC ns.
    """
    if value is None:
        return None
    if value.isascii() and value.isdigit():
        return min(float(value[:10]), _LONGEST)
    try:
        date = parsedate_to_datetime(value)
        ahead = date.replace(tzinfo=date.tzinfo or UTC).timestamp() - now / 1e9
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(ahead, 0.0), _LONGEST)


def _failure(error: BaseException) -> str:
    if isinstance(error, ConnectionClosed):
        return _closing(error)
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, InvalidMessage | aiohttp.ServerDisconnectedError):
        return "no HTTP answer"
    if isinstance(error, socket.gaierror | aiohttp.ClientConnectorDNSError):
        return f"name not resolved: {plain(str(error), 120)}"
    if isinstance(error, OSError) and error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    return plain(f"{type(error).__name__}: {error}")


def _closing(error: ConnectionClosed) -> str:
    if error.rcvd is not None and error.rcvd_then_sent is not False:
        return plain(f"closed by the venue: {error.rcvd.code} {error.rcvd.reason}".rstrip())
    if error.sent is not None:
        return plain(f"closed by us: {error.sent.code} {error.sent.reason}".rstrip())
    return "connection lost"


def _certificate(error: BaseException) -> ssl.SSLCertVerificationError | None:
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        error = error.certificate_error
    return error if isinstance(error, ssl.SSLCertVerificationError) else None


def _is_page(body: bytes) -> bool:
    return body.lstrip()[:1] == b"<"


def _words(body: bytes) -> str:
    text = body[:2000].decode(errors="replace").strip()
    if _is_page(body):
        title = _TITLE.search(text)
        return plain(title[1].strip()) if title else "a web page"
    return plain(" ".join(text.split()))
