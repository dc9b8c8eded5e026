"""The price and the traders of `tests.bench.young`."""

import math
from collections.abc import Iterator
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tests.bench.worlds import World

TICK: Final = 10
"""Seconds."""
DAY: Final = 86_400
START: Final = 1_767_225_600_000
"""UTC ms."""
MEAN_SIZE: Final = 16_000.0
"""USD of a position; none is opened above `_MOST_SIZE`."""
_MOST_SIZE: Final = 2e7
_LEVERAGES: Final = np.array([3.0, 5.0, 10.0, 20.0, 25.0, 50.0, 75.0, 100.0])
_LATER: Final = np.array([0.0, 0.02, 0.2, 0.25, 0.15, 0.2, 0.08, 0.1])
"""Shares of the leverages after they jumped."""
TIERS: Final = [
    [0.0, 0.004, 125.0, 0.0], [3e5, 0.005, 100.0, 300.0], [8e5, 0.0065, 75.0, 1500.0],
    [3e6, 0.01, 50.0, 12_000.0], [1.2e7, 0.02, 25.0, 132_000.0], [7e7, 0.025, 20.0, 482_000.0],
]  # fmt: skip
_FLOOR, _RATE, _HIGHEST, _DEDUCTION = np.array(TIERS).T
_LOWEST, _TOP = 1.0, 1e12
"""Levels of longs and shorts that stand for never."""
POSITION: Final = np.dtype(
    [(name, np.float64) for name in ("sign", "quantity", "entry", "level", "stop", "until")]
    + [("hedge", np.bool_)],
    align=True,
)
"""``sign`` is 1 for longs, ``level`` the liquidation price, ``until`` the day of the close."""
_BYTES: Final = np.dtype((np.void, POSITION.itemsize))
"""A position that numpy copies at once instead of field by field: ten times as fast."""
Floats: TypeAlias = NDArray[np.float64]
Positions: TypeAlias = NDArray[np.void]


class Moment(NamedTuple):
    """The end of a tick."""

    tick: int
    day: float
    ts: int
    """UTC ms."""
    price: float
    momentum: float
    """The last hour's move in units of its deviation."""
    activity: float
    """How busy traders are; about 1."""


def moments(world: World, rng: np.random.Generator) -> Iterator[Moment]:
    """Yield the price's path: heavy tails, volatility in clusters and by the time of day."""
    x, heat, moves = math.log(60_000.0), 0.0, np.zeros(3600 // TICK)
    for tick in range(int((world.unseen + world.recorded) * DAY / TICK)):
        day = tick * TICK / DAY
        heat = 0.9997 * heat + 0.015 * rng.standard_normal()
        scale = world.volatility * math.sqrt(TICK / DAY) * math.exp(heat - 0.15)
        scale *= 1.0 + 0.4 * math.sin(2.0 * math.pi * day)
        move = scale * rng.standard_t(4) / math.sqrt(2.0)
        x, moves[tick % len(moves)] = x + move, move
        momentum = float(moves.sum()) / (world.volatility / math.sqrt(24.0))
        activity = math.exp(0.7 * heat) * (1.0 + min(abs(move) / scale, 4.0)) / 1.8
        ts = START + (tick + 1) * TICK * 1000
        yield Moment(tick, day, ts, math.exp(x), momentum, activity)


class Traders:
    """Open positions by their family's habits."""

    def __init__(self, world: World, rng: np.random.Generator) -> None:
        self._world, self._habits, self._rng = world, world.habits, rng
        share = np.array(world.habits.leverage) * _LEVERAGES**world.tilt
        self._shares = share / share.sum()
        self._jump = world.unseen + world.recorded / 2 if world.habits.jumps else math.inf

    def open(self, now: Moment, sign: Floats, total: float | None = None) -> Positions:
        """Return new positions, of ``total`` in base units together where it is given."""
        count, rng = len(sign), self._rng
        found = np.zeros(count, POSITION)
        found["sign"], found["hedge"] = sign, rng.random(count) < self._habits.hedge
        found["entry"] = now.price * np.exp(rng.normal(0.0, 3e-5, count))
        size = np.exp(self._world.spread * (rng.standard_normal(count) - self._world.spread / 2))
        size = np.minimum(MEAN_SIZE * size, _MOST_SIZE)
        size *= 1.0 if total is None else total / (size / found["entry"]).sum()
        found["quantity"] = size / found["entry"]
        leverage = self._leverage(now, size)
        found["level"] = self._level(found, size, leverage)
        found["stop"] = self._stop(found)
        kept = self._world.hold * (np.minimum(10 / leverage, 3.0) if self._habits.brief else 1.0)
        found["until"] = now.day + kept * rng.exponential(1.0, count) * (1 + 4 * found["hedge"])
        return found

    def _leverage(self, now: Moment, size: Floats) -> Floats:
        shares = self._shares if now.day < self._jump else _LATER
        found: Floats = self._rng.choice(_LEVERAGES, len(size), p=shares)
        if self._habits.broad:
            odd = self._rng.random(len(size)) < 0.5
            found = np.where(odd, np.exp(self._rng.normal(np.log(found), 0.25)), found)
        capped: Floats = np.clip(found, 1.01, _HIGHEST[_bracket(size)])
        return capped

    def _level(self, of: Positions, size: Floats, leverage: Floats) -> Floats:
        bracket, sign = _bracket(size), of["sign"]
        cross = self._rng.random(len(of)) < self._habits.cross
        margin = np.where(cross, 1.0 + self._rng.exponential(1.5, len(of)), 1.0) / leverage
        margin += _DEDUCTION[bracket] / size
        found = of["entry"] * (1.0 - sign * margin) / (1.0 - sign * _RATE[bracket])
        return np.where(of["hedge"] | (found <= 0.0), _never(sign), found)

    def _stop(self, of: Positions) -> Floats:
        used = (self._rng.random(len(of)) < self._habits.stop) & ~of["hedge"]
        way = self._rng.uniform(0.3, 0.9, len(of))
        found = of["entry"] * np.exp(way * np.log(of["level"] / of["entry"]))
        return np.where(used, found, _never(of["sign"]))


def _bracket(size: Floats) -> NDArray[np.intp]:
    return np.searchsorted(_FLOOR, size, "right") - 1


def _never(sign: Floats) -> Floats:
    return np.where(sign > 0.0, _LOWEST, _TOP)


def joined(*books: Positions) -> Positions:
    return np.concatenate([book.view(_BYTES) for book in books]).view(POSITION)


def picked(book: Positions, which: NDArray[np.bool_]) -> Positions:
    return book.view(_BYTES)[which].view(POSITION)


def mortal(book: Positions) -> NDArray[np.bool_]:
    """Tell which positions some price liquidates."""
    return (book["level"] > _LOWEST) & (book["level"] < _TOP / 10)
