from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style

from liqtui.tui.render.line import Line, centred, clip, pinch, safe, told_apart
from tests.tui.rows import text_of

PLAIN, BOLD = Style(), Style(bold=True)


def test_equal_neighbours_become_one_run() -> None:
    cells = Line(9, PLAIN).put("ab").put("cd", Style()).put("ef", BOLD).cells()
    assert [segment.text for segment in cells] == ["abcd", "ef", "   "]


def test_a_row_is_as_wide_as_it_was_asked_for() -> None:
    assert text_of(Line(5, PLAIN).put("abcdefgh").cells()) == "abcde"
    assert text_of(Line(5, PLAIN).put("ab").right([("c", BOLD)]).cells()) == "ab  c"


def test_what_is_cut_is_marked() -> None:
    assert clip("abcdef", 4) == "abc…"
    assert clip("abc", 4) == "abc"
    assert clip("abc", 0) == ""


@given(st.text(max_size=60))
def test_a_text_from_outside_has_one_harmless_cell_per_character(text: str) -> None:
    shown = safe(text)
    assert cell_len(shown) == len(shown)
    assert not any(ord(letter) < 32 or 0x7F <= ord(letter) < 0xA0 for letter in shown)


def test_centred_texts_fill_the_area() -> None:
    rows = centred([("one", PLAIN), ("three", BOLD)], 9, 4, PLAIN)
    assert [text_of(row) for row in rows] == [" " * 9, "   one   ", "  three  ", " " * 9]


def test_a_centred_text_too_long_for_a_row_goes_on_in_the_next() -> None:
    rows = centred([("one two three", BOLD), ("four", PLAIN)], 9, 5, PLAIN)
    said = ["", " one two", "  three", "  four", ""]
    assert [text_of(row).rstrip() for row in rows] == said


def test_a_pinched_text_keeps_both_ends() -> None:
    kept = [pinch("abcdef", width) for width in range(7)]
    assert kept == ["", "…", "a…", "a…f", "ab…f", "ab…ef", "abcdef"]


def test_names_are_cut_where_they_stay_different() -> None:
    names = (
        "a rest:fapi/v1/info",
        "a rest:dapi/v1/info",
        "a rest:BTC funding",
        "a rest:ETH funding",
    )
    shown = told_apart((*names, "a short one"), 15)
    assert [shown[name] for name in names] == [
        "a rest:f…1/info", "a rest:d…1/info", "a rest:B…unding", "a rest:E…unding",
    ]  # fmt: skip
    assert shown["a short one"] == "a short one"
    assert set(told_apart(names, 0).values()) == {""}
