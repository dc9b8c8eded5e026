"""What the archive holds as rows of tables, for whoever takes them elsewhere.

A row is an object of the public wire of events (`liqtui.model.wire`) with what the archive knows
besides; `flat` makes of it the rows of a table.
"""

import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from liqtui.archive.reader import CLASSES, Reader
from liqtui.model import wire
from liqtui.model.alert import Alert
from liqtui.model.events import Candle, Funding, OpenInterest
from liqtui.model.market import CandlePrice, FundingKind
from liqtui.table import Column

Row: TypeAlias = dict[str, Any]
_MS: Final = 1_000_000
_REACH: Final = 0.15
"""Fraction of price within which a map's levels are told."""
_BUCKET: Final = 1000.0
"""Of a map, to one unit of the price's logarithm."""
_DIGITS: Final = 8
"""Of a price, more than tell one bucket from the next."""
_UNIT: Final = 10_000.0
"""USD in which a map's buckets are kept."""


class Kind(Struct, frozen=True):
    """One kind of rows."""

    table: str
    read: Callable[["Extract", tuple[Any, ...]], Row]
    columns: tuple[Column, ...]
    what: str = "x.*"
    """What ``read`` is given of the table, which is called ``x``."""
    contract: bool = True
    """Whether a row is of a contract, which knows the coin; else of a coin itself."""
    flat: Callable[[Row], Iterator[Row]] | None = None
    """Makes of one row those of a table; None: it is one."""

    @property
    def query(self) -> str:
        """Takes ``:start``, ``:end`` (UTC ms), and ``:base``, empty for all."""
        join = "JOIN contracts c ON c.id = x.contract" if self.contract else ""
        of, tie = ("c", "x.contract") if self.contract else ("x", "x.id")
        return (
            f"SELECT {self.what} FROM {self.table} x {join} "  # noqa: S608  # ours, all of it
            f"WHERE x.ts >= :start AND x.ts < :end AND (:base = '' OR {of}.base = :base) "
            f"ORDER BY x.ts, {tie}"
        )


class Extract(Reader):
    """Reads stretches of the archive, as rows."""

    def rows(self, kind: str, start: int, end: int, base: str = "") -> Iterator[Row]:
        """Yield what happened from ``start`` on and before ``end``, in order of time.

        Args:
            kind: of `KINDS`.
            start: UTC ms.
            end: UTC ms.
            base: of one coin; empty: of all.
        """
        wanted = KINDS[kind]
        asked = {"start": start, "end": end, "base": base}
        for row in self._connection.execute(wanted.query, asked):
            yield wanted.read(self, row)

    def stretch(self, kind: str) -> tuple[int, int] | None:
        """Return the first and the last time there are rows of, UTC ms; None: there are none."""
        query = f"SELECT min(ts), max(ts) FROM {KINDS[kind].table}"  # noqa: S608  # ours
        first, last = next(self._asked(query))
        return None if first is None else (first, last)

    def liquidation(self, row: tuple[Any, ...]) -> Row:
        """Read a row of ``liquidations``."""
        kept = self._liquidation(row)
        known = {"at_mark": kept.mark, "cluster": kept.cluster, "doubt": kept.doubt or None}
        return {**wire.fields(kept.event), **known}

    def interest(self, row: tuple[Any, ...]) -> Row:
        """Read a row of ``open_interest``."""
        contract, ts, oi, usd = row
        return wire.fields(OpenInterest(self._contract(contract), oi, usd, ts * _MS, 0))

    def funding(self, row: tuple[Any, ...]) -> Row:
        """Read a row of ``funding``."""
        contract, kind, ts, rate, hours, due = row
        at = None if due is None else due * _MS
        settled = FundingKind(kind)
        return wire.fields(Funding(self._contract(contract), rate, hours, at, settled, ts * _MS, 0))

    def bar(self, row: tuple[Any, ...]) -> Row:
        """Read a row of ``bars``."""
        contract, price, seconds, ts, first, high, low, last, volume, bought, *sizes = row
        of, at = CandlePrice(price), ts * _MS
        prices = (first, high, low, last)
        event = Candle(self._contract(contract), seconds, *prices, volume, bought, of, at, 0)
        return {**wire.fields(event), **dict(zip(CLASSES, sizes, strict=True))}

    def map(self, row: tuple[Any, ...]) -> Row:
        """Read a row of ``map_columns``, with the price at the end of its minute."""
        base, ts, method, first, buckets, packed, price = row
        usd = np.frombuffer(zlib.decompress(packed), "<f2").reshape(2, buckets)
        levels = np.exp((np.arange(first, first + buckets) + 0.5) / _BUCKET)
        near = np.abs(levels / price - 1.0) <= _REACH if price else np.ones(buckets, bool)
        sides = {side: _levels(levels, usd[n], near) for n, side in enumerate(("long", "short"))}
        named = {"type": "map", "ts": ts, "base": base, "price": price, "method": method}
        return {**named, "kind": "standing", **sides}

    def cluster(self, row: tuple[Any, ...]) -> Row:
        """Read a row of ``clusters``."""
        names = [column.name for column in CLUSTER]
        return {"type": "cluster", **dict(zip(names, row[1:], strict=True))}

    def alert(self, row: tuple[Any, ...]) -> Row:
        """Read a row of ``alerts``."""
        told: Row = msgspec.json.decode(wire.alert_line(msgspec.json.decode(row[0], type=Alert)))
        return told


def _levels(prices: NDArray[Any], usd: NDArray[Any], near: NDArray[Any]) -> list[list[float]]:
    kept = np.flatnonzero(near & (usd > 0))
    dollars = np.round(usd[kept].astype(np.float64) * _UNIT, 2)
    digits = max(0, _DIGITS - round(float(np.log10(prices[-1]))))
    levels = np.stack((np.round(prices[kept], digits), dollars), axis=1)
    return [[price, amount] for price, amount in levels.tolist()]


def _level_rows(row: Row) -> Iterator[Row]:
    """Yield a map's levels, one a row."""
    common = {key: row[key] for key in ("ts", "base", "price", "method")}
    for side in ("long", "short"):
        for level, usd in row[side]:
            yield {**common, "side": side, "level": level, "usd": usd}


def _columns(text: str, **kinds: str) -> tuple[Column, ...]:
    known: Mapping[str, Any] = {**_KINDS, **kinds}
    return tuple(Column(name, known.get(name, "number")) for name in text.split())


_KINDS: Final = {
    **dict.fromkeys(("ts", "seen", "next_ts"), "time"),
    **dict.fromkeys(("venue", "market", "symbol", "base", "side", "kind", "price_kind"), "text"),
    **dict.fromkeys(("doubt", "method", "about", "confidence", "text"), "text"),
    **dict.fromkeys(("interval_s", "n"), "whole"),
}
_CONTRACT: Final = "ts venue market symbol base"
CLUSTER: Final = _columns(
    "base ts side price low high usd usd_low usd_high distance touch_15m touch_1h touch_4h "
    "cascade_usd branching expected confidence",
    confidence="number",
)
_PRICE: Final = (
    "(SELECT avg(b.close) FROM contracts c JOIN bars b ON b.contract = c.id WHERE c.base = x.base "
    "AND b.price = 'last' AND b.interval_s = 60 AND b.ts = x.ts + 60000)"
)

KINDS: Final[Mapping[str, Kind]] = {
    "liquidations": Kind(
        "liquidations",
        Extract.liquidation,
        _columns(f"{_CONTRACT} seen side price price_kind qty notional at_mark cluster doubt"),
    ),
    "oi": Kind("open_interest", Extract.interest, _columns(f"{_CONTRACT} oi oi_usd")),
    "funding": Kind(
        "funding",
        Extract.funding,
        _columns(f"{_CONTRACT} kind rate interval_hours next_ts"),
    ),
    "bars": Kind(
        "bars",
        Extract.bar,
        _columns(
            f"{_CONTRACT} price interval_s open high low close volume taker_buy "
            f"{' '.join(CLASSES)}",
            price="text",
        ),
    ),
    "map": Kind(
        "map_columns",
        Extract.map,
        _columns("ts base price method side level usd"),
        f"x.base, x.ts, x.method, x.first, x.buckets, x.usd, {_PRICE}",
        contract=False,
        flat=_level_rows,
    ),
    "clusters": Kind("clusters", Extract.cluster, CLUSTER, contract=False),
    "alerts": Kind(
        "alerts",
        Extract.alert,
        _columns("ts n kind base about side price usd distance p_touch_1h eta_s confidence text"),
        "x.body",
        contract=False,
    ),
}
