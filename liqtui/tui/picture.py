"""The screen as a picture: SVG that needs nothing from elsewhere."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from textual.app import App

from liqtui import paths

_FONT_FACES: Final = re.compile(r"@font-face\s*\{.*?\}\s*", re.DOTALL)
_FONTS: Final = "DejaVu Sans Mono, Fira Code, Menlo, Consolas, monospace"


def svg(app: App[Any]) -> str:
    """Return what is on the screen; no font is fetched from anywhere."""
    text = _FONT_FACES.sub("", app.export_screenshot(title="liqtui"))
    return re.sub(r"font-family: [^;]*;", f"font-family: {_FONTS};", text)


def save(app: App[Any], now: int, directory: Path | None = None) -> Path:
    """Write the screen to a new file and return where it is.

    Args:
        app: whose screen.
        now: UTC ns, for the name.
        directory: where to; None: with the user's data.

    Raises:
        OSError: it cannot be written.
    """
    folder = paths.made(directory or paths.data_dir() / "screenshots")
    moment = datetime.fromtimestamp(now / 1e9, UTC)
    path = folder / f"liqtui-{moment:%Y%m%d-%H%M%S}.svg"
    path.write_text(svg(app), encoding="utf-8")
    return path
