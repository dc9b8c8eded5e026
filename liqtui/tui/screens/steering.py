"""What a user's keys and typed lines do to the view: the dashboard's other half."""

import asyncio
from collections.abc import Callable, Sequence

from msgspec import Struct, structs
from textual import on
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input

from liqtui.model.snapshot import Snapshot
from liqtui.model.text import hint
from liqtui.model.view import TIERS, Acknowledge, Command, Mute, View, Watch
from liqtui.table import NoParquetError
from liqtui.tui import exporting, filtering, orders, viewing
from liqtui.tui.actions import Action, keys_of
from liqtui.tui.filtering import Names
from liqtui.tui.layout import PRESETS
from liqtui.tui.orders import ORDERS, Known, Order, OrderError, Typed
from liqtui.tui.palette import Palette
from liqtui.tui.render import axis, crosshair, detail
from liqtui.tui.render.line import Cells
from liqtui.tui.render.scene import venues_of
from liqtui.tui.render.times import Zone, span
from liqtui.tui.screens.page import Page
from liqtui.tui.screens.picker import Choice, Picker, plainly
from liqtui.tui.screens.toggles import Toggles
from liqtui.tui.widgets.lists import TapePane
from liqtui.tui.widgets.map import HeatmapPane
from liqtui.tui.widgets.pane import Pane
from liqtui.tui.widgets.prompt import Prompt


class Dress(Struct, frozen=True, eq=False):
    """How things look, and how often they are drawn."""

    palette: Palette
    zone: Zone
    ascii: bool
    tick_s: float
    heat_every: int


class Steering(Screen[None], inherit_bindings=False):
    """Changes the view as asked; a subclass shows it.

    Args:
        view: the first one, and the default of the filter.
        dress: how things look.
        actions: what keys do.
        command: asks the core for something.
    """

    class Ordered(Message):
        """A command was typed that is the app's to carry out."""

        def __init__(self, typed: Typed) -> None:
            super().__init__()
            self.typed = typed

    def __init__(
        self,
        view: View,
        dress: Dress,
        actions: Sequence[Action],
        command: Callable[[Command], None],
    ) -> None:
        super().__init__(id="dashboard")
        self.view = self._default = view
        self.complaint = ""
        """What is wrong with the user's files; shown while there is nothing else to say."""
        self.themes: tuple[str, ...] = ()
        """What the command line may offer."""
        self.current = "heatmap"
        self.zoomed = False
        self.preset = next(iter(PRESETS))
        self.heatmap, self.tape = HeatmapPane("heatmap"), TapePane("tape")
        self.panes: dict[str, Pane] = {}
        self._dress, self._actions, self._command = dress, actions, command
        self._prompt = Prompt()

    @property
    def shown(self) -> Snapshot:
        """What is on the screen: the newest, or what was when it was paused."""
        raise NotImplementedError

    def say(self, text: str) -> None:
        """Show a line of text for some seconds."""
        raise NotImplementedError

    def draw(self, *, everything: bool = False) -> None:
        """Draw what is shown."""
        raise NotImplementedError

    def place(self) -> None:
        """Lay out, and ask for what is to be shown."""
        raise NotImplementedError

    def ask(self, view: View) -> None:
        """Say what is to be shown."""
        raise NotImplementedError

    def action_zoom(self) -> None:
        """Show the pane alone, or all again."""
        self.zoomed = not self.zoomed
        self.place()

    def action_back(self) -> None:
        """Leave what was entered last: the prompt, the crosshair, the zoom, the filter."""
        if self._prompt.display:
            self._prompt.close()
        elif self.heatmap.cross is not None:
            self.action_crosshair()
        elif self.zoomed:
            self.action_zoom()
        elif self._filtered():
            self._filter("")
        else:
            self.action_recentre()

    def _filtered(self) -> bool:
        return bool(filtering.told(self.view.tape, self._default.tape))

    @property
    def known(self) -> Known:
        """What a typed line may name."""
        venues = tuple(row.venue for row in venues_of(self.shown))
        return Known(Names(venues, self.shown.bases), self.themes, self._default)

    def action_filter(self) -> None:
        """Ask what is to be shown."""
        text = filtering.told(self.view.tape, self._default.tape)
        self._prompt.open("/", text, "short bybit >100k btc !pepe; empty shows all")

    def action_command(self, text: str = "") -> None:
        """Ask for a command."""
        hint = "a command, -2% or a price; tab completes"
        self._prompt.open(":", text, hint, lambda line: orders.complete(line, self.known))

    @on(Input.Submitted)
    def _entered(self) -> None:
        text, sign = self._prompt.text, self._prompt.sign
        self._prompt.close()
        if sign == "/":
            self._filter(text)
            return
        try:
            self.obey(text)
        except OrderError as error:
            self.say(str(error))

    def _filter(self, text: str) -> None:
        asked = filtering.parse(text, self.known.names, self._default.tape)
        self.ask(filtering.filtered(self.view, asked))

    def obey(self, line: str) -> None:
        """Carry out a typed line.

        Raises:
            OrderError: it cannot be done.
        """
        typed = orders.read(line, self._actions)
        if typed is None:
            return
        if typed.name in orders.ON_VIEW:
            self.ask(orders.changed(self.view, typed, self.known))
        elif typed.name == "sym":
            self._switch(self._base_named(typed.argument))
        elif typed.name == "mute" and typed.argument:
            self._command(orders.muting(typed.argument, self.known, self.view.base))
        elif typed.name == "export" and typed.argument:
            self.action_export(typed.argument)
        elif typed.name in ("speed", "seek"):
            self._command(orders.replaying(typed, self.shown.at))
        elif typed.name == "preset":
            self._lay_out(typed.argument)
        elif typed.name == "go":
            self._go(orders.target(typed.argument, self.shown.headline.price))
        elif typed.name in {order.name for order in ORDERS}:
            self.post_message(self.Ordered(typed))
        else:
            self._act(typed.name)

    def _base_named(self, name: str) -> str:
        if name.upper() not in self.shown.bases:
            raise OrderError(f"no symbol {name!r}{hint(name.upper(), self.shown.bases)}")
        return name.upper()

    def _go(self, price: float) -> None:
        """Put the crosshair on a price, panning there where it is out of sight."""
        self.current = "heatmap"
        self.heatmap.past = 0
        heat = self.shown.heatmap
        self.heatmap.point(heat, price)
        seen = heat is not None and axis.line_of(heat, self.heatmap.space, price) is not None
        view = self.view if seen else structs.replace(self.view, centre=price)
        self.view = view
        self.place()

    def _act(self, name: str) -> None:
        """Do what a key does, by the action's name."""
        action = next(one for one in self._actions if one.name == name)
        owner = self.app if action.scope == "app" else self
        self.call_later(self.app.run_action, action.call, owner)

    def action_palette(self) -> None:
        """Offer everything that can be done."""
        acts = [Choice(one.name, _told(one.label, one), keys_of(one)) for one in self._actions]
        typed = [Choice(f":{one.name}", _told(one.name, one), one.usage) for one in ORDERS]
        picker = Picker("Palette", [*acts, *typed], self._dress.palette, wide=True)
        self.app.push_screen(picker, self._picked)

    def _picked(self, value: str | None) -> None:
        if value is None:
            return
        if value.startswith(":"):
            self.action_command(f"{value[1:]} ")
        else:
            self._act(value)

    def action_symbol(self) -> None:
        """Ask for a symbol."""
        choices = plainly(self.shown.bases)
        self.app.push_screen(Picker("Symbol", choices, self._dress.palette), self._switch)

    def action_venues_shown(self) -> None:
        """Switch venues on and off."""
        rows = venues_of(self.shown)
        choices = [Choice(row.venue, row.title) for row in rows]
        if choices:
            self._toggle("Venues shown", choices, self.view.venues, self._show_venues)

    def _show_venues(self, on: frozenset[str]) -> None:
        tape = structs.replace(self.view.tape, venues=on)
        self.ask(structs.replace(self.view, venues=on, tape=tape))

    def action_leverage(self) -> None:
        """Switch leverage classes on and off."""
        choices = [Choice(str(tier), f"{tier}x") for tier in TIERS]
        on = frozenset(map(str, self.view.tiers))
        self._toggle("Leverage on the map, estimated", choices, on, self._show_tiers)

    def _show_tiers(self, on: frozenset[str]) -> None:
        self.ask(structs.replace(self.view, tiers=frozenset(map(int, on))))

    def _toggle(
        self,
        title: str,
        choices: Sequence[Choice],
        on: frozenset[str],
        tell: Callable[[frozenset[str]], None],
    ) -> None:
        self.app.push_screen(Toggles(title, choices, on, self._dress.palette, tell))

    def _switch(self, base: str | None) -> None:
        if base and base != self.view.base:
            self._command(Watch(base))
            self.heatmap.past, self.heatmap.cross = 0, None
            self.ask(structs.replace(self.view, base=base, centre=None))

    def action_timeframe(self, by: int) -> None:
        """Take longer or shorter columns."""
        self.ask(viewing.timeframe(self.view, by))
        self.say(f"timeframe {span(self.view.column_s)}")

    def action_price_zoom(self, by: int) -> None:
        """Take coarser or finer rows."""
        self.ask(viewing.price_zoom(self.view, self.shown.heatmap, by))

    def action_recentre(self) -> None:
        """Follow the mark, and now."""
        self.heatmap.past = 0
        self.ask(structs.replace(self.view, centre=None))
        if self.heatmap.cross is not None:
            self.heatmap.point(self.shown.heatmap)
            self.draw(everything=True)

    def action_acknowledge(self) -> None:
        """Silence what the newest alert is about until it escalates."""
        self._command(Acknowledge())

    def action_mute(self) -> None:
        """Hear no alerts of the coin shown for a while, or hear them again."""
        base = self.view.base
        muted = base in dict(self.shown.mutes)
        self._command(Mute(base, 0 if muted else orders.MUTED_S))

    def action_preset(self) -> None:
        """Show other panes beside the map."""
        names = list(PRESETS)
        self._lay_out(names[(names.index(self.preset) + 1) % len(names)])

    def _lay_out(self, name: str) -> None:
        if name not in PRESETS:
            raise OrderError(f"no preset {name!r}: {', '.join(PRESETS)}")
        self.preset, self.zoomed = name, False
        self.place()
        self.say(f"preset {name}")

    def action_detail(self) -> None:
        """Show all there is to the chosen row of the tape."""
        burst = self.tape.selected
        if self.current != "tape" or burst is None:
            self.say("choose a row of the tape first: 2, then down")
            return

        def rows(width: int, palette: Palette) -> list[Cells]:
            return detail.page(burst.rows, self._dress.zone, width, palette)

        self.app.push_screen(Page("Liquidation", rows, self._dress.palette))

    def action_copy_row(self) -> None:
        """Give the chosen row to the terminal's clipboard."""
        burst = self.tape.selected
        if burst is None:
            self.say("no row to copy")
            return
        self.app.copy_to_clipboard(detail.line(burst.sums, self._dress.zone))
        self.say("copied, if the terminal takes it (OSC 52)")

    def action_export(self, named: str = "") -> None:
        """Write what the pane shows to a file, in a thread: a disk may be slow."""
        self.run_worker(self._export(self.shown, self.current, named))

    async def _export(self, shown: Snapshot, pane: str, named: str) -> None:
        try:
            path = await asyncio.to_thread(exporting.save, shown, pane, named)
        except (OSError, NoParquetError) as error:
            self.say(f"not exported: {getattr(error, 'strerror', None) or error}")
        else:
            self.say(f"exported {path.name} to {path.parent}")

    def action_crosshair(self) -> None:
        """Put the crosshair on the mark, or take it away."""
        self.current = "heatmap"
        if self.heatmap.cross is None:
            self.heatmap.point(self.shown.heatmap)
        else:
            self.heatmap.cross = None
        self.place()

    def action_cumulative(self) -> None:
        """Switch the ladder between per price and on the way to a price."""
        self.ask(structs.replace(self.view, cumulative=not self.view.cumulative))

    def action_truth(self) -> None:
        """Show where positions truly stand, which only a simulation knows, or hide it."""
        if self.shown.source != "simulated":
            self.say("truth is known only in the demo")
            return
        self.ask(structs.replace(self.view, truth=not self.view.truth))
        self.say(f"truth {'beside the estimate' if self.view.truth else 'hidden'}")

    def action_move(self, way: str) -> None:
        """Pan the map, or scroll the list that has the keys."""
        if self.current != "heatmap":
            self.panes[self.current].move(way)
            self.draw()
            return
        if self._cross_moved(way):
            return
        self.heatmap.past = viewing.looked_back(self.heatmap.past, self.heatmap.space.columns, way)
        self.ask(viewing.panned(self.view, self.shown.heatmap, way))

    def _cross_moved(self, way: str) -> bool:
        """Move the crosshair, if there is one and the map holds where it goes."""
        pane, heat = self.heatmap, self.shown.heatmap
        if pane.cross is None or heat is None:
            return False
        to = crosshair.moved(pane.cross, heat, pane.space, pane.past, way)
        pane.cross = to or pane.cross
        self.draw(everything=True)
        return to is not None


def _told(name: str, what: Action | Order) -> str:
    return f"{name:<12} {what.description}"
