"""What windows of new ground said of published maps, kept for the report.

Per horizon one row for each side of each window, and for every method what its map had there and
what that was worth; the same for three placebos, in which a true skill vanishes: the map mirrored
about the price, the map of a day before, and a map of some other hour moved to the present price.
"""

from collections import deque
from collections.abc import Sequence
from math import nan
from typing import NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from liqtui.estimator.path import Cut, Fresh
from liqtui.estimator.score.bootstrap import blocks, interval
from liqtui.estimator.score.fired import (
    gain,
    intensity,
    likelihoods,
    partial_rank_correlation,
    total_p,
)
from liqtui.estimator.score.ledger import Scored

Floats = NDArray[np.float64]
HOUR = 3_600_000_000_000
PLACEBOS = ("mirrored", "stale", "shifted")


class Window(Struct, frozen=True, eq=False):
    """One side of the new ground of one window, and what every method is told alike."""

    at: int
    price: float
    fresh: Fresh
    move: float
    """Log return over the window, absolute."""
    volume: float
    """Units of base traded in it."""
    lump: float = 0.0
    """USD: the size of liquidations, E[size^2] / E[size]."""


def mirrored(published: Cut) -> Cut:
    """Return a map mirrored about its price: what stood below stands above."""
    return Cut(published.at, published.price, published.first, published.usd[::-1, ::-1])


def moved(published: Cut, to: Cut) -> Cut:
    """Return a map moved to where another one's price was."""
    return Cut(to.at, to.price, to.first, published.usd)


class _Ground(NamedTuple):
    """What every method is told alike of one side of a window."""

    at: float
    size: float
    events: float
    usd: float
    capped: float
    move: float
    volume: float
    lump: float


class Row(Struct, frozen=True):
    """What a method's map was worth in one window and side."""

    mass: float
    """USD it had in the crossed bins; NaN where there was no map."""
    gain: float
    """Nats times liquidations."""
    gain_usd: float
    """Nats times capped USD."""
    placebos: tuple[float, ...]
    """Nats times liquidations of each of `PLACEBOS`, NaN where there was none."""


_MISSING = Row(nan, nan, nan, (nan,) * len(PLACEBOS))


class Report(Struct, frozen=True):
    """How a method did on new ground, over one horizon; None: cannot be said."""

    windows: int = 0
    events: float = 0.0
    ig: float | None = None
    """Information gain over an even spread, nats per liquidation."""
    ig_lo: float | None = None
    ig_hi: float | None = None
    """Its 95 % interval, by blocks of time."""
    ig_usd: float | None = None
    """The same per capped dollar."""
    ratio_fired: float | None = None
    """USD predicted over USD liquidated, on the crossed bins."""
    rho: float | None = None
    """Rank correlation of the two, without length, move and volume."""
    ig_mirrored: float | None = None
    ig_stale: float | None = None
    ig_shifted: float | None = None
    n_test: float | None = None
    """Two-sided p of the dollars liquidated, were those predicted right on average."""
    intensity: float | None = None
    """Log score of the dollars, quiet windows too, per window in nats: higher is better."""


class Windows:
    """Rows of one horizon.

    Args:
        horizon: nanoseconds.
        most: rows kept; older ones are forgotten.
    """

    def __init__(self, horizon: int, most: int) -> None:
        self.horizon = horizon
        self._most = most
        self._common: deque[_Ground] = deque(maxlen=most)
        self._rows: dict[str, deque[Row]] = {}
        self._restored: tuple[int, str] | None = None

    def open(self, window: Window) -> None:
        """Begin the row of one side of one window; then `add` what every method had."""
        fresh = window.fresh
        events, usd, capped = fresh.counted.sum(axis=1).tolist()
        about = window.move, window.volume, window.lump
        self._open(_Ground(window.at, fresh.size, events, usd, capped, *about))

    def _open(self, ground: _Ground) -> None:
        self._common.append(ground)
        for rows in self._rows.values():
            rows.append(_MISSING)

    def add(
        self, method: str, window: Window, published: Cut, placebos: Sequence[Cut | None]
    ) -> Row:
        """Score a method's map on the window opened last; return what it was worth there."""
        fresh = window.fresh
        others = tuple(
            nan if other is None else gain(_likely(fresh, other), fresh.counted[0])
            for other in placebos
        )
        likely = _likely(fresh, published)
        won, won_usd = (gain(likely, fired) for fired in fresh.counted[[0, 2]])
        row = Row(float(fresh.of(published).sum()), won, won_usd, others)
        self._put(method, row)
        return row

    def _put(self, method: str, row: Row) -> None:
        rows = self._rows.get(method)
        if rows is None:
            rows = self._rows[method] = deque([_MISSING] * len(self._common), self._most)
        rows[-1] = row

    def restore(self, line: Scored) -> None:
        """Take a row from the ledger of an earlier run; lines come in their order."""
        key = line.at, line.side
        if key != self._restored:
            self._restored = key
            about = line.move, line.volume, line.lump
            sums = line.events, line.usd, line.capped_usd
            self._open(_Ground(line.at, line.crossed, *sums, *about))
        placebos = tuple(nan if won is None else won for won in line.placebos)
        self._put(line.method, Row(line.predicted_usd, line.gain, line.gain_usd, placebos))

    @property
    def methods(self) -> tuple[str, ...]:
        """Those that were scored."""
        return tuple(self._rows)

    def report(self, method: str) -> Report:
        """Return how a method did."""
        kept, common = self._kept(method)
        if not kept:
            return Report()
        at, size, events, usd, capped, move, volume, lump = common
        mass, won, won_usd = np.array([(r.mass, r.gain, r.gain_usd) for r in kept]).T
        bounds = interval(won, events, self._blocks(at)) or (None, None)
        placebos = np.array([r.placebos for r in kept]).reshape(len(kept), -1)
        return Report(
            windows=len(kept),
            events=float(events.sum()),
            ig=_ratio(won.sum(), events.sum()),
            ig_lo=bounds[0],
            ig_hi=bounds[1],
            ig_usd=_ratio(won_usd.sum(), capped.sum()),
            ratio_fired=_ratio(mass.sum(), usd.sum()),
            rho=partial_rank_correlation(mass, usd, [size, move, volume]),
            n_test=self._total(at, mass, usd, lump),
            intensity=_intensity(mass, usd, lump),
            **{
                f"ig_{name}": _mean_of_known(column, events)
                for name, column in zip(PLACEBOS, placebos.T, strict=False)
            },
        )

    def _total(self, at: Floats, mass: Floats, usd: Floats, lump: Floats) -> float | None:
        """Return the p of what fired in all, of windows that do not overlap."""
        alone = (at % self.horizon == 0) & (lump > 0)
        predicted, fired = (x[alone] / lump[alone] for x in (mass, usd))
        if not predicted.sum() > 0:
            return None
        usual = predicted * (fired.sum() / predicted.sum())
        spread = float(((fired - usual) ** 2).sum() / max(usual.sum(), 1.0))
        return total_p(predicted.sum(), float(fired.sum()), max(spread, 1.0))

    def difference(self, one: str, other: str) -> tuple[float, float, float] | None:
        """Return by how much one method's gain exceeds another's, with its interval."""
        rows = [self._of(name) for name in (one, other)]
        both = np.array([(a.gain, b.gain) for a, b in zip(*rows, strict=True)]).reshape(-1, 2)
        common = np.array(self._common)
        known = ~np.isnan(both).any(axis=1)
        if not known.any():
            return None
        more, events = both[known, 0] - both[known, 1], common[known, 2]
        bounds = interval(more, events, self._blocks(common[known, 0]))
        if bounds is None or not events.sum():
            return None
        return float(more.sum() / events.sum()), *bounds

    def _of(self, method: str) -> Sequence[Row]:
        return self._rows.get(method) or [_MISSING] * len(self._common)

    def _kept(self, method: str) -> tuple[list[Row], Floats]:
        rows = self._of(method)
        pairs = [(r, c) for r, c in zip(rows, self._common, strict=True) if r.mass == r.mass]
        return [r for r, _ in pairs], np.array([c for _, c in pairs], np.float64).T

    def _blocks(self, at: Floats) -> NDArray[np.int64]:
        """Cut time into days, or into less where there are few of them."""
        days = (at.max() - at.min()) / (24 * HOUR) if len(at) else 0.0
        width = 24 * HOUR if days >= 5 else max(2 * self.horizon, HOUR)
        return blocks(at.astype(np.int64), width)


def _likely(fresh: Fresh, published: Cut) -> Floats:
    """Return how much likelier than an even spread a map made what fired, by spans."""
    return fresh.mean(likelihoods(fresh.of(published)))


def _intensity(mass: Floats, usd: Floats, lump: Floats) -> float | None:
    known = lump > 0
    if not known.any():
        return None
    return intensity(mass[known], usd[known], float(lump[known][-1])) / int(known.sum())


def _ratio(above: float, below: float) -> float | None:
    return float(above / below) if below > 0 else None


def _mean_of_known(won: Floats, events: Floats) -> float | None:
    known = ~np.isnan(won)
    return _ratio(won[known].sum(), events[known].sum())
