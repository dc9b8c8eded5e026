import os
from itertools import pairwise

import numpy as np
import pytest

from liqtui.estimator import Exposure
from liqtui.estimator.grid import Grid, bucket
from liqtui.model import wire
from liqtui.model.events import Liquidation, MarketEvent
from liqtui.model.market import Side
from liqtui.model.reading import Reader
from tests.bench.explain import along, explained, null
from tests.bench.history import HOUR, Bar, Hour, Past, events, load
from tests.making import instrument

needs_captures = pytest.mark.skipif(
    "LIQTUI_CAPTURES" not in os.environ, reason="LIQTUI_CAPTURES is not set"
)
FIVE = 300_000


def past(*closes: float) -> Past:
    """An hour of equal 5-minute bars for each close, 600 USD of longs liquidated in each."""
    bars, last = [], 100.0
    for i, close in enumerate(closes):
        for step in range(12):
            start, end = (last + (close - last) * s / 12 for s in (step, step + 1))
            at = HOUR * (i + 1000) + FIVE * (step + 1)
            bars.append(Bar(at, 300, start, max(start, end), min(start, end), end, 1.0))
        last = close
    hours = [Hour(HOUR * (i + 1001), 600.0, 0.0) for i in range(len(closes))]
    return Past(instrument(), bars, [(bars[0].at, 500.0, None)], [(bars[0].at, 1e-4)], hours)


def test_an_hours_sum_is_spread_over_the_ground_it_broke_and_seen_at_its_end() -> None:
    fired = [e for e in events(past(99.0, 101.0)) if isinstance(e, Liquidation)]
    first, second = fired[:12], fired[12:]
    assert sum(e.notional or 0.0 for e in first) == pytest.approx(600.0)
    assert {e.seen for e in first} == {HOUR * 1001 * 1_000_000}
    assert all(later.price < earlier.price for earlier, later in pairwise(first))
    shares = [e.notional for e in first]
    assert max(shares) == pytest.approx(min(shares), rel=0.02)  # type: ignore[type-var]
    # The second hour only rises: its longs can only be put evenly, at every bar's low.
    assert len(second) == 12


def test_every_line_is_one_of_the_wire_in_order_of_arrival() -> None:
    reader, times = Reader(), []
    for event in events(past(99.0, 101.0)):
        again = reader.read(wire.line(event))
        assert type(again) is type(event)
        times.append(event.seen)
    assert times == sorted(times)


class Marked:
    """A map with 1 USD in every bin, and 100 in those of one price."""

    method = "marked"

    def __init__(self, price: float) -> None:
        grid = Grid.around(100.0)
        long = np.ones(grid.size)
        long[grid.index(price)] = 100.0
        self._exposure = Exposure(grid, long, np.zeros(grid.size))

    def update(self, event: MarketEvent) -> None:
        pass

    def exposure(self) -> Exposure | None:
        return self._exposure

    def warming(self) -> str:
        return ""


def test_each_crossed_bin_counts_once_an_hour_however_often_it_is_crossed() -> None:
    there_and_back = past(99.0, 101.0, 99.0, 99.6)
    had = along(there_and_back, Marked(99.5))["map"][Side.LONG]
    wide = bucket(100.0) - bucket(99.0) + 1
    assert had[HOUR * 1001] == wide + 99
    assert had[HOUR * 1002] == 1  # the bin it started in
    assert had[HOUR * 1003] == bucket(101.0) - bucket(99.0) + 1 + 99


def test_price_alone_is_told_how_much_of_the_ground_is_new() -> None:
    known = null(past(99.0, 100.0, 98.0), [HOUR * 1002, HOUR * 1003], Side.LONG)
    rose, fell = known[0], known[1]
    assert rose[1] == 0.0
    assert fell[1] == pytest.approx(np.log(100 / 98))
    assert fell[4] == fell[5] == pytest.approx(np.log(99 / 98))


@pytest.mark.parametrize(("strength", "found"), [(1.0, 0.5), (0.0, 0.0)])
def test_what_is_explained_is_what_was_put_in(strength: float, found: float) -> None:
    random = np.random.default_rng(4)
    x, z, noise = random.normal(size=(3, 4000))
    plain = np.column_stack([np.ones(4000), z])
    days = np.repeat(np.arange(40), 100)
    fired = np.exp(12 + 2 * z + strength * x + noise)
    one = explained(plain, np.exp(10 + x + z), fired, days)
    assert one.gain == pytest.approx(found, abs=0.05)
    assert one.held_out == pytest.approx(found, abs=0.05)
    assert one.low <= one.gain <= one.high
    if strength:
        assert one.slope == pytest.approx(1.0, abs=0.5)


@needs_captures
@pytest.mark.parametrize(
    ("name", "base", "hours"), [("2025-12", "BTC", 744), ("2024-summer", "SOL", 721)]
)
def test_the_captures_are_read_whole(name: str, base: str, hours: int) -> None:
    known = load(name, base)
    assert len(known.hours) == hours
    spread = sum(e.notional or 0.0 for e in events(known) if isinstance(e, Liquidation))
    assert spread == pytest.approx(sum(h.long + h.short for h in known.hours), rel=0.03)


@needs_captures
def test_there_is_no_liquidation_file_for_every_coin() -> None:
    assert load("2025-12", "ETH").hours == []
