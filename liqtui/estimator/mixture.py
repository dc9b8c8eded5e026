"""How much of what is opened is of which kind, learned from what fired and from what did not.

Each member of the standing bank is paired with each of a few prior opinions on leverage. A weight
is Gamma distributed; every stretch of price that the mark crosses is a Poisson observation of it,
also when nothing fires there (docs/estimator.md 4.4): to leave those out overstates near kinds
many times over. Pairs are weighed by how well they foretold, tempered because liquidations come in
clusters (4.5).
"""

import math
from itertools import product
from typing import Final, NamedTuple

import numpy as np

from liqtui.estimator.basis import ATOMS, Floats, prior_shares
from liqtui.estimator.standing import MEMBERS


class Opinion(NamedTuple):
    """One view of who holds what; the bank weighs all of them."""

    leverage: float
    """Median."""
    spread: float
    """Standard deviation of its logarithm."""
    fires: float
    """Part of what stands where the mark goes that is liquidated: the rest is stopped out or
    saved before. Of all traders 30 to 60 % set stops (docs/estimator.md 7), or none does."""


OPINIONS: Final = [
    Opinion(*one) for one in product((2.5, 4.0, 6.5, 10.0, 16.0, 26.0), (0.55, 0.9), (0.3, 1.0))
]
"""All of them.

The narrow spread is that of the one public census of a book (docs/estimator.md 2.3: 36 % below 3x,
85 % below 7x makes a log-normal law of median 3.7 and spread 0.6), the wide one is for venues
unlike it. That other venues' books have other medians is what their row is for (22 to 30x).
"""
_ROUND: Final = 0.35
"""Of positions in reach: those with a round leverage and nothing else to their name."""
FIRES: Final = np.array([one.fires for one in OPINIONS])
_HALF_LIFE: Final = 0.75 * 86_400
"""Seconds in which half of what was learned is forgotten."""
_PRIOR: Final = 1.0
"""Of the open interest: the crossed exposure that weighs as much as the prior.

On real history anything below a half explains less of what fired (docs/estimator.md 6.2's test:
7.3 % at .06, 10.8 % from 1 on): an hour's silence then unlearns what took days to learn.
"""
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
_SOBER: Final = 3.0
"""Logarithm of the odds from which on evidence counts less and less: no pair is the truth, and of
thousands of liquidations the odds of one that is a bit less wrong are beyond all reason."""
_FLOOR: Final = 0.002
"""No pair's weight falls below this times the largest."""
_START: Final = 0.2
"""Of the most that the root can be: from there the steps take the fewest,"""
_STEPS: Final = 3
"""so many until every pair's weights are right to seven digits, on all recorded worlds."""


_SHARED: Final = 1.0
"""Of what other venues' liquidations say of the pairs, that counts here, too."""
_HEDGED: Final = 0.2
"""Of the shorts that lie far, against longs: on the simulated market's tuning seeds shorts in reach
are 1.25 times the longs on average, where laws alike on both sides make it 1.45."""
_SPECULATED, _HELD = 0.04, 0.12
"""Log distances up to which nobody holds coins against his shorts, and from which on that many do:
a hedge is held at low leverage."""
_BOOK: Final = 0.45
"""Leverage of a book's median against that of the trader whom funding makes one think of.

So that the calm median is the public census's 3.7, the only book anybody has seen whole
(docs/estimator.md 2.3).
"""
_LIVELY: Final = 0.3
"""Power by which it is higher where more is liquidated than in a calm market; this and `_SOBER`
were chosen on tuning seeds of the simulated market and of `tests.bench.young`."""
_DOUBT: Final = 0.7
"""Standard deviation of the log leverage that such a guess leaves."""
_CALM: Final = 1e-3
"""Of the open interest, liquidated in a calm day (docs/estimator.md 7: .05 to .5 %)."""
_UNTOLD: Final = 3e-5
"""Of the open interest: less than this says nothing of how lively a market is."""
_MEDIANS: Final = np.log([one.leverage for one in OPINIONS])


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


def liveliness(told: Floats) -> float:
    """Return how many times more than in a calm market is liquidated, at least 1.

    Args:
        told: (2,) share of the open interest that was liquidated, and days in which it was.

    >>> liveliness(np.array([0.0, 0.5])), round(liveliness(np.array([0.02, 0.5])))
    (1.0, 38)
    """
    fired, days = told
    return float(max((fired + _UNTOLD) / (_CALM * days + _UNTOLD), 1.0))


def _sigmoid(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-min(max(x, -60.0), 60.0)))


class Mixture:
    """See the module.

    Args:
        margins: of the atoms.
        peers: the mixtures of the base's contracts, which this one joins.
    """

    def __init__(self, margins: Floats, peers: list["Mixture"]) -> None:
        self._prior = np.array(
            [prior_shares(margins, one.leverage, one.spread, _ROUND) for one in OPINIONS]
        )
        self._peers = peers
        peers.append(self)
        self._fired: Floats = np.zeros((MEMBERS, len(OPINIONS), ATOMS))
        """USD that the kind accounts for."""
        self._crossed: Floats = np.zeros((MEMBERS, len(OPINIONS), ATOMS))
        """USD of exposure."""
        self._score: Floats = np.zeros((MEMBERS, len(OPINIONS)))
        self._strength = 1.0
        self.scale = 1.0
        """USD: the size of liquidations, E[y^2] / E[y] of capped ones (`Sizes.capped_lump`)."""
        self._usual = usual_leverage(0.0, 0.0)
        self.told: Floats = np.zeros(2)
        """Share of the open interest that was liquidated of late, and days in which it was."""

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
        """(members, opinions, atoms) of the Gamma laws."""
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
        behind: Floats = np.log1p((heard.max() - heard) / _SOBER)
        return -_SOBER * behind

    def weights_at(self, distances: Floats) -> Floats:
        """Return (members, opinions, atoms) weights of the pairs where each atom is concerned.

        What the mark went through lay near, so it says less of the kinds that lie far.

        Args:
            distances: (atoms,) log distances.
        """
        near = np.interp(np.log(distances), np.log((_NEAR, _FAR)), (1.0, 0.0))
        heard, leaning = self._heard, self._leaning
        whole, part = (_weighed(said * heard + leaning) for said in (1.0, _SAID_OF_FAR))
        weights: Floats = part[..., None] + near * (whole - part)[..., None]
        return weights

    def expect(self, leverage: float) -> None:
        """Lean towards opinions near a usual leverage, before anything is learned."""
        self._usual = leverage

    @property
    def _leaning(self) -> Floats:
        """(opinions,) what funding, growth and how much is liquidated make one think."""
        told: Floats = sum((peer.told for peer in self._peers), np.zeros(2)) / len(self._peers)
        leverage = _BOOK * self._usual * liveliness(told) ** _LIVELY
        leaning: Floats = -((_MEDIANS - np.log(leverage)) ** 2) / (2 * _DOUBT**2)
        return leaning

    def learn(
        self, crossed: Floats, fired: float, seconds: float, capped: float = 1.0, left: float = 1.0
    ) -> None:
        """Take in one stretch of time.

        Args:
            seconds: its length.
            crossed: (members, atoms) USD of exposure that the mark went through.
            fired: USD liquidated.
            capped: the share of that which capped sizes leave (`liqtui.estimator.sizes`).
            left: the share of all USD so far which they leave.
        """
        exposed = FIRES[:, None] * crossed[:, None]
        days = max(seconds, 1.0) / 86_400
        unexplained = max(_UNEXPLAINED * self._strength / _PRIOR * days, _LEAST)
        parts = self.shares * exposed
        expected = np.einsum("blk->bl", parts) + unexplained
        foretold = left * expected
        gain = capped * fired * np.log(foretold / self.scale) - foretold
        self._score += gain / self.scale / _TEMPER
        self._score -= self._score.max()
        self._fired += parts * (fired / expected)[..., None]
        self._crossed += exposed
        self.told += fired * _PRIOR / self._strength, days

    def forget(self, seconds: float) -> None:
        """Let time pass."""
        kept = 0.5 ** (seconds / _HALF_LIFE)
        self._fired *= kept
        self._crossed *= kept
        self._score *= kept
        self.told *= kept


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


def hedged(weights: Floats, quantity: Floats, distances: Floats) -> Floats:
    """Return weights with a part of the shorts in reach moved out of it.

    Whoever holds coins and is short against them, for the funding, never falls due, and borrows
    little; nobody is long against coins he owes.

    Args:
        weights: (..., 2, atoms) of longs and shorts.
        quantity: (..., 2, atoms) open if all were of that kind.
        distances: (atoms,) log distances.
    """
    found = weights.copy()
    patient = np.log(distances[:-1] / _SPECULATED) / np.log(_HELD / _SPECULATED)
    share = _HEDGED * np.clip(patient, 0.0, 1.0)
    shorts, held = found[..., 1, :], quantity[..., 1, :]
    moved = np.einsum("...k,...k,k->...", shorts[..., :-1], held[..., :-1], share)
    shorts[..., :-1] *= 1.0 - share
    shorts[..., -1] += moved / np.maximum(held[..., -1], 1e-300)
    return found
