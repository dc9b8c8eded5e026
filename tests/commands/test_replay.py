import json
from pathlib import Path

import pytest

from liqtui.cli import main
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
    ],
)
def test_what_cannot_be_done_is_told(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", *arguments, "--plain"]) == 2
    assert told in capsys.readouterr().err
