import asyncio
import os
import socket
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from liqtui.feeds import frames, hello
from liqtui.feeds.bus import Outbox, bound
from liqtui.feeds.frames import Ask, Incoming
from liqtui.feeds.hello import BusError, Refused, Welcome
from liqtui.model import wire
from liqtui.model.alert import Alert, AlertKind
from liqtui.model.snapshot import Snapshot
from liqtui.model.view import Reconnect, View
from tests.conditions import LIMIT, becomes
from tests.feeds.desk import Desk
from tests.making import START, liquidation, mark


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "collector.sock"


class Client:
    """One end of a connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.incoming = Incoming()

    async def line(self) -> bytes:
        async with asyncio.timeout(LIMIT):
            return await self.reader.readline()

    def ask(self, ask: Ask) -> None:
        self.writer.write(frames.framed(frames.asking(ask)))

    async def snapshot(self) -> Snapshot:
        async with asyncio.timeout(LIMIT):
            return self.incoming.snapshot(await frames.read(self.reader, frames.LONGEST))


@asynccontextmanager
async def client(path: Path, first: bytes) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_unix_connection(path, limit=1 << 20)
    writer.write(first)
    try:
        yield Client(reader, writer)
    finally:
        writer.transport.abort()


async def test_events_are_the_public_wire_after_what_is_known(path: Path) -> None:
    known = [mark(0, 100.0)]
    async with Desk(known).open(path) as desk:
        async with client(path, b'{"service":"events","protocol":1}\n') as reader:
            assert msgspec.json.decode(await reader.line(), type=Welcome).version == "1.2.3"
            assert await reader.line() == wire.line(known[0]) + b"\n"
            desk.bus.event(liquidation(1, 99.0))
            assert await reader.line() == wire.line(liquidation(1, 99.0)) + b"\n"
            alert = Alert(at=START, kind=AlertKind.BURST, text="Burst")
            desk.bus.alert(alert)
            assert await reader.line() == wire.alert_line(alert) + b"\n"

        def gone() -> bool:
            desk.bus.event(mark(2, 1.0))
            return desk.bus.readers == 0

        await becomes(gone)


async def test_a_reader_that_says_no_more_is_still_told(path: Path) -> None:
    async with Desk().open(path) as desk, client(path, hello.hello("events")) as reader:
        reader.writer.write_eof()
        await reader.line()
        await becomes(lambda: desk.bus.readers)
        desk.bus.event(mark(1, 99.0))
        assert await reader.line() == wire.line(mark(1, 99.0)) + b"\n"


async def test_who_does_not_read_loses_the_oldest_and_nobody_else_does(path: Path) -> None:
    total = 20_000
    async with (
        Desk(waiting=100_000).open(path) as desk,
        client(path, hello.hello("events")) as asleep,
        client(path, hello.hello("events")) as awake,
    ):
        for reader in (asleep, awake):
            await reader.line()
        await becomes(lambda: desk.bus.readers == 2)
        asleep.reader._transport.pause_reading()  # type: ignore[attr-defined]  # it has no other
        for number in range(total):
            desk.bus.event(mark(number, 100.0))
            if number % 100 == 99:
                for _ in range(100):
                    assert b"mark" in await awake.line()
        assert desk.bus.dropped > 0
        asleep.reader._transport.resume_reading()  # type: ignore[attr-defined]  # as above
        lines: list[bytes] = []
        while not lines or lines[-1] != wire.line(mark(total - 1, 100.0)) + b"\n":
            lines.append(await asleep.line())
        told = [msgspec.json.decode(line) for line in lines if b"dropped" in line]
        assert sum(one["lines"] for one in told) == desk.bus.dropped
        assert len(lines) - len(told) + desk.bus.dropped == total


def test_an_outbox_drops_the_oldest_and_says_how_many() -> None:
    outbox = Outbox(limit=12)
    for letter in b"abcde":
        outbox.put(bytes([letter]) * 3)
    assert outbox.dropped == 2
    assert outbox.take() == b'{"type":"dropped","lines":2}\nccc\nddd\neee\n'
    assert outbox.take() == b""
    outbox.put(b"a line longer than all there is room for")
    assert outbox.take() == b"a line longer than all there is room for\n"


async def test_a_screen_is_shown_what_it_looks_at(path: Path) -> None:
    async with Desk().open(path) as desk, client(path, hello.hello("screen")) as screen:
        assert msgspec.json.decode(await screen.line(), type=Welcome).pid == os.getpid()
        assert desk.places == []
        screen.ask(Ask(view=View(base="ETH")))
        await becomes(lambda: desk.places)
        (place,) = desk.places
        assert place.views == [View(base="ETH")]
        place.show(Snapshot(at=1, source="replay"))
        assert (await screen.snapshot()).at == 1
        await becomes(lambda: place.show(Snapshot(at=2, source="replay")))
        second = await screen.snapshot()
        assert (second.at, second.source) == (2, "replay")
        screen.ask(Ask(command=Reconnect("toy")))
        await becomes(lambda: desk.commands == [Reconnect("toy")])
        assert desk.about().viewers == 1
        screen.writer.close()
        await becomes(lambda: desk.places == [])
        assert desk.about().viewers == 0


async def test_a_screen_that_does_not_read_is_given_no_more_pictures(path: Path) -> None:
    big = Snapshot(notices=("x" * 400_000,))
    async with (
        Desk().open(path) as desk,
        client(path, hello.hello("screen")) as asleep,
        client(path, hello.hello("screen")) as awake,
    ):
        for screen in (asleep, awake):
            await screen.line()
            screen.ask(Ask(view=View()))
            await becomes(lambda: desk.places)
        await becomes(lambda: len(desk.places) == 2)
        stuck, well = desk.places
        asleep.reader._transport.pause_reading()  # type: ignore[attr-defined]  # asleep
        for number in range(20):
            shown = Snapshot(at=number, notices=(*big.notices, str(number)))
            stuck.show(shown)
            await becomes(lambda shown=shown: well.show(shown))  # type: ignore[misc]
            assert (await awake.snapshot()).at == number
        assert stuck.busy
        assert stuck.snapshot().at < 19
        asleep.writer.transport.abort()
        await becomes(lambda: desk.places == [well])


@pytest.mark.parametrize(
    "payload", [b"\xc1", frames.asking(Ask(view=View(columns=-1))), b"", b"\xff" * 50]
)
async def test_nonsense_is_answered_in_words(path: Path, payload: bytes) -> None:
    async with Desk().open(path) as desk, client(path, hello.hello("screen")) as screen:
        await screen.line()
        screen.ask(Ask(view=View()))
        screen.writer.write(frames.framed(payload))
        await becomes(lambda: desk.places and desk.places[0].notices)
        assert desk.places[0].views == [View()]


@pytest.mark.parametrize(
    "first",
    [
        b"GET / HTTP/1.1\r\n",
        b'{"service":"screen","protocol":2}\n',
        b'{"service":"screen","protocol":1,"shape":7}\n',
        b'{"service":"root","protocol":1}\n',
        b'{"service":"events"}\n',
        b"\xff\xfe\n",
    ],
)
async def test_who_speaks_otherwise_is_told_so(path: Path, first: bytes) -> None:
    async with Desk().open(path) as desk, client(path, first) as stranger:
        refused = msgspec.json.decode(await stranger.line(), type=Refused)
        assert "first line must be" in refused.reason or "start it or this anew" in refused.reason
        assert await stranger.line() == b""
        assert (desk.about().viewers, desk.about().readers) == (0, 0)


async def test_a_first_line_without_an_end_is_cut(path: Path) -> None:
    async with Desk().open(path), client(path, b"x" * 100_000) as stranger:
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await stranger.reader.readexactly(1)


async def test_a_frame_that_is_too_long_ends_it(path: Path) -> None:
    async with Desk().open(path), client(path, hello.hello("screen")) as screen:
        await screen.line()
        screen.writer.write((frames.LONGEST_ASK + 1).to_bytes(4, "big"))
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await screen.reader.readexactly(1)


async def test_the_end_of_the_collector_is_the_end_of_its_clients(path: Path) -> None:
    async with client_after(path) as reader:
        assert await reader.line() == b""
    assert not path.exists()


@asynccontextmanager
async def client_after(path: Path) -> AsyncIterator[Client]:
    """A client of a collector that has ended since."""
    async with Desk().open(path) as desk:
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(hello.hello("events"))
        found = Client(reader, writer)
        await found.line()
        await becomes(lambda: desk.bus.readers)
    yield found
    writer.close()


def test_the_socket_is_its_owners_alone(path: Path) -> None:
    with bound(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_a_killed_collector_left_is_cleared(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(os.fspath(path))
    assert hello.status(path) is None
    with bound(path):
        pass
    assert not path.exists()


async def test_a_second_collector_is_refused_and_leaves_the_first_alone(path: Path) -> None:
    async with Desk().open(path):
        with pytest.raises(BusError, match="a collector listens at"), bound(path):
            pass
        assert await asyncio.to_thread(hello.status, path)


def test_what_is_no_socket_is_left_alone(path: Path) -> None:
    path.write_text("precious")
    with pytest.raises(BusError, match="is in the way"), bound(path):
        pass
    assert path.read_text() == "precious"


def test_a_path_that_is_too_long_is_told(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 120)
    deep.mkdir()
    with pytest.raises(BusError, match="too long"), bound(deep / "collector.sock"):
        pass
    assert hello.status(deep / "collector.sock") is None


def test_a_directory_that_others_can_write_is_no_place(path: Path) -> None:
    path.parent.chmod(0o770)
    with pytest.raises(BusError, match="can be written by others"), bound(path):
        pass
