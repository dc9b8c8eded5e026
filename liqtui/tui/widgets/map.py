"""The heatmap and its ladder."""

from typing import Final

import numpy as np
from textual import events
from textual.message import Message

from liqtui.model.snapshot import Heatmap, TrueMap
from liqtui.model.text import narrow
from liqtui.model.view import View
from liqtui.tui.render import axis, crosshair, glyphs, heatmap
from liqtui.tui.render.crosshair import Cross
from liqtui.tui.render.frame import Title
from liqtui.tui.render.heatmap import AXIS, Brush, Extent
from liqtui.tui.render.ladder import ladder
from liqtui.tui.render.line import Cells, Line, Span, joined, safe
from liqtui.tui.render.numbers import money, percent
from liqtui.tui.render.scene import Scene, absent
from liqtui.tui.render.times import span
from liqtui.tui.widgets.pane import Pane

_ROOMY: Final = 62
_ROOMIEST: Final = 100
_APART: Final = 19
_WORDY: Final = 26
"""Cells in which the ladder's legend has blanks, and in which it is spelt out."""
_TRUTH: Final = "truth"
"""Under the columns that tell it; they are as wide."""


class Pointed(Message):
    """The mouse was pressed on the map or beside it."""

    def __init__(self, line: int, column: int | None = None) -> None:
        """Take the line below the title and the map's column; None: of the ladder."""
        super().__init__()
        self.line, self.column = line, column


class HeatmapPane(Pane):
    """Estimated USD by price over time."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.past = 0
        """Columns between the right edge and now."""
        self.cross: Cross | None = None
        """Where the crosshair is, while there is one."""
        self._top = 0.0
        self._brush: Brush | None = None
        self._drawn: dict[bytes, Cells] = {}

    @property
    def space(self) -> Extent:
        """Cells of the map itself."""
        return heatmap.extent(self.columns_inside, self.rows_inside)

    def title(self, scene: Scene) -> Title:
        """Name the symbol and the units, and show the legend."""
        palette, heat = scene.palette, scene.snapshot.heatmap
        word = "Heatmap" if self.columns_inside >= _ROOMY else "Map"
        name = f"{word} {narrow(scene.snapshot.view.base)}"
        if heat is None:
            return Title(name, 1)
        unit = f"est. $/{percent(heat.row_fraction, 2, signed=False)}"
        notes: list[Span] = [(span(heat.column_s), palette.muted), (unit, palette.estimated)]
        if scene.snapshot.view.truth:
            notes.insert(self.columns_inside >= _ROOMY, _truth(scene, self.columns_inside))
        notes += [(words, palette.warn) for words in _parts(scene.snapshot.view, heat)]
        if self.past:
            notes.append((f"{self.past} columns back", palette.warn))
        if heat.warming:
            notes.append((safe(heat.warming), palette.warn))
        if heat.remark:
            notes.append((safe(heat.remark), palette.muted))
        if not np.isfinite(heat.cells).any():  # colours of nothing
            return Title(name, 1, tuple(notes))
        legend = axis.legend(self._top, self._brush_of(scene), palette.muted)
        return Title(name, 1, tuple(notes), legend)

    def body(self, scene: Scene, width: int, height: int) -> list[Cells]:
        """Draw the price axis, the map and the time axis."""
        heat, space = scene.snapshot.heatmap, self.space
        if heat is None or not heat.cells.size:
            return absent(scene, "no estimate yet", width, height)
        view, cross = scene.snapshot.view, self.cross
        self._top = view.scale or heatmap.scale(heat, self._top, scene.snapshot.truth)
        brush = self._brush_of(scene)
        beside = self._beside(scene.snapshot.truth)
        at = crosshair.cell(cross, heat, space, self.past) if cross else None
        codes = self._codes(heat, beside, scene.snapshot.truth, view.floor)
        if at is not None:
            heatmap.aim(codes, *at)
        plot = [(line.tobytes(), line) for line in codes]
        self._drawn = {key: self._drawn.get(key) or brush.row(line) for key, line in plot}
        pointed = (at[0], cross.price) if at and cross else None
        labels = axis.price_axis(heat, space, scene.palette, pointed)
        rows = [
            joined(label, self._drawn[key]) for label, (key, _) in zip(labels, plot, strict=True)
        ]
        if cross is not None:
            return [*rows, crosshair.readout(cross, heat, width, scene.zone, scene.palette)]
        return [*rows, self._times(scene, heat, beside)]

    def on_click(self, event: events.Click) -> None:
        """Put the crosshair where the mouse is."""
        event.stop()
        column = event.x - bool(self.walls.left) - AXIS
        self.post_message(Pointed(event.y - 1, column))

    def aim(self, heat: Heatmap | None, line: int, column: int | None) -> None:
        """Put the crosshair on a cell of the map; no column: now.

        Outside of the map it stays as it is.
        """
        back = 0 if column is None else self.space.columns - 1 - column
        price = axis.price_at(heat, self.space, line) if heat else None
        if price is not None and 0 <= back < self.space.columns:
            self.cross = Cross(price, self.past + back)

    def point(self, heat: Heatmap | None, price: float | None = None) -> None:
        """Put the crosshair on a price, now; on the mark where none is named."""
        at = price or (heat.mark if heat else None)
        if at is not None:
            self.cross = Cross(at, self.past)

    def _beside(self, truth: TrueMap | None) -> int:
        """Return how many columns at the right tell the truth; none while looking away."""
        if truth is None or self.past or self.cross or self.space.columns < 2:
            return 0
        return len(_TRUTH) if self.space.columns > _ROOMY // 2 else 1

    def _codes(
        self, heat: Heatmap, beside: int, truth: TrueMap | None, floor: float
    ) -> heatmap.Codes:
        if truth is None or not beside:
            return heatmap.codes(heat, self.space, self._top, self.past, floor)
        return heatmap.beside(heat, truth, self.space, beside, self._top, floor)

    def _times(self, scene: Scene, heat: Heatmap, beside: int) -> Cells:
        columns = self.space.columns - (beside + 1 if beside else 0)
        end = len(heat.times) - self.past
        shown = heat.times[max(0, end - columns) : max(0, end)].tolist()
        text = axis.time_axis(shown, heat.column_s, columns, scene.zone)
        line = Line(AXIS + self.space.columns, scene.palette.muted).to(AXIS).put(text)
        if beside == len(_TRUTH):
            line.put(" ").put(_TRUTH, scene.palette.mark)
        return line.cells()

    def _brush_of(self, scene: Scene) -> Brush:
        """Return the brush of this palette; another palette makes every drawn row void."""
        if self._brush is None or self._brush.palette is not scene.palette:
            self._brush, self._drawn = Brush(scene.palette, ascii_only=scene.ascii), {}
        return self._brush


def _parts(view: View, heat: Heatmap) -> list[str]:
    """Return what the map is limited to; that it is not, where the method cannot tell."""
    parts = [] if view.side is None else [f"{view.side.value}s only"]
    if not heat.divisible:
        parts += ["of all venues and leverages"] if view.venues or view.tiers else []
    else:
        parts += [", ".join(safe(name) for name in sorted(view.venues))] if view.venues else []
        parts += ["/".join(f"{tier}x" for tier in sorted(view.tiers))] if view.tiers else []
    return [*parts, *([f"from {money(view.floor)}"] if view.floor else [])]


class LadderPane(Pane):
    """The present estimate by price, line by line beside the heatmap."""

    def on_click(self, event: events.Click) -> None:
        """Put the crosshair on the price the mouse is on."""
        event.stop()
        self.post_message(Pointed(event.y - 1))

    def title(self, scene: Scene) -> Title:
        """Say what the bars are."""
        name = self._unit(scene)
        if scene.snapshot.view.cumulative:
            name = "est. to reach"
        if scene.snapshot.truth is None:
            return Title(name)
        room = self.columns_inside
        apart = " " if room >= _APART else ""
        name = name if room >= _WORDY else "est."
        note = (f"truth{apart}{glyphs.LOWER}", scene.palette.mark)
        return Title(f"{name}{apart}{glyphs.UPPER}", notes=(note,))

    def _unit(self, scene: Scene) -> str:
        """Return what a bar is worth: a line is two rows of the map."""
        heat = scene.snapshot.heatmap
        if heat is None:
            return "est. $ now"
        unit = f"est. $/{percent(2 * heat.row_fraction, 2, signed=False)}"
        return f"{unit} now" if self.columns_inside >= _APART else unit

    def body(self, scene: Scene, width: int, height: int) -> list[Cells]:
        """Draw one rung a line, and nothing beside the time axis."""
        heat = scene.snapshot.heatmap
        if heat is None or not heat.cells.size:
            return []
        return ladder(
            heat,
            width,
            height - 1,
            scene.palette,
            running=scene.snapshot.view.cumulative,
            truth=scene.snapshot.truth,
            ascii_only=scene.ascii,
        )


def _truth(scene: Scene, room: int) -> Span:
    """Say that the truth is shown, how much of the estimate lies where it does, and how large."""
    truth = scene.snapshot.truth
    if truth is None:
        return "truth unknown", scene.palette.warn
    view = scene.snapshot.view
    whose = "truth of all" if view.venues or view.tiers else "truth"
    text = f"{whose} {percent(truth.shared, 0, signed=False)} shared"
    if truth.ratio is not None and room >= _ROOMIEST:
        text += f", est. {truth.ratio:.1f}x"
    return text, scene.palette.mark
