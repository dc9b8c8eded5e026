from collections import defaultdict
from itertools import pairwise

import pytest
from numpy.random import default_rng

from liqtui.model.market import Side
from liqtui.sim import script
from liqtui.sim.live import Floor
from liqtui.sim.script import END, START
from liqtui.sim.wire import SECOND, Contract, Happening, Liquidated, Ticker, Traded
from liqtui.sim.wires import binance

Second = tuple[int, list[Happening], list[Ticker]]


@pytest.fixture(scope="module")
def session() -> list[Second]:
    rng = default_rng(7)
    tracks = {track.coin.base: track for track in script.tracks(rng)}
    days = [script.series(rng, tracks[one.base], one) for one in binance.CONTRACTS]
    return list(Floor(rng, list(tracks.values()), days).seconds())


def dead(session: list[Second]) -> list[Liquidated]:
    return [one for _, happened, _ in session for one in happened if isinstance(one, Liquidated)]


def test_seconds_follow_one_another_and_hold_what_happened_in_them(session: list[Second]) -> None:
    assert [at for at, _, _ in session] == list(range(START + SECOND, END + SECOND, SECOND))
    for at, happened, tickers in session:
        times = [one.at for one in happened]
        assert times == sorted(times)
        assert all(at - SECOND <= time < at for time in times)
        assert all(ticker.at == at for ticker in tickers)


def test_longs_die_in_the_fall_and_shorts_in_the_rise(session: list[Second]) -> None:
    fall = [one for one in dead(session) if 690 <= (one.at - START) // SECOND < 815]
    squeeze = [one for one in dead(session) if 60 <= (one.at - START) // SECOND < 150]
    assert len(fall) > 30
    assert sum(one.side is Side.LONG for one in fall) / len(fall) > 0.85
    assert sum(one.side is Side.SHORT for one in squeeze) / len(squeeze) > 0.7


def test_a_liquidation_is_filled_between_its_trigger_and_its_bankruptcy(
    session: list[Second],
) -> None:
    for one in dead(session):
        long = one.side is Side.LONG
        best, worst = (one.trigger, one.bankruptcy) if long else (one.bankruptcy, one.trigger)
        assert worst <= one.fill <= best
        assert abs(one.bankruptcy / one.trigger - 1) < 0.11
        assert one.contract.counted(one.quantity, one.fill) >= float(one.contract.lot)


def test_a_liquidation_triggers_at_its_contracts_mark(session: list[Second]) -> None:
    for _, happened, tickers in session:
        marks = {ticker.contract: ticker.marked.mark for ticker in tickers}
        for one in happened:
            if isinstance(one, Liquidated):
                assert one.trigger == pytest.approx(marks[one.contract], rel=0.001)


def test_sizes_have_a_fat_tail(session: list[Second]) -> None:
    sizes = sorted(one.quantity * one.fill for one in dead(session))
    assert sum(sizes) / len(sizes) > 3 * sizes[len(sizes) // 2]


def test_every_change_of_open_interest_is_traded(session: list[Second]) -> None:
    traded: dict[Contract, float] = defaultdict(float)
    for (_, _, before), (_, happened, after) in pairwise(session):
        for one in happened:
            if isinstance(one, Traded):
                traded[one.contract] += one.quantity
        for old, new in zip(before, after, strict=True):
            moved = abs(new.interest.quantity - old.interest.quantity)
            if new.interest.at != old.interest.at:
                assert moved <= traded.pop(new.contract, 0.0) * 1.0001
            else:
                assert moved == 0.0


def test_each_forced_order_trades(session: list[Second]) -> None:
    for _, happened, _ in session:
        trades = {(e.contract, e.at, e.quantity) for e in happened if isinstance(e, Traded)}
        for one in happened:
            if isinstance(one, Liquidated):
                assert (one.contract, one.at, one.quantity) in trades
