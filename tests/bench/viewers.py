"""One collector and ten screens at 80x24, on a busy simulated market.

What they cost together, how old what they show is, and whether one that reads nothing, or others
that come and go, disturb the rest.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from statistics import median, quantiles
from typing import Final

import msgspec

from liqtui.feeds import hello
from liqtui.feeds.attachment import Lines, Screen
from liqtui.feeds.hello import BusyError
from liqtui.model.snapshot import Snapshot
from liqtui.model.view import View
from tests.bench.report import Row
from tests.bench.screen import PAINTED, Environment
from tests.bench.terminal import Terminal, as_urgent, household, liqtui, running

_SCREENS: Final = 10
_SIZE: Final = (80, 24)
_WATCHED: Final = float(os.environ.get("VIEWERS_SECONDS", "60"))
"""Seconds that all are watched."""
_SETTLED: Final = 10.0
_KEYS: Final = 30
_STEADY: Final = 4
"""Screens that stay while others come and go."""
_CHANGES: Final = 20
_PATIENCE: Final = 240.0
_LOOK: Final = 0.01
_ASK: Final = 0.25
"""Seconds between two looks, and between two questions to the collector."""


def run() -> Iterator[Row]:
    """Measure it."""
    with ExitStack() as stack:
        environment = stack.enter_context(household())
        environment |= stack.enter_context(_market())
        path = Path(environment["LIQTUI_RUNTIME_DIR"]) / "collector.sock"
        yield _own(environment)
        collector = stack.enter_context(_collecting(environment, path))
        with _attached(path) as probe:
            _until(lambda: _warm(probe.snapshot()), "a map")
            yield from _measured(environment, path, collector, probe)


def _measured(environment: Environment, path: Path, collector: int, probe: Screen) -> Iterator[Row]:
    alone, _ = _cpu([collector], _SETTLED)
    yield Row("collector, one screen that is not drawn", alone, "% CPU")
    with ExitStack() as stack:
        screens = [stack.enter_context(_screen(environment)) for _ in range(_SCREENS)]
        _until(lambda: _viewers(path) == _SCREENS + 1, "all screens")
        time.sleep(_SETTLED)
        yield from _together(screens, collector, probe)
        used = screens[1].use(_SETTLED)
        note = f"{used.frames / used.seconds:.1f} frames/s, {used.kilobytes:.1f} kB/s"
        yield Row("one of them", used.cpu_percent, "% CPU", note=note)
        yield _keys(screens[0])
        yield from _asleep(screens, path, probe)
        yield from _come_and_go(environment, path, screens, probe)
    _until(lambda: _viewers(path) == 1, "nobody")


def _together(screens: Sequence[Terminal], collector: int, probe: Screen) -> Iterator[Row]:
    ages = list[float]()
    theirs, ours = _cpu([one.process.pid for one in screens], _WATCHED, ages, probe, [collector])
    names = f"{_SCREENS} screens"
    each = theirs / _SCREENS
    yield Row(f"{names} at 80x24", theirs, "% CPU", note=f"{each:.1f} % each")
    yield Row(f"collector of {names}", ours, "% CPU")
    yield Row("all together", theirs + ours, "% CPU", goal="< 150 %")
    yield Row(
        "age of a snapshot when it comes, median", median(ages), "ms",
        note=f"p95 {quantiles(ages, n=20)[18]:.0f} ms, {len(ages) / _WATCHED:.1f} a second",
    )  # fmt: skip


def _keys(screen: Terminal) -> Row:
    found = []
    for number in range(_KEYS):
        found.append(screen.press(b"[]"[number % 2 :][:1], b"\x1b[%d;" % _SIZE[1]))
        time.sleep(0.13)
    return Row("key to screen p95", quantiles(found, n=20)[18], "ms", note="the other nine go on")


def _asleep(screens: Sequence[Terminal], path: Path, probe: Screen) -> Iterator[Row]:
    """Stop one screen, and one reader of events, and count what the others get."""
    before = _rate(probe)
    reader = _stopped_reader(path)
    os.kill(screens[-1].process.pid, signal.SIGSTOP)
    try:
        counted = list[bytes]()
        follower = Lines(path, counted.append, lambda _reason: None).thread
        follower.start()
        after = _rate(probe)
        begun = len(counted)
        time.sleep(_SETTLED)
        events = (len(counted) - begun) / _SETTLED
        follower.stop()
    finally:
        os.kill(screens[-1].process.pid, signal.SIGCONT)
        reader.kill()
        reader.wait()
    yield Row("snapshots a second, one screen stopped", after, "1/s", after / before, "x before")
    yield Row("events a second to one beside a stopped reader", events, "1/s")


def _stopped_reader(path: Path) -> "subprocess.Popen[bytes]":
    """Start a reader of events that reads nothing."""
    code = (
        "import socket, sys, time; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]);"
        f"s.sendall({hello.hello('events')!r}); time.sleep(600)"
    )
    return subprocess.Popen([sys.executable, "-c", code, os.fspath(path)])


def _come_and_go(
    environment: Environment, path: Path, screens: list[Terminal], probe: Screen
) -> Iterator[Row]:
    """Kill and start screens at random; those that stay must go on."""
    random, killed = Random(7), 0
    begun, frames = time.perf_counter(), probe.received
    with ExitStack() as stack:
        others = screens[_STEADY:]
        for _ in range(_CHANGES):
            if others and random.random() < 0.6:
                others.pop(random.randrange(len(others))).process.kill()
                killed += 1
            else:
                others.append(stack.enter_context(_screen(environment, wait=False)))
            time.sleep(random.random())
        took = time.perf_counter() - begun
        rate = (probe.received - frames) / took
        wanted = _STEADY + len(others) + 1
        _until(lambda: _viewers(path) == wanted, f"{wanted} viewers")
        fresh = [one.press(b"[", b"\x1b[%d;" % _SIZE[1]) for one in screens[:_STEADY]]
    yield Row("snapshots a second while others come and go", rate, "1/s",
              note=f"{killed} killed, {_CHANGES - killed} started")  # fmt: skip
    yield Row("key to screen of those that stayed, most", max(fresh), "ms")


def _rate(probe: Screen) -> float:
    before, start = probe.received, time.perf_counter()
    time.sleep(_SETTLED)
    return (probe.received - before) / (time.perf_counter() - start)


def _cpu(
    pids: Sequence[int],
    seconds: float,
    ages: list[float] | None = None,
    probe: Screen | None = None,
    more: Sequence[int] = (),
) -> tuple[float, float]:
    """Return the CPU that two groups of processes take, in % of a core; note ages meanwhile."""
    before = [sum(map(spent, group)) for group in (pids, more)]
    start, last = time.perf_counter(), None
    while (took := time.perf_counter() - start) < seconds:
        if ages is not None and probe is not None and probe.snapshot() is not last:
            last = probe.snapshot()
            ages.append((time.time_ns() - last.at) / 1e6)  # a benchmark's own
        time.sleep(_LOOK)
    after = [sum(map(spent, group)) for group in (pids, more)]
    first, second = ((b - a) / took * 100.0 for a, b in zip(before, after, strict=True))
    return first, second


def spent(pid: int) -> float:
    """Return the seconds of CPU that a process has taken."""
    # The clock of another process: clock_getcpuclockid(3), which Python does not offer.
    return time.clock_gettime((~pid << 3) | 2)


def _own(environment: Environment) -> Row:
    """Return what one screen with sockets of its own takes, for comparison."""
    with running(liqtui("watch", "--own"), environment, _SIZE) as terminal:
        assert terminal.until(PAINTED, patience=_PATIENCE) is not None
        time.sleep(3 * _SETTLED)
        return Row("a screen with sockets of its own", terminal.use(_SETTLED).cpu_percent, "% CPU")


@contextmanager
def _screen(environment: Environment, *, wait: bool = True) -> Iterator[Terminal]:
    with running(liqtui("watch"), environment, _SIZE) as terminal:
        if wait:
            assert terminal.until(PAINTED, patience=_PATIENCE) is not None
        yield terminal


@contextmanager
def _attached(path: Path) -> Iterator[Screen]:
    screen = Screen(path)
    screen.look(View(columns=40, rows=30, tape_rows=500))
    screen.start()
    try:
        yield screen
    finally:
        screen.stop()


@contextmanager
def _market() -> Iterator[Environment]:
    """Run the exchanges; yields what points liqtui at them."""
    command = [sys.executable, "-m", "liqtui", "serve", "--json", "--attached", "--unlimited",
               "--scenario=busy", "--first=BTC"]  # fmt: skip
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, start_new_session=True) as process:
        as_urgent(process.pid)
        assert process.stdout is not None
        try:
            told = msgspec.json.decode(process.stdout.readline())
            for _ in range(2):  # the other coins' pasts, which take the machine until then
                process.stdout.readline()
            yield {
                f"LIQTUI_VENUES_{name.upper()}_HOSTS": ",".join(f"{k}={v}" for k, v in one.items())
                for name, one in told["venues"].items()
            }
        finally:
            process.kill()


@contextmanager
def _collecting(environment: Environment, path: Path) -> Iterator[int]:
    """Run the collector; yields its process id."""
    with subprocess.Popen(
        liqtui("collect"), env=environment, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        as_urgent(process.pid)
        try:
            _until(lambda: _viewers(path) is not None, "a collector")
            yield process.pid
        finally:
            process.terminate()


def _viewers(path: Path) -> int | None:
    """Return how many screens are attached; None while the collector has no time to say."""
    try:
        said = hello.status(path)
    except BusyError:
        return None
    return said.viewers if said else None


def _warm(snapshot: Snapshot) -> bool:
    """Tell whether the map is there, the past being read."""
    heat = snapshot.heatmap
    return heat is not None and heat.mark is not None and heat.warming != "reading history"


def _until(condition: Callable[[], object], what: str) -> None:
    end = time.perf_counter() + _PATIENCE
    while not condition():
        assert time.perf_counter() < end, f"{what} never came"
        time.sleep(_ASK)
