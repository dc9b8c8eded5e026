"""The detail of a tape row: what it says, how its dollars are reckoned, the message it came in."""

from collections.abc import Iterator, Sequence
from typing import Final

from rich.style import Style

from liqtui.model.market import PriceKind, Sampling, Unit
from liqtui.model.snapshot import TapeRow
from liqtui.model.text import narrow, plain
from liqtui.tui.palette import Palette
from liqtui.tui.render import glyphs
from liqtui.tui.render.line import Cells, Line, Span, safe
from liqtui.tui.render.numbers import compact, milliseconds, percent, price
from liqtui.tui.render.times import Zone

_KINDS: Final = {
    PriceKind.FILL: "the price it was filled at",
    PriceKind.ORDER: "the liquidation order's limit, worse than its fill",
    PriceKind.BANKRUPTCY: "where the margin was gone, worse than the trigger",
    PriceKind.MARK: "the mark price at the time",
}
_NAMES: Final = 12
"""Cells of the column that says what a row is."""


def page(rows: Sequence[TapeRow], zone: Zone, width: int, palette: Palette) -> list[Cells]:
    """Return all rows of the page: each print of a burst, newest first."""
    lines: list[Cells] = []
    for row in rows:
        lines.append(_head(row, zone, width, palette))
        for name, text, style in _facts(row, palette):
            lines += _wrapped(name, text, style, width, palette)
        lines.append(Line(width, palette.ground).cells())
    return lines


def _head(row: TapeRow, zone: Zone, width: int, palette: Palette) -> Cells:
    word, style = ("LONG", palette.long) if row.side.value == "long" else ("SHORT", palette.short)
    line = Line(width, palette.ground).put(f" {zone.clock(row.at)} {zone.label(row.at)} ")
    line.put(f" {safe(row.venue)} {narrow(row.symbol)} ", palette.title)
    return line.put(f"{word} closed by force", style).cells()


def _facts(row: TapeRow, palette: Palette) -> Iterator[tuple[str, str, Style]]:
    evidence = row.evidence
    yield "price", f"{price(row.price, 8, 12)}: {_KINDS[row.price_kind]}", palette.ground
    yield "USD", reckoned(row), palette.strong
    if row.quarantined:
        yield "not counted", safe(row.quarantined), palette.warn
    if row.cluster is not None:
        yield (
            "estimate",
            f"fell into an estimated cluster at {price(row.cluster)}",
            palette.estimated,
        )
    if evidence is None:
        return
    if evidence.mark:
        away = percent(row.price / evidence.mark - 1.0)
        yield "mark", f"{price(evidence.mark)}, the price is {away} from it", palette.ground
    if evidence.oi_usd and row.notional is not None:
        share = percent(row.notional / evidence.oi_usd, 4, signed=False)
        yield (
            "of its OI",
            f"{share} of ${compact(evidence.oi_usd)} in this contract",
            palette.ground,
        )
    yield "coverage", _coverage(row, evidence.sampling), palette.ground
    if evidence.seen:
        yield "received", f"{milliseconds((evidence.seen - row.at) / 1e6)} after it", palette.ground
    raw = plain(evidence.raw.decode("utf-8", "replace"), 2000)
    yield "message", raw or "not kept", palette.muted


def reckoned(row: TapeRow) -> str:
    """Return how the dollars of a row follow from what was printed."""
    evidence = row.evidence
    if row.quantity is None or row.notional is None or evidence is None:
        return f"{glyphs.DASH} the contract's size is not known"
    total = f"${row.notional:,.0f}"
    size, base = evidence.contract_size, narrow(row.base)
    if evidence.contract_unit is Unit.QUOTE and size:
        count = f"{row.notional / size:,.8g} contracts {glyphs.TIMES} ${size:g} = {total}"
        return f"{count}; / {price(row.price)} = {row.quantity:,.8g} {base}"
    amount = f"{row.quantity:,.8g} {base}"
    if size and size * evidence.scale != 1:
        each = f"{size * evidence.scale:,.8g} {base}"
        count = f"{row.quantity / size / evidence.scale:,.8g} contracts"
        amount = f"{count} {glyphs.TIMES} {each} = {amount}; {glyphs.TIMES}"
    else:
        amount += f" {glyphs.TIMES}"
    return f"{amount} {price(row.price, 8, 12)} {narrow(evidence.quote)} = {total}"


def _coverage(row: TapeRow, sampling: Sampling | None) -> str:
    if sampling is None:
        return row.coverage.value
    return f"{row.coverage.value}: the {sampling.pick} of each {sampling.window_s:g} s only"


def _wrapped(name: str, text: str, style: Style, width: int, palette: Palette) -> list[Cells]:
    room = max(1, width - _NAMES - 2)
    parts = [text[start : start + room] for start in range(0, len(text), room)] or [""]
    return [
        Line(width, palette.ground)
        .spans(_named(name if not number else "", palette))
        .put(safe(part), style)
        .cells()
        for number, part in enumerate(parts)
    ]


def _named(name: str, palette: Palette) -> list[Span]:
    return [(f"{name:>{_NAMES}}  ", palette.focus)]


def line(row: TapeRow, zone: Zone) -> str:
    """Return a row as one line of text, for the clipboard."""
    usd = glyphs.DASH if row.notional is None else f"${row.notional:,.0f}"
    when = f"{zone.moment(row.at):%Y-%m-%d %H:%M:%S} {zone.label(row.at)}"
    words = (when, row.venue, narrow(row.symbol), row.side.value, price(row.price, 8, 12), usd)
    return " ".join(words) + (f" ({row.prints} prints)" if row.prints > 1 else "")
