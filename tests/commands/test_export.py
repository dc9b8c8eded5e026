import csv
import errno
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from liqtui import table
from liqtui.cli import main
from liqtui.model.records import Kept
from liqtui.table import iso
from tests.archive.opening import kept
from tests.conditions import LIMIT
from tests.making import START, instrument, interest, liquidation

MS = START // 1_000_000
STRETCH = ["--from", iso(MS), "--to", iso(MS + 86_400_000)]
ODD = instrument(symbol="=HYPERLINK(1)", base="PEPE")


@pytest.fixture
def archive(home: Path) -> Path:
    """A day with three liquidations."""
    folder = home / "data"
    folder.mkdir()
    rows = [Kept(liquidation(s, 100.0 + s)) for s in (60, 7200)]
    kept(folder, *rows, Kept(liquidation(3600, 1.0, None, of=ODD)), interest(60, 5.0)).close()
    return folder


def test_a_day_in_csv(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "liquidations", *STRETCH]) == 0
    out, err = capsys.readouterr()
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["price"] for row in rows] == ["160.0", "1.0", "7300.0"]
    assert rows[1]["symbol"] == "'=HYPERLINK(1)"
    assert rows[1]["notional"] == ""
    assert (rows[0]["time"], rows[0]["ts"]) == (iso(MS + 60_000), str(MS + 60_000))
    assert "3 rows of liquidations" in err


def test_the_same_as_events_and_of_one_coin(archive: Path, tmp_path: Path) -> None:
    path = tmp_path / "day.ndjson"
    arguments = ["export", "liquidations", *STRETCH, "--base", "btc", "-o", str(path)]
    assert main(arguments) == 0
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(row["type"], row["price"]) for row in rows] == [
        ("liquidation", 160.0),
        ("liquidation", 7300.0),
    ]


def test_the_same_as_parquet(archive: Path, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    path = tmp_path / "day.parquet"
    assert main(["export", "liquidations", *STRETCH, "-o", str(path)]) == 0
    found = parquet.read_table(path)
    assert found.column("price").to_pylist() == [160.0, 1.0, 7300.0]
    assert found.column("notional").to_pylist()[1] is None


def test_nothing_is_a_header_and_says_what_there_is(
    archive: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", "oi", "--from", "2020-01-01", "--to", "2020-01-02"]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines() == ["time,ts,venue,market,symbol,base,oi,oi_usd"]
    assert f"the archive has from {iso(MS + 60_000)}" in err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["oi", "--from", "noon"], "no time"),
        (["oi", "--from", "1h", "--to", "2h"], "before --to"),
        (["oi", "--format", "parquet"], "-o FILE.parquet"),
        (["oi", "-o", "x.parquet.gz"], "Parquet"),
        (["oi", "-o", "no/such/folder/x.csv"], "No such file"),
    ],
)
def test_what_cannot_be_done_is_told(
    archive: Path, arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", *arguments]) == 2
    assert told in capsys.readouterr().err


def test_without_an_archive_it_is_told(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "oi"]) == 2
    assert "no archive" in capsys.readouterr().err


def test_a_damaged_archive_is_told(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = next(archive.glob("*.db"))
    path.write_bytes(b"not a database at all, but long enough to look like one" * 50)
    assert main(["export", "oi"]) == 2
    assert "damaged" in capsys.readouterr().err


def test_a_full_disk_leaves_nothing(
    archive: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Full(table.Ndjson):
        def write(self, row: table.Row) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(table, "Ndjson", Full)
    folder = tmp_path / "out"
    folder.mkdir()
    monkeypatch.setattr("liqtui.cli._abandon_output", lambda: None)
    assert main(["export", "liquidations", *STRETCH, "-o", str(folder / "x.ndjson")]) == 1
    assert "No space left" in capsys.readouterr().err
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("how", ["csv", "ndjson"])
def test_whoever_has_read_enough_may_go(archive: Path, how: str) -> None:
    command = [sys.executable, "-m", "liqtui", "export", "liquidations", "--format", how, *STRETCH]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.close()
        told = child.stderr.read().decode()
        assert child.wait(LIMIT) == 0, told
        assert "Traceback" not in told
