import numpy as np
import pytest

from liqtui.estimator import Exposure
from liqtui.estimator.ahead import ahead
from liqtui.estimator.grid import Grid
from liqtui.model.market import Side

PRICE = 60_000.0
GRID = Grid.around(PRICE)


def even(usd: float) -> Exposure:
    return Exposure(GRID, np.full(GRID.size, usd), np.full(GRID.size, usd))


def spike(away: float, usd: float = 1e7) -> Exposure:
    """Return a map with all its longs at one distance below the price."""
    long = np.zeros(GRID.size)
    long[GRID.index(PRICE * (1 - away))] = usd
    return Exposure(GRID, long, np.zeros(GRID.size))


def longs(fire: Exposure, moved: float = 0.0, daily: float = 0.03) -> float:
    return ahead(fire, fire, PRICE, moved, daily)[0].usd


def test_the_sides_mirror_each_other() -> None:
    long, short = ahead(even(1e6), even(1e5), PRICE, 0.0, 0.03)
    assert (long.side, short.side) == (Side.LONG, Side.SHORT)
    assert long.usd == pytest.approx(short.usd)
    assert long.stands == pytest.approx(21e6)
    assert long.price < PRICE < short.price
    assert long.distance == pytest.approx(long.price / PRICE - 1)


def test_what_is_nearer_counts_more_and_never_more_than_there_is() -> None:
    near, far = longs(spike(0.003)), longs(spike(0.012))
    assert 0 < far < near < 1e7
    assert longs(spike(0.012), daily=0.06) > far


def test_a_price_on_its_way_brings_nearer_what_is_before_it() -> None:
    still = longs(spike(0.006))
    assert longs(spike(0.006), moved=-0.006) > still > longs(spike(0.006), moved=0.006)
    assert longs(spike(0.006), moved=-0.5) <= 1e7


def test_nothing_on_the_map_is_nothing_ahead() -> None:
    empty = even(0.0)
    assert [one.usd for one in ahead(empty, empty, PRICE, 0.0, 0.03)] == [0.0, 0.0]


def test_the_edge_of_the_map_is_no_error() -> None:
    edge = float(np.exp((GRID.first + 2) * 0.001))
    long, short = ahead(even(1e6), even(1e5), edge, 0.0, 0.03)
    assert 0 < long.usd < short.usd


def test_some_of_what_stands_is_taken_to_fire_whatever_was_learned() -> None:
    learned = ahead(even(1e6), even(1e2), PRICE, 0.0, 0.03)[0].usd
    nothing = ahead(even(1e6), even(0.0), PRICE, 0.0, 0.03)[0].usd
    assert learned == nothing > 0
