from msgspec import structs
from rich.style import Style

from liqtui.tui.render.line import Span, pinch
from liqtui.tui.render.scene import Scene
from liqtui.tui.render.table import Column, fit
from tests.tui.rows import text_of


def _cell(row: str, scene: Scene) -> Span:
    return row, Style()


COLUMNS = (
    Column[str]("name", 6, _cell, right=False),
    Column[str]("a", 4, _cell, 2),
    Column[str]("b", 4, _cell, 1),
    Column[str]("c", 4, _cell, 2),
    Column[str]("rest", 3, _cell, 0, right=False, grow=True),
)


def _titles(width: int) -> list[str]:
    return [column.title for column in fit(COLUMNS, width).columns]


def test_the_least_important_columns_go_first_and_together() -> None:
    assert _titles(40) == ["name", "a", "b", "c", "rest"]
    assert _titles(20) == ["name", "b", "rest"]
    assert _titles(12) == ["name", "rest"]


def test_columns_that_are_always_shown_stay_even_where_they_do_not_fit() -> None:
    assert _titles(3) == ["name", "rest"]


def test_rows_are_aligned_under_their_titles(busy: Scene) -> None:
    table = fit(COLUMNS, 30)
    assert text_of(table.head(Style())) == " name       a     b     c  re…"
    assert text_of(table.row("xy", busy)) == " xy        xy    xy    xy  xy "
    assert text_of(table.row("abcdefghij", busy)) == " abcde…  abc…  abc…  abc…  ab…"


def test_every_row_fills_the_width(busy: Scene) -> None:
    for width in range(1, 60):
        assert len(text_of(fit(COLUMNS, width).row("value", busy))) == width


def test_a_column_gets_what_it_wishes_before_anything_is_left_over(busy: Scene) -> None:
    columns = (structs.replace(COLUMNS[0], wish=10), *COLUMNS[1:])
    assert [fit(columns, width).widths[0] for width in (17, 26, 29, 60)] == [7, 6, 9, 10]
    assert fit(columns, 60).widths[-1] > 3


def test_a_pinched_cell_keeps_both_ends(busy: Scene) -> None:
    table = fit((structs.replace(COLUMNS[0], shorten=pinch),), 7)
    assert text_of(table.row("abcdefghij", busy)) == " abc…ij"
