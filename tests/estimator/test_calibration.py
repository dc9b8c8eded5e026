import numpy as np
import pytest

from liqtui.estimator import Exposure
from liqtui.estimator.calibration import Calibrated, Shells, smooth
from liqtui.estimator.grid import Grid
from liqtui.estimator.path import cut
from liqtui.model.events import MarketEvent
from tests.estimator.market import broken
from tests.making import START, at, liquidation, mark

WINDOW = 1800


class Flat:
    """Has the same dollars in every bin, whatever happens."""

    method = "flat"

    def __init__(self, usd: float) -> None:
        self._usd = usd

    def update(self, event: MarketEvent) -> None:
        pass

    def exposure(self) -> Exposure | None:
        grid = Grid.around(100.0)
        here = grid.index(100.0)
        long, short = np.zeros(grid.size), np.zeros(grid.size)
        long[:here], short[here:] = self._usd, self._usd
        return Exposure(grid, long, short)

    def warming(self) -> str:
        return ""


def crossed_daily(estimator: Calibrated, fired: float, days: int = 6, per: int = 24) -> None:
    """Within every second half hour the mark falls 5 % and back, ``fired`` USD liquidated a bin."""
    for hour in range(days * per):
        start = hour * 3600 + (-START // 1_000_000_000) % WINDOW
        estimator.update(mark(start + 1, 100.0))
        for step in range(1, 51):
            price = 100.0 * np.exp(-step * 0.001 - 0.0005)
            estimator.update(mark(start + 60 + step, float(price)))
            estimator.update(liquidation(start + 60 + step, float(price), fired))
        estimator.update(mark(start + 200, 100.0))
        estimator.update(mark(start + WINDOW + 1, 100.0))


def test_a_map_three_times_too_large_comes_out_right_where_it_was_tested() -> None:
    estimator = Calibrated(Flat(300_000.0))
    crossed_daily(estimator, 100_000.0)
    exposure = estimator.exposure()
    assert exposure is not None
    for away in (0.005, 0.011, 0.021, 0.042):
        index = exposure.grid.index(100.0 * (1 - away))
        assert exposure.long[index] == pytest.approx(100_000.0, rel=0.1)


def test_ground_that_was_never_tested_is_worth_what_the_rest_is() -> None:
    estimator = Calibrated(Flat(300_000.0))
    crossed_daily(estimator, 100_000.0)
    exposure = estimator.exposure()
    assert exposure is not None
    assert exposure.long[exposure.grid.index(85.0)] == pytest.approx(100_000.0, rel=0.05)


def test_with_no_liquidation_ever_nothing_is_learned_and_it_says_so() -> None:
    shells = Shells()
    estimator = Calibrated(Flat(1e6), shells)
    for minute in range(600):
        estimator.update(mark(60 * minute, 100.0 if minute % 30 else 96.0))
    assert shells.gains.tolist() == [1.0] * 5
    assert "no liquidation" in estimator.warming()


def test_a_map_of_lucky_spikes_is_kept_sharp_and_one_of_misses_is_smoothed() -> None:
    for offset, sharper in ((0, True), (3, False)):
        grid = Grid.around(100.0)
        long = np.zeros(grid.size)
        here = grid.index(100.0)
        long[here - 40 : here - 5 : 8] = 1e6
        published = cut(Exposure(grid, long, np.zeros(grid.size)), 100.0, at(0))
        events = np.zeros(35)
        events[offset::8] = 10.0
        fresh = broken(grid.first + here - 40, events.tolist(), (events * 1e5).tolist())
        shells = Shells()
        before = shells.smoothed
        for _ in range(20):
            shells.learn(fresh, published)
        assert (shells.smoothed < before) is sharper


def test_what_was_learned_fades() -> None:
    shells = Shells()
    grid = Grid.around(100.0)
    flat = Exposure(grid, np.full(grid.size, 1e5), np.zeros(grid.size))
    fresh = broken(grid.first + grid.index(99.0), [0.0] * 5, [0.0] * 5)
    for _ in range(20):
        shells.learn(fresh, cut(flat, 100.0, at(0)))
    learned = shells.gains[1]
    assert learned < 0.1
    shells.forget(30 * 86_400_000_000_000)
    assert shells.gains[1] > 0.9


def test_smoothing_moves_dollars_and_makes_none() -> None:
    usd = np.zeros((2, 400))
    usd[:, 200] = 7.0
    assert smooth(usd).sum() == pytest.approx(14.0)
    assert smooth(usd).max() < 1.0
