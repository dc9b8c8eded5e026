from msgspec.structs import replace

from liqtui.alerts.silence import Silence, acknowledged, applied, muted
from liqtui.model.alert import Alert, AlertKind, Policy
from liqtui.model.market import FeedState
from liqtui.model.situation import VenueState
from tests.alerts.situations import WELL, Watch, cluster, row, standing
from tests.making import START, at

KIND = AlertKind
APPROACH = Alert(
    at=START, kind=KIND.APPROACH, text="x", base="BTC", about="BTC-long-1", usd=4e7, distance=-0.01
)
FEED = Alert(at=START, kind=KIND.FEED, text="x", about="toy", venue="toy")


def hushed(silence: Silence, alert: Alert, second: float = 1) -> str:
    return applied(silence, [alert], at(second))[1][0].hushed


def test_a_coin_a_kind_a_venue_or_everything_is_muted_for_a_while() -> None:
    for what, alert in (("BTC", APPROACH), ("approach", APPROACH), ("toy", FEED), ("", FEED)):
        silence = muted(Silence(), what, at(60))
        assert hushed(silence, alert, 59) == "muted"
        assert hushed(silence, alert, 60) == ""
        assert hushed(muted(silence, what, 0), alert) == ""


def test_nothing_else_is_muted() -> None:
    silence = muted(muted(muted(Silence(), "ETH", at(60)), "burst", at(60)), "other", at(60))
    assert hushed(silence, APPROACH) == hushed(silence, FEED) == ""


def test_what_was_acknowledged_is_silent_until_it_escalates() -> None:
    silence = acknowledged(Silence(), APPROACH, START)
    assert hushed(silence, replace(APPROACH, usd=7e7, distance=-0.006)) == "acknowledged"
    for louder in (
        replace(APPROACH, usd=8e7),
        replace(APPROACH, distance=-0.005),
        replace(APPROACH, kind=KIND.TOUCHED),
        replace(APPROACH, kind=KIND.CASCADE, distance=None),
        replace(APPROACH, about="BTC-long-2"),
        replace(APPROACH, well=True),
    ):
        assert hushed(silence, louder) == ""


def test_an_escalation_ends_the_acknowledgement() -> None:
    silence = acknowledged(Silence(), APPROACH, START)
    silence, _ = applied(silence, [replace(APPROACH, usd=9e7)], at(1))
    assert hushed(silence, APPROACH) == ""


def test_an_acknowledgement_does_not_outlive_its_story() -> None:
    silence = acknowledged(Silence(), FEED, START)
    assert hushed(silence, FEED, 3600) == "acknowledged"
    assert hushed(silence, FEED, 5 * 3600) == ""


def test_a_digest_is_about_nothing_that_could_be_silenced() -> None:
    storm = Alert(at=START, kind=KIND.STORM, text="x")
    assert acknowledged(Silence(), storm, START) == Silence()


def test_what_is_silenced_is_told_and_takes_nobodys_place() -> None:
    watch = Watch(Policy(most=1))
    watch.state = replace(watch.state, silence=muted(Silence(), "burst", at(600)))
    said = cluster(61_480.0, 62_040.0)
    told = watch.see(0, standing(62_040.0, said), row(0, 9e6))
    assert [(one.kind, one.hushed, one.number) for one in told] == [
        (KIND.APPROACH, "", 1),
        (KIND.BURST, "muted", 2),
    ]


def test_a_muted_venue_says_nothing_of_its_feeds() -> None:
    watch = Watch(Policy(kinds=frozenset({KIND.FEED})))
    watch.state = replace(watch.state, silence=muted(Silence(), "toy", at(600)))
    down = VenueState("toy", "Toy", FeedState.DOWN)
    for second in range(30):
        watch.see(second, standing(), venue=down)
    for second in range(30, 60):
        watch.see(second, standing(), venue=WELL)
    assert [one.hushed for one in watch.told] == ["muted", "muted"]
