"""What two clocks say of the machine."""

from liqtui.clock import ManualClock
from liqtui.feeds.drift import Drift

SECOND = 1_000_000_000


def test_time_that_passes_is_nothing() -> None:
    clock = ManualClock()
    drift = Drift(clock.now(), clock.monotonic(), 5.0, 30.0)
    for _ in range(100):
        clock.advance(1.0)
        assert drift.look(clock.now(), clock.monotonic()) == ""


def test_a_jump_is_told_once_either_way() -> None:
    drift = Drift(1000 * SECOND, 0.0, 5.0, 30.0)
    assert drift.look(1601 * SECOND, 1.0) == "clock jumped by +600 s"
    assert drift.look(1602 * SECOND, 2.0) == ""
    assert drift.look(1003 * SECOND, 3.0) == "clock jumped by -600 s"


def test_a_standstill_is_told() -> None:
    drift = Drift(1000 * SECOND, 0.0, 5.0, 30.0)
    assert drift.look(1031 * SECOND, 31.0) == "stood still for 31 s"


def test_slow_slewing_is_nothing() -> None:
    drift = Drift(0, 0.0, 5.0, 30.0)
    looks = [drift.look(round(second * 1.05 * SECOND), float(second)) for second in range(1, 500)]
    assert not any(looks)
