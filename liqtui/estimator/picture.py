"""The heatmap a view asks for, cut out of a track."""

from collections.abc import Iterable
from math import ceil

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from liqtui.estimator import Exposure, Remarking
from liqtui.estimator.clusters import REACH, clusters
from liqtui.estimator.grid import STEP, Grid, bucket, buckets, centres
from liqtui.estimator.slices import WHOLE, Divisible, Part
from liqtui.estimator.track import Track, present
from liqtui.model.market import Side
from liqtui.model.snapshot import Cluster, Floats, Heatmap, Mark, read_only
from liqtui.model.view import TIERS, View
from liqtui.store.market import Base
from liqtui.store.rings import MINUTE

_SHOWN = 0.08
"""Fraction of price in a view that asks for no certain rows."""
_SIDES = (Side.LONG, Side.SHORT)
_MARKS = 200
"""Realised liquidations drawn at most, the largest."""


class Frame(Struct, frozen=True):
    """Which buckets and minutes a view covers."""

    first: int
    """Absolute number of the lowest bucket."""
    rows: int
    bins: int
    """Buckets per row."""
    newest: int
    """Start of the open column, UTC ns."""
    columns: int
    column: int
    """Nanoseconds per column."""

    @property
    def size(self) -> int:
        """Buckets covered."""
        return self.rows * self.bins

    @property
    def times(self) -> NDArray[np.int64]:
        """(columns,) start of each column, UTC ns."""
        return self.newest - self.column * np.arange(self.columns - 1, -1, -1, dtype=np.int64)


def frame(view: View, price: float, now: int) -> Frame:
    """Return what ``view`` covers when the mark is ``price``.

    A view that follows the mark moves in steps of an eighth of its height, so that the rows stand
    still while the price wanders.
    """
    rows = max(view.rows, 1)
    bins = max(view.bins_per_row or round(_SHOWN / STEP / rows), 1)
    step = bins if view.centre is not None else bins * max(rows // 8, 1)
    middle = bucket(view.centre or price) // step * step + step // 2
    first = (middle - rows * bins // 2) // bins * bins
    column = max(view.column_s, 60) * 1_000_000_000
    return Frame(first, rows, bins, now // column * column, max(view.columns, 1), column)


_PEAKS_FOR = 1_000_000_000
"""Nanoseconds for which the tape's tags use one list of peaks."""
_TIERS_FOR = 60_000_000_000
"""Nanoseconds for which one split of the map tells the clusters' classes of leverage."""
_SOON = 0.04
"""Fraction of price around which peaks may be reached within hours."""
_MOST_OF = 0.25
"""Of a cluster: what a class of leverage must hold to be named."""


class Painter:
    """Makes heatmaps and clusters of one track; keeps what the next one can use again."""

    def __init__(self, base: Base, track: Track) -> None:
        self._base = base
        self._track = track
        self._key: tuple[object, ...] = ()
        self._closed: Floats = np.empty((0, 0), np.float32)
        self._peaks: tuple[Cluster, ...] = ()
        self._peaks_at = -_PEAKS_FOR
        self._recalled: tuple[Cluster, ...] = ()
        self._split: tuple[object, Exposure | None] = (None, None)
        self._tiers: tuple[Grid, NDArray[np.float64]] | None = None
        self.split_at = -_TIERS_FOR
        """UTC ns of the split by which clusters are told their classes of leverage."""

    def recall(self, found: tuple[Cluster, ...]) -> None:
        """Show these clusters, which a former run found, until there is a map again."""
        self._recalled = found

    def clusters(self) -> tuple[Cluster, ...]:
        """Return the present map's peaks."""
        return self._clusters(self._track.estimator.exposure())

    def near(self) -> tuple[Cluster, ...]:
        """Return the peaks that may soon be reached, with the leverage that most of each has."""
        found = self._clusters(self._track.estimator.exposure(), _SOON)
        return tuple(self._tiered(cluster) for cluster in found)

    def split(self, now: int) -> None:
        """Split the map by class of leverage anew, if it is time to (some milliseconds)."""
        exposure = None if self._track.reading else self._track.estimator.exposure()
        if exposure is not None and now - self.split_at >= _TIERS_FOR:
            self._tiers, self.split_at = self._by_tier(exposure.grid), now

    def _by_tier(self, grid: Grid) -> tuple[Grid, NDArray[np.float64]] | None:
        """Return (classes, 2, size) USD standing; None where the method does not split."""
        estimator = self._track.estimator
        if not isinstance(estimator, Divisible):
            return None
        return grid, sum(estimator.parts().values(), np.zeros((len(TIERS), 2, grid.size)))

    def _tiered(self, cluster: Cluster) -> Cluster:
        if self._tiers is None:
            return cluster
        grid, split = self._tiers
        low, high = max(grid.index(cluster.low), 0), max(grid.index(cluster.high), 0)
        held = split[:, _SIDES.index(cluster.side), low : high + 1].sum(axis=1)
        named = np.flatnonzero(held > _MOST_OF * held.sum())
        return replace(cluster, tiers=tuple(TIERS[tier] for tier in named))

    def clusters_in(self, view: View, now: int) -> tuple[Cluster, ...]:
        """Return the peaks of what ``view`` shows of the map."""
        found = self._clusters(self._present(view, now))
        return tuple(one for one in found if view.side in (None, one.side))

    def _clusters(self, exposure: Exposure | None, reach: float = REACH) -> tuple[Cluster, ...]:
        price = self._base.price or self._base.price_before
        if not price:
            return ()
        if self._track.reading or exposure is None:
            return tuple(_seen_from(one, price) for one in self._recalled)
        return self._track.foreseen(clusters(exposure, price, reach=reach))

    def _present(self, view: View, now: int) -> Exposure | None:
        """Return what stands now, as far as the view wants it; a part for a second."""
        part = Part(view.venues, view.tiers)
        if part == WHOLE:
            return self._track.estimator.exposure()
        key = (part, now // _PEAKS_FOR)
        if key != self._split[0]:
            self._split = (key, self._track.part(part))
        return self._split[1]

    def cluster_at(self, side: Side, price: float, at: int) -> float | None:
        """Return the price of the cluster of ``side`` that holds ``price``, if one does.

        The peaks are those of up to a second before, by the time of the events that ask: when a
        picture was taken in between must not matter.
        """
        if at - self._peaks_at >= _PEAKS_FOR:
            self._peaks, self._peaks_at = self.clusters(), at
        for cluster in self._peaks:
            if cluster.side is side and cluster.low <= price <= cluster.high:
                return cluster.price
        return None

    def paint(self, view: View, now: int, holes: Iterable[tuple[int, int]] = ()) -> Heatmap | None:
        """Return the heatmap for ``view``, None before any price is known.

        Args:
            view: what is looked at.
            now: UTC ns.
            holes: when liquidations were not heard, UTC ns.
        """
        price = self._base.price
        exposure = self._present(view, now)
        around = price or self._base.price_before
        if around is None:
            return None
        at = frame(view, around, now)
        sides = (view.side is not Side.SHORT, view.side is not Side.LONG)
        cells = np.full((at.columns, at.size), np.nan, np.float32)
        cells[:-1] = self._closed_columns(at, sides, Part(view.venues, view.tiers))
        long = short = reach = np.full(at.rows, np.nan, np.float32)
        bounds = None
        if exposure is not None and price is not None and not self._track.reading:
            cells[-1] = present(exposure, at.first, at.size, sides)
            long = row_sums(present(exposure, at.first, at.size, (sides[0], False)), at)
            short = row_sums(present(exposure, at.first, at.size, (False, sides[1])), at)
            reach = _reach(exposure.long, exposure.short, exposure.grid, price, at, sides)
            bounds = _bounds(exposure, price, at, sides)
        return Heatmap(
            method=self._track.estimator.method,
            prices=_prices(at),
            times=read_only(at.times),
            cells=read_only(row_sums(cells, at).T),
            trace=self._trace(at, price),
            marks=self._marks(at, sides, view.venues),
            long=read_only(long),
            short=read_only(short),
            reach=read_only(reach),
            mark=price,
            row_fraction=STEP * at.bins,
            column_s=at.column // 1_000_000_000,
            warming=self.warming(),
            remark=self._remark(),
            bounds=bounds,
            divisible=isinstance(self._track.estimator, Divisible),
            unheard=_unheard(at, holes),
        )

    def warming(self) -> str:
        """Say why the map cannot be trusted yet; empty when it can."""
        return "reading history" if self._track.reading else self._track.estimator.warming()

    def _remark(self) -> str:
        estimator = self._track.estimator
        return estimator.remark() if isinstance(estimator, Remarking) else ""

    def _closed_columns(self, at: Frame, sides: tuple[bool, bool], part: Part) -> Floats:
        key = (at, sides, part, self._track.version)
        if key != self._key:
            minutes = _minutes(at)[:-1]
            self._closed = self._track.columns(minutes, at.first, at.size, sides, part)
            self._key = key
        return self._closed

    def _trace(self, at: Frame, price: float | None) -> Floats:
        last = (at.times + at.column) // MINUTE - 1
        trace = self._base.prices.at_minutes(last).astype(np.float32)
        trace[-1] = np.nan if price is None else price
        traced: Floats = read_only(trace)
        return traced

    def _marks(
        self, at: Frame, sides: tuple[bool, bool], venues: frozenset[str]
    ) -> tuple[Mark, ...]:
        """Sum the realised liquidations of each cell, wanted side and venue; no venues: all."""
        times, prices, usd = self._base.points(int(at.times[0]), venues)
        if not len(times):
            return ()
        column = (times - at.times[0]) // at.column
        row = at.rows - 1 - (buckets(prices) - at.first) // at.bins
        seen = (row >= 0) & (row < at.rows) & (column < at.columns)
        seen &= np.where(usd > 0, sides[0], sides[1])
        keys = (column * at.rows + row) * 2 + (usd > 0)
        sums = np.bincount(keys[seen], np.abs(usd[seen]))
        found = np.flatnonzero(sums)
        largest = found[np.argsort(-sums[found], kind="stable")[:_MARKS]]
        return tuple(_mark(key, float(sums[key]), at.rows) for key in largest.tolist())


def _seen_from(cluster: Cluster, price: float) -> Cluster:
    """Return a cluster of a former run, its distance from the present price."""
    return replace(cluster, distance=cluster.price / price - 1.0, touch=())


def _reach(
    long: NDArray[np.float64],
    short: NDArray[np.float64],
    grid: Grid,
    price: float,
    at: Frame,
    sides: tuple[bool, bool],
) -> Floats:
    """Return (rows,) USD on the way from a price through each row, highest price first."""
    here = min(max(grid.index(price), 0), grid.size - 1)
    way = np.zeros(grid.size)
    if sides[0]:
        way[:here] = np.cumsum(long[here::-1])[1:][::-1]
    if sides[1]:
        way[here + 1 :] = np.cumsum(short[here:])[1:]
    lowest = at.first - grid.first + at.bins * np.arange(at.rows)
    farthest = np.where(lowest <= here, lowest, lowest + at.bins - 1)
    own = (lowest <= here) & (here < lowest + at.bins)
    found = np.where(own, 0.0, way[np.clip(farthest, 0, grid.size - 1)])
    rows: Floats = found.astype(np.float32)[::-1]
    return rows


def _bounds(
    exposure: Exposure, price: float, at: Frame, sides: tuple[bool, bool]
) -> tuple[Floats, Floats] | None:
    bands = exposure.bands
    if bands is None:
        return None
    lower, upper = (
        read_only(_reach(long, short, exposure.grid, price, at, sides))
        for long, short in zip(bands.long, bands.short, strict=True)
    )
    return lower, upper


def _unheard(at: Frame, holes: Iterable[tuple[int, int]]) -> NDArray[np.bool_]:
    """Return (columns,) whether a hole reaches into a column."""
    found = np.zeros(at.columns, np.bool_)
    for start, end in holes:
        found |= (at.times < end) & (at.times + at.column > start)
    return found


def _mark(key: int, usd: float, rows: int) -> Mark:
    cell, long = divmod(key, 2)
    return Mark(*divmod(cell, rows), Side.LONG if long else Side.SHORT, usd)


def _minutes(at: Frame) -> list[range]:
    width = ceil(at.column / MINUTE)
    return [range(start, start + width) for start in (at.times // MINUTE).tolist()]


def row_sums(values: Floats, at: Frame) -> Floats:
    """Sum buckets into rows, highest price first; last axis."""
    shape = (*values.shape[:-1], at.rows, at.bins)
    summed: Floats = values.reshape(shape).sum(axis=-1)[..., ::-1]
    return summed


def _prices(at: Frame) -> Floats:
    middles = at.first + at.bins * (np.arange(at.rows) + 0.5) - 0.5
    prices: Floats = read_only(centres(middles)[::-1].astype(np.float32))
    return prices
