"""The open positions of one coin over all its pits, a slot each, in columns.

Slots keep their numbers while a position lives. One that ended is given away again only after
`recycle`, so whoever holds a list of slots can rely on it until then.
"""

from typing import Final, TypeAlias

import numpy as np

from liqtui.sim.terms import Floats, Places, Terms, summed

Rows: TypeAlias = dict[str, Floats]
"""Columns of equal length."""
_EMPTY: Final = {
    "sign": 0.0, "units": 0.0, "wanted": 0.0, "entry": 1.0, "margin": 0.0, "liq": np.nan,
    "alarm": np.nan, "stop": np.nan, "take": np.nan, "expiry": np.nan, "opened": 0.0,
    "rescues": 0.0, "elsewhere": 0.0,
}  # fmt: skip
"""What a slot holds that nobody has; no comparison with NaN is true, so nothing ever triggers."""


class Accounts:
    """See the module.

    Attributes:
        pit: number of the contract.
        kind: number of the kind of trader.
        sign: +1 long, -1 short, 0 nobody's.
        units: held.
        wanted: units still to be bought by a large order that comes in slices.
        entry: average price.
        margin: in what profit is paid in.
        liq: mark at which it is liquidated.
        alarm: mark at which its owner thinks again.
        stop: last price at which its owner gives up.
        take: last price at which its owner is content.
        expiry: seconds when its owner leaves in any case.
        opened: seconds when it was opened.
        rescues: how often margin or units were added.
        elsewhere: what its owner holds in other coins, in units of the position.
        long: units held long, by pit.
        short: units held short, by pit.

    Args:
        terms: of the contracts.
        reserved: how many slots are never given away: the first ones.
    """

    def __init__(self, terms: Terms, reserved: int = 0) -> None:
        self.terms = terms
        self.long = self.short = np.zeros(len(terms.contracts))
        self.pit: Places = np.zeros(0, np.intp)
        self.kind: Places = np.zeros(0, np.intp)
        self.sign = self.units = self.wanted = self.entry = self.margin = np.zeros(0)
        self.liq = self.alarm = self.stop = self.take = np.zeros(0)
        self.expiry = self.opened = self.rescues = self.elsewhere = np.zeros(0)
        self._free: Places = np.zeros(0, np.intp)
        self._ended: list[Places] = []
        self._grow(reserved + 4096)
        self._reserved = reserved
        self._free = self._free[reserved:]

    def _grow(self, more: int) -> None:
        size = len(self.sign)
        for name, empty in _EMPTY.items():
            setattr(self, name, np.concatenate((getattr(self, name), np.full(more, empty))))
        self.pit = np.concatenate((self.pit, np.zeros(more, np.intp)))
        self.kind = np.concatenate((self.kind, np.zeros(more, np.intp)))
        self._free = np.concatenate((self._free, np.arange(size, size + more)))

    def open(self, pit: Places, kind: Places, rows: Rows) -> Places:
        """Open positions; return their slots.

        Args:
            pit: of each.
            kind: of each.
            rows: the other columns; one that is missing is empty.
        """
        count = len(pit)
        if count > len(self._free):
            self._grow(max(count, len(self.sign) // 8))
        slots, self._free = self._free[:count], self._free[count:]
        self.pit[slots], self.kind[slots] = pit, kind
        for name, values in rows.items():
            getattr(self, name)[slots] = values
        self._count(slots, rows["units"])
        self.margin_again(slots)
        return slots

    def begin(
        self, slots: Places, sign: Floats, units: Floats, price: Floats, leverage: Floats
    ) -> None:
        """Open positions in slots that were reserved; `margin_again` is the caller's."""
        value = self.terms.value(self.pit[slots], units, price)
        self.sign[slots], self.units[slots], self.entry[slots] = sign, units, price
        self.margin[slots] = value / leverage
        self._count(slots, units)

    def close(self, slots: Places, units: Floats | None = None) -> None:
        """Close positions, or some units of each, with the margin in proportion."""
        gone = self.units[slots] if units is None else units
        self._count(slots, -gone)
        left = self.units[slots] - gone
        self.margin[slots] *= np.maximum(left, 0.0) / self.units[slots]
        self.units[slots] = left
        ended = slots[left < 0.5 * self.terms.lot[self.pit[slots]]]
        if len(ended):
            self._count(ended, -self.units[ended])
            for name, empty in _EMPTY.items():
                getattr(self, name)[ended] = empty
            self._ended.append(ended[ended >= self._reserved])

    def recycle(self) -> None:
        """Give slots away again whose positions have ended, and count anew."""
        self._free = np.concatenate((self._free, *self._ended))
        self._ended.clear()
        self.long, self.short = self._held(self.pit, self.sign, self.units)

    def pack(self) -> None:
        """Give up the slots that nobody has; the numbers of the others change."""
        kept = self.sign != 0
        kept[: self._reserved] = True
        for name in (*_EMPTY, "pit", "kind"):
            setattr(self, name, getattr(self, name)[kept])
        self._free = np.zeros(0, np.intp)
        self._ended.clear()

    def add(self, slots: Places, units: Floats, price: Floats) -> None:
        """Add units at a price, with margin in proportion; `margin_again` is the caller's."""
        pit, held, entry, terms = self.pit[slots], self.units[slots], self.entry[slots], self.terms
        ratio = terms.value(pit, units, price) / terms.value(pit, held, entry)
        self.margin[slots] *= 1.0 + ratio
        self.entry[slots] = terms.averaged(pit, held, entry, units, price)
        self.units[slots] = held + units
        self._count(slots, units)

    def _count(self, slots: Places, units: Floats) -> None:
        long, short = self._held(self.pit[slots], self.sign[slots], units)
        self.long = self.long + long
        self.short = self.short + short

    def margin_again(self, slots: Places) -> None:
        """Compute liquidation prices from what the accounts hold now."""
        self.liq[slots] = self.terms.liquidation(
            self.pit[slots],
            self.sign[slots],
            self.units[slots],
            self.entry[slots],
            self.margin[slots],
        )

    def _held(self, pit: Places, sign: Floats, units: Floats) -> Floats:
        """Return (2, pits) the units of the longs and of the shorts."""
        count = len(self.terms.contracts)
        return summed(pit + count * (sign < 0), units, 2 * count).reshape(2, count)
