"""The log: what happened that is worth knowing."""

from typing import Final

from rich.style import Style

from liqtui.model.snapshot import Note, NoteKind
from liqtui.tui.palette import Palette
from liqtui.tui.render.line import Cells, Line, clip, lit, safe
from liqtui.tui.render.scene import Scene, absent

_WORDS: Final = {
    NoteKind.FEED: "feed",
    NoteKind.GAP: "gap",
    NoteKind.LARGE: "large",
    NoteKind.ODD: "odd",
    NoteKind.ALERT: "ALERT",
}
_WORD: Final = 5


def notes(scene: Scene, width: int, height: int, first: int = 0) -> list[Cells]:
    """Return a row per note, newest first."""
    found = scene.snapshot.log
    if not found:
        return absent(scene, "nothing worth a note yet", width, height)
    rows = [_row(note, scene, width) for note in found[first : first + max(0, height)]]
    if rows and scene.flash and not first and found[0].kind is NoteKind.ALERT:
        rows[0] = lit(rows[0], scene.palette.here)
    return rows


def _row(note: Note, scene: Scene, width: int) -> Cells:
    palette = scene.palette
    line = Line(width, palette.ground).put(f" {scene.zone.clock(note.at)} ", palette.muted)
    line.put(f"{_WORDS[note.kind]:<{_WORD}} ", _style(note, palette))
    return line.put(clip(safe(note.text), line.room), palette.muted if note.dim else None).cells()


def _style(note: Note, palette: Palette) -> Style:
    if note.dim:
        return palette.muted
    if note.kind is NoteKind.ALERT:
        return palette.good if note.well else palette.warn
    if note.kind is NoteKind.FEED:
        return palette.good if note.well else palette.bad
    return palette.strong if note.kind is NoteKind.LARGE else palette.warn
