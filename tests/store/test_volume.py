from msgspec.structs import replace

from liqtui.model.events import Trade
from liqtui.model.market import Taker
from liqtui.store.market import Market
from liqtui.store.rings import MINUTE
from liqtui.store.volume import Traded, volume
from tests.making import at, instrument, trade

THERE = instrument(venue="other")


def sold(event: Trade) -> Trade:
    return replace(event, taker=Taker.SELL)


def test_trades_fall_into_classes_by_their_dollars_and_aggressor() -> None:
    traded = Traded()
    for event in (trade(0, 100.0, 1.0), trade(1, 100.0, 100.0), sold(trade(2, 100.0, 20_000.0))):
        traded.add(event)
    found = volume([traded], at(3))
    assert found is not None
    assert found.since == at(0)
    assert [(c.floor, c.bought_5m, c.sold_5m) for c in found.classes] == [
        (1e6, 0.0, 2e6), (1e5, 0.0, 0.0), (1e4, 1e4, 0.0), (1e3, 0.0, 0.0), (0.0, 100.0, 0.0),
    ]  # fmt: skip


def test_windows_end_and_the_running_sum_begins_an_hour_ago() -> None:
    traded = Traded()
    for minute in range(90):
        traded.add(trade(60 * minute, 100.0, 1.0))
    found = volume([traded], at(60 * 89 + 1))
    assert found is not None
    small = found.classes[-1]
    assert (small.bought_5m, small.bought_1h) == (500.0, 6000.0)
    assert small.cvd[0] == 100.0
    assert small.cvd[-1] == 6000.0
    later = volume([traded], at(60 * 200))
    assert later is not None
    assert later.classes[-1].bought_1h == 0.0


def test_a_trade_that_comes_late_counts_in_its_minute() -> None:
    traded = Traded()
    for seconds in (0, 61, 5, 62):
        traded.add(trade(seconds, 100.0, 1.0))
    assert traded.last(at(62))[-2:, 0, 0].tolist() == [200.0, 200.0]


def test_what_is_unknown_is_not_counted_and_nothing_is_none() -> None:
    traded = Traded()
    traded.add(replace(trade(0, 100.0, 1.0), quantity=None))
    assert volume([traded], at(1)) is None


def test_venues_are_summed_as_the_view_chooses() -> None:
    market = Market()
    market.apply(trade(0, 100.0, 1.0))
    market.apply(trade(0, 100.0, 2.0, THERE))
    base = market.base("BTC")
    sums = [
        found.classes[-1].bought_5m
        for venues in (frozenset(), frozenset({"toy"}), frozenset({"toy", "other"}))
        if (found := base.volume(frozenset(venues), at(1))) is not None
    ]
    assert sums == [300.0, 100.0, 300.0]
    assert base.volume(frozenset({"none"}), at(1)) is None


def test_minutes_of_a_former_run_count_and_do_not_replace_what_was_heard() -> None:
    traded = Traded()
    traded.add(trade(60, 100.0, 1.0))
    usd = (1.0, 2.0, 3.0, 4.0, 5.0, 10.0, 20.0, 30.0, 40.0, 50.0)
    traded.recall(at(0) // MINUTE, usd)
    traded.add(trade(120, 100.0, 1.0))
    traded.recall(at(60) // MINUTE, usd)
    found = volume([traded], at(121))
    assert found is not None
    assert found.since == at(0)
    assert [(c.bought_1h, c.sold_1h) for c in found.classes] == [
        (5.0, 50.0), (4.0, 40.0), (3.0, 30.0), (2.0, 20.0), (201.0, 10.0),
    ]  # fmt: skip
