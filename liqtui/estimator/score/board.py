"""The scoreboard of one base: predict, write it down, see what came, and only then learn.

Every ten minutes each method's map is published; half an hour and four hours later it is scored on
the ground the price newly crossed. Fed from a file or live, event by event; the scores depend on
the events alone.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

import numpy as np
from msgspec import Struct

from liqtui.estimator import Estimator, Exposure
from liqtui.estimator.heard import Heard
from liqtui.estimator.path import Cut, Path, cut, known
from liqtui.estimator.score import ledger
from liqtui.estimator.score.reliability import Reliability
from liqtui.estimator.score.standing import Report as Stood
from liqtui.estimator.score.standing import Standing, binned, bounds
from liqtui.estimator.score.touched import Report as Reliable
from liqtui.estimator.score.touched import Touched
from liqtui.estimator.score.windows import HOUR, Row, Window, Windows, mirrored, moved
from liqtui.estimator.score.windows import Report as Fired
from liqtui.model.events import Event, FeedStatus, Gap, MarketEvent
from liqtui.model.score import Grade
from liqtui.model.score import Score as Shown
from liqtui.model.truth import Truth

_EVERY: Final = 600_000_000_000
"""Between two published maps, ns."""
HORIZONS: Final = (1800, 14_400)
"""Seconds."""
_STALE: Final = 24 * HOUR
_SHIFTS: Final = (6, 48)
"""Hours between which a placebo's map is older."""
_EXPECTED: Final = "+cal"
"""Behind the name of a method, for what it expects to fire: its clusters are those that stand."""
_KEPT: Final = 8640
"""Rows per horizon: a month of both sides."""


class Score(Struct, frozen=True):
    """How one method has done over one horizon."""

    method: str
    horizon_s: int
    fired: Fired
    touched: Reliable
    stood: Stood


class Scoreboard:
    """See the module.

    Args:
        base: whose events count; all others are passed over.
        own: estimators that are fed from here.
        watched: estimators somebody else feeds; only asked for their maps.
        horizons: seconds.
        write: takes the lines of the ledger.
    """

    def __init__(
        self,
        base: str,
        own: Iterable[Estimator],
        watched: Iterable[Estimator] = (),
        horizons: Sequence[int] = HORIZONS,
        write: Callable[[bytes], object] | None = None,
    ) -> None:
        self._base = base
        self._own = tuple(own)
        self._all = (*self._own, *watched)
        self._heard = Heard(self._own)
        self._updates = [estimator.update for estimator in self._own]
        self._write = write
        self._path = Path(max(horizons) * 1_000_000_000)
        self._windows = {s: Windows(s * 1_000_000_000, _KEPT) for s in horizons}
        self._touched = {s: Touched() for s in horizons}
        self._standing = Standing()
        self._lump = 0.0
        """Of an earlier run, until this one has seen liquidations of its own."""
        self._published: dict[int, dict[str, Cut]] = {}
        self._now = 0
        self._due = 0
        self._since = 0
        self._turns = 0
        self._graded: tuple[int, tuple[Grade, ...]] = (-1, ())

    def observe(self, event: Event) -> None:
        """Take in one event; first publish and score what became due before it."""
        if isinstance(event, FeedStatus | Gap):
            self._heard.take(event)
            return
        if event.instrument.base != self._base or not event.instrument.in_dollars:
            return
        self._now = max(self._now, known(event))
        if self._now > self._due:
            self._turn()
        self._take(event)

    def learn(self, event: MarketEvent) -> None:
        """Take in one event of the past, which nothing is scored by: no liquidation is told of."""
        self._now = max(self._now, known(event))
        self._due = self._now // _EVERY * _EVERY + _EVERY
        self._take(event)

    def _take(self, event: MarketEvent) -> None:
        self._path.take(event, self._now)
        for update in self._updates:
            update(event)

    def _turn(self) -> None:
        """Publish and score at every multiple of the period before now."""
        longest = max(self._windows) * 1_000_000_000
        self._turns += 1
        # After a long silence there is nothing to score, and no map of the time between.
        start = max(self._due, (self._now - longest) // _EVERY * _EVERY)
        for at in range(start, self._now, _EVERY):
            if self._path.price is not None:
                self._score(at)
                self._publish(at)
        self._due = -(-self._now // _EVERY) * _EVERY

    def _publish(self, at: int) -> None:
        maps = self._maps(at, self._path.price or 0.0)
        self._published[at] = maps
        self._since = self._since or at
        oldest, whole = at - max(self._windows) * 1_000_000_000, at - (_SHIFTS[1] + 5) * HOUR
        # Within the longest window all are kept, then those of whole hours, for the placebos.
        for then in [t for t in self._published if t < oldest and (t % HOUR or t < whole)]:
            del self._published[then]
        if self._write:
            for method, published in maps.items():
                self._write(ledger.predicted(self._base, method, published))

    def _maps(self, at: int, price: float) -> dict[str, Cut]:
        return {method: cut(exposure, price, at) for method, exposure in self._exposures()}

    def _exposures(self) -> list[tuple[str, Exposure]]:
        asked = ((e.method, e.exposure()) for e in self._all)
        return [(method, exposure) for method, exposure in asked if exposure is not None]

    def _score(self, at: int) -> None:
        for seconds, windows in self._windows.items():
            maps = self._published.get(at - windows.horizon)
            if maps:
                self._score_window(seconds, maps, at)

    def _score_window(self, seconds: int, maps: dict[str, Cut], at: int) -> None:
        start, price = at - seconds * 1_000_000_000, next(iter(maps.values())).price
        move = abs(float(np.log((self._path.price or price) / price)))
        about = move, self._path.volume(start, at), self.lump
        for fresh in self._path.window(start, price, at):
            if fresh.size:
                self._score_side(seconds, maps, Window(start, price, fresh, *about), at)

    def _score_side(self, seconds: int, maps: dict[str, Cut], window: Window, at: int) -> None:
        windows = self._windows[seconds]
        windows.open(window)
        alone = window.at % (seconds * 1_000_000_000) == 0  # each cluster counts once
        for method, published in maps.items():
            row = windows.add(method, window, published, self._placebos(method, published))
            fell: tuple[ledger.Fell, ...] = ()
            if alone:
                shape = maps.get(method.removesuffix(_EXPECTED))
                touched = self._touched[seconds]
                fell = touched.add(method, published, window.fresh, window.lump, shape)
            if self._write:
                self._write(self._line(method, seconds, window, row, fell, at))

    def _placebos(self, method: str, published: Cut) -> list[Cut | None]:
        at = published.at
        span = _SHIFTS[1] - _SHIFTS[0] + 1
        hours = _SHIFTS[0] + at // HOUR * 2_654_435_761 % 2**32 % span
        stale = self._published.get(at - _STALE, {}).get(method)
        other = self._published.get(at - hours * HOUR, {}).get(method)
        return [mirrored(published), stale, None if other is None else moved(other, published)]

    def _line(
        self,
        method: str,
        seconds: int,
        window: Window,
        row: Row,
        fell: tuple[ledger.Fell, ...],
        at: int,
    ) -> bytes:
        fresh = window.fresh
        events, usd, capped = fresh.counted.sum(axis=1).tolist()
        return ledger.scored(
            ledger.Scored(
                ts=at // 1_000_000,
                base=self._base,
                method=method,
                horizon_s=seconds,
                side="short" if fresh.side else "long",
                crossed=fresh.size,
                events=events,
                usd=usd,
                predicted_usd=row.mass,
                gain=row.gain,
                capped_usd=capped,
                gain_usd=row.gain_usd,
                placebos=tuple(won if won == won else None for won in row.placebos),
                move=window.move,
                volume=window.volume,
                lump=window.lump,
                touched=fell,
            )
        )

    def restore(self, lines: Iterable[bytes]) -> int:
        """Take up the score of an earlier run from its ledger, before any event.

        What was published and not yet scored when it ended stays unscored: where the price went
        meanwhile is not known.

        Args:
            lines: in their order; those of other bases and methods are passed over.

        Returns:
            How many lines counted.
        """
        methods, count = {estimator.method for estimator in self._all}, 0
        for line in map(ledger.read, lines):
            if line is not None and line.base == self._base and line.method in methods:
                count += self._restore(line)
        self._turns += 1
        return count

    def _restore(self, line: ledger.Predicted | ledger.Scored) -> bool:
        if isinstance(line, ledger.Predicted):
            self._since = self._since or line.ts * 1_000_000
            return True
        windows = self._windows.get(line.horizon_s)
        if windows is None:
            return False
        self._lump = line.lump
        windows.restore(line)
        self._touched[line.horizon_s].restore(line)
        return True

    @property
    def lump(self) -> float:
        """USD: the size of liquidations, E[size^2] / E[size]; 0 before any."""
        return self._path.lump or self._lump

    def slice(self, shown: str, warming: str) -> Shown:
        """Return what a screen shows of it.

        Args:
            shown: the method whose touched clusters are listed.
            warming: why its map cannot be trusted yet.
        """
        if self._graded[0] != self._turns:
            ours = {estimator.method for estimator in self._all[len(self._own) :]}
            ordered = sorted(self.report(), key=lambda score: score.method not in ours)
            self._graded = self._turns, tuple(map(_grade, ordered))
        touches = self._touched[min(self._touched)].listed(shown)
        return Shown(self._base, self._since, shown, self._graded[1], touches, warming)

    def chance(self, method: str, usd: float) -> float | None:
        """Return how surely a cluster of a method's map fires if touched, None if not yet known."""
        return self._touched[min(self._touched)].chance(method, usd, self.lump)

    def compare(self, truth: Truth) -> None:
        """Compare every map of now with the truth; to be called before any later event."""
        if truth.base != self._base or not truth.price > 0:
            return
        exposures, at = self._exposures(), truth.ts * 1_000_000
        maps = {method: cut(exposure, truth.price, at) for method, exposure in exposures}
        held = {method: bounds(exposure, truth.price) for method, exposure in exposures}
        bands = {method: found for method, found in held.items() if found is not None}
        self._standing.compare(binned(truth), maps, bands)

    def report(self) -> tuple[Score, ...]:
        """Return how every method has done so far, per horizon."""
        return tuple(
            Score(
                estimator.method,
                seconds,
                windows.report(estimator.method),
                self._touched[seconds].report(estimator.method),
                self._standing.report(estimator.method),
            )
            for seconds, windows in self._windows.items()
            for estimator in self._all
        )

    def reliability(self, method: str, seconds: int) -> Reliability | None:
        """Return how a method's forecasts of touched clusters did, for its diagram."""
        return self._touched[seconds].reliability(method)

    def difference(self, one: str, other: str, seconds: int) -> tuple[float, float, float] | None:
        """Return by how much one method's information gain exceeds another's, and its interval."""
        return self._windows[seconds].difference(one, other)


def _grade(score: Score) -> Grade:
    fired, touched = score.fired, score.touched
    return Grade(
        score.method,
        score.horizon_s,
        fired.windows,
        fired.events,
        fired.ig,
        fired.ig_lo,
        fired.ig_hi,
        fired.ratio_fired,
        fired.rho,
        touched.touched,
        touched.fired,
        touched.brier,
        fired.n_test,
        touched.beyond,
    )
