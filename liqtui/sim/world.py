"""One coin's market over all its pits: traders with known positions, stepped through time.

The books balance by construction: what traders do not take from each other the pool of slow money
takes, so that the longs equal the shorts at every instant, and open interest never moves by more
than was traded (docs/estimator.md 4.2, 7). Nothing here knows a clock: time is what `World.step` is
told.
"""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.random import Generator

from liqtui.sim.accounts import Accounts
from liqtui.sim.arrivals import Arrivals, Mood
from liqtui.sim.coins import CUSTOMS, Coin, share
from liqtui.sim.families import Family
from liqtui.sim.forced import Closed, Engine
from liqtui.sim.funding import Funding
from liqtui.sim.hunting import Hunter
from liqtui.sim.orders import Orders, taken
from liqtui.sim.owners import Owners
from liqtui.sim.pool import SIZE, Pool
from liqtui.sim.price import DAY, Climate, Price, Quotes
from liqtui.sim.scenarios import CALM, Scenario
from liqtui.sim.settling import Past, settle_in
from liqtui.sim.terms import Floats, Places, Terms, summed
from liqtui.sim.traders import Crowd
from liqtui.sim.watch import Watch
from liqtui.sim.wire import Contract

_USUAL: Final = 1.23
"""Makes the mean activity 1."""
_BUSIEST: Final = 8.0
"""Most by which activity exceeds the usual before a scenario adds to it."""


class Step(Struct, frozen=True, eq=False):
    """What happened in a step; arrays by pit unless they say otherwise."""

    now: float
    """UTC seconds at its end."""
    dt: float
    quotes: Quotes
    before: Quotes
    """At its start."""
    bought: Floats
    """Units that aggressors bought."""
    sold: Floats
    """Units that aggressors sold."""
    interest: Floats
    """Units at its end, counted on one side."""
    closed: Closed
    pit: Places
    """Of each order that was not a market maker's."""
    order: Floats
    """Units that each took from the book, negative where it sold."""
    settled: Floats
    """Funding paid at its end; NaN where none was."""

    @property
    def volume(self) -> Floats:
        """Return the units traded."""
        return self.bought + self.sold


class World:
    """See the module.

    Args:
        coin: what is traded.
        contracts: a pit each.
        family: who trades.
        climate: what all coins share; equal ones step equally.
        rng: the coin's own randomness.
        now: UTC seconds when it begins.
        shift: UTC seconds after which `Family.shift` holds.
    """

    def __init__(
        self,
        coin: Coin,
        contracts: Sequence[Contract],
        family: Family,
        climate: Climate,
        rng: Generator,
        now: float = 0.0,
        shift: float = math.inf,
    ) -> None:
        customs = [CUSTOMS[one.market] for one in contracts]
        aim = coin.interest * np.array([share(one) for one in contracts])
        self.scale = (coin.interest / 15.2e9) ** 0.6
        prices, drawn, comers, owners, pool, self._rng = rng.spawn(6)
        self.coin, self.family, self.now = coin, family, now
        self.terms = Terms.of(contracts)
        self.price = Price(coin, aim, np.array([one.basis for one in customs]), prices)
        self.accounts = Accounts(self.terms, len(contracts) * SIZE)
        dares = np.array([one.leverage for one in customs])
        crowd = Crowd(family, self.terms, self.scale, dares, drawn)
        self._arrivals = Arrivals(self.accounts, family, crowd, aim, comers)
        self._watch = Watch(self.accounts)
        self._owners = Owners(self.accounts, self._watch, family, crowd, self.scale, owners)
        self._pool = Pool(self.accounts, len(family.traders), pool)
        self.engine = Engine(self.accounts, aim)
        self.funding = Funding(contracts)
        self._hunter = Hunter(self.accounts)
        self._churn = family.churn * aim * np.array([one.turnover for one in customs]) / DAY
        self._climate = climate
        self.scenario, self._since, self._shift = CALM, now, shift
        self._looked, self._others = now, 0.0
        settle_in(self._arrivals, crowd, Past(coin.price, self.price.usual, prices), now, drawn)
        self._pool.trade(self.accounts.short - self.accounts.long, self.price.quotes.last, now)
        self._pool.margin_again()

    def switch(self, scenario: Scenario) -> None:
        """Let a scenario begin now; `CALM` where it spares this coin."""
        self.scenario = CALM if self.coin.base in scenario.spared else scenario
        self._since = self.now

    def step(self, dt: float) -> Step:
        """Let ``dt`` seconds pass; return what happened."""
        self.now += dt
        before, since = self.price.quotes, self.now - self._since
        crowding = -self._pool.net / np.maximum(self.accounts.long, 1e-300)
        weather = self._climate.step(self.now, dt)
        quotes = self.price.move(dt, weather, self.scenario, since, crowding)
        if self._watch.stale(quotes, self.now):
            self._look(quotes)
        wished = Orders(len(crowding))
        closed = self._trigger(quotes, before, dt, wished)
        self._owners.go_on(quotes, dt, wished)
        came = self._arrivals.come(self._mood(quotes, dt), self._owners, wished)
        self._owners.begin(came)
        return self._cleared(quotes, before, dt, wished, closed)

    def _trigger(self, quotes: Quotes, before: Quotes, dt: float, wished: Orders) -> Closed:
        hits = self._watch.hits(quotes, self.now)
        self._owners.leave(hits.leaving, quotes, self.now, dt, wished)
        self._owners.fear(hits.alarmed, quotes, self.now, dt, wished)
        return self.engine.liquidate(hits.dead, quotes, before.mark, self.price.thin)

    def activity(self) -> float:
        """Return how much is going on, in units of average times."""
        return self.scenario.activity * min(_USUAL * math.pow(self.price.stir, 0.8), _BUSIEST)

    def _mood(self, quotes: Quotes, dt: float) -> Mood:
        dares = self.scenario.leverage_at(self.now - self._since)
        dares *= self.family.shift if self.now >= self._shift else 1.0
        return Mood(
            self.now, dt, quotes, self.price.trend, self.price.premium, self.activity(), dares
        )

    def _look(self, quotes: Quotes) -> None:
        """Do what need not be done at every step."""
        accounts, terms = self.accounts, self.terms
        elapsed, self._looked = self.now - self._looked, self.now
        if self.family.contagion:
            self._infect(quotes)
        accounts.recycle()
        self._pool.margin_again()
        kinds, pits = self._arrivals.waves.shape
        usd = terms.usd(accounts.pit, accounts.units, quotes.last[accounts.pit])
        held = summed(accounts.kind * pits + accounts.pit, usd, kinds * pits)
        self._arrivals.adapt(held.reshape(kinds, pits), elapsed)
        self._watch.refresh(quotes, self.now)

    def _infect(self, quotes: Quotes) -> None:
        """Let what owners hold in other coins gain or lose for their margins here."""
        accounts, others = self.accounts, self.price.others
        slots = np.flatnonzero(accounts.elsewhere)
        pit = accounts.pit[slots]
        value = self.terms.value(pit, accounts.units[slots], quotes.mark[pit])
        accounts.margin[slots] += accounts.elsewhere[slots] * value * (others - self._others)
        accounts.margin_again(slots)
        self._others = others

    def _cleared(
        self, quotes: Quotes, before: Quotes, dt: float, wished: Orders, closed: Closed
    ) -> Step:
        """Let the pool take the rest, the price react and funding be paid."""
        booked, pits = ~closed.deleveraged, len(quotes.last)
        forced = Orders(pits)
        forced.add(closed.pit[booked], -(closed.sign * closed.units)[booked])
        net = wished.net() + forced.net()
        self._pool.trade(-net, quotes.last, self.now)
        self._react(net, closed, quotes, dt)
        pit, order = self._shown(wished, forced)
        bought, sold = taken(pit, order, pits)
        more = self._churned(quotes, dt) + 0.5 * summed(
            closed.pit, closed.units * closed.deleveraged, pits
        )
        return Step(
            now=self.now, dt=dt, quotes=quotes, before=before, bought=bought + more[0],
            sold=sold + more[1], interest=self.accounts.long, closed=closed,
            pit=pit, order=order, settled=self._settle(quotes, dt),
        )  # fmt: skip

    def _react(self, net: Floats, closed: Closed, quotes: Quotes, dt: float) -> None:
        price = np.where(self.terms.inverse, 1.0, quotes.last)
        units = summed(closed.pit, closed.units, len(price))
        self.price.push(net * price, units * price)
        if self.scenario.hunt:
            reach = self.scenario.hunt * self.price.usual * dt / 3600
            self.price.lean(reach * self._hunter.pull(quotes, self.now))

    def _shown(self, wished: Orders, forced: Orders) -> tuple[Places, Floats]:
        """Return orders as aggressors' trades: against one that rests, the other side is one."""
        pit, units = wished.joined()
        rests = self._rng.random(len(pit)) < self.family.patient
        shown, wanted = forced.joined()
        units = np.where(rests, -units, units)
        return np.concatenate((pit, shown)), np.concatenate((units, wanted))

    def _churned(self, quotes: Quotes, dt: float) -> Floats:
        """Return what market makers buy and sell among themselves, nobody's position."""
        pits = len(self._churn)
        usd = self._churn * dt * self.activity() * self._rng.lognormal(-0.3, 0.8, pits)
        tilt = np.clip(0.5 + 0.12 * self._rng.standard_normal(pits), 0.05, 0.95)
        units = np.where(self.terms.inverse, usd, usd / quotes.last)
        churned: Floats = units * np.stack((tilt, 1 - tilt))
        return churned

    def _settle(self, quotes: Quotes, dt: float) -> Floats:
        """Pay funding where it is due: the paying side's liquidation prices come nearer."""
        accounts = self.accounts
        paid = self.funding.step(self.now, dt, np.log(quotes.last / quotes.index))
        if not np.isnan(paid).all():
            slots = np.flatnonzero(~np.isnan(paid)[accounts.pit] & (accounts.sign != 0))
            pit = accounts.pit[slots]
            value = self.terms.value(pit, accounts.units[slots], quotes.mark[pit])
            accounts.margin[slots] -= accounts.sign[slots] * paid[pit] * value
            accounts.margin_again(slots)
            self._watch.expire()
        return paid
