"""What happens to a market from outside, by name: news and moods."""

from typing import Final

from msgspec import Struct


class Shock(Struct, frozen=True):
    """News: the value moves by ``move`` (log) over ``seconds`` from ``at`` on."""

    at: float
    move: float
    seconds: float

    def part(self, since: float, until: float) -> float:
        """Return how far it moves the value between two moments."""
        shared = min(until, self.at + self.seconds) - max(since, self.at)
        return self.move * max(0.0, shared) / self.seconds


class Scenario(Struct, frozen=True, kw_only=True):
    """What happens to a market; times in seconds from when it is switched on."""

    name: str
    about: str
    volatility: float = 1.0
    """Factor on every coin's usual volatility."""
    activity: float = 1.0
    """Factor on entries and on what market makers trade."""
    prints: float = 1.0
    """Factor on the number of trades printed of it."""
    shocks: tuple[Shock, ...] = ()
    leverage: tuple[tuple[float, float], ...] = ()
    """(time, factor): from then on everyone opens with so much more leverage."""
    thin: float = 1.0
    """Factor on what flow does to the price."""
    hunt: float = 0.0
    """How far, in usual volatilities of a day, somebody can push the price in an hour towards
    where stops and liquidations lie."""
    spared: tuple[str, ...] = ()
    """Coins that it leaves alone."""

    def leverage_at(self, time: float) -> float:
        """Return the factor in force."""
        return next((factor for at, factor in reversed(self.leverage) if at <= time), 1.0)

    def drift(self, time: float, dt: float) -> float:
        """Return how far shocks move the value in the step that ends at ``time``."""
        return sum(shock.part(time - dt, time) for shock in self.shocks)


MINUTE, HOUR = 60.0, 3600.0
SCENARIOS: Final = (
    Scenario(name="calm", about="an ordinary day"),
    Scenario(
        name="busy", about="much is traded, little happens",
        volatility=1.3, activity=4.0, prints=80.0,
    ),
    Scenario(
        name="squeeze", about="a rise of four per cent that feeds on shorts",
        thin=2.5, activity=2.0,
        shocks=(Shock(120, 0.006, 120), Shock(300, 0.028, 900), Shock(1200, 0.006, 120)),
    ),
    Scenario(
        name="cascade", about="a fall of four per cent that feeds on longs", thin=2.5, activity=2.0,
        shocks=(Shock(2, -0.009, 25), Shock(120, -0.028, 600), Shock(1500, 0.012, 1800)),
    ),
    Scenario(
        name="crash", about="a day like 2025-10-10", thin=3.0, activity=6.0, volatility=2.0,
        shocks=(
            Shock(300, -0.02, 600), Shock(900, -0.04, 600), Shock(1500, -0.05, 240),
            Shock(1800, 0.04, 1200), Shock(5400, -0.045, 3000),
        ),
    ),
    Scenario(
        name="leverage-shift", about="everybody opens with thrice the leverage",
        leverage=((600, 3.0),), activity=1.5,
    ),
    Scenario(
        name="stop-hunt", about="somebody pushes the price to where stops lie", hunt=2.0, thin=1.5,
    ),
    Scenario(
        name="alt", about="small coins gap in thin books while the large ones rest",
        volatility=2.5, thin=4.0, activity=2.0, spared=("BTC", "ETH"),
        shocks=(Shock(90, 0.06, 120), Shock(600, -0.11, 400), Shock(1500, 0.05, 60)),
    ),
)  # fmt: skip
CALM: Final = SCENARIOS[0]


def scenario(name: str) -> Scenario:
    """Return a scenario by its name.

    Raises:
        StopIteration: there is none.
    """
    return next(one for one in SCENARIOS if one.name == name)
