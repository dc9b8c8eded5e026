import os
import re
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from textual.pilot import Pilot

from liqtui.config import SettingsError
from liqtui.model.view import View, Watch
from liqtui.settings import (
    AlertSettings,
    HeatmapSettings,
    LogSettings,
    ScreenSettings,
    Settings,
    SinkSettings,
    TapeSettings,
    WatchSettings,
)  # fmt: skip
from liqtui.tui.app import LiqTui
from liqtui.tui.reloading import Files, refitted, waiting
from tests.tui.conftest import THEMES
from tests.tui.scene import Stage
from tests.tui.stage import SETTINGS, app_of, ground_of, painted, rows_of, running


def test_a_file_that_is_written_comes_or_goes_is_noticed_once(tmp_path: Path) -> None:
    file, theme = tmp_path / "config.toml", tmp_path / "themes" / "mine.toml"
    files = Files([theme.parent, tmp_path / "nowhere"], file)
    assert not files.changed()
    file.write_text("")
    assert files.changed()
    assert not files.changed()
    theme.parent.mkdir()
    theme.write_text("x")
    assert files.changed()
    os.utime(theme, ns=(1, 1))
    assert files.changed()
    theme.unlink()
    assert files.changed()
    (theme.parent / "notes.txt").write_text("no theme")
    assert not files.changed()


async def test_a_bad_theme_is_told_and_costs_nothing(tmp_path: Path) -> None:
    (tmp_path / "worse.toml").write_text("name = ")
    app = app_of(Stage(), directories=(THEMES, tmp_path))
    async with running(app, 200, 50):
        assert "theme left out" in rows_of(app)[-1]
        assert app.theme == "night"


async def test_a_theme_is_read_again_when_its_file_changes(tmp_path: Path) -> None:
    mine = tmp_path / "night.toml"
    app = app_of(Stage(), directories=(THEMES, tmp_path))
    async with running(app, 200, 50) as pilot:
        before = ground_of(app)
        text = (THEMES / "night.toml").read_text()
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

    app = LiqTui(Stage(), SETTINGS, (THEMES,), None, None, reread, file)
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


@pytest.mark.parametrize(
    ("after", "keys"),
    [
        (Settings(screen=ScreenSettings(theme="paper", fps=2.0)), []),
        (Settings(tape=TapeSettings(least=5e3, burst_s=0.0)), []),
        (Settings(tape=TapeSettings(keep=500)), ["tape.keep"]),
        (Settings(screen=ScreenSettings(color="16", mouse="on")), ["screen.color", "screen.mouse"]),
        (Settings(log=LogSettings(level="debug")), ["log.level"]),
        (Settings(alerts=AlertSettings(quiet="22:00-07:00", sinks={"a": SinkSettings()})),
         ["alerts.sinks.a"]),
        (Settings(watch=WatchSettings(watched=("BTC", "ETH", "SOL", "XRP"))), []),
        (Settings(watch=WatchSettings(watched=("BTC",), venues=("a",))),
         ["watch.venues", "watch.watched"]),
    ],
)  # fmt: skip
def test_what_holds_from_the_next_start_on_is_named(after: Settings, keys: list[str]) -> None:
    assert waiting(Settings(), after) == keys


def test_the_view_takes_what_changed_and_keeps_what_a_user_chose() -> None:
    view = View(column_s=900, burst_s=9.0)
    after = Settings(tape=TapeSettings(least=5e3), heatmap=HeatmapSettings(bins=3))
    found = refitted(view, Settings(), after)
    assert (found.tape.least, found.bins_per_row) == (5e3, 3)
    assert (found.column_s, found.burst_s) == (900, 9.0)


async def test_other_settings_hold_at_once_where_they_can() -> None:
    after = Settings(
        screen=SETTINGS,
        tape=TapeSettings(least=2e5, keep=500),
        heatmap=HeatmapSettings(column_s=300),
        watch=WatchSettings(watched=("BTC", "ETH", "SOL", "XRP")),
    )
    stage = Stage()
    app = LiqTui(stage, SETTINGS, [THEMES], reread=lambda: after)
    async with running(app, 200, 50) as pilot:
        await pilot.press("ctrl+r")
        await painted(app, pilot)
        assert (stage.views[-1].tape.least, stage.views[-1].column_s) == (2e5, 300)
        assert stage.commands == [Watch("XRP")]
        assert "needs a restart: tape.keep" in rows_of(app)[-1]
        await pilot.press("slash", "x", "enter", "escape")
        assert stage.views[-1].tape.least == 2e5
        await pilot.press("ctrl+r")
        await painted(app, pilot)
        assert "needs a restart" not in rows_of(app)[-1]
