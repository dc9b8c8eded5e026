"""The log: what happened that is worth knowing."""

from functools import lru_cache
from itertools import islice
from textwrap import wrap
from typing import Final

from rich.style import Style

from liqtui.model.snapshot import Note, NoteKind
from liqtui.tui.palette import Palette
from liqtui.tui.render.line import Cells, Line, lit, safe
from liqtui.tui.render.scene import Scene, absent

_WORDS: Final = {
    NoteKind.FEED: "feed",
    NoteKind.GAP: "gap",
    NoteKind.LARGE: "large",
    NoteKind.ODD: "odd",
    NoteKind.ALERT: "ALERT",
}
_WORD: Final = 5
_MARGIN: Final = len(" 12:04:31 ") + _WORD + 1
"""Cells before a note's text."""

_LENGTH: Final = 400
"""Characters of a note: an alert with all its evidence has some 250."""


def length(scene: Scene, width: int) -> int:
    """Return how many rows all notes take."""
    return sum(len(_wrapped(note.text, width)) for note in scene.snapshot.log)


def notes(scene: Scene, width: int, height: int, first: int = 0) -> list[Cells]:
    """Return the notes, newest first, from a row on; a long one takes several."""
    found = scene.snapshot.log
    if not found:
        return absent(scene, "nothing worth a note yet", width, height)
    every = ((note, n) for note in found for n in range(len(_wrapped(note.text, width))))
    seen = islice(every, first, first + max(0, height))
    rows = [_row(note, n, scene, width) for note, n in seen]
    if rows and scene.flash and not first and found[0].kind is NoteKind.ALERT:
        rows[0] = lit(rows[0], scene.palette.here)
    return rows


@lru_cache(512)
def _wrapped(text: str, width: int) -> tuple[str, ...]:
    """Return a note's text as the rows it takes beside the time and the kind."""
    return tuple(wrap(safe(text, _LENGTH), max(1, width - _MARGIN))) or ("",)


def _row(note: Note, number: int, scene: Scene, width: int) -> Cells:
    palette = scene.palette
    line = Line(width, palette.ground)
    if number == 0:
        line.put(f" {scene.zone.clock(note.at)} ", palette.muted)
        line.put(f"{_WORDS[note.kind]:<{_WORD}} ", _style(note, palette))
    text = _wrapped(note.text, width)[number]
    return line.to(_MARGIN).put(text, palette.muted if note.dim else None).cells()


def _style(note: Note, palette: Palette) -> Style:
    if note.dim:
        return palette.muted
    if note.kind is NoteKind.ALERT:
        return palette.good if note.well else palette.warn
    if note.kind is NoteKind.FEED:
        return palette.good if note.well else palette.bad
    return palette.strong if note.kind is NoteKind.LARGE else palette.warn
