import gzip
import json
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from liqtui import paths
from liqtui.cli import main
from liqtui.commands.replay import SAMPLE
from liqtui.protocol.raw import Raw
from liqtui.store import segments
from liqtui.store.journal import format_line
from tests.making import START, at
from tests.toy import frame


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    path = tmp_path / "toy.jsonl"
    url = "wss://toy.example/ws/marks"
    raw = {"venue": "toy", "conn": "marks#1", "dir": "in", "url": url}
    rows = [
        {
            **raw,
            "seen": 1_790_000_040_000_000_000 + second * 10**9,
            "body": frame(second, 100.0 + second).decode(),
        }
        for second in range(5)
    ]
    path.write_text("\n".join(json.dumps(row) for row in rows))
    return path


def test_events_come_out_as_json(
    toy: object, journal: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", str(journal), "--json", "--speed", "0"]) == 0
    events = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert [e["type"] for e in events] == ["status", *["mark"] * 5]
    assert [e.get("mark") for e in events[1:]] == [100.0, 101.0, 102.0, 103.0, 104.0]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nosuch.jsonl"], "no such file"),
        (["--speed", "-1"], "--speed"),
        (["--speed", "nan"], "--speed"),
        (["--from", "noon"], "--from"),
        (["--sockets", "--from", "+1m"], "--sockets"),
        (["--lead", "soon"], "--lead"),
    ],
)
def test_what_cannot_be_done_is_told(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", *arguments, "--plain"]) == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "neither\nnor\n", '{"type":"trade","venue":"toy"}\n'])
def test_a_file_that_is_no_journal_is_told(
    toy: object, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    path = tmp_path / "events.ndjson"
    path.write_text(text)
    assert main(["replay", str(path), "--plain", "--speed", "0"]) == 2
    assert "events.ndjson: no line of a journal" in capsys.readouterr().err


def segment(folder: Path, number: int, *lines: Raw) -> None:
    packed = gzip.compress(b"".join(map(format_line, lines)))
    (folder / segments.name(number, lines[0].seen, ".jsonl.gz")).write_bytes(packed)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An hour in segments of ten minutes, a mark a minute, and what was listed."""
    folder, marks = tmp_path / "recording", "wss://toy.example/ws/marks"
    folder.mkdir()
    for part in range(6):
        lines = [
            Raw("toy", "marks#1", "in", marks, at(minute * 60), frame(minute * 60, 100.0 + minute))
            for minute in range(part * 10, part * 10 + 10)
        ]
        if part == 0:
            listing = "https://toy.example/instruments"
            lines.insert(1, Raw("toy", "rest", "in", listing, at(1), b"{}", 200))
        segment(folder, part + 1, *lines)
    return folder


def replayed(capfd: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    assert main(["replay", *arguments, "--json", "--speed", "0"]) == 0
    return [json.loads(line) for line in capfd.readouterr().out.splitlines()]


def test_a_folder_is_played_in_order(
    toy: object, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    events = replayed(capfd, str(folder))
    assert [e["mark"] for e in events if e["type"] == "mark"] == [100.0 + n for n in range(60)]


def test_a_start_needs_only_what_leads_up_to_it(
    toy: object, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for path in sorted(folder.iterdir())[1:3]:
        path.write_bytes(b"never read")
    events = replayed(capfd, str(folder), "--from", "+45m")
    assert [e["type"] for e in events][:2] == ["status", "instrument"]
    (gap,) = [e for e in events if e["type"] == "gap"]
    assert (gap["from"], gap["to"]) == (at(600) // 10**6, at(1800) // 10**6)
    assert [e["mark"] for e in events if e["type"] == "mark"] == [100.0 + n for n in range(30, 60)]
    less = replayed(capfd, str(folder), "--from", "+45m", "--lead", "1m")
    assert min(e["mark"] for e in less if e["type"] == "mark") == 140.0


def test_connections_that_were_open_begin_as_they_did(
    toy: object, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    begun = Raw("toy", "marks#1", "in", "wss://toy.example/ws/marks", START, frame(0, 7.0))
    fourth = sorted(folder.iterdir())[3]
    segments.openings(fourth).write_bytes(gzip.compress(format_line(begun)))
    marks = [e["mark"] for e in replayed(capfd, str(folder), "--from", "+45m") if "mark" in e]
    assert marks == [7.0, *(100.0 + n for n in range(30, 60))]
    assert 7.0 not in [e.get("mark") for e in replayed(capfd, str(folder))]


def test_all_of_it_can_be_read_on_the_way(
    toy: object, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    events = replayed(capfd, str(folder), "--from", "+45m", "--lead", "all")
    assert events == replayed(capfd, str(folder))


def test_what_is_cut_off_is_told(
    toy: object, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    last = max(folder.iterdir())
    last.write_bytes(last.read_bytes()[:-4])
    assert main(["replay", str(folder), "--json", "--speed", "0"]) == 0
    assert "000006" in capfd.readouterr().err


def test_twice_the_same_journal_is_twice_the_same_lines_and_maps(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal, events = tmp_path / "begun.jsonl", tmp_path / "events.ndjson"
    with gzip.open(paths.shipped(SAMPLE)) as sample:
        bybit = (line for line in sample if line.startswith(b'{"venue":"bybit"'))
        journal.write_bytes(b"".join(islice(bybit, 1500)))
    monkeypatch.setenv("LIQTUI_WATCH_WATCHED", "BTC")
    told, maps = set[str](), set[str]()
    for fps in ("1", "30"):  # how often pictures are taken must not matter
        monkeypatch.setenv("LIQTUI_SCREEN_FPS", fps)
        assert main(["replay", str(journal), "--json", "--speed", "0"]) == 0
        told.add(capfd.readouterr().out)
        events.write_text(min(told))
        assert main(["estimate", str(events), "--base", "BTC", "--every", "10"]) == 0
        maps.add(capfd.readouterr().out)
    assert len(told) == len(maps) == 1
    assert '"map"' in min(maps)
