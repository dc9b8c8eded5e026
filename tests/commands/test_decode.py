import gzip
import json
from pathlib import Path

import pytest

from liqtui.cli import main

TRADE = (
    '{"e":"aggTrade","E":1786171884624,"a":3404749954,"s":"BTCUSDT","p":"64990.90","q":"0.002",'
    '"f":7960913511,"l":7960913511,"T":1786171884471,"m":true}'
)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    path = tmp_path / "frames.jsonl"
    url = "wss://fstream.binance.com/market/ws"
    raw = {"venue": "binance", "conn": "a#1", "dir": "in", "url": url, "seen": 1786171884700000000}
    lines = [
        json.dumps({**raw, "body": TRADE}),
        json.dumps({**raw, "dir": "out", "body": "{}"}),
        json.dumps({**raw, "venue": "okx", "body": "pong"}),
        TRADE,
        json.dumps({"url": url, "body": json.loads(TRADE)}),
        json.dumps({**raw, "body": '{"e":"aggTrade","s":"BTCUSDT","p":"NaN"}'}),
        json.dumps({**raw, "body": '{"e":"neverHeardOf","s":"BTCUSDT"}'}),
    ]
    path.write_text("\n".join(lines))
    return path


def test_frames_become_events_and_the_rest_is_told(
    journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["decode", "binance", str(journal)]) == 0
    out, err = capsys.readouterr()
    events = [json.loads(line) for line in out.splitlines()]
    assert [(e["type"], e["side"], e["price"]) for e in events] == [("trade", "sell", 64990.9)] * 3
    assert [("seen" in e) for e in events] == [True, False, False]
    assert "3 events" in err
    assert "1 malformed" in err
    assert "1 unknown" in err
    assert "1 other venues' lines" in err


def test_strict_fails_on_what_is_malformed(
    journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["decode", "binance", str(journal), "--strict"]) == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nosuch"], "unknown venue 'nosuch'"),
        (["binance", "no/such/file"], "no such file"),
        (["binance", "x", "--market", "spot"], "no market 'spot'"),
    ],
)
def test_what_cannot_be_done_is_told(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["decode", *arguments]) == 2
    assert told in capsys.readouterr().err


def test_specs_can_come_from_another_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    specs = tmp_path / "specs.jsonl"
    listed = {
        "symbols": [
            {
                "symbol": "NEWUSD_PERP", "pair": "NEWUSD", "contractType": "PERPETUAL",
                "contractStatus": "TRADING", "contractSize": 7, "marginAsset": "NEW",
                "baseAsset": "NEW", "quoteAsset": "USD", "filters": [],
            }
        ]
    }  # fmt: skip
    url = "https://dapi.binance.com/dapi/v1/exchangeInfo"
    specs.write_text(json.dumps({"url": url, "body": listed}))
    frame = tmp_path / "frame.jsonl"
    frame.write_text(
        '{"e":"forceOrder","E":1786171884624,"o":{"s":"NEWUSD_PERP","S":"SELL","o":"LIMIT",'
        '"f":"IOC","q":"3","p":"9.5","ap":"10","X":"FILLED","l":"3","z":"3","T":1786171884471}}'
    )
    assert main(["decode", "binance", str(frame)]) == 0
    assert "qty" not in json.loads(capsys.readouterr().out)
    assert main(["decode", "binance", str(frame), "--instruments", str(specs)]) == 0
    event = json.loads(capsys.readouterr().out)
    assert (event["notional"], event["qty"]) == (21.0, pytest.approx(2.1))


def test_several_journals_and_folders_are_read_as_one(
    journal: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "recording"
    folder.mkdir()
    for number, text in enumerate(journal.read_text().splitlines()[:2]):
        whole = gzip.compress(f"{text}\n".encode())
        name = f"00000{number + 1}-20260921T14140{number}.000Z.jsonl.gz"
        (folder / name).write_bytes(whole[:-8] if number else whole)
    assert main(["decode", "binance", "--market", "usdm", str(journal), str(folder)]) == 0
    out, err = capsys.readouterr()
    assert out.count('"trade"') == 4
    assert "000002-20260921T141401.000Z.jsonl.gz is cut off after 1 lines" in err
