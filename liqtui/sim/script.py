"""A day of a made-up market and the twenty minutes after it, written down in advance.

One crowd trades every coin: it opens positions in bursts, at leverages of which most are low, and
what it opened dies where the mark reaches it. Prices follow a plan with noise around it: a slow
rise in steps, then a fall of three per cent that feeds on long positions, and a rebound. Only sums,
products and roots are computed along the path, so that every machine gets the same market.
"""

from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np
from msgspec import Struct
from numpy.random import Generator
from numpy.typing import NDArray

from liqtui.model.market import Side
from liqtui.sim.coins import COINS, Coin, share
from liqtui.sim.wire import SECOND, Bar, Contract, Interest, Settled

Floats: TypeAlias = NDArray[np.float64]

DAY: Final = 86_400
LIVE: Final = 1_200
END: Final = 1_795_176_000 * SECOND
"""2026-11-20 12:00 UTC."""
START: Final = END - LIVE * SECOND
"""Where the past ends and the sockets begin."""
SINCE: Final = START - DAY * SECOND
_HOUR: Final = 3600
_PLAN: Final = (
    (0.0, 0.0), (3.5, 0.6), (6.0, 0.4), (7.2, 1.7), (11.0, 1.5), (12.5, 0.5), (15.0, 0.8),
    (16.5, 2.3), (19.5, 2.1), (20.5, 3.0), (22.5, 2.8), (23.2, 3.5), (24.0, 3.3),
)  # fmt: skip
"""Hours from the start, per cent above the first price."""
_LIVE_PLAN: Final = (
    (0, 0.0), (60, 0.05), (110, 0.45), (150, 0.62), (230, 0.4), (360, 0.05), (480, -0.35),
    (600, -0.2), (690, -0.7), (740, -1.3), (785, -2.3), (812, -2.95), (850, -2.2), (905, -2.5),
    (1020, -1.6), (1110, -1.75), (1200, -1.5),
)  # fmt: skip
"""Seconds after the past, per cent above its last price."""
_NOISE: Final = 7e-5
_TURNOVER: Final = 1.6
"""Traded a day, in units of open interest."""
_RATES: Final = (0.0092e-2, 0.0104e-2, 0.0061e-2)
"""Funding, at the first settlement, before the fall and after it."""


_PREMIUM: Final = {
    "usdm": 1.0, "coinm": 0.72, "linear": 0.94, "inverse": 0.66, "swap": 1.13, "usdt": 1.31,
    "btc": 0.5,
}  # fmt: skip
"""How each market's funding relates to the crowd's."""
_LEVERAGES: Final = (
    (0.0060, 0.05), (0.0088, 0.05), (0.0158, 0.11), (0.0252, 0.09), (0.0355, 0.14), (0.0452, 0.14),
    (0.0605, 0.10), (0.0955, 0.18), (0.1950, 0.14),
)  # fmt: skip
"""Distance from entry to liquidation, and what part of the opened goes there."""


class Track(Struct, frozen=True):
    """How one coin fared, over the day and after it."""

    coin: Coin
    price: Floats
    """(DAY + LIVE,) at the end of each second."""
    activity: Floats
    """(DAY + LIVE,) trading in units of the average."""
    flow: Floats
    """(minutes,) change of open interest as a fraction of it, before each contract's own."""


def noise(rng: Generator, seconds: int) -> Floats:
    """Return second returns whose size comes in calm and nervous stretches (GARCH by minutes)."""
    minutes = -(-seconds // 60)
    shocks = rng.standard_normal(minutes)
    variance = np.empty(minutes)
    now = 1.0
    for minute, shock in enumerate(shocks):
        now = 0.04 + 0.10 * now * min(shock * shock, 9.0) + 0.86 * now
        variance[minute] = now
    scale = np.repeat(np.sqrt(variance), 60)[:seconds]
    shaken: Floats = rng.standard_normal(seconds) * scale * _NOISE
    return shaken


def planned() -> Floats:
    """Return the plan's second returns."""
    hours, per_cent = np.array(_PLAN).T
    past = np.interp(np.arange(DAY + 1) / _HOUR, hours, per_cent)
    seconds, below = np.array(_LIVE_PLAN).T
    live = past[-1] + np.interp(np.arange(1, LIVE + 1), seconds, below)
    level: Floats = np.round(np.concatenate([past, live]) / 100, 9)
    return level[1:] - level[:-1]


def _around(shock: Floats) -> Floats:
    """Let noise neither lift the day nor what follows it off the plan."""
    return np.concatenate([part - np.round(part.mean(), 12) for part in np.split(shock, [DAY])])


def _smooth(values: Floats, width: int) -> Floats:
    """Return the running mean over the last ``width`` values."""
    sums: Floats = np.cumsum(np.concatenate([np.zeros(width), values]))
    return (sums[width:] - sums[:-width]) / width


def _bursts(rng: Generator, minutes: int) -> Floats:
    """Return the rate at which a crowd piles in: nothing much, and a score of bursts."""
    rate = np.full(minutes, -1.1e-4)
    for start in rng.integers(0, minutes - 60, 20):
        rate[start : start + int(rng.integers(10, 50))] += 2e-4 + 4e-4 * rng.random()
    return rate


def tracks(rng: Generator) -> list[Track]:
    """Return how each coin fared."""
    plan, shared = planned(), noise(rng, DAY + LIVE)
    return [_track(rng, coin, plan, shared) for coin in COINS]


def _track(rng: Generator, coin: Coin, plan: Floats, shared: Floats) -> Track:
    own = coin.own * noise(rng, DAY + LIVE)
    returns = coin.beta * (plan + _around(shared)) + _around(own)
    price = np.cumprod(1.0 + returns, dtype=np.float64) * coin.price
    moved = np.abs(_smooth(returns, 10)) * np.sqrt(10.0) / (_NOISE * (coin.beta + coin.own))
    activity = np.clip(0.35 + 0.75 * moved, 0.3, 7.0)
    minute = price[59::60]
    step = np.abs(np.diff(minute, prepend=minute[0])) / minute
    return Track(
        coin, price, activity, _bursts(rng, len(minute)) - 0.3 * np.maximum(step - 1e-3, 0)
    )


class Series(Struct, frozen=True):
    """A contract's day and after, by minutes."""

    contract: Contract
    price: Floats
    """(DAY + LIVE,)"""
    volume: Floats
    """(minutes,) in base."""
    bought: Floats
    """(minutes,) the takers' buys of it."""
    interest: Floats
    """(DAY / 60 + 1,) in base, at the start of each minute of the past."""

    def bars(self) -> list[Bar]:
        """Return the past's minute bars."""
        minutes = self.price[:DAY].reshape(-1, 60)
        opens = np.concatenate([self.price[:1], minutes[:-1, -1]])
        return [
            Bar(self.contract, 60, float(opens[m]), float(max(prices.max(), opens[m])),
                float(min(prices.min(), opens[m])), float(prices[-1]), float(self.volume[m]),
                float(self.bought[m]), 1 + int(self.volume[m] * prices[-1] / 4000),
                SINCE + m * 60 * SECOND)
            for m, prices in enumerate(minutes)
        ]  # fmt: skip

    def hour_ago(self, second: int) -> float:
        """Return the price an hour before the minute that holds a live second."""
        return float(self.price[DAY + second // 60 * 60 - _HOUR])

    def day(self, second: int) -> Bar:
        """Return the 24 hours before the minute that holds a live second."""
        minute = second // 60
        prices = self.price[minute * 60 : minute * 60 + DAY]
        span = slice(minute, minute + DAY // 60)
        return Bar(
            self.contract, DAY, float(prices[0]), float(prices.max()), float(prices.min()),
            float(prices[-1]), float(self.volume[span].sum()), float(self.bought[span].sum()),
            1_000_000, SINCE + minute * 60 * SECOND,
        )  # fmt: skip

    def points(self, every: int = 5) -> list[Interest]:
        """Return the past's open interest, each ``every`` minutes."""
        return [
            Interest(self.contract, float(self.interest[m]), float(self.price[max(m * 60 - 1, 0)]),
                     SINCE + m * 60 * SECOND)
            for m in range(0, DAY // 60 + 1, every)
        ]  # fmt: skip

    def settled(self) -> list[Settled]:
        """Return the past's settlements, at whole multiples of the interval since midnight."""
        step = self.contract.funding_hours * _HOUR
        first = -(-SINCE // SECOND // step) * step - SINCE // SECOND
        return [
            Settled(self.contract, _rate(self.contract, _RATES[0] * (1 + 0.1 * count)),
                    float(self.price[second]), SINCE + second * SECOND)
            for count, second in enumerate(range(first, DAY, step))
        ]  # fmt: skip


def series(rng: Generator, track: Track, contract: Contract) -> Series:
    """Return a contract's day: its coin's, with its own basis, volume and open interest."""
    minutes = (DAY + LIVE) // 60
    basis = np.repeat(_smooth(rng.standard_normal(minutes), 5) * 2.5e-4, 60)
    price = track.price * (1.0 + basis)
    holds = track.coin.interest * share(contract) / track.coin.price
    busy = track.activity.reshape(-1, 60).sum(axis=1) / 60 * (0.6 + 0.8 * rng.random(minutes))
    unit = holds * _TURNOVER / 1440
    volume = np.round(unit * busy, 2 - round(float(np.log10(unit))))
    close = track.price[59::60]
    move = np.clip(np.diff(close, prepend=close[0]) / close * 60, -0.15, 0.15)
    part = np.round(0.5 + move + 0.12 * (rng.random(minutes) - 0.5), 2)
    wish = track.flow * (0.7 + 0.6 * rng.random(minutes))
    most = 0.6 * volume / holds
    grown = np.cumprod(1.0 + np.clip(wish, -most, most)[: DAY // 60])
    return Series(contract, price, volume, volume * part, holds * np.concatenate([[1.0], grown]))


def _rate(contract: Contract, crowd: float) -> float:
    return round(crowd * _PREMIUM[contract.market], 8)


def funding(contract: Contract, second: int) -> float:
    """Return the rate expected at a live second."""
    before, after = _RATES[1], _RATES[2]
    fallen = min(max((second - 600) / 400, 0.0), 1.0)
    return _rate(contract, before + (after - before) * fallen)


def due(contract: Contract, at: int) -> int:
    """Return when funding is settled next."""
    step = contract.funding_hours * _HOUR * SECOND
    return (at // step + 1) * step


class Standing:
    """The positions of one coin that stand to be liquidated, by price."""

    _STEP: Final = 5e-4
    _BINS: Final = 1200

    def __init__(self, reference: float) -> None:
        self._reference = reference
        self._usd = {side: np.zeros(self._BINS) for side in Side}

    def _bin(self, price: float) -> int:
        place = int((price / self._reference - 0.7) / self._STEP)
        return min(max(place, 0), self._BINS - 1)

    def open(self, price: float, usd: float) -> None:
        """Add positions of both sides, worth ``usd`` each."""
        for distance, part in _LEVERAGES:
            self._usd[Side.LONG][self._bin(price * (1 - distance))] += usd * part
            self._usd[Side.SHORT][self._bin(price * (1 + distance))] += usd * part

    def cross(self, low: float, high: float) -> dict[Side, float]:
        """Return what dies, in USD, when the mark has been as low and as high as this."""
        longs = self._usd[Side.LONG][self._bin(low) + 1 :]
        shorts = self._usd[Side.SHORT][: self._bin(high)]
        dead = {Side.LONG: float(longs.sum()), Side.SHORT: float(shorts.sum())}
        longs[:] = 0.0
        shorts[:] = 0.0
        return dead


def stood(track: Track, minutes: Sequence[int]) -> Standing:
    """Return what stands after the given minutes of a coin's past."""
    standing = Standing(track.coin.price)
    volume = track.coin.interest * _TURNOVER / 1440
    for minute in minutes:
        prices = track.price[minute * 60 : minute * 60 + 60]
        piled = max(float(track.flow[minute]), 0.0) * track.coin.interest
        busy = float(track.activity[minute * 60])
        standing.open(float(prices[30]), piled + 0.03 * volume * busy)
        standing.cross(float(prices.min()), float(prices.max()))
    return standing
