from rich.segment import Segment
from rich.style import Style

from liqtui.tui.layout import Box, Walls, walls
from liqtui.tui.palette import Palette
from liqtui.tui.render.frame import Title, filled, framed, troubled
from liqtui.tui.render.line import Cells
from tests.tui.rows import text_of

S = Style()


def _top(night: Palette, title: Title, width: int) -> str:
    wall = walls({"x": Box(0, 0, width, 2)})["x"]
    return text_of(framed(wall, title, [], night, focused=False)[0])


def test_a_title_has_name_notes_and_a_right_side(night: Palette) -> None:
    title = Title("Tape", 2, (("PAUSED +3", S),), ((("5/min", S),),))
    assert _top(night, title, 40) == "─ 2 Tape PAUSED +3 ───────────── 5/min ─"


def test_the_first_wording_that_fits_is_taken(night: Palette) -> None:
    title = Title("Tape", None, (), ((("a long wording", S),), (("short", S),)))
    assert "a long wording" in _top(night, title, 40)
    assert _top(night, title, 18) == "─ Tape ─── short ─"
    assert _top(night, title, 12) == "─ Tape ─────"


def test_notes_leave_room_for_the_right_side_and_are_clipped(night: Palette) -> None:
    title = Title("Map", 1, (("warming up: 3 minutes of history", S),), ((("50M", S),),))
    assert _top(night, title, 36) == "─ 1 Map warming up: 3 minut… ─ 50M ─"


def test_trouble_is_said_first() -> None:
    assert troubled(Title("x", None, (("note", S),)), ("down", S)).notes[0][0] == "down"
    assert troubled(Title("x"), None) == Title("x")


def test_the_wall_stands_left_of_every_row(night: Palette) -> None:
    body: list[Cells] = [(Segment("ab", S),), (Segment("cd", S),)]
    rows = framed(Walls("┬──", "││"), Title(""), body, night, focused=True)
    assert [text_of(row) for row in rows][1:] == ["│ab", "│cd"]


def test_bodies_are_cut_and_filled(night: Palette) -> None:
    row: Cells = (Segment("ab", S),)
    assert [text_of(cells) for cells in filled([row], 2, 3, night)] == ["ab", "  ", "  "]
    assert len(filled([row] * 5, 2, 3, night)) == 3
