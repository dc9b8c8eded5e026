from pathlib import Path

import pytest

from liqtui.model.view import View
from liqtui.tui.palette import Palette, palette
from liqtui.tui.render.scene import Scene
from liqtui.tui.render.times import Zone
from liqtui.tui.theme import Theme, load
from tests.tui.scene import snapshot

THEMES = Path(__file__).parents[2] / "themes"


@pytest.fixture(scope="session")
def themes() -> dict[str, Theme]:
    loaded, failed = load([THEMES])
    assert not failed
    return loaded


@pytest.fixture(scope="session")
def night(themes: dict[str, Theme]) -> Palette:
    return palette(themes["night"], "truecolor")


@pytest.fixture(scope="session")
def mono(themes: dict[str, Theme]) -> Palette:
    return palette(themes["mono"], "none")


@pytest.fixture(scope="session")
def busy(night: Palette) -> Scene:
    return Scene(snapshot(View(columns=60, rows=40)), night, Zone("utc"))
