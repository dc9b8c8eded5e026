import numpy as np
import pytest
from msgspec.structs import replace

from liqtui.estimator import Exposure
from liqtui.estimator.beside import beside
from liqtui.estimator.grid import Grid
from liqtui.estimator.picture import Frame, frame
from liqtui.model.market import Side
from liqtui.model.snapshot import TrueMap
from liqtui.model.truth import Truth
from liqtui.model.view import View
from tests.making import at

NOW = at(0)
VIEW = View(rows=20, columns=5, bins_per_row=10)
TRUTH = Truth(NOW // 1_000_000, "BTC", 100.0, [(95.0, 6e6), (97.0, 2e6)], [(106.0, 4e6)])


def shape() -> Frame:
    return frame(VIEW, 100.0, NOW)


def estimated(*longs: tuple[float, float]) -> Exposure:
    grid = Grid.around(100.0)
    long, short = np.zeros(grid.size), np.zeros(grid.size)
    for price, usd in longs:
        long[grid.index(price)] += usd
    short[grid.index(106.0)] = 4e6
    return Exposure(grid, long, short)


def shown(*longs: tuple[float, float], side: Side | None = None) -> TrueMap:
    return beside(TRUTH, estimated(*longs), shape(), side)


def test_the_truth_stands_in_the_rows_of_the_heatmap() -> None:
    found = shown()
    assert found.at == NOW
    assert found.long.shape == found.short.shape == found.cells.shape == (20,)
    assert (found.long.sum(), found.short.sum()) == (8e6, 4e6)
    assert found.short.argmax() < 10 < found.long.argmax()
    assert found.cells.tolist() == (found.long + found.short).tolist()


@pytest.mark.parametrize(("side", "usd"), [(Side.LONG, 8e6), (Side.SHORT, 4e6)])
def test_a_side_can_be_left_out_of_the_cells(side: Side, usd: float) -> None:
    assert shown(side=side).cells.sum() == usd


def test_a_perfect_estimate_shares_everything() -> None:
    found = shown((95.0, 6e6), (97.0, 2e6))
    assert found.shared == pytest.approx(1.0)
    assert found.ratio == pytest.approx(1.0)
    assert found.found == 1.0
    assert found.peaks == pytest.approx((95.0, 106.0, 97.0), rel=1e-3)


def test_an_estimate_elsewhere_shares_only_what_it_has_right() -> None:
    found = shown((91.0, 8e6))
    assert found.shared == pytest.approx(1 / 3, abs=1e-3)
    assert found.found == pytest.approx(1 / 3)


def test_without_an_estimate_the_truth_is_there_all_the_same() -> None:
    found = beside(TRUTH, None, shape(), None)
    assert (found.shared, found.ratio, found.found) == (None, 0.0, 0.0)
    assert found.long.sum() == 8e6


def test_an_empty_truth_has_nothing_to_share() -> None:
    found = beside(replace(TRUTH, long=[], short=[]), estimated((95.0, 1e6)), shape(), None)
    assert (found.shared, found.ratio, found.found, found.peaks) == (None, None, None, ())


def test_nobody_can_change_it() -> None:
    with pytest.raises(ValueError, match="read-only"):
        shown().long[0] = 1.0
