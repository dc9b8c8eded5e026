import os
import socket
from pathlib import Path

import pytest

from liqtui import systemd


@pytest.mark.parametrize("abstract", [False, True])
def test_whoever_listens_is_told(tmp_path: Path, abstract: bool) -> None:
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(f"\0{path}" if abstract else path)
        environ = {"NOTIFY_SOCKET": f"@{path}" if abstract else path}
        assert systemd.notify("READY=1", environ)
        assert listening.recv(100) == b"READY=1"


@pytest.mark.parametrize("address", ["", "relative", "/no/such/socket"])
def test_where_nobody_listens_nothing_happens(address: str) -> None:
    assert not systemd.notify("READY=1", {"NOTIFY_SOCKET": address})
    assert not systemd.notify("READY=1", {})


@pytest.mark.parametrize(
    ("micros", "pid", "seconds"),
    [
        ("60000000", "", 60.0),
        pytest.param("500000", str(os.getpid()), 0.5, id="this process"),
        ("60000000", "1", None),
        ("", "", None),
        ("0", "", None),
        ("soon", "", None),
    ],
)
def test_the_watchdog_waits_for_who_it_names(micros: str, pid: str, seconds: float | None) -> None:
    environ = {"WATCHDOG_USEC": micros, "WATCHDOG_PID": pid}
    assert systemd.watchdog_s(environ) == seconds
