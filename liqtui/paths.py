"""Where liqtui reads and writes: the platform's directories, or those the environment names."""

import os
import warnings
from pathlib import Path
from typing import Final

import platformdirs

_APP: Final = "liqtui"
_PACKAGE: Final = Path(__file__).parent


class UnsafeDirectoryError(OSError):
    """A directory that somebody else could write to."""


def config_dir() -> Path:
    """Return where the user's settings and themes are; ``LIQTUI_CONFIG_DIR`` overrides."""
    return _chosen("LIQTUI_CONFIG_DIR") or platformdirs.user_config_path(_APP)


def config_file() -> Path:
    """Return where the user's settings are looked for."""
    return config_dir() / "config.toml"


def data_dir() -> Path:
    """Return where archive, journals and exports are; ``LIQTUI_DATA_DIR`` overrides."""
    return _chosen("LIQTUI_DATA_DIR") or platformdirs.user_data_path(_APP)


def state_dir() -> Path:
    """Return where log and screen state are; ``LIQTUI_STATE_DIR`` overrides."""
    return _chosen("LIQTUI_STATE_DIR") or platformdirs.user_state_path(_APP)


def runtime_dir() -> Path:
    """Return where sockets are; ``LIQTUI_RUNTIME_DIR`` overrides."""
    if chosen := _chosen("LIQTUI_RUNTIME_DIR"):
        return chosen
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a fallback, which a screen is no place to tell of
        try:
            return platformdirs.user_runtime_path(_APP)
        except PermissionError:  # somebody else was there first
            return state_dir() / "run"


def collector_socket() -> Path:
    """Return where a collector of this user listens."""
    return runtime_dir() / "collector.sock"


def _chosen(variable: str) -> Path | None:
    named = os.environ.get(variable)
    return Path(named).expanduser().absolute() if named else None


def made(directory: Path) -> Path:
    """Return the directory, created for its owner's eyes only where it was missing.

    Raises:
        UnsafeDirectoryError: it belongs to another user, as in a shared temporary folder.
        OSError: it cannot be made.
    """
    for path in (*reversed(directory.parents), directory):
        path.mkdir(mode=0o700, exist_ok=True)
    if directory.stat().st_uid != os.getuid():
        raise UnsafeDirectoryError(f"{directory} belongs to another user")
    return directory


def shipped(name: str) -> Path:
    """Return a file or folder that comes with liqtui: ``themes``, ``config.example.toml``.

    An installed package holds it; an editable one reads the checkout's.
    """
    inside = _PACKAGE / name
    return inside if inside.exists() else _PACKAGE.parent / name
