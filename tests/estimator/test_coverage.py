from liqtui.estimator.coverage import DEFAULT, Stretch, Twins
from liqtui.model.market import Sampling
from tests.making import liquidation


def test_a_stretch_tells_all_and_what_a_sampled_feed_would_show() -> None:
    stretch = Stretch(DEFAULT)
    for second, usd in ((0.1, 100.0), (0.2, 50.0), (3.0, 7.0)):
        assert stretch.add(liquidation(second, 1.0), usd) is None
    assert stretch.add(liquidation(20.0, 1.0), 1.0) == (157.0, 57.0, 0.2)
    assert stretch.close() == (1.0, 1.0, 0.1)
    assert stretch.close() is None


def test_the_largest_of_a_window_is_shown_where_that_is_the_rule() -> None:
    stretch = Stretch(Sampling(1.0, "largest"))
    stretch.add(liquidation(0.1, 1.0), 100.0)
    stretch.add(liquidation(0.2, 1.0), 50.0)
    assert stretch.close() == (150.0, 100.0, 0.1)


def test_without_a_twin_busier_stretches_hide_more() -> None:
    twins = Twins()
    factors = [twins.factor(taken) for taken in (0.1, 0.5, 1.0)]
    assert 1.0 < factors[0] < factors[1] < factors[2]


def test_a_twin_tells_how_much_is_hidden() -> None:
    twins = Twins()
    for _ in range(50):
        twins.learn(400_000.0, 100_000.0, 0.5)
    assert 3.8 < twins.factor(0.5) < 4.0
    assert twins.factor(0.1) < 1.2
