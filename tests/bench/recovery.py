"""How soon feeds are whole again after the exchanges had a trouble, and what was said of it.

The exchanges run as a process; each scenario's fault befalls all of them that know it, for as long
as `liqtui serve` lets it last. A venue has recovered when all its sockets and schedules are live.
"""

import time
from collections.abc import Sequence
from typing import Any, Final

from liqtui.core import Core
from liqtui.model.market import FeedState
from liqtui.sim.trouble import LASTING, TROUBLES
from tests.bench.exchanges import LOOK, Exchanges, reading, served
from tests.bench.report import Row

_PATIENCE: Final = 660.0
"""Seconds for a recovery: a country that was refused asks again every ten minutes."""
_SETTLED: Final = 60.0
"""Seconds between two troubles, after which feeds are as patient as at first."""


class Course:
    """What one venue said from the beginning of a trouble on, and how soon it was over."""

    def __init__(self, venue: str) -> None:
        self.venue = venue
        self.recovered: float | None = None
        """Seconds after the trouble's end."""
        self._last: list[str] = []
        self._said: dict[tuple[FeedState, str], float] = {}

    def look(self, core: Core, since: float, ended: float | None) -> None:
        """Take note of how things are."""
        picture, now = core.snapshot(), time.monotonic()
        row = next(row for row in picture.venues if row.venue == self.venue)
        if row.state is not FeedState.LIVE:
            self._said.setdefault((row.state, row.state_reason), now - since)
        if ended is None or self.recovered is not None:
            return
        feeds = [feed for feed in picture.feeds if feed.venue == self.venue]
        ill = [feed.stream for feed in feeds if feed.state is not FeedState.LIVE]
        if ill or not feeds:
            self._last = ill
        else:
            self.recovered = now - ended

    def row(self, scenario: str) -> Row:
        """Return the figure."""
        words = [f"{at:.0f} s {state.value}: {why}" for (state, why), at in self._said.items()]
        recovered = _PATIENCE if self.recovered is None else self.recovered
        note = "; ".join(words[:2]) or "live throughout"
        note += f"; last: {', '.join(self._last[:3])}" if self._last else ""
        goal = "<= 660 s" if scenario == "geoblock" else "<= 20 s"
        return Row(f"{scenario}, {self.venue}", recovered, "s", goal=goal, note=note)


def suffer(scenario: str, market: Exchanges, core: Core, lasting: float = LASTING) -> list[Row]:
    """Let all exchanges have a trouble for so many seconds, and watch them until it is over."""
    fault, argument = TROUBLES[scenario]
    done = [name for name in market.hosts if _struck(market.ask("fault", name, fault, argument))]
    courses, since = [Course(name) for name in done], time.monotonic()
    while time.monotonic() < since + lasting:
        _look(courses, core, since, None)
    market.ask("clear", "all", fault)
    ended = time.monotonic()
    while any(one.recovered is None for one in courses) and time.monotonic() < ended + _PATIENCE:
        _look(courses, core, since, ended)
    return [course.row(scenario) for course in courses]


def _struck(answer: dict[str, Any]) -> bool:
    return bool(answer["type"] == "done")


def _look(courses: Sequence[Course], core: Core, since: float, ended: float | None) -> None:
    time.sleep(LOOK)
    for course in courses:
        course.look(core, since, ended)


def run() -> list[Row]:
    """Let every scenario of a trouble happen once."""
    rows = []
    with served("--unlimited") as market, reading(market.hosts) as core:
        for scenario in TROUBLES:
            rows += suffer(scenario, market, core)
            time.sleep(_SETTLED)
    return rows
