"""The app: themes, the timer that looks at snapshots, and the keys that belong to no pane."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from textual.app import App
from textual.binding import BindingType
from textual.filter import LineFilter
from textual.screen import Screen

from liqtui.config import ScreenSettings
from liqtui.model.snapshot import View
from liqtui.tui.actions import bindings, mistaken, rebound
from liqtui.tui.palette import depth_of, palette, textual_theme
from liqtui.tui.render.times import Zone
from liqtui.tui.sanitiser import Colourless, Sanitiser
from liqtui.tui.screens.dashboard import Dashboard, Dress
from liqtui.tui.screens.help import Help
from liqtui.tui.source import Source
from liqtui.tui.theme import PLAIN, Depth, load

_DEPTHS: Mapping[str, Depth] = {"truecolor": "truecolor", "256": "256", "standard": "16"}
_MOUSE = ("\x1b[?1000", "\x1b[?1003", "\x1b[?1015", "\x1b[?1006")


def _rate(per_second: float, settings: ScreenSettings) -> float:
    return per_second / 2 if settings.low_bandwidth else per_second


class LiqTui(App[None], inherit_bindings=False):
    """liqtui's full screen."""

    TITLE = "liqtui"
    CSS_PATH = "liqtui.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings("app")
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False

    def __init__(
        self,
        source: Source,
        settings: ScreenSettings,
        directories: Iterable[Path],
        view: View | None = None,
    ) -> None:
        """Build the app; nothing is drawn before `run`.

        Args:
            source: the running core.
            settings: how the screen looks.
            directories: where themes are: the shipped ones, then the user's.
            view: what to look at first.

        Raises:
            UnknownZoneError: this machine does not know the time zone.
        """
        super().__init__()
        self.settings = settings
        self._source = source
        self._actions = rebound(settings.keys)
        self._tick_s = 1.0 / _rate(settings.fps, settings)
        self._themes, self.bad_themes = load(directories)
        self._zone = Zone(settings.zone)
        self._depth: Depth = self._terminal_depth()
        self._sanitiser, self._colourless = Sanitiser(ascii_only=settings.ascii), Colourless()
        self._chosen = self._themes.get(settings.theme) or next(iter(self._themes.values()), PLAIN)
        for theme in self._themes.values():
            self.register_theme(textual_theme(theme, self._depth))
        self.theme = self._chosen.name
        self.dashboard = Dashboard(
            source.look, source.command, view or View(), self._dress(), self._actions
        )
        self._mouse_on = False

    def _terminal_depth(self) -> Depth:
        """Return how many colours the terminal has: as told, else as Textual found."""
        if self.settings.color != "auto":
            return self.settings.color
        if os.environ.get("NO_COLOR"):
            return "none"
        return _DEPTHS.get(self.console.color_system or "", "none")

    def _dress(self) -> Dress:
        settings = self.settings
        return Dress(
            palette(self._chosen, self._depth),
            self._zone,
            settings.ascii,
            self._tick_s,
            max(1, round(1.0 / (_rate(settings.heat_hz, settings) * self._tick_s))),
        )

    def get_default_screen(self) -> Screen[None]:
        """Start with the dashboard."""
        return self.dashboard

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return the last filters before the terminal; none of Textual's own re-colours."""
        if depth_of(self._chosen, self._depth) == "none":
            return [self._sanitiser, self._colourless]
        return [self._sanitiser]

    def on_mount(self) -> None:
        """Start looking at snapshots."""
        driver = self._driver
        self._mouse_on = bool(driver is not None and driver._mouse)
        self.set_keymap(self.settings.keys)
        complaints = [f"theme left out: {told}" for told in self.bad_themes]
        complaints += mistaken(self.settings.keys)
        if complaints:
            more = f" (and {len(complaints) - 1} more)" if len(complaints) > 1 else ""
            self.dashboard.say(complaints[0] + more)
        self.timer = self.set_interval(self._tick_s, self.tick)
        self.tick()

    def tick(self) -> None:
        """Hand the newest snapshot on, unless the terminal still has the last frame to take."""
        if not self._terminal_lags():
            self.dashboard.tick(self._source.snapshot())

    def _terminal_lags(self) -> bool:
        # Textual's writer blocks its loop once 30 writes wait: frames have to be shed before.
        writer = getattr(self._driver, "_writer_thread", None)
        return writer is not None and not writer._queue.empty()

    def action_help(self) -> None:
        """Show every key."""
        self.push_screen(Help(palette(self._chosen, self._depth), self._actions))

    def action_next_theme(self) -> None:
        """Take the next theme by name."""
        names = sorted(self._themes)
        name = names[(names.index(self._chosen.name) + 1) % len(names)]
        self._chosen = self._themes[name]
        self.theme = name
        self.dashboard.say(f"theme {name}")
        self.dashboard.wear(self._dress())

    def action_toggle_zone(self) -> None:
        """Switch between UTC and the configured zone, or the machine's where that is UTC."""
        other = "local" if self.settings.zone == "utc" else self.settings.zone
        self._zone = Zone(other if self._zone.name == "utc" else "utc")
        self.dashboard.wear(self._dress())

    def action_toggle_mouse(self) -> None:
        """Take the mouse, or leave it to the terminal for selecting text."""
        if self._driver is None:
            return
        self._mouse_on = not self._mouse_on
        # The driver leaves the mouse as it found it by this flag; it has no public switch.
        self._driver._mouse = True
        for mode in _MOUSE:
            self._driver.write(mode + ("h" if self._mouse_on else "l"))
        self._driver.flush()
        self.dashboard.say(f"mouse {'on' if self._mouse_on else 'off'}")
