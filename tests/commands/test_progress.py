import io

from liqtui.clock import ManualClock
from liqtui.commands.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_it_comes_late_and_goes() -> None:
    err, clock = Terminal(), ManualClock()
    progress = Progress(err, clock)
    progress.show("1 %")
    assert err.getvalue() == ""
    clock.advance(0.5)
    progress.show("2 %\x1b[2J")
    progress.show("3 %")
    clock.advance(0.1)
    progress.show("4 %")
    progress.say("done")
    progress.clear()
    assert err.getvalue() == "\r2 %\ufffd[2J\x1b[K\r4 %\x1b[K\r\x1b[Kdone\n"


def test_elsewhere_there_are_lines_now_and_then_or_none() -> None:
    clock = ManualClock()
    err, silent = io.StringIO(), io.StringIO()
    lines, nothing = Progress(err, clock, lines=True), Progress(silent, clock)
    for _ in range(3):
        clock.advance(30.0)
        lines.show("so far")
        nothing.show("so far")
    assert err.getvalue() == "so far\n"
    assert silent.getvalue() == ""
