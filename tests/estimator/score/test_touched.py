import numpy as np
import pytest

from liqtui.estimator.grid import bucket
from liqtui.estimator.path import REACH, Cut, Fresh
from liqtui.estimator.score.touched import Touched, crossed
from liqtui.model.snapshot import Cluster
from tests.estimator.market import broken

PRICE = 100.0
FIRST = bucket(PRICE) - REACH


def published(**levels: float) -> Cut:
    """A map with longs at so many bins below the price: ``b20=5e6`` is $5M 2 % below."""
    usd = np.zeros((2, 2 * REACH + 1), np.float32)
    for name, value in levels.items():
        usd[0, REACH - int(name[1:])] = value
    return Cut(0, PRICE, FIRST, usd)


def fresh(deep: int, **fired: float) -> Fresh:
    """New ground of longs down to so many bins below the price, and what fired there."""
    usd = np.zeros(deep - 3)
    for name, value in fired.items():
        usd[deep - int(name[1:])] = value
    return broken(bucket(PRICE) - deep, (usd > 0).tolist(), usd.tolist())


def peaks(one: Cut, ground: Fresh, shape: Cut | None = None) -> list[tuple[Cluster, float, float]]:
    found = crossed(one, ground, shape or one)
    return [(cluster, said, float(ground.usd[part].sum())) for cluster, said, part in found]


def test_what_is_expected_of_a_cluster_of_another_map_is_judged() -> None:
    stands, expected = published(b20=5e6), published(b20=1e5, b25=9e9)
    ((cluster, said, _),) = peaks(expected, fresh(30), stands)
    assert bucket(cluster.price) == bucket(PRICE) - 20
    assert said == 1e5


def test_only_clusters_whose_peak_was_reached_count() -> None:
    ((_, said, fired),) = peaks(published(b20=5e6, b40=9e6), fresh(30, b20=1e6))
    assert (said, fired) == (5e6, 1e6)


def test_a_cluster_crossed_in_part_is_judged_by_that_part() -> None:
    wide = published(b20=5e6, b21=8e6, b22=5e6, b23=5e6, b24=5e6)
    ((_, said, fired),) = peaks(wide, fresh(22, b21=3e6))
    assert said == pytest.approx(18e6)
    assert fired == pytest.approx(3e6)


def test_forecasts_learn_from_what_came() -> None:
    touched = Touched()
    for i in range(200):
        # Half of what the map has stands; large clusters fire, small ones never do.
        size, fires = (4e6, 3e6) if i % 2 else (8e4, 0.0)
        touched.add("m", published(b20=size), fresh(30, b20=fires), lump=1e6)
    found = touched.reliability("m")
    assert found is not None
    assert found.uncertainty == pytest.approx(0.25)
    assert found.discrimination == pytest.approx(0.25, abs=0.02)
    late = found.brier - found.miscalibration
    assert late < 0.01
    assert touched.report("m").touched == 200
    assert touched.report("m").fired == pytest.approx(0.5)
    assert touched.report("nobody").touched == 0


def test_a_cluster_is_compared_with_places_as_far_and_wide_that_were_none() -> None:
    for came, beyond in ((9e4, True), (1e4, False)):
        touched = Touched()
        for _ in range(20):
            (early,) = touched.add("m", published(b28=1e5), fresh(30, b20=1e4), 1e4)
            assert early.beyond is None  # where it stands there was none without it
        (fell,) = touched.add("m", published(b20=1e5), fresh(30, b20=came), 1e4)
        assert fell.beyond is beyond
        assert touched.report("m").matched == 1
        assert touched.report("m").beyond == float(beyond)
