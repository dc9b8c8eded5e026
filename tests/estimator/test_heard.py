import pytest

from liqtui.estimator.methods import make
from liqtui.estimator.score.board import Scoreboard
from liqtui.model.events import FeedStatus, Gap
from liqtui.model.market import FeedState
from tests.making import at, instrument, interest, mark

ONE = instrument(venue="one")


@pytest.mark.parametrize("method", ["liqtui", "liqtui+cal"])
def test_who_is_scored_hears_of_holes_and_of_feeds_that_are_not_well(method: str) -> None:
    estimator = make(method)
    board = Scoreboard("BTC", [estimator])
    for second in (1, 2, 3):
        board.observe(mark(second, 100.0, ONE))
        board.observe(interest(second, 1000.0, ONE))
    board.observe(FeedStatus("one", "x", FeedState.LIVE, "", at(3), at(3)))
    assert estimator.warming() == "0 % of the open interest traded so far"
    board.observe(Gap("one", "x", at(3), at(3003), "lost", at(3003), at(3003)))
    assert estimator.warming() == "one: 50 minutes unheard"


def test_a_method_that_does_not_listen_is_passed_over() -> None:
    board = Scoreboard("BTC", [make("oi-candle"), make("oi-candle+cal")])
    board.observe(Gap("one", "x", at(3), at(3003), "lost", at(3003), at(3003)))
    board.observe(FeedStatus("one", "x", FeedState.DOWN, "", at(3), at(3)))
