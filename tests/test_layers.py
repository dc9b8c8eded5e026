"""What may import what, and what an import drags in."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CORE = ["model.events", "protocol.venue", "venues", "store.market", "estimator", "engine"]
SHELL = ["config", "paths", "terminal", "reaper", "log"]


def exists(module: str) -> bool:
    package, _, _ = module.rpartition(".")
    return (not package or exists(package)) and find_spec(f"liqtui.{module}") is not None


def imported(module: str) -> set[str]:
    """Return what a module brings along, without what the interpreter starts with by itself."""
    code = (
        "import sys; before = set(sys.modules);"
        f" import liqtui.{module}; print(*set(sys.modules) - before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return {name.partition(".")[0] for name in done.stdout.split()}


def test_the_import_contracts_are_kept() -> None:
    code = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("module", [name for name in CORE if exists(name)])
def test_the_core_brings_neither_screen_nor_network(module: str) -> None:
    assert not imported(module) & {"textual", "rich", "aiohttp", "websockets", "asyncio"}


@pytest.mark.parametrize("module", [name for name in SHELL if exists(name)])
def test_the_shell_is_light(module: str) -> None:
    assert not imported(module) & {"textual", "rich", "aiohttp", "websockets", "numpy"}


@pytest.mark.parametrize("module", ["reaper", "terminal", "arguments"])
def test_what_needs_only_the_standard_library_uses_it(module: str) -> None:
    ours = imported(module)
    assert {name for name in ours if not name.startswith("_")} <= sys.stdlib_module_names | {
        "liqtui"
    }
