"""Running the app on a frozen market, and reading what is on its screen."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual.events import Paste
from textual.pilot import Pilot
from textual.widget import Widget

from liqtui.model.view import View
from liqtui.settings import ScreenSettings
from liqtui.tui.app import LiqTui
from tests.conditions import LIMIT
from tests.tui.conftest import THEMES
from tests.tui.scene import Stage

APPROVED = Path(__file__).parent / "__approved__"
SETTINGS = ScreenSettings(color="truecolor")


def app_of(
    source: Stage,
    settings: ScreenSettings = SETTINGS,
    directories: tuple[Path, ...] = (THEMES,),
    view: View | None = None,
) -> LiqTui:
    return LiqTui(source, settings, directories, view)


@asynccontextmanager
async def running(app: LiqTui, width: int = 120, height: int = 40) -> AsyncIterator[Pilot[Any]]:
    """Run the app without a terminal, the first snapshot on the screen.

    Its timer stands still: the test says when a snapshot is looked at.
    """
    async with app.run_test(size=(width, height)) as pilot:
        app.timer.stop()
        await frame(app, pilot)  # tells how many venues there are, and with it the map's size
        await frame(app, pilot)
        yield pilot


async def frame(app: LiqTui, pilot: Pilot[Any]) -> None:
    """Let the app look at its source and paint."""
    await painted(app, pilot)
    app.tick()
    await painted(app, pilot)


async def painted(app: LiqTui, pilot: Pilot[Any]) -> None:
    """Wait until nothing is left to paint."""
    async with asyncio.timeout(LIMIT):
        await pilot.pause(0)
        while _due(app):
            await asyncio.sleep(0.005)
            await pilot.pause(0)


def _due(app: LiqTui) -> bool:
    screen = app.screen
    waiting = (screen._layout_required, screen._repaint_required, screen._dirty_widgets)
    return any(waiting) or any(widget._repaint_required for widget in screen.walk_children(Widget))


def rows_of(app: LiqTui) -> list[str]:
    """Return the screen's rows after the last filter."""
    # Textual keeps what is on the screen in its compositor and nowhere public.
    return [strip.text for strip in app.screen._compositor.render_strips()]


def screen_of(app: LiqTui) -> str:
    return "\n".join(row.rstrip() for row in rows_of(app)) + "\n"


def typing(text: str) -> list[str]:
    """Return the keys that type a text."""
    names = {" ": "space", "-": "minus", "%": "percent_sign", "!": "exclamation_mark"}
    return [names.get(letter, letter) for letter in text]


async def entered(app: LiqTui, pilot: Pilot[Any], line: str) -> None:
    """Paste a command after ``:`` and send it: a key costs a test a twentieth of a second."""
    await pilot.press("colon")
    assert app.focused is not None
    app.focused.post_message(Paste(line))
    await pilot.press("enter")


def ground_of(app: LiqTui) -> str:
    """Return the colour behind the headline."""
    strip = app.screen._compositor.render_strips()[0]
    return next(s.style.bgcolor.name for s in strip if s.style and s.style.bgcolor)
