"""The heatmap a view asks for, cut out of a track."""

from math import ceil

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from liqtui.estimator.clusters import clusters
from liqtui.estimator.grid import STEP, bucket, buckets, centres
from liqtui.estimator.track import Track, present
from liqtui.model.market import Side
from liqtui.model.snapshot import Cluster, Floats, Heatmap, Mark, View, read_only
from liqtui.store.market import Base
from liqtui.store.rings import MINUTE

_SHOWN = 0.08
"""Fraction of price in a view that asks for no certain rows."""
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


class Painter:
    """Makes heatmaps and clusters of one track; keeps what the next one can use again."""

    def __init__(self, base: Base, track: Track) -> None:
        self._base = base
        self._track = track
        self._key: tuple[object, ...] = ()
        self._closed: Floats = np.empty((0, 0), np.float32)
        self._peaks: tuple[Cluster, ...] = ()
        self._peaks_at = -_PEAKS_FOR

    def clusters(self) -> tuple[Cluster, ...]:
        """Return the present map's peaks."""
        if self._track.reading:
            return ()
        exposure, price = self._track.estimator.exposure(), self._base.price
        return clusters(exposure, price) if exposure and price else ()

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

    def paint(self, view: View, now: int) -> Heatmap | None:
        """Return the heatmap for ``view``, None before any price is known."""
        price = self._base.price
        exposure = self._track.estimator.exposure()
        if price is None:
            return None
        at = frame(view, price, now)
        sides = (view.side is not Side.SHORT, view.side is not Side.LONG)
        cells = np.full((at.columns, at.size), np.nan, np.float32)
        cells[:-1] = self._closed_columns(at, sides)
        long = short = np.full(at.rows, np.nan, np.float32)
        if exposure is not None and not self._track.reading:
            cells[-1] = present(exposure, at.first, at.size, sides)
            long = row_sums(present(exposure, at.first, at.size, (True, False)), at)
            short = row_sums(present(exposure, at.first, at.size, (False, True)), at)
        return Heatmap(
            method=self._track.estimator.method,
            prices=_prices(at),
            times=read_only(at.times),
            cells=read_only(row_sums(cells, at).T),
            trace=self._trace(at, price),
            marks=self._marks(at),
            long=read_only(long),
            short=read_only(short),
            mark=price,
            row_fraction=STEP * at.bins,
            column_s=at.column // 1_000_000_000,
            warming=self._warming(),
        )

    def _warming(self) -> str:
        return "reading history" if self._track.reading else self._track.estimator.warming()

    def _closed_columns(self, at: Frame, sides: tuple[bool, bool]) -> Floats:
        key = (at, sides, self._track.version)
        if key != self._key:
            self._closed = self._track.columns(_minutes(at)[:-1], at.first, at.size, sides)
            self._key = key
        return self._closed

    def _trace(self, at: Frame, price: float) -> Floats:
        last = (at.times + at.column) // MINUTE - 1
        trace = self._base.prices.at_minutes(last).astype(np.float32)
        trace[-1] = price
        traced: Floats = read_only(trace)
        return traced

    def _marks(self, at: Frame) -> tuple[Mark, ...]:
        """Sum the realised liquidations of each cell and side."""
        times, prices, usd = self._base.points.since(int(at.times[0]))
        if not len(times):
            return ()
        column = (times - at.times[0]) // at.column
        row = at.rows - 1 - (buckets(prices) - at.first) // at.bins
        seen = (row >= 0) & (row < at.rows) & (column < at.columns)
        keys = (column * at.rows + row) * 2 + (usd > 0)
        sums = np.bincount(keys[seen], np.abs(usd[seen]))
        found = np.flatnonzero(sums)
        largest = found[np.argsort(-sums[found], kind="stable")[:_MARKS]]
        return tuple(_mark(key, float(sums[key]), at.rows) for key in largest.tolist())


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
