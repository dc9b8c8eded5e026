import io
from typing import Literal

import pytest

from liqtui import terminal


@pytest.mark.parametrize(
    ("setting", "environ", "depth", "reason"),
    [
        ("256", {"COLORTERM": "truecolor", "NO_COLOR": "1"}, "256", "--color"),
        ("auto", {"NO_COLOR": "1", "COLORTERM": "truecolor"}, "none", "NO_COLOR"),
        ("auto", {"NO_COLOR": "", "COLORTERM": "24bit"}, "truecolor", "COLORTERM=24bit"),
        ("auto", {"STY": "1.x", "COLORTERM": "truecolor"}, "256", "screen"),
        ("auto", {"TERM": "xterm-ghostty"}, "truecolor", "xterm-ghostty"),
        ("auto", {"TERM": "xterm-256color"}, "256", "without COLORTERM"),
        ("auto", {"TERM": "tmux-256color", "TMUX": "x"}, "256", "tmux-256color"),
        ("auto", {"TERM": "linux"}, "16", "linux"),
        ("auto", {}, "16", "not set"),
    ],
)
def test_colours_are_decided_with_a_reason(
    setting: Literal["auto", "256"], environ: dict[str, str], depth: str, reason: str
) -> None:
    decided = terminal.colors(setting, environ)
    assert decided.depth == depth
    assert reason in decided.reason


def test_the_mouse_is_off_over_ssh_unless_asked_for() -> None:
    ssh = {"SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}
    assert terminal.mouse("auto", {})
    assert not terminal.mouse("auto", ssh)
    assert terminal.mouse("on", ssh)
    assert not terminal.mouse("off", {})


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_pipe_or_a_dumb_terminal_is_an_obstacle() -> None:
    xterm = {"TERM": "xterm"}
    assert terminal.obstacle(xterm, {"stdin": Screen(), "stdout": Screen()}) == ""
    pipes = {"stdin": None, "stdout": io.StringIO(), "stderr": Screen()}
    assert terminal.obstacle(xterm, pipes) == "no terminal at stdin, stdout"
    assert "dumb" in terminal.obstacle({"TERM": "dumb"}, {"stdin": Screen()})
    assert terminal.obstacle({}, {"stdin": Screen()})


def test_what_stands_between_is_named() -> None:
    assert terminal.surroundings({"TMUX": "/tmp/x", "SSH_CONNECTION": "1"}) == ["tmux", "SSH"]
    assert terminal.surroundings({"STY": ""}) == []


@pytest.mark.parametrize(
    ("environ", "utf8"),
    [
        ({"LANG": "en_US.UTF-8"}, True),
        ({"LC_ALL": "C.utf8", "LANG": "C"}, True),
        ({"LC_ALL": "C", "LANG": "en_US.UTF-8"}, False),
        ({"LC_ALL": "", "LC_CTYPE": "de_DE.UTF-8"}, True),
        ({}, False),
    ],
)
def test_the_locale_tells_utf8(environ: dict[str, str], utf8: bool) -> None:
    assert terminal.locale_is_utf8(environ) is utf8
