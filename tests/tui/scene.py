"""A market that never was: seeded snapshots that look like a busy hour. The venues are invented.

The old random generator is meant: its numbers are promised to stay what they are.
"""

from functools import lru_cache
from typing import Final

import numpy as np
from msgspec import structs
from numpy.typing import NDArray

from liqtui.model.market import Coverage, FeedState, FundingKind, PriceKind, Side, Unit
from liqtui.model.snapshot import (
    Cluster,
    Evidence,
    FeedHealth,
    Headline,
    Heatmap,
    Mark,
    Note,
    NoteKind,
    Snapshot,
    Tape,
    TapeRow,
    TrueMap,
    VenueRow,
    Window,
    read_only,
)
from liqtui.model.view import Command, TapeFilter, View
from liqtui.model.volume import SizeClass, Volume

SECOND: Final = 1_000_000_000
NOON: Final = 1_795_176_271 * SECOND
"""2026-11-20 12:04:31 UTC."""
BASES: Final = ("BTC", "ETH", "SOL", "XRP", "DOGE", "PEPE", "BNB", "ADA", "AVAX", "LINK")
_STARTS: Final = {"BTC": 61_482.5, "ETH": 3021.4, "SOL": 142.37, "PEPE": 0.0000123}
_VENUES: Final = (
    ("aurora", "Aurora", "AUR", Coverage.SAMPLED, "1/s", 7.91e9),
    ("boreal", "Boreal", "BOR", Coverage.FULL, "full", 2.17e9),
    ("cirrus", "Cirrus", "CIR", Coverage.PARTIAL, "part", 3.05e9),
    ("delta", "Delta", "DLT", Coverage.FULL, "full", 1.84e9),
    ("ember", "Ember", "EMB", Coverage.NONE, "none", 0.96e9),
)
_MINUTES: Final = 30_000
_LEVERAGES: Final = np.array((10, 20, 25, 50, 100))
_DISTANCES: Final = np.concatenate((0.996 + 1 / _LEVERAGES, 1.004 - 1 / _LEVERAGES))
_WEIGHTS: Final = np.array((1.0, 1.3, 1.6, 1.4, 0.7) * 2)


@lru_cache(32)
def _walk(base: str, seed: int) -> NDArray[np.float64]:
    """Return a price a minute; the last is the price now."""
    random = np.random.RandomState((seed, *base.encode()))
    steps = random.standard_t(4, _MINUTES) * 0.0004
    steps += 0.00012 * np.sin(np.arange(_MINUTES) / 190)
    logs = np.cumsum(steps)
    walk: NDArray[np.float64] = _STARTS.get(base, 1.0) * np.exp(logs - logs[-1])
    return walk


def heatmap(view: View, at: int = NOON, seed: int = 7) -> Heatmap:
    """Return a map of the size asked for, its positions built up and swept by the price."""
    return _heatmap(structs.replace(view, tape=TapeFilter(), cumulative=False), at, seed)


@lru_cache(64)
def _heatmap(view: View, at: int, seed: int) -> Heatmap:
    walk = _walk(view.base, seed)
    step = view.column_s * SECOND
    end = at // step * step
    warm = 120
    times = end - step * np.arange(view.columns + warm - 1, -1, -1, dtype=np.int64)
    ages = np.minimum((at - times) // (60 * SECOND), _MINUTES - 2)
    prices = walk[-1 - ages]
    fraction = 0.001 * (view.bins_per_row or 1)
    middle = view.centre or float(prices[-1])
    half = view.rows / 2 - 0.5
    powers = half - np.arange(view.rows, dtype=np.float64)
    levels: NDArray[np.float64] = middle * np.float64(1 + fraction) ** powers
    cells, marks = _history(prices, levels, np.random.RandomState(seed), fraction)
    cells, marks = cells[:, warm:], [m for m in marks if m.column >= warm]
    hole = slice(int(view.columns * 0.3), int(view.columns * 0.3) + max(1, view.columns // 20))
    cells[:, hole] = np.nan
    trace = prices[warm:].astype(np.float32)
    trace[hole] = np.nan
    last, mark = cells[:, -1], float(prices[-1])
    long = np.where(levels < mark, last, 0).astype(np.float32)
    short = np.where(levels >= mark, last, 0).astype(np.float32)
    return Heatmap(
        method="liqtui",
        prices=read_only(levels.astype(np.float32)),
        times=read_only(times[warm:]),
        cells=read_only(cells),
        trace=read_only(trace),
        marks=tuple(structs.replace(m, column=m.column - warm) for m in marks),
        long=read_only(long),
        short=read_only(short),
        reach=read_only(np.where(levels < mark, np.cumsum(long), np.cumsum(short[::-1])[::-1])),
        mark=mark,
        row_fraction=fraction,
        column_s=view.column_s,
    )


def _history(
    prices: NDArray[np.float64],
    levels: NDArray[np.float64],
    random: np.random.RandomState,
    fraction: float,
) -> tuple[NDArray[np.float32], list[Mark]]:
    standing = np.zeros(len(levels))
    cells = np.zeros((len(levels), len(prices)), np.float32)
    marks: list[Mark] = []
    for column, price in enumerate(prices):
        size = random.lognormal(11.6, 0.9) * fraction * 1000
        if random.random_sample() < 0.07:
            size *= 25
        centres = price * _DISTANCES
        bells = np.exp(-0.5 * ((levels[:, None] - centres) / (price * 0.0007)) ** 2)
        standing += size * bells @ (_WEIGHTS * random.uniform(0.2, 1.8, len(_WEIGHTS)))
        before = prices[max(0, column - 1)]
        low, high = min(before, price) * 0.9993, max(before, price) * 1.0007
        swept = (levels >= low) & (levels <= high)
        fired = float(standing[swept].sum()) * 0.3
        if fired > 1.5e5 and swept.any():
            side = Side.LONG if price < before else Side.SHORT
            row = int(np.argmin(np.abs(levels - price)))
            marks.append(Mark(column, row, side, fired))
        standing[swept] = 0
        standing *= 0.997
        cells[:, column] = standing
    return cells, marks


def tape(view: View, at: int = NOON, seed: int = 7, count: int = 400) -> Tape:
    """Return liquidations back from ``at``: mostly small, one absurd, one of unknown size."""
    rows = _tape_rows(at, seed, count)
    shown = [row for row in rows if _passes(row, view.tape)]
    hidden = 3120 + len(rows) - len(shown)
    return Tape(tuple(shown[: view.tape_rows]), hidden, 48_211 + count, 214.0)


def _passes(row: TapeRow, wanted: TapeFilter) -> bool:
    said = f"{row.venue} {row.symbol}".lower()
    return (
        wanted.side in (None, row.side)
        and (not wanted.venues or row.venue in wanted.venues)
        and (row.notional or 0.0) >= wanted.least
        and all((word.strip("!").lower() in said) != word.startswith("!") for word in wanted.words)
    )


@lru_cache(8)
def _tape_rows(at: int, seed: int, count: int) -> list[TapeRow]:
    random = np.random.RandomState(seed + 1)
    rows: list[TapeRow] = []
    moment = at - 200_000_000
    for number in range(count, 0, -1):
        venue, _, tag, coverage, _, _ = _VENUES[int(random.randint(4))]
        base = BASES[int(random.choice(6, p=(0.4, 0.25, 0.15, 0.1, 0.05, 0.05)))]
        price = float(_walk(base, seed)[-1] * (1 + random.normal() * 0.001))
        side = Side.LONG if random.random_sample() < 0.62 else Side.SHORT
        usd = float(random.lognormal(10.2, 1.7))
        kind = PriceKind.BANKRUPTCY if venue == "boreal" else PriceKind.FILL
        odd = count - number
        rows.append(
            TapeRow(
                number=number,
                venue=venue,
                tag=tag,
                base=base,
                symbol=f"1000{base}USDT" if base == "PEPE" else f"{base}USDT",
                side=side,
                price=price,
                price_kind=kind,
                quantity=None if odd == 5 else usd / price,
                notional=None if odd == 5 else 4.4e9 if odd == 8 else usd,
                coverage=coverage,
                at=moment,
                quarantined="notional above 5 % of open interest" if odd == 8 else "",
                cluster=price * 0.999 if usd > 3e5 and odd != 8 else None,
                evidence=Evidence(
                    market="usdm",
                    quote="USDT",
                    contract_size=0.01,
                    contract_unit=Unit.BASE,
                    scale=1,
                    seen=moment + 84_000_000,
                    mark=price * 1.0004,
                    oi_usd=2.1e9,
                    raw=b'{"s":"%sUSDT","p":"%.6g"}' % (base.encode(), price),
                ),
            )
        )
        moment -= int(random.exponential(0.7) * SECOND)
    return rows


def venues(at: int = NOON) -> tuple[VenueRow, ...]:
    """Return five venues, one of them stale and one blocked, and the total."""
    hour = 3600 * SECOND
    rows = [
        VenueRow(
            venue=name,
            title=title,
            state=FeedState.LIVE,
            state_since=at - (7 + n) * hour,
            oi_usd=oi,
            oi_5m=(0.001, -0.0004, 0.0002, None, 0.0)[n],
            oi_1h=(0.012, -0.0081, 0.0044, 0.0213, None)[n],
            oi_24h=(0.030, 0.0115, -0.0421, 0.0972, None)[n],
            funding=(0.0001, 0.000056, -0.000021, 0.000125, 0.00001)[n],
            funding_kind=FundingKind.SETTLED if n == 3 else FundingKind.ESTIMATED,
            interval_hours=(8, 8, 8, 4, 1)[n],
            settled=(0.00012, 0.00005, None, 0.000125, 0.00001)[n],
            funding_8h=(0.0001, 0.000056, -0.000021, 0.00025, 0.00008)[n],
            funding_year=(0.1095, 0.0613, -0.023, 0.2738, 0.0876)[n],
            due=at + 10_529 * SECOND,
            coverage=cover,
            coverage_label=label,
            long_1h=(1.9e6, 1.6e6, 0.4e6, 0.2e6, None)[n],
            short_1h=(1.1e6, 0.7e6, 0.3e6, 0.1e6, None)[n],
            longer=(Window(4, 6.2e6, 2.5e6), Window(24, 36e6, 21e6)) if n < 4 else (),
            whole_since=at - 5 * 3600 * SECOND if cover is Coverage.FULL else None,
            lag_ms=(84.0, 61.0, None, 142.0, 1830.0)[n],
        )
        for n, (name, title, _, cover, label, oi) in enumerate(_VENUES)
    ]
    rows[2] = structs.replace(
        rows[2],
        state=FeedState.STALE,
        state_since=at - 12 * SECOND,
        state_reason="mark price silent on ws-3",
    )
    rows[4] = structs.replace(
        rows[4],
        state=FeedState.BLOCKED,
        state_since=at - 240 * SECOND,
        state_reason="HTTP 451: restricted location",
        oi_usd=None,
        funding=None,
        funding_kind=None,
        funding_8h=None,
        funding_year=None,
        due=None,
        lag_ms=None,
    )
    total = VenueRow(
        venue="",
        title="",
        state=FeedState.LIVE,
        oi_usd=14.97e9,
        oi_5m=0.0005,
        oi_1h=0.0121,
        oi_24h=0.0167,
        funding_8h=0.000103,
        funding_year=0.1128,
        long_1h=4.1e6,
        short_1h=2.2e6,
        longer=(Window(4, 22.4e6, 9.0e6), Window(24, 131e6, 77e6)),
    )
    return (*rows, total)


def clusters(heat: Heatmap) -> tuple[Cluster, ...]:
    """Return the highest rows of the present map on either side."""
    found: list[Cluster] = []
    for side, values in ((Side.SHORT, heat.short), (Side.LONG, heat.long)):
        peaks = [
            row
            for row in range(1, len(values) - 1)
            if values[row] > 0 and values[row] == values[max(0, row - 3) : row + 4].max()
        ]
        for row in sorted(peaks, key=lambda row: -float(values[row]))[:4]:
            price = float(heat.prices[row])
            found.append(
                Cluster(
                    side=side,
                    price=price,
                    low=price * 0.997,
                    high=price * 1.002,
                    usd=float(values[max(0, row - 2) : row + 3].sum()),
                    distance=price / (heat.mark or price) - 1,
                )
            )
    return tuple(sorted(found, key=lambda cluster: -cluster.usd))


def truth(heat: Heatmap, at: int = NOON) -> TrueMap:
    """Return a truth like the estimate, one row higher, with half as much of the shorts."""
    long, short = np.roll(heat.long, -1), np.roll(heat.short, -1) / 2
    return TrueMap(
        at=at,
        long=read_only(long),
        short=read_only(short),
        cells=read_only(long + short),
        shared=0.634,
        ratio=1.42,
        found=0.6,
        peaks=tuple(cluster.price * 1.001 for cluster in clusters(heat)[::2]),
    )


def feeds(at: int = NOON) -> tuple[FeedHealth, ...]:
    """Return two sockets and a schedule for each venue."""
    health: list[FeedHealth] = []
    for n, row in enumerate(venues(at)[:-1]):
        for m, stream in enumerate(("market-1", "trades", "rest-oi")):
            health.append(
                FeedHealth(
                    venue=row.venue,
                    stream=stream,
                    state=row.state if m == 0 else FeedState.LIVE,
                    reason=row.state_reason if m == 0 else "",
                    since=row.state_since,
                    frames_per_s=(412.0, 88.2, 0.2)[m] / (n + 1),
                    bytes_per_s=(188_000, 21_400, 96)[m] / (n + 1),
                    lag_p50_ms=row.lag_ms,
                    lag_p95_ms=None if row.lag_ms is None else row.lag_ms * 2.7,
                    budget=0.12 * (n + 1) if m == 2 else None,
                    reconnects=n * m,
                    malformed=1 if (n, m) == (1, 0) else 0,
                    unknown=3 if (n, m) == (2, 1) else 0,
                    last="unknown kind 'adlAlert'" if (n, m) == (2, 1) else "",
                )
            )
    return tuple(health)


def volume(at: int = NOON) -> Volume:
    """Return an hour in which the large sell and the small buy."""
    classes = []
    for n, floor in enumerate((1e6, 1e5, 1e4, 1e3, 0.0)):
        bought, sold = 4e6 * (n + 1), 6e6 * (4 - n) + 1e6
        steps = [(bought - sold) * minute / 60 for minute in range(60)]
        classes.append(SizeClass(floor, bought / 12, sold / 12, bought, sold, tuple(steps)))
    return Volume(at - 9 * 3600 * SECOND, tuple(classes))


def log(at: int = NOON) -> tuple[Note, ...]:
    """Return a line of every kind."""
    told = (
        (NoteKind.FEED, "cirrus market-1 stale: mark price silent on ws-3"),
        (NoteKind.GAP, "cirrus market-1 4.2 s may be missing"),
        (NoteKind.LARGE, "boreal BTCUSDT long $1.99M at 61,565"),
        (NoteKind.ODD, "delta BTCUSDT long: 210% of the market's open interest"),
    )
    return tuple(Note(at - n * SECOND, kind, text) for n, (kind, text) in enumerate(told))


def snapshot(view: View, at: int = NOON, seed: int = 7) -> Snapshot:
    """Return everything a screen shows, for a view."""
    heat = heatmap(view, at, seed)
    rows = venues(at)
    return Snapshot(
        at=at,
        view=view,
        headline=Headline(
            base=view.base,
            price=heat.mark,
            change_24h=0.0042,
            oi_usd=14.97e9,
            oi_change_1h=0.0121,
            funding_8h=0.000103,
            long_1h=4.1e6,
            short_1h=2.2e6,
            longer=rows[-1].longer,
            lower_bound=True,
            since=at - 9 * 3600 * SECOND,
        ),
        heatmap=heat,
        truth=truth(heat, at) if view.truth else None,
        tape=tape(view, at, seed),
        venues=rows,
        clusters=clusters(heat),
        volume=volume(at),
        log=log(at),
        feeds=feeds(at),
        bases=BASES,
        events=8_412_077,
        memory=143 << 20,
    )


class Stage:
    """A source that answers every view at once and remembers what it was told."""

    def __init__(self, at: int = NOON, source: str = "live") -> None:
        self.at = at
        self.source = source
        self.views: list[View] = []
        self.commands: list[Command] = []
        self.now = structs.replace(snapshot(View(), at), source=source)

    def snapshot(self) -> Snapshot:
        """Return the newest."""
        return self.now

    def look(self, view: View) -> None:
        """Make the snapshot for another view."""
        self.views.append(view)
        self.now = structs.replace(snapshot(view, self.at), source=self.source)

    def command(self, command: Command) -> None:
        """Take note."""
        self.commands.append(command)
