import csv
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from msgspec import structs

from liqtui import table
from liqtui.model.score import Grade, Score
from liqtui.model.snapshot import EMPTY, Window
from liqtui.model.view import View
from liqtui.tui.exporting import TABLES, save
from liqtui.tui.layout import PANES
from tests.tui.scene import NOON, snapshot

GRADE = Grade("liqtui", 1800, windows=9, gain=0.2)
SHOWN = structs.replace(snapshot(View()), score=Score("BTC", NOON, "liqtui", (GRADE,)))


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_pane_can_be_exported() -> None:
    assert set(TABLES) == set(PANES)


@pytest.mark.parametrize("pane", PANES)
def test_a_pane_becomes_a_file_named_after_it(tmp_path: Path, pane: str) -> None:
    path = save(SHOWN, pane, directory=tmp_path / "exports")
    assert path == tmp_path / "exports" / f"{pane}-BTC-20261120-120431.csv"
    found = rows(path)
    assert found
    assert {"time", "ts"} < found[0].keys()
    assert not {"", "nan", "None"} & {row["ts"] for row in found}
    assert "nan" not in path.read_text(encoding="utf-8").lower().split(",")


@pytest.mark.parametrize("pane", PANES)
def test_nothing_to_show_is_a_header(tmp_path: Path, pane: str) -> None:
    assert rows(save(EMPTY, pane, directory=tmp_path)) == []


def test_the_tape_is_liquidations_of_the_wire(tmp_path: Path) -> None:
    path = save(SHOWN, "tape", "tape.ndjson", tmp_path)
    found = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(found) == len(SHOWN.tape.rows)
    first = SHOWN.tape.rows[0]
    assert (found[0]["type"], found[0]["ts"]) == ("liquidation", first.at // 1_000_000)
    assert (found[0]["side"], found[0].get("notional")) == (first.side.value, first.notional)


def test_the_map_has_every_known_cell_and_what_stands_now(tmp_path: Path) -> None:
    heat = SHOWN.heatmap
    assert heat is not None
    found = rows(save(SHOWN, "heatmap", directory=tmp_path))
    known = int(np.count_nonzero(~np.isnan(heat.cells)))
    assert len(found) == known + len(heat.prices)
    now = found[known:]
    assert sum(float(row["long"]) for row in now) == pytest.approx(heat.long.sum(), rel=1e-5)
    assert {row["ts"] for row in now} == {str(NOON // 1_000_000)}


def test_odd_coins_make_no_odd_names(tmp_path: Path) -> None:
    odd = structs.replace(SHOWN, view=View(base="../币"))
    path = save(odd, "log", directory=tmp_path)
    assert path.parent == tmp_path
    assert path.name.startswith("log-_-")


def test_a_name_with_a_folder_is_taken_as_it_is(tmp_path: Path) -> None:
    path = save(SHOWN, "venues", str(tmp_path / "v.csv.gz"), Path("/nonexistent"))
    assert path == tmp_path / "v.csv.gz"
    with pytest.raises(OSError):
        save(SHOWN, "venues", str(tmp_path / "no" / "such" / "v.csv"))


def test_formats_follow_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    found = parquet.read_table(save(SHOWN, "venues", "v.parquet", tmp_path))
    assert found.num_rows == len(SHOWN.venues)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(table.NoParquetError):
        save(SHOWN, "venues", "w.parquet", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["v.parquet"]


def test_venues_have_the_longer_windows_of_the_screen_too(tmp_path: Path) -> None:
    windows = (Window(4, 40.0, 41.0), Window(24, 240.0, 241.0))
    first = structs.replace(SHOWN.venues[0], longer=windows, whole_since=NOON)
    shown = structs.replace(SHOWN, venues=(first, structs.replace(first, longer=())))
    one, none = rows(save(shown, "venues", directory=tmp_path))
    assert [one[name] for name in ("long_4h", "short_4h", "long_24h", "short_24h")] == [
        "40.0", "41.0", "240.0", "241.0",
    ]  # fmt: skip
    assert none["long_4h"] == none["short_24h"] == ""
    assert one["whole_since"].startswith("2026-11-20") or one["whole_since"] == str(NOON // 10**6)
