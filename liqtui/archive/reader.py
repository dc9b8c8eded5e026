"""What the archive holds, as the values it was made of."""

import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from liqtui.archive import schema
from liqtui.archive.joining import coarse
from liqtui.archive.stretches import Span, overlap
from liqtui.model.alert import Alert
from liqtui.model.events import Candle, Funding, Gap, Liquidation, MarketEvent, OpenInterest
from liqtui.model.market import CandlePrice, FundingKind, Instrument, PriceKind, Side
from liqtui.model.records import Column, Kept, Sum, Traded
from liqtui.model.snapshot import Cluster

UNREADABLE: Final = (sqlite3.Error, msgspec.MsgspecError, zlib.error, LookupError, ValueError)
"""What reading a file may raise that is broken or was written by another version."""
_MS: Final = 1_000_000
_MINUTE_MS: Final = 60_000
_SIDES: Final = {side.value: side for side in Side}
_KINDS: Final = {kind.value: kind for kind in PriceKind}


class Reader:
    """Reads an archive; leaves it as it is.

    Args:
        path: of the archive.

    Raises:
        liqtui.archive.schema.ArchiveError: it cannot be used.
        sqlite3.Error: it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._connection = schema.read_only(path)
        self._contracts: dict[int, Instrument] = {}

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _asked(self, query: str, *values: object) -> Iterator[tuple[Any, ...]]:
        return iter(self._connection.execute(query, values))

    def _contract(self, number: int) -> Instrument:
        if number not in self._contracts:
            asked = self._asked("SELECT id, spec FROM contracts")
            found = {n: msgspec.json.decode(spec, type=Instrument) for n, spec in asked}
            self._contracts = {**found, **self._contracts}
        return self._contracts[number]

    def contracts(self) -> dict[tuple[str, str], int]:
        """Return the numbers of all contracts by (venue, symbol)."""
        return {
            (venue, symbol): number
            for number, venue, symbol in self._asked("SELECT id, venue, symbol FROM contracts")
        }

    def instruments(self, base: str) -> list[Instrument]:
        """Return the contracts on one coin."""
        rows = self._asked("SELECT spec FROM contracts WHERE base = ? ORDER BY id", base)
        return [msgspec.json.decode(spec, type=Instrument) for (spec,) in rows]

    def last_heard(self) -> int | None:
        """Return up to when the newest run was written, UTC ns; None: there was none."""
        (found,) = next(self._asked("SELECT max(to_ts) FROM runs"))
        return None if found is None else int(found) * _MS

    def liquidations(self, since: int, most: int = -1, base: str = "") -> list[Kept]:
        """Return liquidations in the order they arrived.

        Args:
            since: UTC ns, by the exchange's clock.
            most: the newest so many; -1: all.
            base: of one coin; empty: of all.
        """
        query = (
            "SELECT l.* FROM liquidations l JOIN contracts c ON c.id = l.contract "
            "WHERE l.ts >= ? AND (? = '' OR c.base = ?) ORDER BY l.id DESC LIMIT ?"
        )
        rows = self._asked(query, since // _MS, base, base, most)
        return [self._liquidation(row) for row in rows][::-1]

    def _liquidation(self, row: tuple[Any, ...]) -> Kept:
        _, contract, ts, seen, side, price, kind, qty, notional, mark, oi_usd, cluster, doubt = row
        event = Liquidation(
            self._contract(contract),
            _SIDES[side],
            price,
            _KINDS[kind],
            qty,
            notional,
            ts * _MS,
            seen * _MS if seen else 0,
        )
        return Kept(event, mark, oi_usd, cluster, doubt or "")

    def columns(self, base: str, since: int) -> Iterator[Column]:
        """Yield the map's columns of one coin in order of time, from a time on (UTC ns)."""
        rows = self._asked(
            "SELECT ts, method, first, buckets, usd FROM map_columns "
            "WHERE base = ? AND ts >= ? ORDER BY ts",
            base,
            since // _MS,
        )
        for ts, method, first, buckets, packed in rows:
            usd = np.frombuffer(zlib.decompress(packed), "<f2").reshape(2, buckets)
            yield Column(base, ts // _MINUTE_MS, method, first, usd)

    def clusters(self, base: str) -> tuple[Cluster, ...]:
        """Return the clusters of one coin that were kept last, the largest first."""
        rows = self._asked(
            "SELECT side, price, low, high, usd, usd_low, usd_high, distance, touch_15m, touch_1h, "
            "touch_4h, cascade_usd, branching, expected, confidence FROM clusters WHERE base = ? "
            "AND ts = (SELECT max(ts) FROM clusters WHERE base = ?) ORDER BY id",
            base,
            base,
        )
        return tuple(_cluster(row) for row in rows)

    def ledger(self, base: str, since: int) -> Iterator[bytes]:
        """Yield the lines of one coin's ledger that a score is made of, from a time on (UTC ns).

        That is the first, which says since when, and those that say how a map did.
        """
        query = (
            "SELECT line FROM ledger WHERE base = ? AND ts >= ? AND (type = 'scored' OR ts = "
            "(SELECT min(ts) FROM ledger WHERE base = ? AND ts >= ?)) ORDER BY id"
        )
        rows = self._asked(query, base, since // _MS, base, since // _MS)
        return (line.encode() for (line,) in rows)

    def alerts(self, most: int) -> list[Alert]:
        """Return the newest alerts, the oldest first."""
        rows = self._asked("SELECT body FROM alerts ORDER BY id DESC LIMIT ?", most)
        return [msgspec.json.decode(body, type=Alert) for (body,) in rows][::-1]

    def gaps(self, since: int) -> list[Gap]:
        """Return the stretches that may be incomplete and end after a time (UTC ns)."""
        rows = self._asked("SELECT * FROM gaps WHERE to_ts >= ? ORDER BY id", since // _MS)
        return [_gap(row) for row in rows]

    def state(self, name: str, version: int) -> bytes | None:
        """Return what a part of the program kept under a name and version, if it did."""
        query = "SELECT body FROM states WHERE name = ? AND version = ?"
        found = next(self._asked(query, name, version), None)
        return None if found is None else bytes(found[0])

    def covered(self, instrument: Instrument) -> list[Span]:
        """Return the stretches over which a contract's past is known, UTC ns."""
        query = (
            "SELECT from_ts, to_ts FROM coverage WHERE contract = "
            "(SELECT id FROM contracts WHERE venue = ? AND symbol = ?)"
        )
        return [(start * _MS, end * _MS) for start, end in self._asked(query, *instrument.key)]

    def past(
        self, instrument: Instrument, since: int, missing: Sequence[Span], seen: int
    ) -> Iterator[MarketEvent]:
        """Yield bars, open interest and funding of a contract, each in order of time.

        What is old is told as coarsely as an exchange's history would: in steps of five minutes.

        Args:
            instrument: as it is listed now.
            since: UTC ns.
            missing: stretches that will be fetched: nothing of them is yielded, no bar twice.
            seen: what the events say they were received at; UTC ns.
        """
        number = self.contracts().get(instrument.key)
        if number is None:
            return
        asked = (number, since // _MS)
        yield from coarse(self._bars(instrument, asked, missing, seen), seen)
        query = (
            "SELECT max(ts), oi, oi_usd FROM open_interest WHERE contract = ? AND ts >= ? "
            "GROUP BY (ts + 299999) / 300000"
        )
        for ts, oi, usd in self._asked(query, *asked):
            if not overlap(ts * _MS - 1, ts * _MS, missing):
                yield OpenInterest(instrument, oi, usd, ts * _MS, seen)
        query = "SELECT kind, ts, rate, interval_hours, next_ts FROM funding WHERE contract = ?"
        for kind, ts, rate, hours, due in self._asked(f"{query} AND ts >= ?", *asked):
            if not overlap(ts * _MS - 1, ts * _MS, missing):
                due = due * _MS if due else None
                yield Funding(instrument, rate, hours, due, FundingKind(kind), ts * _MS, seen)

    def _bars(
        self, instrument: Instrument, asked: tuple[int, int], missing: Sequence[Span], seen: int
    ) -> Iterator[Candle]:
        """Yield bars that do not overlap: what was heard comes before what was fetched."""
        rows = self._asked(
            "SELECT price, interval_s, ts, open, high, low, close, volume, taker_buy FROM bars "
            "WHERE contract = ? AND ts >= ? ORDER BY price, ts, interval_s",
            *asked,
        )
        end, of = 0, ""
        for price, seconds, ts, first, high, low, last, volume, bought in rows:
            end, of = (end, of) if price == of else (0, price)
            start = ts - seconds * 1000
            if start < end or overlap(start * _MS, ts * _MS, missing):
                continue
            end = ts
            prices = (first, high, low, last)
            yield Candle(
                instrument, seconds, *prices, volume, bought, CandlePrice(price), ts * _MS, seen
            )

    def prices(self, base: str, since: int) -> list[tuple[int, float]]:
        """Return one coin's price at the end of every minute, UTC ns: of the busiest contract."""
        busiest = (
            "SELECT b.contract FROM contracts c JOIN bars b ON b.contract = c.id "
            "WHERE c.base = ? AND b.price = 'last' AND b.interval_s = 60 AND b.ts > "
            "(SELECT max(to_ts) - 3600000 FROM runs) "
            "GROUP BY b.contract ORDER BY sum(b.volume * b.close) DESC LIMIT 1"
        )
        query = (
            f"SELECT ts, close FROM bars WHERE contract = ({busiest}) "  # noqa: S608
            "AND price = 'last' AND interval_s = 60 AND ts > ? ORDER BY ts"
        )
        return [(ts * _MS, price) for ts, price in self._asked(query, base, since // _MS)]

    def sums(self, now: int) -> Iterator[Sum]:
        """Yield what was liquidated in each minute of two hours, each five of a day before them.

        Args:
            now: their end, UTC ns.
        """
        end = now // _MS
        rows = self._asked(
            "SELECT c.base, c.venue, side, minute, usd FROM (SELECT contract, side, "
            "min(ts) / 60000 AS minute, sum(notional) AS usd FROM liquidations "
            "WHERE ts >= ? AND doubt IS NULL AND notional IS NOT NULL "
            "GROUP BY contract, side, iif(ts >= ?, ts / 60000, -ts / 300000)) "
            "JOIN contracts c ON c.id = contract",
            end - 24 * 3_600_000,
            end - 2 * 3_600_000,
        )
        for base, venue, side, minute, usd in rows:
            yield Sum(base, venue, _SIDES[side], minute, usd)

    def points(self, base: str, since: int) -> dict[str, NDArray[np.float64]]:
        """Return (3, n) of one coin's liquidations by venue: UTC ms, price, USD (shorts: < 0)."""
        rows = self._asked(
            "SELECT c.venue, l.ts, l.price, iif(l.side = 'long', l.notional, -l.notional) "
            "FROM liquidations l JOIN contracts c ON c.id = l.contract "
            "WHERE l.ts >= ? AND c.base = ? AND l.doubt IS NULL AND l.notional IS NOT NULL "
            "ORDER BY l.ts",
            since // _MS,
            base,
        )
        found: dict[str, list[tuple[float, ...]]] = {}
        for venue, *point in rows:
            found.setdefault(venue, []).append(tuple(point))
        return {venue: np.array(points).T for venue, points in found.items()}

    def traded(self, base: str, since: int) -> Iterator[Traded]:
        """Yield dollars traded by size in each minute that ended after a time (UTC ns)."""
        sums = ", ".join(f"sum({column})" for column in CLASSES)
        query = (
            f"SELECT c.venue, b.ts, {sums} FROM contracts c JOIN bars b ON b.contract = c.id "  # noqa: S608
            "WHERE c.base = ? AND b.price = 'last' AND b.interval_s = 60 AND b.ts > ? "
            "AND b.buy_0 IS NOT NULL GROUP BY c.venue, b.ts ORDER BY b.ts"
        )
        for venue, ts, *usd in self._asked(query, base, since // _MS):
            yield Traded(base, venue, ts // _MINUTE_MS - 1, tuple(usd))


CLASSES: Final = (
    *("buy_0", "buy_1k", "buy_10k", "buy_100k", "buy_1m"),
    *("sell_0", "sell_1k", "sell_10k", "sell_100k", "sell_1m"),
)


def _cluster(row: Sequence[Any]) -> Cluster:
    side, price, low, high, usd, usd_low, usd_high, distance, *rest = row
    touch = tuple(chance for chance in rest[:3] if chance is not None)
    band = None if usd_low is None else (usd_low, usd_high)
    return Cluster(_SIDES[side], price, low, high, usd, distance, band, touch, *rest[3:])


def _gap(row: Sequence[Any]) -> Gap:
    _, venue, stream, start, end, reason = row
    return Gap(venue, stream, start * _MS, end * _MS, reason, end * _MS, 0)
