import numpy as np
import pytest

from liqtui.estimator.baselines.profile import VolumeProfile
from liqtui.estimator.oi_candle import tier_shares
from tests.making import interest, mark, trade


def test_it_stands_where_the_volume_was_and_sums_to_the_open_interest() -> None:
    estimator = VolumeProfile()
    for event in (
        mark(0, 100.0),
        interest(1, 600.0),
        trade(2, 100.0, 30.0),
        mark(61, 100.0),
        trade(62, 101.0, 10.0),
        mark(122, 101.0),
    ):
        estimator.update(event)
    exposure = estimator.exposure()
    assert exposure is not None
    quantity = exposure.long / exposure.grid.prices
    assert quantity.sum() == pytest.approx(600.0)
    ten = exposure.grid.index(100.0 * 0.9 / 0.995)
    assert quantity[ten] == pytest.approx(450 * tier_shares(None)[1], rel=1e-2)


def test_yesterdays_volume_weighs_less() -> None:
    estimator = VolumeProfile()
    for event in (
        mark(0, 100.0),
        interest(1, 600.0),
        trade(2, 100.0, 30.0),
        mark(61, 100.0),
        mark(86_460, 101.0),
        trade(86_461, 101.0, 30.0),
        mark(86_521, 101.0),
    ):
        estimator.update(event)
    exposure = estimator.exposure()
    assert exposure is not None
    old, new = (
        exposure.long[exposure.grid.index(price * 0.9 / 0.995)] / (price * 0.9)
        for price in (100.0, 101.0)
    )
    assert new / old == pytest.approx(np.e, rel=0.02)
