"""The simulated market, as exchanges are told of it."""

from itertools import pairwise

import msgspec
import pytest

from liqtui.sim.driven import Driven
from liqtui.sim.feed import Moment
from liqtui.sim.market import Market
from liqtui.sim.scenarios import Scenario, Shock
from liqtui.sim.wire import SECOND, Bar, Contract, Liquidated, Traded
from liqtui.sim.wires import wires

START = 1_790_000_100
"""A multiple of five minutes."""
HOURS = 9
NOW = START + HOURS * 3600
FALL = Scenario(name="fall", about="", shocks=(Shock(at=0.0, move=-0.05, seconds=300.0),))
CONTRACTS = [one for wire in wires() for one in wire.contracts if one.base in {"SOL", "PEPE"}]


@pytest.fixture(scope="module")
def market() -> Market:
    made = Market(CONTRACTS, 5, START)
    for base in made.bases:
        made.advance(base, NOW * SECOND, 60.0)
    return made


@pytest.fixture(scope="module")
def driven(market: Market) -> Driven:
    return Driven(market, CONTRACTS, FALL, prints=30.0)


@pytest.fixture(scope="module")
def past(driven: Driven) -> dict[Contract, tuple[Bar, ...]]:
    return {book.ticker.contract: tuple(book.bars) for book in driven.past()}


@pytest.fixture(scope="module")
def moments(driven: Driven, past: object) -> list[Moment]:
    return [one for _, one in zip(range(300), driven.moments(), strict=False)]


def test_the_past_ends_where_the_seconds_begin(
    past: dict[Contract, tuple[Bar, ...]], moments: list[Moment]
) -> None:
    assert list(past) == CONTRACTS
    assert [one.at for one in moments] == [(NOW + n + 1) * SECOND for n in range(300)]
    for bars in past.values():
        assert [one.at for one in bars] == [(START + n * 60) * SECOND for n in range(HOURS * 60)]


def test_each_minute_is_told_once_and_opens_where_the_last_closed(
    past: dict[Contract, tuple[Bar, ...]], moments: list[Moment]
) -> None:
    last = {contract: bars[-1] for contract, bars in past.items()}
    for one in moments:
        for bar in one.bars:
            before = last[bar.contract]
            assert (bar.at - before.at, bar.at + 60 * SECOND) == (60 * SECOND, one.at)
            assert bar.open == before.close
            last[bar.contract] = bar
    assert {bar.at for bar in last.values()} == {(NOW + 240) * SECOND}


def test_the_minutes_have_the_volume_of_the_trades(moments: list[Moment]) -> None:
    for base in {one.base for one in CONTRACTS}:
        bars = [one for moment in moments for one in moment.bars if one.contract.base == base]
        trades = [
            one
            for moment in moments
            for one in moment.happened
            if isinstance(one, Traded) and one.contract.base == base
        ]
        volume = sum(one.volume for one in bars)
        # A quiet contract's volume waits until somebody prints a trade there.
        assert sum(one.quantity for one in trades) == pytest.approx(volume, rel=0.05)


def test_the_last_of_the_tickers_is_the_close_and_the_interest_of_the_market(
    market: Market, moments: list[Moment]
) -> None:
    assert [one.contract for one in moments[-1].tickers] == [
        one.contract for one in market.tickers()
    ]
    closes = {one.contract: one.close for one in moments[-1].bars}
    for ticker in moments[-1].tickers:
        assert ticker.last == closes[ticker.contract]
    for base in market.bases:
        told = [one for one in moments[-1].tickers if one.contract.base == base]
        usd = sum(one.interest.quantity * one.interest.mark for one in told)
        assert usd == pytest.approx(market.truth(base).long_oi, rel=1e-9)


def test_what_happens_lies_in_its_second(moments: list[Moment]) -> None:
    for one in moments:
        assert all(one.at - SECOND <= event.at <= one.at for event in one.happened)
    assert any(isinstance(event, Liquidated) for one in moments for event in one.happened)


def test_funding_is_told_when_it_is_paid() -> None:
    made = Market(CONTRACTS, 5, NOW // 28_800 * 28_800 - 60)
    moments = [one for _, one in zip(range(121), Driven(made, CONTRACTS).moments(), strict=False)]
    paid = [(one.at, settled) for one in moments for settled in one.settled]
    assert {settled.contract for _, settled in paid} == set(CONTRACTS)
    assert all(settled.at == at == NOW // 28_800 * 28_800 * SECOND for at, settled in paid)


def test_the_truth_is_told_in_few_levels_and_loses_nothing(driven: Driven, market: Market) -> None:
    lines = [msgspec.json.decode(one) for one in driven.truth(0)]
    assert [one["base"] for one in lines] == list(market.bases)
    for told in lines:
        truth = market.truth(told["base"])
        assert told["price"] == pytest.approx(truth.price)
        for side, standing in (("long", truth.long), ("short", truth.short)):
            prices = [price for price, _ in told[side]]
            assert all(low < high for low, high in pairwise(prices))
            usd = sum(usd for _, usd in told[side])
            assert usd == pytest.approx(standing[:, 1].sum(), rel=1e-6)
            assert len(prices) < len(standing) / 2


def test_a_coin_that_comes_later_stands_where_it_would() -> None:
    def one_hour(base: str) -> Market:
        own = [one for one in CONTRACTS if one.base == base]
        made = Market(own, 5, START)
        made.advance(base, (START + 3600) * SECOND, 60.0)
        return made

    def minutes(driven: Driven) -> list[Moment]:
        return [one for _, one in zip(range(150), driven.moments(), strict=False)]

    def later() -> list[Market]:
        asked.append(None)
        return [one_hour("PEPE")] if len(asked) == 100 else []

    asked: list[None] = []
    both = one_hour("SOL")
    both.join(one_hour("PEPE"))
    there = minutes(Driven(both, CONTRACTS, FALL))
    late = Driven(one_hour("SOL"), CONTRACTS, FALL, later)
    coming = {book.ticker.contract.base for book in late.past() if book.coming}
    came = minutes(late)
    assert coming == {"PEPE"}
    assert all(len(one.tickers) < len(CONTRACTS) for one in came[:99])
    assert [one.tickers for one in came[99:]] == [one.tickers for one in there[99:]]
    (known,) = [one.known for one in came if one.known]
    assert [book.ticker for book in known] == [
        one for one in there[98].tickers if one.contract.base == "PEPE"
    ]
    assert all(len(book.bars) == 61 for book in known)
