import numpy as np
import pytest

from liqtui.tui.palette import Palette
from liqtui.tui.render.axis import legend, line_of, price_axis, price_labels, time_axis
from liqtui.tui.render.heatmap import AXIS, Brush, Extent
from liqtui.tui.render.times import SECOND, Zone
from tests.tui.render.test_heatmap import make
from tests.tui.rows import text_of
from tests.tui.scene import NOON

UTC = Zone("utc")


def test_prices_on_the_axis_are_round_and_on_their_line(night: Palette) -> None:
    heat, space = make(np.zeros((40, 1))), Extent(1, 20)
    labels = price_labels(heat, space)
    assert list(labels.values()) == ["90", "100", "110", "120"]
    for line, label in labels.items():
        assert line_of(heat, space, float(label)) == line


def test_a_low_map_has_labels_closer_together() -> None:
    heat = make(np.zeros((24, 1)))
    low, high = (len(price_labels(heat, Extent(1, lines))) for lines in (12, 17))
    assert low > high


def test_the_present_price_stands_out(night: Palette) -> None:
    heat, space = make(np.zeros((40, 1))), Extent(1, 20)
    axis = price_axis(heat, space, night)
    here = line_of(heat, space, 100.0)
    assert here is not None
    assert text_of(axis[here]) == "  100.00 "
    assert axis[here][0].style == night.here
    assert {len(text_of(row)) for row in axis} == {AXIS}


def test_a_price_off_the_map_is_on_no_line() -> None:
    heat = make(np.zeros((40, 1)))
    assert line_of(heat, Extent(1, 20), 500.0) is None
    assert line_of(heat, Extent(1, 20), None) is None
    assert line_of(heat, Extent(1, 2), 115.0) is None


@pytest.mark.parametrize(("step_s", "last"), [(60, "12:00"), (300, "11:00"), (14_400, "11-18")])
def test_times_are_round_and_begin_at_their_column(step_s: int, last: str) -> None:
    step = step_s * SECOND
    end = NOON // step * step
    times = [end - step * back for back in range(38, -1, -1)]
    axis = time_axis(times, step_s, 39, UTC)
    assert len(axis) == 39
    assert axis.split()[-1] == last
    for label in axis.split():
        at = UTC.moment(times[axis.index(label)])
        assert label in (f"{at:%H:%M}", f"{at:%m-%d}")


def test_times_follow_the_zone() -> None:
    step = 60 * SECOND
    times = [NOON // step * step - step * back for back in range(38, -1, -1)]
    assert "17:30" in time_axis(times, 60, 39, Zone("Asia/Kolkata"))


def test_few_columns_leave_the_left_empty() -> None:
    step = 60 * SECOND
    axis = time_axis([NOON // step * step - 4 * step], 60, 20, UTC)
    assert axis == " " * 20
    assert time_axis([], 60, 5, UTC) == " " * 5


def test_the_legend_says_usd_in_every_wording(night: Palette) -> None:
    wordings = [
        "".join(text for text, _ in spans) for spans in legend(50e6, Brush(night), night.muted)
    ]
    assert wordings[0].split() == ["$0", "6.25M", "17.7M", "32.5M", "50M+"]
    assert wordings[1].split() == ["$0", "50M+"]
    assert wordings[2].split() == ["50M"]
    assert [len(text) for text in wordings] == sorted(
        (len(text) for text in wordings), reverse=True
    )
