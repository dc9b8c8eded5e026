"""The screen on a real terminal: bytes, CPU, frames, and how soon a key shows.

On a loaded machine only a bench at raised priority says what the screen takes; what it starts is
raised with it: ``setsid sh -c 'echo -20 > /proc/self/autogroup; python -m tests.bench screen'``.
"""

import shutil
import time
from collections.abc import Iterator, Sequence
from statistics import quantiles
from typing import Final, TypeAlias

from tests.bench.report import Row
from tests.bench.terminal import Terminal, Use, household, liqtui, running

Environment: TypeAlias = dict[str, str]
Size: TypeAlias = tuple[int, int]

SIZES: Final = ((200, 50), (80, 24))
PAINTED: Final = b"OI "
"""A word of the headline."""
MAPPED: Final = "▀".encode()
"""What a heatmap is drawn with; one whose past is still being read is hatched."""
_PRINTED: Final = b"$"
"""What a line about a liquidation has."""
_PATIENCE: Final = 60.0
"""Seconds within which a program is to show what is waited for."""
_WATCHED: Final = 8.0
"""Seconds a program is watched."""
_SETTLED: Final = 4.0
_NOTICES: Final = 7.0
"""Seconds after which no notice changes the screen any more."""
_KEYS: Final = 40
_SLOW: Final = 32_000
_BUSY: Final = ("demo", "--scenario", "busy")
_LOW: Final = (*_BUSY, "--low-bandwidth")
_AFTER: Final = ("replay", "--from", "+20m")
"""The journal is over, its clock goes on."""
_FROZEN: Final = ("replay", "--speed", "0")


def run() -> Iterator[Row]:
    """Measure what the goals are about first, then the small screen, then another program."""
    with household() as environment:
        first = SIZES[0]
        yield from _busy(environment, first)
        yield from _low(environment, first)
        yield from _rest("200x50 clock frozen", environment, first, _FROZEN, "0")
        yield from _rest("200x50 at rest", environment, first, _AFTER, "")
        yield from _busy(environment, SIZES[1])
        yield from _coreless(environment)
        yield from _beside(environment)


def _busy(environment: Environment, size: Size) -> Iterator[Row]:
    """Measure one program on a free terminal, then on one that reads slowly."""
    name = f"{size[0]}x{size[1]} busy"
    with running(liqtui(*_BUSY), environment, size) as terminal:
        if not _settled(terminal):
            yield _missed(name)
            return
        whole = terminal.use(_WATCHED)
        yield _sent(name, whole, "<= 25 kB/s")
        note = f"{whole.cpu_percent:.1f} % with the core"
        yield Row(f"{name}, CPU of the screen", whole.screen_percent, "%", goal="<= 4 %", note=note)
        yield _latency(name, terminal, size, "<= 30 ms")
        yield Row(f"{name}, memory", terminal.resident, "MB", goal="<= 220 MB")
        terminal.speed = _SLOW
        time.sleep(_SETTLED)
        slow = f"{name}, on {_SLOW // 1000} kB/s"
        yield _sent(slow, terminal.use(_WATCHED), "")
        yield _latency(slow, terminal, size, "<= 300 ms")


def _low(environment: Environment, size: Size) -> Iterator[Row]:
    name = f"{size[0]}x{size[1]} busy, low bandwidth"
    with running(liqtui(*_LOW), environment, size) as terminal:
        if _settled(terminal):
            yield _sent(name, terminal.use(_WATCHED), "<= 6 kB/s")
        else:
            yield _missed(name)


def _rest(
    name: str, environment: Environment, size: Size, words: Sequence[str], goal: str
) -> Iterator[Row]:
    with running(liqtui(*words), environment, size) as terminal:
        if not _settled(terminal):
            yield _missed(name)
            return
        terminal.calm(_NOTICES, patience=2 * _NOTICES)
        yield _sent(name, terminal.use(_WATCHED), goal)


def _coreless(environment: Environment) -> Iterator[Row]:
    """Measure what the same market takes without a screen."""
    name = "busy without a screen, CPU"
    with running(liqtui(*_BUSY, "--plain"), environment, SIZES[0]) as terminal:
        if _settled(terminal, _PRINTED):
            yield Row(name, terminal.use(_WATCHED).cpu_percent, "%")
        else:
            yield _missed(name)


def _settled(terminal: Terminal, sign: bytes = MAPPED) -> bool:
    if terminal.until(sign, patience=_PATIENCE) is None:
        return False
    time.sleep(_SETTLED)
    return True


def _missed(name: str) -> Row:
    return Row(name, None, "", note=f"nothing was shown within {_PATIENCE:.0f} s")


def _sent(name: str, use: Use, goal: str) -> Row:
    frames = f"{use.frames / use.seconds:.1f} frames/s, {use.cpu_percent:.1f} % CPU"
    if use.frames:
        frames += f", {use.size / use.frames / 1000:.1f} kB a frame"
    return Row(f"{name}, sent", use.kilobytes, "kB/s", goal=goal, note=frames)


def _latency(name: str, terminal: Terminal, size: Size, goal: str) -> Row:
    """Press two keys in turn; each is answered by another notice in the last row."""
    keys = []
    for number in range(_KEYS):
        keys.append(terminal.press(b"[]"[number % 2 :][:1], b"\x1b[%d;" % size[1]))
        time.sleep(0.13)  # no divisor of a frame: keys come at any moment of it
    cuts = quantiles(keys, n=20)
    note = f"p50 {cuts[9]:.0f} ms, most {max(keys):.0f} ms"
    return Row(f"{name}, key to screen p95", cuts[18], "ms", goal=goal, note=note)


def _beside(environment: Environment) -> Iterator[Row]:
    if shutil.which("btop") is not None:
        with running(["btop"], environment, SIZES[0]) as terminal:
            time.sleep(_SETTLED)
            yield _sent("200x50 btop", terminal.use(_WATCHED), "")
