import numpy as np
import pytest

from liqtui.estimator.grid import STEP
from liqtui.estimator.reach import Impact, Volatility, cascade, touch
from tests.making import at


def test_nearer_and_later_is_likelier() -> None:
    daily = 0.03
    assert touch(0.005, 3600, daily) > touch(0.01, 3600, daily) > touch(0.01, 900, daily) > 0
    assert touch(0.01, 3600, daily) == touch(-0.01, 3600, daily)
    assert touch(0.0, 3600, daily) == pytest.approx(1.0, abs=0.05)


def test_touches_happen_as_often_as_said() -> None:
    rng = np.random.default_rng(1)
    steps = rng.normal(0.0, 0.03 / np.sqrt(86_400) * np.sqrt(4), (4000, 900))
    highest = np.cumsum(steps, axis=1).max(axis=1)
    said = touch(0.008, 3600, 0.03)
    assert (highest > 0.008).mean() == pytest.approx(said, abs=0.05)


def test_volatility_follows_the_marks() -> None:
    rng = np.random.default_rng(2)
    volatility = Volatility()
    price = 100.0
    for minute in range(3000):
        price *= float(np.exp(rng.normal(0.0, 0.05 / np.sqrt(1440))))
        volatility.take(price, at(60 * minute))
    assert volatility.daily == pytest.approx(0.05, rel=0.2)


def test_impact_is_what_buying_moves() -> None:
    impact = Impact()
    for minute in range(12):
        impact.trade(1e6 * (-1) ** minute)
        impact.minute(2e-3 * (-1) ** minute)
        impact.minute(0.01)  # in which nobody traded
    assert impact.per_usd == pytest.approx(2e-9)


def test_impact_is_not_known_from_a_few_minutes() -> None:
    impact = Impact()
    assert impact.per_usd == 0.0
    for usd in (1e6, -2e6, 5e5):
        impact.trade(usd)
        impact.minute(2e-9 * usd)
    assert impact.per_usd == 0.0


def test_impact_is_not_known_where_chance_explains_the_moves() -> None:
    rng, found = np.random.default_rng(3), []
    for _ in range(200):
        impact = Impact()
        for _ in range(20):
            impact.trade(float(rng.normal(0.0, 1e4)))
            impact.minute(float(rng.normal(0.0, 5e-4)))
        found.append(impact.per_usd)
    assert np.mean(np.array(found) > 0.0) < 0.06


def test_a_cascade_ends_where_the_push_does_not_reach_the_next_level() -> None:
    usd = np.zeros(200)
    usd[100:120] = 1e6
    usd[150] = 1e6
    falls, branching = cascade(usd, 100, 10, 1, 2 * STEP / 1e6)
    assert falls == pytest.approx(2e7)
    assert branching == pytest.approx(2.0)
    alone, calm = cascade(usd, 109, 1, -1, 0.5 * STEP / 1e6)
    assert alone == pytest.approx(1e6)
    assert calm == pytest.approx(0.5)


def test_a_cascade_of_longs_goes_down_and_holds_the_whole_cluster() -> None:
    usd = np.full(50, 1e6)
    assert cascade(usd, 20, 10, -1, 1e-15)[0] == pytest.approx(1e7)
    assert cascade(usd, 20, 10, -1, 1.0)[0] == pytest.approx(usd[:21].sum())
    assert cascade(usd, 0, 1, -1, 1.0)[0] == pytest.approx(1e6)


def test_where_nothing_stands_nothing_falls() -> None:
    assert cascade(np.zeros(10), 3, 2, -1, 1e-9) == (0.0, 0.0)
    assert cascade(np.zeros(10), 10, 1, 1, 1e-9) == (0.0, 0.0)
