"""The twenty minutes that follow a script's day, second by second: who trades and who dies."""

import math
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.random import Generator

from liqtui.model.market import Side, Taker
from liqtui.sim import script
from liqtui.sim.coins import share
from liqtui.sim.script import DAY, LIVE, START, Floats, Series, Track
from liqtui.sim.wire import (
    SECOND,
    Bar,
    Contract,
    Happening,
    Interest,
    Liquidated,
    Marked,
    Ticker,
    Traded,
)

_TRADES: Final = 5.0
"""A second, over everything, in average times."""
_BUSIEST: Final = {"BTC": 0.55, "ETH": 0.22, "SOL": 0.13, "PEPE": 0.08, "币安人生": 0.02}
_KEPT: Final = 0.012
"""What part of the positions opened is still there when the mark comes: the rest left in time."""
_TRICKLE: Final = 7e-8
"""What part of open interest dies each second of an average market, whatever its price does."""
_COUNTED: Final = 3
"""Seconds between two countings of open interest."""
_SIZE, _SPREAD = 2_500.0, 2.0
"""Median in USD and deviation of the logarithm of a liquidated position."""
_OPENED: Final = ((0, 0.10), (600, -0.05), (715, -0.75), (830, -0.1), (900, 0.1))
"""From which second on, what part of what is traded opens (below 0: closes) positions."""


class Floor:
    """Every market at once, in the middle of its session."""

    def __init__(self, rng: Generator, tracks: Sequence[Track], all_series: Sequence[Series]):
        self._rng = rng
        self._series = all_series
        self._tracks = {track.coin.base: track for track in tracks}
        past = range(DAY // 60)
        self._standing = {base: script.stood(track, past) for base, track in self._tracks.items()}
        self._interest = [float(one.interest[-1]) for one in all_series]
        self._days: dict[int, Bar] = {}
        self._counted: dict[int, Interest] = {}
        self._number = 400_000_000

    def seconds(self) -> Iterator[tuple[int, list[Happening], list[Ticker]]]:
        """Yield each second's end (UTC ns), its trades and liquidations, and how it left things."""
        for second in range(LIVE):
            at = START + second * SECOND
            happened = self._trades(second, at)
            happened += self._deaths(second, at)
            happened.sort(key=lambda one: one.at)
            yield at + SECOND, happened, [self._ticker(n, second) for n in range(len(self._series))]

    def _price(self, number: int, second: int) -> float:
        return float(self._series[number].price[DAY + second])

    def _trades(self, second: int, at: int) -> list[Happening]:
        found: list[Happening] = []
        for number, one in enumerate(self._series):
            track = self._tracks[one.contract.base]
            busy = float(track.activity[DAY + second])
            rate = _TRADES * _BUSIEST[one.contract.base] * share(one.contract) * busy**0.7
            count = int(self._rng.poisson(rate))
            if not count:
                continue
            volume = float(one.volume[(DAY + second) // 60]) / 60 * count / rate
            weights = np.exp(1.2 * self._rng.standard_normal(count))
            sizes = volume * weights / np.exp(0.72) / count
            found += self._printed(number, second, at, sizes)
        return found

    def _printed(self, number: int, second: int, at: int, sizes: Floats) -> list[Happening]:
        """Turn sizes into trades, and into positions opened or closed by them."""
        contract, price = self._series[number].contract, self._price(number, second)
        before = float(self._series[number].price[DAY + second - 1])
        buys = 0.5 + min(max((price / before - 1) * 1500, -0.38), 0.38)
        opening = next(part for start, part in reversed(_OPENED) if second >= start)
        found: list[Happening] = []
        for size, when in zip(sizes, sorted(self._rng.integers(0, 1000, len(sizes))), strict=True):
            taker = Taker.BUY if self._rng.random() < buys else Taker.SELL
            paid = before + (price - before) * int(when) / 1000
            trade = self._trade(contract, taker, paid, float(size), at + int(when) * 1_000_000)
            if trade is None:
                continue
            found.append(trade)
            part = opening + 0.3 * (self._rng.random() - 0.5)
            self._interest[number] += part * trade.quantity
            self._standing[contract.base].open(paid, max(part, 0.0) * trade.quantity * paid)
        return found

    def _trade(
        self, contract: Contract, taker: Taker, price: float, quantity: float, at: int
    ) -> Traded | None:
        """Return a trade of whole lots; None where it would be less than one."""
        lots = contract.counted(quantity, price)
        if not lots:
            return None
        whole = lots * contract.size * (1 / price if contract.inverse else contract.scale)
        self._number += 1
        return Traded(contract, taker, price, whole, at, self._number)

    def _deaths(self, second: int, at: int) -> list[Happening]:
        found: list[Happening] = []
        for base, track in self._tracks.items():
            mark = float(track.price[DAY + second])
            falling = mark < float(track.price[DAY + second - 60])
            trickle = _TRICKLE * track.coin.interest * float(track.activity[DAY + second])
            for side, usd in self._standing[base].cross(mark, mark).items():
                likely = 0.75 if (side is Side.LONG) == falling else 0.25
                for size in self._sizes(usd * _KEPT + trickle * likely):
                    found += self._death(base, side, size, second, at)
        return found

    def _sizes(self, usd: float) -> list[float]:
        """Return positions worth ``usd`` on average, some of them huge."""
        count = int(self._rng.poisson(usd / (_SIZE * math.exp(_SPREAD**2 / 2))))
        sizes = _SIZE * np.exp(_SPREAD * self._rng.standard_normal(count))
        return [round(float(size), 2) for size in sizes]

    def _death(
        self, base: str, side: Side, usd: float, second: int, at: int
    ) -> Iterator[Happening]:
        """Yield one liquidation and the trade that closed it, somewhere that lists the coin."""
        listed = [n for n, one in enumerate(self._series) if one.contract.base == base]
        weights = np.cumsum([share(self._series[n].contract) for n in listed])
        drawn = self._rng.random() * weights[-1]
        number = listed[int(np.searchsorted(weights, drawn))]
        contract, trigger = self._series[number].contract, self._price(number, second)
        sign = -1.0 if side is Side.LONG else 1.0
        rate = next(tier.rate for tier in reversed(contract.tiers) if usd >= tier.floor)
        fill = trigger * (1 + sign * rate * round(0.3 * self._rng.random(), 4))
        taker = Taker.SELL if side is Side.LONG else Taker.BUY
        quantity = min(usd / trigger, 0.01 * self._interest[number])
        when = at + int(self._rng.integers(0, 1000)) * 1_000_000
        trade = self._trade(contract, taker, fill, quantity, when)
        if trade is not None:
            self._interest[number] -= 0.9 * trade.quantity
            bankruptcy = trigger * (1 + sign * rate)
            yield trade
            yield Liquidated(contract, side, trade.quantity, trigger, bankruptcy, fill, when)

    def _ticker(self, number: int, second: int) -> Ticker:
        one, at = self._series[number], START + (second + 1) * SECOND
        contract, last = one.contract, self._price(number, second)
        index = _short(float(self._tracks[contract.base].price[DAY + second]))
        mark, ago = _short((last + index) / 2), one.hour_ago(second)
        rate, due = script.funding(contract, second), script.due(contract, at)
        if second % 60 == 0:
            self._days[number] = one.day(second)
        if second % _COUNTED == 0:
            self._counted[number] = Interest(contract, self._interest[number], mark, at)
        return Ticker(
            Marked(contract, mark, index, rate, due, at),
            self._counted[number],
            last,
            ago,
            self._days[number],
        )


def _short(price: float) -> float:
    """Return a price with seven digits: what else it has is nobody's knowledge."""
    return float(f"{price:.7g}")
