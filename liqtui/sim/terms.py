"""The contracts of one coin as arrays, a pit each, and what their rules make of positions.

A pit is one contract's trading on one exchange. Liquidation prices are computed per account from
its margin, its size's bracket and the exchange's fee (docs/estimator.md 2.1), never from distances:
the estimator that is graded on them works the other way round. Units are what a contract is fixed
in, coins (linear) or USD (inverse), and margins what profit is paid in, USD (linear) or coins.
"""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from liqtui.sim.wire import Contract

Floats: TypeAlias = NDArray[np.float64]
Places: TypeAlias = NDArray[np.intp]
Bools: TypeAlias = NDArray[np.bool_]


class Terms(Struct, frozen=True, eq=False):
    """See the module; every method works on rows whose pits are given."""

    contracts: tuple[Contract, ...]
    inverse: Bools
    lot: Floats
    """Units."""
    fee: Floats
    """Added to the maintenance rate in the trigger."""
    floors: Floats
    """(pits, brackets) USD; infinite where a contract has fewer brackets."""
    rates: Floats
    leverages: Floats
    deductions: Floats

    @classmethod
    def of(cls, contracts: Sequence[Contract]) -> "Terms":
        """Return the published rules as arrays."""
        most = max(len(one.tiers) for one in contracts)
        brackets = np.full((4, len(contracts), most), np.inf)
        for pit, one in enumerate(contracts):
            rows = [(t.floor, t.rate, t.max_leverage, t.deduction or 0.0) for t in one.tiers]
            brackets[:, pit, : len(rows)] = np.array(rows).T
        inverse = np.array([one.inverse for one in contracts])
        fee = np.array([one.trigger_fee for one in contracts])
        return cls(
            tuple(contracts), inverse, np.array([_lot(c) for c in contracts]), fee, *brackets
        )

    def bracket(self, pit: Places, usd: Floats) -> Places:
        """Return the bracket of positions worth ``usd``."""
        found: Places = (usd[:, None] >= self.floors[pit]).sum(axis=1) - 1
        return found

    def usd(self, pit: Places, units: Floats, price: Floats) -> Floats:
        """Return what units are worth at a price."""
        return np.where(self.inverse[pit], units, units * price)

    def units(self, pit: Places, usd: Floats, price: Floats) -> Floats:
        """Return as many whole lots as ``usd`` buys, at least one."""
        lot = self.lot[pit]
        lots = np.rint(np.where(self.inverse[pit], usd, usd / price) / lot)
        return np.maximum(lots, 1.0) * lot

    def whole(self, pit: Places, units: Floats) -> Floats:
        """Return units rounded up to whole lots."""
        lot = self.lot[pit]
        rounded: Floats = np.ceil(units / lot - 1e-6) * lot
        return rounded

    def value(self, pit: Places, units: Floats, price: Floats) -> Floats:
        """Return what units are worth at a price, in what profit is paid in."""
        return np.where(self.inverse[pit], units / price, units * price)

    def gains(
        self, pit: Places, sign: Floats, units: Floats, entry: Floats, price: Floats
    ) -> Floats:
        """Return the profit of positions, in what it is paid in."""
        return sign * units * np.where(self.inverse[pit], 1 / entry - 1 / price, price - entry)

    def averaged(
        self, pit: Places, units: Floats, entry: Floats, more: Floats, price: Floats
    ) -> Floats:
        """Return the entries of positions to which ``more`` units were added at a price."""
        total = units + more
        linear = (units * entry + more * price) / total
        return np.where(self.inverse[pit], total / (units / entry + more / price), linear)

    def liquidation(
        self, pit: Places, sign: Floats, units: Floats, entry: Floats, margin: Floats
    ) -> Floats:
        """Return the mark at which margins no longer suffice; NaN where no price is that bad.

        The bracket is that of the position's value at entry.
        """
        bracket = self.bracket(pit, self.usd(pit, units, entry))
        rate = self.rates[pit, bracket] + self.fee[pit]
        return self._solved(pit, sign, units, entry, margin, rate, self.deductions[pit, bracket])

    def bankruptcy(
        self, pit: Places, sign: Floats, units: Floats, entry: Floats, margin: Floats
    ) -> Floats:
        """Return the price at which margins are gone; NaN where no price is that bad."""
        nothing = np.zeros(len(units))
        return self._solved(pit, sign, units, entry, margin, nothing, nothing)

    def _solved(
        self,
        pit: Places,
        sign: Floats,
        units: Floats,
        entry: Floats,
        margin: Floats,
        rate: Floats,
        spared: Floats,
    ) -> Floats:
        """Solve ``margin + profit = value * rate - spared`` for the price."""
        inverse = self.inverse[pit]
        own = np.where(inverse, units / entry, units * entry)
        top = np.where(inverse, units * (sign + rate) - spared, margin + spared - sign * own)
        bottom = np.where(inverse, margin + sign * own, units * (rate - sign))
        with np.errstate(divide="ignore", invalid="ignore"):
            price = top / bottom
        reached = (price > 0) & (~inverse | (bottom * sign > 0)) & np.isfinite(price)
        return np.where(reached, price, np.nan)


def summed(place: Places, values: Floats, count: int) -> Floats:
    """Return the sums of values by place, of ``count`` places."""
    return np.asarray(np.bincount(place, values, count), np.float64)


def _lot(contract: Contract) -> float:
    return float(contract.lot) * contract.size * (1 if contract.inverse else contract.scale)
