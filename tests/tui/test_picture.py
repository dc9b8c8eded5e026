from pathlib import Path

import pytest

from liqtui.tui import picture
from tests.tui.scene import Stage
from tests.tui.stage import app_of, painted, rows_of, running


async def test_a_picture_needs_nothing_from_elsewhere() -> None:
    app = app_of(Stage())
    async with running(app, 80, 24):
        drawn = picture.svg(app)
    assert drawn.startswith("<svg")
    assert "font-face" not in drawn
    assert "http" not in drawn.replace("http://www.w3.org", "").replace(
        "https://www.textualize", ""
    )
    assert "Heatmap" in drawn.replace("&#160;", " ")


async def test_a_key_writes_it_and_says_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIQTUI_DATA_DIR", str(tmp_path))
    app = app_of(Stage())
    async with running(app, 200, 50) as pilot:
        await pilot.press("x")
        await painted(app, pilot)
        (written,) = (tmp_path / "screenshots").iterdir()
        assert written.name == "liqtui-20261120-120431.svg"
        assert "saved " in rows_of(app)[-1]


async def test_where_it_cannot_be_written_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "screenshots").write_text("in the way")
    monkeypatch.setenv("LIQTUI_DATA_DIR", str(tmp_path))
    app = app_of(Stage())
    async with running(app, 200, 50) as pilot:
        await pilot.press("x")
        await painted(app, pilot)
        assert "no picture: " in rows_of(app)[-1]
