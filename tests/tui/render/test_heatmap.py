import numpy as np
import pytest
from msgspec import structs
from numpy.typing import ArrayLike

from liqtui.model.market import Side
from liqtui.model.snapshot import Heatmap, Mark, TrueMap
from liqtui.tui.palette import Palette, palette
from liqtui.tui.render import heatmap
from liqtui.tui.render.heatmap import GAP, Brush, Extent, beside, codes, levels, row_of, scale
from liqtui.tui.theme import STEPS, Theme
from tests.tui.rows import text_of

NAN = float("nan")


def make(cells: ArrayLike, trace: ArrayLike | None = None, marks: tuple[Mark, ...] = ()) -> Heatmap:
    """Return a map of rows 1 % apart, the middle at 100."""
    grid = np.array(cells, np.float32)
    rows, columns = grid.shape
    powers = rows / 2 - 0.5 - np.arange(rows)
    return Heatmap(
        method="test",
        prices=(100 * 1.01**powers).astype(np.float32),
        times=np.arange(columns) * 60_000_000_000,
        cells=grid,
        trace=np.array([NAN] * columns if trace is None else trace, np.float32),
        marks=marks,
        long=np.zeros(rows, np.float32),
        short=np.zeros(rows, np.float32),
        reach=np.zeros(rows, np.float32),
        mark=100.0,
        row_fraction=0.01,
        column_s=60,
    )


def draw(heat: Heatmap, style: Palette, width: int, lines: int, past: int = 0) -> list[str]:
    brush = Brush(style)
    return [text_of(brush.row(line)) for line in codes(heat, Extent(width, lines), 16.0, past)]


def test_a_step_begins_where_the_legend_says() -> None:
    top = 50e6
    for step in range(1, STEPS):
        edge = top * (step / STEPS) ** heatmap.EXPONENT
        found = levels(np.array([edge * 0.99, edge * 1.01], np.float32), top)
        assert found.tolist() == [step - 1, step]


def test_steps_end_at_the_hottest_and_nan_is_no_step() -> None:
    found = levels(np.array([0.0, 1e12, NAN, -5.0], np.float32), 1e6)
    assert found.tolist() == [0, STEPS - 1, GAP, 0]


def test_the_scale_is_round_and_stays_while_it_fits() -> None:
    heat = make(np.full((4, 4), 32e6))
    assert scale(heat, 0.0) == 50e6
    assert scale(make(np.full((4, 4), 18e6)), 50e6) == 50e6
    assert scale(make(np.full((4, 4), 10e6)), 50e6) == 10e6
    assert scale(make(np.full((4, 4), 60e6)), 50e6) == 100e6
    assert scale(make(np.full((4, 4), NAN)), 0.0) == 1.0


def test_while_nothing_is_estimated_the_truth_sets_the_scale() -> None:
    cells = np.full(4, 32e6, np.float32)
    truth = TrueMap(0, cells, cells, cells, None, None, None)
    assert scale(make(np.full((4, 4), NAN)), 0.0, truth) == 50e6
    assert scale(make(np.full((4, 4), 9e6)), 0.0, truth) == 10e6


def test_two_price_rows_share_a_line(mono: Palette) -> None:
    hot = make([[16, 0], [0, 0], [0, 0], [0, 16]])
    assert draw(hot, mono, 2, 2) == ["█ ", " █"]


def test_half_blocks_tell_both_rows_by_colour(night: Palette) -> None:
    heat = make([[16, 16, 0], [0, 16, 16]])
    line = Brush(night).row(codes(heat, Extent(3, 1), 16.0)[0])
    assert text_of(line) == "▀ ▀"
    first, both, second = (segment.style for segment in line)
    assert first is not None
    assert both is not None
    assert second is not None
    hottest, ground = night.heat[-1], night.heat[0]
    assert (first.color, first.bgcolor) == (hottest, ground)
    assert both.bgcolor == hottest
    assert (second.color, second.bgcolor) == (ground, hottest)


def test_on_the_terminals_own_ground_the_lower_half_is_painted(themes: dict[str, Theme]) -> None:
    sixteen = palette(themes["ansi"], "truecolor")
    assert draw(make([[0, 16], [16, 0]]), sixteen, 2, 1) == ["▄▀"]


def test_cells_of_equal_colour_are_one_run(night: Palette) -> None:
    line = Brush(night).row(codes(make(np.full((2, 50), 9.0)), Extent(50, 1), 16.0)[0])
    assert len(line) == 1


def test_a_gap_is_hatched_and_never_zero(mono: Palette, night: Palette) -> None:
    heat = make([[0, NAN, NAN], [0, NAN, 16]])
    assert draw(heat, mono, 3, 1) == [" ╱╱"]
    assert draw(heat, night, 3, 1) == [" ╱╱"]


def test_columns_in_which_liquidations_were_not_heard_are_hatched_at_the_top(mono: Palette) -> None:
    heat = structs.replace(make(np.zeros((4, 3))), unheard=np.array([False, True, False]))
    assert draw(heat, mono, 3, 2) == [" ╱ ", "   "]
    assert draw(heat, mono, 2, 2, past=1) == [" ╱", "  "]
    assert draw(heat, mono, 5, 2) == ["   ╱ ", "     "]


def test_the_newest_column_is_at_the_right(mono: Palette) -> None:
    heat = make([[0, 0, 16], [0, 0, 16]])
    assert draw(heat, mono, 2, 1) == [" █"]
    assert draw(heat, mono, 5, 1) == ["    █"]


def test_the_past_leaves_out_the_newest(mono: Palette) -> None:
    heat = make([[16, 0, 0], [16, 0, 0]])
    assert draw(heat, mono, 2, 1, past=1) == ["█ "]
    assert draw(heat, mono, 2, 1, past=9) == ["  "]


def test_a_map_of_another_height_keeps_its_middle(mono: Palette) -> None:
    cells = np.zeros((8, 1))
    cells[3:5] = 16
    assert draw(make(cells), mono, 1, 2) == ["█", "█"]
    assert draw(make(cells[2:6]), mono, 1, 4) == [" ", "█", "█", " "]


def test_the_trace_goes_through_the_columns_and_stops_at_gaps(mono: Palette) -> None:
    up, mid, low = 100 * 1.01**2.5, 100 * 1.01**0.5, 100 * 1.01**-2.5
    heat = make(np.zeros((6, 6)), [mid, mid, up, NAN, low, mid])
    assert draw(heat, mono, 6, 3) == ["  ┏   ", "━━┛  ┏", "    ━┛"]


def test_a_steep_trace_is_joined(mono: Palette) -> None:
    up, low = 100 * 1.01**2.5, 100 * 1.01**-2.5
    heat = make(np.zeros((6, 3)), [up, low, up])
    assert draw(heat, mono, 3, 3) == ["━┓┏", " ┃┃", " ┗┛"]


def test_marks_tell_side_and_size_and_the_larger_wins(mono: Palette) -> None:
    marks = (
        Mark(0, 0, Side.LONG, 2e6),
        Mark(0, 1, Side.SHORT, 2e5),
        Mark(1, 0, Side.LONG, 2e5),
        Mark(2, 1, Side.SHORT, 2e5),
        Mark(3, 1, Side.SHORT, 1e6),
        Mark(4, 1, Side.SHORT, 9e4),
        Mark(99, 99, Side.LONG, 1e9),
        Mark(-1, -5, Side.LONG, 1e9),
    )
    assert draw(make(np.zeros((2, 5)), marks=marks), mono, 5, 1) == ["▼▾▴▲ "]


@pytest.mark.parametrize("power", [2.5, 0.5, -0.5, -2.5])
def test_a_price_is_in_the_row_around_it(power: float) -> None:
    heat = make(np.zeros((6, 1)))
    row = row_of(heat, np.array([100 * 1.01**power]))[0]
    assert row == round(2.5 - power)


def test_a_price_outside_the_map_is_in_no_row() -> None:
    heat = make(np.zeros((6, 1)))
    assert row_of(heat, np.array([80.0, 120.0, NAN])).tolist() == [-1, -1, -1]
    empty = structs.replace(heat, prices=heat.prices[:0])
    assert row_of(empty, np.array([100.0])).tolist() == [-1]


def test_ascii_paints_grounds_instead_of_blocks(night: Palette) -> None:
    brush = Brush(night, ascii_only=True)
    line = brush.row(codes(make([[16, 0], [0, 0]]), Extent(2, 1), 16.0)[0])
    assert text_of(line) == "  "
    assert line[0].style is not None
    assert line[0].style.bgcolor == night.heat[-1]


def test_the_truth_of_now_stands_apart_at_the_right(mono: Palette) -> None:
    heat = make([[16, 16, 16, 16]] * 2 + [[0, 0, 0, 0]] * 2, trace=[101, 101, 101, 99])
    cells = np.array([0, 0, 16, 16], np.float32)
    truth = TrueMap(0, cells, cells, cells, None, None, None)
    brush = Brush(mono)
    drawn = beside(heat, truth, Extent(5, 2), 2, 16.0)
    assert [text_of(brush.row(line)) for line in drawn] == ["━┓   ", " ┗ ██"]
    floored = beside(heat, truth, Extent(5, 2), 2, 16.0, floor=17.0)
    assert [text_of(brush.row(line)) for line in floored] == ["━┓   ", " ┗   "]
