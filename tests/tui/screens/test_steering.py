from pathlib import Path

import pytest
from msgspec import structs

from liqtui.model.market import Side
from liqtui.model.snapshot import Recorded
from liqtui.model.view import Acknowledge, Mute, Reconnect, Record, Skip, View, Watch
from liqtui.tui.app import LiqTui
from liqtui.tui.bursts import Bursts
from tests.conditions import becomes
from tests.tui.scene import NOON, SECOND, Stage, snapshot
from tests.tui.stage import app_of, entered, frame, painted, rows_of, running, screen_of, typing


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
            await entered(app, pilot, line)
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
            await entered(app, pilot, line)
            await painted(app, pilot)
            assert told in rows_of(app)[-1]
        await entered(app, pilot, "theme paper")
        await entered(app, pilot, "zoom")
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
        await pilot.press("ctrl+p", *typing("pau"), "enter")
        await painted(app, pilot)
        assert "PAUSED" in rows_of(app)[0]
        await pilot.press("space", "ctrl+p", *typing("coarser pr"), "enter")
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
        assert "est. to reach" in rows_of(app)[1]


async def test_a_chosen_row_of_the_tape_stays_where_it_is() -> None:
    stage = Stage()
    app = app_of(stage)
    async with running(app) as pilot:
        await pilot.press("2", "down", "down", "j")
        await painted(app, pilot)
        chosen = app.dashboard.tape.selected
        assert chosen is not None
        assert chosen.key == Bursts().take(stage.now.tape.rows, 2.0)[2].key
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


async def test_recording_is_switched_on_and_off() -> None:
    stage = Stage()
    app = app_of(stage)
    async with running(app) as pilot:
        await pilot.press("R")
        recorded = Recorded("/data/journals/x", NOON - 65 * SECOND, 9, 3_000_000)
        stage.now = structs.replace(snapshot(stage.views[-1]), recorded=recorded)
        await frame(app, pilot)
        assert "REC 1m 2.9M" in rows_of(app)[-1]
        await pilot.press("R")
        assert stage.commands == [Record(True), Record(False)]


async def test_the_past_can_be_left_alone() -> None:
    stage = Stage()
    async with running(app_of(stage)) as pilot:
        await pilot.press("X")
        assert stage.commands == [Skip()]


async def test_reconnecting_a_venue_or_all() -> None:
    stage = Stage()
    app = app_of(stage)
    async with running(app) as pilot:
        await pilot.press("r", "3", "down", "down", "r")
        assert stage.commands == [Reconnect(""), Reconnect("boreal")]
        assert "reconnecting boreal" in rows_of(app)[-1]


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


async def test_a_pane_is_exported_and_the_place_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIQTUI_DATA_DIR", str(tmp_path))
    app = app_of(Stage())
    async with running(app) as pilot:
        await pilot.press("2", "e")
        await becomes(lambda: list((tmp_path / "exports").glob("tape-*.csv")))
        await becomes(lambda: "exported tape-BTC" in rows_of(app)[-1])
        await pilot.press("colon", *typing("export mine.ndjson"), "enter")
        await becomes(lambda: "exported mine.ndjson" in rows_of(app)[-1])
        assert (tmp_path / "exports" / "mine.ndjson").exists()
        await pilot.press("colon", *typing("export /nonexistent/x.csv"), "enter")
        await becomes(lambda: "not exported: No such file" in rows_of(app)[-1])
