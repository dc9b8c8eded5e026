"""The line at the bottom: key hints at the left, what is going on at the right."""

from collections.abc import Sequence
from typing import Final

from liqtui.model.snapshot import Progress, Recorded
from liqtui.tui.render import glyphs
from liqtui.tui.render.line import Cells, Line, Span, clip, length, safe
from liqtui.tui.render.numbers import size
from liqtui.tui.render.scene import Scene
from liqtui.tui.render.times import age

_ROOMY: Final = 120
"""Columns from which on there is room for what is nice to know."""
_HELP: Final = 10
"""Cells that the first of the keys keeps."""


def status(
    scene: Scene,
    width: int,
    hints: Sequence[tuple[str, str]],
    notice: str = "",
    wanted: str = "",
    sent: tuple[float, float] | None = None,
) -> Cells:
    """Return the line.

    Args:
        scene: what is shown.
        width: of the line.
        hints: keys and what they do, the most important first.
        notice: what was last said to the user.
        wanted: the filter in force.
        sent: frames and bytes a second the terminal is sent; None where nobody counts them.
    """
    palette = scene.palette
    line = Line(width, palette.bar)
    rate = f"{sent[0]:.0f}fps {_kibibytes(sent[1])} " if sent and width >= _ROOMY else ""
    right = _right(scene, notice, wanted, width - len(rate))
    if rate:
        right.append((rate, palette.bar))
    line.put(" ")
    for key, label in hints:
        if len(key) + len(label) + 3 > line.room - length(right):
            break
        line.put(key, palette.bar_key).put(f" {label}  ")
    return line.right(right).cells()


def _kibibytes(sent: float) -> str:
    return f"{sent / 1024:.0f}KiB/s" if sent >= 1024 else "<1KiB/s"


def _recorded(recorded: Recorded, now: int) -> str:
    """Return for how long and how much, and what the disk was too slow for."""
    lost = f" {recorded.dropped:,} LOST" if recorded.dropped else ""
    return f"{glyphs.LIVE} REC {age(now - recorded.since)} {size(recorded.size)}{lost}"


def _slowest(steps: Sequence[Progress]) -> str:
    """Return what is least far, and how many more there are."""
    last = min(steps, key=lambda step: step.done)
    more = f" +{len(steps) - 1}" if len(steps) > 1 else ""
    return f"{safe(last.label)} {last.done:.0%}{more}"


def _right(scene: Scene, notice: str, wanted: str, room: int) -> list[Span]:
    """Return what is going on: what was said may take all the room but that of the help."""
    palette, snapshot = scene.palette, scene.snapshot
    spans: list[Span] = []
    if snapshot.progress:
        spans.append((_slowest(snapshot.progress), palette.bar))
    if snapshot.recorded is not None:
        spans.append((_recorded(snapshot.recorded, snapshot.at), palette.bar_key))
    if wanted:
        spans.append((clip(f"/{safe(wanted)}", room // 2), palette.bar_key))
    if notice:
        left = room - _HELP - sum(len(text) + 3 for text, _ in spans)
        spans.insert(0, (clip(safe(notice), max(left, room // 2)), palette.bar_key))
    joined: list[Span] = []
    for span in spans:
        joined += [(f" {glyphs.DOT} ", palette.bar)] if joined else []
        joined.append(span)
    return [*joined, (" ", palette.bar)] if joined else []
