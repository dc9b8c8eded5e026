"""What an exchange remembers of its contracts: minute bars, open interest, settled funding."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from liqtui.sim.terms import Floats, Terms
from liqtui.sim.wire import SECOND, Bar, Contract, Interest, Settled
from liqtui.sim.world import Step

MINUTE, DAY = 60, 1440
_COLUMNS: Final = ("open", "high", "low", "close", "volume", "bought", "mark", "interest")
_USUAL_TRADE: Final = 4_000.0
"""USD: what the number of trades in a bar is told from."""


class Minutes:
    """The finished minutes of one coin's contracts, and the one that runs.

    Args:
        terms: of the contracts.
        now: UTC seconds, a whole minute.
        price: of every contract.
    """

    def __init__(self, terms: Terms, now: float, price: Floats) -> None:
        self._terms = terms
        self.began = int(now) // MINUTE * MINUTE
        self._rows: dict[str, Floats] = {name: np.zeros((DAY, len(price))) for name in _COLUMNS}
        self._count = 0
        self._settled: list[tuple[int, Floats, Floats]] = []
        self._now = {name: price.copy() for name in _COLUMNS}
        self._now["volume"], self._now["bought"] = np.zeros(len(price)), np.zeros(len(price))

    def take(self, step: Step) -> None:
        """Take in a step: a part of a minute, or whole ones, among which it is spread evenly."""
        quotes, base = step.quotes, self._base(step)
        minutes = max(round(step.dt / MINUTE), 1)
        risen = quotes.last >= step.before.last
        volume, bought = (step.bought + step.sold) * base, step.bought * base
        for number in range(1, minutes + 1):
            part, first, final = number / minutes, number == 1, number == minutes
            last = step.before.last + part * (quotes.last - step.before.last)
            self._trade(last, volume / minutes, bought / minutes)
            # It went to its far end last, and to the other first.
            now, low, high = self._now, np.where(risen, first, final), np.where(risen, final, first)
            now["high"] = np.where(high, np.maximum(now["high"], quotes.high), now["high"])
            now["low"] = np.where(low, np.minimum(now["low"], quotes.low), now["low"])
            now["mark"] = step.before.mark + part * (quotes.mark - step.before.mark)
            if final or not self._count:
                now["interest"] = step.interest * base
            self._finish_at(step.now - (minutes - number) * MINUTE, last)
        if not np.isnan(step.settled).all():
            self._settled.append((round(step.now), step.settled, quotes.mark))

    def _trade(self, last: Floats, volume: Floats, bought: Floats) -> None:
        now = self._now
        now["high"], now["low"] = np.maximum(now["high"], last), np.minimum(now["low"], last)
        now["close"] = last
        now["volume"], now["bought"] = now["volume"] + volume, now["bought"] + bought

    def _finish_at(self, moment: float, last: Floats) -> None:
        if moment >= self.began + (self._count + 1) * MINUTE - 1e-6:
            self._finish(last)

    def _base(self, step: Step) -> Floats:
        """Return units of base in one unit of each contract."""
        return np.where(self._terms.inverse, 1.0 / step.quotes.last, 1.0)

    def _finish(self, last: Floats) -> None:
        for name, rows in self._rows.items():
            if self._count == len(rows):
                self._rows[name] = rows = np.concatenate((rows, np.zeros_like(rows)))
            rows[self._count] = self._now[name]
        self._count += 1
        self._now["open"] = self._now["high"] = self._now["low"] = last
        self._now["volume"] = self._now["bought"] = np.zeros(len(last))

    def _at(self, minute: int) -> int:
        return (self.began + minute * MINUTE) * SECOND

    def bars(self, pit: int, since: int = 0) -> list[Bar]:
        """Return the minutes of a contract that were finished after ``since`` (UTC ns)."""
        contract, rows = self._terms.contracts[pit], self._rows
        first = max((since // SECOND - self.began) // MINUTE, 0)
        columns = [rows[name][first : self._count, pit].tolist() for name in _COLUMNS[:6]]
        return [
            _bar(contract, MINUTE, row, self._at(minute))
            for minute, row in enumerate(zip(*columns, strict=True), first)
        ]

    def points(self, pit: int, every: int = 5) -> list[Interest]:
        """Return a contract's open interest at whole multiples of ``every`` minutes."""
        contract, rows = self._terms.contracts[pit], self._rows
        first = -(self.began // MINUTE + 1) % every
        return [
            Interest(contract, float(rows["interest"][m, pit]), float(rows["mark"][m, pit]),
                     self._at(m + 1))
            for m in range(first, self._count, every)
        ]  # fmt: skip

    def settled(self, pit: int) -> list[Settled]:
        """Return a contract's settlements."""
        contract = self._terms.contracts[pit]
        return [
            Settled(contract, float(rates[pit]), float(marks[pit]), at * SECOND)
            for at, rates, marks in self._settled
            if not np.isnan(rates[pit])
        ]

    def days(self) -> list[Bar]:
        """Return the last 24 hours, or what there is of them, of every contract."""
        rows, now = self._rows, self._now
        span = slice(max(self._count - DAY, 0), self._count)
        opens = rows["open"][span][0] if self._count else now["open"]
        columns = (
            opens,
            np.maximum(rows["high"][span].max(axis=0, initial=0.0), now["high"]),
            np.minimum(rows["low"][span].min(axis=0, initial=np.inf), now["low"]),
            now["close"],
            rows["volume"][span].sum(axis=0) + now["volume"],
            rows["bought"][span].sum(axis=0) + now["bought"],
        )
        since, rows_of = self._at(span.start), np.stack(columns, axis=1).tolist()
        return [
            _bar(contract, DAY * MINUTE, row, since)
            for contract, row in zip(self._terms.contracts, rows_of, strict=True)
        ]

    def hour_ago(self) -> Floats:
        """Return the last prices an hour ago, or at the start."""
        if not self._count:
            return self._now["open"]
        ago: Floats = self._rows["open"][max(self._count - 60, 0)]
        return ago


def _bar(contract: Contract, seconds: int, row: Sequence[float], at: int) -> Bar:
    """Make a bar of (open, high, low, close, volume, bought)."""
    start, high, low, close, volume, bought = row
    trades = 1 + int(volume * close / _USUAL_TRADE)
    return Bar(contract, seconds, start, high, low, close, volume, bought, trades, at)
