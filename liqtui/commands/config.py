"""``liqtui config``: where the settings are, what is in force, whether they are right."""

import argparse
import os
import sys

from liqtui import commands, paths


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument(
        "action",
        choices=("path", "show", "check", "default"),
        help="path: where the file belongs; show: what is in force, as TOML; "
        "check: what is wrong; default: every setting with its default and meaning",
    )


def run(args: argparse.Namespace) -> int:
    """Do one of the four; return the exit code."""
    {"path": _path, "show": _show, "check": _check, "default": _default}[args.action](args)
    return 0


def _path(args: argparse.Namespace) -> None:
    print(args.config or paths.config_file())


def _show(args: argparse.Namespace) -> None:
    import tomli_w

    from liqtui import config

    settings = commands.settings(args)
    file = commands.config_file(args)
    print("# defaults", file or "no file", *config.overriding(os.environ), sep=" < ")
    print(tomli_w.dumps(config.builtins(settings)), end="")


def _check(args: argparse.Namespace) -> None:
    from liqtui.commands import sending  # `path` answers without reading any settings

    sending.opened_outlets(commands.settings(args).alerts.sinks, args)
    file = commands.config_file(args)
    if file is None:
        print(f"no file at {paths.config_file()}: the defaults are in force")
    else:
        print(f"{file}: all right")


def _default(_args: argparse.Namespace) -> None:
    text = paths.shipped("config.example.toml").read_text(encoding="utf-8")
    sys.stdout.write(text)
