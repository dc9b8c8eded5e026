"""Records to rows: contracts by number, samples thinned, trades summed to bars. No disk."""

import zlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias

import msgspec
import numpy as np

from liqtui.archive.bars import LATE, Bar, Bars
from liqtui.archive.listening import Listening, Stretch
from liqtui.model.alert import Alert
from liqtui.model.events import Candle, FeedStatus, Funding, Gap, OpenInterest, Trade
from liqtui.model.market import CandlePrice, FundingKind, Instrument
from liqtui.model.records import Column, Fetched, Kept, Line, Peaks, Record, State
from liqtui.store.rings import MINUTE
from liqtui.store.volume import FLOORS

Row: TypeAlias = tuple[Any, ...]


def _into(table: str, columns: int, *, numbered: bool = False, how: str = "IGNORE") -> str:
    """Return the statement that keeps a row; one that cannot be kept does not stop the others."""
    values = ", ".join((["NULL"] if numbered else []) + ["?"] * columns)
    return f"INSERT OR {how} INTO {table} VALUES ({values})"  # noqa: S608  # names of ours


STATEMENTS: Final[Mapping[str, str]] = {
    "contracts": _into("contracts", 8, how="REPLACE"),
    "liquidations": _into("liquidations", 12, numbered=True),
    "open_interest": _into("open_interest", 4),
    "funding": _into("funding", 6),
    "bars": _into("bars", 20, how="REPLACE"),
    "fetched_bars": _into("bars", 20),
    "map_columns": _into("map_columns", 6, numbered=True),
    "clusters": _into("clusters", 17, numbered=True),
    "ledger": _into("ledger", 4, numbered=True),
    "alerts": _into("alerts", 9, numbered=True),
    "gaps": _into("gaps", 5, numbered=True),
    "feed_status": _into("feed_status", 5, numbered=True),
    "coverage": _into("coverage", 5, how="REPLACE"),
    "states": _into("states", 4, how="REPLACE"),
}
"""By table, in the order they are executed in: what others refer to comes first."""
_FEW: Final = {"contracts", "gaps", "coverage", "states"}
"""Without which the rest cannot be read rightly."""
MS: Final = 1_000_000
_HISTORY: Final = 2 * MINUTE
"""A sample that comes so long after its time was fetched: what a venue keeps is thin already."""
_NO_CLASSES: Final = (None,) * (2 * len(FLOORS))
_UNCHANGED: Final = 5 * MINUTE
"""After which a sample is kept though it says what the last one said."""


class Rows:
    """Makes rows of records; keeps those that are not written yet.

    Args:
        known: the contracts that have a number.
        stretch: the first free number of a stretch.
        every: nanoseconds between two samples of a contract.
    """

    def __init__(
        self,
        known: Mapping[tuple[str, str], tuple[int, str]] | None = None,
        stretch: int = 1,
        every: int = MINUTE,
    ) -> None:
        self.waiting: dict[str, list[Row]] = {table: [] for table in STATEMENTS}
        self._every = every
        self._numbers = {key: number for key, (number, _) in (known or {}).items()}
        self._specs = {key: spec for key, (_, spec) in (known or {}).items()}
        self._told: dict[tuple[str, str], Instrument] = {}
        self._sampled: dict[tuple[int, str], tuple[int, object]] = {}
        self._bars = Bars()
        self._since: dict[int, int] = {}
        """UTC ns of the first trade of each contract: its first minute is not whole."""
        self._listening = Listening(stretch)
        self._takers: dict[type, Callable[[Any], None]] = {
            Kept: self._liquidation,
            Trade: self._trade,
            OpenInterest: self._interest,
            Funding: self._funding,
            Candle: self._candle,
            Gap: self._gap,
            FeedStatus: self._status,
            Alert: self._alert,
            Column: self._column,
            Peaks: self._peaks,
            Line: self._line,
            State: self._state,
            Fetched: self._fetched,
        }

    def take(self, record: Record) -> None:
        """Make rows of one record."""
        self._takers[type(record)](record)

    def tick(self, now: int) -> None:
        """Make rows of what is over by now (UTC ns)."""
        for minute, contract, bar in self._bars.over(now):
            if minute * MINUTE >= self._since[contract]:
                self.waiting["bars"].append(_bar(minute, contract, bar))
        self._stretches(self._listening.grown(now - LATE), "heard")

    @property
    def count(self) -> int:
        """Rows that are not written yet."""
        return sum(map(len, self.waiting.values()))

    def drop(self, most: int) -> int:
        """Forget the oldest rows of which more than ``most`` wait in a table; return how many."""
        lost = 0
        for table, rows in self.waiting.items():
            if table not in _FEW:
                gone = max(len(rows) - most, 0)
                del rows[:gone]
                lost += gone
        return lost

    def again(self) -> None:
        """Make the rows of all contracts once more: they are for a new file."""
        for key, spec in self._specs.items():
            instrument = msgspec.json.decode(spec, type=Instrument)
            self.waiting["contracts"].append(_contract_row(self._numbers[key], instrument, spec))

    def _contract(self, instrument: Instrument) -> int:
        """Return a contract's number; a new one, or one that is other than before, makes a row."""
        key = instrument.key
        if self._told.get(key) is instrument:
            return self._numbers[key]
        self._told[key] = instrument
        number = self._numbers.setdefault(key, len(self._numbers) + 1)
        spec = _json(instrument)
        if self._specs.get(key) != spec:
            self._specs[key] = spec
            self.waiting["contracts"].append(_contract_row(number, instrument, spec))
        return number

    def _liquidation(self, kept: Kept) -> None:
        event = kept.event
        self.waiting["liquidations"].append(
            (
                self._contract(event.instrument),
                event.at // MS,
                event.seen // MS if event.seen else None,
                event.side.value,
                event.price,
                event.price_kind.value,
                event.quantity,
                event.notional,
                kept.mark,
                kept.oi_usd,
                kept.cluster,
                kept.doubt or None,
            )
        )

    def _trade(self, event: Trade) -> None:
        contract = self._contract(event.instrument)
        self._since.setdefault(contract, event.at)
        self._bars.add(contract, event)
        self._listening.heard(contract, event.instrument.venue, event.seen or event.at)

    def _interest(self, event: OpenInterest) -> None:
        contract = self._contract(event.instrument)
        row = (contract, event.at // MS, event.quantity, event.notional)
        if _fetched(event) or self._due((contract, "oi"), event.at, event.face):
            self.waiting["open_interest"].append(row)

    def _funding(self, event: Funding) -> None:
        contract, due = self._contract(event.instrument), event.due
        kind = event.kind.value
        settled = event.kind is FundingKind.SETTLED or _fetched(event)
        if settled or self._due((contract, kind), event.at, (event.rate, due)):
            row = (contract, kind, event.at // MS, event.rate, event.interval_hours)
            self.waiting["funding"].append((*row, due // MS if due else None))

    def _due(self, key: tuple[int, str], at: int, value: object) -> bool:
        """Whether a sample is to be kept: when it changed, and not too often."""
        before, said = self._sampled.get(key, (-_UNCHANGED, None))
        if at - before < (self._every if value != said else _UNCHANGED):
            return False
        self._sampled[key] = (at, value)
        return True

    def _candle(self, event: Candle) -> None:
        row = (self._contract(event.instrument), event.price.value, event.interval_s)
        prices = (event.open, event.high, event.low, event.close)
        self.waiting["fetched_bars"].append(
            (*row, event.at // MS, *prices, event.volume, event.taker_buy, *_NO_CLASSES)
        )

    def _gap(self, event: Gap) -> None:
        row = (event.venue, event.stream, event.start // MS, event.end // MS, event.reason)
        self.waiting["gaps"].append(row)
        self._stretches(self._listening.lost(event), "heard")

    def _status(self, event: FeedStatus) -> None:
        row = (event.at // MS, event.venue, event.stream, event.state.value, event.reason)
        self.waiting["feed_status"].append(row)

    def _alert(self, alert: Alert) -> None:
        side = alert.side.value if alert.side else None
        row = (alert.at // MS, alert.number, alert.kind.value, alert.base or None, side)
        self.waiting["alerts"].append((*row, alert.price, alert.usd, alert.text, _json(alert)))

    def _column(self, column: Column) -> None:
        taken = np.flatnonzero(column.usd.any(axis=0))
        low, high = (int(taken[0]), int(taken[-1]) + 1) if len(taken) else (0, 0)
        usd = zlib.compress(column.usd[:, low:high].astype("<f2").tobytes(), 1)
        row = (column.base, column.minute * MINUTE // MS, column.method, column.first + low)
        self.waiting["map_columns"].append((*row, high - low, usd))

    def _peaks(self, peaks: Peaks) -> None:
        for one in peaks.clusters:
            touch = (*one.touch, None, None, None)[:3]
            self.waiting["clusters"].append(
                (
                    peaks.base,
                    peaks.at // MS,
                    one.side.value,
                    *(one.price, one.low, one.high, one.usd),
                    *(one.band or (None, None)),
                    one.distance,
                    *touch,
                    *(one.cascade_usd, one.branching, one.expected, one.confidence),
                )
            )

    def _line(self, line: Line) -> None:
        told = msgspec.json.decode(line.line, type=_Told)
        self.waiting["ledger"].append((told.base, told.ts, told.type, line.line.decode()))

    def _state(self, state: State) -> None:
        self.waiting["states"].append((state.name, state.version, state.at // MS, state.body))

    def _fetched(self, fetched: Fetched) -> None:
        contract = self._contract(fetched.instrument)
        number = self._listening.number()
        self._stretches([Stretch(number, contract, fetched.start, fetched.end)], "fetched")

    def _stretches(self, stretches: Iterable[Stretch], source: str) -> None:
        for one in stretches:
            row = (one.number, one.contract, one.start // MS, one.end // MS, source)
            self.waiting["coverage"].append(row)


def _contract_row(number: int, one: Instrument, spec: str) -> Row:
    named = (one.venue, one.market, one.symbol, one.base, one.quote)
    return (number, *named, one.kind.value, spec)


class _Told(msgspec.Struct):
    base: str
    ts: int
    type: str


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _fetched(event: OpenInterest | Funding) -> bool:
    return event.seen - event.at > _HISTORY


def _bar(minute: int, contract: int, bar: Bar) -> Row:
    end = (minute + 1) * MINUTE // MS
    prices = (bar.open, bar.high, bar.low, bar.close)
    return (contract, CandlePrice.LAST.value, 60, end, *prices, bar.volume, bar.bought, *bar.usd)
