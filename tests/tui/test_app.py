import pytest
from msgspec import structs

from liqtui.settings import ScreenSettings
from tests import approval
from tests.tui.scene import Stage
from tests.tui.stage import APPROVED, SETTINGS, app_of, frame, painted, rows_of, running, screen_of


@pytest.mark.parametrize("size", ["200x50", "160x45", "120x40", "80x24", "60x16", "40x12"])
async def test_the_whole_screen(size: str) -> None:
    width, height = map(int, size.split("x"))
    app = app_of(Stage())
    async with running(app, width, height):
        assert {len(row) for row in rows_of(app)} == {width}
        approval.check(APPROVED / f"screen-{size}.txt", screen_of(app))


@pytest.mark.parametrize("variant", ["ascii", "mono", "16"])
async def test_the_screen_of_a_poorer_terminal(variant: str) -> None:
    color = {"mono": "none", "16": "16"}.get(variant, "truecolor")
    settings = structs.replace(SETTINGS, color=color, ascii=variant == "ascii")
    app = app_of(Stage(), settings)
    async with running(app, 100, 30):
        shown = screen_of(app)
        assert variant != "ascii" or shown.isascii()
        assert variant != "ascii" or "?" not in shown.replace("$4.40B?", "").replace("? help", "")
        approval.check(APPROVED / f"screen-{variant}.txt", shown)


def test_low_bandwidth_halves_the_rates() -> None:
    plain = app_of(Stage(), ScreenSettings(color="16"))
    slow = app_of(Stage(), ScreenSettings(color="16", low_bandwidth=True))
    assert (plain._tick_s, plain._dress().heat_every) == (0.25, 2)
    assert (slow._tick_s, slow._dress().heat_every) == (0.5, 2)


async def test_themes_and_zones_change_what_is_there() -> None:
    stage = Stage()
    app = app_of(stage)
    async with running(app) as pilot:
        assert app.theme == "night"
        await pilot.press("t")
        assert app.theme == "paper"
        assert "theme paper" in rows_of(app)[-1]
        strip = app.screen._compositor.render_strips()[5]
        assert any(s.style and s.style.bgcolor and s.style.bgcolor.name == "#fbfaf7" for s in strip)
        for _ in range(5):
            await pilot.press("t")
        assert app.theme == "night"
        await pilot.press("u")
        assert app._zone.name == "local"
        await pilot.press("u")
        assert " UTC" in rows_of(app)[0]


async def test_help_is_laid_over_and_left() -> None:
    app = app_of(Stage())
    async with running(app, 80, 24) as pilot:
        await pilot.press("question_mark")
        assert "Help" in rows_of(app)[0]
        before = rows_of(app)[1]
        await pilot.press("pagedown")
        assert rows_of(app)[1] != before
        await pilot.press("question_mark")
        assert "Heatmap" in rows_of(app)[1]


async def test_without_colour_nothing_is_coloured_not_even_a_prompt() -> None:
    app = app_of(Stage(), structs.replace(SETTINGS, color="none"))
    async with running(app) as pilot:
        for key in ("slash", "escape", "s"):
            await pilot.press(key)
            await painted(app, pilot)
            for strip in app.screen._compositor.render_strips():
                styles = [segment.style for segment in strip if segment.style]
                assert not [style for style in styles if style.color or style.bgcolor]


async def test_the_mouse_is_taken_and_left() -> None:
    app = app_of(Stage())
    async with running(app) as pilot:
        first = app._mouse_on
        for expected in (not first, first):
            await pilot.press("percent_sign")
            assert app._mouse_on is expected
            assert f"mouse {'on' if expected else 'off'}" in rows_of(app)[-1]


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
async def test_it_is_left(key: str) -> None:
    app = app_of(Stage())
    async with running(app) as pilot:
        await pilot.press("slash" if key == "ctrl+c" else "2", key)
        await pilot.pause()
        assert app._exit
        assert app.return_code == 0


async def test_keys_as_configured() -> None:
    app = app_of(Stage(), structs.replace(SETTINGS, keys={"tape": "x", "zoon": "y"}))
    async with running(app) as pilot:
        assert "screen.keys: no action 'zoon': did you mean 'zoom'?" in rows_of(app)[-1]
        await pilot.press("2")
        assert app.dashboard.current == "heatmap"
        await pilot.press("x")
        assert app.dashboard.current == "tape"


async def test_any_size_can_be_drawn() -> None:
    app = app_of(Stage())
    async with running(app) as pilot:
        for width, height in ((1, 1), (10, 3), (40, 5), (76, 22), (300, 90), (80, 24)):
            await pilot.resize_terminal(width, height)
            await frame(app, pilot)
        assert "Heatmap" in screen_of(app)
