import numpy as np
import pytest
from msgspec import structs

from liqtui.model.market import Side
from liqtui.model.snapshot import Heatmap, Mark
from liqtui.tui.palette import Palette
from liqtui.tui.render.crosshair import Cross, cell, moved, readout
from liqtui.tui.render.heatmap import Extent
from liqtui.tui.render.times import Zone
from tests.tui.render.test_heatmap import make
from tests.tui.rows import text_of

SPACE = Extent(6, 5)


def heat() -> Heatmap:
    cells = np.arange(80, dtype=np.float32).reshape(10, 8) * 1e6
    reach = np.array([9e6, 8e6, 3e6, 2e6, 0, 0, 1e6, 2e6, 4e6, 7e6], np.float32)
    marks = (Mark(7, 8, Side.LONG, 3e5),)
    return structs.replace(make(cells, marks=marks), reach=reach)


def told(cross: Cross, style: Palette, of: Heatmap | None = None, width: int = 120) -> str:
    return text_of(readout(cross, of or heat(), width, Zone("utc"), style))


def test_it_says_price_way_cell_and_time(night: Palette) -> None:
    shown = told(Cross(96.5), night)
    assert shown.startswith(" ┼ 96.500 -3.50%  Σ est. $4.00M longs on the way  here est. $150M")
    assert "fired $300k L" in shown
    assert shown.rstrip().endswith("00:07")
    assert "$3.00M shorts on the way" in told(Cross(102.5), night)


def test_bounds_are_told_where_they_are_known(night: Palette) -> None:
    low, high = np.full(10, 1e6, np.float32), np.full(10, 9e6, np.float32)
    shown = told(Cross(96.5), night, structs.replace(heat(), bounds=(low, high)))
    assert "$4.00M longs (1.00M-9.00M) on the way" in shown


def test_a_gap_is_no_zero(night: Palette) -> None:
    assert "here no data" in told(Cross(96.5), night, make(np.full((10, 8), np.nan)))


@pytest.mark.parametrize("width", [1, 8, 20, 33, 47, 60, 200])
def test_what_does_not_fit_is_left_out_whole(night: Palette, width: int) -> None:
    shown = told(Cross(96.5), night, width=width)
    assert len(shown) == width
    assert ("on the way" in shown) == (width > 66)
    assert ("est. $4.00M L" in shown) == (32 < width < 66)


def test_it_moves_by_lines_and_columns_within_what_is_seen() -> None:
    start = Cross(100.5)
    up = moved(start, heat(), SPACE, 0, "up")
    assert up is not None
    assert up.price == pytest.approx(100.5 * 1.02)
    left = moved(start, heat(), SPACE, 0, "left")
    assert left == Cross(100.5, 1)
    assert moved(start, heat(), SPACE, 0, "last") == Cross(100.5, 5)
    assert moved(Cross(100.5, 5), heat(), SPACE, 0, "first") == start
    assert moved(start, heat(), SPACE, 0, "page_up") is None


def test_its_cell_is_where_the_map_draws_it() -> None:
    assert cell(Cross(100.5), heat(), SPACE, 0) == (2, 5)
    assert cell(Cross(100.5, 2), heat(), SPACE, 0) == (2, 3)
    assert cell(Cross(100.5, 2), heat(), SPACE, 1) == (2, 4)
    assert cell(Cross(100.5, 7), heat(), SPACE, 0) is None
    assert cell(Cross(500.0), heat(), SPACE, 0) is None
