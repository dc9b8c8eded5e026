import pytest
from msgspec import structs

from liqtui.model.view import View
from tests import approval
from tests.tui.conftest import THEMES
from tests.tui.scene import Stage
from tests.tui.stage import APPROVED, SETTINGS, app_of, frame, rows_of, running, screen_of


async def test_truth_is_known_only_in_the_demo() -> None:
    stage = Stage()
    app = app_of(stage)
    async with running(app) as pilot:
        await pilot.press("T")
        await frame(app, pilot)
        assert "truth is known only in the demo" in rows_of(app)[-1]
        assert not any(view.truth for view in stage.views)


@pytest.mark.parametrize("size", ["200x50", "120x40", "80x24", "60x16", "40x12"])
@pytest.mark.parametrize("ascii_only", [False, True])
async def test_the_truth_is_toggled_at_any_size(size: str, ascii_only: bool) -> None:
    width, height = map(int, size.split("x"))
    app = app_of(Stage(source="simulated"), structs.replace(SETTINGS, ascii=ascii_only))
    async with running(app, width, height) as pilot:
        await frame(app, pilot)
        before = rows_of(app)[1:-1]
        await pilot.press("T")
        await frame(app, pilot)
        rows = rows_of(app)
        assert {len(row) for row in rows} == {width}
        assert width < 48 or "truth 63% shared" in rows[1]
        assert width < 48 or "truth" in rows[1][rows[1].index("est.") :]
        assert rows[1:-1] != before
        if not ascii_only and width in (120, 60, 40):
            approval.check(APPROVED / f"screen-truth-{size}.txt", screen_of(app))
        await pilot.press("T")
        await frame(app, pilot)
        assert rows_of(app)[1:-1] == before


@pytest.mark.parametrize("theme", sorted(path.stem for path in THEMES.glob("*.toml")))
async def test_the_truth_can_be_told_from_the_estimate_in_every_theme(theme: str) -> None:
    settings = structs.replace(SETTINGS, theme=theme)
    app = app_of(Stage(source="simulated"), settings, view=View(truth=True))
    async with running(app, 120, 40) as pilot:
        await frame(app, pilot)
        colours = app.dashboard._dress.palette
        assert colours.mark not in (colours.long_bar, colours.short_bar, colours.ground)
        assert "truth 63% shared" in rows_of(app)[1]


async def test_the_truth_beside_a_part_of_the_estimate_is_said_to_be_of_all() -> None:
    view = View(truth=True, venues=frozenset({"aurora"}))
    app = app_of(Stage(source="simulated"), view=view)
    async with running(app, 200, 50):
        assert "truth of all 63% shared" in rows_of(app)[1]


async def test_a_truth_that_nobody_tells_is_said_to_be_unknown() -> None:
    stage = Stage(source="simulated")
    app = app_of(stage)
    async with running(app) as pilot:
        await pilot.press("T")
        stage.now = structs.replace(stage.now, truth=None)
        await frame(app, pilot)
        assert "truth unknown" in rows_of(app)[1]
        assert "63%" not in rows_of(app)[1]
