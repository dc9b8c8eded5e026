"""The screen on a real terminal: bytes, CPU, frames, and how soon a key shows."""

import shutil
import time
from collections.abc import Sequence
from statistics import quantiles
from typing import Final, TypeAlias

from tests.bench.report import Row
from tests.bench.terminal import Terminal, Use, household, liqtui, running

Environment: TypeAlias = dict[str, str]
Size: TypeAlias = tuple[int, int]

SIZES: Final = ((200, 50), (80, 24))
PAINTED: Final = b"OI "
"""A word of the headline."""
_SPOKEN: Final = b"since"
"""What the headline says once the journal's past was read and its events come in."""
_PRINTED: Final = b"$"
"""What a line about a liquidation has."""
_WATCHED: Final = 8.0
"""Seconds a program is watched."""
_SETTLED: Final = 4.0
_NOTICES: Final = 7.0
"""Seconds after which no notice changes the screen any more."""
_KEYS: Final = 40
_SLOW: Final = 32_000
_BUSY: Final = ("replay", "--speed", "20")
_LOW: Final = (*_BUSY, "--low-bandwidth")
_AFTER: Final = ("replay", "--from", "+20m")
"""The journal is over, its clock goes on."""
_FROZEN: Final = ("replay", "--speed", "0")
_RECORDED: Final = ("replay", "--from", "+10m")


def run() -> list[Row]:
    """Measure both sizes."""
    with household() as environment:
        rows = [row for size in SIZES for row in _size(environment, size)]
        return [*rows, *_beside(environment)]


def _size(environment: Environment, size: Size) -> list[Row]:
    name = f"{size[0]}x{size[1]}"
    return [
        *_rest(f"{name} clock frozen", environment, size, _FROZEN, "0"),
        *_rest(f"{name} at rest", environment, size, _AFTER, ""),
        *_sent(f"{name} as recorded", environment, size, _RECORDED, ""),
        *_busy(name, environment, size),
        *_sent(f"{name} busy, low bandwidth", environment, size, _LOW, "<= 6 kB/s"),
        *_slow(name, environment, size),
    ]


def _rest(
    name: str, environment: Environment, size: Size, words: Sequence[str], goal: str
) -> list[Row]:
    with running(liqtui(*words), environment, size) as terminal:
        _settle(terminal)
        terminal.calm(_NOTICES, patience=2 * _NOTICES)
        return _rows(name, terminal.use(_WATCHED), goal)


def _busy(name: str, environment: Environment, size: Size) -> list[Row]:
    with running(liqtui(*_BUSY, "--plain"), environment, size) as terminal:
        _settle(terminal, _PRINTED)
        core = terminal.use(_WATCHED)
    with running(liqtui(*_BUSY), environment, size) as terminal:
        _settle(terminal)
        whole, keys = terminal.use(_WATCHED), _keys(terminal, size)
        resident = terminal.resident
    screen = whole.cpu_percent - core.cpu_percent
    ratio = whole.cpu_percent / core.cpu_percent
    note = f"{whole.cpu_percent:.1f} % in all"
    return [
        *_rows(f"{name} busy", whole, "<= 25 kB/s"),
        Row(f"{name} busy, CPU of the screen", screen, "%", ratio, "x no screen", "<= 4 %", note),
        _latency(f"{name} busy", keys, "<= 30 ms"),
        Row(f"{name} busy, memory", resident, "MB", goal="<= 220 MB"),
    ]


def _sent(
    name: str, environment: Environment, size: Size, words: Sequence[str], goal: str
) -> list[Row]:
    with running(liqtui(*words), environment, size) as terminal:
        _settle(terminal)
        return _rows(name, terminal.use(_WATCHED), goal)


def _slow(name: str, environment: Environment, size: Size) -> list[Row]:
    with running(liqtui(*_BUSY), environment, size, _SLOW) as terminal:
        _settle(terminal)
        used = terminal.use(_WATCHED)
        label = f"{name} busy, on {_SLOW // 1000} kB/s"
        return [*_rows(label, used, ""), _latency(label, _keys(terminal, size), "<= 300 ms")]


def _settle(terminal: Terminal, sign: bytes = _SPOKEN) -> None:
    assert terminal.until(sign, patience=120.0) is not None, "nothing was shown"
    time.sleep(_SETTLED)


def _keys(terminal: Terminal, size: Size) -> list[float]:
    """Press two keys in turn; each is answered by another notice in the last row."""
    found = []
    for number in range(_KEYS):
        found.append(terminal.press(b"[]"[number % 2 :][:1], b"\x1b[%d;" % size[1]))
        time.sleep(0.13)  # no divisor of a frame: keys come at any moment of it
    return found


def _rows(name: str, use: Use, goal: str) -> list[Row]:
    frames = f"{use.frames / use.seconds:.1f} frames/s, {use.cpu_percent:.1f} % CPU"
    if use.frames:
        frames += f", {use.size / use.frames / 1000:.1f} kB a frame"
    return [Row(f"{name}, sent", use.kilobytes, "kB/s", goal=goal, note=frames)]


def _latency(name: str, keys: list[float], goal: str) -> Row:
    cuts = quantiles(keys, n=20)
    note = f"p50 {cuts[9]:.0f} ms, most {max(keys):.0f} ms"
    return Row(f"{name}, key to screen p95", cuts[18], "ms", goal=goal, note=note)


def _beside(environment: Environment) -> list[Row]:
    if shutil.which("btop") is None:
        return []
    with running(["btop"], environment, SIZES[0]) as terminal:
        time.sleep(_SETTLED)
        return _rows("200x50 btop", terminal.use(_WATCHED), "")
