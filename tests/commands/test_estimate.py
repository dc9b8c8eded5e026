import json
from pathlib import Path

import pytest

from liqtui.cli import main
from liqtui.estimator.model import Model
from liqtui.model import wire
from liqtui.model.events import FeedStatus, Gap
from liqtui.model.market import FeedState
from liqtui.model.records import Kept
from tests.archive.opening import kept
from tests.estimator.market import walk
from tests.making import START, candle, interest, liquidation


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "events.ndjson"
    lines = [wire.line(event) for event in walk(1, 45)]
    path.write_bytes(b"\n".join([*lines, b'{"type":"truth","ts":1}', b"{torn"]))
    return path


def maps(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, object]]:
    assert main(["estimate", *arguments]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_map_for_every_whole_period(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = maps(capsys, str(recording), "--base", "BTC", "--every", "600")
    times = [int(str(one["ts"])) for one in found]
    assert times == list(range(times[0], times[0] + 600_000 * len(times), 600_000))
    assert all(time % 600_000 == 0 for time in times)
    assert times[0] - START // 1_000_000 < 600_000
    assert len(times) == 4


def test_levels_ascend_near_the_price_with_bands_beside_them(
    recording: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for one in maps(capsys, str(recording), "--base", "BTC"):
        assert (one["type"], one["method"], one["kind"]) == ("map", "liqtui", "standing")
        price = one["price"]
        assert isinstance(price, float)
        for side in ("long", "short"):
            levels, low, high = one[side], one[f"{side}_lo"], one[f"{side}_hi"]
            assert isinstance(levels, list)
            assert isinstance(low, list)
            assert isinstance(high, list)
            prices = [level[0] for level in levels]
            assert prices == sorted(prices)
            assert all(abs(level / price - 1) <= 0.15 for level in prices)
            assert all(level[1] > 0 for level in levels)
            assert len(low) == len(high) == len(levels)
            assert sum(low) < sum(level[1] for level in levels) < sum(high)


def test_other_methods_and_kinds_and_bases(
    recording: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = maps(capsys, str(recording), "--base", "BTC", "--method", "oi-candle")
    assert {one["method"] for one in found} == {"oi-candle"}
    fire = maps(capsys, str(recording), "--base", "BTC", "--kind", "fire")
    assert {one["kind"] for one in fire} == {"fire"}
    assert maps(capsys, str(recording), "--base", "ETH") == []


def test_what_was_no_event_is_told(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["estimate", str(recording), "--base", "BTC"]) == 0
    told = capsys.readouterr().err
    assert "1 bad lines" in told
    assert "1 lines of no event" in told


def test_a_file_of_no_event_at_all_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "noise"
    path.write_bytes(b"\x00\xff\nnonsense\n")
    assert main(["estimate", str(path), "--base", "BTC"]) == 1
    assert "2 bad lines" in capsys.readouterr().err


def test_what_is_odd_about_the_feeds_is_told(
    recording: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Model, "remark", lambda _: "toy: open interest 120 s late", raising=False)
    assert main(["estimate", str(recording), "--base", "BTC"]) == 0
    assert "toy: open interest 120 s late" in capsys.readouterr().err


def test_a_clock_that_jumps_does_not_ask_for_millions(
    recording: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with recording.open("ab") as file:
        late = walk(1, 1)[0]
        jumped = wire.line(late).replace(str(START // 10**6).encode(), b"7900000000000")
        file.write(b"\n" + jumped)
    assert len(maps(capsys, str(recording), "--base", "BTC")) < 10


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nowhere", "--base", "BTC"], "no such file"),
        (["-", "--base", "BTC", "--method", "guess"], "no method 'guess'"),
        (["-", "--base", "BTC", "--every", "0"], "whole seconds"),
    ],
)
def test_what_cannot_be_done_is_told(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["estimate", *arguments]) == 2
    assert told in capsys.readouterr().err


def test_what_was_kept_of_the_time_before_comes_first(
    recording: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["estimate", str(recording), "--base", "BTC", "--method", "seed2", "--archive"]
    assert main(asked) == 2
    assert "--archive: there is no archive at" in capsys.readouterr().err
    (home / "data").mkdir()
    kept(
        home / "data",
        candle(-7200, 100.0),
        Kept(liquidation(-3600, 92.0)),
        interest(-3500, 1e4),
        Kept(liquidation(10**6, 50.0)),
    ).close()
    found = maps(capsys, *asked[1:])
    assert found
    assert all(one["long"] for one in found)
    assert main(asked) == 0
    assert "liquidations known since 2026-09-21 13:14 UTC only" in capsys.readouterr().err
    assert maps(capsys, *asked[1:-1])[0]["long"] == []


def test_what_a_recording_tells_of_its_feeds_widens_the_bands(
    recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def width(file: Path) -> float:
        last = maps(capsys, str(file), "--base", "BTC")[-1]
        low, high = (json.dumps(last[f"long_{edge}"]) for edge in ("lo", "hi"))
        return float(sum(json.loads(high)) / sum(json.loads(low)))

    end = START + 3000 * 10**9
    told = tmp_path / "told.ndjson"
    lines = recording.read_bytes().split(b"\n")
    for said in (
        Gap("toy", "linear", START, end, "reset", START, START),
        FeedStatus("toy", "linear", FeedState.STALE, "silent", START, START),
    ):
        told.write_bytes(b"\n".join([*lines[:100], wire.line(said), *lines[100:]]))
        assert width(told) > width(recording)
