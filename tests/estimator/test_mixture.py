import numpy as np
import pytest

from liqtui.estimator.basis import ATOMS, basis, prior_shares
from liqtui.estimator.mixture import (
    OPINIONS,
    Mixture,
    balanced,
    hedge,
    nearness,
    patience,
    usual_leverage,
)
from liqtui.estimator.standing import MEMBERS
from tests.making import BTC

MARGINS = basis(BTC).margins


def crossed(atom: int, usd: float) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    found = np.zeros((MEMBERS, ATOMS))
    found[:, atom] = usd
    return found


def test_kernels_keep_what_they_spread_and_lie_at_their_distance() -> None:
    found = basis(BTC)
    assert found.kernels.sum(axis=3) == pytest.approx(1.0, abs=1e-5)
    far = (found.kernels[2] * np.arange(found.kernels.shape[3])).sum(axis=2) * 1e-3
    assert far.mean(axis=0)[1:8] == pytest.approx(found.distances[1:8], rel=0.08, abs=2e-3)


@pytest.mark.parametrize("leverage", [1.5, 5.0, 20.0, 60.0])
def test_prior_shares_sum_to_one(leverage: float) -> None:
    shares = prior_shares(MARGINS, leverage, 0.9, 0.5)
    assert shares.sum() == pytest.approx(1.0)
    assert (shares >= 0).all()


def test_silence_where_much_was_crossed_lowers_a_kind() -> None:
    mixture = Mixture(MARGINS, [])
    mixture.weigh(1e8)
    before = mixture.shares[3].copy()
    mixture.learn(crossed(3, 3e9), 0.0, 60.0)
    assert (mixture.shares[3] < before / 5).all()
    assert mixture.shares[4] == pytest.approx(Mixture(MARGINS, []).shares[4])


def test_repeated_fires_lead_to_the_fraction_that_fired() -> None:
    mixture = Mixture(MARGINS, [])
    mixture.weigh(1e8)
    mixture.scale = 1e5
    for _ in range(200):
        mixture.learn(crossed(3, 1e8), 1.5e7, 60.0)
    fires = np.array([one.fires for one in OPINIONS])
    assert mixture.shares[3] * fires == pytest.approx(0.15, rel=0.1)


def test_what_is_learned_fades() -> None:
    mixture = Mixture(MARGINS, [])
    mixture.weigh(1e8)
    fresh = mixture.shares.copy()
    mixture.learn(crossed(3, 1e8), 5e7, 60.0)
    mixture.forget(30 * 86_400.0)
    assert mixture.shares == pytest.approx(fresh, rel=1e-3, abs=1e-6)
    assert mixture.weights.sum() == pytest.approx(1.0)


def test_balancing_moves_what_is_not_known() -> None:
    shape = np.array([100.0, 1.0])
    rate = np.array([1000.0, 10.0])
    found = balanced(shape, rate, np.array([1.0, 1.0]))
    assert found.sum() == pytest.approx(1.0)
    assert found[0] == pytest.approx(0.1, rel=0.02)
    assert found[1] == pytest.approx(0.9, rel=0.02)


@pytest.mark.parametrize("held", [[0.5, 0.5, 0.5], [1e-7, 1e-4, 4.0], [1e8, 0.3, 0.3]])
@pytest.mark.parametrize("shape", [[1.0, 2.0, 3.0], [1e-3, 1e-9, 1.0], [50.0, 1e-6, 1e-3]])
def test_whatever_is_held_is_balanced(held: list[float], shape: list[float]) -> None:
    found = balanced(np.array(shape), np.array([1.0, 4.0, 4.0]), np.array(held))
    assert found.sum() == pytest.approx(1.0, rel=1e-5)
    assert (found >= 0.0).all()


def test_each_column_is_balanced_as_if_alone() -> None:
    random = np.random.default_rng(2)
    shape, rate = random.random((2, ATOMS, 1, 3, 4)) + 0.1
    held = random.random((ATOMS, 2, 3, 1)) + 0.1
    found = balanced(shape, rate, held)
    assert found.shape == (ATOMS, 2, 3, 4)
    alone = balanced(shape[:, 0, 1, 2], rate[:, 0, 1, 2], held[:, 1, 1, 0])
    assert found[:, 1, 1, 2] == pytest.approx(alone)


def test_funding_and_growth_make_one_think_of_more_leverage() -> None:
    assert usual_leverage(-1e-3, 0.0) == pytest.approx(8.0, rel=1e-3)
    assert usual_leverage(1e-3, 0.0) == pytest.approx(12.0, rel=0.02)
    assert usual_leverage(1e-3, 1.0) == pytest.approx(18.0, rel=0.02)


def test_what_one_venue_shows_moves_the_opinions_on_the_others() -> None:
    peers: list[Mixture] = []
    bold, other = Mixture(MARGINS, peers), Mixture(MARGINS, peers)
    for one in peers:
        one.weigh(1e8)
        one.scale = 1e5
    medians = np.log([one.leverage for one in OPINIONS])
    before = other.weights.sum(axis=0) @ medians
    bold.learn(crossed(3, 1e7), 3e6, 60.0)
    assert other.weights.sum(axis=0) @ medians > before + 0.2


def test_hedges_move_out_of_reach_and_are_still_open() -> None:
    shares = np.random.default_rng(3).random((ATOMS, 2, MEMBERS, len(OPINIONS)))
    away = basis(BTC).distances
    found = shares.copy()
    hedge(found, patience(away))
    assert (found[:, 0] == shares[:, 0]).all()
    far = away[:-1] > 0.05
    assert (found[:-1, 1][far] < shares[:-1, 1][far]).all()
    assert (found[:-1, 1][away[:-1] < 0.04] == shares[:-1, 1][away[:-1] < 0.04]).all()
    assert found.sum(axis=0) == pytest.approx(shares.sum(axis=0))


def test_what_fires_near_says_less_of_what_lies_far() -> None:
    mixture = Mixture(MARGINS, [])
    mixture.weigh(1e9)
    mixture.scale = 1e4
    before = mixture.views
    for _ in range(20):
        mixture.learn(crossed(7, 1e7), 0.0, 60.0)
    near, far = np.abs(mixture.views - before).sum(axis=(1, 2))
    assert near > 1.2 * far > 0
    assert mixture.views[0] == pytest.approx(mixture.weights)
    assert mixture.views.sum(axis=(1, 2)) == pytest.approx(1.0)
    assert nearness(np.array([0.01, 0.1, 0.4])) == pytest.approx([1.0, 0.5, 0.0])


def test_of_endless_evidence_the_second_best_still_keeps_a_share() -> None:
    mixture = Mixture(MARGINS, [])
    mixture.weigh(1e8)
    mixture.scale = 1e4
    mixture.learn(crossed(5, 1e8), 1e7, 60.0)
    some = np.sort(mixture.weights.ravel())[::-1]
    for _ in range(30):
        mixture.learn(crossed(5, 1e8), 1e7, 60.0)
    much = np.sort(mixture.weights.ravel())[::-1]
    assert some[0] < 0.9
    assert much[0] < 0.9
    assert much[1] > 0.01 * much[0]
