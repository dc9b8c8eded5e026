from liqtui.model.market import Coverage, PriceKind, Side
from liqtui.model.snapshot import TapeRow
from liqtui.model.view import TapeFilter
from liqtui.store.tape import TapeRing, passes
from tests.making import at


def row(
    number: int, usd: float | None = 1000.0, side: Side = Side.LONG, base: str = "BTC"
) -> TapeRow:
    return TapeRow(
        number, "binance", "BIN", base, f"{base}USDT", side, 1.0, PriceKind.FILL, usd, usd,
        Coverage.FULL, at(number),
    )  # fmt: skip


def ring(rows: list[TapeRow], keep: int = 100) -> TapeRing:
    tape = TapeRing(keep)
    for each in rows:
        tape.add(each)
    return tape


def test_newest_first_and_no_more_than_asked() -> None:
    shown = ring([row(n) for n in range(10)]).shown(TapeFilter(), 3, at(10))
    assert [r.number for r in shown.rows] == [9, 8, 7]
    assert (shown.total, shown.hidden, shown.per_minute) == (10, 0, 10.0)


def test_hidden_rows_are_counted() -> None:
    shown = ring([row(0, 10.0), row(1, 5e4), row(2, None)]).shown(TapeFilter(least=1e4), 9, at(3))
    assert [r.number for r in shown.rows] == [1]
    assert shown.hidden == 2


def test_old_rows_are_shown_when_there_is_room_but_not_counted() -> None:
    tape = ring([row(0), row(1)])
    shown = tape.shown(TapeFilter(), 5, at(8000))
    assert [r.number for r in shown.rows] == [1, 0]
    assert shown.per_minute == 0.0


def test_rows_that_come_late_count_by_their_own_time() -> None:
    tape = ring([row(0), row(3000), row(1), row(3650), row(3300)])
    shown = tape.shown(TapeFilter(least=1e4), 5, at(3700))
    assert (shown.hidden, shown.per_minute) == (3, 1.0)
    assert tape.shown(TapeFilter(least=1e4), 5, at(6950)).hidden == 1


def test_another_filter_has_its_own_rows() -> None:
    tape = ring([row(n, usd) for n, usd in enumerate([10.0, 5e4, 10.0, 5e4, 10.0])], keep=3)
    assert [r.number for r in tape.shown(TapeFilter(least=1e4), 9, at(9)).rows] == [3]
    assert [r.number for r in tape.shown(TapeFilter(), 9, at(9)).rows] == [4, 3, 2]
    tape.add(row(5, 5e4))
    shown = tape.shown(TapeFilter(least=1e4), 9, at(9))
    assert ([r.number for r in shown.rows], shown.hidden) == ([5, 3], 2)


def test_the_ring_forgets_but_the_count_does_not() -> None:
    tape = ring([row(n) for n in range(10)], keep=4)
    assert [r.number for r in tape] == [6, 7, 8, 9]
    assert tape.total == 10


def test_every_filter_filters() -> None:
    long = row(0)
    assert passes(long, TapeFilter())
    assert not passes(long, TapeFilter(side=Side.SHORT))
    assert not passes(long, TapeFilter(venues=frozenset({"okx"})))
    assert not passes(long, TapeFilter(bases=frozenset({"ETH"})))
    assert passes(long, TapeFilter(words=("bTc",)))
    assert not passes(long, TapeFilter(words=("!btc",)))
    assert passes(long, TapeFilter(words=("!eth",)))
    assert passes(long, TapeFilter(words=("!",)))
    assert passes(long, TapeFilter(words=("btc", "long")))
    assert not passes(long, TapeFilter(words=("btc", "short")))
    assert not passes(row(1, None), TapeFilter(least=1.0))


def test_filters_in_turn_show_what_each_alone_would() -> None:
    filters = [TapeFilter(least=float(least)) for least in range(0, 2000, 100)]
    rows = [row(n, 100.0 * n) for n in range(25)]
    tape = ring(rows[:10])
    for n in range(10, 25):
        tape.add(rows[n])
        for wanted in filters:
            assert tape.shown(wanted, 50, at(n)) == ring(rows[: n + 1]).shown(wanted, 50, at(n))


def test_rows_that_are_not_kept_leave_every_filter() -> None:
    tape = ring([row(n) for n in range(5)], keep=3)
    first = TapeFilter(), TapeFilter(side=Side.LONG)
    for wanted in first:
        tape.shown(wanted, 9, at(5))
    tape.add(row(5))
    assert [[r.number for r in tape.shown(wanted, 9, at(6)).rows] for wanted in first] == [
        [5, 4, 3],
        [5, 4, 3],
    ]
