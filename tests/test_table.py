import csv
import gzip
import io
import json
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqtui import table
from liqtui.model.text import plain
from liqtui.table import Column, NoParquetError, format_of, written

COLUMNS = (Column("ts", "time"), Column("symbol", "text"), Column("usd"), Column("n", "whole"))
ROWS = [
    {"ts": 1_790_000_040_123, "symbol": "BTCUSDT", "usd": -1.5, "n": 3, "type": "x"},
    {"ts": 1_790_000_041_000, "symbol": '币US,"D', "usd": None},
]


def put(how: table.Format, rows: list[dict[str, object]] = ROWS) -> bytes:
    file = io.BytesIO()
    writer = table.writer(how, file, COLUMNS)
    for row in rows:
        writer.write(row)
    writer.end()
    return file.getvalue()


def test_csv_is_read_by_the_standard_library() -> None:
    found = list(csv.DictReader(io.StringIO(put("csv").decode(), newline="")))
    assert found == [
        {
            "time": "2026-09-21T14:14:00.123Z",
            "ts": "1790000040123",
            "symbol": "BTCUSDT",
            "usd": "-1.5",
            "n": "3",
        },
        {
            "time": "2026-09-21T14:14:01.000Z",
            "ts": "1790000041000",
            "symbol": '币US,"D',
            "usd": "",
            "n": "",
        },
    ]


def test_no_rows_are_a_header() -> None:
    assert put("csv", []) == b"time,ts,symbol,usd,n\n"
    assert put("ndjson", []) == b""


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20))
def test_no_text_is_a_formula_and_none_is_lost(text: str) -> None:
    packed = put("csv", [{"ts": 0, "symbol": text, "usd": 1.0, "n": 1}])
    (row,) = csv.DictReader(io.StringIO(packed.decode(), newline=""))
    assert row["symbol"] in (plain(text), f"'{plain(text)}")
    assert not row["symbol"].startswith(("=", "+", "-", "@", "\t", "\r"))


def test_ndjson_leaves_out_what_is_unknown() -> None:
    lines = [json.loads(line) for line in put("ndjson").splitlines()]
    assert lines == [ROWS[0], {k: v for k, v in ROWS[1].items() if v is not None}]


def test_parquet_is_read_by_its_own_library() -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    found = parquet.read_table(io.BytesIO(put("parquet")))
    assert found.schema.field("ts").type.tz == "UTC"
    assert [at.timestamp() for at in found.column("ts").to_pylist()] == [
        1_790_000_040.123,
        1_790_000_041.0,
    ]
    assert found.column("usd").to_pylist() == [-1.5, None]
    assert found.column("symbol").to_pylist() == ["BTCUSDT", '币US,"D']


def test_parquet_that_is_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(NoParquetError, match=r"liqtui\[parquet\]"):
        put("parquet")


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("a.csv", "csv"),
        ("a.csv.gz", "csv"),
        ("a.ndjson", "ndjson"),
        ("a.jsonl.gz", "ndjson"),
        ("a.parquet", "parquet"),
        ("a.xls", None),
        ("-", None),
    ],
)
def test_names_tell_formats(name: str, how: str | None) -> None:
    assert format_of(name) == how


def half(path: Path) -> None:
    """Fail while a file is being written."""
    with written(path) as file:
        file.write(b"half")
        raise ZeroDivisionError


def test_a_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("old")
    with written(path) as file:
        file.write(b"new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    with pytest.raises(ZeroDivisionError):
        half(path)
    assert [one.name for one in tmp_path.iterdir()] == ["a.csv"]
    assert path.read_text() == "new"


def test_gz_is_compressed_and_the_same_every_time(tmp_path: Path) -> None:
    for name in ("a.csv.gz", "b.csv.gz"):
        with written(tmp_path / name) as file:
            file.write(b"rows")
    assert gzip.decompress((tmp_path / "a.csv.gz").read_bytes()) == b"rows"
    assert (tmp_path / "a.csv.gz").read_bytes() == (tmp_path / "b.csv.gz").read_bytes()
