"""How right the estimate has been, beside what it has to beat; the misses too."""

from typing import Final

from liqtui.model.score import Grade, Score, Touch
from liqtui.tui.render.glyphs import DASH
from liqtui.tui.render.line import Cells, Line, Span, safe
from liqtui.tui.render.numbers import compact, money, percent, price
from liqtui.tui.render.scene import Scene, absent
from liqtui.tui.render.table import Column, fit
from liqtui.tui.render.tape import side
from liqtui.tui.render.times import span

_FIRST: Final = "a map is judged half an hour after it was drawn, where the price went"


def _nats(value: float | None) -> str:
    return DASH if value is None else f"{value:+.2f}"


def _method(grade: Grade, scene: Scene) -> Span:
    score = scene.snapshot.score
    ours = score is not None and grade.method == score.shown
    return safe(grade.method), scene.palette.strong if ours else scene.palette.ground


def _horizon(grade: Grade, scene: Scene) -> Span:
    return span(grade.horizon_s), scene.palette.muted


def _gain(grade: Grade, scene: Scene) -> Span:
    """Return the gain, in colour where its interval leaves no doubt of its sign."""
    palette = scene.palette
    if grade.low is not None and grade.low > 0:
        return _nats(grade.gain), palette.good
    if grade.high is not None and grade.high < 0:
        return _nats(grade.gain), palette.bad
    return _nats(grade.gain), palette.ground


def _interval(grade: Grade, scene: Scene) -> Span:
    if grade.low is None:
        return DASH, scene.palette.muted
    return f"{_nats(grade.low)} to {_nats(grade.high)}", scene.palette.muted


def _ratio(grade: Grade, scene: Scene) -> Span:
    ratio = grade.ratio
    if ratio is None:
        return DASH, scene.palette.ground
    return (f"{ratio:.2f}x" if ratio < 100 else f"{compact(ratio)}x"), scene.palette.ground


def _rho(grade: Grade, scene: Scene) -> Span:
    return _nats(grade.rho), scene.palette.ground


def _fired(grade: Grade, scene: Scene) -> Span:
    if grade.fired is None:
        return DASH, scene.palette.ground
    share = percent(grade.fired, 0, signed=False)
    return f"{share} of {compact(grade.touched)}", scene.palette.ground


def _events(grade: Grade, scene: Scene) -> Span:
    return compact(grade.events), scene.palette.muted


GRADES: Final[tuple[Column[Grade], ...]] = (
    Column("method", 18, _method, right=False),
    Column("over", 4, _horizon),
    Column("gain", 5, _gain),
    Column("95 %", 14, _interval, 2),
    Column("said/was", 8, _ratio, 1),
    Column("rank", 5, _rho, 3),
    Column("fired", 12, _fired, 4),
    Column("liqs", 6, _events, 5),
)


def _when(touch: Touch, scene: Scene) -> Span:
    return scene.zone.clock(touch.at), scene.palette.muted


def _side(touch: Touch, scene: Scene) -> Span:
    return side(touch.side, scene.palette)


def _price(touch: Touch, scene: Scene) -> Span:
    return price(touch.price, 5), scene.palette.strong


def _said(touch: Touch, scene: Scene) -> Span:
    return money(touch.said), scene.palette.ground


def _came(touch: Touch, scene: Scene) -> Span:
    return money(touch.came), side(touch.side, scene.palette)[1]


def _chance(touch: Touch, scene: Scene) -> Span:
    return percent(touch.chance, 0, signed=False), scene.palette.ground


def _verdict(touch: Touch, scene: Scene) -> Span:
    palette = scene.palette
    return ("fired", palette.good) if touch.fired else ("missed", palette.warn)


TOUCHES: Final[tuple[Column[Touch], ...]] = (
    Column("touched", 8, _when, right=False),
    Column("", 1, _side),
    Column("price", 8, _price),
    Column("expected", 8, _said),
    Column("came", 8, _came),
    Column("sure", 5, _chance, 1),
    Column("", 7, _verdict, right=False, grow=True),
)


def score(scene: Scene, width: int, height: int, first: int = 0) -> list[Cells]:
    """Return the grades, one row a method and horizon, then the clusters touched last."""
    found = scene.snapshot.score
    if found is None:
        return absent(scene, "this symbol is not scored", width, height)
    if not any(grade.windows for grade in found.grades):
        waiting = found.warming or _FIRST
        return absent(scene, f"nothing to judge yet: {safe(waiting)}", width, height)
    rows = [*_warming(found, scene, width), *_grades(found, scene, width)]
    return [*rows, *_touches(found, scene, width)][first : first + max(0, height)]


def _warming(found: Score, scene: Scene, width: int) -> list[Cells]:
    if not found.warming:
        return []
    line = Line(width, scene.palette.ground)
    return [line.put(f" warming: {safe(found.warming)}", scene.palette.warn).cells()]


def _grades(found: Score, scene: Scene, width: int) -> list[Cells]:
    table = fit(GRADES, width)
    judged = [grade for grade in found.grades if grade.windows]
    return [table.head(scene.palette.muted), *(table.row(grade, scene) for grade in judged)]


def _touches(found: Score, scene: Scene, width: int) -> list[Cells]:
    if not found.touches:
        return []
    table = fit(TOUCHES, width)
    return [
        Line(width, scene.palette.ground).cells(),
        table.head(scene.palette.muted),
        *(table.row(touch, scene) for touch in found.touches),
    ]
