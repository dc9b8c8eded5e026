"""How traders draw their positions: sizes, leverages, margins, stops and targets.

Small positions dare more, and what measured books look like: docs/estimator.md 2.3.
"""

from typing import Final

import numpy as np
from msgspec import Struct
from numpy.random import Generator

from liqtui.sim.accounts import Accounts, Rows
from liqtui.sim.families import Family
from liqtui.sim.terms import Floats, Places, Terms

HOLD_SPREAD: Final = 1.1
_POPULAR: Final = np.array([2.0, 3, 5, 10, 20, 25, 50, 75, 100])
_BETWEEN: Final = np.sqrt(_POPULAR[1:] * _POPULAR[:-1])
_LARGEST: Final = 3e7
"""USD; nobody holds more in a market as large as BTC's."""
_CAUTION: Final = -0.08
"""How leverage falls with size, but for those who copy: an exponent."""
_ROOM: Final = 1.2
"""Mean of what cross margin adds, in units of the position's own margin."""


class Leaders(Struct, frozen=True, eq=False):
    """Entries that others may copy, a row each."""

    pit: Places
    kind: Places
    sign: Floats
    entry: Floats
    opened: Floats
    """UTC seconds."""
    expiry: Floats


class Crowd:
    """Draws the positions of a family's traders.

    Args:
        family: who trades.
        terms: of the contracts traded.
        scale: of the market against BTC's: sizes are multiplied by it.
        leverage: factor on leverages, by pit.
        rng: the randomness.
    """

    def __init__(
        self, family: Family, terms: Terms, scale: float, leverage: Floats, rng: Generator
    ) -> None:
        self._family = family
        self._terms = terms
        self._scale = scale
        self._customs = leverage
        self.rng = rng
        column = family.column
        self._size, self._spread = column("size"), column("spread")
        self._leverage, self._dares = column("leverage"), column("dares")
        self._stop, self._target = column("stop"), column("target")
        self._cross, self._nerve = column("cross"), column("nerve")
        self.hold = column("hold") * 3600
        self.wave = column("wave")
        self._caution = np.where(self.wave > 1, 0.0, _CAUTION)

    def means(self) -> Floats:
        """Return every kind's mean position in USD."""
        kinds = np.repeat(np.arange(len(self._size)), 20_000)
        drawn: Floats = self._sizes(kinds).reshape(len(self._size), -1).mean(axis=1)
        return drawn

    def _sizes(self, kind: Places) -> Floats:
        """Draw positions in USD."""
        spread = self._spread[kind]
        normal = np.exp(self.rng.standard_normal(len(kind)) * np.maximum(spread, 0.0))
        tail = self.rng.random(len(kind)) ** (1.0 / np.minimum(spread, -0.1))
        drawn = self._size[kind] * np.where(spread < 0, tail, normal) * self._scale
        clipped: Floats = np.clip(drawn, 5.0, _LARGEST * max(self._scale, 0.05))
        return clipped

    def _leverages(self, pit: Places, kind: Places, factor: float) -> Floats:
        """Draw leverages of at least 1."""
        normal = self.rng.standard_normal(len(kind))
        spread = np.exp(normal * self._dares[kind])
        drawn = np.maximum(self._leverage[kind] * self._customs[pit] * factor * spread, 1.0)
        picked = _POPULAR[np.searchsorted(_BETWEEN, drawn)]
        return np.where(self.rng.random(len(kind)) < self._family.popular, picked, drawn)

    def holds(self, kind: Places) -> Floats:
        """Draw holding times in seconds."""
        drawn: Floats = self.hold[kind] * np.exp(HOLD_SPREAD * self.rng.standard_normal(len(kind)))
        return drawn

    def draw(self, leaders: Leaders, factor: float) -> tuple[Places, Places, Rows]:
        """Draw positions of leaders and of those who copy them.

        Args:
            leaders: who, where, when.
            factor: on leverages.

        Returns:
            Pits, kinds and columns of leaders and copies.
        """
        crowd = self.rng.poisson(self.wave[leaders.kind] - 1.0) + 1
        leverage = np.repeat(self._leverages(leaders.pit, leaders.kind, factor), crowd)
        pit, kind = np.repeat(leaders.pit, crowd), np.repeat(leaders.kind, crowd)
        rows = {
            "sign": np.repeat(leaders.sign, crowd),
            "entry": np.repeat(leaders.entry, crowd),
            "opened": np.repeat(leaders.opened, crowd),
            "expiry": np.repeat(leaders.expiry, crowd),
        }
        usd, terms = self._sizes(kind), self._terms
        rows["units"] = terms.units(pit, usd, rows["entry"])
        leverage *= (usd / self._size[kind] / self._scale) ** self._caution[kind]
        leverage = np.minimum(leverage, terms.leverages[pit, terms.bracket(pit, usd)])
        crossed = self.rng.random(len(kind)) < self._cross[kind]
        room = 1.0 + crossed * self.rng.exponential(_ROOM, len(kind))
        rows["margin"] = terms.value(pit, rows["units"], rows["entry"]) / leverage * room
        if self._family.contagion:
            spread = self._family.contagion * crossed
            rows["elsewhere"] = spread * self.rng.standard_normal(len(kind))
        return pit, kind, rows

    def order(self, accounts: Accounts, slots: Places) -> None:
        """Draw stops, targets and alarms for new positions."""
        kind, sign = accounts.kind[slots], accounts.sign[slots]
        entry, liq = accounts.entry[slots], accounts.liq[slots]
        count, rng = len(slots), self.rng
        reach = np.where(np.isnan(liq), 1.0, np.abs(liq / entry - 1.0))
        away = reach * rng.uniform(0.2, 0.95, count)
        stops = rng.random(count) < self._stop[kind]
        accounts.stop[slots] = np.where(stops, entry * (1 - sign * away), np.nan)
        aim = np.minimum(reach, 0.6) * self._target[kind] * rng.lognormal(0.0, 0.7, count)
        accounts.take[slots] = np.where(aim > 0, entry * (1 + sign * aim), np.nan)
        accounts.alarm[slots] = self.alarms(kind, entry, liq)

    def alarms(self, kind: Places, entry: Floats, liq: Floats) -> Floats:
        """Return the marks at which owners think again."""
        alarm: Floats = liq + self._nerve[kind] * (entry - liq)
        return alarm
