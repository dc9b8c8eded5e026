"""A recorded journal served over loopback, to clients that take it for the exchanges.

Every recorded connection is served once, frame by frame at the recorded distances, to a client
that opens the same URL; of several with one URL, to the one whose first words are most alike.
REST answers are those recorded for the same URL, or for the same but for times and page sizes.
"""

import asyncio
import contextlib
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from urllib.parse import parse_qsl, urlsplit

from aiohttp import WSCloseCode, WSMsgType, web

from liqtui.protocol.raw import Raw

_FIRST_WORDS = 1.0
"""Seconds a client has to say which of several connections it is."""
_HOP = {"content-length", "content-encoding", "transfer-encoding", "connection"}
_PAGING = {"limit", "size", "cursor", "page", "offset"}
_TIME_DIGITS = 10


class Recording:
    """One recorded connection: what we said first and what came, in order."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.said: list[bytes] = []
        self.frames: list[Raw] = []
        self.closed = False

    def take(self, raw: Raw) -> None:
        """Add one raw line of this connection."""
        match raw.direction:
            case "in":
                self.frames.append(raw)
            case "out":
                self.said.append(raw.body)
            case "close":
                self.closed = True

    def likeness(self, said: frozenset[str]) -> float:
        """Return how much of what was said then is said now, 0 to 1."""
        own = words(b" ".join(self.said))
        return len(own & said) / max(len(own | said), 1)

    def serves(self, url: str, said: frozenset[str]) -> bool:
        """Tell whether a client that says this at ``url`` may get it.

        Another path of the same host will do for one with words in common: a venue has several
        paths for the same messages.
        """
        if self.url == url:
            return True
        return urlsplit(self.url).netloc == urlsplit(url).netloc and self.likeness(said) > 0


def words(frame: bytes) -> frozenset[str]:
    """Return the names a frame holds: topics, symbols, operations."""
    return frozenset(re.findall(r"[^\W\d][\w@.!-]+", frame.decode(errors="replace")))


class Replayed:
    """A journal sorted by what a client can ask for.

    Args:
        lines: in recorded order.
    """

    def __init__(self, lines: Iterable[Raw]) -> None:
        self.sockets: dict[str, list[Recording]] = defaultdict(list)
        self.answers: dict[str, list[Raw]] = defaultdict(list)
        self.start = 0
        """The first recorded time, UTC ns."""
        self.venues: set[str] = set()
        recordings: dict[tuple[str, str, str], Recording] = {}
        for raw in lines:
            self.start = self.start or raw.seen
            self.venues.add(raw.venue)
            if raw.url.startswith("http"):
                self._answer(raw)
                continue
            key = (raw.venue, raw.conn, raw.url)
            if key not in recordings or raw.direction == "open":
                recordings[key] = Recording(raw.url)
                self.sockets[raw.url].append(recordings[key])
            recordings[key].take(raw)

    def _answer(self, raw: Raw) -> None:
        if raw.direction == "in":
            self.answers[raw.url].append(raw)

    def answer(self, url: str) -> Raw | None:
        """Return the next recorded answer for a URL, or for the most alike; the last one stays."""
        held = self.answers.get(self.question(url))
        if not held:
            return None
        return held.pop(0) if len(held) > 1 else held[0]

    def question(self, url: str) -> str:
        """Return the recorded URL that asks for the same, empty where none does."""
        if url in self.answers:
            return url
        near = {asked: _agreement(asked, url) for asked in self.answers}
        best = max(near, key=near.__getitem__, default="")
        return best if near.get(best, -1) >= 0 else ""

    def recordings(self) -> list[Recording]:
        """Return the connections that nobody has opened yet."""
        return [one for recordings in self.sockets.values() for one in recordings]

    def recording(self, url: str, said: frozenset[str]) -> Recording | None:
        """Return and take out the connection that is most alike, first of those of this URL."""
        held = [one for one in self.recordings() if one.serves(url, said)]
        if not held:
            return None
        best = max(held, key=lambda one: (one.url == url, one.likeness(said)))
        self.sockets[best.url].remove(best)
        return best


def _agreement(recorded: str, asked: str) -> int:
    """Return how many parameters two URLs share, -1 where they ask for different things."""
    one, other = urlsplit(recorded), urlsplit(asked)
    if (one.netloc, one.path) != (other.netloc, other.path):
        return -1
    ours, theirs = _meaning(one.query), _meaning(other.query)
    shared = ours.keys() & theirs.keys()
    return len(shared) if all(ours[name] == theirs[name] for name in shared) else -1


def _meaning(query: str) -> dict[str, str]:
    """Return the parameters without times and page sizes."""
    pairs = parse_qsl(query, keep_blank_values=True)
    return {
        name: value
        for name, value in pairs
        if name not in _PAGING and not (value.isdigit() and len(value) >= _TIME_DIGITS)
    }


class JournalServer:
    """Serves a `Replayed` journal.

    Args:
        journal: is used up.
        hosts: per venue, role to the base URL its recorded URLs start with.
        until: the real seconds until a recorded time (UTC ns); negative when it has passed.
    """

    def __init__(
        self,
        journal: Replayed,
        hosts: Mapping[str, Mapping[str, str]],
        until: Callable[[int], float],
    ) -> None:
        self._journal = journal
        self._hosts = hosts
        self._until = until
        self._port = 0
        self.sent = 0
        """Frames sent so far."""

    def original(self, url: str) -> str:
        """Return a local URL as it was recorded."""
        for venue, roles in self._hosts.items():
            for role, local in self.local_hosts(venue).items():
                if url.startswith(local):
                    return roles[role] + url.removeprefix(local)
        return url

    def local_hosts(self, venue: str) -> dict[str, str]:
        """Return role to local base URL of one venue, once the server runs."""
        return {
            role: f"{_scheme(base)}://127.0.0.1:{self._port}/{venue}/{role}"
            for role, base in self._hosts[venue].items()
        }

    @asynccontextmanager
    async def running(self) -> AsyncIterator["JournalServer"]:
        """Serve on a free port of 127.0.0.1 until the block ends."""
        app = web.Application(client_max_size=1 << 20)
        app.router.add_route("*", "/{venue}/{role}{rest:.*}", self._serve)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            self._port = runner.addresses[0][1]
            yield self
        finally:
            await runner.cleanup()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        base = self._hosts.get(request.match_info["venue"], {}).get(request.match_info["role"])
        if base is None:
            return web.Response(status=404, text="no such venue or role in this journal")
        query = f"?{request.query_string}" if request.query_string else ""
        url = base + request.match_info["rest"] + query
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._play(request, url)
        raw = self._journal.answer(url)
        if raw is None:
            return web.Response(status=404, text="not in this journal")
        headers = {k: v for k, v in (raw.headers or {}).items() if k.lower() not in _HOP}
        return web.Response(status=raw.status or 200, body=raw.body, headers=headers)

    async def _play(self, request: web.Request, url: str) -> web.StreamResponse:
        socket = web.WebSocketResponse(autoping=True)
        await socket.prepare(request)
        said = await self._first_words(socket, url)
        recording = self._journal.recording(url, said)
        listening = asyncio.ensure_future(_drain(socket))
        try:
            if recording is not None:
                await self._frames(socket, recording)
            if recording is None or not recording.closed:
                await listening  # an exchange with nothing to say keeps its sockets open
            await socket.close(code=WSCloseCode.GOING_AWAY)
        except ConnectionError:
            pass  # the client has gone: so has this connection
        finally:
            listening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await listening
        return socket

    async def _first_words(self, socket: web.WebSocketResponse, url: str) -> frozenset[str]:
        if len(self._journal.sockets.get(url, ())) == 1:
            return frozenset()
        try:
            message = await socket.receive(timeout=_FIRST_WORDS)
        except TimeoutError:
            return frozenset()
        return words(str(message.data).encode())

    async def _frames(self, socket: web.WebSocketResponse, recording: Recording) -> None:
        for raw in recording.frames:
            await asyncio.sleep(max(self._until(raw.seen), 0.0))
            if socket.closed:
                return
            await _send(socket, raw.body)
            self.sent += 1


async def _send(socket: web.WebSocketResponse, body: bytes) -> None:
    try:
        await socket.send_str(body.decode())
    except UnicodeDecodeError:
        await socket.send_bytes(body)


async def _drain(socket: web.WebSocketResponse) -> None:
    """Read what the client says until it goes; its pings are answered on the way."""
    while (await socket.receive()).type not in {
        WSMsgType.CLOSE,
        WSMsgType.CLOSED,
        WSMsgType.CLOSING,
        WSMsgType.ERROR,
    }:
        pass


def _scheme(base: str) -> str:
    return "ws" if base.startswith("ws") else "http"
