"""Minutes of trades."""

from msgspec.structs import replace

from liqtui.archive.bars import Bars
from liqtui.model.market import Taker
from tests.making import at, trade


def test_a_minute_of_trades_is_a_bar_with_dollars_by_size() -> None:
    bars = Bars()
    for event in (
        trade(1, 100.0, 1.0),
        replace(trade(2, 104.0, 500.0), taker=Taker.SELL),
        trade(59, 98.0, 20.0),
    ):
        bars.add(7, event)
    assert list(bars.over(at(60))) == []
    [(minute, contract, bar)] = bars.over(at(64))
    assert (minute, contract) == (at(0) // 60_000_000_000, 7)
    assert (bar.open, bar.high, bar.low, bar.close) == (100.0, 104.0, 98.0, 98.0)
    assert (bar.volume, bar.bought) == (521.0, 21.0)
    assert bar.usd == [100.0, 1960.0, 0.0, 0.0, 0.0, 0.0, 0.0, 52_000.0, 0.0, 0.0]


def test_trades_may_come_a_little_late_but_no_later() -> None:
    bars = Bars()
    bars.add(1, trade(61, 101.0, 1.0))
    bars.add(1, trade(59, 100.0, 1.0))
    assert [bar.close for _, _, bar in bars.over(at(64))] == [100.0]
    bars.add(1, trade(58, 90.0, 1.0))
    assert [bar.close for _, _, bar in bars.over(at(124))] == [101.0]


def test_a_trade_of_unknown_size_is_no_bar() -> None:
    bars = Bars()
    bars.add(1, replace(trade(1, 100.0, 1.0), quantity=None))
    assert list(bars.over(at(100))) == []
