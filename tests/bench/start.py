"""How long liqtui takes until it has answered, or painted."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from tests.bench.measure import in_turn
from tests.bench.report import Row
from tests.bench.screen import PAINTED, SIZES
from tests.bench.terminal import household, liqtui, running

_ROUNDS: Final = 15
_PAINTS: Final = 7
_COMMANDS: Final = {
    "--version": "<= 2x",
    "--help": "<= 2x",
    "config path": "<= 5x",
    "venues": "<= 5x",
}
_EVERYTHING: Final = (
    "import aiohttp, msgspec, numpy, websockets.asyncio.client, textual.app;"
    "import liqtui.runtime, liqtui.feeds.supervisor, liqtui.sim.replay, liqtui.tui.app;"
)


def run() -> list[Row]:
    """Measure commands beside a bare interpreter, then first paints beside all imports first."""
    with household() as environment:
        return [*_commands(environment), *_paints(environment)]


def _commands(environment: dict[str, str]) -> list[Row]:
    lines = {words: liqtui(*words.split()) for words in _COMMANDS}
    works = {words: partial(_answer, line, environment) for words, line in lines.items()}
    bare = partial(_answer, [sys.executable, "-c", "pass"], environment)
    _warm([*works.values(), bare])
    found = in_turn({"bare": bare, **works}, _ROUNDS)
    return [Row("bare interpreter", found.median("bare") * 1e3, "ms of CPU")] + [
        Row(
            words,
            found.median(words) * 1e3,
            "ms of CPU",
            found.ratio(words, to="bare"),
            "x a bare interpreter",
            goal,
        )
        for words, goal in _COMMANDS.items()
    ]


def _answer(line: Sequence[str], environment: dict[str, str]) -> float:
    """Return the CPU a command takes: time would tell what else this machine does."""
    process = subprocess.Popen(line, stdout=subprocess.DEVNULL, env=environment)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, line
    return used.ru_utime + used.ru_stime


def _paints(environment: dict[str, str]) -> list[Row]:
    works = {
        "replay": partial(_paint, liqtui("replay"), environment),
        "sockets": partial(_paint, liqtui("replay", "--sockets"), environment),
        "everything": partial(_paint, liqtui("replay", before=_EVERYTHING), environment),
    }
    _warm(list(works.values()))
    found = in_turn(works, _PAINTS)
    names = {
        "replay": "first paint of replay",
        "sockets": "first paint of replay --sockets",
        "everything": "first paint of replay, all imports first",
    }
    return [
        Row(
            name,
            found.median(key),
            "s",
            found.ratio(key, to="everything"),
            "x all imports first",
            "<= 0.65x" if key == "replay" else "",
        )
        for key, name in names.items()
    ]


def _paint(line: Sequence[str], environment: dict[str, str]) -> float:
    with running(line, environment, SIZES[0]) as terminal:
        painted = terminal.until(PAINTED)
        assert painted is not None, "nothing was painted"
        return painted - terminal.started


def _warm(works: Sequence[Callable[[], float]]) -> None:
    """Run each once, so that bytecode is there and files are in memory."""
    for work in works:
        work()
