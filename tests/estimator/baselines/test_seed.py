import numpy as np
import pytest

from liqtui.estimator import Estimator, Exposure
from liqtui.estimator.baselines import seed
from liqtui.estimator.methods import make
from tests.making import funding, interest, mark


def standing(name: str, rate: float = 0.0, grown: float = 0.0) -> tuple[Estimator, Exposure]:
    estimator = make(name)
    for event in (
        funding(0, rate),
        mark(1, 100.0),
        interest(2, 1000.0),
        mark(302, 100.0),
        interest(303, 1000.0 * (1 + grown)),
        mark(604, 100.0),
    ):
        estimator.update(event)
    exposure = estimator.exposure()
    assert exposure is not None
    return estimator, exposure


def peaks(exposure: Exposure) -> dict[float, float]:
    """Price of every bin that holds something, to its USD."""
    return {
        round(float(exposure.grid.prices[i]), 1): round(float(usd[i]), 6)
        for usd in (exposure.long, exposure.short)
        for i in np.flatnonzero(usd)
    }


def test_method_1_is_two_spikes_a_twelfth_away() -> None:
    found = peaks(standing("seed1")[1])
    assert list(found.values()) == [60_000.0, 40_000.0]
    assert list(found) == pytest.approx([91.67, 108.33], rel=1e-3)


def test_method_1_flees_from_the_price_and_repaired_it_stands() -> None:
    for name, follows in (("seed1", True), ("seed1-repaired", False)):
        estimator, before = standing(name)
        estimator.update(mark(1000, 95.0))
        after = estimator.exposure()
        assert after is not None
        assert (peaks(before).keys() != peaks(after).keys()) is follows


def test_method_3_steps_at_one_percent_of_funding() -> None:
    for rate, grown, away in ((0.009, 0.5, 1 / 8), (0.02, 0.1, 1 / 12), (0.02, 0.5, 1 / 18)):
        found = peaks(standing("seed3", rate, grown)[1])
        assert list(found) == pytest.approx([100 * (1 - away), 100 * (1 + away)], rel=1e-3)


def test_the_tiers_share_the_open_interest_equally() -> None:
    found = peaks(standing("seed-tiers")[1])
    assert sorted(found.values()) == pytest.approx([8_000.0] * 5 + [12_000.0] * 5)
    longs = [price for price, usd in found.items() if usd > 10_000]
    assert longs == pytest.approx([80.0, 90.0, 93.33, 95.0, 96.0], rel=1e-3)


def test_repaired_both_sides_hold_the_whole_open_interest_and_closing_takes_it_away() -> None:
    for name in ("seed1-repaired", "seed3-repaired", "seed-tiers-repaired"):
        for grown in (0.0, 0.5, -0.25):
            exposure = standing(name, grown=grown)[1]
            for usd in (exposure.long, exposure.short):
                assert (usd / exposure.grid.prices).sum() == pytest.approx(1000 * (1 + grown))


def test_the_tilted_mixture_has_the_leverage_asked_for() -> None:
    atoms = np.array([3.0, 5.0, 10.0, 20.0, 25.0, 50.0, 75.0, 100.0])
    for mean in (8.0, 12.0, 18.0):
        assert seed.tilted(mean) @ atoms == pytest.approx(mean)
        assert seed.tilted(mean).sum() == pytest.approx(1.0)
