import pytest
from rich.color import ColorSystem
from rich.style import Style

from liqtui.tui.display.ink import PLAIN, Ink, change, ink, of_blanks


def _ink(text: str, system: ColorSystem = ColorSystem.TRUECOLOR) -> Ink:
    return ink(Style.parse(text), system)


@pytest.mark.parametrize(
    ("before", "after", "codes"),
    [
        ("red", "red", ""),
        ("", "red", "\x1b[31m"),
        ("red", "", "\x1b[m"),
        ("bold red on blue", "bold green on blue", "\x1b[32m"),
        ("bold red", "red", "\x1b[22m"),
        ("bold dim", "bold", "\x1b[22;1m"),
        ("bold", "dim", "\x1b[22;2m"),
        ("underline red", "italic red", "\x1b[24;3m"),
        ("red on #010203", "red on default", "\x1b[49m"),
        ("reverse", "on color(160)", "\x1b[27;48;5;160m"),
    ],
)
def test_the_shortest_way_between_inks(before: str, after: str, codes: str) -> None:
    assert change(_ink(before), _ink(after)) == codes


def test_colours_as_the_terminal_has_them() -> None:
    assert ink(Style.parse("#ff0000"), ColorSystem.EIGHT_BIT).color == "38;5;196"
    assert ink(Style.parse("#ff0000"), ColorSystem.STANDARD).color == "31"
    assert ink(None, ColorSystem.STANDARD) == PLAIN == ink(Style(), ColorSystem.STANDARD)


def test_of_a_space_the_ground_is_seen_and_lines_are() -> None:
    red = ink(Style.parse("bold red on blue"), ColorSystem.STANDARD)
    lined = ink(Style.parse("underline red"), ColorSystem.STANDARD)
    assert of_blanks(red) == ink(Style.parse("on blue"), ColorSystem.STANDARD)
    assert of_blanks(lined) == lined
