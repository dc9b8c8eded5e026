from hypothesis import given
from hypothesis import strategies as st

from liqtui.alerts.usual import KEPT, Mean, Sizes


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=60), st.floats(0.01, 1.0))
def test_a_quantile_is_that_of_the_sizes_within_a_class(sizes: list[float], share: float) -> None:
    learned = Sizes()
    for usd in sizes:
        learned = learned.add(usd)
    found = learned.quantile(share)
    at_most = sum(usd <= found * (1 + 1e-9) for usd in sizes)
    below = sum(usd <= found / 2**0.5 for usd in sizes)
    assert at_most >= share * len(sizes) - 1e-6
    assert found == 100.0 or below < share * len(sizes) + 1e-6


def test_what_was_learned_fades_by_half_in_a_week() -> None:
    learned = Sizes().add(1e6)
    for _ in range(7 * 1440):
        learned = learned.faded()
    assert abs(learned.total - 0.5) < 1e-9
    assert abs(KEPT ** (7 * 1440) - 0.5) < 1e-9


def test_a_mean_follows_what_it_is_given() -> None:
    mean = Mean()
    for _ in range(100):
        mean = mean.add(2.0)
    assert mean.value == 2.0
    assert 99 < mean.weight < 100
