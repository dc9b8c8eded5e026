"""The terminal ends with what a full repaint would show, whatever was sent in between."""

from collections.abc import Sequence

import pyte
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from liqtui.tui.display.canvas import Canvas

WIDTH, HEIGHT = 12, 4
_STYLES = [
    None,
    *map(Style.parse, (
        "red", "bold red", "dim green on blue", "bold", "reverse", "underline on #102030",
        "not bold #ff8800", "default on default", "italic strike", "on color(160)",
    )),
]  # fmt: skip
_letters = st.sampled_from(" ab│▀…幅広─é")
_segments = st.builds(Segment, st.text(_letters, max_size=7), st.sampled_from(_STYLES))
_drawn = st.tuples(
    st.integers(0, HEIGHT), st.integers(0, WIDTH), st.lists(_segments, max_size=4), st.booleans()
)
_steps = st.lists(st.one_of(_drawn, st.sampled_from(["paint", "little", "distrust"])), max_size=30)


class Screen:
    """A terminal of another's making."""

    def __init__(self) -> None:
        self.screen = pyte.Screen(WIDTH, HEIGHT)
        self.screen.reset_mode(pyte.modes.DECAWM)
        self._stream = pyte.Stream(self.screen)

    def read(self, text: str) -> None:
        self._stream.feed(text)

    def cells(self) -> list[list[object]]:
        """Return what is seen: of a space only what a space shows."""
        rows = ([self.screen.buffer[y][x] for x in range(WIDTH)] for y in range(HEIGHT))
        return [[_seen(cell) for cell in row] for row in rows]


def _seen(cell: pyte.screens.Char) -> pyte.screens.Char:
    if cell.data == " " and not (cell.reverse or cell.underscore or cell.strikethrough):
        return pyte.screens.Char(" ", bg=cell.bg)
    return cell


def _canvas() -> Canvas:
    canvas = Canvas(ColorSystem.TRUECOLOR)
    canvas.resize(WIDTH, HEIGHT)
    canvas.draw((y, 0, Strip([Segment("." * WIDTH)])) for y in range(HEIGHT))
    return canvas


@settings(max_examples=100)
@given(_steps)
def test_the_terminal_shows_what_a_full_repaint_shows(
    steps: Sequence[str | tuple[int, int, list[Segment], bool]],
) -> None:
    canvas, screen = _canvas(), Screen()
    for step in steps:
        if step == "distrust":
            screen.read("\x1b[31mgarbage\x1b[m")
            canvas.distrust()
        elif isinstance(step, str):
            screen.read(canvas.paint(1) if step == "little" else canvas.paint())
        else:
            y, x, segments, urgent = step
            canvas.draw([(y, x, Strip(segments))], urgent=urgent)
    while canvas.behind:
        screen.read(canvas.paint())
    anew = Screen()
    canvas.distrust()
    anew.read(canvas.paint())
    assert screen.cells() == anew.cells()
    assert not canvas.paint()


def _row(*runs: tuple[str, str]) -> Strip:
    return Strip([Segment(text, Style.parse(style)) for text, style in runs])


def test_what_is_drawn_is_what_is_shown() -> None:
    canvas, screen = _canvas(), Screen()
    canvas.draw([(1, 2, _row(("ab ", "bold red"), ("幅c", "reverse")))])
    screen.read(canvas.paint())
    assert screen.screen.display[0] == "." * WIDTH
    assert screen.screen.display[1] == "..ab 幅c...."
    cell = screen.screen.buffer[1][2]
    assert (cell.bold, cell.fg) == (True, "red")
    assert screen.screen.buffer[1][5].reverse


def test_only_what_differs_is_written() -> None:
    canvas = _canvas()
    canvas.paint()
    canvas.draw([(2, 0, _row(("....x.......", "")))])
    assert canvas.paint() == "\x1b[3;5Hx"
    canvas.draw([(2, 0, _row(("....x.......", "")))])
    assert not canvas.behind
    canvas.draw([(2, 0, _row(("y...x.....zz", "red")))])
    assert canvas.paint() == "\x1b[3;1H\x1b[31my...x.....zz\x1b[m"


def test_a_short_way_is_written_and_a_long_one_jumped() -> None:
    canvas = _canvas()
    canvas.paint()
    canvas.draw([(0, 0, _row(("a..b.......c", "")))])
    assert canvas.paint() == "\x1b[1;1Ha..b\x1b[12Gc"


def test_the_colour_of_a_space_is_nothing_to_send() -> None:
    canvas = _canvas()
    canvas.draw([(0, 0, _row(("a b         ", "red")))])
    assert "\x1b[31ma b" in canvas.paint()
    canvas.draw([(0, 3, _row(("         ", "bold green")))])
    assert not canvas.paint()
    canvas.draw([(0, 3, _row(("         ", "on green")))])
    assert canvas.paint() == f"\x1b[1;4H\x1b[42m{' ' * 9}\x1b[m"


def test_what_somebody_waits_for_goes_first_and_alone() -> None:
    canvas = _canvas()
    canvas.paint()
    canvas.draw([(0, 0, _row(("slow", "")))])
    canvas.draw([(3, 0, _row(("quick", "")))], urgent=True)
    assert canvas.paint() == "\x1b[4;1Hquick"
    assert canvas.paint() == "\x1b[1;1Hslow"


def test_no_row_is_begun_beyond_what_may_be_sent() -> None:
    canvas = _canvas()
    assert canvas.paint(1).count("H") == 1
    assert canvas.paint(WIDTH + 7).count("H") == 2
    assert canvas.paint().count("H") == 1
    assert not canvas.behind


def test_of_another_size_nothing_is_known() -> None:
    canvas = _canvas()
    canvas.paint()
    canvas.resize(4, 2)
    assert canvas.size == (4, 2)
    assert not canvas.behind
    canvas.draw([(1, 0, _row(("....too far", ""))), (7, 0, _row(("too deep", "")))])
    assert canvas.paint() == "\x1b[2;1H...."
