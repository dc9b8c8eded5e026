from itertools import pairwise

import pytest

from liqtui.sim.printing import MS
from liqtui.sim.wire import SECOND, Wire, caps, largest, schedule, windows
from liqtui.sim.wires import binance, bybit, gate, okx, wires
from tests.sim import made

WIRES = tuple(wires())


def test_every_module_is_a_wire() -> None:
    assert WIRES == (binance.WIRE, bybit.WIRE, gate.WIRE, okx.WIRE)
    names = [(one.venue, one.symbol) for wire in WIRES for one in wire.contracts]
    assert len(set(names)) == len(names)
    markets = {(one.venue, one.market) for wire in WIRES for one in wire.contracts}
    assert len(markets) == 7


@pytest.mark.parametrize("wire", WIRES, ids=lambda wire: wire.venue)
def test_majors_and_a_scaled_or_large_contract_are_listed(wire: Wire) -> None:
    assert {"BTC", "ETH", "SOL", "PEPE"} <= {one.base for one in wire.contracts}
    pepe = next(one for one in wire.contracts if one.base == "PEPE")
    assert pepe.scale == 1000 or pepe.size == 1e7


@pytest.mark.parametrize("wire", WIRES, ids=lambda wire: wire.venue)
def test_every_get_a_client_makes_is_answered(wire: Wire) -> None:
    books = made.books(wire)
    since, until = books[wire.contracts[0].symbol].bars[0].at, made.AT
    urls = [*wire.listing(), *wire.polls()]
    urls += [url for one in wire.contracts for url in wire.past(one, since, until, 5)]
    for url in urls:
        reply = wire.rest(url, books, made.AT)
        assert reply.status == 200, url
        for nothing in (b"error", b'"list":[]', b'"data":[]'):
            assert nothing not in reply.body, url
        assert reply.body != b"[]", url


@pytest.mark.parametrize("wire", WIRES, ids=lambda wire: wire.venue)
def test_garbage_from_a_client_is_no_failure(wire: Wire) -> None:
    for socket in wire.sockets(made.AT):
        for frame in (
            b"",
            b"\xff\x00",
            b"[]",
            b"{}",
            b'{"op":5,"args":[{}],"method":[]}',
            b'{"op":"subscribe","args":["channel",[]],"method":"SUBSCRIBE","params":7}',
            b'{"op":"subscribe","args":7,"event":"subscribe","payload":{"a":1}}',
        ):
            assert not wire.answer(socket.url, frame, frozenset(), made.AT).topics


@pytest.mark.parametrize("wire", WIRES, ids=lambda wire: wire.venue)
def test_batches_hold_each_liquidation_once_and_settle(wire: Wire) -> None:
    contract = wire.contracts[0]
    dead = [made.liquidated(contract, at=made.AT + n * 70 * MS) for n in range(60)]
    whole = wire.batches(dead)
    told = [id(one) for batch in whole for one in (*batch.liquidated, *batch.hidden)]
    assert sorted(told) == sorted(id(one) for one in dead)
    assert [batch.at for batch in whole] == sorted(batch.at for batch in whole)
    now = made.AT + 2 * SECOND
    early = wire.batches([one for one in dead if one.at <= now])
    assert [b for b in early if b.at <= now] == [b for b in whole if b.at <= now]


def test_prices_and_quantities_are_counted_in_the_contracts_own_units() -> None:
    pepe = made.contract(binance.WIRE, "1000PEPEUSDT")
    assert pepe.printed(4.56789e-6) == pytest.approx(0.0045679, rel=1e-12)
    assert pepe.counted(7_654_321, 4.5e-6) == 7654
    assert made.contract(okx.WIRE, "BTC-USDT-SWAP").counted(0.08553, 8e4) == pytest.approx(8.55)
    assert made.contract(bybit.WIRE, "BTCUSD").counted(0.5, 80_000.4) == 40_000
    assert made.contract(gate.WIRE, "BTC_USDT").counted(1.0, 8e4) == 10_000


def test_maintenance_margin_is_continuous_where_tiers_meet() -> None:
    for wire in WIRES:
        for contract in wire.contracts:
            for lower, upper in pairwise(contract.tiers):
                assert lower.deduction is not None
                assert upper.deduction is not None
                margin = upper.floor * lower.rate - lower.deduction
                assert upper.floor * upper.rate - upper.deduction == pytest.approx(margin)


def test_published_deductions_follow_from_the_schedule() -> None:
    tiers = schedule((0, 0.004, 150), (300e3, 0.005, 100), (800e3, 0.0065, 75), (3e6, 0.01, 50))
    assert [tier.deduction for tier in tiers] == [0, 300, 1500, 12_000]
    assert caps(tiers) == [300e3, 800e3, 3e6, 6e6]


def test_windows_may_be_shared_by_symbols() -> None:
    first, second = (made.contract(binance.WIRE, name) for name in ("BTCUSDT", "ETHUSDT"))
    dead = [made.liquidated(first), made.liquidated(second, at=made.AT + MS)]
    assert len(windows(dead, SECOND, apart=False)) == 1
    (batch,) = windows(dead, SECOND, apart=False)
    assert largest(batch).liquidated == (dead[1],)


def test_bars_are_put_together() -> None:
    book = made.book(made.contract(binance.WIRE, "BTCUSDT"))
    first, *_, last = book.candles(900)
    assert (first.open, first.close, first.high, first.low) == (
        book.bars[0].open,
        book.bars[14].close,
        book.bars[14].high,
        book.bars[0].low,
    )
    assert (first.volume, first.taker_buy, first.trades, first.seconds) == (75, 45, 105, 900)
    assert last.at - first.at == 3 * 900 * SECOND
    assert [one.at % (300 * SECOND) for one in book.points(300)] == [0] * 12
