"""A theme at one colour depth: the styles the renderers paint with."""

from collections.abc import Callable
from typing import Final

from msgspec import Struct
from rich.color import Color
from rich.style import Style
from textual.theme import Theme as TextualTheme

from liqtui.tui import colour
from liqtui.tui.theme import STEPS, Depth, Sixteen, Theme

_DEPTHS: Final[tuple[Depth, ...]] = ("none", "16", "256", "truecolor")


class Palette(Struct, frozen=True, eq=False):
    """Every style of the screen; none is named after a colour."""

    name: str
    depth: Depth
    ground: Style
    muted: Style
    strong: Style
    frame: Style
    title: Style
    focus: Style
    """Wall and number of the pane that has the keys."""
    bar: Style
    """The status line."""
    bar_key: Style
    selected: Style
    """Laid over a row."""
    long: Style
    short: Style
    long_bar: Style
    short_bar: Style
    mark: Style
    here: Style
    """The price on an axis."""
    up: Style
    down: Style
    good: Style
    warn: Style
    bad: Style
    stale: Style
    estimated: Style
    gap: Style
    heat: tuple[Color, ...]
    """`STEPS` colours; empty: the map is told by `ramp`."""
    ramp: tuple[str, ...]
    """`STEPS` glyphs."""


def depth_of(theme: Theme, terminal: Depth) -> Depth:
    """Return how many colours to use: no more than either the theme or the terminal has."""
    return min(theme.depth, terminal, key=_DEPTHS.index)


def palette(theme: Theme, terminal: Depth) -> Palette:
    """Return the theme's styles for a terminal of this depth."""
    depth = depth_of(theme, terminal)
    if depth == "none":
        return _mono(theme)
    if depth == "16":
        return _sixteen(theme)
    return _coloured(theme, depth)


def _steps(values: tuple[str, ...]) -> tuple[str, ...]:
    """Spread a shorter ramp over `STEPS` levels."""
    return tuple(values[level * len(values) // STEPS] for level in range(STEPS))


def _mixer(depth: Depth) -> Callable[[str], Color]:
    """Return how ``#rrggbb`` becomes a colour of the terminal."""
    if depth == "256":
        return lambda text: Color.from_ansi(colour.nearest(colour.rgb(text)))
    return Color.parse


def _coloured(theme: Theme, depth: Depth) -> Palette:
    mix, chrome, market = _mixer(depth), theme.textual, theme.market
    back, panel = mix(chrome.background), mix(chrome.panel)

    def on(text: str, ground: Color = back, *, bold: bool = False) -> Style:
        return Style(color=mix(text), bgcolor=ground, bold=bold or None)

    heat = theme.heatmap
    mapped = heat.c256 if depth == "256" else heat.truecolor
    return Palette(
        name=theme.name,
        depth=depth,
        ground=on(chrome.foreground),
        muted=on(chrome.muted),
        strong=on(chrome.foreground, bold=True),
        frame=on(chrome.frame),
        title=on(chrome.foreground, bold=True),
        focus=on(chrome.primary, bold=True),
        bar=on(chrome.muted, panel),
        bar_key=on(chrome.primary, panel, bold=True),
        selected=Style(bgcolor=panel),
        long=on(market.long),
        short=on(market.short),
        long_bar=on(market.long),
        short_bar=on(market.short),
        mark=on(market.mark, bold=True),
        here=Style(color=back, bgcolor=mix(market.mark), bold=True),
        up=on(chrome.success),
        down=on(chrome.error),
        good=on(chrome.success),
        warn=on(chrome.warning),
        bad=on(chrome.error, bold=True),
        stale=on(market.stale),
        estimated=on(market.estimated),
        gap=Style(color=mix(market.gap), bgcolor=back),
        heat=tuple(_mapped(step) for step in mapped),
        ramp=_steps(heat.glyphs),
    )


def _mapped(step: str | int) -> Color:
    return Color.from_ansi(step) if isinstance(step, int) else Color.parse(step)


def _sixteen(theme: Theme) -> Palette:
    """Build on the terminal's own ground: what it is nobody knows."""
    roles = theme.c16

    def on(name: str, *, bold: bool = False) -> Style:
        return Style(color=None if name == "default" else name, bold=bold or None)

    quiet = Style(dim=True)
    return Palette(
        name=theme.name,
        depth="16",
        ground=Style(),
        muted=quiet,
        strong=Style(bold=True),
        frame=quiet,
        title=Style(bold=True),
        focus=on(roles.primary, bold=True),
        bar=Style(reverse=True),
        bar_key=Style(reverse=True, bold=True),
        selected=Style(reverse=True),
        long=on(roles.long),
        short=on(roles.short),
        long_bar=on(roles.long),
        short_bar=on(roles.short),
        mark=on(roles.mark, bold=True),
        here=Style(reverse=True, bold=True),
        up=on(roles.success),
        down=on(roles.error),
        good=on(roles.success),
        warn=on(roles.warning),
        bad=on(roles.error, bold=True),
        stale=on(roles.warning),
        estimated=on(roles.estimated),
        gap=quiet,
        heat=tuple(Color.parse(name) for name in _steps(theme.heatmap.c16)),
        ramp=_steps(theme.heatmap.glyphs),
    )


def _mono(theme: Theme) -> Palette:
    normal, quiet, loud = Style(), Style(dim=True), Style(bold=True)
    reverse = Style(reverse=True)
    return Palette(
        name=theme.name,
        depth="none",
        ground=normal,
        muted=quiet,
        strong=loud,
        frame=quiet,
        title=loud,
        focus=Style(bold=True, reverse=True),
        bar=reverse,
        bar_key=Style(bold=True, reverse=True),
        selected=reverse,
        long=normal,
        short=normal,
        long_bar=normal,
        short_bar=quiet,
        mark=loud,
        here=Style(bold=True, reverse=True),
        up=normal,
        down=normal,
        good=normal,
        warn=loud,
        bad=Style(bold=True, underline=True),
        stale=Style(underline=True),
        estimated=Style(italic=True),
        gap=quiet,
        heat=(),
        ramp=_steps(theme.heatmap.glyphs),
    )


def textual_theme(theme: Theme, terminal: Depth) -> TextualTheme:
    """Return the theme for Textual's own parts: the prompt and the ground behind everything."""
    depth = depth_of(theme, terminal)
    if depth in ("16", "none"):
        return _native(theme.name, theme.c16, depth)
    chrome = theme.textual
    mix = _mixer(depth)

    def shade(text: str) -> str:
        return mix(text).get_truecolor().hex

    return TextualTheme(
        name=theme.name,
        primary=shade(chrome.primary),
        secondary=shade(chrome.muted),
        warning=shade(chrome.warning),
        error=shade(chrome.error),
        success=shade(chrome.success),
        accent=shade(chrome.primary),
        foreground=shade(chrome.foreground),
        background=shade(chrome.background),
        surface=shade(chrome.panel),
        panel=shade(chrome.panel),
        dark=theme.dark,
    )


def _native(name: str, roles: Sixteen, depth: Depth) -> TextualTheme:
    primary = "default" if depth == "none" else roles.primary
    return TextualTheme(
        name=name,
        primary=f"ansi_{primary}",
        secondary="ansi_default",
        foreground="ansi_default",
        background="ansi_default",
        surface="ansi_default",
        panel="ansi_default",
        ansi=True,
        # Textual's own style sheet names these two whatever the theme.
        variables={"ansi-background": "ansi_default", "ansi-foreground": "ansi_default"},
    )
