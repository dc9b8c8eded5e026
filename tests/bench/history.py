"""Real history as events: ``python -m tests.bench.history 2025-12 BTC`` writes event lines.

The files are those of ``history/`` under LIQTUI_CAPTURES.

What was liquidated is known per hour and side only. As lines, each hour's sum is spread over its
bars in proportion to the new ground they broke on that side, at the bar's extreme and end, and
seen at the end of the hour, since earlier nobody could know the sum. Good enough to learn from;
`tests.bench.explain` scores the hourly sums themselves, never these.
"""

import csv
import gzip
import io
import os
import sys
from collections.abc import Iterator, Sequence
from itertools import groupby
from math import log
from pathlib import Path

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from liqtui.model import wire
from liqtui.model.events import (
    Candle,
    Funding,
    Liquidation,
    Listing,
    MarketEvent,
    OpenInterest,
)
from liqtui.model.market import (
    CandlePrice,
    ContractKind,
    Coverage,
    FundingKind,
    Instrument,
    PriceKind,
    Side,
    Tier,
)

Floats = NDArray[np.float64]
MS = 1_000_000
HOUR = 3_600_000
SETS = {"2025-12": ("BTC", "ETH"), "2024-summer": ("BTC", "ETH", "SOL")}


class Bar(Struct, frozen=True):
    """A bar of the last price; ``at`` is its end, UTC ms."""

    at: int
    seconds: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    taker_buy: float | None = None


class Hour(Struct, frozen=True):
    """USD liquidated in the hour that ends at ``at``."""

    at: int
    long: float
    short: float


class Past(Struct, frozen=True):
    """What is known of one coin."""

    instrument: Instrument
    bars: list[Bar]
    interest: Sequence[tuple[int, float, float | None]]
    """(UTC ms, units of base, USD)."""
    funding: list[tuple[int, float]]
    hours: list[Hour]


def captures() -> Path:
    """Return where the files are, or end."""
    root = os.environ.get("LIQTUI_CAPTURES")
    if not root:
        raise SystemExit("LIQTUI_CAPTURES is not set")
    return Path(root) / "history"


def rows(path: Path) -> list[dict[str, str]]:
    with gzip.open(path) as file:
        return list(csv.DictReader(io.TextIOWrapper(file, "utf-8")))


def load(name: str, base: str) -> Past:
    """Read one coin of one set."""
    return _december(base) if name == "2025-12" else _summer(base)


def _instrument(base: str) -> Instrument:
    return Instrument(
        venue="history",
        market="usdm",
        symbol=f"{base}USDT",
        base=base,
        quote="USDT",
        kind=ContractKind.LINEAR,
        coverage=Coverage.SAMPLED,
        max_leverage=125.0 if base != "SOL" else 100.0,
        tiers=(Tier(0.0, 0.004 if base != "SOL" else 0.005, 125.0, 0.0),),
    )


def _december(base: str) -> Past:
    root = captures() / "2025-12"
    bars = [
        Bar(int(r["t_ms"]) + 300_000, 300, *(float(r[k]) for k in ("o", "h", "l", "c", "v")))
        for r in rows(root / f"price_5m_binance_perp_{base}USDT.csv.gz")
    ]
    interest = [
        (int(r["t_ms"]), float(r["oi_base"]), float(r["oi_usd"]))
        for r in rows(root / f"oi_5m_binance_{base}USDT.csv.gz")
    ]
    funding = [
        (int(r["t_ms"]), float(r["rate_8h"]))
        for r in rows(root / f"funding_8h_binance_{base}USDT.csv.gz")
    ]
    fired = root / f"liquidations_1h_binance_bybit_okx_{base}.csv.gz"
    hours = [
        Hour(int(r["t_ms"]) + HOUR, float(r["long_usd"]), float(r["short_usd"]))
        for r in (rows(fired) if fired.exists() else [])
    ]
    return Past(_instrument(base), bars, interest, funding, hours)


def _summer(base: str) -> Past:
    table = rows(captures() / "2024-summer" / f"{base}USDT_ohlcv_oi_liq_ls_1h.csv.gz")
    bars, interest, hours = [], [], []
    for r in table:
        end = int(r["t_ms"]) + HOUR
        price = float(r["c"])
        values = (float(r[k]) for k in ("o", "h", "l", "c", "v", "bv"))
        bars.append(Bar(end, 3600, *values))
        interest.append((end, float(r["oi_c"]), None))
        liquidated = (float(r[f"liq_{side}_base"]) * price for side in ("long", "short"))
        hours.append(Hour(end, *liquidated))
    return Past(_instrument(base), bars, interest, [], hours)


def events(past: Past) -> Iterator[MarketEvent]:
    """Yield everything in order of time: open interest, then the bar, then what fired in it."""
    of = past.instrument
    first = past.bars[0].at * MS
    yield Listing(of, first, first)
    stamped: list[tuple[int, int, MarketEvent]] = []
    for at, quantity, usd in past.interest:
        stamped.append((at, 0, OpenInterest(of, quantity, usd, at * MS, at * MS)))
    for at, rate in past.funding:
        settled = Funding(of, rate, 8.0, at * MS, FundingKind.SETTLED, at * MS, at * MS)
        stamped.append((at, 1, settled))
    stamped += [(bar.at, 2, _candle(of, bar)) for bar in past.bars]
    stamped += [(event.seen // MS, 3, event) for event in _fired(past)]
    stamped.sort(key=lambda item: item[:2])
    yield from (event for _, _, event in stamped)


def _candle(of: Instrument, bar: Bar) -> Candle:
    at = bar.at * MS
    return Candle(
        of, bar.seconds, bar.open, bar.high, bar.low, bar.close,
        bar.volume, bar.taker_buy, CandlePrice.LAST, at, at,
    )  # fmt: skip


def _fired(past: Past) -> Iterator[Liquidation]:
    """Spread each hour's sums over its bars by the new ground each broke."""
    bars = by_hour(past.bars)
    for hour in past.hours:
        within = bars.get(hour.at, [])
        for side, usd in ((Side.LONG, hour.long), (Side.SHORT, hour.short)):
            shares = _ground(within, side)
            for bar, share in zip(within, shares, strict=True):
                if share > 0 and usd > 0:
                    price = bar.low if side is Side.LONG else bar.high
                    yield Liquidation(
                        past.instrument, side, price, PriceKind.MARK,
                        share * usd / price, share * usd, bar.at * MS, hour.at * MS,
                    )  # fmt: skip


def by_hour(bars: Sequence[Bar]) -> dict[int, list[Bar]]:
    """Return bars by the end of their hour, UTC ms."""
    return {end: list(g) for end, g in groupby(bars, lambda bar: -(-bar.at // HOUR) * HOUR)}


def _ground(bars: Sequence[Bar], side: Side) -> list[float]:
    """Return the share of each bar in the ground a side newly lost within the hour."""
    reached, broken = 0.0, []
    for bar in bars:
        start = bars[0].open
        away = log(start / bar.low) if side is Side.LONG else log(bar.high / start)
        broken.append(max(away - reached, 0.0) + 1e-7)
        reached = max(reached, away)
    return [b / sum(broken) for b in broken]


def main(arguments: Sequence[str]) -> int:
    """Write one coin's lines; return the exit code."""
    if len(arguments) != 2 or arguments[0] not in SETS or arguments[1] not in SETS[arguments[0]]:
        print(f"usage: python -m tests.bench.history SET BASE, of {SETS}", file=sys.stderr)
        return 2
    for event in events(load(*arguments)):
        sys.stdout.buffer.write(wire.line(event) + b"\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
