"""What is built holds what the program needs at run time."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import liqtui

ROOT = Path(__file__).parents[1]
FILES = [*(ROOT / "liqtui").rglob("*"), *(ROOT / "themes").rglob("*")]
WANTED = {
    f"liqtui/{path.relative_to(ROOT)}".replace("liqtui/liqtui/", "liqtui/")
    for path in (*FILES, ROOT / "config.example.toml")
    if path.is_file() and "__pycache__" not in path.parts and path.name != ".gitkeep"
}


def build(source: Path, target: str, into: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(into)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    (built,) = into.glob("*.whl" if target == "wheel" else "*.tar.gz")
    return built


def unpacked_sdist(folder: Path) -> Path:
    with tarfile.open(build(ROOT, "sdist", folder)) as archive:
        if hasattr(tarfile, "data_filter"):  # from Python 3.11.4 on
            archive.extraction_filter = tarfile.data_filter
        archive.extractall(folder)
    return folder / f"liqtui-{liqtui.__version__}"


@pytest.mark.parametrize("origin", ["checkout", "sdist"])
def test_the_wheel_is_whole(origin: str, tmp_path: Path) -> None:
    source = ROOT if origin == "checkout" else unpacked_sdist(tmp_path)
    wheel = build(source, "wheel", tmp_path / "wheel")
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
        entry = archive.read(f"liqtui-{liqtui.__version__}.dist-info/entry_points.txt")
    assert {"liqtui/py.typed", "liqtui/cli.py"} <= WANTED
    assert held >= WANTED
    assert not [name for name in held if name.startswith(("tests/", "docs/"))]
    assert b"liqtui = liqtui.cli:main" in entry


def test_the_wheel_finds_what_is_shipped_in_it(tmp_path: Path) -> None:
    """Run from the wheel itself, out of the checkout's reach."""
    wheel = build(ROOT, "wheel", tmp_path / "wheel")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    code = "from liqtui import paths; print(paths.shipped('config.example.toml'))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path / "site", env={"PYTHONPATH": ""},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == str(tmp_path / "site" / "liqtui" / "config.example.toml")
