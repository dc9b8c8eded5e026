from hypothesis import given
from hypothesis import strategies as st

from liqtui.delivery.bucket import TokenBucket


def test_a_quarter_of_a_minute_goes_at_once_then_evenly() -> None:
    bucket, now, taken = TokenBucket(12.0, 0.0), 0.0, 0
    while now < 60.1:
        if bucket.wait(now) <= 0.0:
            bucket.take(now)
            taken += 1
        else:
            now += bucket.wait(now) + 1e-9
    assert taken == 3 + 12
    assert bucket.wait(now) <= 5.0


@given(st.floats(0.1, 600.0), st.lists(st.floats(0.0, 30.0), max_size=60))
def test_no_stretch_holds_more_than_it_may(per_minute: float, steps: list[float]) -> None:
    bucket, now, times = TokenBucket(per_minute, 0.0), 0.0, list[float]()
    for step in steps:
        now += step
        if bucket.wait(now) <= 0.0:
            bucket.take(now)
            times.append(now)
    for first in range(len(times)):
        for last in range(first, len(times)):
            allowed = max(1.0, per_minute / 4) + (times[last] - times[first]) * per_minute / 60
            assert last - first + 1 <= allowed + 1e-6
