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
_SAID: Final = np.array((1.0, 0.25))[:, None, None]
"""near ground is crossed, and emptied by stops, long before far ground is."""
_SOBER: Final = 3.0
"""Logarithm of the odds from which on evidence counts less and less: no pair is the truth, and of
thousands of liquidations the odds of one that is a bit less wrong are beyond all reason."""
_FLOOR: Final = 0.002
"""No pair's weight falls below this times the largest."""
_START: Final = 0.2
"""Of the most that the root can be: from there the steps take the fewest,"""
_STEPS: Final = 3
"""so many until all but one pair's weights in a thousand are right to six digits, on recorded
worlds."""


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
_LIVELY: Final = 0.4
"""Power by which it is higher where more is liquidated than usually; this and `_SOBER`
were chosen on tuning seeds of the simulated market and of `tests.bench.young`."""
_DOUBT: Final = 0.7
"""Standard deviation of the log leverage that such a guess leaves."""
_CALM: Final = 1e-3
"""Of the open interest, liquidated in a calm day (docs/estimator.md 7: .05 to .5 %)."""
_UNTOLD: Final = 1e-4
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
    """Return how many times more than in a market of the usual kind is liquidated, at least 1.

    Args:
        told: (2,) shares of the open interest: liquidated, and usual in that time and on that way.

    >>> liveliness(np.array([0.0, 0.0005])), round(liveliness(np.array([0.02, 0.0005])))
    (1.0, 34)
    """
    fired, usually = told
    return float(max((fired + _UNTOLD) / (usually + _UNTOLD), 1.0))


def _sigmoid(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-min(max(x, -60.0), 60.0)))


class Mixture:
    """See the module.

    Args:
        margins: of the atoms.
        peers: the mixtures of the base's contracts, which this one joins.
    """

    def __init__(self, margins: Floats, peers: list["Mixture"]) -> None:
        priors = [prior_shares(margins, one.leverage, one.spread, _ROUND) for one in OPINIONS]
        self._prior = np.stack(priors, axis=1)[:, None].repeat(MEMBERS, axis=1)
        self._peers = peers
        peers.append(self)
        self._fired: Floats = np.zeros((ATOMS, MEMBERS, len(OPINIONS)))
        """USD that the kind accounts for."""
        self._crossed: Floats = np.zeros((ATOMS, MEMBERS, len(OPINIONS)))
        """USD of exposure."""
        self._score: Floats = np.zeros((MEMBERS, len(OPINIONS)))
        self._strength = 1.0
        self.scale = 1.0
        """USD: the size of liquidations, E[y^2] / E[y] of capped ones (`Sizes.capped_lump`)."""
        self._usual = usual_leverage(0.0, 0.0)
        self.told: Floats = np.zeros(2)
        """Shares of the open interest: liquidated of late, and what usually would have been."""

    def weigh(self, interest: float) -> None:
        """Let the prior weigh as much as a part of the open interest, in USD."""
        self._strength = max(_PRIOR * interest, 1.0)

    @property
    def shares(self) -> Floats:
        """(atoms, members, opinions) mean of the weights."""
        shares: Floats = self.shape / self.rate
        return shares

    @property
    def shape(self) -> Floats:
        """(atoms, members, opinions) of the Gamma laws, times `scale`."""
        shapes: Floats = self._prior * self._strength + self._fired
        return shapes

    @property
    def rate(self) -> Floats:
        """(atoms, members, opinions) of the Gamma laws, times `scale`."""
        rates: Floats = self._strength + self._crossed
        return rates

    @property
    def weights(self) -> Floats:
        """(members, opinions) of the pairs, summing to 1."""
        weights: Floats = self.views[0]
        return weights

    @property
    def opened(self) -> Floats:
        """(members, atoms) what share of what is opened is of which kind."""
        weights = self.weights
        weights /= weights.sum(axis=1, keepdims=True)
        opened: Floats = np.einsum("kbl,bl->bk", self.shares, weights)
        return opened

    @property
    def _heard(self) -> Floats:
        """(members, opinions) what liquidations here and elsewhere say of the pairs."""
        others = sum(peer._score for peer in self._peers if peer is not self)
        heard: Floats = self._score + _SHARED * others
        behind: Floats = np.log1p((heard.max() - heard) / _SOBER)
        return -_SOBER * behind

    @property
    def views(self) -> Floats:
        """(2, members, opinions) weights of the pairs where near and where far kinds are concerned.

        What the mark went through lay near, so it says less of the kinds that lie far.
        """
        return _weighed(_SAID * self._heard + self._leaning)

    def expect(self, leverage: float) -> None:
        """Lean towards opinions near a usual leverage, before anything is learned."""
        self._usual = leverage

    @property
    def _leaning(self) -> Floats:
        """(opinions,) what funding, growth and how much is liquidated make one think."""
        told: Floats = sum((peer.told for peer in self._peers), np.zeros(2)) / len(self._peers)
        leverage = _BOOK * self._usual * liveliness(told) ** _LIVELY
        leaning: Floats = (_MEDIANS - math.log(leverage)) ** 2 / (-2 * _DOUBT**2)
        return leaning

    def learn(
        self,
        crossed: Floats,
        fired: float,
        seconds: float,
        capped: float = 1.0,
        left: float = 1.0,
        met: float = 0.0,
    ) -> None:
        """Take in one stretch of time.

        Args:
            seconds: its length.
            crossed: (members, atoms) USD of exposure that the mark went through.
            fired: USD liquidated.
            capped: the share of that which capped sizes leave (`liqtui.estimator.sizes`).
            left: the share of all USD so far which they leave.
            met: the share of the open interest that usually stands where the mark newly went.
        """
        exposed = np.ascontiguousarray(crossed.T)[..., None] * FIRES
        days = max(seconds, 1.0) / 86_400
        unexplained = max(_UNEXPLAINED * self._strength / _PRIOR * days, _LEAST)
        parts = self.shares * exposed
        expected = parts.sum(axis=0) + unexplained
        foretold = left * expected
        gain = capped * fired * np.log(foretold / self.scale) - foretold
        self._score += gain / self.scale / _TEMPER
        self._score -= self._score.max()
        parts *= fired / expected
        self._fired += parts
        self._crossed += exposed
        self.told += fired * _PRIOR / self._strength, _CALM * days + met

    def forget(self, seconds: float) -> None:
        """Let time pass."""
        kept = 0.5 ** (seconds / _HALF_LIFE)
        self._fired *= kept
        self._crossed *= kept
        self._score *= kept
        self.told *= kept


def _weighed(score: Floats) -> Floats:
    """Return weights whose last two axes sum to 1."""
    pairs = (-2, -1)
    raw = np.maximum(np.exp(score - score.max(axis=pairs, keepdims=True)), _FLOOR)
    normal: Floats = raw / raw.sum(axis=pairs, keepdims=True)
    return normal


def nearness(distances: Floats) -> Floats:
    """Return (atoms,) how much each kind is of those that lie near.

    Args:
        distances: (atoms,) log distances.
    """
    return np.interp(np.log(distances), np.log((_NEAR, _FAR)), (1.0, 0.0))


def balanced(shape: Floats, rate: Floats, held: Floats) -> Floats:
    """Return (atoms, ...) shares of what is open that are of each kind, summing to 1.

    Of the most likely weights under Gamma laws given their sum: what was observed often hardly
    moves, what is prior alone takes up the difference. Solves
    ``sum(shape / (rate / held + x)) = 1`` for ``x``.

    Args:
        shape: (atoms, ...)
        rate: (atoms, ...) in the unit of shapes.
        held: (atoms, ...) share of the open that would stand if all were of that kind, above 0.
    """
    away = rate / held
    away -= away.min(axis=0)
    firsts = shape * (away == 0.0)
    others = shape - firsts
    first, most = firsts.sum(axis=0), shape.sum(axis=0)
    least, x = first + 1e-12 * most, _START * most
    for _ in range(_STEPS):
        # The nearest pole is taken as it is, the others as one of their value and slope.
        beyond = away + x
        parts = others / beyond
        value = parts.sum(axis=0)
        parts /= beyond
        middle = np.maximum(value / np.maximum(parts.sum(axis=0), 1e-300), x)
        half = 0.5 * (first + (value - 1.0) * middle + x)
        x = np.maximum(half + np.sqrt(half * half + first * (middle - x)), least)
    away += x
    shares: Floats = shape / away
    return shares


def patience(distances: Floats) -> Floats:
    """Return (atoms - 1,) what part of the shorts of each kind in reach are hedges.

    Args:
        distances: (atoms,) log distances.
    """
    patient = np.log(distances[:-1] / _SPECULATED) / np.log(_HELD / _SPECULATED)
    parts: Floats = _HEDGED * np.clip(patient, 0.0, 1.0)
    return parts


def hedge(shares: Floats, patience: Floats) -> None:
    """Move a part of the shorts in reach out of it.

    Whoever holds coins and is short against them, for the funding, never falls due, and borrows
    little; nobody is long against coins he owes.

    Args:
        shares: (atoms, 2, members, opinions) of longs and shorts, changed in place.
        patience: (atoms - 1,) the part.
    """
    shorts = shares[:, 1].reshape(len(shares), -1)
    shorts[-1] += patience @ shorts[:-1]
    shorts[:-1] *= 1.0 - patience[:, None]
