"""The app: themes, the timer that looks at snapshots, and the keys that belong to no pane."""

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from msgspec.structs import replace
from rich.color import ColorSystem
from rich.console import COLOR_SYSTEMS, RenderableType
from textual import events, on
from textual._ansi_sequences import SYNC_END, SYNC_START
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App
from textual.binding import BindingType
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.filter import LineFilter
from textual.screen import Screen

from liqtui.config import SettingsError
from liqtui.model.snapshot import Snapshot
from liqtui.model.text import hint
from liqtui.model.view import View, Watch
from liqtui.settings import ScreenSettings, Settings
from liqtui.tui import picture
from liqtui.tui.actions import bindings, mistaken, rebound
from liqtui.tui.alarm import Alarm
from liqtui.tui.display.canvas import Canvas, pieces
from liqtui.tui.display.driver import AskingDriver
from liqtui.tui.display.pace import Pace
from liqtui.tui.palette import Palette, depth_of, palette, textual_theme
from liqtui.tui.reloading import Files, refitted, waiting
from liqtui.tui.render.help import page as help_page
from liqtui.tui.render.line import Cells
from liqtui.tui.render.times import UnknownZoneError, Zone
from liqtui.tui.sanitiser import Colourless, Sanitiser
from liqtui.tui.screens.dashboard import Dashboard
from liqtui.tui.screens.page import Page
from liqtui.tui.screens.steering import Dress
from liqtui.tui.source import Source
from liqtui.tui.theme import PLAIN, Depth, load

_DEPTHS: Mapping[str, Depth] = {"truecolor": "truecolor", "256": "256", "standard": "16"}
_MOUSE = ("\x1b[?1000", "\x1b[?1003", "\x1b[?1015", "\x1b[?1006")


_LOOKED = 8
"""Ticks after which the user's files are looked at again."""
_LOW = 6_000.0
"""Bytes a second where bandwidth is low."""
_UPDATES = (ChopsUpdate, LayoutUpdate)


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
        painted: Callable[[], object] | None = None,
        reread: Callable[[], Settings] | None = None,
        file: Path | None = None,
        whole: Settings | None = None,
    ) -> None:
        """Build the app; nothing is drawn before `run`.

        Args:
            source: the running core.
            settings: how the screen looks.
            directories: where themes are: the shipped ones, then the user's.
            view: what to look at first.
            painted: called once when the first frame is on its way.
            reread: returns the settings anew, or raises `SettingsError`.
            file: the settings', to be read again when it changes.
            whole: everything that was set; None: all else is as usual.

        Raises:
            UnknownZoneError: this machine does not know the time zone.
        """
        super().__init__()
        self.settings = settings
        self._source, self._first_painted = source, painted
        self._actions = rebound(settings.keys)
        self._whole = whole or Settings(screen=settings)
        """As read last."""
        self._alarm = Alarm(self._whole.alerts, os.environ)
        self._tick_s = 1.0 / _rate(settings.fps, settings)
        self._directories, self._reread = tuple(directories), reread
        self._files = Files(self._directories, file)
        self._themes, self.bad_themes = load(self._directories)
        self._zone = Zone(settings.zone)
        self._depth: Depth = self._terminal_depth()
        system = COLOR_SYSTEMS.get(self.console.color_system or "", ColorSystem.TRUECOLOR)
        self._canvas, self._pace = Canvas(system), self._new_pace()
        self._awaited = False
        """Whether a key was pressed since the screen was last drawn."""
        self._sanitiser, self._colourless = Sanitiser(ascii_only=settings.ascii), Colourless()
        self._chosen = self._themes.get(settings.theme) or next(iter(self._themes.values()), PLAIN)
        for theme in self._themes.values():
            self.register_theme(textual_theme(theme, self._depth))
        self.theme = self._chosen.name
        self.dashboard = Dashboard(
            source.look, source.command, view or View(), self._dress(), self._actions
        )
        self.dashboard.themes = tuple(sorted(self._themes))
        self._mouse_on = False
        self._ticks = 0

    def _new_pace(self) -> Pace:
        return Pace(_LOW) if self.settings.low_bandwidth else Pace()

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
        self._complain(self._complaints())
        self.timer = self.set_interval(self._tick_s, self.tick)
        self.tick()

    def _complaints(self) -> list[str]:
        complaints = [f"theme left out: {told}" for told in self.bad_themes]
        return complaints + mistaken(self.settings.keys)

    def _complain(self, complaints: Sequence[str]) -> None:
        """Keep on the screen what is wrong with the user's files, until it is not."""
        more = f" (and {len(complaints) - 1} more)" if len(complaints) > 1 else ""
        self.dashboard.complaint = complaints[0] + more if complaints else ""

    def action_reload(self) -> None:
        """Read settings and themes again; what is bad leaves the last good one in force."""
        self._themes, self.bad_themes = load(self._directories, self._themes)
        complaints: list[str] = []
        waits: list[str] = []
        if self._reread is not None:
            try:
                waits = self._take(self._reread())
            except SettingsError as error:
                complaints = [f"settings kept as they were: {error.problems[0]}"]
        for theme in self._themes.values():
            self.register_theme(textual_theme(theme, self._depth))
        self.dashboard.themes = tuple(sorted(self._themes))
        complaints += self._complaints()
        self._complain(complaints)
        self._chosen = self._themes.get(self._chosen.name, self._chosen)
        self.theme = self._chosen.name
        self.dashboard.wear(self._dress())
        later = f"; needs a restart: {', '.join(waits)}" if waits else ""
        self.dashboard.say("" if complaints else f"settings and themes read again{later}")

    def _take(self, settings: Settings) -> list[str]:
        """Take other settings; return the keys of those that wait for the next start."""
        before, self._whole = self._whole, settings
        self._adopt(settings.screen)
        self._alarm.adopt(settings.alerts)
        self.dashboard.refit(lambda view: refitted(view, before, settings))
        for base in settings.watch.watched:
            if base not in before.watch.watched:
                self._source.command(Watch(base))
        return waiting(before, settings)

    def _adopt(self, settings: ScreenSettings) -> None:
        """Take what of the settings can change while the screen is on."""
        before, self.settings = self.settings, replace(settings, color=self.settings.color)
        self._tick_s = 1.0 / _rate(settings.fps, settings)
        self._sanitiser = Sanitiser(ascii_only=settings.ascii)
        self._actions = rebound(settings.keys)
        self.set_keymap(settings.keys)
        self.dashboard.relabel(self._actions)
        if settings.low_bandwidth != before.low_bandwidth:
            self._pace = self._new_pace()
        if settings.zone != before.zone:
            self._read_clock(settings.zone)
        if settings.theme != before.theme and settings.theme in self._themes:
            self._chosen = self._themes[settings.theme]
        if self.timer._interval != self._tick_s:
            self.timer.stop()
            self.timer = self.set_interval(self._tick_s, self.tick)

    def get_driver_class(self) -> type[Driver]:
        """Return the driver that asks, where it is a terminal that is drawn on."""
        usual = super().get_driver_class()
        return AskingDriver if usual is LinuxDriver else usual

    def tick(self) -> None:
        """Hand the newest snapshot on; what the terminal has no time for is not sent."""
        self._ticks += 1
        if self._ticks % _LOOKED == 0 and self._files.changed():
            self.action_reload()
        if isinstance(self._driver, AskingDriver):
            self.dashboard.sent_per_s = self._pace.per_second(time.monotonic())
        snapshot = self._source.snapshot()
        self.dashboard.tick(snapshot)
        self._tell(snapshot)
        self._send()

    def _tell(self, snapshot: Snapshot) -> None:
        """Tell alerts by the status line and the terminal, once it reads what it was sent."""
        driver = self._driver
        if driver is None or (isinstance(driver, AskingDriver) and not driver.idle):
            return
        fresh = self._alarm.fresh(snapshot.alerts, snapshot.at)
        if fresh:
            self.dashboard.flash()
            self.dashboard.tell(fresh[0].line)
            if sequence := self._alarm.sequence(fresh, self._zone, snapshot.source):
                driver.write(sequence)

    async def on_event(self, event: events.Event) -> None:
        """Note that somebody waits for an answer."""
        if isinstance(event, events.InputEvent) and not isinstance(event, events.MouseMove):
            self._awaited = True
        await super().on_event(event)

    def on_resize(self, event: events.Resize) -> None:
        """Trust nothing on a terminal of another size, or that was somebody else's for a while."""
        self._pace = self._new_pace()
        if event.size == self._canvas.size:
            self.action_redraw()
        else:
            self._canvas.resize(*event.size)

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        """Take what Textual would write of the screen; write what the terminal lacks of it."""
        driver = self._driver
        if isinstance(driver, AskingDriver) and isinstance(renderable, _UPDATES):
            driver.on_answer = self._hear
            self._canvas.draw(pieces(renderable), urgent=self._awaited)
            self._awaited = False
            self._send()
        else:
            super()._display(screen, renderable)
        if self.dashboard.laid_out and self._first_painted is not None:
            painted, self._first_painted = self._first_painted, None
            painted()

    def _hear(self, at: float) -> None:
        self._pace.answered(at)
        self._send()

    def _send(self) -> None:
        """Write as much as the terminal can take now."""
        driver, canvas, now = self._driver, self._canvas, time.monotonic()
        if not (isinstance(driver, AskingDriver) and canvas.behind and driver.idle):
            return
        if not self.dashboard.laid_out:  # all is blank still: an empty screen is no first frame
            return
        room = self._pace.room(now, urgent=canvas.urgent)
        text = canvas.paint(room) if room else ""
        if text:
            x, y = self.cursor_position
            text = f"{text}\x1b[{y + 1};{x + 1}H"
            driver.ask(f"{SYNC_START}{text}{SYNC_END}" if self._sync_available else text)
            self._pace.sent(len(text.encode()), now)

    def action_help(self) -> None:
        """Show every key."""

        def rows(width: int, styles: Palette) -> list[Cells]:
            return help_page(width, styles, self._actions)

        self.push_screen(Page("Help", rows, palette(self._chosen, self._depth)))

    def action_redraw(self) -> None:
        """Write everything again, over whatever others wrote."""
        self._canvas.distrust()
        self._send()

    def action_next_theme(self) -> None:
        """Take the next theme by name."""
        names = sorted(self._themes)
        self._wear(names[(names.index(self._chosen.name) + 1) % len(names)])

    def _wear(self, name: str) -> None:
        if name not in self._themes:
            self.dashboard.say(f"no theme {name!r}{hint(name, self._themes)}")
            return
        self._chosen = self._themes[name]
        self.theme = name
        self.dashboard.say(f"theme {name}")
        self.dashboard.wear(self._dress())

    def action_toggle_zone(self) -> None:
        """Switch between UTC and the configured zone, or the machine's where that is UTC."""
        other = "local" if self.settings.zone == "utc" else self.settings.zone
        self._read_clock(other if self._zone.name == "utc" else "utc")

    def _read_clock(self, name: str) -> None:
        try:
            self._zone = Zone(name)
        except UnknownZoneError as error:
            self.dashboard.say(str(error))
            return
        self.dashboard.wear(self._dress())

    def action_save_picture(self) -> None:
        """Write what is on the screen to a file."""
        try:
            path = picture.save(self, self.dashboard.shown.at)
        except OSError as error:
            self.dashboard.say(f"no picture: {error}")
        else:
            self.dashboard.say(f"saved {path.name} in {path.parent}")

    @on(Dashboard.Ordered)
    def _ordered(self, event: Dashboard.Ordered) -> None:
        do = {"theme": self._wear, "tz": self._read_clock}
        do[event.typed.name](event.typed.argument)

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
