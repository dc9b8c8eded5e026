"""How much of what is opened is of which kind, learned from what fired and from what did not.

Each member of the standing bank is paired with each of a few prior opinions on leverage. A weight
is Gamma distributed; every stretch of price that the mark crosses is a Poisson observation of it,
also when nothing fires there (docs/estimator.md 4.4): to leave those out overstates near kinds
many times over. Pairs are weighed by how well they foretold, tempered because liquidations come in
clusters (4.5).
"""

import math
from typing import Final

import numpy as np

from liqtui.estimator.basis import ATOMS, Floats, prior_shares
from liqtui.estimator.standing import MEMBERS

OPINIONS: Final = [
    (leverage, spread, round_)
    for leverage in (2.5, 3.7, 5.5, 8.0, 12.0, 18.0, 26.0)
    for spread, round_ in ((0.45, 0.4), (0.65, 0.4), (0.95, 0.4))
]
"""Median leverage, the standard deviation of its logarithm, and the share at round ones.

The spread is that of the one public census of a book (docs/estimator.md 2.3: 36 % below 3x, 85 %
below 7x makes a log-normal law of median 3.7 and spread 0.6); half as much again for venues unlike
it. That other venues' books have other medians is what the row of opinions is for (22 to 30x).
"""
_HALF_LIFE: Final = 0.75 * 86_400
"""Seconds in which half of what was learned is forgotten."""
_PRIOR: Final = 1.0
"""Of the open interest: the crossed exposure that weighs as much as the prior.

On real history anything below a half explains less of what fired (docs/estimator.md 6.2's test:
7.3 % at .06, 10.8 % from 1 on): an hour's silence then unlearns what took days to learn.
"""
_FIRING: Final = 0.3
"""What fires of what stands where the mark goes: the rest is stopped out or saved before."""
_UNEXPLAINED: Final = 0.004
"""Of the open interest a day: what fires where nothing was known to stand."""
_TEMPER: Final = 2.0
"""Liquidations of the usual size that count for one: they come together."""
_LEAST: Final = 1e-6
"""USD that may always fire unexplained: of what was impossible no logarithm can be taken."""
_NEAR, _FAR = 0.05, 0.2
"""Log distances up to which what fired says all of the pairs, and from which on only a part:"""
_SAID_OF_FAR: Final = 0.25
"""near ground is crossed, and emptied by stops, long before far ground is."""
_FLOOR: Final = 0.002
"""No pair's weight falls below this times the largest."""
_START: Final = 0.2
"""Of the most that the root can be: from there the steps take the fewest,"""
_STEPS: Final = 3
"""so many until every pair's weights are right to seven digits, on all recorded worlds."""


_SHARED: Final = 1.0
"""Of what other venues' liquidations say of the pairs, that counts here, too."""
_HEDGED: Final = 0.15
"""Of the shorts in reach, against longs: on the simulated market's tuning seeds shorts in reach are
1.25 times the longs on average, where laws alike on both sides make it 1.45."""
_BOOK: Final = 0.45
"""Leverage of a book's median against that of the trader whom funding makes one think of.

So that the calm median is the public census's 3.7, the only book anybody has seen whole
(docs/estimator.md 2.3); a past without liquidations says nothing against it.
"""
_DOUBT: Final = 0.6
"""Standard deviation of the log leverage that such a guess leaves."""


def usual_leverage(funding: float, growth: float) -> float:
    """Return the leverage that funding and the growth of open interest suggest.

    Smooth between the 8, 12 and 18 of the oldest rule there is (docs/estimator.md 1.1, BL-S3).

    Args:
        funding: per 8 hours, a fraction.
        growth: of open interest, a fraction.

    >>> round(usual_leverage(0.0, 0.0), 1), round(usual_leverage(0.01, 1.0), 1)
    (8.2, 18.0)
    """
    crowded = _sigmoid((funding - 3e-4) / 1e-4)
    growing = _sigmoid((growth - 0.15) / 0.03)
    leverage: float = 8.0 * 1.5 ** (crowded + crowded * growing)
    return leverage


def _sigmoid(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-min(max(x, -60.0), 60.0)))


class Mixture:
    """See the module.

    Args:
        margins: of the atoms.
        peers: the mixtures of the base's contracts, which this one joins.
    """

    def __init__(self, margins: Floats, peers: list["Mixture"]) -> None:
        self._prior = np.array([prior_shares(margins, *one) for one in OPINIONS])
        self._peers = peers
        peers.append(self)
        self._fired: Floats = np.zeros((MEMBERS, len(OPINIONS), ATOMS))
        """USD that the kind accounts for."""
        self._crossed: Floats = np.zeros((MEMBERS, 1, ATOMS))
        """USD of exposure."""
        self._score: Floats = np.zeros((MEMBERS, len(OPINIONS)))
        self._leaning: Floats = np.zeros(len(OPINIONS))
        self._strength = 1.0
        self.scale = 1.0
        """USD: the size of liquidations, E[y^2] / E[y]."""

    def weigh(self, interest: float) -> None:
        """Let the prior weigh as much as a part of the open interest, in USD."""
        self._strength = max(_PRIOR * interest, 1.0)

    @property
    def shares(self) -> Floats:
        """(members, opinions, atoms) mean of the weights."""
        known: Floats = self._prior * self._strength + self._fired
        return known / (self._strength + self._crossed)

    @property
    def shape(self) -> Floats:
        """(members, opinions, atoms) of the Gamma laws."""
        shapes: Floats = (self._prior * self._strength + self._fired) / self.scale
        return shapes

    @property
    def rate(self) -> Floats:
        """(members, 1, atoms) of the Gamma laws."""
        rates: Floats = (self._strength + self._crossed) / self.scale
        return rates

    @property
    def weights(self) -> Floats:
        """(members, opinions) of the pairs, summing to 1."""
        return _weighed(self._heard + self._leaning)

    @property
    def _heard(self) -> Floats:
        """(members, opinions) what liquidations here and elsewhere say of the pairs."""
        others = sum(peer._score for peer in self._peers if peer is not self)
        heard: Floats = self._score + _SHARED * others
        return heard

    def weights_at(self, distances: Floats) -> Floats:
        """Return (members, opinions, atoms) weights of the pairs where each atom is concerned.

        What the mark went through lay near, so it says less of the kinds that lie far.

        Args:
            distances: (atoms,) log distances.
        """
        near = np.interp(np.log(distances), np.log((_NEAR, _FAR)), (1.0, 0.0))
        heard = self._heard
        whole, part = (_weighed(said * heard + self._leaning) for said in (1.0, _SAID_OF_FAR))
        weights: Floats = part[..., None] + near * (whole - part)[..., None]
        return weights

    def expect(self, leverage: float) -> None:
        """Lean towards opinions near a usual leverage, before anything is learned."""
        medians = np.log([one[0] for one in OPINIONS])
        self._leaning = -((medians - np.log(_BOOK * leverage)) ** 2) / (2 * _DOUBT**2)

    def learn(self, crossed: Floats, fired: float, seconds: float, trust: float = 1.0) -> None:
        """Take in one stretch of time.

        Args:
            seconds: its length.
            crossed: (members, atoms) USD of exposure that the mark went through.
            fired: USD liquidated.
            trust: how much it counts; less where the feed shows a sample.
        """
        crossed = _FIRING * crossed
        days = max(seconds, 1.0) / 86_400
        unexplained = max(_UNEXPLAINED * self._strength / _PRIOR * days, _LEAST)
        parts = self.shares * crossed[:, None]
        expected = np.einsum("blk->bl", parts) + unexplained
        gain = fired * np.log(expected / self.scale) - expected
        self._score += trust * gain / self.scale / _TEMPER
        self._score -= self._score.max()
        self._fired += parts * (trust * fired / expected)[..., None]
        self._crossed += trust * crossed[:, None]

    def forget(self, seconds: float) -> None:
        """Let time pass."""
        kept = 0.5 ** (seconds / _HALF_LIFE)
        self._fired *= kept
        self._crossed *= kept
        self._score *= kept


def _weighed(score: Floats) -> Floats:
    raw = np.maximum(np.exp(score - score.max()), _FLOOR)
    normal: Floats = raw / raw.sum()
    return normal


def balanced(shape: Floats, rate: Floats, quantity: Floats, total: float) -> Floats:
    """Return weights whose kinds sum to what is open.

    The most likely weights under Gamma laws given their sum: what was observed often hardly
    moves, what is prior alone takes up the difference. Solves
    ``sum(shape q / (rate + x q)) = total`` for ``x``.

    Args:
        shape: (..., atoms).
        rate: (..., atoms).
        quantity: (..., atoms) open if all were of that kind.
        total: open interest.
    """
    if not total > 0.0:
        return np.zeros(np.broadcast_shapes(shape.shape, rate.shape, quantity.shape))
    q = np.maximum(quantity / total, 1e-9)
    ratios = rate / q
    away = ratios - ratios.min(axis=-1, keepdims=True)
    nearest = away == 0.0
    firsts = shape * nearest
    whole = firsts.shape
    shapes, others = _rows(shape, whole), _rows(np.where(nearest, np.inf, away), whole)
    ones = np.ones(whole[-1])  # a product with them is the fastest sum over a short last axis
    first, most = firsts.reshape(shapes.shape) @ ones, shapes @ ones
    x = _START * most
    for _ in range(_STEPS):
        # The nearest pole is taken as it is, the others as one of their value and slope.
        beyond = others + x[:, None]
        parts = shapes / beyond
        value = parts @ ones
        parts /= beyond
        middle = np.maximum(value / np.maximum(parts @ ones, 1e-300), x)
        half = 0.5 * (first + (value - 1.0) * middle + x)
        x = half + np.sqrt(half * half + first * (middle - x))
    x = np.maximum(x, first + 1e-12 * most)
    weights: Floats = shape / (away + x.reshape(*whole[:-1], 1)) / q
    return weights


def _rows(values: Floats, whole: tuple[int, ...]) -> Floats:
    rows = np.empty(whole)
    rows[...] = values
    return rows.reshape(-1, whole[-1])


def hedged(weights: Floats, quantity: Floats) -> Floats:
    """Return weights with a part of the shorts in reach moved out of it.

    Whoever holds coins and is short against them, for the funding, never falls due; nobody is
    long against coins he owes.

    Args:
        weights: (..., 2, atoms) of longs and shorts.
        quantity: (..., 2, atoms) open if all were of that kind.
    """
    found = weights.copy()
    shorts, held = found[..., 1, :], quantity[..., 1, :]
    moved = _HEDGED * np.einsum("...k,...k->...", shorts[..., :-1], held[..., :-1])
    shorts[..., :-1] *= 1.0 - _HEDGED
    shorts[..., -1] += moved / np.maximum(held[..., -1], 1e-300)
    return found
