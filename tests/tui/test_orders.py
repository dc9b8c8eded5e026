import pytest

from liqtui.model.market import Side
from liqtui.model.view import Mute, Pace, Seek, View
from liqtui.tui.actions import ACTIONS
from liqtui.tui.filtering import Names
from liqtui.tui.orders import (
    ON_VIEW,
    ORDERS,
    Known,
    OrderError,
    Typed,
    changed,
    complete,
    muting,
    read,
    replaying,
    target,
)
from tests.tui.scene import NOON, SECOND

KNOWN = Known(Names(("aurora", "boreal", "cirrus"), ("BTC", "ETH")), ("night", "paper"))


def after(line: str, view: View | None = None) -> View:
    typed = read(line)
    assert typed is not None
    return changed(view or View(), typed, KNOWN)


def test_a_line_is_an_order_an_action_or_a_price() -> None:
    assert read("  ") is None
    assert read(":min 5k") == Typed("min", "5k")
    assert read("q") == Typed("quit")
    assert read("zoom") == Typed("zoom")
    assert read("-2%") == Typed("go", "-2%")
    assert read("60000.5") == Typed("go", "60000.5")


@pytest.mark.parametrize(
    ("line", "told"),
    [("mni 5", "did you mean 'min'"), ("zom", "did you mean 'zoom'"), ("lev", ":lev 10,25|all")],
)
def test_what_is_no_order_is_told_with_what_would_be(line: str, told: str) -> None:
    with pytest.raises(OrderError, match=told.replace("|", r"\|")):
        read(line)


def test_orders_and_actions_share_no_name_that_means_two_things() -> None:
    both = {order.name for order in ORDERS} & {action.name for action in ACTIONS}
    assert both == {"export", "mute", "preset", "theme"}
    for name in both:
        assert read(name) == Typed(name), "without an argument it is the action"
    assert {order.name for order in ORDERS} >= ON_VIEW


def test_venues_are_chosen_left_out_and_all_shown() -> None:
    one = after("venue bor")
    assert one.venues == one.tape.venues == {"boreal"}
    assert after("venue aurora on", one).venues == {"aurora", "boreal"}
    assert after("venue aurora off").venues == {"boreal", "cirrus"}
    assert after("venue cirrus on", after("venue cirrus off")).venues == frozenset()
    assert after("venue all", one) == View()


def test_the_rest_of_the_view() -> None:
    assert after("side short").side is after("side short").tape.side is Side.SHORT
    assert after("side both", after("side long")) == View()
    assert after("lev 10x,25").tiers == {10, 25}
    assert after("lev all", after("lev 10")) == View()
    assert (after("scale 50m").scale, after("scale auto").scale) == (5e7, 0.0)
    assert after("tf 4h").column_s == 14_400


@pytest.mark.parametrize(
    "line",
    ["venue x", "venue boreal maybe", "side up", "lev 7", "min much", "tf 10s", "tf x", "floor -1"],
)
def test_arguments_that_make_no_sense_change_nothing(line: str) -> None:
    with pytest.raises(OrderError):
        after(line)


def test_a_target_is_a_price_or_a_way_from_the_present_one() -> None:
    assert target("60,000", None) == 60_000.0
    assert target("-2%", 100.0) == pytest.approx(98.0)
    assert target("+150", 100.0) == pytest.approx(250.0)
    assert target("-500", 100.0) == pytest.approx(1.0)
    for text, price in (("-2%", None), ("up", 100.0)):
        with pytest.raises(OrderError):
            target(text, price)


def test_completion_offers_what_there_is() -> None:
    assert complete("the", KNOWN) == "theme"
    assert complete("theme p", KNOWN) == "theme paper"
    assert complete("sym e", KNOWN) == "sym ETH"
    assert complete("venue b", KNOWN) == "venue boreal"
    assert complete("min 5", KNOWN) is None
    assert complete("", KNOWN) is complete("theme ", KNOWN) is None


@pytest.mark.parametrize(
    ("argument", "asked"),
    [
        ("", Mute("ETH", 900)),
        ("2h", Mute("ETH", 7200)),
        ("off", Mute("ETH", 0)),
        ("btc 30m", Mute("BTC", 1800)),
        ("burst", Mute("burst", 900)),
        ("boreal 1d", Mute("boreal", 86_400)),
        ("all off", Mute("", 0)),
    ],
)
def test_a_coin_a_kind_a_venue_or_all_can_be_muted(argument: str, asked: Mute) -> None:
    assert muting(argument, KNOWN, "ETH") == asked


@pytest.mark.parametrize(
    ("argument", "told"),
    [("bust", "did you mean 'burst'"), ("BTC 30d", "no time to mute"), ("all 5s", "1m to 7d")],
)
def test_what_cannot_be_muted_is_told(argument: str, told: str) -> None:
    with pytest.raises(OrderError, match=told):
        muting(argument, KNOWN, "BTC")


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        (Typed("speed", "10"), Pace(10.0)),
        (Typed("speed", "0.5"), Pace(0.5)),
        (Typed("speed", "0"), Pace(0.0)),
        (Typed("seek", "+10m"), Seek(NOON + 600 * SECOND)),
        (Typed("seek", "2026-11-20T12:30"), Seek(1_795_177_800_000_000_000)),
    ],
)
def test_a_replay_has_a_speed_and_places(typed: Typed, command: Pace | Seek) -> None:
    assert replaying(typed, NOON) == command


@pytest.mark.parametrize(
    "typed",
    [Typed("speed", "fast"), Typed("speed", "-1"), Typed("speed", "nan"), Typed("seek", "noon")],
)
def test_no_speed_and_no_place(typed: Typed) -> None:
    with pytest.raises(OrderError):
        replaying(typed, NOON)
