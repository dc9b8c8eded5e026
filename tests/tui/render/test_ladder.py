import numpy as np
from msgspec import structs

from liqtui.model.snapshot import Heatmap
from liqtui.tui.palette import Palette
from liqtui.tui.render.ladder import by_line, cumulative, ladder
from tests.tui.render.test_heatmap import make
from tests.tui.rows import text_of

NAN = np.float32("nan")


def _heat() -> Heatmap:
    short = np.array([4e6, 4e6, 1e6, 1e6, 0, 0, 0, 0, 0, 0], np.float32)
    long = np.array([0, 0, 0, 0, 0, 0, 1e6, 1e6, 2e6, 6e6], np.float32)
    return structs.replace(make(np.zeros((10, 1))), long=long, short=short)


def test_bars_labels_and_letters(night: Palette) -> None:
    rows = [text_of(row) for row in ladder(_heat(), 18, 5, night)]
    assert rows == [
        "████████  8.00M S ",
        "██        2.00M S ",
        "◀ 100.000 ────────",
        "██        2.00M L ",
        "████████  8.00M L ",
    ]


def test_on_the_way_to_a_price_sums_grow_outwards(night: Palette) -> None:
    rows = [text_of(row) for row in ladder(_heat(), 18, 5, night, running=True)]
    assert [row.split()[-2:] for row in rows if "◀" not in row] == [
        ["10.0M", "S"],
        ["2.00M", "S"],
        ["2.00M", "L"],
        ["10.0M", "L"],
    ]


def test_what_is_not_known_is_a_dash(night: Palette) -> None:
    heat = structs.replace(_heat(), long=np.full(10, NAN), short=np.full(10, NAN), mark=None)
    assert {text_of(row).strip() for row in ladder(heat, 18, 5, night)} == {"—"}


def test_half_known_lines_sum_what_is_known() -> None:
    sums = by_line(np.array([1, NAN, NAN, NAN], np.float32), 2)
    assert sums[0] == 1
    assert np.isnan(sums[1])


def test_cumulative_sums_start_at_the_mark() -> None:
    ones = np.ones(5)
    down, up = cumulative(ones, ones, 2)
    assert up.tolist() == [3, 2, 1, 0, 0]
    assert down.tolist() == [0, 0, 1, 2, 3]


def test_rungs_fill_any_width(night: Palette) -> None:
    for width in range(1, 40):
        assert {len(text_of(row)) for row in ladder(_heat(), width, 5, night)} == {width}
