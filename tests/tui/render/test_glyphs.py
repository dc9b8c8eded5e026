import unicodedata

from rich.cells import cell_len

from liqtui.tui.render import glyphs


def test_every_glyph_is_one_cell_wide_and_has_one_ascii_character() -> None:
    for glyph, form in glyphs.ASCII.items():
        assert cell_len(glyph) == len(glyph) == 1
        assert len(form) == 1
        assert " " <= form <= "~"


def test_no_glyph_is_wide_or_an_emoji() -> None:
    assert not [g for g in glyphs.ASCII if unicodedata.east_asian_width(g) in "WF"]
    assert not [g for g in glyphs.ASCII if ord(g) > 0xFFFF]


def test_the_table_holds_every_glyph_the_module_names() -> None:
    named = [value for name, value in vars(glyphs).items() if name.isupper() and name != "ASCII"]
    letters = "".join(
        value if isinstance(value, str) else "".join(value.values()) for value in named
    )
    assert not [letter for letter in letters if not letter.isascii() and letter not in glyphs.ASCII]
