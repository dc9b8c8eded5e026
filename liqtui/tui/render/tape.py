"""The tape: one liquidation a row, newest first."""

from collections.abc import Sequence
from typing import Final

from rich.style import Style

from liqtui.model.market import Coverage, PriceKind, Side
from liqtui.model.snapshot import TapeRow
from liqtui.model.text import narrow
from liqtui.model.view import TapeFilter
from liqtui.tui.bursts import Burst
from liqtui.tui.palette import Palette
from liqtui.tui.render import glyphs
from liqtui.tui.render.frame import Title
from liqtui.tui.render.line import Cells, Span, safe
from liqtui.tui.render.numbers import brief, compact, money, price
from liqtui.tui.render.scene import Scene, absent
from liqtui.tui.render.table import Column, Table, fit

LARGE_USD: Final = 1e6
NOTABLE_USD: Final = 1e5
_KINDS: Final = {PriceKind.ORDER: "o", PriceKind.BANKRUPTCY: "b", PriceKind.MARK: "m"}
"""Said after the price where it is not the fill."""


def side(of: Side, palette: Palette) -> Span:
    """Return the letter of the position that was closed."""
    return ("L", palette.long) if of is Side.LONG else ("S", palette.short)


def _weight(row: TapeRow, scene: Scene) -> Style:
    """Return how loud a row is: by its USD."""
    if row.quarantined or row.notional is None or row.notional < NOTABLE_USD:
        return scene.palette.muted
    return scene.palette.strong if row.notional >= LARGE_USD else scene.palette.ground


def _time(row: TapeRow, scene: Scene) -> Span:
    return scene.zone.clock(row.at), scene.palette.muted


def _venue(row: TapeRow, scene: Scene) -> Span:
    return safe(row.tag), scene.palette.ground


def _base(row: TapeRow, scene: Scene) -> Span:
    return narrow(row.base), _weight(row, scene)


def _symbol(row: TapeRow, scene: Scene) -> Span:
    return narrow(row.symbol), scene.palette.muted


def _side(row: TapeRow, scene: Scene) -> Span:
    return side(row.side, scene.palette)


def _price(row: TapeRow, scene: Scene) -> Span:
    return price(row.price), _weight(row, scene)


def _kind(row: TapeRow, scene: Scene) -> Span:
    return _KINDS.get(row.price_kind, ""), scene.palette.muted


def _quantity(row: TapeRow, scene: Scene) -> Span:
    return compact(row.quantity), scene.palette.muted


def _notional(row: TapeRow, scene: Scene) -> Span:
    """Return the USD, and in one cell what the remark says in words."""
    if row.quarantined:
        return f"{money(row.notional)}?", scene.palette.warn
    sign = " " if row.cluster is None else glyphs.CLUSTER
    colour = side(row.side, scene.palette)[1]
    loud = row.notional is not None and row.notional >= LARGE_USD
    quiet = row.notional is None or row.notional < NOTABLE_USD
    style = scene.palette.muted if quiet else colour
    return money(row.notional) + sign, style + Style(bold=True) if loud else style


def _count(row: TapeRow, scene: Scene) -> Span:
    """Return how many prints a burst sums; nothing for a single one."""
    return (f"{glyphs.TIMES}{row.prints}" if row.prints > 1 else ""), scene.palette.strong


def _time_and_count(row: TapeRow, scene: Scene) -> Span:
    """Return the time, for a burst without its seconds but with how many it sums."""
    clock = scene.zone.clock(row.at)
    if row.prints == 1:
        return clock, scene.palette.muted
    count = f"{glyphs.TIMES}{row.prints}" if row.prints < 100 else f"{glyphs.AT_LEAST}99"
    return f"{clock[:5]} {count}", scene.palette.ground


def _cover(row: TapeRow, scene: Scene) -> Span:
    return ("" if row.coverage is Coverage.FULL else row.coverage.value[:4]), scene.palette.muted


def _remark(row: TapeRow, scene: Scene) -> Span:
    """Return why a row does not count, or the estimated cluster it fell into."""
    if row.quarantined:
        return safe(row.quarantined), scene.palette.warn
    if row.cluster is None:
        return "", scene.palette.muted
    return f"in est. {price(row.cluster, 5)}", scene.palette.estimated


COLUMNS: Final[tuple[Column[TapeRow], ...]] = (
    Column("time", 8, _time, right=False),
    Column("ven", 3, _venue, right=False),
    Column("base", 5, _base, right=False),
    Column("", 1, _side),
    Column("price", 9, _price),
    Column("", 1, _kind, 2),
    Column("qty", 6, _quantity, 3),
    Column("USD ", 7, _notional),
    Column("", 3, _count, 1, right=False),
    Column("cov", 4, _cover, 5),
    Column("symbol", 14, _symbol, 6, right=False),
    Column("", 15, _remark, 4, right=False, grow=True),
)


_COUNTED: Final = (Column("time", 9, _time_and_count, right=False), *COLUMNS[1:])
"""Where there is no room for a column with the count."""


class Tape:
    """Draws rows and remembers those it drew: a liquidation never changes, a burst only grows."""

    def __init__(self) -> None:
        self._drawn: dict[tuple[int, int], Cells] = {}
        self._for: tuple[int, Palette, str] | None = None
        self._table: Table[TapeRow] = fit(COLUMNS, 80)

    def rows(
        self,
        scene: Scene,
        width: int,
        height: int,
        found: Sequence[Burst],
        cursor: int | None = None,
    ) -> list[Cells]:
        """Return a row of titles and the bursts that fit.

        Args:
            scene: what is shown.
            width: of a row.
            height: rows at most, the titles included.
            found: the bursts, from the first one seen on.
            cursor: which of them is chosen.
        """
        self._prepare(scene, width)
        shown = found[: max(0, height - 1)]
        if not shown:
            return absent(scene, _nothing(scene), width, height)
        drawn = {(burst.rows[0].number, len(burst.rows)): burst for burst in shown}
        self._drawn = {key: self._row(key, burst, scene) for key, burst in drawn.items()}
        rows = list(self._drawn.values())
        if cursor is not None and 0 <= cursor < len(shown):
            rows[cursor] = self._table.row(shown[cursor].sums, scene, scene.palette.selected)
        return [self._table.head(scene.palette.muted), *rows]

    def _prepare(self, scene: Scene, width: int) -> None:
        key = (width, scene.palette, scene.zone.name)
        if key != self._for:
            self._for, self._drawn = key, {}
            table = fit(COLUMNS, width)
            counted = any(column.cell is _count for column in table.columns)
            self._table = table if counted else fit(_COUNTED, width)

    def _row(self, key: tuple[int, int], burst: Burst, scene: Scene) -> Cells:
        return self._drawn.get(key) or self._table.row(burst.sums, scene)


def _nothing(scene: Scene) -> str:
    tape = scene.snapshot.tape
    if not scene.snapshot.at:
        return "no snapshot yet"
    asked = scene.snapshot.view.tape
    if tape.hidden and asked == TapeFilter(least=asked.least):
        return f"{tape.hidden:,} smaller than ${brief(asked.least)}"
    if tape.hidden:
        return f"{tape.hidden:,} hidden by the filter"
    if scene.trouble() is not None:
        return "nobody tells of liquidations"
    return "no liquidation yet: on a calm day that is normal"


def title(scene: Scene, above: int, least: float) -> Title:
    """Return the tape's title.

    Args:
        scene: what is shown.
        above: newer rows scrolled out of sight.
        least: USD below which rows are hidden.
    """
    palette, tape = scene.palette, scene.snapshot.tape
    notes: list[Span] = []
    if least:
        notes.append((f"{glyphs.AT_LEAST}${brief(least)}", palette.muted))
    if scene.behind is not None:
        notes.append((f"PAUSED +{scene.behind}", palette.warn))
    elif above:
        notes.append((f"+{above} newer", palette.warn))
    heard = scene.snapshot.venues and scene.trouble() is None
    rate = f"{tape.per_minute:.0f}/min" if heard else f"{glyphs.DASH}/min"
    hidden = f"{tape.hidden:,} hidden" if tape.hidden else ""
    words = [f"{rate} {glyphs.DOT} {hidden}", hidden] if hidden else [rate]
    return Title("Tape", 2, tuple(notes), tuple(((text, palette.muted),) for text in words))
