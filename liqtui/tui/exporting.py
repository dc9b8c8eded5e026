"""What a pane shows, as a table in a file: from the snapshot alone."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
from msgspec import Struct

from liqtui import paths, table
from liqtui.model.snapshot import Heatmap, Snapshot
from liqtui.table import Column, Row

_MS: Final = 1_000_000
_ODD: Final = re.compile(r"[^A-Za-z0-9]+")
_TIMES: Final = ("since", "due", "whole_since")
"""Fields that are times, which a table has in UTC ms."""


class Table(Struct, frozen=True):
    """Rows and how they are written."""

    columns: tuple[Column, ...]
    rows: Callable[[Snapshot], Iterator[Row]]


def save(snapshot: Snapshot, pane: str, named: str = "", directory: Path | None = None) -> Path:
    """Write what a pane shows and return where it is.

    Args:
        snapshot: what is shown.
        pane: its name.
        named: a file; a name alone goes to the exports, its end says the format; empty: CSV.
        directory: of the exports; None: with the user's data.

    Raises:
        OSError: it cannot be written.
        liqtui.table.NoParquetError: it was to be Parquet.
    """
    folder = directory or paths.data_dir() / "exports"
    path = Path(named or _name(snapshot, pane)).expanduser()
    path = path if len(path.parts) > 1 else paths.made(folder) / path
    wanted = TABLES[pane]
    with table.written(path) as file:
        writer = table.writer(table.format_of(path.name) or "csv", file, wanted.columns)
        for row in wanted.rows(snapshot):
            writer.write(row)
        writer.end()
    return path


def _name(snapshot: Snapshot, pane: str) -> str:
    base = _ODD.sub("_", snapshot.view.base)
    return f"{pane}-{base}-{datetime.fromtimestamp(snapshot.at / 1e9, UTC):%Y%m%d-%H%M%S}.csv"


def _map(snapshot: Snapshot) -> Iterator[Row]:
    """Yield every cell that is known, then the present map by side."""
    heat = snapshot.heatmap
    if heat is None:
        return
    for column, at in enumerate(heat.times.tolist()):
        trace = float(heat.trace[column])
        for row in np.flatnonzero(~np.isnan(heat.cells[:, column])).tolist():
            usd = float(heat.cells[row, column])
            mark = None if np.isnan(trace) else trace
            yield {"ts": at // _MS, "price": float(heat.prices[row]), "mark": mark, "usd": usd}
    yield from _ladder(heat, snapshot.at)


def _ladder(heat: Heatmap, at: int) -> Iterator[Row]:
    for row, price in enumerate(heat.prices.tolist()):
        sides = {
            "long": float(heat.long[row]),
            "short": float(heat.short[row]),
            "on_the_way": float(heat.reach[row]),
        }
        usd = sides["long"] + sides["short"]
        yield {"ts": at // _MS, "price": price, "mark": heat.mark, "usd": usd, **sides}


def _tape(snapshot: Snapshot) -> Iterator[Row]:
    """Yield liquidations as the public wire of events has them, with what is known besides."""
    for row in snapshot.tape.rows:
        yield {
            "type": "liquidation",
            "ts": row.at // _MS,
            "venue": row.venue,
            "market": row.evidence.market if row.evidence else None,
            "symbol": row.symbol,
            "base": row.base,
            "side": row.side.value,
            "price": row.price,
            "price_kind": row.price_kind.value,
            "qty": row.quantity,
            "notional": row.notional,
            "cluster": row.cluster,
            "doubt": row.quarantined or None,
        }


def _clusters(snapshot: Snapshot) -> Iterator[Row]:
    """Yield clusters under the names they have in the archive."""
    for one in snapshot.clusters:
        low, high = one.band or (None, None)
        touch = zip(("touch_15m", "touch_1h", "touch_4h"), one.touch, strict=False)
        named = {name: _told(name, getattr(one, name)) for name in _CLUSTER}
        common = {"type": "cluster", "ts": snapshot.at // _MS, "base": snapshot.view.base}
        yield {**common, **named, "usd_low": low, "usd_high": high, **dict(touch)}


_CLUSTER: Final = (
    "side", "price", "low", "high", "usd", "distance", "cascade_usd", "branching", "expected",
    "confidence",
)  # fmt: skip


def _told(name: str, value: Any) -> Any:
    if name in _TIMES:
        return value // _MS if value else None
    return getattr(value, "value", value)


def _venues(snapshot: Snapshot) -> Iterator[Row]:
    """Yield venues; sums of hours that begin before ``whole_since`` are lower bounds."""
    for row in snapshot.venues:
        named = {name: _told(name, getattr(row, name)) for name in (*_VENUE, *_VENUE_NUMBERS)}
        longer = {
            f"{side}_{window.hours}h": getattr(window, side)
            for window in row.longer
            for side in ("long", "short")
        }
        yield {"ts": snapshot.at // _MS, **named, **longer}


_VENUE: Final = ("venue", "title", "state", "state_reason", "coverage_label", "funding_kind")
_VENUE_NUMBERS: Final = (
    "oi_usd", "oi_5m", "oi_1h", "oi_24h", "funding", "interval_hours", "settled", "funding_8h",
    "funding_year", "due", "long_1h", "short_1h", "lag_ms", "whole_since",
)  # fmt: skip
_LONGER: Final = ("long_4h", "short_4h", "long_24h", "short_24h")


def _columns(texts: str, numbers: str) -> tuple[Column, ...]:
    named = [Column(name, "text") for name in texts.split()]
    counted = [Column(name, "time" if name in _TIMES else "number") for name in numbers.split()]
    return (Column("ts", "time"), *named, *counted)


def _table(texts: str, numbers: str, values: Callable[[Snapshot], Sequence[Struct]]) -> Table:
    """Return a table of structs' fields: as of now where they have no time of their own."""
    columns = _columns(texts, numbers)
    names = [column.name for column in columns[1:]]

    def rows(snapshot: Snapshot) -> Iterator[Row]:
        for value in values(snapshot):
            at = getattr(value, "at", snapshot.at)
            yield {"ts": at // _MS, **{name: _told(name, getattr(value, name)) for name in names}}

    return Table(columns, rows)


TABLES: Final[Mapping[str, Table]] = {
    "heatmap": Table(_columns("", "price mark usd long short on_the_way"), _map),
    "tape": Table(
        _columns("venue market symbol base side price_kind doubt", "price qty notional cluster"),
        _tape,
    ),
    "venues": Table(_columns(" ".join(_VENUE), " ".join((*_VENUE_NUMBERS, *_LONGER))), _venues),
    "clusters": Table(
        _columns(
            "base side",
            "price low high usd usd_low usd_high distance touch_15m touch_1h touch_4h cascade_usd "
            "branching expected confidence",
        ),
        _clusters,
    ),
    "log": _table("kind text", "", lambda shown: shown.log),
    "volume": _table(
        "",
        "floor bought_5m sold_5m bought_1h sold_1h",
        lambda shown: shown.volume.classes if shown.volume else (),
    ),
    "score": _table(
        "method",
        "horizon_s windows events gain low high ratio rho touched fired brier",
        lambda shown: shown.score.grades if shown.score else (),
    ),
    "health": _table(
        "venue stream state reason last",
        "since frames size frames_per_s bytes_per_s lag_p50_ms lag_p95_ms budget reconnects "
        "malformed unknown",
        lambda shown: shown.feeds,
    ),
}
"""By pane."""
