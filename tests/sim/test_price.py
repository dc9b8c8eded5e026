"""How prices answer to order flow, and to what comes from outside."""

import numpy as np
import pytest
from numpy.random import default_rng

from liqtui.sim import coins
from liqtui.sim.price import Climate, Price, Weather
from liqtui.sim.scenarios import CALM, Scenario, Shock

STILL = Weather(volatility=0.0, shared=0.0, news=0.0)
DEEP = np.array([5e9, 1e9])


def price() -> Price:
    return Price(coins.coin("BTC"), DEEP, np.full(2, 4e-4), default_rng(1))


def moved(made: Price, seconds: float, dt: float = 10.0, scenario: Scenario = CALM) -> float:
    """Let time pass without noise; return the log of what the index did since the beginning."""
    for number in range(round(seconds / dt)):
        made.move(dt, STILL, scenario, (number + 1) * dt, np.zeros(2))
    return float(np.log(made.quotes.index / coins.coin("BTC").price))


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_push_moves_the_price_its_way_and_mostly_fades(sign: float) -> None:
    made = price()
    made.push(sign * DEEP * 0.01, np.zeros(2))
    early = moved(made, 60)
    late = moved(made, 7200)
    assert sign * early > 0
    assert 0 < sign * late < 0.3 * sign * early


def test_the_same_flow_pushes_further_after_many_were_liquidated() -> None:
    calm, shaken = price(), price()
    shaken.push(np.zeros(2), DEEP * 0.005)
    moved(shaken, 10)
    assert shaken.thin > 2 * calm.thin
    for one in (calm, shaken):
        one.push(DEEP * 0.01, np.zeros(2))
    assert moved(shaken, 60) > 1.5 * moved(calm, 60)


def test_no_flow_pushes_without_end() -> None:
    made = price()
    for _ in range(50):
        made.push(DEEP, np.zeros(2))
        moved(made, 10)
    assert moved(made, 10) < 0.5


def test_a_shock_moves_the_price_by_what_it_says_in_its_time() -> None:
    shock = Scenario(name="x", about="", shocks=(Shock(at=60, move=-0.05, seconds=120),))
    assert moved(price(), 60, scenario=shock) == pytest.approx(0.0, abs=2e-3)
    assert moved(price(), 600, scenario=shock) == pytest.approx(-0.05, abs=2e-3)


def test_one_pit_s_flow_leaves_its_mark_on_that_pit_only_for_a_while() -> None:
    made = price()
    made.push(np.array([0.0, 2e7]), np.zeros(2))
    moved(made, 1, 1.0)
    apart = made.quotes.last[1] / made.quotes.last[0] - 1
    moved(made, 300)
    assert apart > 1e-3
    assert abs(made.quotes.last[1] / made.quotes.last[0] - 1) < 0.2 * apart


def test_marks_lag_behind_last_prices_and_stay_between_them_and_the_index() -> None:
    made, weather = price(), Climate(default_rng(2))
    for number in range(200):
        made.move(1.0, weather.step(number, 1.0), CALM, 0.0, np.zeros(2))
        made.push(DEEP * 1e-4 * (-1) ** (number // 20), np.zeros(2))
        quotes = made.quotes
        furthest = np.maximum(np.abs(quotes.last / quotes.index - 1), 5e-3)
        assert (np.abs(quotes.mark / quotes.index - 1) <= furthest).all()
        assert (quotes.low <= quotes.last).all()
        assert (quotes.last <= quotes.high).all()


def test_equal_weather_moves_coins_together() -> None:
    one, other = Climate(default_rng(5)), Climate(default_rng(5))
    assert [one.step(n, 10.0) for n in range(50)] == [other.step(n, 10.0) for n in range(50)]
