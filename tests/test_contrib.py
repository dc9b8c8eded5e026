"""The example unit: what it starts exists, and how it ends is what liqtui does."""

import configparser
import shutil
import subprocess
from pathlib import Path

import pytest

from liqtui.arguments import parser
from liqtui.commands import collect
from liqtui.reaper import GRACE_S

UNIT = Path(__file__).parents[1] / "contrib" / "liqtui.service"


@pytest.fixture(scope="module")
def unit() -> configparser.ConfigParser:
    read = configparser.ConfigParser(strict=False, interpolation=None)
    read.optionxform = str  # type: ignore[assignment, method-assign]  # systemd minds the case
    read.read_string(UNIT.read_text(encoding="utf-8"))
    return read


def test_it_starts_a_command_that_exists(unit: configparser.ConfigParser) -> None:
    _, command, *flags = unit["Service"]["ExecStart"].split()
    assert command == "collect"
    asked = parser("collect", "collect", "")
    collect.add_arguments(asked)
    assert asked.parse_args(flags).log_format == "text"


def test_it_waits_for_what_the_collector_tells(unit: configparser.ConfigParser) -> None:
    service = unit["Service"]
    assert service["Type"] == "notify"
    assert service["WatchdogSec"] == "60s"
    assert service["SuccessExitStatus"] == "143"
    assert service["RestartPreventExitStatus"] == "2"
    assert float(service["TimeoutStopSec"].rstrip("s")) > GRACE_S + 0.5


def test_it_leaves_the_service_what_it_needs(unit: configparser.ConfigParser) -> None:
    service = unit["Service"]
    assert set(service["RestrictAddressFamilies"].split()) == {"AF_UNIX", "AF_INET", "AF_INET6"}
    assert service["RuntimeDirectory"] == "liqtui"
    assert service["RuntimeDirectoryMode"] == "0700"
    assert service["ProtectSystem"] == "strict"
    assert service["ReadWritePaths"].split() == ["%h/.local/share/liqtui", "%h/.local/state/liqtui"]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze here")
def test_systemd_finds_it_well_shut() -> None:
    known = subprocess.run(
        ["systemd-analyze", "--help"], capture_output=True, text=True, check=True
    )
    if "--threshold" not in known.stdout:
        pytest.skip("a systemd-analyze that cannot read a file that is not installed")
    judged = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=30", str(UNIT)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert judged.returncode == 0, judged.stdout
    assert "Unknown" not in judged.stderr
