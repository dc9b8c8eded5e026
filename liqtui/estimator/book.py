"""One instrument's share of the estimate: its trades, open interest, mark and liquidations."""

import math
from typing import Final

import numpy as np

from liqtui.estimator.basis import ATOMS, LEVERAGES, Floats, basis
from liqtui.estimator.coverage import DEFAULT, Stretch, Twins
from liqtui.estimator.evidence import Evidence
from liqtui.estimator.flow import Flow, Opened
from liqtui.estimator.grid import Grid
from liqtui.estimator.ground import Ground
from liqtui.estimator.lag import SLICE, Lag
from liqtui.estimator.mixture import (
    FIRES,
    OPINIONS,
    Mixture,
    balanced,
    hedge,
    nearness,
    patience,
    usual_leverage,
)
from liqtui.estimator.seed import seed
from liqtui.estimator.sizes import Sizes
from liqtui.estimator.slices import tier_of
from liqtui.estimator.standing import MEMBERS, TURNOVERS, Standing, by_size, haste
from liqtui.model.events import Liquidation
from liqtui.model.market import Coverage, Instrument, Side, Unit
from liqtui.model.view import TIERS

_FEEDS: Final = frozenset({Coverage.FULL, Coverage.SAMPLED})
NS: Final = 1_000_000_000
_FLUSH: Final = 30.0
"""Seconds between two settlements of the flow at least."""
_WINDOW: Final = 60 * NS
_NOTHING: Final = 1e-9
"""Of the open interest: as good as none of a kind."""
_LEAST: Final = 1.0
"""USD of open interest below which there is nothing to estimate."""
_RESTATED: Final = 0.3
"""A reading that differs by more than this and by more than was traded corrects the last one."""
_SILENCE: Final = 3600 * NS
"""After a longer one nothing is learned from what came between."""
_CROWDS: Final = 8 * 3600.0
"""Seconds in which half of a funding rate is forgotten: one period of most exchanges."""
_GROWS: Final = 0.7 * 86_400
"""The same of an open interest: what it is compared with is a day old on average."""
_SETTLING: Final = 3600 * NS
"""After an hour the old book is spread anew, by the volatility seen."""
_GUESSED: Final = 20.0
"""Liquidations for which the guess of their size counts."""
_USUAL: Final = 0.025
"""Volatility of a day, before any is known."""
_USUAL_WEIGHT: Final = 0.08
"""Days that the guess counts for."""
_ALL_AND_FIRING: Final = np.stack((np.ones_like(FIRES), FIRES))
"""(2, opinions) by which they are summed up."""


class Book:
    """See the module.

    Args:
        instrument: as listed.
        grid: the window.
        twins: what the base's feeds tell of each other.
        peers: what has been learned of the base's other contracts.
    """

    def __init__(
        self, instrument: Instrument, grid: Grid, twins: Twins, peers: list[Mixture]
    ) -> None:
        self.basis = basis(instrument)
        self._twins = twins
        self.adopt(instrument)
        self.standing = Standing(self.basis, grid)
        self.mixture = Mixture(self.basis.margins, peers)
        self.mark: float | None = None
        self.interest: float | None = None
        """One-sided, in the unit a contract is fixed in."""
        self.doubts = 0
        """Readings of open interest that contradict the trades."""
        self.evidence = Evidence()
        self.told = True
        """Whether liquidations are told of as they happen: no exchange has a history of them."""
        self.turned = 0.0
        """Traded since the start, in the unit of open interest."""
        self._flow, self._lag, self._ground = Flow(), Lag(), Ground()
        self._ends = 0
        """UTC ns at which the present slice of the flow ends."""
        self._settled = 0
        """UTC ns up to which the flow is settled."""
        self._seeded = 0
        self._respread = False
        self._window = 0
        self._crossed: Floats = np.zeros((MEMBERS, ATOMS))
        self._fired = self._traded = 0.0
        self._sizes = Sizes()
        self._heard = self._capped = 0.0
        """USD liquidated as told within the window, and what capped sizes leave of it."""
        self._seen = False
        self.changes = 0
        """Counts what changed the map other than a mark that went through it."""
        self._speeds = haste(self.basis.distances)[:, None]
        self._near = nearness(self.basis.distances)[:, None, None]
        self._patience = patience(self.basis.distances)
        self._shares: Floats | None = None
        self._map: Floats | None = None
        self._formerly = 0.0
        """Open interest of late, smoothed."""
        self._funding, self._paid = 0.0, 0
        self._changed()
        self._variance, self._since = 0.0, 0
        self._sampled: tuple[int, float] | None = None

    def adopt(self, instrument: Instrument) -> None:
        """Take what is newly said of the instrument; what stands keeps its distances."""
        self.instrument = instrument
        self._stretch = Stretch(instrument.sampling or DEFAULT)

    @property
    def in_quote(self) -> bool:
        """Whether a contract is worth a fixed amount of USD."""
        return self.instrument.contract_unit is Unit.QUOTE

    def usd(self, quantity: float) -> float:
        """Return what a quantity is worth now."""
        return quantity if self.in_quote else quantity * (self.mark or 0.0)

    @property
    def doubt(self) -> float:
        """How little is known, as a standard deviation: less the more hands have changed."""
        seen = self._settled - self._seeded
        young = 0.5 * math.exp(-max(seen, 0) / (4 * 3600 * NS))
        contradicted = 0.3 * self.doubts / (self.doubts + 50)
        return young + contradicted + self.evidence.doubt(bool(self.instrument.tiers))

    def trade(self, price: float, quantity: float, bought: bool, at: int) -> None:
        """Take in a trade, in units of base."""
        if at >= self._ends:
            self._slice(at)
        self._traded += quantity * price
        quantity *= price if self.in_quote else 1.0
        self.turned += quantity
        self._flow.trade(price, quantity, bought)

    def _slice(self, at: int) -> None:
        """Begin another slice of the flow, to which a time (UTC ns) belongs."""
        begins = at - at % SLICE
        if 0 < self._ends < begins:
            self._lag.traded(self.turned, self._ends)
        self._lag.traded(self.turned, begins)
        if self._lag.late:
            self._flow.cut(self._ends)
        self._ends = begins + SLICE

    def bar(self, low: float, high: float, quantity: float, bought: float) -> None:
        """Take in a candle's volume, in units of base."""
        unit = 0.5 * (low + high) if self.in_quote else 1.0
        self.turned += quantity * unit
        self._flow.bar(low, high, quantity * unit, bought * unit)

    def marked(self, low: float, high: float, close: float, at: int) -> None:
        """Take in a mark, or the range and the end of one."""
        self.mark = close
        self.evidence.mark(at)
        self._measure(close, at)
        self._observe(low, high)
        if at >= self._window or self._window - at > _SILENCE:
            self._learn(at)
        if self._seeded and not self._respread and at - self._seeded > _SETTLING:
            self._respread = True
            self._seed()

    def _measure(self, price: float, at: int) -> None:
        """Add up the variance of minutes."""
        if self._sampled is None:
            self._sampled, self._since = (at, price), at
        elif at - self._sampled[0] >= 60 * NS:
            self._variance += float(np.log(price / self._sampled[1])) ** 2
            self._sampled = (at, price)

    @property
    def volatility(self) -> float:
        """Of a day, from the guess and what was seen."""
        days = (self._sampled[0] - self._since) / (86_400 * NS) if self._sampled else 0.0
        seen = _USUAL**2 * _USUAL_WEIGHT + self._variance
        return float(np.sqrt(seen / (_USUAL_WEIGHT + days)))

    def _observe(self, low: float, high: float) -> None:
        self._ground.cross(low, high)
        crossed = self.standing.cross(low, high)
        if crossed is not None:
            self._crossed += crossed * (1.0 if self.in_quote else self.mark or 0.0)

    def _learn(self, at: int) -> None:
        seconds = max((at - self._window + _WINDOW) / NS, 1.0)
        met = self._ground.close(self.mark or 0.0, seconds)
        if self._window and self.interest and at - self._window < _SILENCE:
            self._stretched(self._stretch.close())
            if self.told and (self._seen or self.instrument.coverage in _FEEDS):
                capped = self._capped / self._heard if self._heard else 1.0
                left = self._sizes.left(_GUESSED * self._lump_guess)
                self.mixture.learn(self._crossed, self._fired, seconds, capped, left, met)
            self.mixture.forget(seconds)
            self._crossed[:] = 0.0
            self._fired = self._traded = self._heard = self._capped = 0.0
        self._window = at + _WINDOW
        self._changed()

    def paid(self, rate: float, hours: float | None, at: int) -> None:
        """Take in a funding rate: those who pay much for their positions borrowed much."""
        rate *= 8.0 / (hours or 8.0)
        kept = 0.5 ** (max(at - self._paid, 0) / NS / _CROWDS) if self._paid else 0.0
        self._funding += (1.0 - kept) * (rate - self._funding)
        self._paid = max(at, self._paid)
        self.mixture.expect(usual_leverage(self._funding, self._growth))

    @property
    def _growth(self) -> float:
        """Of open interest over about a day, as a fraction."""
        if not self.interest or not self._formerly:
            return 0.0
        return self.interest / self._formerly - 1.0

    def liquidated(self, event: Liquidation) -> None:
        """Take in a liquidation."""
        price = self.mark or event.price
        quantity = event.quantity
        if quantity is None:
            return
        usd = quantity * price
        self._seen = True
        self._heard += usd
        self._capped += self._sizes.take(usd)
        self.mixture.scale = self.scale
        self._stretched(self._stretch.add(event, usd))
        side = 0 if event.side is Side.LONG else 1
        self._flow.force(side, usd if self.in_quote else quantity)

    def _stretched(self, ended: tuple[float, float, float] | None) -> None:
        """Count what fell in ten seconds: as said by a full feed, more by a sampled one."""
        if ended is None:
            return
        everything, shown, taken = ended
        if self.instrument.coverage is Coverage.SAMPLED:
            bound = max(self._traded, shown)
            self._fired += min(shown * self._twins.factor(taken), bound)
        else:
            self._fired += everything
            if self.instrument.coverage is Coverage.FULL:
                self._twins.learn(everything, shown, taken)

    @property
    def lump(self) -> float:
        """USD: the size of liquidations, E[y^2] / E[y]."""
        return self._sizes.lump(self._lump_guess, _GUESSED * self._lump_guess)

    @property
    def scale(self) -> float:
        """The same of capped sizes: how much one of them tells."""
        return self._sizes.capped_lump(self._lump_guess, _GUESSED * self._lump_guess)

    @property
    def _lump_guess(self) -> float:
        return 2e-4 * self.usd(self.interest or 0.0) + 1.0

    def opened(self, interest: float, at: int) -> None:
        """Take in a reading of open interest."""
        self.evidence.interest(at)
        if self.mark is None or self.usd(interest) < _LEAST:
            return
        if self.interest is None:
            self.interest, self._settled, self._seeded = interest, at, at
            self._formerly = interest
            self._seed()
            return
        until = at - self._lag.late
        if until - self._settled >= _FLUSH * NS or self._settled - until > _SILENCE:
            self._date(interest - self.interest, at)
            self._flow.gather(until, at)
            self._settle(interest, until)

    def _date(self, change: float, at: int) -> None:
        """Learn from a reading how late they come."""
        if not 0 < self._ends - at <= SLICE:
            self._slice(at)
        self._lag.traded(self.turned, at)
        if self._lag.reading(change, at):
            self.evidence.late = self._lag.late / NS
            self.doubts = 0  # those were compared with other trades than theirs

    def _changed(self) -> None:
        """Keep what the map is made of: when somebody looks must not matter."""
        mixture = self.mixture
        held = np.maximum(self.standing.quantity / (self.interest or 1.0), _NOTHING)
        self._given = mixture.shape, mixture.rate, mixture.views, np.ascontiguousarray(held.T)
        self._shares = self._map = None
        self._looked = self.mark or 1.0
        self.changes += 1

    def _seed(self) -> None:
        assert self.interest is not None
        assert self.mark is not None
        self.mixture.weigh(self.usd(self.interest))
        self.mixture.scale = self.scale
        shares = self.mixture.opened
        self.standing.clear()
        seed(self.standing, self.basis, self.mark, self.interest, self.volatility, shares)
        self._changed()

    def _settle(self, interest: float, at: int) -> None:
        assert self.interest is not None
        assert self.mark is not None
        before, self.interest = self.interest, interest
        seconds = max((at - self._settled) / NS, 1.0)
        self._settled = at
        self._formerly += (1.0 - 0.5 ** (seconds / _GROWS)) * (interest - self._formerly)
        self.mixture.weigh(self.usd(interest))
        self.mixture.scale = self.scale
        found = self._flow.settle(interest - before, before, self.mark, seconds, TURNOVERS)
        self.doubts += found.doubtful
        if found.doubtful and abs(interest / before - 1.0) > _RESTATED:
            self.standing.shrink(np.full((MEMBERS, 2, ATOMS), interest / before))
        else:
            self._close(found.closed, before)
            self._enter(found)
            self.standing.cross(self.mark, self.mark)
        self._changed()

    def _enter(self, found: Opened) -> None:
        for side in (0, 1):
            if len(found.numbers):
                weights, large = found.weights[side], found.large[side]
                shares = by_size(weights, large, found.usual, self.basis.distances)
                self.standing.enter(side, found.numbers, shares, found.opened[:, side])

    def _close(self, closed: Floats, interest: float) -> None:
        """Close by hand."""
        by_hand = closed / interest
        shares = self.mixture.opened
        held = shares[:, None] * self.standing.quantity
        speeds = self._speeds
        usual = (held * speeds).sum(axis=2) / np.maximum(held.sum(axis=2), 1e-12)
        pace = speeds / np.maximum(usual, 1e-12)[..., None]
        self.standing.shrink(np.exp(-np.minimum(by_hand[..., None] * pace, 20.0)))

    def shares(self) -> Floats:
        """Return (atoms, 2, members, opinions) of what is open, summing to 1 over the atoms."""
        if self._shares is None:
            shape, rate, _, held = self._given
            self._shares = balanced(shape[:, None], rate[:, None], held[..., None])
            hedge(self._shares, self._patience)
        return self._shares

    def _mixed(self) -> tuple[Floats, Floats]:
        """Return (members, 2, atoms) weights of all pairs, and (atoms,) what part of them fires."""
        _, _, (near, far), held = self._given
        weighed = self.shares() * (far + self._near * (near - far))[:, None]
        summed = _ALL_AND_FIRING @ weighed.reshape(-1, len(OPINIONS)).T
        mixed = summed.reshape(2, *held.shape) / held
        everything, firing = mixed.sum(axis=(2, 3))
        return mixed[0].T, firing / np.maximum(everything, 1e-300)

    def parts(self) -> Floats:
        """Return (classes of leverage, 2, size) USD standing per bucket."""
        held = self.standing.split(*self._mixed(), self._looked)
        by_tier: Floats = np.einsum("tk,ksn->tsn", _tiers(self.basis.distances), held)
        return by_tier if self.in_quote else by_tier * self.standing.grid.prices

    def add_to(self, total: Floats) -> None:
        """Add the USD standing per bucket to (2, size)."""
        if self._map is None:
            self._map = self.standing.mix(*self._mixed(), self._looked)
            if not self.in_quote:
                self._map *= self.standing.grid.prices
        # The mark may have gone on since the map was made.
        for side, there in enumerate(self.standing.there):
            total[side, there] += self._map[side, there]

    def move(self, grid: Grid) -> None:
        """Take another window; what lies outside it is lost."""
        held = float(self.standing.quantity.sum())
        self.standing.move(grid)
        left = float(self.standing.quantity.sum()) / held if held > 0 else 1.0
        self.evidence.lost(3600.0 * (1.0 - left))
        self._changed()


def _tiers(distances: Floats) -> Floats:
    """Return (classes, atoms - 1) ones where an atom's positions are of a class of leverage."""
    leverages = np.concatenate((LEVERAGES, 1.0 / distances[len(LEVERAGES) : -1]))
    member: Floats = (tier_of(leverages) == np.arange(len(TIERS))[:, None]).astype(float)
    return member
