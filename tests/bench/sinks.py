"""Alerts through what goes wrong: told, received, lost and doubled, at a server of our own.

A process of its own tells fifty alerts and sends them to a signed webhook; the server answers
badly, or the process is killed with SIGKILL and begun anew. Every signature is verified.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, NamedTuple

from liqtui.delivery.letter import letter
from tests.bench.report import Row
from tests.conditions import becomes
from tests.delivery import receiver as served
from tests.delivery.receiver import SECRET, Receiver, Reply, alert, receiver, status
from tests.delivery.test_signature import verifier

COUNT: Final = 50
_HUGE: Final = served.endless(500)


class Trouble(NamedTuple):
    """What goes wrong."""

    name: str
    replies: Sequence[Reply] = ()
    """To the first requests."""
    kills: int = 0


TROUBLES: Final = (
    Trouble("nothing"),
    Trouble("429 with Retry-After: 1", [status(429, Retry_After="1")] * 3),
    Trouble("503 ten times", [status(503)] * 10),
    Trouble("reset ten times", [served.reset] * 10),
    Trouble("no answer twice", [served.hang] * 2),
    Trouble("a head that drips, twice", [served.drip] * 2),
    Trouble("500 without an end, three times", [_HUGE] * 3),
    Trouble("200 without an end, three times", [served.endless(200)] * 3),
    Trouble("a redirect", [status(302, Location="http://127.0.0.1:1/")]),
    Trouble("killed five times", kills=5),
    Trouble(
        "killed five times, among 429, 500 and resets",
        [status(200), status(429, Retry_After="1"), status(500), served.reset] * 8,
        kills=5,
    ),
)


def run() -> Iterator[Row]:
    """Go through every trouble."""
    for trouble in TROUBLES:
        with tempfile.TemporaryDirectory() as folder:
            yield asyncio.run(_through(trouble, Path(folder)))


async def _through(trouble: Trouble, folder: Path) -> Row:
    began = time.perf_counter()
    async with receiver(*trouble.replies) as here:
        for part in range(1, trouble.kills + 2):
            await _sending(folder, here, part * COUNT // (trouble.kills + 1))
    return _row(trouble, here, time.perf_counter() - began)


def _row(trouble: Trouble, here: Receiver, seconds: float) -> Row:
    told = [letter(alert(number)).id for number in range(1, COUNT + 1)]
    genuine, now = verifier(), time.time_ns() // 10**9
    signed = sum(genuine(SECRET, got.headers, got.body, now) for got in here.got)
    once = list(dict.fromkeys(here.ids))
    note = (
        f"{COUNT} told, {len(once)} received, {len(set(told) - set(once))} lost, "
        f"{len(set(once) - set(told))} of another id, "
        f"{len(here.ids) - len(once)} sent again with their id, "
        f"{'in order' if once == told else 'OUT OF ORDER'}, "
        f"{signed} of {len(here.got)} signatures right"
    )
    return Row(trouble.name, seconds, "s", note=note)


@asynccontextmanager
async def _process(folder: Path, url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    command = [sys.executable, "-m", "tests.delivery.sender", str(folder), url, str(COUNT)]
    child = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield child
    finally:
        child.kill()
        await child.wait()


async def _sending(folder: Path, here: Receiver, count: int) -> None:
    """Let a process send until so many have arrived, then kill it."""
    async with _process(folder, here.url):
        await becomes(lambda: len(set(here.ids)) >= count)
