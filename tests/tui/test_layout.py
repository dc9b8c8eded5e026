import itertools

import pytest

from liqtui.tui.layout import PANES, PRESETS, Box, arrange, walls

SIZES = [(200, 50), (160, 45), (120, 40), (110, 30), (100, 30), (80, 24), (60, 16), (40, 12)]


def _cells(box: Box) -> set[tuple[int, int]]:
    return set(itertools.product(range(box.x, box.right), range(box.y, box.bottom)))


@pytest.mark.parametrize(("width", "height"), [*SIZES, (300, 90), (77, 22), (41, 13), (10, 4)])
@pytest.mark.parametrize("venues", [1, 7, 40])
@pytest.mark.parametrize("preset", PRESETS)
def test_panes_cover_the_body_without_overlap(
    width: int, height: int, venues: int, preset: str
) -> None:
    boxes = arrange(width, height, venues, None, "heatmap", preset)
    taken = [cell for box in boxes.values() for cell in _cells(box)]
    assert len(taken) == len(set(taken))
    assert set(taken) == set(itertools.product(range(width), range(1, height - 1)))


@pytest.mark.parametrize("name", PANES)
def test_a_zoomed_pane_has_the_whole_body(name: str) -> None:
    boxes = arrange(160, 45, 7, name, "heatmap")
    assert set(boxes) - {"ladder"} == {name}


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_what_is_seen_at_each_size(width: int, height: int) -> None:
    seen = set(arrange(width, height, 7, None, "heatmap"))
    if width >= 150 and height >= 48:
        assert seen == {*PANES, "ladder"} - {"log", "score"}
    elif width >= 110 and height >= 30:
        assert seen == {"heatmap", "ladder", "tape", "venues", "clusters"}
    elif width >= 76 and height >= 22:
        assert seen == {"heatmap", "ladder", "tape", "venues"}
    else:
        assert seen - {"ladder"} == {"heatmap"}


@pytest.mark.parametrize(
    ("preset", "longest"), [("all", "tape"), ("flow", "tape"), ("risk", "score")]
)
@pytest.mark.parametrize("height", [40, 50])
def test_the_pane_with_most_to_show_gets_what_the_others_leave(
    preset: str, longest: str, height: int
) -> None:
    boxes = arrange(200, height, 5, None, "heatmap", preset)
    side = boxes[longest].x
    beside = {name: box.height for name, box in boxes.items() if box.x == side}
    assert max(beside, key=lambda name: beside[name]) == longest
    assert all(rows <= 12 for name, rows in beside.items() if name != longest)


def test_the_pane_with_the_keys_is_the_one_shown_where_there_is_room_for_one() -> None:
    assert set(arrange(60, 16, 7, None, "tape")) == {"tape"}


def _picture(width: int, height: int) -> list[str]:
    boxes = arrange(width, height, 7, None, "heatmap")
    rows = [[" "] * width for _ in range(height)]
    for name, wall in walls(boxes).items():
        box = boxes[name]
        rows[box.y][box.x : box.right] = wall.top
        for y, piece in enumerate(wall.left, box.y + 1):
            rows[y][box.x] = piece
    return ["".join(row) for row in rows]


def test_walls_join() -> None:
    rows = _picture(80, 24)
    assert rows[1] == "─" * 64 + "┬" + "─" * 15
    assert rows[2] == " " * 64 + "│" + " " * 15
    assert rows[14] == "─" * 39 + "┬" + "─" * 24 + "┴" + "─" * 15
    rows = _picture(120, 40)
    assert rows[-9] == "─" * 63 + "┴" + "─" * 15 + "┼" + "─" * 40
