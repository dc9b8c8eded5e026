import asyncio
import os
import socket
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from liqtui.feeds import hello
from liqtui.feeds.bus import bound
from liqtui.feeds.hello import BusError, BusyError, Welcome
from tests.feeds.desk import Desk


def test_where_nobody_listens_there_is_no_collector(tmp_path: Path) -> None:
    assert hello.status(tmp_path / "collector.sock") is None


async def test_a_collector_says_how_it_is(tmp_path: Path) -> None:
    path = tmp_path / "collector.sock"
    async with Desk().open(path) as desk:
        assert await asyncio.to_thread(hello.status, path) == desk.welcome
        assert await asyncio.to_thread(hello.for_screens, path) == desk.welcome


@pytest.mark.parametrize("change", [{"protocol": 2}, {"shape": 1}])
async def test_a_collector_of_another_version_is_told(
    tmp_path: Path, change: dict[str, int]
) -> None:
    path = tmp_path / "collector.sock"
    desk = Desk()
    desk.welcome = replace(desk.welcome, **change)
    async with desk.open(path):
        with pytest.raises(BusError, match=rf"1\.2\.3, pid {os.getpid()}.*start it or this anew"):
            await asyncio.to_thread(hello.for_screens, path)


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400\r\n", b'{"type":"other"}\n', b"\xff\n"])
def test_an_answer_that_is_none_is_told(answer: bytes) -> None:
    with pytest.raises(BusError, match="no collector"):
        hello.read_answer(answer)


def test_a_refusal_is_told_in_its_words() -> None:
    with pytest.raises(BusError, match="go away"):
        hello.read_answer(b'{"type":"refused","reason":"go away"}')


def test_another_users_socket_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        hello.check_peer(ours)
        monkeypatch.setattr(os, "getuid", lambda: 4_000_000)
        with pytest.raises(BusError, match="is user"):
            hello.check_peer(ours)


def test_a_collector_that_has_no_time_is_told_from_one_that_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hello, "PATIENCE", 0.01)
    path = tmp_path / "collector.sock"
    with bound(path), pytest.raises(BusyError, match="has not answered"):
        hello.status(path)


def test_what_it_says_fits_a_line() -> None:
    said = Welcome(1, "x" * 20, 1, watched=tuple(f"COIN{n}" for n in range(100)))
    assert len(msgspec.json.encode(said)) < hello.LONGEST_LINE
