from itertools import combinations, pairwise
from pathlib import Path

import pytest

from liqtui.tui import colour
from liqtui.tui.palette import depth_of, palette, textual_theme
from liqtui.tui.theme import PLAIN, STEPS, BadThemeError, Depth, Theme, load, read
from tests.tui.conftest import THEMES

SHIPPED = ("ansi", "contrast", "cvd", "mono", "night", "paper")
COLOURED = ("contrast", "cvd", "night", "paper")
# What a normal and a colour-blind eye make of linear RGB (Machado, Oliveira, Fernandes 2009,
# severity 1.0).
EYES = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216),
               (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413),
               (-0.011820, 0.042940, 0.968881)),
}  # fmt: skip


def seen(text: str, eye: str) -> colour.RGB:
    linear = [(channel / 255) ** 2.2 for channel in colour.rgb(text)]
    mixed = [sum(a * b for a, b in zip(row, linear, strict=True)) for row in EYES[eye]]
    red, green, blue = (round(255 * min(1, max(0, value)) ** (1 / 2.2)) for value in mixed)
    return red, green, blue


def test_every_shipped_theme_is_read(themes: dict[str, Theme]) -> None:
    assert tuple(sorted(themes)) == SHIPPED


@pytest.mark.parametrize("name", COLOURED)
def test_text_can_be_read(themes: dict[str, Theme], name: str) -> None:
    chrome, market = themes[name].textual, themes[name].market
    for ground in (chrome.background, chrome.panel):
        for ink in (chrome.foreground, chrome.muted, chrome.primary):
            assert colour.contrast(colour.rgb(ink), colour.rgb(ground)) >= 4.5
    for ink in (market.long, market.short, market.mark, market.estimated):
        assert colour.contrast(colour.rgb(ink), colour.rgb(chrome.background)) >= 4.5
    for ink in (chrome.success, chrome.warning, chrome.error, market.stale):
        assert colour.contrast(colour.rgb(ink), colour.rgb(chrome.background)) >= 3


@pytest.mark.parametrize("name", COLOURED)
def test_text_can_be_read_in_256_colours(themes: dict[str, Theme], name: str) -> None:
    chrome, market = themes[name].textual, themes[name].market
    ground = colour.indexed(colour.nearest(colour.rgb(chrome.background)))
    for ink in (chrome.foreground, chrome.muted, market.long, market.short, market.mark):
        shown = colour.indexed(colour.nearest(colour.rgb(ink)))
        assert colour.contrast(shown, ground) >= 4.5


@pytest.mark.parametrize("name", COLOURED)
def test_heat_rises_without_a_step_back(themes: dict[str, Theme], name: str) -> None:
    theme = themes[name]
    sign = 1 if theme.dark else -1
    for steps in (
        [colour.rgb(text) for text in theme.heatmap.truecolor],
        [colour.indexed(number) for number in theme.heatmap.c256],
    ):
        lights = [colour.oklab(step)[0] * sign for step in steps]
        assert len(steps) == STEPS
        assert all(after > before for before, after in pairwise(lights))
        assert len(set(steps)) == STEPS


@pytest.mark.parametrize("name", COLOURED)
def test_the_map_begins_at_the_ground(themes: dict[str, Theme], name: str) -> None:
    theme = themes[name]
    assert theme.heatmap.truecolor[0] == theme.textual.background
    assert theme.heatmap.c256[0] == colour.nearest(colour.rgb(theme.textual.background))


@pytest.mark.parametrize("name", COLOURED)
def test_long_and_short_look_different(themes: dict[str, Theme], name: str) -> None:
    market = themes[name].market
    assert colour.distance(colour.rgb(market.long), colour.rgb(market.short)) >= 0.2


@pytest.mark.parametrize("eye", EYES)
def test_the_safe_theme_is_safe_for_every_eye(themes: dict[str, Theme], eye: str) -> None:
    theme = themes["cvd"]
    sides = [seen(text, eye) for text in (theme.market.long, theme.market.short)]
    assert colour.distance(*sides) >= 0.15
    lights = [colour.oklab(seen(text, eye))[0] for text in theme.heatmap.truecolor]
    assert all(after > before for before, after in pairwise(lights))
    signals = [seen(text, eye) for text in (theme.textual.success, theme.textual.error)]
    assert min(colour.distance(*pair) for pair in combinations(signals, 2)) >= 0.1


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("depth", ["truecolor", "256", "16", "none"])
def test_every_theme_makes_a_palette_at_every_depth(
    themes: dict[str, Theme], name: str, depth: Depth
) -> None:
    made = palette(themes[name], depth)
    assert made.depth == depth_of(themes[name], depth)
    assert len(made.heat) == (0 if made.depth == "none" else STEPS)
    assert len(made.ramp) == STEPS
    assert textual_theme(themes[name], depth).name == name


def test_without_colour_no_style_has_one(themes: dict[str, Theme]) -> None:
    made = palette(themes["night"], "none")
    styles = [
        value for name in made.__struct_fields__ if hasattr(value := getattr(made, name), "color")
    ]
    assert len(styles) > 15
    assert all(style.color is None and style.bgcolor is None for style in styles)


def test_in_256_colours_only_indexes_are_used(themes: dict[str, Theme]) -> None:
    made = palette(themes["night"], "256")
    assert [step.number for step in made.heat] == list(themes["night"].heatmap.c256)
    assert made.long.color is not None
    assert made.long.color.number is not None


def _write(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{name}.toml"
    path.write_text(text)
    return path


GOOD = (THEMES / "night.toml").read_text().replace('"night"', '"mine"')


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name = 'mine", ":1: not TOML"),
        ("name = 'other'", ": name: 'other' is not the file's own"),
        ("name = 'My Theme'", ": name: only a-z"),
        ("name = 'mine'\nformat = 2", ":2: Invalid enum value 2"),
        ("name = 'mine'\nformt = 1", ":2: Object contains unknown field `formt`"),
        ("name = 'mine'", ": heatmap: truecolor and c256 need 16 steps"),
        (GOOD.replace("[market]", "[market]\nlong2 = '#ffffff'"), ":20: .* `long2`"),
        (GOOD.replace('"#3ccb93"', '"green"'), ":20: .*market.long"),
        (GOOD.replace('"#3ccb93"', '"url(x)"'), ":20: .*market.long"),
        (GOOD.replace("c256 = [233, ", "c256 = ["), ":34: .*c256"),
        (GOOD.replace("c256 = [233, ", "c256 = [7, "), ":34: .*c256"),
        (GOOD.replace('    "#0a0e17", "#131730",', '    "#0a0e17",'), ":28: .*truecolor"),
        (GOOD.replace("[textual]", "[c16]\n[other]"), ":9: .*`(other|foreground)`"),
        (GOOD + "glyphs = [' ', '\U0001f525']\n", ": heatmap.glyphs"),
        ("#" * 70_000, ": larger than"),
    ],
)
def test_a_bad_theme_is_refused_with_place_and_reason(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(BadThemeError, match=rf"mine\.toml{told}"):
        read(_write(tmp_path, "mine", text))


def test_one_bad_file_costs_only_itself(tmp_path: Path) -> None:
    _write(tmp_path, "mine", GOOD)
    _write(tmp_path, "broken", "name = ")
    loaded, complaints = load([tmp_path])
    assert list(loaded) == ["mine"]
    assert [told.split("broken")[1][:6] for told in complaints] == [".toml:"]


def test_the_users_theme_replaces_the_shipped_one(tmp_path: Path) -> None:
    own = (THEMES / "night.toml").read_text().replace("#3ccb93", "#123456")
    _write(tmp_path, "night", own)
    loaded, failed = load([THEMES, tmp_path, tmp_path / "missing"])
    assert not failed
    assert loaded["night"].market.long == "#123456"


def test_without_any_theme_there_is_a_plain_one(tmp_path: Path) -> None:
    assert load([tmp_path]) == ({"plain": PLAIN}, ())
    assert palette(PLAIN, "truecolor").depth == "none"
