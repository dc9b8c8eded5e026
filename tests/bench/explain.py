"""Does a map explain what was liquidated beyond what price alone says?

``python -m tests.bench.explain [METHOD ...]`` prints the table. Hourly sums of real liquidations
(`tests.bench.history`) are regressed, in logarithms, on what price alone would say of the hour and
then also on what the map had along the hour's path.
"""

import sys
from collections import defaultdict
from collections.abc import Sequence
from math import log

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from liqtui.estimator import Estimator
from liqtui.estimator.grid import bucket
from liqtui.estimator.methods import make, names
from liqtui.estimator.path import Cut, cut
from liqtui.estimator.score.bootstrap import blocks
from liqtui.estimator.score.windows import mirrored, moved
from liqtui.model.events import Candle
from liqtui.model.market import Side
from tests.bench.history import HOUR, MS, SETS, Bar, Past, by_hour, events, load

Floats = NDArray[np.float64]
SCORED = (("2025-12", "BTC"), *(("2024-summer", base) for base in SETS["2024-summer"]))
"""Those with liquidations."""
_POINT = 1e-4
_WARM = 72
"""Hours fed before the first is scored."""


class Explained(Struct, frozen=True):
    """What one method's map adds to price alone, in one set of hours and one side."""

    gain: float
    """Share of the variance price leaves unexplained that the map explains."""
    low: float
    high: float
    slope: float
    """Per standard deviation; below 0 the map points the wrong way."""
    held_out: float
    """The same share on days that were not fitted."""


def null(past: Past, ends: Sequence[int], side: Side) -> Floats:
    """Return (n, 11) what price alone says of each hour, with a constant.

    The move against the side with its square and root, how much of it is new ground against the
    last 1, 4 and 24 hours, and the logarithms of all four: liquidations and maps are compared in
    logarithms too.
    """
    bars = by_hour(past.bars)
    found: list[tuple[float, ...]] = []
    for end in ends:
        hour = bars[end]
        start = hour[0].open
        reach = _furthest(hour, start, side)
        new = [
            max(reach - max(_furthest(_before(bars, end, n), start, side), 0.0), 0.0)
            for n in (1, 4, 24)
        ]
        logs = (log(ground + _POINT) for ground in (reach, *new))
        found.append((1.0, reach, reach * reach, reach**0.5, *new, *logs))
    return np.array(found)


def _before(bars: dict[int, list[Bar]], end: int, hours: int) -> list[Bar]:
    return [bar for n in range(1, hours + 1) for bar in bars.get(end - n * HOUR, [])]


def _furthest(bars: Sequence[Bar], start: float, side: Side) -> float:
    if side is Side.LONG:
        return max((log(start / bar.low) for bar in bars), default=0.0)
    return max((log(bar.high / start) for bar in bars), default=0.0)


def along(past: Past, estimator: Estimator) -> dict[str, dict[Side, dict[int, float]]]:
    """Return what the map had along each hour's path, and three placebos, by the hour's end.

    Each price bin counts once an hour, when a bar first crosses it, with what the map as it stood
    before that bar had there: how often the price went to and fro tells nothing.
    """
    kinds = ("map", "mirrored", "stale", "shifted")
    sums: dict[str, dict[Side, dict[int, float]]] = {
        kind: {side: defaultdict(float) for side in Side} for kind in kinds
    }
    kept: dict[int, Cut] = {}
    price, reached = past.bars[0].open, _Reached()
    for event in events(past):
        if isinstance(event, Candle):
            exposure = estimator.exposure()
            if exposure is not None:
                start = event.at // MS - event.interval_s * 1000
                now = kept[start] = cut(exposure, price, start)
                stale = kept.get(start - 24 * HOUR)
                other = kept.get(start - (6 + start // HOUR * 7919 % 43) * HOUR)
                maps = (now, mirrored(now), stale, other and moved(other, now))
                end = -(-(event.at // MS) // HOUR) * HOUR
                new = reached.by(end, event, price)
                for kind, published in zip(kinds, maps, strict=True):
                    for i, (side, (low, high)) in enumerate(zip(Side, new, strict=True)):
                        if published is not None:
                            sums[kind][side][end] += float(published.over(low, high)[i].sum())
            price = event.close
        estimator.update(event)
    return sums


class _Reached:
    """How far an hour's bars have come."""

    def __init__(self) -> None:
        self._end = 0
        self._low = self._high = 0

    def by(self, end: int, bar: Candle, price: float) -> tuple[tuple[int, int], tuple[int, int]]:
        """Return the bins ``[first, last)`` that a bar crosses first, downwards and upwards."""
        if end != self._end:
            self._end, self._low, self._high = end, bucket(price) + 1, bucket(price)
        low, high = bucket(bar.low), bucket(bar.high) + 1
        new = (min(low, self._low), self._low), (self._high, max(high, self._high))
        self._low, self._high = new[0][0], new[1][1]
        return new


def explained(plain: Floats, had: Floats, fired: Floats, days: NDArray[np.int64]) -> Explained:
    """Return what ``had`` adds to ``plain`` in explaining ``fired``.

    Args:
        plain: (n, k) as of `null`.
        had: (n,) USD of the map along the hours' paths.
        fired: (n,) USD liquidated.
        days: (n,) block of each hour.
    """
    x, y = _log(had), _log(fired)
    full = np.column_stack([plain, x])
    before, after = _left(plain, y), _left(full, y)
    slope = np.linalg.lstsq(full, y, rcond=None)[0][-1] * x.std()
    sums = np.stack([np.bincount(days, r * r) for r in (before, after)])
    drawn = np.random.default_rng(1).integers(0, sums.shape[1], (1000, sums.shape[1]))
    again = 1.0 - sums[1][drawn].sum(axis=1) / sums[0][drawn].sum(axis=1)
    out = np.array([_held_out(design, y, days) for design in (plain, full)])
    return Explained(
        float(1.0 - sums[1].sum() / sums[0].sum()),
        float(np.quantile(again, 0.025)),
        float(np.quantile(again, 0.975)),
        float(slope),
        float(1.0 - out[1] / out[0]),
    )


def _log(usd: Floats) -> Floats:
    """Return a logarithm with a floor: what is below a percent of the median counts as it."""
    some = usd[usd > 0]
    floor = 0.01 * float(np.median(some)) if len(some) else 1.0
    logs: Floats = np.log(usd + floor)
    return logs


def _left(design: Floats, y: Floats) -> Floats:
    left: Floats = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    return left


def _held_out(design: Floats, y: Floats, days: NDArray[np.int64]) -> float:
    """Return the squared error on each fifth of the days, fitted on the others."""
    total, fold = 0.0, days * 5 // (days.max() + 1)
    for out in range(5):
        rest = fold != out
        fit = np.linalg.lstsq(design[rest], y[rest], rcond=None)[0]
        total += float(((y[~rest] - design[~rest] @ fit) ** 2).sum())
    return total


def evaluate(past: Past, method: str) -> dict[str, Explained]:
    """Return what a method's map and its placebos add on both sides, and the map on each alone."""
    sums = along(past, make(method))
    known = by_hour(past.bars)
    hours = [hour for hour in past.hours[_WARM:] if hour.at in known]
    ends = [hour.at for hour in hours]
    days = blocks(ends, 24 * HOUR)
    plain = [null(past, ends, side) for side in Side]
    fired = list(np.array([(hour.long, hour.short) for hour in hours]).T)
    nothing = np.zeros_like(plain[0])
    design = np.block([[plain[0], nothing], [nothing, plain[1]]])
    found: dict[str, Explained] = {}
    for kind, had in sums.items():
        sides = [np.array([had[side].get(end, 0.0) for end in ends]) for side in Side]
        found[kind] = explained(
            design, np.concatenate(sides), np.concatenate(fired), np.tile(days, 2)
        )
        if kind == "map":
            for i, side in enumerate(Side):
                found[side.value] = explained(plain[i], sides[i], fired[i], days)
    return found


def main(methods: Sequence[str]) -> int:
    """Print the table; return the exit code."""
    for name, base in SCORED:
        _table(f"{name} {base}", load(name, base), methods or names())
    return 0


def _table(title: str, past: Past, methods: Sequence[str]) -> None:
    print(f"\n{title}: % of the variance left by price alone, both sides [95 % by days], held out")
    print(f"{'':24}  map   [low, high]  slope  held   long  short   mirrored stale shifted")
    for method in methods:
        found = evaluate(past, method)
        m = found["map"]
        rest = "  ".join(
            f"{100 * found[kind].gain * np.sign(found[kind].slope):5.1f}"
            for kind in ("long", "short", "mirrored", "stale", "shifted")
        )
        print(
            f"{method:24} {100 * m.gain:5.1f} [{100 * m.low:4.1f},{100 * m.high:5.1f}] "
            f"{m.slope:6.2f} {100 * m.held_out:5.1f}  {rest}"
        )


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
