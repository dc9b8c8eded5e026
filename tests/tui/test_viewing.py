import pytest
from msgspec import structs

from liqtui.model.view import View
from liqtui.tui import viewing
from tests.tui.scene import heatmap

VIEW = View(columns=40, rows=40)


def test_timeframes_and_prices_step_and_stop_at_their_ends() -> None:
    view = VIEW
    for _ in range(20):
        view = viewing.price_zoom(viewing.timeframe(view, 1), None, 1)
    assert (view.column_s, view.bins_per_row) == (14_400, 20)
    for _ in range(20):
        view = viewing.price_zoom(viewing.timeframe(view, -1), None, -1)
    assert (view.column_s, view.bins_per_row) == (60, 1)


def test_rows_that_were_left_to_the_height_are_zoomed_from_what_is_shown() -> None:
    heat = structs.replace(heatmap(VIEW), row_fraction=0.003)
    assert viewing.price_zoom(VIEW, heat, 1).bins_per_row == 5
    assert viewing.price_zoom(VIEW, heat, -1).bins_per_row == 2


def test_a_value_between_two_steps_goes_on_from_the_nearest() -> None:
    assert viewing.stepped((60, 300, 900), 290, 1) == 900


def test_panning_up_and_down_comes_back() -> None:
    heat = heatmap(VIEW)
    up = viewing.panned(VIEW, heat, "up")
    assert up.centre is not None
    assert heat.mark is not None
    assert up.centre > heat.mark
    back = viewing.panned(up, heat, "down")
    assert back.centre == pytest.approx(heat.mark)


def test_without_a_map_nothing_moves() -> None:
    assert viewing.panned(VIEW, None, "up") is VIEW
    assert viewing.panned(VIEW, heatmap(VIEW), "left") is VIEW


def test_one_looks_back_and_returns_to_now() -> None:
    past = viewing.looked_back(0, 80, "left")
    assert past == 10
    assert viewing.looked_back(past, 80, "last") == 90
    assert viewing.looked_back(past, 80, "first") == 0
    assert viewing.looked_back(0, 80, "right") == 0
    assert viewing.looked_back(viewing.FARTHEST, 80, "left") == viewing.FARTHEST
