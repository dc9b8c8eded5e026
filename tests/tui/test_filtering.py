import doctest

import pytest

from liqtui.model.market import Side
from liqtui.model.view import TapeFilter, View
from liqtui.tui import filtering
from liqtui.tui.filtering import Names, filtered, parse, told

NAMES = Names(("aurora", "boreal", "cirrus"), ("BTC", "ETH", "PEPE"))
DEFAULT = TapeFilter(least=10_000.0)


def asked(text: str) -> TapeFilter:
    return parse(text, NAMES, DEFAULT)


def test_its_examples() -> None:
    assert doctest.testmod(filtering).failed == 0


def test_an_empty_line_asks_for_the_default() -> None:
    assert asked("") == asked("  ! ") == DEFAULT
    assert told(DEFAULT, DEFAULT) == ""


@pytest.mark.parametrize("text", ["short boreal >100k", "100K,bor S", "≥$0.1m !long boreal"])
def test_what_can_be_recognised_is(text: str) -> None:
    wanted = TapeFilter(least=1e5, side=Side.SHORT, venues=frozenset({"boreal"}))
    assert asked(text) == wanted


def test_coins_and_what_is_left() -> None:
    assert asked("btc eth").bases == {"BTC", "ETH"}
    assert asked("!btc usdc").words == ("!btc", "usdc")
    assert asked("1000pepe").words == ("1000pepe",)
    assert asked("bo").words == ("bo",)


def test_a_venue_left_out_leaves_the_others() -> None:
    assert asked("!boreal").venues == {"aurora", "cirrus"}
    assert asked("!boreal !cir").venues == {"aurora"}


@pytest.mark.parametrize("text", ["", "short", "long aurora >1M", "ETH !usdc", "cirrus >0"])
def test_what_is_told_asks_for_the_same_again(text: str) -> None:
    once = asked(text)
    assert told(once, DEFAULT) == text
    assert asked(told(once, DEFAULT)) == once


def test_side_and_venues_hold_for_the_map_too() -> None:
    view = filtered(View(), asked("short boreal 5m eth"))
    assert view.side is Side.SHORT
    assert view.venues == {"boreal"}
    assert view.tape.bases == {"ETH"}
    assert filtered(view, DEFAULT) == View(tape=DEFAULT)
