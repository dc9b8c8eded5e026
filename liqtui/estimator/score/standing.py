"""Maps against true ones, summed up over many instants."""

from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from liqtui.estimator import Exposure
from liqtui.estimator.grid import bucket, tally
from liqtui.estimator.path import REACH, Cut
from liqtui.estimator.score import truth as metrics
from liqtui.model.truth import Truth

Floats = NDArray[np.float64]

SIZE: Final = 2 * REACH + 1
_LEVEL: Final = 0.8
DISTANCES: Final = (0.01, 0.02, 0.05)
"""Within which cumulative dollars are compared."""
_REACHED: Final = metrics.within(SIZE, metrics.REACH)


def binned(truth: Truth) -> Floats:
    """Return (2, SIZE) USD around the truth's price; what lies outside 15 % is left out.

    >>> found = binned(Truth(0, "BTC", 100.0, [(95.0, 7.0), (50.0, 9.0)], []))
    >>> found.sum(), found[0, REACH + bucket(95.0) - bucket(100.0)]
    (np.float64(7.0), np.float64(7.0))
    """
    first = bucket(truth.price) - REACH
    both = [tally(levels, first, SIZE) for levels in (truth.long, truth.short)]
    return np.stack(both) * _REACHED


def bounds(exposure: Exposure, price: float) -> tuple[Floats, Floats] | None:
    """Return lower and upper USD of each side within each of `DISTANCES`, (2, 3) each.

    None where the map has no 80 % bands.
    """
    found = exposure.bands
    if found is None or abs(found.level - _LEVEL) > 1e-9:
        return None
    first = bucket(price) - REACH - exposure.grid.first
    both = [
        [_summed(values, first) for values in (found.long[which], found.short[which])]
        for which in (0, 1)
    ]
    return np.array(both[0]), np.array(both[1])


def _summed(values: Floats, first: int) -> Floats:
    inside = np.zeros(SIZE)
    low, high = max(first, 0), min(first + SIZE, len(values))
    if low < high:
        inside[low - first : high - first] = values[low:high]
    return metrics.cumulative(inside, DISTANCES)


class Report(Struct, frozen=True):
    """A method against the truth: means over instants; None where there was none."""

    truths: int = 0
    emd: float | None = None
    """Basis points, longs and shorts together, within 15 % of the price."""
    emd_long: float | None = None
    emd_short: float | None = None
    ovl25: float | None = None
    """Share in common, smoothed over 25 bp."""
    hit5: float | None = None
    """Share of the five largest true clusters found within 25 bp."""
    hit5_radial: float | None = None
    """The same to be expected of guesses by distance alone."""
    ratio_long: float | None = None
    """Estimated over true USD within 5 % of the price."""
    ratio_short: float | None = None
    shells: tuple[float | None, ...] = ()
    """ln(estimated / true) USD in shells 0-1, 1-2, 2-5, 5-10, 10-15 %."""
    cover80: float | None = None
    """Share of true USD within 1, 2, 5 % of the price, each side, that the 80 % bands held."""
    width80: float | None = None
    """Sharpness: ln(upper / lower) of those bands."""
    crps: float | None = None
    """Of those dollars, over the true ones; without bands the error. Lower is better."""
    emd_leverage: float | None = None
    """By the logarithm of the distance from the price, so .69 is twice the leverage or half."""


class Standing:
    """What was found so far, per method."""

    def __init__(self) -> None:
        self._profile = np.zeros(SIZE)
        self._rows: dict[str, list[Floats]] = {}
        self._inside: dict[str, list[bool]] = {}
        self._widths: dict[str, list[float]] = {}
        self._crps: dict[str, tuple[Floats, Floats]] = {}
        """CRPS by distance, and the true USD they are of."""

    def compare(
        self, true: Floats, maps: dict[str, Cut], bands: dict[str, tuple[Floats, Floats]]
    ) -> None:
        """Take in one instant.

        Args:
            true: (2, SIZE) as of `binned`.
            maps: of every method that has one, cut at the truth's price.
            bands: as of `bounds`, where a method says them.
        """
        self._profile += true.sum(axis=0)
        for method, published in maps.items():
            row = _compare(np.asarray(published.usd, np.float64) * _REACHED, true, self._profile)
            self._rows.setdefault(method, []).append(row)
        dollars = np.array([metrics.cumulative(side, DISTANCES) for side in true])
        for method, (low, high) in bands.items():
            inside = (low <= dollars) & (dollars <= high)
            self._inside.setdefault(method, []).extend(inside.reshape(-1).tolist())
            some = low > 0
            self._widths.setdefault(method, []).extend(np.log(high[some] / low[some]).tolist())
        for method, published in maps.items():
            near = [metrics.cumulative(side, DISTANCES) for side in published.usd]
            error = _errors(np.array(near), bands.get(method), dollars)
            before = self._crps.get(method, (np.zeros(3), np.zeros(3)))
            self._crps[method] = before[0] + error, before[1] + dollars.sum(axis=0)

    def report(self, method: str) -> Report:
        """Return how a method did."""
        rows = self._rows.get(method)
        if not rows:
            return Report()
        table, inside = np.array(rows), self._inside.get(method)
        widths, (errors, dollars) = self._widths.get(method), self._crps[method]
        means = (_mean(x) for x in table[:, :7].T)
        emd, emd_long, emd_short, ovl25, hit5, radial, leverage = means
        long, true_long, short, true_short = table[:, 7:11].sum(axis=0)
        return Report(
            truths=len(rows),
            emd=emd,
            emd_long=emd_long,
            emd_short=emd_short,
            ovl25=ovl25,
            hit5=hit5,
            hit5_radial=radial,
            ratio_long=float(long / true_long) if true_long > 0 else None,
            ratio_short=float(short / true_short) if true_short > 0 else None,
            shells=tuple(_mean(column) for column in table[:, 11:].T),
            cover80=float(np.mean(inside)) if inside else None,
            width80=float(np.mean(widths)) if widths else None,
            crps=_mean(errors[dollars > 0] / dollars[dollars > 0]),
            emd_leverage=leverage,
        )


def _compare(had: Floats, true: Floats, profile: Floats) -> Floats:
    both, total = had.sum(axis=0), true.sum(axis=0)
    pairs = ((both, total), (had[0], true[0]), (had[1], true[1]))
    emds = [metrics.emd(a, t) for a, t in pairs]
    near = metrics.within(SIZE, DISTANCES[-1])
    dollars = [float(x[side][near].sum()) for side in (0, 1) for x in (had, true)]
    mirror = (profile + profile[::-1]) / 2  # by distance alone, whichever the side
    return np.array(
        [
            *(None if e is None else e / metrics.BASIS_POINT for e in emds),
            metrics.overlap(both, total),
            metrics.hits(both, total),
            metrics.chance(mirror, total),
            metrics.leverage_emd(both, total),
            *dollars,
            *metrics.shell_ratios(both, total),
        ],
        np.float64,
    )


def _errors(had: Floats, bands: tuple[Floats, Floats] | None, true: Floats) -> Floats:
    """Return (distances,) the CRPS of dollars, both sides summed; without bands the error."""
    if bands is None:
        errors: Floats = np.abs(had - true).sum(axis=0)
        return errors
    found = []
    for low, middle, high, dollars in np.stack((bands[0], had, bands[1], true), -1).reshape(-1, 4):
        levels, law = metrics.fanned(float(low), float(middle), float(high), _LEVEL)
        found.append(metrics.crps(law, levels, float(dollars)))
    summed: Floats = np.array(found).reshape(had.shape).sum(axis=0)
    return summed


def _mean(column: Floats) -> float | None:
    known = column[~np.isnan(column)]
    return float(known.mean()) if len(known) else None
