import numpy as np
import pytest
from msgspec.structs import replace

from liqtui.estimator import Exposure
from liqtui.estimator.clusters import clusters, fired
from liqtui.estimator.grid import Grid
from liqtui.estimator.reach import Outlook
from liqtui.model.market import Side


def exposure(long: dict[float, float], short: dict[float, float]) -> Exposure:
    grid = Grid.around(100.0)
    sides = [np.zeros(grid.size), np.zeros(grid.size)]
    for values, levels in zip(sides, (long, short), strict=True):
        for price, usd in levels.items():
            values[grid.index(price)] += usd
    return Exposure(grid, sides[0], sides[1])


def test_peaks_are_found_with_their_side_and_distance() -> None:
    found = clusters(exposure({97.0: 5e6, 90.0: 2e6}, {104.0: 9e6}), 100.0)
    assert [(c.side, round(c.price), c.usd) for c in found] == [
        (Side.SHORT, 104, 9e6),
        (Side.LONG, 97, 5e6),
        (Side.LONG, 90, 2e6),
    ]
    assert found[1].distance == pytest.approx(-0.03, abs=0.001)
    assert found[1].low <= found[1].price <= found[1].high


def test_neighbours_are_one_cluster() -> None:
    (found,) = clusters(exposure({97.0: 5e6, 97.1: 4e6, 96.9: 4e6}, {}), 100.0)
    assert found.usd == 13e6


def test_what_is_far_or_nothing_is_no_cluster() -> None:
    assert clusters(exposure({60.0: 5e6}, {150.0: 5e6}), 100.0) == ()
    assert clusters(exposure({}, {}), 100.0) == ()


def test_no_more_than_asked_and_the_largest_first() -> None:
    many = exposure({100 - n: 1e6 * n for n in range(1, 12)}, {})
    found = clusters(many, 100.0, most=3)
    assert [round(c.usd / 1e6) for c in found] == [11, 10, 9]


def test_what_the_price_gets_to_comes_before_what_is_larger_and_out_of_reach() -> None:
    many = exposure({99.0: 5e6, 98.8: 1e3, 90.0: 9e6}, {100.0 + n: 1e9 for n in range(8, 15)})
    hours = clusters(replace(many, outlook=Outlook(0.02, 0.0)), 100.0, most=2)
    days = clusters(replace(many, outlook=Outlook(0.5, 0.0)), 100.0, most=2)
    assert [(round(c.price), c.usd >= 5e6) for c in hours] == [(99, True), (108, True)]
    assert [c.usd for c in days] == [1e9, 1e9]


def test_a_cascade_is_of_what_is_expected_to_fire_and_no_less_than_the_cluster() -> None:
    (cluster,) = clusters(exposure({97.0: 5e9}, {}), 100.0)
    fire = exposure({97.0: 2e6, 96.0: 3e6, 90.0: 7e6}, {})
    calm = fired(cluster, replace(fire, outlook=Outlook(0.02, 1e-15)), 0.5)
    assert (calm.expected, calm.cascade_usd, calm.confidence) == (2e6, 2e6, 0.5)
    assert calm.branching == pytest.approx(0.0, abs=1e-3)
    wild = fired(cluster, replace(fire, outlook=Outlook(0.02, 1.0)), None)
    assert wild.cascade_usd == pytest.approx(1.2e7)
    assert wild.branching is not None
    assert wild.branching > 1.0
    unknown = replace(fire, outlook=Outlook(0.02, 0.0))
    assert fired(cluster, fire, None).cascade_usd is None
    assert fired(cluster, unknown, None).branching is None
