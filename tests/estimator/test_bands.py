import numpy as np
import pytest

from liqtui.estimator import Exposure
from liqtui.estimator.bands import around, bands
from liqtui.estimator.clusters import clusters
from liqtui.estimator.grid import Grid
from liqtui.estimator.usual import usual

GRID = Grid.around(100.0)
HERE = GRID.index(100.0)


OPEN = 1e9


def held(usd: float = 2e5) -> np.ndarray:
    """As much in every bucket of longs below the price and of shorts above it."""
    both = np.zeros((2, GRID.size))
    both[0, :HERE], both[1, HERE + 1 :] = usd, usd
    return both


def bounds(
    usd: float = 5e4, lump: float = 0.0, doubt: float = 0.0, alike: float = 1.0
) -> tuple[float, float]:
    """What stands within 2 % below the price: between what, in USD."""
    found = bands(GRID, held(usd), 100.0, OPEN, lump, doubt, alike)
    near = slice(HERE - 20, HERE + 1)
    low, high = (float(side[near].sum()) for side in found.long)
    return low, high


def test_sums_from_the_price_outwards_lie_between_their_bounds() -> None:
    found = bands(GRID, held(), 100.0, OPEN, 1e5, 0.1, 1.0)
    for side, (lower, upper) in ((0, found.long), (1, found.short)):
        order = slice(HERE, None, -1) if side == 0 else slice(HERE, None)
        low, mid, high = (np.cumsum(x[order])[1:] for x in (lower, held()[side], upper))
        assert (low < mid).all()
        assert (mid < high).all()
        assert min(lower.min(), upper.min()) >= 0.0


def test_far_more_than_usually_stands_there_may_be_less_and_far_less_more() -> None:
    low, high = bounds(1e9)
    assert low < 0.1 * 20e9
    assert high < 1.2 * 20e9
    low, high = bounds(10.0)
    assert low > 0.85 * 200
    assert high > 10 * 200


def test_of_a_market_of_another_kind_the_map_is_believed_and_less_certain() -> None:
    low, high = bounds(1e8, alike=0.0)
    assert low * high == pytest.approx(2e9**2, rel=0.01)
    usual_low, usual_high = bounds(3.4e4)
    assert high / low > 1.2 * usual_high / usual_low


def test_where_the_price_moves_much_less_stands_near_it() -> None:
    assert usual(OPEN, 0.05) < usual(OPEN, 0.025) == pytest.approx(OPEN)
    assert usual(OPEN, 9.0) > 0.0


def test_few_large_positions_and_doubt_widen_the_bands() -> None:
    low, high = bounds()
    for wider_low, wider_high in (bounds(lump=5e7), bounds(doubt=0.8)):
        assert wider_low < low
        assert wider_high > high


def test_of_an_empty_map_nothing_is_said() -> None:
    found = bands(GRID, np.zeros((2, GRID.size)), 100.0, OPEN, 1e5, 0.0, 1.0)
    assert not any(side.any() for side in (*found.long, *found.short))


def test_a_cluster_holds_no_more_than_all_up_to_it() -> None:
    low, high = around(1e7, 2e9, 1e4)
    assert 1e7 / low == pytest.approx(high / 1e7)
    assert high > 2e7
    assert around(9e8, 1.2e9, 1e4)[1] == pytest.approx(1.2e9)
    assert around(1e7, 2e9, 1e7)[0] < low
    assert around(0.0, 0.0, 0.0) == (0.0, 0.0)


def test_clusters_lie_within_their_bands() -> None:
    both = held(1e4)
    both[0, HERE - 30] = 5e7
    found = Exposure(GRID, both[0], both[1], bands(GRID, both, 100.0, OPEN, 1e4, 0.0, 1.0))
    cluster = clusters(found, 100.0)[0]
    assert cluster.band is not None
    assert cluster.band[0] < cluster.usd < cluster.band[1]
