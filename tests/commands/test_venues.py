import json

import pytest

from liqtui.cli import main
from tests.toy import ToyVenue


def test_the_matrix_is_aligned(toy: ToyVenue, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["venues"]) == 0
    title, *rows = capsys.readouterr().out.splitlines()
    assert title.split()[:2] == ["VENUE", "MARKET"]
    assert len(rows) == len(toy.capabilities)
    for row, market in zip(rows, toy.capabilities, strict=True):
        assert row.startswith(toy.name)
        assert row[title.index("LIQUIDATIONS") :].startswith(market.liquidations)
        assert row[title.index("HISTORY") :] == market.history


def test_a_machine_reads_one_object_a_line(
    toy: ToyVenue, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["venues", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["market"] for row in rows] == ["linear", "inverse"]
    assert rows[1] == {
        "venue": toy.name,
        "market": "inverse",
        "liquidations": "sampled 1/s",
        "open_interest": "rest 5 s",
        "funding": "settled",
        "tiers": "shipped",
        "history": "none",
    }
