"""Recording: what it costs, what it takes of a disk, and what a ``kill -9`` loses."""

import asyncio
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from statistics import median
from typing import Final

from liqtui.clock import SystemClock
from liqtui.composition import chosen
from liqtui.feeds.selector import rested_loop
from liqtui.protocol.raw import Raw
from liqtui.recording import Recording
from liqtui.settings import Settings
from liqtui.store import segments
from liqtui.store.recorder import Recorder
from tests.bench.exchanges import served
from tests.bench.frames import sample
from tests.bench.report import Row

RATE: Final = 2000
"""Lines a second of a busy market."""
LASTING: Final = 30.0
"""Seconds of each measurement."""
KILLS: Final = 50
_NUMBER: Final = re.compile(rb'"n":(\d+)}')


@contextmanager
def recorder() -> Iterator[tuple[Recorder, Callable[[], float]]]:
    """Record into a folder; also give what its thread has had of the CPU, in seconds."""
    with tempfile.TemporaryDirectory() as folder:
        one = Recorder(Path(folder) / "journal", time.time_ns(), print)
        thread = next(t for t in threading.enumerate() if t.name == "recorder")
        assert thread.ident is not None
        clock = time.pthread_getcpuclockid(thread.ident)
        try:
            yield one, lambda: time.clock_gettime(clock)
        finally:
            one.stop(10.0)


def paced() -> list[Row]:
    """Hand in the shipped sample's lines at a busy market's rate."""
    lines = list(sample())
    with recorder() as (one, spent):
        begun, taken, taking = time.monotonic(), 0, 0.0
        while (passed := time.monotonic() - begun) < LASTING:
            started = time.thread_time()
            for _ in range(int(passed * RATE) - taken):
                one.take(lines[taken % len(lines)])
                taken += 1
            taking += time.thread_time() - started
            time.sleep(0.005)
        writing, told = spent(), one.told()
    return [
        Row("thread, 2,000 lines/s", 100 * writing / LASTING, "% of a core"),
        Row("who hands them in", 100 * taking / LASTING, "% of a core"),
        Row("on disk", told.size / LASTING * 3600 / 1e6, "MB/hour", note=f"{told.lines} lines"),
        Row("lost", told.dropped, "lines"),
    ]


async def _listen(one: Recorder, feeds: Recording, spent: Callable[[], float]) -> list[Row]:
    running = asyncio.ensure_future(feeds.run())
    while "history" in feeds.told() or not feeds.told().startswith("4 of 4"):
        await asyncio.sleep(0.1)
    before, cpu = one.told(), spent()
    await asyncio.sleep(LASTING)
    after, cpu = one.told(), spent() - cpu
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    lines, size = after.lines - before.lines, after.size - before.size
    return [
        Row("busy exchanges", lines / LASTING, "lines/s"),
        Row("busy exchanges: thread", 100 * cpu / LASTING, "% of a core"),
        Row("busy exchanges: on disk", size / LASTING * 3600 / 1e6, "MB/hour"),
    ]


def busy() -> list[Row]:
    """Record the simulated exchanges in a busy market."""
    with served("--scenario", "busy", "--unlimited") as market, recorder() as (one, spent):
        venues, clock = chosen(Settings(), market.hosts), SystemClock()
        bases, draw = Settings().watch.bases, Random(7).random
        feeds = Recording(venues, bases, clock, draw, one.take, lambda _event: None)
        with asyncio.Runner(loop_factory=rested_loop) as runner:
            return runner.run(_listen(one, feeds, spent))


def killed(draw: Random) -> tuple[float, int, bool]:
    """Kill a recording process; return seconds lost, lines missing inside, whether it was torn."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "tests.store.recording", folder]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            child.stdout.readline()
            time.sleep(draw.uniform(0.5, 3.0))
            child.send_signal(signal.SIGKILL)
            end = time.time_ns()
            child.wait()
        cuts: list[str] = []
        raws = list(segments.Recording(folder, cuts.append).raws())
    return (end - raws[-1].seen) / 1e9, _missing(raws), bool(cuts)


def _missing(raws: list[Raw]) -> int:
    numbers = [int(found[1]) for raw in raws if (found := _NUMBER.search(raw.body))]
    return numbers[-1] + 1 - len(numbers)


def kills() -> list[Row]:
    """Kill it many times at random moments."""
    draw = Random(3)
    found = [killed(draw) for _ in range(KILLS)]
    lost = [seconds for seconds, _, _ in found]
    return [
        Row(f"{KILLS} kills: lost at the end", median(lost), "s", note=f"most {max(lost):.2f} s"),
        Row("more than a second", sum(one > 1.0 for one in lost), "times", goal="0"),
        Row("missing before the end", sum(missing for _, missing, _ in found), "lines", goal="0"),
        Row("segments torn", sum(torn for *_, torn in found), "of 50"),
    ]


def run() -> list[Row]:
    """Measure all of it."""
    return [*paced(), *busy(), *kills()]
