import csv
import gzip
import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqtui.estimator.formulas import (
    effective_rate,
    liquidation_distance,
    liquidation_price,
    trigger_price,
)
from liqtui.model.market import ContractKind, PriceKind, Side

LINEAR, INVERSE = ContractKind.LINEAR, ContractKind.INVERSE
leverages = st.floats(1.5, 100.0)
rates = st.floats(0.0, 0.004)


@given(leverages, rates, st.sampled_from(Side))
def test_at_the_trigger_linear_margin_is_the_maintenance(
    leverage: float, rate: float, side: Side
) -> None:
    s = 1 if side is Side.LONG else -1
    price = float(np.exp(liquidation_distance(LINEAR, side, leverage, rate)))
    equity = 1 / leverage + s * (price - 1)
    assert equity == pytest.approx(price * rate, abs=1e-9)


@given(leverages, rates, st.sampled_from(Side))
def test_at_the_trigger_inverse_margin_is_the_maintenance(
    leverage: float, rate: float, side: Side
) -> None:
    s = 1 if side is Side.LONG else -1
    price = float(np.exp(liquidation_distance(INVERSE, side, leverage, rate)))
    equity = 1 / leverage + s * (1 - 1 / price)
    assert equity == pytest.approx(rate / price, abs=1e-9)


@given(leverages, rates, st.sampled_from(ContractKind))
def test_longs_die_below_and_shorts_above(leverage: float, rate: float, kind: ContractKind) -> None:
    assert liquidation_distance(kind, Side.LONG, leverage, rate) < 0
    assert liquidation_distance(kind, Side.SHORT, leverage, rate) > 0


def test_documented_distances() -> None:
    assert liquidation_distance(LINEAR, Side.LONG, 10, 0.005) == pytest.approx(-0.1003, abs=1e-4)
    assert np.expm1(liquidation_distance(INVERSE, Side.LONG, 10, 0.0)) == pytest.approx(-1 / 11)


def test_one_no_price_liquidates() -> None:
    assert np.isneginf(liquidation_distance(LINEAR, Side.LONG, 1.0, 0.0))
    assert np.isposinf(liquidation_distance(INVERSE, Side.SHORT, 1.0, 0.0))


def test_effective_rate_is_continuous_over_a_schedule() -> None:
    tiers = [(0, 0.004, 0), (300e3, 0.005, 300), (800e3, 0.0065, 1500)]
    below, above = effective_rate([799_999.0, 800_001.0], tiers)
    assert below == pytest.approx(above, abs=1e-8)
    assert effective_rate(1000.0, tiers) == pytest.approx(0.004)


def test_lighters_own_arithmetic() -> None:
    """venues-more.md 2.4: an isolated short and the price it was liquidated at."""
    size, quote, margin = 0.01664, 1247.585664, 25.585360
    found = liquidation_price(LINEAR, Side.SHORT, quote / size, size, margin, 0.012)
    assert float(found) == pytest.approx(75605.42, abs=0.005)


@given(leverages, rates, st.sampled_from(Side), st.sampled_from(ContractKind))
def test_a_fresh_isolated_position_lies_at_its_distance(
    leverage: float, rate: float, side: Side, kind: ContractKind
) -> None:
    entry, size = 250.0, 4000.0
    margin = size / leverage * (entry if kind is LINEAR else 1 / entry)
    found = liquidation_price(kind, side, entry, size, margin, rate)
    away = liquidation_distance(kind, side, leverage, rate)
    assert float(np.log(found / entry)) == pytest.approx(float(away), abs=1e-9)


def test_without_leverage_no_price_liquidates() -> None:
    assert np.isnan(liquidation_price(LINEAR, Side.LONG, 100.0, 1.0, 100.0, 0.005))
    assert np.isnan(liquidation_price(INVERSE, Side.SHORT, 100.0, 100.0, 1.0, 0.005))


@given(leverages, rates, st.sampled_from(Side), st.sampled_from(ContractKind))
def test_a_bankruptcy_price_leads_back_to_its_trigger(
    leverage: float, rate: float, side: Side, kind: ContractKind
) -> None:
    margin = 5.0 / leverage * (100.0 if kind is LINEAR else 0.01)
    bankrupt = float(liquidation_price(kind, side, 100.0, 5.0, margin, 0.0))
    trigger = float(liquidation_price(kind, side, 100.0, 5.0, margin, rate))
    found = trigger_price(kind, side, bankrupt, PriceKind.BANKRUPTCY, rate)
    assert found == pytest.approx(trigger, rel=1e-9)


def test_other_prices_are_taken_for_the_trigger() -> None:
    assert trigger_price(LINEAR, Side.LONG, 90.0, PriceKind.FILL, 0.01) == 90.0


_MAINTENANCE = {"BTC": 1 / 80, "ETH": 1 / 50, "SOL": 1 / 40, "XRP": 1 / 40}
"""Half the initial margin at the highest leverage."""


def test_real_accounts_with_one_position() -> None:
    captures = os.environ.get("LIQTUI_CAPTURES")
    if captures is None:
        pytest.skip("LIQTUI_CAPTURES is not set")
    path = Path(captures) / "history/hyperliquid/whale_positions_2026-02-04_09.csv.gz"
    with gzip.open(path, "rt", newline="") as file:
        rows = list(csv.DictReader(file))
    held = Counter((row["t_ms"], row["addr12"]) for row in rows)
    errors = [
        _error(row)
        for row in rows
        if held[row["t_ms"], row["addr12"]] == 1
        and row["coin"] in _MAINTENANCE
        and float(row["liquidation_px"] or 0) > 0
    ]
    assert len(errors) > 100
    assert float(np.median(errors)) < 0.01


def _error(row: dict[str, str]) -> float:
    side = Side.LONG if row["direction"] == "Long" else Side.SHORT
    wallet = float(row["account_value"]) - float(row["unrealized_pnl"])
    entry, size = float(row["entry_px"]), abs(float(row["size"]))
    found = liquidation_price(LINEAR, side, entry, size, wallet, _MAINTENANCE[row["coin"]])
    told = float(row["liquidation_px"])
    return abs(float(found) / told - 1.0) if np.isfinite(found) else 1.0
