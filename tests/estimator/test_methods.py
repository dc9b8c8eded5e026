"""What holds for every method, whatever it believes."""

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liqtui.estimator import Estimator
from liqtui.estimator.methods import CALIBRATED, UnknownMethodError, make, names
from liqtui.model.events import MarketEvent, MarkPrice
from liqtui.model.market import ContractKind, Instrument, Side, Unit
from tests.making import candle, funding, instrument, interest, liquidation, mark, trade

ALL = [*names(), *(f"{name}{CALIBRATED}" for name in names())]
HOUR = 3600
_ANCHORED = [
    *("seed1-repaired", "seed3-repaired", "seed-tiers-repaired"),
    *("oi-candle", "oi-candle-taker", "volume-profile"),
]


def walk(
    hours: float, of: Instrument | None = None, seed: int = 1, steps: int = 60
) -> list[MarketEvent]:
    """Marks, trades, open interest, funding and liquidations of a random walk, a step a minute."""
    random = np.random.default_rng(seed)
    of = of or instrument()
    events: list[MarketEvent] = []
    price, oi = 100.0, 10_000.0
    for minute in range(round(hours * steps)):
        price *= float(np.exp(random.normal(0, 0.002)))
        oi = max(oi + float(random.normal(1, 50)), 100.0)
        now = minute * HOUR / steps
        side = Side.LONG if random.random() < 0.5 else Side.SHORT
        events += [
            mark(now, price, of),
            trade(now + 1, price, float(random.exponential(20)), of),
            interest(now + 2, oi, of),
            liquidation(now + 3, price, 2000.0, side, of),
        ]
        if minute % 60 == 0:
            events.append(funding(now + 4, float(random.normal(1e-4, 2e-4)), of=of))
    return events


def fed(estimator: Estimator, events: Iterable[MarketEvent]) -> Estimator:
    for event in events:
        estimator.update(event)
    return estimator


@pytest.mark.parametrize("name", ALL)
def test_a_method_calls_itself_what_it_was_asked_for_by(name: str) -> None:
    assert make(name).method == name


@pytest.mark.parametrize("name", ALL)
def test_before_any_price_there_is_no_map_and_a_reason(name: str) -> None:
    estimator = make(name)
    assert estimator.exposure() is None
    assert estimator.warming() == "no price yet"


@pytest.mark.parametrize("name", ALL)
def test_after_hours_of_everything_it_is_warm_finite_and_the_same_each_time(name: str) -> None:
    events = walk(8)
    one, two = (fed(make(name), events).exposure() for _ in range(2))
    assert one is not None
    assert two is not None
    assert one.grid == two.grid
    for mine, again in ((one.long, two.long), (one.short, two.short)):
        assert mine.shape == (one.grid.size,)
        assert np.isfinite(mine).all()
        assert (mine >= 0).all()
        assert (mine == again).all()
    if "seed2-repaired" not in name:  # a random walk leaves it nothing that was not crossed
        assert one.long.sum() + one.short.sum() > 0
    warming = fed(make(name), events).warming()
    if name.startswith("seed2"):  # eight hours are not the week that it wants to know
        assert warming.startswith("liquidations known since")
    else:
        assert warming == ""


@pytest.mark.parametrize("name", ALL)
def test_no_longs_stand_above_the_mark_and_no_shorts_below(name: str) -> None:
    events = walk(8, seed=5)
    exposure = fed(make(name), events).exposure()
    assert exposure is not None
    price = [event.price for event in events if isinstance(event, MarkPrice)][-1]
    here = exposure.grid.index(price)
    assert not exposure.long[here + 1 :].any()
    assert not exposure.short[:here].any()


@pytest.mark.parametrize("name", _ANCHORED)
def test_what_the_mark_crossed_does_not_come_back_by_itself(name: str) -> None:
    events = walk(4)
    last = 4 * HOUR
    estimator = fed(make(name), events)
    held = estimator.exposure()
    assert held is not None
    fed(estimator, [mark(last, 90.0), mark(last + 1, 100.0)])
    after = estimator.exposure()
    assert after is not None
    crossed = slice(after.grid.index(90.5), after.grid.index(100.0))
    assert held.long[held.grid.index(90.5) : held.grid.index(100.0)].any()
    # What enters later than the crossing may stand there: what grew in the minutes before it.
    assert after.long[crossed].sum() <= 0.1 * held.long.sum()


@pytest.mark.parametrize("name", ALL)
@settings(max_examples=15)
@given(
    st.lists(
        st.tuples(st.integers(1, 40_000), st.floats(1e-6, 1e9), st.floats(0, 1e12), st.booleans()),
        max_size=25,
    )
)
def test_no_market_makes_it_lie_in_nan_or_negatives(
    name: str, steps: list[tuple[int, float, float, bool]]
) -> None:
    estimator, now = make(name), 0
    inverse = instrument(
        venue="other", kind=ContractKind.INVERSE, contract_unit=Unit.QUOTE, max_leverage=50.0
    )
    for seconds, price, quantity, other in steps:
        now += seconds
        of = inverse if other else instrument()
        fed(
            estimator,
            [
                liquidation(now, price, quantity, Side.LONG, of),
                mark(now, price, of) if quantity > 10 else candle(now, price, of=of),
                interest(now, quantity, of),
                trade(now, price, quantity, of),
                funding(now, 0.001, of=of),
            ],
        )
        exposure = estimator.exposure()
        if exposure is not None:
            for values in (exposure.long, exposure.short):
                assert np.isfinite(values).all()
                assert (values >= 0).all()


def test_a_name_nobody_has_is_told() -> None:
    with pytest.raises(UnknownMethodError, match="no method 'magic'"):
        make("magic")
