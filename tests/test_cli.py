import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import liqtui
from liqtui import cli, commands
from tests.conditions import LIMIT

SPARED = ("textual", "numpy", "msgspec", "asyncio", "aiohttp", "argparse", "typing")


class Spy(ModuleType):
    """A subcommand that notes what it was given."""

    def __init__(self) -> None:
        super().__init__("spy")
        self.seen: list[object] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--plain", action="store_true")
        parser.add_argument("word", nargs="?")

    def run(self, args: argparse.Namespace) -> int:
        self.seen.append(args)
        return 7


@pytest.fixture
def spies(monkeypatch: pytest.MonkeyPatch) -> dict[str, Spy]:
    made = {name: Spy() for name in ("watch", "venues")}
    for name, spy in made.items():
        monkeypatch.setitem(sys.modules, f"liqtui.commands.{name}", spy)
    return made


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"liqtui {liqtui.__version__}\n"


def test_help_names_every_command_and_fits_a_screen(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80
    assert "example: " in lines[-1]
    for name, (summary, _) in cli.COMMANDS.items():
        assert any(line.split() == [name, *summary.split()] for line in lines)


def test_no_name_is_broken_at_a_hyphen(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        cli.main(["estimate", "--help"])
    assert "seed-tiers-repaired," in capsys.readouterr().out


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_has_a_module_whose_help_fits_a_screen(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit) as caught:
        cli.main([name, "--help"])
    assert caught.value.code == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) <= 40
    assert f"example: {cli.COMMANDS[name][1]}" in lines


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_example_is_understood(name: str) -> None:
    from liqtui.arguments import parser

    program, command, *rest = cli.COMMANDS[name][1].split()
    assert (program, command) == ("liqtui", name)
    asked = parser(name, *cli.COMMANDS[name])
    import_module(f"liqtui.commands.{name}").add_arguments(asked)
    asked.parse_args(rest)


@pytest.mark.parametrize(
    ("given", "name", "plain", "color"),
    [
        ([], "watch", False, None),
        (["--plain"], "watch", True, None),
        (["--plain", "x"], "watch", True, None),
        (["--color", "256"], "watch", False, "256"),
        (["--color=16", "--ascii", "watch", "--plain"], "watch", True, "16"),
        (["venues", "--color", "none"], "venues", False, "none"),
        (["--config", "watch", "venues"], "venues", False, None),
    ],
)
def test_the_command_is_the_first_word_and_watch_without_one(
    given: Sequence[str], name: str, plain: bool, color: str | None, spies: dict[str, Spy]
) -> None:
    assert cli.main(list(given)) == 7
    (args,) = spies[name].seen
    assert (vars(args)["plain"], vars(args)["color"]) == (plain, color)
    assert sum(len(spy.seen) for spy in spies.values()) == 1


def test_an_unknown_command_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["wacth"]) == 2
    assert capsys.readouterr().err == "liqtui: no command 'wacth': did you mean 'watch'?\n"


def test_an_unknown_flag_names_the_nearest(
    spies: dict[str, Spy], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(["--colour=256"])
    assert caught.value.code == 2
    assert "did you mean '--color'?" in capsys.readouterr().err
    assert not spies["watch"].seen


def test_misuse_is_told_in_a_line_and_exits_2(
    spies: dict[str, Spy],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def refuse(_args: object) -> int:
        raise commands.UsageError("no such journal")

    monkeypatch.setattr(spies["watch"], "run", refuse)
    assert cli.main([]) == 2
    assert capsys.readouterr().err == "liqtui watch: no such journal\n"


def test_an_interrupt_is_130(spies: dict[str, Spy], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_args: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(spies["watch"], "run", interrupt)
    assert cli.main([]) == 130


@pytest.mark.parametrize("argument", ["--version", "--help"])
def test_quick_answers_import_next_to_nothing(argument: str) -> None:
    code = (
        "import sys; before = set(sys.modules)\n"
        "from liqtui.cli import main; assert main(sys.argv[1:]) == 0\n"
        f"print(sorted((set(sys.modules) - before) & set({SPARED!r})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, argument],
        capture_output=True, text=True, check=True, timeout=LIMIT,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "liqtui", "config", "default"],
        stdout=write, stderr=subprocess.PIPE, check=False, timeout=LIMIT,
    )  # fmt: skip
    os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_told() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "liqtui", "config", "default"],
            stdout=full, stderr=subprocess.PIPE, check=False, timeout=LIMIT,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == b"liqtui: cannot write: No space left on device\n"


def test_closed_output_is_no_crash() -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", '"$0" -m liqtui --version >&-', sys.executable],
        capture_output=True, check=False, timeout=LIMIT,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
