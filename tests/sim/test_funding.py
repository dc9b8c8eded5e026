"""What longs pay shorts, and when."""

import numpy as np
import pytest

from liqtui.sim.funding import Funding
from tests.sim.test_world import CONTRACTS, START

HOUR = 3600.0


def settled(premium: float) -> float:
    """Return what the first contract pays after eight hours of a premium."""
    funding = Funding(CONTRACTS)
    for hour in range(1, 9):
        paid = funding.step(START + hour * HOUR, HOUR, np.full(len(CONTRACTS), premium))
        if hour < 8:
            assert np.isnan(paid[0])
    return float(paid[0])


@pytest.mark.parametrize(
    ("premium", "rate"),
    [(0.0, 1e-4), (3e-4, 1e-4), (1e-3, 5e-4), (-1e-3, -5e-4), (0.1, 3e-3), (-0.1, -3e-3)],
)
def test_a_premium_is_paid_for_by_who_causes_it(premium: float, rate: float) -> None:
    assert settled(premium) == pytest.approx(rate)


def test_what_was_paid_for_is_forgotten() -> None:
    funding, none = Funding(CONTRACTS), np.zeros(len(CONTRACTS))
    funding.step(START + 8 * HOUR, HOUR, none + 0.01)
    funding.step(START + 9 * HOUR, HOUR, none)
    assert funding.rate[0] == pytest.approx(1e-4)


def test_a_settlement_is_due_once_however_long_the_steps_are() -> None:
    funding = Funding(CONTRACTS)
    for step in (60.0, 600.0, 7 * 60.0):
        times = np.arange(START + step, START + 24 * HOUR + step, step)
        assert sum(int(funding.due(now, step)[0]) for now in times) == 3
