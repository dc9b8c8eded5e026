"""How long liqtui takes until it has answered, or painted."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import tomli_w

from liqtui.venues import load, names
from tests.bench.measure import in_turn
from tests.bench.report import Row
from tests.bench.screen import MAPPED, PAINTED, SIZES
from tests.bench.terminal import household, liqtui, running

_ROUNDS: Final = 15
_PAINTS: Final = 7
_DEMOS: Final = 3
_COMMANDS: Final = {
    "--version": "<= 2x",
    "--help": "<= 2x",
    "config path": "<= 5x",
    "venues": "<= 5x",
}
_EAGER: Final = "x all imports first"
_EVERYTHING: Final = (
    "import aiohttp, msgspec, numpy, websockets.asyncio.client, textual.app;"
    "import liqtui.runtime, liqtui.feeds.supervisor, liqtui.sim.replay, liqtui.tui.app;"
)


def run() -> list[Row]:
    """Measure commands beside a bare interpreter, then first paints beside all imports first."""
    with household() as environment:
        return [*_commands(environment), _demo(environment), *_paints(environment)]


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
    _lead_nowhere(environment)
    works = {
        words: partial(_paint, liqtui(name, before=before), environment)
        for name in ("replay", "watch")
        for words, before in ((name, ""), (f"{name}, all imports first", _EVERYTHING))
    }
    _warm(list(works.values()))
    found = in_turn(works, _PAINTS)
    rows = []
    for words in works:
        name, _, eager = words.partition(",")
        ratio = found.ratio(words, to=f"{name}, all imports first")
        goal = "" if eager else "<= 0.65x"
        rows.append(
            Row(f"first paint of {words}", found.median(words), "s", ratio, _EAGER, goal),
        )
    return rows


def _demo(environment: dict[str, str]) -> Row:
    """Measure how soon the demo, which makes a day of the market first, shows a full map."""
    work = partial(_paint, liqtui("demo"), environment, MAPPED)
    _warm([work])
    found = in_turn({"demo": work}, _DEMOS)
    return Row("first full map of demo", found.median("demo"), "s", goal="<= 5 s on 2 idle cores")


def _lead_nowhere(environment: dict[str, str]) -> None:
    """Point every venue at a port of this machine where nobody listens."""
    hosts = {
        name: {
            role: f"{url.partition(':')[0]}://127.0.0.1:9" for role, url in load(name).hosts.items()
        }
        for name in names()
    }
    folder = Path(environment["LIQTUI_CONFIG_DIR"])
    folder.mkdir(parents=True)
    settings = {"venues": {name: {"hosts": moved} for name, moved in hosts.items()}}
    (folder / "config.toml").write_text(tomli_w.dumps(settings))


def _paint(line: Sequence[str], environment: dict[str, str], marker: bytes = PAINTED) -> float:
    with running(line, environment, SIZES[0]) as terminal:
        painted = terminal.until(marker)
        assert painted is not None, "nothing was painted"
        return painted - terminal.started


def _warm(works: Sequence[Callable[[], float]]) -> None:
    """Run each once, so that bytecode is there and files are in memory."""
    for work in works:
        work()
