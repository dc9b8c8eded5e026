"""A tiny screen for test_reaper to end: ``python -m tests.doomed MODE FILE``.

``ready`` is drawn when it may be ended; FILE is written when it is to save. Modes: ``polite``
leaves when asked, ``deaf`` does not, ``stuck`` has its loop blocked, ``flood`` is deaf and writes
without end.
"""

import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from textual.app import App, ComposeResult
from textual.widgets import Static

from liqtui.reaper import Reaper


class Doomed(App[None]):
    """Draws a line, or as much as it can."""

    def __init__(self, mode: str) -> None:
        super().__init__()
        self.mode = mode

    def compose(self) -> ComposeResult:
        yield Static("starting" if self.mode == "stuck" else "ready")

    def on_mount(self) -> None:
        if self.mode == "stuck":
            self.call_after_refresh(self.block)
        if self.mode == "flood":
            self.set_interval(0.001, self.draw)

    def block(self) -> None:
        os.write(2, b"ready")
        time.sleep(1000)

    def draw(self) -> None:
        self.query_one(Static).update(f"ready {time.monotonic()} " * 200)


def calls(app: Doomed, file: Path) -> list[Callable[[], object]]:
    def save() -> None:
        file.write_text("saved", encoding="ascii")

    def hang() -> None:
        threading.Event().wait()

    def leave() -> None:
        app.call_from_thread(app.exit)

    return [hang, save, leave] if app.mode in {"polite", "stuck"} else [hang, save]


def main(mode: str, file: str) -> int:
    # The first terminal a session leader opens becomes the one whose loss sends it SIGHUP.
    os.close(os.open(os.ttyname(2), os.O_RDWR))
    app = Doomed(mode)
    with Reaper(*calls(app, Path(file)), tty=2) as reaper:
        app.run()
    return reaper.code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
