import pytest

from liqtui.tui.render.times import SECOND, UnknownZoneError, Zone
from tests.tui.scene import NOON


def test_the_clock_follows_the_zone() -> None:
    assert Zone("utc").clock(NOON) == "12:04:31"
    assert Zone("Asia/Kolkata").clock(NOON) == "17:34:31"


def test_the_zone_is_named() -> None:
    assert Zone("utc").label(NOON) == "UTC"
    assert Zone("Asia/Kolkata").label(NOON) in ("IST", "+0530")


@pytest.mark.parametrize("name", ["Nowhere/Else", "../etc/passwd", ""])
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(UnknownZoneError):
        Zone(name)


@pytest.mark.parametrize("at", [-1, 0, 2**63 - 1, 10**30])
def test_absurd_moments_do_no_harm(at: int) -> None:
    assert len(Zone("utc").clock(at * SECOND)) == 8
