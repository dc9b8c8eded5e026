"""Old minutes as coarse as an exchange's history."""

from msgspec.structs import replace

from liqtui.archive.joining import coarse
from liqtui.model.market import CandlePrice
from tests.making import at, candle
from tests.store.test_candles import EVEN


def test_old_minutes_are_put_together_and_new_ones_left() -> None:
    bars = [candle(EVEN + 60 * n, 100.0 + n) for n in range(1, 13)]
    now = at(EVEN + 7200 + 600)
    found = list(coarse(bars, now))
    assert [one.interval_s for one in found] == [300, 300, 60, 60]
    assert sum(one.volume or 0.0 for one in found) == 12.0
    other = [replace(one, price=CandlePrice.MARK) for one in bars[:2]]
    assert [one.interval_s for one in coarse([*bars[:2], *other], now)] == [120, 120]
