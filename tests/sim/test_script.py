import numpy as np
import pytest
from numpy.random import default_rng

from liqtui.model.market import Side
from liqtui.sim import script
from liqtui.sim.script import DAY, LIVE, SINCE, START, Standing, Track
from liqtui.sim.wire import SECOND, Wire
from liqtui.sim.wires import binance, wires


@pytest.fixture(scope="module")
def tracks() -> dict[str, Track]:
    return {track.coin.base: track for track in script.tracks(default_rng(7))}


def test_same_seed_same_market(tracks: dict[str, Track]) -> None:
    again = script.tracks(default_rng(7))
    other = script.tracks(default_rng(8))
    assert all((track.price == tracks[track.coin.base].price).all() for track in again)
    assert not (other[0].price == tracks["BTC"].price).all()


def test_the_day_rises_and_what_follows_falls_by_three_per_cent_and_rebounds(
    tracks: dict[str, Track],
) -> None:
    price = tracks["BTC"].price
    assert len(price) == DAY + LIVE
    assert 1.02 < price[DAY - 1] / price[0] < 1.05
    live = price[DAY:]
    bottom = int(live.argmin())
    assert 0.55 < bottom / LIVE < 0.75
    assert 0.96 < live[bottom] / live[:bottom].max() < 0.975
    assert live[-1] / live[bottom] > 1.008


def test_returns_have_fat_tails_and_calm_and_nervous_stretches() -> None:
    noise = script.noise(default_rng(7), DAY)
    minutes = noise.reshape(-1, 60).sum(axis=1)
    kurtosis = float(((minutes - minutes.mean()) ** 4).mean() / minutes.var() ** 2)
    size = np.abs(minutes) - np.abs(minutes).mean()
    clustering = float((size[1:] * size[:-1]).mean() / size.var())
    assert kurtosis > 3.3
    assert clustering > 0.05


@pytest.mark.parametrize("wire", tuple(wires()), ids=lambda wire: wire.venue)
def test_a_contracts_past_adds_up(tracks: dict[str, Track], wire: Wire) -> None:
    for contract in wire.contracts:
        day = script.series(default_rng(1), tracks[contract.base], contract)
        bars, points = day.bars(), day.points(1)
        assert [bar.at for bar in bars] == list(range(SINCE, START, 60 * SECOND))
        assert all(bar.low <= min(bar.open, bar.close) for bar in bars)
        assert all(bar.high >= max(bar.open, bar.close) for bar in bars)
        assert all(0 < bar.taker_buy < bar.volume for bar in bars)
        moved = np.abs(np.diff([one.quantity for one in points]))
        assert (moved <= [bar.volume for bar in bars]).all()  # every change is traded
        assert points[-1].at == START


def test_settlements_fall_on_the_interval(tracks: dict[str, Track]) -> None:
    for contract in binance.CONTRACTS:
        day = script.series(default_rng(1), tracks[contract.base], contract)
        step = contract.funding_hours * 3600 * SECOND
        assert [one.at % step for one in day.settled()] == [0] * (24 // contract.funding_hours)
        assert script.due(contract, START) % step == 0
        assert 0 < script.due(contract, START) - START <= step


def test_positions_die_where_the_mark_reaches_them_and_only_once() -> None:
    standing = Standing(100.0)
    standing.open(100.0, 1e6)
    assert standing.cross(99.7, 100.3) == {Side.LONG: 0.0, Side.SHORT: 0.0}
    fall = standing.cross(98.0, 100.0)
    assert fall[Side.LONG] > 1e5
    assert fall[Side.SHORT] == 0.0
    assert standing.cross(98.0, 100.0)[Side.LONG] == 0.0
    assert standing.cross(98.0, 130.0)[Side.SHORT] == pytest.approx(1e6)
