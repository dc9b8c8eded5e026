import numpy as np
import pytest
from msgspec import structs
from textual.strip import Strip

from liqtui.model.alert import Alert, AlertKind
from liqtui.model.market import Side
from liqtui.model.snapshot import EMPTY, Snapshot
from liqtui.model.view import View
from liqtui.tui.render import crosshair
from liqtui.tui.render.heatmap import AXIS
from liqtui.tui.widgets.pane import Rows
from tests import approval
from tests.tui.scene import NOON, SECOND, Stage, snapshot
from tests.tui.stage import (
    APPROVED,
    SETTINGS,
    app_of,
    entered,
    frame,
    ground_of,
    painted,
    rows_of,
    running,
    screen_of,
    typing,
)  # fmt: skip


async def test_before_the_first_snapshot_the_screen_says_so() -> None:
    stage = Stage()
    stage.now = EMPTY
    stage.look = stage.views.append  # type: ignore[method-assign,assignment] # deaf
    app = app_of(stage)
    async with running(app, 120, 40):
        approval.check(APPROVED / "screen-empty.txt", screen_of(app))


async def test_the_view_asks_for_a_map_that_fills_its_pane() -> None:
    stage = Stage()
    app = app_of(stage, view=View(base="ETH", column_s=300))
    async with running(app, 120, 40) as pilot:
        first = stage.views[-1]
        space = app.dashboard.heatmap.space
        assert (first.columns, first.rows) == (space.columns, space.lines * 2)
        assert (first.base, first.column_s) == ("ETH", 300)
        await pilot.resize_terminal(160, 45)
        await frame(app, pilot)
        assert stage.views[-1].columns > first.columns


async def test_a_frame_with_no_change_paints_no_line(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage()
    app = app_of(stage)
    async with running(app) as pilot:
        drawn: list[int] = []
        render_line = Rows.render_line

        def counted(rows: Rows, y: int) -> Strip:
            drawn.append(y)
            return render_line(rows, y)

        monkeypatch.setattr(Rows, "render_line", counted)
        await frame(app, pilot)
        stage.now = snapshot(stage.views[-1])
        assert stage.now is not app.dashboard._snapshot
        await frame(app, pilot)
        await frame(app, pilot)
        assert drawn == []
        stage.now = snapshot(stage.views[-1], NOON + SECOND)
        await frame(app, pilot)
        assert 0 < len(drawn) < 60


async def test_the_heatmap_is_painted_less_often_than_the_rest() -> None:
    stage = Stage()
    app = app_of(stage, structs.replace(SETTINGS, heat_hz=2))
    assert app._dress().heat_every == 2
    async with running(app) as pilot:
        shown: list[Snapshot | None] = []
        for second in range(1, 5):
            stage.now = snapshot(stage.views[-1], NOON + second * SECOND)
            await frame(app, pilot)
            shown.append(app.dashboard._heat_shown)
            assert f"12:04:3{1 + second}" in rows_of(app)[0]
        assert len({id(one) for one in shown}) in (2, 3)


async def test_pause_freezes_the_view_but_not_the_intake() -> None:
    stage = Stage()
    app = app_of(stage)
    async with running(app) as pilot:
        before = rows_of(app)
        await pilot.press("space")
        later = snapshot(stage.views[-1], NOON + 60 * SECOND)
        stage.now = structs.replace(
            later, tape=structs.replace(later.tape, total=stage.now.tape.total + 37)
        )
        await frame(app, pilot)
        paused = rows_of(app)
        assert "PAUSED +37" in paused[1]
        assert "12:05:31" in paused[0]
        assert paused[2:30] == before[2:30]
        await pilot.press("minus")
        await frame(app, pilot)
        assert "PAUSED +0" in rows_of(app)[1]
        await pilot.press("space")
        await frame(app, pilot)
        assert "PAUSED" not in screen_of(app)


async def test_panes_by_number_tab_and_zoom() -> None:
    app = app_of(Stage())
    async with running(app) as pilot:
        await pilot.press("2")
        assert app.dashboard.current == "tape"
        await pilot.press("tab", "tab", "tab")
        assert app.dashboard.current == "heatmap"
        await pilot.press("shift+tab", "z")
        assert "4 Clusters" in rows_of(app)[1]
        assert "Tape" not in screen_of(app)
        await pilot.press("tab")
        assert "5 Log" in rows_of(app)[1]
        await pilot.press("escape")
        assert app.dashboard.current == "heatmap"
        assert "2 Tape" in screen_of(app)


async def test_a_pane_without_room_gets_the_whole_screen() -> None:
    app = app_of(Stage())
    async with running(app, 80, 24) as pilot:
        await pilot.press("8")
        assert "8 Health" in rows_of(app)[1]
        assert "Venues" not in screen_of(app)
        await pilot.press("z")
        assert "3 Venues" in screen_of(app)


async def test_presets_put_other_panes_beside_the_map() -> None:
    app = app_of(Stage())
    async with running(app, 160, 50) as pilot:
        for named, gone in (
            (("Tape", "Volume", "Log"), "Clusters"),
            (("Clusters", "Volume", "Score"), "Tape"),
            (("Heatmap", "Venues"), "Clusters"),
            (("Tape", "Clusters", "Volume", "Health"), "Log"),
        ):
            await pilot.press("p")
            await frame(app, pilot)
            shown = screen_of(app)
            assert all(name in shown for name in named)
            assert gone not in shown
        await pilot.press("colon", *typing("preset map"), "enter", "6")
        await painted(app, pilot)
        assert "CVD 1h" in screen_of(app)


async def test_one_pane_at_a_time_where_there_is_room_for_one() -> None:
    app = app_of(Stage())
    async with running(app, 60, 16) as pilot:
        for key, name in (
            ("3", "3 Venues"),
            ("tab", "4 Clusters"),
            ("2", "2 Tape"),
            ("1", "1 Map"),
        ):
            await pilot.press(key)
            assert name in rows_of(app)[1]


async def test_answers_of_the_core_are_shown_for_some_seconds() -> None:
    stage = Stage()
    app = app_of(stage)
    async with running(app) as pilot:
        stage.now = structs.replace(snapshot(stage.views[-1]), notices=("old", "watching ETH"))
        await frame(app, pilot)
        assert "watching ETH" in rows_of(app)[-1]
        for _ in range(24):
            app.tick()
        await painted(app, pilot)
        assert "watching ETH" not in rows_of(app)[-1]


async def test_what_happens_waits_until_an_answer_was_read() -> None:
    stage = Stage()
    app = app_of(stage)
    async with running(app) as pilot:
        await entered(app, pilot, "tf 7q")
        await painted(app, pilot)
        answer = rows_of(app)[-1]
        assert "7q" in answer
        app.dashboard.tell("an alert")
        await frame(app, pilot)
        assert "7q" in rows_of(app)[-1]
        for _ in range(12):
            app.tick()
        await painted(app, pilot)
        assert "an alert" in rows_of(app)[-1]
        app.dashboard.tell("another")
        await painted(app, pilot)
        assert "another" in rows_of(app)[-1]


async def test_a_core_that_says_nothing_is_called_silent() -> None:
    app = app_of(Stage())
    async with running(app) as pilot:
        for _ in range(20):
            app.tick()
        await painted(app, pilot)
        assert "core silent 5s" in rows_of(app)[0]
        assert "core silent 5s" in rows_of(app)[1]


async def test_the_mouse_chooses_panes_and_turns_lists() -> None:
    app = app_of(Stage())
    async with running(app) as pilot:
        await pilot.click("#tape", offset=(5, 5))
        assert app.dashboard.current == "tape"
        await pilot.click("#ladder", offset=(2, 5))
        assert app.dashboard.current == "heatmap"


async def test_a_map_that_cannot_be_split_is_said_to_be_of_all() -> None:
    stage = Stage()
    view = View(side=Side.LONG, venues=frozenset({"aurora"}), tiers=frozenset({25}))
    app = app_of(stage, view=view)
    async with running(app, 200, 50) as pilot:
        assert "longs only aurora 25x" in rows_of(app)[1]
        heat = stage.now.heatmap
        assert heat is not None
        stage.now = structs.replace(stage.now, heatmap=structs.replace(heat, divisible=False))
        app.dashboard.tick(stage.now)
        app.dashboard.draw(everything=True)
        await painted(app, pilot)
        assert "longs only of all venues and leverages" in rows_of(app)[1]
        assert "aurora" not in rows_of(app)[1]


async def test_what_is_odd_about_a_map_is_in_its_title() -> None:
    stage = Stage()
    app = app_of(stage)
    async with running(app, 200, 50) as pilot:
        heat = stage.now.heatmap
        assert heat is not None
        late = structs.replace(heat, remark="toy: open interest 120 s late")
        stage.now = structs.replace(stage.now, heatmap=late)
        app.dashboard.tick(stage.now)
        app.dashboard.draw(everything=True)
        await painted(app, pilot)
        assert "toy: open interest 120 s late" in rows_of(app)[1]


async def test_a_map_of_nothing_has_no_legend() -> None:
    stage = Stage()
    app = app_of(stage)
    async with running(app, 160, 45) as pilot:
        assert "$0 " in rows_of(app)[1]
        heat = stage.now.heatmap
        assert heat is not None
        unknown = structs.replace(heat, cells=np.full_like(heat.cells, np.nan))
        stage.now = structs.replace(stage.now, heatmap=unknown)
        app.dashboard.tick(stage.now)
        app.dashboard.draw(everything=True)
        await painted(app, pilot)
        assert "$0 " not in rows_of(app)[1]


async def test_a_click_puts_the_crosshair_there() -> None:
    app = app_of(Stage())
    async with running(app, 160, 45) as pilot:
        pane = app.dashboard.heatmap
        await pilot.click("#heatmap", offset=(40, 6))
        await painted(app, pilot)
        cross, heat = pane.cross, app.dashboard.shown.heatmap
        assert cross is not None
        assert heat is not None
        assert crosshair.cell(cross, heat, pane.space, 0) == (5, 40 - AXIS)
        await pilot.click("#ladder", offset=(4, 9))
        await painted(app, pilot)
        assert pane.cross is not None
        assert crosshair.cell(pane.cross, heat, pane.space, 0) == (8, pane.space.columns - 1)
        assert any("on the way" in row for row in rows_of(app))
        for outside in ((2, 0), (3, 6), (40, pane.rows_inside)):
            before = pane.cross
            await pilot.click("#heatmap", offset=outside)
            assert pane.cross == before


async def test_a_fresh_alert_lights_the_headline_up_for_a_moment() -> None:
    stage = Stage()
    app = app_of(stage)
    async with running(app) as pilot:
        before = ground_of(app)
        alert = Alert(number=1, at=NOON, kind=AlertKind.BURST, text="Burst", base="BTC")
        stage.now = structs.replace(stage.now, alerts=(structs.replace(alert, hushed="muted"),))
        await frame(app, pilot)
        assert ground_of(app) == before
        stage.now = structs.replace(stage.now, alerts=(structs.replace(alert, number=2),))
        await frame(app, pilot)
        assert ground_of(app) != before
        for _ in range(4):
            await frame(app, pilot)
        assert ground_of(app) == before
