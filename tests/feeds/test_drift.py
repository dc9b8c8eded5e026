"""What two clocks and the loop say of the machine."""

from liqtui.feeds.drift import Drift

SECOND = 1_000_000_000


def looking(now: int = 0) -> Drift:
    return Drift(now, 0.0, 0.0, drift=5.0, stall=30.0)


def test_time_that_passes_is_nothing() -> None:
    drift = looking()
    assert not any(drift.look(s * SECOND, s, s) for s in range(1, 100))


def test_a_jump_is_told_once_either_way() -> None:
    drift = looking(1000 * SECOND)
    assert drift.look(1601 * SECOND, 1.0, 1.0) == "clock jumped by +600 s"
    assert drift.look(1602 * SECOND, 2.0, 2.0) == ""
    assert drift.look(1003 * SECOND, 3.0, 3.0) == "clock jumped by -600 s"


def test_a_standstill_is_told() -> None:
    drift = looking(1000 * SECOND)
    assert drift.look(1031 * SECOND, 31.0, 31.0) == "stood still for 31 s"


def test_slow_slewing_is_nothing() -> None:
    drift = looking()
    assert not any(drift.look(round(s * 1.05 * SECOND), s, s) for s in range(1, 500))


def test_a_journal_that_is_played_fast_is_nothing() -> None:
    drift = looking()
    assert not any(drift.look(60 * s * SECOND, 60.0 * s, s) for s in range(1, 100))
