import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from liqtui.sim.control import Control
from liqtui.sim.printing import MS
from tests.conditions import LIMIT
from tests.sim import made
from tests.sim.stage import Stage, dead, stage


class Line:
    """A client of the control socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def ask(self, line: str) -> Any:
        self.writer.write(line.encode() + b"\n")
        return await self.answer()

    async def answer(self) -> Any:
        async with asyncio.timeout(LIMIT):
            return json.loads(await self.reader.readline() or b"null")


@asynccontextmanager
async def controlled() -> AsyncIterator[tuple[Stage, Line]]:
    async with stage() as on, Control(on.servers).running() as control:
        reader, writer = await asyncio.open_connection("127.0.0.1", control.port)
        try:
            yield on, Line(reader, writer)
        finally:
            writer.close()


async def test_faults_are_switched_by_line() -> None:
    async with controlled() as (on, line):
        assert await line.ask("fault okx late 60") == {"type": "done"}
        assert await line.ask("fault all stall") == {"type": "done"}
        assert on["okx"].faults.on() == {"late": "60", "stall": ""}
        assert (await line.ask("faults"))["bybit"] == {"stall": ""}
        assert await line.ask("clear okx stall") == {"type": "done"}
        assert on["okx"].faults.on() == {"late": "60"}
        assert await line.ask("clear all") == {"type": "done"}
        assert (await line.ask("faults"))["okx"] == {}


async def test_counts_and_hosts_are_told() -> None:
    async with controlled() as (on, line), on.reading("okx") as talk:
        on.play(*dead("okx", 3))
        await talk.heard(3)
        counts = (await line.ask("counts"))["okx"]
        assert (counts["happened"], counts["sent"]) == (3, 3)
        assert list(counts["connections"].values()) == [3]
        hosts = await line.ask("hosts")
        assert hosts["okx"] == on.servers.local_hosts("okx")


async def test_what_cannot_be_done_is_told() -> None:
    async with controlled() as (on, line):
        for wrong, reason in {
            "fault nowhere stall": "no exchange 'nowhere'",
            "fault okx meteor": "no fault 'meteor'",
            "fault okx geoblock": "not known to block",
            "fault okx": "missing",
            "counts now": "too many",
        }.items():
            answer = await line.ask(wrong)
            assert answer["type"] == "error"
            assert reason in answer["reason"]
        assert not on["okx"].faults.on()


async def test_the_truth_streams_until_its_listener_goes() -> None:
    async with controlled() as (on, line):
        first = await line.ask("truth 0.05")
        assert first == {"type": "truth", "ts": made.AT // MS}
        on.play(seconds=1)
        while (await line.answer())["ts"] == first["ts"]:
            pass


async def test_a_browser_is_not_talked_to() -> None:
    async with controlled() as (on, line):
        answer = await line.ask("POST / HTTP/1.1")
        assert answer["type"] == "error"
        line.writer.write(b"fault okx stall\n")
        assert await line.answer() is None
        assert not on["okx"].faults.on()


async def test_a_line_without_end_is_cut() -> None:
    async with controlled() as (_, line):
        assert await line.ask("x" * 10_000) is None
