from msgspec.structs import replace

from liqtui.model.market import Side
from liqtui.model.snapshot import TapeRow
from liqtui.model.view import View
from liqtui.tui.bursts import Bursts
from tests.tui.scene import SECOND, tape

ROW = tape(View()).rows[0]


def at(seconds: float, number: int, **changes: object) -> TapeRow:
    row = replace(ROW, number=number, at=round(seconds * SECOND), notional=10.0, quantity=1.0)
    return replace(row, **changes)


def numbers(rows: list[TapeRow], seconds: float = 2.0) -> list[list[int]]:
    return [[row.number for row in burst.rows] for burst in Bursts().take(rows[::-1], seconds)]


def test_prints_of_one_side_within_the_pause_are_one_row() -> None:
    assert numbers([at(0, 0), at(1, 1), at(2.5, 2), at(5, 3)]) == [[3], [2, 1, 0]]
    assert numbers([at(0, 0), at(1, 1)], seconds=0) == [[1], [0]]


def test_others_in_between_do_not_part_them() -> None:
    mixed = [at(0, 0), at(1, 1, side=Side.LONG), at(1, 2, symbol="XYZ"), at(2, 3)]
    assert [sorted(burst) for burst in numbers(mixed)] == [[0, 3], [2], [1]]


def test_what_is_quarantined_stays_alone() -> None:
    assert numbers([at(0, 0), at(1, 1, quarantined="absurd"), at(2, 2)]) == [[2, 0], [1]]


def test_a_burst_does_not_go_on_for_ever() -> None:
    rows = [at(1.9 * n, n) for n in range(30)]
    assert all(burst[0] - burst[-1] <= 11 for burst in numbers(rows))
    assert sum(map(len, numbers(rows))) == 30


def test_it_keeps_its_key_while_it_grows_and_sums_what_is_known() -> None:
    rows = [at(0, 0), at(1, 1, notional=None, cluster=5.0)]
    growing = Bursts()
    (before,), (after,) = growing.take(rows[:1], 2.0), growing.take(rows[::-1], 2.0)
    assert before.key == after.key == 0
    assert (after.sums.notional, after.sums.prints, after.sums.cluster) == (10.0, 2, 5.0)
    assert before.sums is rows[0]


def test_a_burst_keeps_the_prints_that_have_left_the_tape() -> None:
    rows = [at(0.5 * n, n) for n in range(12)]
    growing = Bursts()
    for newest in range(12):
        shown = growing.take(rows[max(0, newest - 3) : newest + 1][::-1], 2.0)
    assert [row.number for row in shown[0].rows] == list(range(11, -1, -1))
    assert shown[0].sums.notional == 120.0


def test_it_starts_over_where_the_tape_is_another_or_was_missed() -> None:
    growing = Bursts()
    growing.take([at(0, 0)], 2.0, "all")
    assert [len(one.rows) for one in growing.take([at(1, 1), at(0, 0)], 2.0, "some")] == [2]
    assert [one.key for one in growing.take([at(1.5, 9)], 2.0, "some")] == [9]
    assert [one.key for one in growing.take([at(0, 0)], 2.0, "some")] == [0]
    assert growing.take([], 2.0, "some") == []
    assert [one.key for one in growing.take([at(1, 1)], 2.0, "some")] == [1]
    assert [one.key for one in growing.take([at(1, 1), at(0, 0)], 2.0, "some")] == [0]


def test_it_holds_no_more_prints_than_it_may() -> None:
    growing = Bursts(keep=6)
    rows = [at(9 * (n // 3) + n % 3, n) for n in range(9)]
    for count in range(1, 10):
        shown = growing.take(rows[max(0, count - 2) : count][::-1], 2.0)
    assert [burst.key for burst in shown] == [6, 3]
