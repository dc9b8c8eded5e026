import os
import stat
from collections.abc import Callable
from pathlib import Path

import platformdirs
import pytest

from liqtui import paths

DIRECTORIES: dict[str, Callable[[], Path]] = {
    "CONFIG": paths.config_dir,
    "DATA": paths.data_dir,
    "STATE": paths.state_dir,
    "RUNTIME": paths.runtime_dir,
}


@pytest.mark.parametrize("kind", DIRECTORIES)
def test_the_environment_names_a_directory(
    kind: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(f"LIQTUI_{kind}_DIR", str(tmp_path / "here"))
    assert DIRECTORIES[kind]() == tmp_path / "here"


@pytest.mark.parametrize("kind", ["CONFIG", "DATA", "STATE"])
def test_without_it_the_platform_decides(
    kind: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(f"LIQTUI_{kind}_DIR", "")
    monkeypatch.setenv(f"XDG_{kind}_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    found = DIRECTORIES[kind]()
    assert found.is_relative_to(tmp_path)
    assert "liqtui" in found.parts


def test_the_settings_are_in_the_config_directory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LIQTUI_CONFIG_DIR", str(tmp_path))
    assert paths.config_file() == tmp_path / "config.toml"


def test_a_home_and_a_relative_path_become_absolute(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LIQTUI_DATA_DIR", "~/data")
    assert paths.data_dir() == tmp_path / "data"
    monkeypatch.setenv("LIQTUI_DATA_DIR", "elsewhere")
    assert paths.data_dir() == tmp_path / "elsewhere"


def test_a_directory_is_made_for_its_owner_only(tmp_path: Path) -> None:
    made = paths.made(tmp_path / "a" / "liqtui")
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    assert stat.S_IMODE(made.parent.stat().st_mode) == 0o700
    assert paths.made(made) == made


def test_without_a_session_there_is_still_a_place_for_sockets(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("LIQTUI_RUNTIME_DIR", raising=False)
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    assert paths.runtime_dir().name == "liqtui"
    monkeypatch.setenv("LIQTUI_STATE_DIR", str(tmp_path))
    monkeypatch.setattr(platformdirs, "user_runtime_path", refuse)
    assert paths.runtime_dir() == tmp_path / "run"


def refuse(_app: str) -> Path:
    raise PermissionError


def test_another_users_directory_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    owner = tmp_path.stat().st_uid
    monkeypatch.setattr(os, "getuid", lambda: owner + 1)
    with pytest.raises(paths.UnsafeDirectoryError, match="another user"):
        paths.made(tmp_path / "runtime")


def test_shipped_files_are_found_in_the_checkout() -> None:
    example = paths.shipped("config.example.toml")
    assert "[watch]" in example.read_text(encoding="utf-8")


def test_shipped_files_inside_the_package_come_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    package = tmp_path / "site" / "liqtui"
    (package / "themes").mkdir(parents=True)
    monkeypatch.setattr(paths, "_PACKAGE", package)
    assert paths.shipped("themes") == package / "themes"
    assert paths.shipped("other") == package.parent / "other"
