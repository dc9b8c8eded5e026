import json
from pathlib import Path

import pytest

from liqtui.cli import main
from liqtui.commands import shot
from liqtui.model.snapshot import Progress, Snapshot
from tests.toy import frame


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    path = tmp_path / "toy.jsonl"
    raw = {"venue": "toy", "conn": "marks#1", "dir": "in", "url": "wss://toy.example/ws/marks"}
    start = 1_790_000_040_000_000_000
    rows = [
        {**raw, "seen": start + second * 10**9, "body": frame(second, 100.0 + second).decode()}
        for second in range(5)
    ]
    path.write_text("\n".join(json.dumps(row) for row in rows))
    return path


def text_of(path: Path) -> str:
    return path.read_text().replace("&#160;", " ")


def test_a_journal_is_drawn_up_to_a_moment_and_after_keys(
    toy: object, journal: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "a.svg"
    drawn = [
        "shot",
        str(journal),
        "-o",
        str(out),
        "--size",
        "80x24",
        "--at",
        "+2s",
        "--keys",
        "3,z",
    ]
    assert main(drawn) == 0
    assert capsys.readouterr().out == f"{out}\n"
    shown = text_of(out)
    assert "Venues BTC" in shown
    assert "102" in shown
    assert "104" not in shown
    assert "Tape" not in shown


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--size", "big"], "--size"),
        (["-o", "x.jpg"], ".svg or .png"),
        (["nosuch.jsonl"], "no such file"),
        (["--at", "noon"], "--at"),
    ],
)
def test_what_cannot_be_done_is_told(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["shot", *arguments]) == 2
    assert told in capsys.readouterr().err


def test_a_png_is_drawn_where_the_extra_is_installed(
    toy: object, journal: Path, tmp_path: Path
) -> None:
    pytest.importorskip("cairosvg")
    out = tmp_path / "a.png"
    assert main(["shot", str(journal), "-o", str(out), "--size", "60x16"]) == 0
    assert out.read_bytes().startswith(b"\x89PNG")


def test_how_far_it_is_is_told_on_a_terminal_and_nowhere_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    steps = Snapshot(progress=(Progress("reading\x1b[2J history", 0.4),))
    with shot.telling() as tell:
        tell(steps)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with shot.telling() as tell:
        tell(steps)
        tell(Snapshot(events=1234))
    told = capsys.readouterr().err.split("\r\x1b[K")
    assert told == ["", "reading\ufffd[2J history 40%", "1,234 events", ""]
