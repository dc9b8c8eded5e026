"""The dashboard: lays the panes out, keeps the view, hands scenes to the panes."""

from collections.abc import Callable, Sequence
from typing import ClassVar, Final

from msgspec import structs
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widget import Widget

from liqtui.model.snapshot import EMPTY, Snapshot
from liqtui.model.text import plain
from liqtui.model.view import Command, Reconnect, Record, Skip, View
from liqtui.tui import filtering
from liqtui.tui.actions import Action, bindings, hints
from liqtui.tui.layout import PANES, Box, arrange, walls
from liqtui.tui.render.scene import Scene
from liqtui.tui.screens.steering import Dress, Steering
from liqtui.tui.widgets.lines import HeadlineBar, StatusBar
from liqtui.tui.widgets.lists import ClustersPane, HealthPane, LogPane, VenuesPane, VolumePane
from liqtui.tui.widgets.map import LadderPane, Pointed
from liqtui.tui.widgets.pane import Pane
from liqtui.tui.widgets.score import ScorePane

_TAPE_ROWS: Final = 1_000
"""Prints asked for: a cascade brings hundreds in the seconds before a screen is opened."""
_SILENCE_S: Final = 5
_NOTICE_S: Final = 6
_ANSWER_S: Final = 3
"""For which what the user did is answered, whatever else happens."""
_FLASH_S: Final = 0.8


class Dashboard(Steering, inherit_bindings=False):
    """All panes at once, or one alone."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("dashboard")
    AUTO_FOCUS = ""

    def __init__(
        self,
        look: Callable[[View], None],
        command: Callable[[Command], None],
        view: View,
        dress: Dress,
        actions: Sequence[Action],
    ) -> None:
        """Take what to call when the user wants to see or to do something else."""
        super().__init__(structs.replace(view, tape_rows=_TAPE_ROWS), dress, actions, command)
        self._look = look
        self._asked: View | None = None
        self._snapshot: Snapshot = EMPTY
        self._frozen: Snapshot | None = None
        self._heat_shown: Snapshot | None = None
        self._boxes: dict[str, Box] = {}
        self._ticks = self._unchanged = self._notice_until = self._flash_until = 0
        self._answer_until = 0
        self.sent_per_s: tuple[float, float] | None = None
        """Frames and bytes the terminal is sent; None where nobody counts them."""
        self._notice = self._waiting = ""
        self.venues = VenuesPane("venues")
        self.panes = {
            "heatmap": self.heatmap,
            "ladder": LadderPane("ladder"),
            "tape": self.tape,
            "venues": self.venues,
            "clusters": ClustersPane("clusters"),
            "log": LogPane("log"),
            "volume": VolumePane("volume"),
            "score": ScorePane("score"),
            "health": HealthPane("health"),
        }
        self._headline, self._status = HeadlineBar("headline"), StatusBar("status", hints(actions))

    @property
    def shown(self) -> Snapshot:
        """What is on the screen: the newest, or what was when it was paused."""
        return self._frozen or self._snapshot

    @property
    def laid_out(self) -> bool:
        """Whether there is anything to see."""
        return bool(self._boxes)

    def compose(self) -> ComposeResult:
        """Put everything on the screen; the layout says where."""
        yield self._headline
        yield from self.panes.values()
        yield self._status
        yield self._prompt

    def tick(self, snapshot: Snapshot) -> None:
        """Take the newest snapshot; draw what changed."""
        self._ticks += 1
        fresh = snapshot is not self._snapshot
        self._unchanged = 0 if fresh else self._unchanged + 1
        if fresh:
            self._take(snapshot)
        if self._waiting and self._ticks >= self._answer_until:
            self._note(self._waiting)
        behind = self._heat_shown is not self.shown
        if (
            fresh
            or behind
            or self._silent_s()
            or self._ticks in (self._notice_until, self._flash_until, self._answer_until)
        ):
            self.draw()

    def _take(self, snapshot: Snapshot) -> None:
        before, self._snapshot = self._snapshot, snapshot
        if snapshot.notices and snapshot.notices != before.notices:
            self._hear(snapshot.notices[-1])
        if self._frozen is not None and snapshot.view != self._frozen.view:
            self._frozen = snapshot
        if len(snapshot.venues) != len(before.venues):
            self.place()

    def say(self, text: str) -> None:
        """Show for some seconds what answers the user."""
        self._note(text)
        self._answer_until = self._ticks + max(1, round(_ANSWER_S / self._dress.tick_s))
        self._show_status()

    def tell(self, text: str) -> None:
        """Show for some seconds what has happened, once an answer has been seen."""
        self._hear(text)
        self._show_status()

    def _hear(self, text: str) -> None:
        if self._ticks < self._answer_until:
            self._waiting = text
        else:
            self._note(text)

    def _show_status(self) -> None:
        if self._boxes:
            self._draw_status(self._scene(self._snapshot))

    def flash(self) -> None:
        """Light the headline and the log's newest row up for a moment."""
        self._flash_until = self._ticks + max(1, round(_FLASH_S / self._dress.tick_s))
        self.draw()

    def _note(self, text: str) -> None:
        self._notice, self._waiting = plain(text), ""
        self._notice_until = self._ticks + max(1, round(_NOTICE_S / self._dress.tick_s))

    def relabel(self, actions: Sequence[Action]) -> None:
        """Take other keys."""
        self._actions = actions
        self._status.hints = hints(actions)

    def refit(self, change: Callable[[View], View]) -> None:
        """Change the view, and what it is without a filter."""
        self._default = change(self._default)
        self.ask(change(self.view))

    def wear(self, dress: Dress) -> None:
        """Take other colours or another zone."""
        self._dress = dress
        self.draw(everything=True)

    def draw(self, *, everything: bool = False) -> None:
        """Draw the scene; the heatmap only when its time has come or its view has changed."""
        if not self._boxes:
            return
        now, data = self._scene(self._snapshot), self._scene(self.shown)
        self._headline.show(now, self.size.width)
        self._draw_status(now)
        heat = everything or self._heat_due(data.snapshot)
        for name in self._boxes:
            if heat or name not in ("heatmap", "ladder"):
                self.panes[name].show(now if name == "health" else data)
        if heat:
            self._heat_shown = data.snapshot

    def _draw_status(self, now: Scene) -> None:
        said = self._notice if self._ticks < self._notice_until else ""
        wanted = filtering.told(self.view.tape, self._default.tape)
        self._status.show(now, self.size.width, said or self.complaint, wanted, self.sent_per_s)

    def _scene(self, snapshot: Snapshot) -> Scene:
        dress = self._dress
        behind = None
        if self._frozen is not None:
            behind = self._snapshot.tape.total - self._frozen.tape.total
        return Scene(
            snapshot, dress.palette, dress.zone, dress.ascii, behind, self._silent_s(),
            flash=self._ticks < self._flash_until,
        )  # fmt: skip

    def _heat_due(self, snapshot: Snapshot) -> bool:
        shown = self._heat_shown
        if shown is None or shown.view != snapshot.view or shown.heatmap is None:
            return True
        return shown is not snapshot and self._ticks % self._dress.heat_every == 0

    def _silent_s(self) -> int:
        """Return for how long a core that should speak has been silent."""
        silent = int(self._unchanged * self._dress.tick_s)
        alive = self._snapshot.source == "live" and self._snapshot.at
        return silent if alive and silent >= _SILENCE_S else 0

    def on_resize(self, event: events.Resize) -> None:
        """Lay out for another size."""
        self.place()

    def place(self) -> None:
        """Give every pane its rectangle, and ask for a map that fills the new one."""
        width, height = self.size
        if not width or not height:
            return
        only = self.current if self.zoomed else None
        rows = len(self._snapshot.venues) + 1
        self._boxes = arrange(width, height, rows, only, self.current, self.preset)
        if self.current not in self._boxes:
            self.current = PANES[0]
        pieces = walls(self._boxes)
        for name, pane in self.panes.items():
            box = self._boxes.get(name)
            pane.display, pane.chosen = box is not None, name == self.current
            if box is not None:
                pane.walls, pane.rows_inside = pieces[name], box.height - 1
                _put(pane, box)
        _put(self._headline, Box(0, 0, width, 1))
        for line in (self._status, self._prompt):
            _put(line, Box(0, height - 1, width, 1))
        self.ask(self.view)
        self.draw(everything=True)

    def ask(self, view: View) -> None:
        """Say what is to be shown, in a size that fills the map."""
        space, past = self.heatmap.space, self.heatmap.past
        if "heatmap" in self._boxes:
            view = structs.replace(
                view, columns=max(1, space.columns + past), rows=max(2, space.lines * 2)
            )
        self.view = view
        if view != self._asked:
            self._asked = view
            self._look(view)

    def action_pane(self, name: str) -> None:
        """Give the keys to a pane; one that has no room here gets the whole screen."""
        hidden = name not in self._boxes
        self.zoomed = self.zoomed or (hidden and self._several())
        self.current = name
        self.place()

    def _several(self) -> bool:
        """Tell whether there is room for more than one pane."""
        return any(name in PANES and name != self.current for name in self._boxes)

    def action_next_pane(self, by: int) -> None:
        """Give the keys to the next pane that is seen; to the next at all where one fits."""
        seen: list[str] = [name for name in PANES if name in self._boxes]
        ring = seen if len(seen) > 1 else list(PANES)
        self.action_pane(ring[(ring.index(self.current) + by) % len(ring)])

    @on(Pane.Touched)
    def _touched(self, event: Pane.Touched) -> None:
        name = event.pane.id or self.current
        self.action_pane("heatmap" if name == "ladder" else name)
        if event.way:
            self.action_move(event.way)

    @on(Pointed)
    def _pointed(self, event: Pointed) -> None:
        """Aim the crosshair, once the map has the keys: the first press only chooses it."""
        held = self.current == "heatmap"
        self.action_pane("heatmap")
        if held or self.heatmap.cross is not None:
            self.heatmap.aim(self.shown.heatmap, event.line, event.column)
            self.draw(everything=True)

    def action_pause(self) -> None:
        """Freeze the view, or take it up again."""
        self._frozen = None if self._frozen else self._snapshot
        self.draw(everything=True)

    def action_reconnect(self) -> None:
        """Open the chosen venue's sockets anew, or all."""
        self._command(Reconnect(self.venues.venue))
        self.say(f"reconnecting {self.venues.venue or 'all venues'}")

    def action_skip(self) -> None:
        """Go on with what has come of the past."""
        self._command(Skip())

    def action_record(self) -> None:
        """Record, or stop; the answer says where."""
        self._command(Record(self._snapshot.recorded is None))


def _put(widget: Widget, box: Box) -> None:
    """Move a widget to its rectangle."""
    styles = widget.styles
    styles.offset = (box.x, box.y)
    styles.width, styles.height = box.width, box.height
