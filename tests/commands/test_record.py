import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from liqtui import venues
from liqtui.cli import main
from liqtui.commands.replay import serving
from liqtui.sim.replay import JournalServer, Replayed
from liqtui.store import journal
from liqtui.store.packing import NoZstdError, zstd
from liqtui.store.segments import Recording
from tests.conditions import LIMIT, until
from tests.toy import ToyVenue

FIXTURE = Path(__file__).parents[1] / "fixtures" / "venues" / "okx.jsonl"


def test_it_ends_when_its_time_is_over(
    toy: ToyVenue,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    nowhere = dict.fromkeys(toy.hosts, "http://127.0.0.1:9")
    nowhere["ws"] = "ws://127.0.0.1:9"
    monkeypatch.setattr(venues, "load", lambda _name: ToyVenue(hosts=nowhere))
    assert main(["record", "--for", "0.1s"]) == 0
    (folder,) = (home / "data" / "journals").iterdir()
    assert [raw.direction for raw in Recording(str(folder), pytest.fail).raws()].count("out") >= 1
    err = capsys.readouterr().err
    assert f"recording 1 venues into {folder}" in err
    assert "recorded 0:00:00" in err


def test_a_full_disk_ends_it(
    toy: ToyVenue, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = {"ws": "ws://127.0.0.1:9", "rest": "http://127.0.0.1:9"}
    monkeypatch.setattr(venues, "load", lambda _name: ToyVenue(hosts=nowhere))
    monkeypatch.setattr(os, "statvfs", lambda _path: SimpleNamespace(f_bavail=1, f_frsize=4096))
    assert main(["record"]) == 1
    assert "recording ended: No space left on device" in capsys.readouterr().err


def test_a_signal_ends_it_with_the_journal_whole(tmp_path: Path) -> None:
    lines = FIXTURE.read_bytes().splitlines()
    known = venues.load("okx").hosts
    server = JournalServer(
        Replayed([journal.parse(line, "okx") for line in lines]), {"okx": known}, lambda _seen: 0.0
    )
    folder = tmp_path / "new" / "journal"
    with serving(server):
        hosts = ",".join(f"{role}={url}" for role, url in server.local_hosts("okx").items())
        command = [sys.executable, "-m", "liqtui", "record", str(folder), "--venue", "okx"]
        environment = {**os.environ, "LIQTUI_VENUES_OKX_HOSTS": hosts}
        with subprocess.Popen(
            command, env=environment, stderr=subprocess.PIPE, text=True
        ) as recording:
            until(lambda: any(path.stat().st_size for path in folder.glob("*")))
            recording.send_signal(signal.SIGTERM)
            assert recording.wait(LIMIT) == 128 + signal.SIGTERM
            assert recording.stderr is not None
            assert "recorded" in recording.stderr.read()
    raws = list(Recording(str(folder), pytest.fail).raws())
    assert {"out", "in"} <= {raw.direction for raw in raws}


def test_a_journal_is_never_written_into_another(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "000001-20260921T141400.000Z.jsonl.gz").touch()
    assert main(["record", str(tmp_path)]) == 2
    assert "there already" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--venue", "nosuch"], "nosuch"),
        (["--for", "soon"], "span"),
        (["x", "--format", "zip"], "gzip"),
    ],
)
def test_what_cannot_be_done_is_told(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = main(["record", *arguments])
    except SystemExit as error:
        code = error.code  # type: ignore[assignment]  # argparse's is a number
    assert code == 2
    assert told in capsys.readouterr().err


def test_zstd_that_is_missing_is_told_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        zstd()
    except NoZstdError:
        assert main(["record", "--format", "zstd"]) == 2
        assert "liqtui[zstd]" in capsys.readouterr().err
    else:
        pytest.skip("this Python has zstd")
