"""What is taken out of the archive is what was put in."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from liqtui.archive.extract import KINDS, Extract
from liqtui.archive.schema import FILE_NAME
from liqtui.commands import export
from liqtui.model.alert import Alert, AlertKind
from liqtui.model.market import Side
from liqtui.model.records import Column, Kept, Peaks, Record
from liqtui.model.snapshot import Cluster
from tests.archive.opening import kept
from tests.making import START, at, candle, funding, instrument, interest, liquidation

MS = START // 1_000_000
HOUR = 3_600_000
ETH = instrument(symbol="ETHUSDT", base="ETH")


def taken(folder: Path, kind: str, *records: Record, base: str = "") -> list[dict[str, Any]]:
    kept(folder, *records).close()
    extract = Extract(folder / FILE_NAME)
    rows = list(extract.rows(kind, MS, MS + HOUR, base))
    extract.close()
    names = {column.name for column in KINDS[kind].columns}
    flat = KINDS[kind].flat
    assert all(one.keys() <= names | {"type"} for row in rows for one in (flat or _one)(row))
    return rows


def _one(row: dict[str, Any]) -> list[dict[str, Any]]:
    return [row]


def test_the_command_offers_every_kind() -> None:
    assert tuple(KINDS) == export.KINDS


def test_liquidations_with_what_was_known_of_them(tmp_path: Path) -> None:
    rows = taken(
        tmp_path,
        "liquidations",
        Kept(liquidation(2, 100.0, side=Side.SHORT), mark=100.5, cluster=99.0),
        Kept(liquidation(1, 5.0, None, of=ETH), doubt="95% from the mark"),
        Kept(liquidation(-1, 7.0)),
        Kept(liquidation(3600, 7.0)),
    )
    assert [row["base"] for row in rows] == ["ETH", "BTC"]
    odd, known = rows
    assert (odd["doubt"], odd.get("notional")) == ("95% from the mark", None)
    assert (known["type"], known["side"], known["price"]) == ("liquidation", "short", 100.0)
    assert (known["ts"], known["at_mark"], known["cluster"]) == (MS + 2000, 100.5, 99.0)


def test_of_one_coin(tmp_path: Path) -> None:
    (row,) = taken(tmp_path, "oi", interest(60, 5.0), interest(60, 7.0, ETH), base="ETH")
    assert (row["type"], row["symbol"], row["oi"]) == ("open_interest", "ETHUSDT", 7.0)


def test_funding(tmp_path: Path) -> None:
    (row,) = taken(tmp_path, "funding", funding(60, 0.0001))
    assert (row["type"], row["rate"], row["kind"]) == ("funding", 0.0001, "estimated")
    assert row["next_ts"] == MS + 60_000 + HOUR


def test_bars(tmp_path: Path) -> None:
    (row,) = taken(tmp_path, "bars", candle(60, 100.0))
    assert (row["type"], row["interval_s"], row["close"]) == ("candle", 60, 100.0)
    assert (row["ts"], row["price"], row["buy_0"]) == (MS + 60_000, "last", None)


def test_maps_near_the_price(tmp_path: Path) -> None:
    usd = np.zeros((2, 2048), np.float16)
    usd[0, 1000], usd[1, 1100], usd[1, 1900] = 1.5, 0.25, 4.0
    first = round(float(np.log(100.0)) * 1000) - 1050
    column = Column("BTC", START // 60_000_000_000, "liqtui", first, usd)
    (row,) = taken(tmp_path, "map", column, candle(60, 100.0))
    assert (row["ts"], row["base"], row["price"]) == (MS, "BTC", 100.0)
    ((long, usd_long),) = row["long"]
    ((short, usd_short),) = row["short"]
    assert long < 100.0 < short < 106.0
    assert (usd_long, usd_short) == (15_000.0, 2500.0)
    assert KINDS["map"].flat is not None
    assert [one["side"] for one in KINDS["map"].flat(row)] == ["long", "short"]


def test_without_a_price_a_map_is_whole(tmp_path: Path) -> None:
    usd = np.ones((2, 8), np.float16)
    (row,) = taken(tmp_path, "map", Column("BTC", START // 60_000_000_000, "liqtui", 5000, usd))
    assert row["price"] is None
    assert len(row["long"]) == len(row["short"]) == 8


def test_clusters(tmp_path: Path) -> None:
    cluster = Cluster(
        Side.SHORT, 105.0, 104.0, 106.0, 1e6, 0.05, (5e5, 2e6), (0.1, 0.2, 0.4), 3e6, 0.5, 4e5, 0.7
    )
    (row,) = taken(tmp_path, "clusters", Peaks("BTC", at(60), (cluster,)))
    assert (row["type"], row["side"], row["usd_low"], row["touch_4h"]) == (
        "cluster", "short", 5e5, 0.4,
    )  # fmt: skip
    assert (row["expected"], row["confidence"]) == (4e5, 0.7)


def test_alerts_are_those_of_the_wire(tmp_path: Path) -> None:
    alert = Alert(number=3, at=at(60), kind=AlertKind.BURST, text="Burst", base="BTC", usd=1e6)
    (row,) = taken(tmp_path, "alerts", alert)
    assert (row["type"], row["ts"], row["n"], row["kind"]) == ("alert", MS + 60_000, 3, "burst")


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_archive_has_nothing(tmp_path: Path, kind: str) -> None:
    kept(tmp_path).close()
    extract = Extract(tmp_path / FILE_NAME)
    assert list(extract.rows(kind, 0, 2**50)) == []
    assert extract.stretch(kind) is None
    extract.close()
