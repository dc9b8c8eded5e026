"""What was ordered from the book in a step."""

import numpy as np

from liqtui.sim.terms import Floats, Places, summed


class Orders:
    """Orders in the order they came.

    Args:
        pits: how many there are.
    """

    def __init__(self, pits: int) -> None:
        self._pits = pits
        self._pit: list[Places] = []
        self._units: list[Floats] = []

    def add(self, pit: Places, units: Floats) -> None:
        """Take in orders; negative units sell."""
        if len(pit):
            self._pit.append(pit)
            self._units.append(units)

    def joined(self) -> tuple[Places, Floats]:
        """Return the pit and the units of every order."""
        if not self._pit:
            return np.zeros(0, np.intp), np.zeros(0)
        return np.concatenate(self._pit), np.concatenate(self._units)

    def net(self) -> Floats:
        """Return the units bought, less those sold, by pit."""
        return summed(*self.joined(), self._pits)


def taken(pit: Places, units: Floats, pits: int) -> tuple[Floats, Floats]:
    """Return the units bought and the units sold, by pit."""
    bought = summed(pit, np.maximum(units, 0.0), pits)
    sold = summed(pit, np.maximum(-units, 0.0), pits)
    return bought, sold
