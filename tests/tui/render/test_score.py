from msgspec import structs

from liqtui.model.market import Side
from liqtui.model.score import Grade, Score, Touch
from liqtui.tui.render.scene import Scene
from liqtui.tui.render.score import score
from liqtui.tui.widgets.score import ScorePane
from tests.tui.rows import text_of
from tests.tui.scene import NOON, SECOND

GRADES = (
    Grade("liqtui+cal", 1800, 40, 812.0, 0.12, 0.04, 0.2, 1.1, 0.5, 9, 2 / 3, 0.2),
    Grade("uniform", 1800, 40, 812.0, 0.0, None, None, 812.0, None),
    Grade("oi-candle+cal", 14_400),
)
TOUCHES = (
    Touch(NOON - 60 * SECOND, Side.LONG, 61_000.0, 2e6, 3e6, 0.7),
    Touch(NOON - 600 * SECOND, Side.SHORT, 64_000.0, 4e6, 1e5, 0.55),
)
SCORE = Score("BTC", NOON - 3600 * SECOND, "liqtui+cal", GRADES, TOUCHES)


def shown(scene: Scene, found: Score | None, width: int = 80, height: int = 12) -> list[str]:
    scene = structs.replace(scene, snapshot=structs.replace(scene.snapshot, score=found))
    rows = [text_of(row) for row in score(scene, width, height)]
    assert all(len(row) == width for row in rows)
    return rows


def test_methods_are_graded_beside_each_other(busy: Scene) -> None:
    head, ours, even, *_ = shown(busy, SCORE)
    assert "said/was" in head
    assert "+0.12" in ours
    assert "+0.04 to +0.20" in ours
    assert "67% of 9" in ours
    assert "812x" in even
    assert not any("oi-candle" in row for row in shown(busy, SCORE))


def test_misses_are_listed_too(busy: Scene) -> None:
    told = shown(busy, SCORE)
    assert any(("61,000" in row or "61000" in row) and "fired" in row for row in told)
    assert any(("64,000" in row or "64000" in row) and "missed" in row for row in told)


def test_it_says_why_there_is_nothing_and_what_is_doubtful(busy: Scene) -> None:
    assert "not scored" in "\n".join(shown(busy, None))
    nothing = structs.replace(SCORE, grades=(), warming="no open interest yet")
    assert "no open interest yet" in "\n".join(shown(busy, nothing))
    assert "warming: 20 %" in shown(busy, structs.replace(SCORE, warming="20 % turned over"))[0]


def test_a_narrow_pane_keeps_what_matters(busy: Scene) -> None:
    head, ours, *_ = shown(busy, SCORE, width=34)
    assert "gain" in head
    assert "+0.12" in ours
    assert "to" not in ours


def test_it_scrolls(busy: Scene) -> None:
    scene = structs.replace(busy, snapshot=structs.replace(busy.snapshot, score=SCORE))
    rows = score(scene, 80, 12)
    assert score(scene, 80, 5, first=2) == rows[2:7]


def test_the_title_says_since_when(busy: Scene) -> None:
    scene = structs.replace(busy, snapshot=structs.replace(busy.snapshot, score=SCORE))
    title = ScorePane("score").title(scene)
    assert title.right[0][0][0] == f"since {busy.zone.clock(SCORE.since)}"
    assert ScorePane("score").title(busy).right == ()
