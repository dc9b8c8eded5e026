"""``liqtui score --alerts``: how right alerts would have been, beside what they have to beat."""

import sys
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Final

import msgspec

from liqtui.alerts.happened import Happened
from liqtui.alerts.trial import OURS, Point, Trial, rivals, together
from liqtui.commands import UsageError
from liqtui.engine import Engine
from liqtui.estimator.clusters import clusters
from liqtui.estimator.methods import MODEL, make
from liqtui.model.events import Event, FeedStatus, Gap, Liquidation
from liqtui.model.reading import BadLineError, Reader
from liqtui.model.snapshot import Cluster
from liqtui.model.text import plain
from liqtui.store import journal

_EVERY: Final = 10_000_000_000
"""Nanoseconds between two situations: nine thresholds are tried at once."""
_SIMPLE: Final = "oi-candle+cal"
_REACH: Final = 0.04
_HEAD: Final = (
    ("method", 8), ("threshold", 9), ("alerts", 6), ("precision", 9), ("p_lo", 5), ("p_hi", 5),
    ("bursts", 6), ("recall", 6), ("r_lo", 5), ("r_hi", 5), ("lead_min", 8), ("lead_p10", 8),
    ("false_a_day", 11),
)  # fmt: skip


class Course:
    """One file of events, as the engine and the alerts would have met it.

    Args:
        base: the coin.
    """

    def __init__(self, base: str) -> None:
        self.trial = Trial()
        self.happened = Happened()
        self._base = base
        self._engine = Engine({}, [base], estimator=partial(make, MODEL), rivals=())
        self._simple = make(_SIMPLE)
        self._rows: int | None = None
        self._turn = 0

    def take(self, event: Event) -> None:
        """Take in one event; first look at what is known, if it is time to."""
        turn = (event.seen or event.at) // _EVERY
        if turn > self._turn:
            self._turn = turn
            self._look(turn * _EVERY)
        self._engine.handle(event)
        if isinstance(event, FeedStatus | Gap) or event.instrument.base != self._base:
            return
        if event.instrument.in_dollars:
            self._simple.update(event)
        if isinstance(event, Liquidation):
            self.happened.liquidated(event)

    def _look(self, now: int) -> None:
        self._engine.advance(now)
        situation = self._engine.situation(self._rows)
        self._rows = situation.rows
        price = situation.standings[0].price
        if price is not None:
            self.happened.priced(price, now)
            self.trial.look(situation, self._clusters(price))

    def _clusters(self, price: float) -> tuple[Cluster, ...]:
        exposure = self._simple.exposure()
        return () if exposure is None else clusters(exposure, price, reach=_REACH)

    def points(self) -> list[Point]:
        """Return how each method did."""
        course = self.happened.course()
        return [] if course is None else self.trial.points(course)


def run(files: Sequence[str], base: str, *, as_json: bool) -> int:
    """Try alerts on files of events, each a course of its own; return the exit code."""
    points = together(_points(path, base) for path in files)
    if not points:
        raise UsageError(f"no estimate of {plain(base)} that could be trusted: nothing to judge")
    if as_json:
        for point in points:
            print(msgspec.json.encode(fields(point)).decode())
    else:
        _print_table(points)
    return 0


def _points(path: str, base: str) -> list[Point]:
    course, reader, skipped = Course(base), Reader(), 0
    try:
        with journal.opened(path) as file:
            for line in journal.lines(file):
                try:
                    event = reader.read(line)
                except BadLineError:
                    skipped += 1
                    continue
                if event is not None:
                    course.take(event)
    except journal.JournalError as error:
        raise UsageError(str(error)) from error
    if skipped:
        print(f"liqtui score: {plain(path)}: {skipped} lines could not be read", file=sys.stderr)
    return course.points()


def fields(point: Point) -> dict[str, Any]:
    """Return the object that ``--json`` prints of one method and threshold."""
    record = point.record
    precision, recall = record.intervals()
    return {
        "method": point.method,
        "threshold": point.threshold,
        "alerts": len(record.alerts),
        "precision": record.precision,
        "p_lo": precision and precision[0],
        "p_hi": precision and precision[1],
        "bursts": len(record.bursts),
        "recall": record.recall,
        "r_lo": recall and recall[0],
        "r_hi": recall and recall[1],
        "lead_min": record.lead(),
        "lead_p10": record.lead(0.1),
        "false_a_day": record.false_a_day,
        "days": record.days,
    }


def _print_table(points: Sequence[Point]) -> None:
    """Print our points, and under each the best of every other at no more false alarms."""
    print("  ".join(name.rjust(width) for name, width in _HEAD))
    for point in _chosen(points):
        cells = fields(point)
        print("  ".join(_cell(cells[name]).rjust(width) for name, width in _HEAD))


def _chosen(points: Sequence[Point]) -> Iterator[Point]:
    for point in points:
        if point.method == OURS:
            yield point
            yield from rivals(points, point.record.false_a_day)


def _cell(value: object) -> str:
    if value is None:
        return "—"
    return f"{value:.3g}" if isinstance(value, float) else str(value)
