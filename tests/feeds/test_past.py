"""What is fetched of a past, in which steps and order."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqtui.feeds.past import COARSE, WEEKS, Past, days, in_turn, weeks
from liqtui.protocol.bars import FINE
from tests.making import instrument

SECOND = 1_000_000_000
HOUR = 3600 * SECOND
NOW = 1_790_000_000 * SECOND
ALL = WEEKS * SECOND
BTC, ETH = instrument(), instrument(symbol="ETHUSDT", base="ETH")


def wanted(now: int, past: int = ALL) -> list[Past]:
    return [
        one
        for contract in (BTC, ETH)
        for one in (Past(contract, days(now, past), now), *weeks(contract, now, past))
    ]


@given(now=st.integers(NOW, NOW + 86_400 * SECOND))
def test_days_and_weeks_meet_on_a_whole_step(now: int) -> None:
    (far,) = weeks(BTC, now, ALL)
    assert far.until == days(now, ALL)
    assert far.until % (COARSE * SECOND) == far.since % (COARSE * SECOND) == 0
    assert 72.25 * HOUR <= now - far.until < 76.25 * HOUR
    assert now - 30 * 24 * HOUR < far.since <= now - 30 * 24 * HOUR + 5 * HOUR


@given(now=st.integers(NOW, NOW + 86_400 * SECOND))
def test_pieces_follow_each_other(now: int) -> None:
    found = sorted(piece[1:3] for piece in in_turn(wanted(now)) if piece.instrument == BTC)
    assert all(one[1] == two[0] for one, two in pairwise(found))
    assert found[-1][1] == now


def test_the_weeks_come_after_the_newest_piece_and_before_the_others() -> None:
    turns = [(piece.instrument.base, piece.step) for piece in in_turn(wanted(NOW))]
    newest, far, rest = turns[:2], turns[2:4], turns[4:]
    assert newest == rest == [("BTC", FINE), ("ETH", FINE)]
    assert far == [("BTC", COARSE), ("ETH", COARSE)]


@pytest.mark.parametrize("hours", [1, 25, 72])
def test_a_short_past_has_no_weeks(hours: int) -> None:
    assert [piece.step for piece in wanted(NOW, hours * HOUR)] == [FINE, FINE]
    assert days(NOW, hours * HOUR) == NOW - hours * HOUR
