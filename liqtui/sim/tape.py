"""How a step's volume is printed: as so many trades, in whole lots, that add up to it."""

import numpy as np
from msgspec import Struct
from numpy.random import Generator

from liqtui.sim.terms import Floats, Places, Terms, summed
from liqtui.sim.world import Step

_SPREAD = 1.2
"""Sigma of the logarithm of trades' sizes, large orders apart."""


class Prints(Struct, frozen=True, eq=False):
    """Trades, a row each, in the order of time."""

    pit: Places
    units: Floats
    """In whole lots; negative where the aggressor sold."""
    price: Floats
    when: Floats
    """Part of the step that had passed."""


class Tape:
    """Prints what was traded; what was not printed yet is printed with what comes.

    Args:
        terms: of the contracts.
        rng: the randomness.
    """

    def __init__(self, terms: Terms, rng: Generator) -> None:
        self._lot = terms.lot
        self._rng = rng
        self._due = np.zeros(2 * len(terms.lot))
        """Units bought (even places) and sold (odd ones) that are not printed yet, by pit."""

    def print(self, step: Step, rate: Floats) -> Prints:
        """Print a step.

        Args:
            step: what happened.
            rate: how many trades to print in the step on average, by pit.
        """
        self._due += np.stack((step.bought, step.sold), axis=1).ravel()
        count = self._rng.poisson(rate)
        own_place, own = self._alone(step, count)
        place, units = self._split(np.repeat(count, 2), own_place, own)
        place, units = np.concatenate((own_place, place)), np.concatenate((own, units))
        return self._placed(step, place, units)

    def _alone(self, step: Step, count: Places) -> tuple[Places, Floats]:
        """Return the orders that are large enough to be printed by themselves."""
        usual = (step.bought + step.sold) / np.maximum(count, 1)
        pit, units = step.pit, np.abs(step.order)
        large = (units > usual[pit]) & (count[pit] > 0)
        return 2 * pit[large] + (step.order[large] < 0), units[large]

    def _split(self, count: Places, own_place: Places, own: Floats) -> tuple[Places, Floats]:
        """Cut what is left of each place into trades, rounded so that their sum is kept."""
        places, lot = len(self._due), np.repeat(self._lot, 2)
        alone = np.asarray(np.bincount(own_place, minlength=places))
        rest = np.where(count > 0, self._due - summed(own_place, own, places), 0.0)
        self._due -= rest + summed(own_place, own, places)
        share = rest / np.maximum(np.repeat((rest[::2] + rest[1::2]), 2), 1e-300)
        left = np.maximum(np.rint((count - alone) * share), 1.0) * (rest >= 0.5 * lot)
        place = np.repeat(np.arange(places), left.astype(np.intp))
        weight = np.exp(_SPREAD * self._rng.standard_normal(len(place)))
        part = weight / summed(place, weight, places)[place]
        ends = np.rint(_running(place, part * rest[place]) / lot[place])
        units, first = ends.copy(), _first(place)
        units[1:] -= ends[:-1]
        units[first] = ends[first]
        units *= lot[place]
        self._due += rest - summed(place, units, places)
        return place[units > 0], units[units > 0]

    def _placed(self, step: Step, place: Places, units: Floats) -> Prints:
        """Give trades their moments and prices."""
        when = self._rng.random(len(place))
        order = np.argsort(when)
        when, place, units = when[order], place[order], units[order]
        pit, sign = place // 2, 1.0 - 2.0 * (place % 2)
        before, last = step.before.last[pit], step.quotes.last[pit]
        price = before + (last - before) * when
        return Prints(pit, sign * units, price, when)


def _running(place: Places, values: Floats) -> Floats:
    """Return running sums that begin anew at each place; places ascend."""
    total, first = np.cumsum(values), _first(place)
    length = np.append(first[1:], len(place)) - first
    running: Floats = total - np.repeat(total[first] - values[first], length)
    return running


def _first(place: Places) -> Places:
    """Return where each place begins; places ascend."""
    return np.flatnonzero(np.append(True, place[1:] != place[:-1])[: len(place)])
