import math

import numpy as np
import pytest

from liqtui.estimator.basis import ATOMS, SUB, basis
from liqtui.estimator.grid import STEP, Grid
from liqtui.estimator.standing import MEMBERS, Standing
from tests.making import BTC

PRICE = 100.0
GRID = Grid.around(PRICE, 2000)
HERE = GRID.index(PRICE)
ALIKE = np.ones((MEMBERS, 2, ATOMS))
STAYING, LEAVING = np.ones(ATOMS), np.full(ATOMS, 0.4)


def entered(quantity: float = 10.0) -> Standing:
    """As much long as short, all entered at the price."""
    standing = Standing(basis(BTC), GRID)
    at = np.array([int(math.log(PRICE) / STEP * SUB)])
    for side in (0, 1):
        standing.enter(side, at, np.ones((ATOMS, 1)), np.full(MEMBERS, quantity))
    standing.cross(PRICE, PRICE)
    return standing


def test_what_is_entered_stands_on_its_side_of_the_price() -> None:
    standing = entered()
    assert standing.quantity[:, :, 2] == pytest.approx(10.0, rel=1e-4)
    longs, shorts = standing.there
    assert longs.stop <= HERE + 1 <= shorts.start
    mixed = standing.mix(ALIKE, STAYING, PRICE)
    for side, there in enumerate((longs, shorts)):
        assert mixed[side, there].sum() == pytest.approx(mixed[side].sum())
        assert mixed[side].sum() > 10.0


def test_kinds_add_up_to_their_mixture() -> None:
    standing = entered()
    weights = np.random.default_rng(1).random((MEMBERS, 2, ATOMS))
    parts = standing.split(weights, LEAVING, PRICE).sum(axis=0)
    assert standing.mix(weights, LEAVING, PRICE) == pytest.approx(parts, rel=1e-5, abs=1e-6)


def test_a_mark_takes_what_it_meets_once() -> None:
    standing = entered()
    before = standing.quantity
    assert standing.cross(PRICE, PRICE) is None
    met = standing.cross(PRICE * 0.9, PRICE)
    assert met is not None
    assert standing.cross(PRICE * 0.9, PRICE) is None
    assert (before - standing.quantity)[:, 0] == pytest.approx(met)
    assert met[:, 7] == pytest.approx(10.0, rel=1e-3)
    assert not standing.mix(ALIKE, STAYING, PRICE)[0, GRID.index(PRICE * 0.9) :].any()


def test_of_those_that_near_their_end_as_many_are_left_as_fire() -> None:
    standing = entered()
    far = standing.mix(ALIKE, LEAVING, PRICE)[0]
    near = standing.mix(ALIKE, LEAVING, PRICE * 0.97)[0]
    below = slice(GRID.index(PRICE * 0.93), GRID.index(PRICE * 0.96))
    assert near[below].sum() < 0.95 * far[below].sum()
    beyond = slice(0, GRID.index(PRICE * 0.7))
    assert near[beyond].sum() > 0.9 * far[beyond].sum()
    whole = standing.mix(ALIKE, STAYING, PRICE * 0.96)[0]
    last = GRID.index(PRICE * 0.96) - 2
    assert standing.mix(ALIKE, LEAVING, PRICE * 0.96)[0, last] == pytest.approx(0.4 * whole[last])


@pytest.mark.parametrize("price", [PRICE, 0.93 * PRICE, 1.04 * PRICE, 0.3 * PRICE, 3.0 * PRICE])
def test_the_way_that_is_left_is_counted_from_the_mark_on_either_side(price: float) -> None:
    standing, random = entered(), np.random.default_rng(1)
    weights, fires = random.random((MEMBERS, 2, ATOMS)), random.random(ATOMS)
    here = min(max(GRID.index(price), 0), GRID.size - 1)
    way = np.abs(np.arange(GRID.size) - here) * STEP / basis(BTC).distances[:-1, None]
    stays = 1.0 - (1.0 - fires[:-1, None]) * np.interp(way, (0.25, 0.6), (1.0, 0.0))
    kinds = standing.split(weights, STAYING, price)
    left = (kinds * stays[:, None]).sum(axis=0)
    assert standing.mix(weights, fires, price) == pytest.approx(left, rel=1e-5, abs=1e-6)


def test_a_window_that_moves_takes_along_what_it_still_holds() -> None:
    standing = entered()
    before = standing.mix(ALIKE, STAYING, PRICE)
    standing.move(Grid(GRID.first + 100, GRID.size))
    assert standing.mix(ALIKE, STAYING, PRICE)[:, :-100] == pytest.approx(before[:, 100:])
    standing.clear()
    assert not standing.mix(ALIKE, STAYING, PRICE).any()
