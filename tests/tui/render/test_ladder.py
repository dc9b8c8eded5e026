import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from liqtui.model.snapshot import Heatmap, TrueMap
from liqtui.tui.palette import Palette, palette
from liqtui.tui.render.ladder import by_line, cumulative, farthest, ladder
from liqtui.tui.theme import PLAIN
from tests.tui.render.test_heatmap import make
from tests.tui.rows import text_of

MONO = palette(PLAIN, "none")
NAN = np.float32("nan")


def _heat() -> Heatmap:
    short = np.array([4e6, 4e6, 1e6, 1e6, 0, 0, 0, 0, 0, 0], np.float32)
    long = np.array([0, 0, 0, 0, 0, 0, 1e6, 1e6, 2e6, 6e6], np.float32)
    reach = np.array([10e6, 6e6, 2e6, 1e6, 0, 0, 1e6, 2e6, 4e6, 10e6], np.float32)
    return structs.replace(make(np.zeros((10, 1))), long=long, short=short, reach=reach)


def _truth(long: list[float], short: list[float]) -> TrueMap:
    """Return a truth of five lines, half of it in either row of each."""
    twice = [
        np.array([usd / 2 for usd in side for _ in "ab"], np.float32) for side in (long, short)
    ]
    return TrueMap(0, twice[0], twice[1], np.zeros(10, np.float32), None, None, None)


TRUTH = _truth([0, 0, 0, 4e6, 4e6], [8e6, 0, 0, 0, 0])


def test_bars_labels_and_letters(night: Palette) -> None:
    rows = [text_of(row) for row in ladder(_heat(), 18, 5, night)]
    assert rows == [
        "████████  8.00M S ",
        "██        2.00M S ",
        "◀ 100.000 ────────",
        "██        2.00M L ",
        "████████  8.00M L ",
    ]


def test_on_the_way_to_a_price_each_line_says_how_far_and_how_much(night: Palette) -> None:
    for width in (16, 24):
        rows = [text_of(row) for row in ladder(_heat(), width, 5, night, running=True)]
        assert [row.split()[-3:] for row in rows if "◀" not in row] == [
            ["+4.6%", "10.0M", "S"],
            ["+2.5%", "2.00M", "S"],
            ["-2.5%", "2.00M", "L"],
            ["-4.4%", "10.0M", "L"],
        ]


def test_an_empty_map_says_nothing_of_its_lines(night: Palette) -> None:
    nothing = np.zeros(10, np.float32)
    rows = ladder(structs.replace(_heat(), long=nothing, short=nothing), 18, 5, night)
    assert "".join(text_of(row) for row in rows if "◀" not in text_of(row)).strip() == ""


def test_of_two_rows_the_farther_one_counts() -> None:
    far = farthest(np.array([3, 2, 0.1, -1, NAN, 4, NAN, NAN], np.float32), 4)
    assert far[:3].tolist() == [3, -1, 4]
    assert np.isnan(far[3])


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


def test_the_truth_has_a_bar_of_its_own_below_the_estimates(mono: Palette, night: Palette) -> None:
    rows = ladder(_heat(), 15, 5, mono, truth=TRUTH)
    assert [text_of(row) for row in rows] == [
        "████████████ S ",
        "▀▀▀          S ",
        "◀ 100.000 ─────",
        "███▄▄▄       L ",
        "██████▀▀▀▀▀▀ L ",
    ]
    coloured = ladder(_heat(), 15, 5, night, truth=TRUTH)
    assert text_of(coloured[4]) == "▀▀▀▀▀▀▀▀▀▀▀▀ L "
    both, more = (segment.style for segment in coloured[4][:2])
    assert both is not None
    assert more is not None
    assert (both.color, both.bgcolor) == (night.long_bar.color, night.mark.color)
    assert (more.color, more.bgcolor) == (night.long_bar.color, night.long_bar.bgcolor)


def test_where_there_is_room_the_truth_has_a_number(mono: Palette) -> None:
    one, two = (ladder(_heat(), width, 5, mono, truth=TRUTH) for width in (20, 27))
    assert text_of(one[3]) == "██▄▄▄       2.00M L "
    assert text_of(two[3]) == "██▄▄▄       2.00M  4.00M L "
    assert text_of(two[1]) == "▀▀          2.00M        S "


def test_on_the_way_to_a_price_the_truth_sums_up_too(mono: Palette) -> None:
    rows = ladder(_heat(), 27, 5, mono, truth=TRUTH, running=True)
    after = [text_of(row).rpartition("%")[2].split() for row in rows if "◀" not in text_of(row)]
    assert after == [
        ["10.0M", "8.00M", "S"],
        ["2.00M", "S"],
        ["2.00M", "4.00M", "L"],
        ["10.0M", "8.00M", "L"],
    ]


def test_the_truth_is_seen_before_anything_is_estimated(mono: Palette) -> None:
    heat = structs.replace(_heat(), long=np.full(10, NAN), short=np.full(10, NAN))
    rows = [text_of(row) for row in ladder(heat, 15, 5, mono, truth=TRUTH)]
    assert rows[1].strip() == "—"
    assert rows[0] == "▄▄▄▄▄▄▄▄▄▄▄▄ S "


@given(
    st.integers(1, 60),
    st.lists(st.floats(0, 2.0**43, width=32), min_size=5, max_size=5),
    st.lists(st.floats(0, 2.0**43, width=32), min_size=5, max_size=5),
    st.booleans(),
)
def test_whatever_is_true_rungs_fill_their_width_and_longer_is_more(
    width: int, usd: list[float], true: list[float], running: bool
) -> None:
    heat = structs.replace(_heat(), long=np.repeat(np.array(usd, np.float32), 2) / 2)
    heat = structs.replace(heat, short=np.zeros(10, np.float32))
    shown = _truth(true, [0.0] * 5)
    rows = [text_of(row) for row in ladder(heat, width, 5, MONO, truth=shown, running=running)]
    assert {len(row) for row in rows} == {width}
    for row, had, stood in zip(rows, usd, true, strict=True):
        if not running and "◀" not in row:
            assert not ("▀" in row and had < stood)
            assert not ("▄" in row and had > stood)
