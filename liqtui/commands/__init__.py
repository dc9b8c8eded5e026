"""One module per subcommand: ``add_arguments(parser)`` and ``run(args) -> int``."""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping
    from pathlib import Path

    from liqtui.settings import Settings


class UsageError(Exception):
    """What was asked for cannot be done as it was asked; told in its words, exit code 2."""


def config_file(args: "argparse.Namespace") -> "Path | None":
    """Return the file the settings come from, or None where the usual one does not exist.

    A file that was named is returned whether it exists or not: to leave it out would be silent.
    """
    from pathlib import Path

    from liqtui import paths

    if args.config:
        return Path(args.config)
    usual = paths.config_file()
    try:
        usual.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        pass  # reading it will tell
    return usual


def settings(args: "argparse.Namespace", flags: "Mapping[str, object] | None" = None) -> "Settings":
    """Return the settings in force for a command line.

    Args:
        args: as parsed, with the flags that all subcommands have.
        flags: the subcommand's own values by dotted key; None values were not given.

    Raises:
        UsageError: they are wrong, with every problem.
    """
    from liqtui import config

    try:
        return reread(args, flags)
    except config.SettingsError as error:
        raise UsageError(str(error)) from error


def reread(args: "argparse.Namespace", flags: "Mapping[str, object] | None" = None) -> "Settings":
    """Return the settings in force, as `settings`.

    Raises:
        liqtui.config.SettingsError: they are wrong, with every problem.
    """
    from liqtui import config, venues

    given = {"screen.color": args.color, "screen.ascii": args.ascii, **(flags or {})}
    chosen = {key: value for key, value in given.items() if value is not None}
    return config.load(config_file(args), os.environ, chosen, venues)
