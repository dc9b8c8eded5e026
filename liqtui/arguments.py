"""What every subcommand's parser has in common."""

import argparse
import os
import re
from typing import Final, NoReturn

from liqtui import __version__
from liqtui.model.text import hint

_FLAG: Final = re.compile(r"(?<![\w-])--?[a-z][\w-]*")
_CHOICE: Final = re.compile(r"invalid choice: '(.*)' \(choose from (.*)\)")
_UNKNOWN: Final = re.compile(r"unrecognized arguments: (\S+)")


class _Formatter(argparse.HelpFormatter):
    """Asks for the terminal's width itself: argparse imports four compressors to do it."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_width())

    def _split_lines(self, text: str, width: int) -> list[str]:
        from textwrap import wrap  # argparse, too, does without until there is a help to show

        return wrap(" ".join(text.split()), width, break_on_hyphens=False)  # names stay whole


def _width() -> int:
    try:
        return int(os.environ.get("COLUMNS", "")) - 2
    except ValueError:
        pass
    try:
        return os.get_terminal_size().columns - 2
    except OSError:
        return 78


class Parser(argparse.ArgumentParser):
    """An argument parser that names what was probably meant."""

    def error(self, message: str) -> NoReturn:
        """Exit with code 2, the usage and the nearest flag or choice."""
        super().error(message + self._nearest(message))

    def _nearest(self, message: str) -> str:
        if choice := _CHOICE.search(message):
            return hint(choice[1], [word.strip("'") for word in choice[2].split(", ")])
        if unknown := _UNKNOWN.search(message):
            return hint(unknown[1].partition("=")[0], _FLAG.findall(self.format_help()))
        return ""


def parser(name: str, summary: str, example: str) -> Parser:
    """Return a subcommand's parser with the flags that all have."""
    made = Parser(
        prog=f"liqtui {name}",
        description=summary[0].upper() + summary[1:] + ".",
        epilog=f"example: {example}",
        allow_abbrev=False,
        formatter_class=_Formatter,
    )
    common = made.add_argument_group("everywhere")
    common.add_argument("--config", metavar="FILE", help="settings, instead of the usual file")
    common.add_argument(
        "--color", choices=("auto", "truecolor", "256", "16", "none"), help="how many colours"
    )
    common.add_argument("--ascii", action="store_true", default=None, help="draw with ASCII only")
    common.add_argument("--version", action="version", version=f"liqtui {__version__}")
    return made
