import msgspec
import pytest
from msgspec.structs import replace

from liqtui.alerts.rules import advance
from liqtui.alerts.silence import acknowledged, muted
from liqtui.alerts.state import State, decode, encode
from liqtui.model.alert import Alert, AlertKind
from liqtui.model.market import Side
from liqtui.model.situation import Situation
from tests.alerts.situations import STALE, WELL, cluster, row, situation, standing
from tests.making import START, at


def cascade() -> list[Situation]:
    """Return ten minutes in which the price falls through two clusters, a venue going stale."""
    course = []
    for second in range(600):
        price = 62_040.0 - 2.0 * second
        chance = min(0.2 + second / 600, 1.0)
        near, next_ = (
            cluster(peak, price, touch=(chance, chance, 1.0)) for peak in (61_480.0, 61_000.0)
        )
        prints = [row(second, 4e5, Side.LONG, price)] if second > 280 else []
        venue = STALE if 100 < second < 140 else WELL
        shares = (("toy", 0.2), ("other", 0.8))
        course.append(
            situation(second, standing(price, near, next_, shares=shares), *prints, venue=venue)
        )
    return course


def told(course: list[Situation], restarts: frozenset[int] = frozenset()) -> list[Alert]:
    """Return the alerts of a course, the program starting anew before some of its seconds."""
    state, found = State(), list[Alert]()
    for second, one in enumerate(course):
        if second in restarts:
            kept = decode(encode(state))
            assert kept is not None
            state = kept
        state, alerts = advance(state, one)
        found += alerts
    return found


def test_a_restart_in_the_middle_of_a_cascade_neither_loses_nor_doubles_an_alert() -> None:
    course = cascade()
    whole = told(course)
    kinds = {alert.kind for alert in whole}
    assert {AlertKind.APPROACH, AlertKind.TOUCHED, AlertKind.CASCADE, AlertKind.BURST} <= kinds
    for restart in (50, 130, 285, 290, 420):
        assert told(course, frozenset({restart})) == whole
    assert told(course, frozenset(range(600))) == whole


def test_what_was_silenced_stays_so() -> None:
    alert = Alert(at=START, kind=AlertKind.APPROACH, text="x", about="BTC-long-1", usd=1e6)
    silence = muted(acknowledged(State().silence, alert, START), "ETH", at(900))
    state = State(silence=silence, number=7)
    assert decode(encode(state)) == state


def test_where_the_next_liquidations_begin_is_not_kept() -> None:
    assert decode(encode(State(rows=5000))) == State()


def test_what_is_kept_is_bounded() -> None:
    held = tuple(Alert(at=START, kind=AlertKind.BURST, text="x" * 300) for _ in range(10_000))
    silence = State().silence
    for number in range(10_000):
        silence = muted(silence, f"C{number}", at(900))
        silence = acknowledged(silence, replace(held[0], about=f"a{number}"), START)
    state = State()
    for one in cascade():
        state, _ = advance(state, one)
    assert len(encode(replace(state, silence=silence, held=held))) < 100_000


@pytest.mark.parametrize(
    "kept",
    [
        b"",
        b"\xc1",
        b"not a state",
        encode(State())[:-3],
        msgspec.msgpack.encode({"version": 1, "state": {"coins": 5}}),
        msgspec.msgpack.encode({"version": 99, "state": {}}),
    ],
)
def test_what_cannot_be_read_is_none(kept: bytes) -> None:
    assert decode(kept) is None
