from msgspec.structs import replace

from liqtui.sim.agenda import Agenda
from liqtui.sim.feed import Moment
from liqtui.sim.memory import Memory
from liqtui.sim.printing import MS
from liqtui.sim.wire import SECOND, Happening, Liquidated, Ticker, Traded
from liqtui.sim.wires import bybit
from tests.sim import made

WIRE = bybit.WIRE
BTC = bybit.CONTRACTS[0]


def fresh() -> tuple[Agenda, Memory]:
    memory = Memory(made.book(BTC))
    return Agenda({BTC.symbol: memory}), memory


def told(agenda: Agenda, at: int) -> list[Happening]:
    return [one for lot in agenda.due(at, WIRE.listing_only({BTC.symbol})) for one in lot]


def test_each_thing_is_told_when_it_happened_and_not_before() -> None:
    agenda, memory = fresh()
    trades = [replace(made.traded(BTC), at=made.AT + n * SECOND) for n in (2, 0, 1)]
    agenda.take(Moment(made.AT + 3 * SECOND, trades), 0)
    assert told(agenda, made.AT - 1) == []
    assert told(agenda, made.AT + SECOND) == [trades[1], trades[2]]
    assert list(memory.book.trades) == [trades[1], trades[2]]
    assert agenda.busy
    assert told(agenda, made.AT + 9 * SECOND) == [trades[0]]
    assert not agenda.busy


def test_a_bar_is_known_when_its_step_is_over() -> None:
    agenda, memory = fresh()
    (bar,) = made.bars(BTC, 1)
    agenda.take(Moment(made.AT, bars=[bar]), 0)
    told(agenda, made.AT - 1)
    assert memory.book.bars[-1] is not bar
    told(agenda, made.AT)
    assert memory.book.bars[-1] is bar


def test_liquidations_wait_for_their_batch() -> None:
    agenda, _ = fresh()
    dead = [made.liquidated(BTC, at=made.AT + n * 100 * MS) for n in range(8)]
    agenda.take(Moment(made.AT + SECOND, dead), 0)
    assert told(agenda, made.AT + 499 * MS) == []
    assert told(agenda, made.AT + 500 * MS) == dead[:5]
    assert (agenda.happened, agenda.busy) == (6, True)
    assert told(agenda, made.AT + 999 * MS) == []
    assert told(agenda, made.AT + 1000 * MS) == dead[5:]
    assert (agenda.happened, agenda.hidden, agenda.busy) == (8, 0, False)


def test_of_several_tickers_the_last_is_told_and_what_was_told_before() -> None:
    agenda, _ = fresh()
    tickers = [made.ticker(BTC, made.AT + n * SECOND, mark=8e4 + n) for n in range(4)]
    agenda.take(Moment(made.AT, tickers=tickers), 0)
    (first,) = told(agenda, made.AT + SECOND)
    assert isinstance(first, Ticker)
    assert (first.marked.mark, first.before) == (80_001.0, None)
    (second,) = told(agenda, made.AT + 3 * SECOND)
    assert isinstance(second, Ticker)
    assert second.before == tickers[1]
    agenda.forget()
    agenda.take(Moment(made.AT, tickers=tickers[:1]), 0)
    (third,) = told(agenda, made.AT + 4 * SECOND)
    assert isinstance(third, Ticker)
    assert third.before is None


def test_what_is_not_listed_is_not_told() -> None:
    agenda, _ = fresh()
    other = made.contract(WIRE, "ETHUSDT")
    happened: list[Liquidated | Traded] = [made.traded(other), made.liquidated(other)]
    agenda.take(Moment(made.AT, happened), 0)
    assert told(agenda, made.AT + SECOND) == []
    assert agenda.happened == 0


def test_a_clock_that_is_ahead_dates_what_is_told_and_remembered_but_not_when() -> None:
    agenda, memory = fresh()
    dead, trade = made.liquidated(BTC), made.traded(BTC)
    agenda.take(Moment(made.AT, [dead, trade], [made.ticker(BTC)]), 0)
    wire, skew = WIRE.listing_only({BTC.symbol}), 7 * SECOND
    assert not list(agenda.due(made.AT - 1, wire, skew))
    told = [one for lot in agenda.due(made.AT + SECOND, wire, skew) for one in lot]
    assert [one.at for one in told] == [made.AT + skew] * 3
    assert memory.book.liquidated[-1].at == memory.book.trades[-1].at == made.AT + skew
    assert memory.book.ticker.at == made.AT + skew
