import re
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from textual.pilot import Pilot
from textual.strip import Strip

from liqtui.config import SettingsError
from liqtui.model.alert import Alert, AlertKind
from liqtui.model.market import Side
from liqtui.model.snapshot import EMPTY, Snapshot
from liqtui.model.view import Acknowledge, Mute, Reconnect, View, Watch
from liqtui.settings import ScreenSettings, Settings
from liqtui.tui.app import LiqTui
from liqtui.tui.bursts import bursts
from liqtui.tui.widgets.pane import Rows
from tests import approval
from tests.tui.conftest import THEMES
from tests.tui.scene import NOON, SECOND, Stage, snapshot
from tests.tui.stage import SETTINGS, app_of, frame, painted, rows_of, running, screen_of

APPROVED = Path(__file__).parent / "__approved__"


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


def test_low_bandwidth_halves_the_rates() -> None:
    plain = app_of(Stage(), ScreenSettings(color="16"))
    slow = app_of(Stage(), ScreenSettings(color="16", low_bandwidth=True))
    assert (plain._tick_s, plain._dress().heat_every) == (0.25, 2)
    assert (slow._tick_s, slow._dress().heat_every) == (0.5, 2)


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


async def test_the_filter_hides_and_is_cleared() -> None:
    stage = Stage()
    app = app_of(stage)
    async with running(app) as pilot:
        await pilot.press("slash", "x", "q", "enter")
        assert stage.views[-1].tape.words == ("xq",)
        await frame(app, pilot)
        assert "hidden by the filter" in screen_of(app)
        assert "/xq" in rows_of(app)[-1]
        await pilot.press("slash", "backspace", "backspace", *typing("!usdt"))
        assert stage.views[-1].tape.words == ("xq",)
        await pilot.press("enter")
        assert stage.views[-1].tape.words == ("!usdt",)
        await pilot.press("slash", "z", "escape")
        assert stage.views[-1].tape.words == ("!usdt",)
        await pilot.press("escape")
        assert stage.views[-1].tape == View().tape


async def test_only_shorts_above_an_amount_on_one_venue() -> None:
    stage = Stage()
    app = app_of(stage)
    async with running(app) as pilot:
        await pilot.press("slash", *typing("s bor 100k"), "enter")
        await frame(app, pilot)
        rows = stage.now.tape.rows
        assert rows
        assert all(row.side is Side.SHORT and row.venue == "boreal" for row in rows)
        assert all((row.notional or 0) >= 1e5 for row in rows)
        assert "shorts only" in rows_of(app)[1]
        assert stage.views[-1].venues == {"boreal"}


async def test_what_is_liquidated_if_the_price_falls() -> None:
    app = app_of(Stage())
    async with running(app, 160, 45) as pilot:
        await pilot.press("c")
        await frame(app, pilot)
        assert any("-2.0%" in row and " L" in row for row in rows_of(app))
        await pilot.press("colon", *typing("-2%"), "enter")
        await frame(app, pilot)
        (readout,) = [row for row in rows_of(app) if "on the way" in row]
        assert "-2.00%" in readout
        assert "longs on the way" in readout
        await pilot.press("escape")
        await painted(app, pilot)
        assert "on the way" not in screen_of(app)


async def test_the_crosshair_moves_reads_and_pans_at_the_edge() -> None:
    stage = Stage()
    app = app_of(stage)
    async with running(app, 160, 45) as pilot:
        await pilot.press("i", "up", "left", "left")
        await painted(app, pilot)
        cross = app.dashboard.heatmap.cross
        assert cross is not None
        assert cross.back == 2
        (readout,) = [row for row in rows_of(app) if "on the way" in row]
        assert "+0.20%" in readout
        assert "shorts on the way" in readout
        assert "12:02" in readout
        assert stage.views[-1].centre is None
        for _ in range(4):
            await pilot.press("pageup")
        assert stage.views[-1].centre is not None


async def test_a_price_out_of_sight_is_gone_to() -> None:
    stage = Stage()
    app = app_of(stage)
    async with running(app, 80, 24) as pilot:
        await pilot.press("2", "colon", *typing("-9"), "enter")
        await frame(app, pilot)
        assert stage.views[-1].centre == pytest.approx(61_482.5 * 0.91)
        assert app.dashboard.current == "heatmap"
        assert "-9.00%" in screen_of(app)


async def test_typed_commands_change_the_view_or_say_why_not() -> None:
    stage = Stage()
    app = app_of(stage)
    async with running(app, 120, 40) as pilot:
        for line in ("venue boreal", "lev 10,25", "min 5k", "floor 1m", "scale 20m", "tf 15m"):
            await pilot.press("colon", *typing(line), "enter")
        view = stage.views[-1]
        assert view.venues == {"boreal"}
        assert view.tiers == {10, 25}
        assert view.tape.least == 5e3
        assert (view.floor, view.scale, view.column_s) == (1e6, 2e7, 900)
        await frame(app, pilot)
        assert "boreal" in rows_of(app)[1]
        for line, told in (
            ("venu x", "no command 'venu': did you mean 'venue'?"),
            ("venue mtgox", "no venue 'mtgox'"),
            ("min", ":min 100k"),
            ("sym ETX", "no symbol 'ETX': did you mean 'ETH'?"),
            ("theme nigt", "no theme 'nigt': did you mean 'night'?"),
            ("tz Nowhere/Else", "no time zone"),
        ):
            await pilot.press("colon", *typing(line), "enter")
            await painted(app, pilot)
            assert told in rows_of(app)[-1]
        await pilot.press("colon", *typing("theme paper"), "enter")
        await pilot.press("colon", *typing("zoom"), "enter")
        await painted(app, pilot)
        assert app.theme == "paper"
        assert app.dashboard.zoomed


async def test_a_typed_command_is_completed() -> None:
    stage = Stage()
    app = app_of(stage)
    async with running(app) as pilot:
        await pilot.press("colon", *typing("the"), "tab", *typing(" pa"), "tab", "enter")
        await painted(app, pilot)
        assert app.theme == "paper"


async def test_the_palette_finds_and_does() -> None:
    stage = Stage()
    app = app_of(stage)
    async with running(app, 80, 24) as pilot:
        await pilot.press("ctrl+p", *typing("coarser"), "enter")
        await frame(app, pilot)
        assert stage.views[-1].bins_per_row == 2
        await pilot.press("ctrl+p", *typing("leave out cells"), "enter", *typing("2m"), "enter")
        assert stage.views[-1].floor == 2e6


async def test_venues_and_leverages_are_switched() -> None:
    stage = Stage()
    app = app_of(stage)
    async with running(app, 80, 24) as pilot:
        await pilot.press("v", "2")
        await frame(app, pilot)
        assert "Boreal" in screen_of(app)
        assert stage.views[-1].venues == {"aurora", "cirrus", "delta", "ember"}
        assert stage.views[-1].tape.venues == stage.views[-1].venues
        await pilot.press("o")
        assert stage.views[-1].venues == {"boreal"}
        await pilot.press("space", "a", "enter", "L", "down", "o", "escape")
        assert stage.views[-1].venues == frozenset()
        assert stage.views[-1].tiers == {10}


def typing(text: str) -> list[str]:
    """Return the keys that type a text."""
    names = {" ": "space", "-": "minus", "%": "percent_sign", "!": "exclamation_mark"}
    return [names.get(letter, letter) for letter in text]


async def test_another_symbol() -> None:
    stage = Stage()
    app = app_of(stage)
    async with running(app) as pilot:
        await pilot.press("s", "e")
        await pilot.pause()
        assert "ETH" in screen_of(app)
        await pilot.press("down", "up", "enter")
        await frame(app, pilot)
        assert stage.views[-1].base == "ETH"
        assert stage.commands == [Watch("ETH")]
        assert "Heatmap ETH" in rows_of(app)[1]
        await pilot.press("s", "escape")
        await pilot.press("s", "z", "z", "enter")
        assert stage.views[-1].base == "ETH"


async def test_the_map_is_panned_and_zoomed() -> None:
    stage = Stage()
    app = app_of(stage)
    async with running(app) as pilot:
        columns = stage.views[-1].columns
        await pilot.press("right_square_bracket", "minus")
        assert (stage.views[-1].column_s, stage.views[-1].bins_per_row) == (300, 2)
        await pilot.press("left_square_bracket", "plus")
        assert (stage.views[-1].column_s, stage.views[-1].bins_per_row) == (60, 1)
        await pilot.press("k", "left")
        await frame(app, pilot)
        view = stage.views[-1]
        assert view.centre is not None
        assert view.columns == columns + app.dashboard.heatmap.past > columns
        assert "columns back" in rows_of(app)[1]
        await pilot.press("0")
        assert stage.views[-1].centre is None
        assert stage.views[-1].columns == columns


async def test_the_ladder_sums_on_the_way() -> None:
    stage = Stage()
    app = app_of(stage)
    async with running(app, 160, 45) as pilot:
        await pilot.press("c")
        await frame(app, pilot)
        assert stage.views[-1].cumulative
        assert "Σ $ to reach" in rows_of(app)[1]


async def test_a_chosen_row_of_the_tape_stays_where_it_is() -> None:
    stage = Stage()
    app = app_of(stage)
    async with running(app) as pilot:
        await pilot.press("2", "down", "down", "j")
        await painted(app, pilot)
        chosen = app.dashboard.tape.selected
        assert chosen is not None
        assert chosen.key == bursts(stage.now.tape.rows, 2.0)[2].key
        top = rows_of(app)[3]
        view, tape = stage.views[-1], stage.now.tape
        newer = structs.replace(tape.rows[0], number=tape.rows[0].number + 1, symbol="NEW")
        stage.now = structs.replace(
            snapshot(view), tape=structs.replace(tape, rows=(newer, *tape.rows))
        )
        await frame(app, pilot)
        assert rows_of(app)[3] == top
        assert "+1 newer" in rows_of(app)[1]
        assert app.dashboard.tape.selected == chosen
        await pilot.press("G")
        await painted(app, pilot)
        last = app.dashboard.tape.selected
        assert last is not None
        assert last.rows[-1] == stage.now.tape.rows[-1]
        await pilot.press("g")
        await painted(app, pilot)
        assert "newer" not in rows_of(app)[1]


async def test_a_row_of_the_tape_is_explained_and_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    app = app_of(Stage())
    copied: list[str] = []
    monkeypatch.setattr(LiqTui, "copy_to_clipboard", lambda _, text: copied.append(text))
    async with running(app, 80, 24) as pilot:
        await pilot.press("enter")
        await painted(app, pilot)
        assert "choose a row of the tape first" in rows_of(app)[-1]
        await pilot.press("2", "j", "j", "enter")
        await painted(app, pilot)
        shown = screen_of(app)
        assert "Liquidation" in shown
        assert "LONG closed by force" in shown
        assert "contracts × 0.01" in shown
        assert '{"s":"' in shown
        await pilot.press("escape", "y")
        assert copied == ["2026-11-20 12:04:30 UTC boreal ETHUSDT long 3,023.1327 $404"]


async def test_reconnecting_a_venue_or_all() -> None:
    stage = Stage()
    app = app_of(stage)
    async with running(app) as pilot:
        await pilot.press("r", "3", "down", "down", "r")
        assert stage.commands == [Reconnect(""), Reconnect("boreal")]
        assert "reconnecting boreal" in rows_of(app)[-1]


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


async def test_a_core_that_says_nothing_is_called_silent() -> None:
    app = app_of(Stage())
    async with running(app) as pilot:
        for _ in range(20):
            app.tick()
        await painted(app, pilot)
        assert "core silent 5s" in rows_of(app)[0]
        assert "core silent 5s" in rows_of(app)[1]


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


async def test_a_bad_theme_is_told_and_costs_nothing(tmp_path: Path) -> None:
    (tmp_path / "worse.toml").write_text("name = ")
    app = app_of(Stage(), directories=(*app_dirs(), tmp_path))
    async with running(app, 200, 50):
        assert "theme left out" in rows_of(app)[-1]
        assert app.theme == "night"


async def test_a_theme_is_read_again_when_its_file_changes(tmp_path: Path) -> None:
    mine = tmp_path / "night.toml"
    app = app_of(Stage(), directories=(*app_dirs(), tmp_path))
    async with running(app, 200, 50) as pilot:
        before = ground_of(app)
        text = (app_dirs()[0] / "night.toml").read_text()
        ground = re.search('background = "(#[0-9a-fA-F]{6})"', text)
        assert ground is not None
        mine.write_text(text.replace(ground[1], "#123456"))
        await looked(app, pilot)
        assert ground_of(app) == "#123456" != before
        mine.write_text("name = ")
        await looked(app, pilot)
        assert ground_of(app) == "#123456"
        assert "theme left out" in rows_of(app)[-1]
        mine.unlink()
        await looked(app, pilot)
        assert ground_of(app) == before
        assert "theme left out" not in rows_of(app)[-1]


async def test_settings_are_read_again_and_bad_ones_are_not_taken(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("")
    answers: list[Settings | SettingsError] = []

    def reread() -> Settings:
        answer = answers.pop(0)
        if isinstance(answer, SettingsError):
            raise answer
        return answer

    app = LiqTui(Stage(), SETTINGS, app_dirs(), None, None, reread, file)
    async with running(app, 200, 50) as pilot:
        other = structs.replace(SETTINGS, theme="paper", zone="Asia/Kolkata", keys={"tape": "x"})
        answers += [Settings(screen=other), SettingsError(["config.toml:3: unknown key"])]
        await pilot.press("ctrl+r")
        await painted(app, pilot)
        assert app.theme == "paper"
        assert "17:34:31" in rows_of(app)[0]
        await pilot.press("x")
        assert app.dashboard.current == "tape"
        file.write_text("[")
        await looked(app, pilot)
        assert "settings kept as they were: config.toml:3" in rows_of(app)[-1]
        assert app.theme == "paper"
    assert answers == []


async def looked(app: LiqTui, pilot: Pilot[Any]) -> None:
    """Let the app notice what changed on disk."""
    for _ in range(8):
        app.tick()
    await painted(app, pilot)


def ground_of(app: LiqTui) -> str:
    strip = app.screen._compositor.render_strips()[0]
    return next(s.style.bgcolor.name for s in strip if s.style and s.style.bgcolor)


def app_dirs() -> tuple[Path, ...]:
    return (Path(__file__).parents[2] / "themes",)


async def test_the_mouse_chooses_panes_and_turns_lists() -> None:
    app = app_of(Stage())
    async with running(app) as pilot:
        await pilot.click("#tape", offset=(5, 5))
        assert app.dashboard.current == "tape"
        await pilot.click("#ladder", offset=(2, 5))
        assert app.dashboard.current == "heatmap"


async def test_any_size_can_be_drawn() -> None:
    app = app_of(Stage())
    async with running(app) as pilot:
        for width, height in ((1, 1), (10, 3), (40, 5), (76, 22), (300, 90), (80, 24)):
            await pilot.resize_terminal(width, height)
            await frame(app, pilot)
        assert "Heatmap" in screen_of(app)


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


async def test_keys_and_lines_mute_and_acknowledge() -> None:
    stage = Stage()
    app = app_of(stage)
    async with running(app) as pilot:
        await pilot.press("A", "m")
        stage.now = structs.replace(stage.now, mutes=(("BTC", NOON + 840 * 10**9),))
        await frame(app, pilot)
        assert "MUTED BTC 14m" in rows_of(app)[0]
        await pilot.press("m")
        app.dashboard.obey("mute burst 1h")
        await painted(app, pilot)
    assert stage.commands == [
        Acknowledge(), Mute("BTC", 900), Mute("BTC", 0), Mute("burst", 3600)
    ]  # fmt: skip


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
