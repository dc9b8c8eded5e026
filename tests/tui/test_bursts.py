from msgspec.structs import replace

from liqtui.model.market import Side
from liqtui.model.snapshot import TapeRow
from liqtui.model.view import View
from liqtui.tui.bursts import bursts
from tests.tui.scene import SECOND, tape

ROW = tape(View()).rows[0]


def at(seconds: float, number: int, **changes: object) -> TapeRow:
    row = replace(ROW, number=number, at=round(seconds * SECOND), notional=10.0, quantity=1.0)
    return replace(row, **changes)


def numbers(rows: list[TapeRow], seconds: float = 2.0) -> list[list[int]]:
    return [[row.number for row in burst.rows] for burst in bursts(rows[::-1], seconds)]


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
    (before,), (after,) = bursts(rows[:1], 2.0), bursts(rows[::-1], 2.0)
    assert before.key == after.key == 0
    assert (after.sums.notional, after.sums.prints, after.sums.cluster) == (10.0, 2, 5.0)
    assert before.sums is rows[0]
