import pytest

from liqtui.alerts.happened import Happened
from liqtui.model.market import Coverage, Instrument, Sampling, Side
from tests.making import START, at, instrument, liquidation

MINUTE = 60 * 10**9
FULL = instrument()
SAMPLED = instrument(
    venue="other", coverage=Coverage.SAMPLED, sampling=Sampling(1.0, "largest"), symbol="X"
)


def happened(*prices: tuple[float, float]) -> Happened:
    made = Happened()
    for second, price in prices:
        made.priced(price, at(second))
    return made


def sums(made: Happened) -> list[list[float]]:
    course = made.course()
    assert course is not None
    assert course.first == START // MINUTE
    longs, shorts = course.usd
    return [longs.tolist(), shorts.tolist()]


def fall(made: Happened, second: float, usd: float, of: Instrument = FULL) -> None:
    made.liquidated(liquidation(second, 100.0, usd, Side.LONG, of))


def test_without_a_price_nothing_is_known() -> None:
    assert Happened().course() is None


def test_prices_and_liquidations_are_kept_by_the_minute() -> None:
    made = happened((0, 100.0), (30, 98.0), (190, 101.0))
    for second, usd in ((5, 1e5), (6, 2e5), (130, 3e5)):
        fall(made, second, usd)
    course = made.course()
    assert course is not None
    assert course.low.tolist() == [98.0, 98.0, 98.0, 101.0]
    assert course.high.tolist() == [100.0, 100.0, 100.0, 101.0]
    longs, shorts = course.usd.tolist()
    assert longs == pytest.approx([3e5, 0, 3e5, 0])
    assert shorts == [0.0] * 4


def test_what_a_sampled_feed_hides_is_learned_from_a_complete_one() -> None:
    made = happened((0, 100.0), (7200, 100.0))
    for stretch in range(300):
        for second in (0.1, 0.2, 0.3, 0.4):
            fall(made, 20 * stretch + second, 1e4)
    fall(made, 7100, 1e4, SAMPLED)
    longs, _ = sums(made)
    assert sum(longs[:100]) == pytest.approx(300 * 4e4)
    assert longs[118] == pytest.approx(4e4, rel=0.2)


def test_one_of_unknown_size_counts_for_nothing() -> None:
    made = happened((0, 100.0))
    made.liquidated(liquidation(1, 100.0, None))
    assert sums(made) == [[0.0], [0.0]]
