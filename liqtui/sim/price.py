"""How prices move: a value nobody controls, and what order flow does to it.

Takers' net buying pushes the price, forced orders included, and most of a push fades. When much
was liquidated lately, or volatility is far above its habit, the book is thin and the same flow
pushes further, so that liquidations can feed on themselves. Each pit's last price strays from the
index by what was traded there; its mark lags behind. Why impact fades, and that liquidations lead
to more of them: docs/estimator.md 3.
"""

import math
from collections import deque
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.random import Generator

from liqtui.sim.coins import Coin
from liqtui.sim.scenarios import Scenario
from liqtui.sim.terms import Floats

DAY: Final = 86_400.0
_USUAL: Final = 0.021
"""The market's volatility of a usual day."""
_WILDEST: Final = 4.0
"""Most by which volatility exceeds the usual before a scenario adds to it."""
_NEWS: Final = 0.12
"""A sudden move that is not unusual, in volatilities of a usual day."""
_IMPACT: Final = 0.2
"""Log price by which buying the whole open interest at once would push, in a calm book."""
_PERMANENT: Final = 0.1
"""Part of a push that stays."""
_FADE, _LEVELLED = 600.0, 15.0
"""Half-lives in seconds: of the rest of a push, and of one pit's difference to the others."""
_FURTHEST: Final = 0.05
"""Most by which flow pushes a price from its value for a time."""
_NOISE: Final = 0.06
"""What is traded elsewhere pushes by, in volatilities of a usual day."""
_DENT: Final = 0.03
"""Most by which one pit can differ."""
_ECHO: Final = 5.0
"""Seconds by which the index lags behind."""
_RESTLESS: Final = 600.0
"""Half-life of how thin forced orders leave the book, seconds."""
_FRIGHT: Final = 800.0
"""How many times thinner it is for each open interest that was liquidated lately."""
_THINNEST: Final = 9.0


class Weather(Struct, frozen=True):
    """What all coins share in a step."""

    volatility: float
    """In units of the usual."""
    shared: float
    """Standard normal."""
    news: float
    """A sudden move, in units of the usual day's volatility; mostly 0."""


class Climate:
    """Volatility that wanders on two scales and with the hours, and news from time to time.

    Args:
        rng: the randomness; equal ones make equal weather, step by step.
    """

    def __init__(self, rng: Generator) -> None:
        self._rng = rng
        self._fast = self._slow = 0.0

    def step(self, now: float, dt: float) -> Weather:
        """Let the ``dt`` seconds before ``now`` (UTC) pass."""
        self._fast = self._wander(self._fast, dt, 2400.0, 0.6)
        self._slow = self._wander(self._slow, dt, 40_000.0, 0.45)
        hours = 0.25 * math.cos(2 * math.pi * (now / DAY - 0.6))
        volatility = min(math.exp(self._fast + self._slow + hours - 0.5), _WILDEST)
        news = 0.0
        if self._rng.random() < 3 * dt / DAY:
            news = _NEWS * float(np.clip(self._rng.standard_t(3), -6.0, 6.0))
        return Weather(volatility, float(self._rng.standard_normal()), news)

    def _wander(self, value: float, dt: float, memory: float, spread: float) -> float:
        kept = math.exp(-dt / memory)
        noise = float(self._rng.standard_normal())
        return kept * value + spread * math.sqrt(1 - kept * kept) * noise


class Quotes(Struct, frozen=True, eq=False):
    """A coin's prices at the end of a step; arrays by pit."""

    index: float
    last: Floats
    mark: Floats
    high: Floats
    """Of the last price within the step."""
    low: Floats


class Price:
    """One coin's price everywhere.

    Args:
        coin: what is traded.
        interest: usually open in USD, by pit: how deep the books are.
        basis: how far each pit's price leans when all longs crowd there.
        rng: the randomness.
    """

    def __init__(self, coin: Coin, interest: Floats, basis: Floats, rng: Generator) -> None:
        self.usual = _USUAL * math.hypot(coin.beta, coin.own)
        self.thin = 1.0
        """How many times further flow pushes than in a calm book."""
        self.trend = 0.0
        """The last hour's move in its usual sigmas."""
        self.stir = 1.0
        """Volatility in units of the usual."""
        self.others = 0.0
        """Log price of what else there is, which moves with the market too."""
        self._coin = coin
        self._interest = interest
        self._basis = basis
        self._rng = rng
        self._value = math.log(coin.price)
        self._push = self._noise = self._echo = self._fright = 0.0
        self._dent, self._habit = np.zeros(len(basis)), np.zeros(len(basis))
        self._short, self._long = np.zeros(len(basis)), np.zeros(len(basis))
        self._hour: deque[tuple[float, float]] = deque([(0.0, self._value)])
        self._now = 0.0
        self.quotes = Quotes(coin.price, *np.full((4, len(basis)), coin.price))

    @property
    def premium(self) -> Floats:
        """How far each pit's price has been from the index of late, as a fraction."""
        return self._long

    def move(
        self, dt: float, weather: Weather, scenario: Scenario, since: float, crowding: Floats
    ) -> Quotes:
        """Let ``dt`` seconds pass.

        Args:
            dt: seconds.
            weather: that all coins share.
            scenario: what happens from outside.
            since: seconds, at the end of the step, since it was switched on.
            crowding: net longs of all but slow money over open interest, by pit.
        """
        self._now += dt
        spread = self._strike(dt, weather, scenario) + 1e-5
        self._value += scenario.drift(since, dt)
        self._push *= 0.5 ** (dt / _FADE)
        self._wander(dt)
        self._fright *= 0.5 ** (dt / _RESTLESS)
        pushed = self._push + self._noise
        self._echo += (1 - math.exp(-dt / _ECHO)) * (pushed - self._echo)
        self._stray(dt, crowding)
        self._thin_out(scenario)
        self.quotes = self._quoted(dt, spread)
        self._remember()
        return self.quotes

    def _strike(self, dt: float, weather: Weather, scenario: Scenario) -> float:
        """Move the value by chance; return by how much it was expected to move."""
        coin, self.stir = self._coin, weather.volatility * scenario.volatility
        spread = _USUAL * self.stir * math.sqrt(dt / DAY)
        own, others = self._rng.standard_normal(2)
        self._value += spread * (coin.beta * weather.shared + coin.own * own)
        self._value += weather.news * _USUAL * coin.beta * self.stir
        self.others += spread * (1.2 * weather.shared + others) + weather.news * _USUAL * self.stir
        return spread * math.hypot(coin.beta, coin.own)

    def _stray(self, dt: float, crowding: Floats) -> None:
        """Let pits differ: what was traded levels out, what customers pay wanders."""
        self._dent *= 0.5 ** (dt / _LEVELLED)
        kept = math.exp(-dt / 1800)
        noise = 1.5e-4 * math.sqrt(1 - kept**2) * self._rng.standard_normal(len(crowding))
        self._habit = kept * self._habit + (1 - kept) * self._basis * crowding + noise

    def _wander(self, dt: float) -> None:
        """Let flow that is not traded here push the price for a while, too."""
        kept = 0.5 ** (dt / _FADE)
        drawn = float(self._rng.standard_normal()) * math.sqrt(1 - kept * kept)
        self._noise = kept * self._noise + _NOISE * self.usual * self.stir * drawn

    def _thin_out(self, scenario: Scenario) -> None:
        stirred = max(self.stir, 1.0) * (1.0 + _FRIGHT * self._fright)
        self.thin = scenario.thin * min(stirred, _THINNEST)

    def _quoted(self, dt: float, spread: float) -> Quotes:
        index = math.exp(self._value + self._echo)
        last = np.exp(self._value + self._push + self._noise + self._dent + self._habit)
        gap = np.log(last / index)
        self._short += (1 - math.exp(-dt / 30)) * (gap - self._short)
        self._long += (1 - math.exp(-dt / 150)) * (gap - self._long)
        slow, fast = index * np.exp(self._long), index * np.exp(self._short)
        mark = np.maximum(np.minimum(slow, fast), np.minimum(np.maximum(slow, fast), last))
        before = np.log(self.quotes.last / last)
        reach = np.sqrt(before**2 - 2 * spread**2 * np.log(self._rng.random((2, len(last)))))
        high, low = last * np.exp((before + reach[0]) / 2), last * np.exp((before - reach[1]) / 2)
        return Quotes(index, last, mark, high, low)

    def _remember(self) -> None:
        level, hour = self._value + self._push + self._noise, self._hour
        if self._now - hour[-1][0] >= 60.0:
            hour.append((self._now, level))
        while self._now - hour[0][0] > 3600.0 and len(hour) > 1:
            hour.popleft()
        self.trend = (level - hour[0][1]) / (self.usual * math.sqrt(1 / 24))

    def push(self, bought: Floats, forced: Floats) -> None:
        """Take in what was traded; all in USD, by pit.

        Args:
            bought: net by those who wanted a position or to be rid of one.
            forced: liquidated, either side.
        """
        whole, net = float(self._interest.sum()), float(bought.sum())
        moved = _IMPACT * self.thin * net / whole
        # The further from its value, the more who wait there with other people's money.
        room = max(0.0, 1.0 - math.copysign(self._push, self._push * net) / _FURTHEST)
        moved = room * math.tanh(moved / _FURTHEST) * _FURTHEST
        self._value += _PERMANENT * moved
        self._push += (1 - _PERMANENT) * moved
        own = _IMPACT * self.thin * bought / self._interest
        self._dent = np.clip(self._dent + own, -_DENT, _DENT)
        self._fright += float(forced.sum()) / whole

    def lean(self, move: float) -> None:
        """Let somebody push the price by ``move`` (log) with what is not traded here."""
        self._push += move
