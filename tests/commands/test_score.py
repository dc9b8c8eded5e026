import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from liqtui.cli import main
from liqtui.commands import score
from liqtui.model import wire
from liqtui.model.events import Trade
from liqtui.model.records import Line
from tests.archive.opening import kept
from tests.estimator import market
from tests.estimator.test_methods import walk

CONTRACT = {
    *("method", "kind", "horizon_s", "n", "emd", "ovl25", "hit5", "ratio_long", "ratio_short"),
    *("ig", "ig_lo", "ig_hi", "cover80"),
}


@pytest.fixture
def events(tmp_path: Path) -> Path:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"".join(wire.line(event) + b"\n" for event in walk(3)))
    return path


def truth(events: Path, minute: int) -> Path:
    """One true map, stamped between two lines of the events."""
    first = json.loads(events.read_bytes().splitlines()[0])["ts"]
    path = events.with_name("truth.jsonl")
    row = {"type": "truth", "ts": first + minute * 60_000, "base": "BTC", "price": 100.0}
    row |= {"long": [[95.0, 1e5], [97.0, 2e5]], "short": [[104.0, 3e5]]}
    path.write_text('{"type":"other"}\n' + json.dumps(row) + "\n")
    return path


def scores(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, object]]:
    assert main(["score", *arguments]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_there_is_one_object_a_method_with_every_key_of_the_contract(
    events: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ("--truth", str(truth(events, 120)), "--json")
    rows = scores(capsys, str(events), "--base", "BTC", *given)
    names = [row["method"] for row in rows]
    assert len(set(names)) == len(names)
    assert {"uniform", "uniform+cal", "seed1", "oi-candle", "distance+cal"} <= set(names)
    for row in rows:
        assert row.keys() >= CONTRACT
        assert row["kind"] == ("fire" if str(row["method"]).endswith("+cal") else "standing")
        assert row["horizon_s"] == 1800
        assert row["truths"] == 1
    uniform = next(row for row in rows if row["method"] == "uniform")
    assert uniform["ig"] == pytest.approx(0.0, abs=1e-6)


def test_each_is_compared_with_the_best_of_the_others(
    events: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ("--method", "uniform", "--method", "distance", "--method", "seed1", "--json")
    rows = {row["method"]: row for row in scores(capsys, str(events), "--base", "BTC", *given)}
    best = max(rows, key=lambda name: rows[name]["ig"])  # type: ignore[arg-type, return-value]
    for name, row in rows.items():
        assert (row["best"] == best) is (name != best)
    one, other = rows["uniform"], rows["seed1"]
    assert {one["best"], other["best"]} <= {"distance", "seed1", "uniform"}


def test_what_cannot_be_measured_is_null(events: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (row,) = scores(capsys, str(events), "--base", "BTC", "--method", "uniform", "--json")
    assert row["emd"] is None
    assert row["cover80"] is None


def test_methods_and_horizons_are_as_asked(
    events: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ("--method", "uniform", "--method", "seed2", "--horizon", "600", "--horizon", "1800")
    rows = scores(capsys, str(events), "--base", "BTC", *given, "--json")
    assert [(row["method"], row["horizon_s"]) for row in rows] == [
        *(("uniform", 600), ("seed2", 600)),
        *(("uniform", 1800), ("seed2", 1800)),
    ]


def test_a_table_for_people(events: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["score", str(events), "--base", "BTC", "--method", "uniform"]) == 0
    head, row = capsys.readouterr().out.splitlines()
    assert head.split()[:3] == ["method", "kind", "h"]
    assert row.split()[:3] == ["uniform", "standing", "0.5h"]
    assert "—" in row


def test_every_column_of_the_table_is_explained() -> None:
    page = Path(__file__).parents[2] / "docs" / "score.md"
    told = [line for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    for name, _ in score._HEAD[1:]:
        assert any(f"`{name}`" in line.split("|")[1] for line in told), name


def test_broken_lines_are_counted_and_the_rest_is_scored(
    events: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    events.write_bytes(b'{"type":"mark"}\nnonsense\n' + events.read_bytes())
    assert main(["score", str(events), "--base", "BTC", "--method", "uniform", "--json"]) == 0
    assert "2 lines could not be read" in capsys.readouterr().err


def test_a_file_of_no_event_at_all_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "noise"
    path.write_bytes(b"\x00\xff\nnonsense\n")
    assert main(["score", str(path), "--base", "BTC", "--method", "uniform"]) == 2
    assert "noise: none of its 2 lines is an event" in capsys.readouterr().err


def test_the_ledger_is_written(events: Path, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.jsonl"
    given = ["--base", "BTC", "--method", "uniform", "--ledger", str(ledger)]
    assert main(["score", str(events), *given]) == 0
    kinds = [json.loads(line)["type"] for line in ledger.read_text().splitlines()]
    assert kinds[0] == "predicted"
    assert "scored" in kinds


def test_a_ledger_alone_gives_the_same_scores(
    events: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger = ("--base", "BTC", "--ledger", str(tmp_path / "ledger.jsonl"), "--json")
    given = ("--method", "distance", "--method", "uniform+cal")
    rows = scores(capsys, str(events), *given, *ledger)
    restored = {row["method"]: row for row in scores(capsys, *ledger)}
    assert restored == {row["method"]: row for row in rows}
    assert main(["score", "--base", "ETH", *ledger[2:]]) == 2
    assert "nothing of ETH is scored there" in capsys.readouterr().err


def test_live_runs_are_scored_from_the_archive(
    home: Path, events: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["score", "--base", "BTC"]) == 2
    assert "archive" in capsys.readouterr().err
    ledger = home / "ledger.jsonl"
    given = ("--method", "uniform", "--json")
    rows = scores(capsys, str(events), "--base", "BTC", "--ledger", str(ledger), *given)
    (home / "data").mkdir()
    kept(home / "data", *map(Line, ledger.read_bytes().splitlines())).close()
    assert scores(capsys, "--base", "BTC", *given) == rows


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--method", "magic"], "no method 'magic'; there are liqtui, "),
        (["--horizon", "700"], "multiple of 600"),
        (["--truth", "missing.jsonl"], "missing.jsonl"),
        (["--ledger", "no/such/place"], "no/such/place"),
    ],
)
def test_what_cannot_be_done_is_told(
    arguments: list[str], told: str, events: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["score", str(events), "--base", "BTC", *arguments]) == 2
    assert told in capsys.readouterr().err


def test_a_truth_of_another_coin_is_told(events: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ["--base", "ETH", "--truth", str(truth(events, 60))]
    assert main(["score", str(events), *given]) == 2
    assert "no truth of ETH" in capsys.readouterr().err


def test_the_truth_is_scored_too_and_no_rival(
    events: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ("--base", "BTC", "--method", "uniform", "--method", "seed1", "--json")
    rows = scores(capsys, str(events), *given, "--truth", str(truth(events, 60)))
    assert [row["method"] for row in rows] == ["uniform", "seed1", "truth"]
    assert rows[-1]["kind"] == "standing"
    assert (rows[-1]["emd"], rows[-1]["hit5"], rows[-1]["ratio_long"]) == (0.0, 1.0, 1.0)
    assert "truth" not in [row["best"] for row in rows]


@pytest.fixture
def hours(tmp_path: Path) -> Path:
    """Events of some more than an hour, enough traded for an estimate to be trusted."""
    path = tmp_path / "hours.jsonl"
    found = (
        replace(event, quantity=40 * (event.quantity or 0)) if isinstance(event, Trade) else event
        for event in market.walk(3, 75)
    )
    path.write_bytes(b"".join(wire.line(event) + b"\n" for event in found))
    return path


def test_alerts_are_judged_beside_what_they_have_to_beat(
    hours: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = scores(capsys, str(hours), "--base", "BTC", "--alerts", "--json")
    assert {row["method"] for row in rows} == {"liqtui", "moved", "near", "random"}
    (ours,) = [row for row in rows if row["method"] == "liqtui" and row["threshold"] == 1.0]
    assert {"precision", "recall", "p_lo", "r_hi", "lead_min", "lead_p10"} <= ours.keys()
    assert 0 < float(str(ours["days"])) < 75 / 1440
    assert main(["score", str(hours), "--base", "BTC", "--alerts"]) == 0
    head, *table = capsys.readouterr().out.splitlines()
    assert head.split()[0] == "method"
    assert sum(line.split()[0] == "liqtui" for line in table) == 9


def test_maps_are_judged_on_one_file_and_alerts_not_without_an_estimate(
    events: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["score", str(events), str(events), "--base", "BTC"]) == 2
    assert "one file" in capsys.readouterr().err
    assert main(["score", str(events), "--base", "DOGE", "--alerts"]) == 2
    assert "nothing to judge" in capsys.readouterr().err
    assert main(["score", str(events), "--base", "BTC", "--alerts", "--method", "uniform"]) == 2
    assert "for maps" in capsys.readouterr().err
