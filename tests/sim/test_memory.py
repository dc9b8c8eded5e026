from liqtui.sim.memory import Memory
from liqtui.sim.wire import SECOND, Settled
from liqtui.sim.wires import binance
from tests.sim import made

BTC = binance.CONTRACTS[0]


def test_what_follows_is_added() -> None:
    book = made.book(BTC, minutes=3)
    memory = Memory(book)
    later = made.bars(BTC, 1)[0]
    dead, trade = made.liquidated(BTC), made.traded(BTC)
    paid = Settled(BTC, 0.0001, 8e4, made.AT)
    for one in (later, dead, trade, paid):
        memory.note(one)
    held = memory.book
    assert list(held.bars) == [*book.bars, later]
    assert list(held.liquidated) == [*book.liquidated, dead]
    assert list(held.trades) == [trade]
    assert list(held.settled) == [*book.settled, paid]
    assert len(book.bars) == 3


def test_open_interest_is_remembered_each_five_minutes() -> None:
    memory = Memory(made.book(BTC, minutes=3))
    before = len(memory.book.interest)
    start = made.AT - made.AT % (300 * SECOND)
    for second in range(0, 901, 7):
        memory.note(made.ticker(BTC, start + second * SECOND, oi=float(second)))
    points = list(memory.book.interest)[before:]
    assert [(one.at - start) // SECOND for one in points] == [300, 600, 900][: len(points)]
    assert len(points) >= 2
    assert [one.quantity for one in points][:2] == [301.0, 602.0]
    assert memory.book.ticker.interest.quantity == 896.0


def test_the_oldest_is_forgotten() -> None:
    memory = Memory(made.book(BTC))
    for _ in range(3000):
        memory.note(made.traded(BTC))
    assert len(memory.book.trades) == 1000


def test_a_ticker_does_not_hold_all_before_it() -> None:
    memory = Memory(made.book(BTC))
    first = made.ticker(BTC)
    memory.note(
        made.ticker(BTC).__class__(first.marked, first.interest, 1.0, 1.0, first.day, first)
    )
    assert memory.book.ticker.before is None
