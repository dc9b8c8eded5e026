"""The day before the exchanges open, here and in the process beside."""

import time

import pytest

from liqtui.sim.market import Market
from liqtui.sim.past import Behind, going_on, lived
from liqtui.sim.scenarios import CALM
from liqtui.sim.wire import SECOND
from liqtui.sim.wires import wires

NOW = 1_790_000_077
SMALL, TINY = "PEPE", "币安人生"
CONTRACTS = [one for wire in wires() for one in wire.contracts if one.base in {SMALL, TINY}]


@pytest.fixture(scope="module")
def tiny() -> Market:
    return lived((one for one in CONTRACTS if one.base == TINY), 3, NOW)


def test_a_day_ends_at_the_very_second(tiny: Market) -> None:
    assert tiny.now(TINY) == NOW * SECOND
    (contract,) = (one for one in CONTRACTS if one.base == TINY)
    book = tiny.book(contract)
    assert len(book.bars) >= 1440
    assert book.bars[-1].at + 60 * SECOND == NOW // 60 * 60 * SECOND
    assert len(book.interest) >= 288
    assert len(book.settled) == 24 // contract.funding_hours


def test_the_process_beside_makes_the_same_market(tiny: Market) -> None:
    with Behind(CONTRACTS, [TINY], 3, NOW) as behind:
        assert behind.left == 1
        behind.start()
        assert behind.next().tickers() == tiny.tickers()
        assert behind.left == 0
        assert not list(behind.here())


def test_who_leaves_early_leaves_nothing_behind() -> None:
    with Behind(CONTRACTS, [SMALL, TINY], 3, NOW) as behind:
        behind.start()
        assert not list(behind.here())
        assert behind.running
    assert not behind.running


def test_without_other_coins_there_is_no_process() -> None:
    with Behind(CONTRACTS, [], 3, NOW) as behind:
        behind.start()
        assert not behind.running
        assert not list(behind.here())


def test_one_coin_opens_and_the_other_is_told_of() -> None:
    told: list[str] = []
    times = iter((NOW * SECOND, (NOW + 7) * SECOND))
    with going_on(CONTRACTS, 3, lambda: next(times), CALM, TINY, told.append) as driven:
        assert {book.ticker.at for book in driven.past()} == {(NOW + 7) * SECOND}
        coming = {book.ticker.contract.base: book.coming for book in driven.past()}
        assert coming == {SMALL: True, TINY: False}
        for moment in driven.moments():
            if moment.known:
                break
            time.sleep(0.02)  # the other process wants to get on as well
        assert {book.ticker.contract.base for book in moment.known} == {SMALL}
        assert {one.contract.base for one in moment.tickers} == {SMALL, TINY}
        assert told == [SMALL]
