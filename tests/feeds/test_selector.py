"""The loop that rests."""

import asyncio
import selectors
import socket
import threading
import time

import pytest

from liqtui.feeds.selector import RestedSelector, rested_loop
from tests.conditions import becomes


def test_what_comes_during_a_rest_is_read_together() -> None:
    here, there = socket.socketpair()

    def two_pieces() -> None:
        there.send(b"b")
        time.sleep(0.02)
        there.send(b"c")

    with here, there, RestedSelector(rest=0.3) as selector:
        selector.register(here, selectors.EVENT_READ)
        there.send(b"a")
        assert selector.select(None)
        assert here.recv(100) == b"a"
        sender = threading.Thread(target=two_pieces)
        sender.start()
        assert selector.select(None)
        assert here.recv(100) == b"bc"
        sender.join()


def test_timers_are_honoured_within_a_rest() -> None:
    async def main() -> int:
        count = 0
        async with asyncio.timeout(0.2):
            while count < 20:
                await asyncio.sleep(0.001)
                count += 1
        return count

    loop = asyncio.SelectorEventLoop(RestedSelector(rest=10.0))
    loop.call_soon_threadsafe(lambda: None)
    try:
        assert loop.run_until_complete(main()) == 20
    finally:
        loop.close()


def test_the_loop_runs_whatever_a_loop_runs() -> None:
    async def main() -> str:
        return await asyncio.to_thread(lambda: "from a thread")

    with asyncio.Runner(loop_factory=rested_loop) as runner:
        assert runner.run(main()) == "from a thread"


def test_a_name_is_looked_up() -> None:
    async def main() -> list[str]:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo("127.0.0.1", 80, type=socket.SOCK_STREAM)
        with pytest.raises(socket.gaierror):
            await loop.getaddrinfo("nosuch.invalid", 80)
        return [str(address[4][0]) for address in found]

    with asyncio.Runner(loop_factory=rested_loop) as runner:
        assert runner.run(main()) == ["127.0.0.1"]


def test_a_name_server_that_does_not_answer_does_not_hold_up_the_exit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answer, asked = threading.Event(), threading.Event()

    def wait(*_: object) -> list[object]:
        asked.set()
        answer.wait()
        return []

    async def main() -> None:
        looking = asyncio.ensure_future(asyncio.get_running_loop().getaddrinfo("slow", 80))
        await becomes(asked.is_set)
        looking.cancel()

    monkeypatch.setattr(socket, "getaddrinfo", wait)
    with asyncio.Runner(loop_factory=rested_loop) as runner:
        runner.run(main())
    assert not answer.is_set(), "the loop is closed while the look-up goes on"
    resolvers = [thread for thread in threading.enumerate() if thread.name == "resolver"]
    answer.set()
    for thread in resolvers:
        thread.join()
