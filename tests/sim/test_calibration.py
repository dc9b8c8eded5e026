"""The measures by which the market is held against real ones."""

import math
from collections.abc import Iterable

import numpy as np
import pytest
from numpy.random import default_rng

from liqtui.sim import calibration
from liqtui.sim.calibration import Diary, Target, table
from liqtui.sim.terms import Floats
from tests.sim.test_world import world

DAY = 86_400.0


class Kept(Diary):
    """What a world might have done; columns as in `Diary`."""

    def __init__(self, steps: Floats, dead: Floats) -> None:
        super().__init__(world())
        self.steps = [tuple(row) for row in steps.T]
        self._given = dead

    def dead(self) -> Floats:
        return self._given


def kept(usd: Floats, moves: Floats | None = None, oi: float = 1e10) -> Kept:
    """Return a day of 5-minute steps with liquidations of so many USD at random times."""
    rng, count = default_rng(1), 288
    time = np.arange(count) * 300.0
    level = np.zeros(count) if moves is None else np.cumsum(moves)
    steps = np.stack((time, level, np.full(count, oi), np.full(count, 2 * oi / count)))
    dead = np.zeros((7, len(usd)))
    dead[0], dead[3] = np.sort(rng.random(len(usd))) * DAY, usd
    dead[1, ::3] = 1
    dead[2], dead[4] = np.where(rng.random(len(usd)) < 0.55, 1.0, -1.0), 25.0
    return Kept(steps, dead)


def values(targets: Iterable[Target]) -> dict[str, float]:
    return {one.name: one.value for one in targets}


def test_lognormal_sizes_have_the_sigma_they_were_drawn_with() -> None:
    usd = 900 * np.exp(2.1 * default_rng(2).standard_normal(50_000))
    found = values(calibration.of_sizes(kept(usd)))
    assert found["sigma of liquidation sizes"] == pytest.approx(2.1, abs=0.05)
    assert found["mean over median of them"] == pytest.approx(math.exp(2.1**2 / 2), rel=0.15)


def test_amounts_are_told_by_the_day() -> None:
    found = values(calibration.of_amounts(kept(np.full(3000, 1e4))))
    assert found["volume over open interest, a day"] == pytest.approx(2.0, rel=0.01)
    assert found["liquidated on the median day, % of it"] == pytest.approx(0.3, rel=0.01)
    assert found["open interest, end over start"] == 1.0


def test_normal_returns_have_a_kurtosis_of_three_and_no_memory() -> None:
    found = values(calibration.of_returns(kept(np.ones(9), default_rng(3).standard_normal(288))))
    assert found["kurtosis of 5-minute returns"] == pytest.approx(3.0, abs=0.8)
    assert found["autocorrelation of |returns| at 1 h"] == pytest.approx(0.0, abs=0.15)


def test_large_ones_that_come_at_random_rarely_follow_one_another() -> None:
    usd = np.exp(2.0 * default_rng(4).standard_normal(6000))
    found = values(calibration.of_times(kept(usd)))
    rate = 2000 * 0.05 / DAY * 60
    assert found["large one within 60 s of a large one, %"] == pytest.approx(100 * rate, abs=6)


def test_a_target_is_met_within_its_bounds_only() -> None:
    low, inside, high, unknown = (
        Target("x", 1.0, 2.0, value) for value in (0.9, 1.5, 2.1, math.nan)
    )
    assert [one.met for one in (low, inside, high, unknown)] == [False, True, False, False]
    assert table([low, inside]).splitlines()[0].endswith("OUT")
    assert table([low, inside]).splitlines()[1].endswith("in")


def test_a_diary_notes_what_a_world_does() -> None:
    diary = Diary(world())
    diary.run(1800, 30.0)
    time, level, interest, volume = diary.columns()
    assert len(time) == 60
    assert np.ptp(level) > 0
    assert (interest > 1e10).all()
    assert (volume > 0).all()
    leverage, usd = calibration.book(diary.world)
    assert usd.sum() == pytest.approx(2 * interest[-1], rel=0.01)
    assert 1.0 < (leverage * usd).sum() / usd.sum() < 8.0
