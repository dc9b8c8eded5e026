from datetime import UTC, datetime

import pytest

from liqtui.delivery.hours import Hours


def ns(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 10**9


@pytest.mark.parametrize(
    ("hours", "zone", "now", "quiet", "ended"),
    [
        ("22:00-07:00", "utc", "2026-11-20T23:15:00", True, "2026-11-20T07:00:00"),
        ("22:00-07:00", "utc", "2026-11-20T06:59:59", True, "2026-11-19T07:00:00"),
        ("22:00-07:00", "utc", "2026-11-20T07:00:00", False, "2026-11-20T07:00:00"),
        ("12:00-13:30", "utc", "2026-11-20T12:30:00", True, "2026-11-19T13:30:00"),
        ("22:00-07:00", "Europe/Berlin", "2026-11-20T06:30:00", False, "2026-11-20T06:00:00"),
        ("22:00-07:00", "Europe/Berlin", "2026-07-20T20:30:00", True, "2026-07-20T05:00:00"),
    ],
)
def test_quiet_hours_go_by_the_clock_of_their_zone(
    hours: str, zone: str, now: str, quiet: bool, ended: str
) -> None:
    own = Hours(hours, zone)
    assert own.quiet(ns(now)) is quiet
    assert own.ended(ns(now)) == ns(ended)
    assert own.end == hours[-5:]


def test_without_any_nothing_is_quiet_and_none_ended() -> None:
    none = Hours("", "utc")
    assert not none.quiet(ns("2026-11-20T03:00:00"))
    assert none.ended(ns("2026-11-20T03:00:00")) == 0
