import pytest

from liqtui.estimator.baselines.drops import Drops
from liqtui.model.market import Side
from tests.making import interest, liquidation, mark


def seen(estimator: Drops, side: Side, extreme: float, price: float) -> Drops:
    """A liquidation at ``price`` after the day's extreme; a day later all starts at 100 again."""
    estimator.update(mark(0, extreme))
    estimator.update(interest(1, 1000.0))
    estimator.update(mark(400, price))
    estimator.update(liquidation(401, price, 5000.0, side))
    estimator.update(mark(200_000, 100.0))
    return estimator


def test_the_seeds_levels_hang_on_the_present_price_and_all_are_longs() -> None:
    for side in Side:
        estimator = seen(Drops(), side, 50.0, 45.9)
        for step, price in enumerate((100.0, 97.0)):
            estimator.update(mark(200_001 + step, price))
            exposure = estimator.exposure()
            assert exposure is not None
            assert not exposure.short.any()
            assert exposure.grid.prices[exposure.long.argmax()] == pytest.approx(
                price * (1 - 0.08125), rel=1.5e-3
            )
            assert exposure.long.sum() == pytest.approx(1000.0 * price)


def test_repaired_they_hang_on_the_days_extreme_until_the_price_was_there() -> None:
    estimator = seen(Drops(repaired=True), Side.LONG, 50.0, 45.9)
    for step, price in enumerate((100.0, 97.0, 93.0)):
        estimator.update(mark(200_400 + 400 * step, price))
        exposure = estimator.exposure()
        assert exposure is not None
        assert exposure.grid.prices[exposure.long.argmax()] == pytest.approx(91.875, rel=1.5e-3)
    estimator.update(mark(202_000, 91.0))
    estimator.update(mark(202_400, 99.0))
    crossed = estimator.exposure()
    assert crossed is not None
    assert not crossed.long.any()


def test_repaired_shorts_count_from_the_low() -> None:
    exposure = seen(Drops(repaired=True), Side.SHORT, 50.0, 54.1).exposure()
    assert exposure is not None
    assert not exposure.long.any()
    assert exposure.grid.prices[exposure.short.argmax()] == pytest.approx(108.125, rel=1.5e-3)


def test_it_says_since_when_it_knows_of_liquidations() -> None:
    estimator = Drops()
    assert estimator.warming() == "no price yet"
    estimator.update(mark(0, 100.0))
    assert estimator.warming() == "no liquidation seen yet"
    estimator.update(liquidation(60, 99.0))
    assert estimator.warming() == "liquidations known since 2026-09-21 14:15 UTC only"
    estimator.update(mark(60 + 30 * 86_400, 100.0))
    assert estimator.warming() == ""
