"""The archive: what writing costs, what a kill costs, how long a restart takes, how large it gets.

Rates are those of the simulated exchanges' three coins, and of liquidations more than those of a
lively real day.
"""

import logging
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from random import Random
from typing import Final

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from liqtui import venues
from liqtui.archive.retention import Limits
from liqtui.archive.rows import STATEMENTS, Rows
from liqtui.archive.schema import FILE_NAME, LOCK_NAME, connect
from liqtui.archive.writer import Writer
from liqtui.clock import ManualClock, SystemClock
from liqtui.composition import chosen
from liqtui.estimator.grid import SIZE, Grid
from liqtui.lock import Lock
from liqtui.memory import Memory
from liqtui.model.events import Funding, Liquidation, OpenInterest, Trade
from liqtui.model.market import FundingKind, Instrument, PriceKind, Side, Taker
from liqtui.model.records import Column, Kept, Line, Peaks, Record
from liqtui.model.snapshot import Cluster
from liqtui.model.view import View
from liqtui.runtime import live
from liqtui.settings import Settings
from tests.bench.report import Row
from tests.making import instrument

_SECOND: Final = 1_000_000_000
_MINUTE: Final = 60 * _SECOND
_DAY: Final = 1440 * _MINUTE
_FOREVER: Final = Limits(days=1e5)

BASES: Final = ("BTC", "ETH", "SOL")
VENUES: Final = ("binance", "bybit", "gate", "okx")
PRICE: Final = 60_000.0

RATE: Final = 500
"""Liquidations a second, in the measurement of what writing costs,"""
TRADES: Final = 2_000
SAMPLES: Final = 100
"""with trades and samples of open interest and funding a second,"""
LASTING: Final = 20.0
"""for so many seconds."""

KILLS: Final = 50
WEEK: Final = 7
LIQUIDATIONS: Final = 100_000
"""A day, over all coins."""
RIVALS: Final = ("uniform", "distance+cal", "volume-profile+cal", "oi-candle+cal")
METHODS: Final = ("liqtui", "liqtui+cal", *RIVALS)
"""Of each, every ten minutes, a map is predicted and two sides of windows are scored."""


def contracts() -> list[Instrument]:
    """Return what is watched: a linear and an inverse contract of each coin and venue."""
    return [
        instrument(venue=venue, symbol=f"{base}{quote}", base=base, quote=quote)
        for venue in VENUES
        for base in BASES
        for quote in ("USDT", "USD")
    ]


def liquidation(of: Instrument, at: int, number: int) -> Kept:
    """Return one with all that is kept of it."""
    price = PRICE * (1.0 + 0.0001 * (number % 100))
    side = Side.LONG if number % 2 else Side.SHORT
    usd = 1000.0 + number % 7919
    event = Liquidation(of, side, price, PriceKind.FILL, usd / price, usd, at, at + 50_000_000)
    return Kept(event, price * 1.001, 5e9 + number, price if number % 5 == 0 else None)


def run() -> Iterator[Row]:
    """Measure all of it."""
    yield from _cost()
    yield _kills()
    with tempfile.TemporaryDirectory() as folder:
        yield from _size(Path(folder))
        yield from _restart(Path(folder))


# What writing costs.


@contextmanager
def _writing(folder: Path) -> Iterator[Writer]:
    lock = Lock.taken(folder / LOCK_NAME)
    assert lock is not None
    writer = Writer(folder / FILE_NAME, lock, _FOREVER, SystemClock(), print)
    writer.start()
    try:
        yield writer
    finally:
        assert writer.stop(30.0)


def _cost() -> Iterator[Row]:
    """Hand over a busy market's records for some seconds, made before: only keeping is counted."""
    with tempfile.TemporaryDirectory() as folder, _writing(Path(folder)) as writer:
        seconds = [_second(number) for number in range(round(LASTING))]
        handing = 0.0
        began, spent = time.monotonic(), time.process_time()
        for number, records in enumerate(seconds):
            start = time.process_time()
            for record in records:
                writer.take(record)
            handing += time.process_time() - start
            time.sleep(max(0.0, began + number + 1 - time.monotonic()))
        used = time.process_time() - spent
        lasted = time.monotonic() - began
    note = f"{RATE} liquidations, {TRADES} trades, {SAMPLES} samples a second"
    yield Row("writing", 100 * used / lasted, "% of a core", goal="< 5 %", note=note)
    yield Row("of it in the core thread", 100 * handing / lasted, "% of a core")


def _second(number: int) -> list[Record]:
    every, rng = contracts(), random.Random(number)
    at = time.time_ns() // _SECOND * _SECOND + number * _SECOND
    records: list[Record] = [liquidation(rng.choice(every), at + n, n) for n in range(RATE)]
    records += [
        Trade(rng.choice(every), rng.choice([*Taker]), PRICE + n % 50, 0.1 * (n % 30), at + n, at)
        for n in range(TRADES)
    ]
    for n in range(SAMPLES // 2):
        of = every[n % len(every)]
        records.append(OpenInterest(of, 1e5 + n, 6e9, at + n, at))
        records.append(Funding(of, 1e-4 + n * 1e-7, 8.0, at, FundingKind.ESTIMATED, at + n, at))
    return records


# What a kill costs.


def _kills() -> Row:
    """Kill a process that writes a counted sequence, and count what is in the file."""
    rng, lost, broken = random.Random(50), [], 0
    print("  kill  handed over  in the file  lost, s  file")
    with tempfile.TemporaryDirectory() as folder:
        for number in range(KILLS):
            handed, kept, seconds, clean = _kill(Path(folder), rng.uniform(0.2, 3.0))
            lost.append(seconds)
            broken += not clean
            state = "ok" if clean else "DAMAGED"
            print(
                f"  {number + 1:4}  {handed:11,}  {kept:11,}  {seconds:7.2f}  {state}", flush=True
            )
    worst = max(lost)
    note = f"{KILLS} kills, median {np.median(lost):.2f} s, {broken} files damaged"
    return Row("lost by kill -9, at most", worst, "s", goal="<= 1 s", note=note)


def _kill(folder: Path, after: float) -> tuple[int, int, float, bool]:
    """Kill a writer some seconds after it began; return what it handed over and what is kept."""
    before = _last(folder)
    line = [sys.executable, "-m", "tests.bench.archive", str(folder), str(before + 1)]
    with subprocess.Popen(line, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        told: list[bytes] = [process.stdout.readline()]
        hearing = threading.Thread(target=lambda: told.extend(process.stdout or ()))
        hearing.start()
        time.sleep(after)
        process.send_signal(signal.SIGKILL)
        hearing.join()
    whole = [line for line in told if line.endswith(b"\n")]
    handed, last = int(whole[-1].split()[0]), _last(folder)
    at = {int(n): float(t) for n, t in (line.split() for line in whole)}
    lost = at[handed] - at.get(last, at[min(at)]) if last < handed else 0.0
    with sqlite3.connect(folder / FILE_NAME) as connection:
        (verdict,) = connection.execute("PRAGMA integrity_check").fetchone()
        numbers = [n for (n,) in connection.execute("SELECT notional FROM liquidations")]
    connection.close()
    unbroken = numbers == [float(n) for n in range(1, last + 1)]
    return handed - before, last - before, lost, verdict == "ok" and unbroken


def _last(folder: Path) -> int:
    path = folder / FILE_NAME
    if not path.exists():
        return 0
    with sqlite3.connect(path) as connection:
        (found,) = connection.execute("SELECT max(notional) FROM liquidations").fetchone()
    connection.close()
    return int(found or 0)


def _sequence(folder: Path, first: int) -> None:
    """Hand over numbered liquidations, 500 a second, and say each and when; never ends."""
    of = instrument()
    with _writing(folder) as writer:
        number, began = first, time.monotonic()
        while True:
            kept = liquidation(of, time.time_ns(), number)
            writer.take(replace(kept, event=replace(kept.event, notional=float(number))))
            sys.stdout.write(f"{number} {time.monotonic()}\n")
            sys.stdout.flush()
            number += 1
            time.sleep(max(0.0, began + (number - first) / RATE - time.monotonic()))


# How large it gets, and how long a restart takes.


def _size(folder: Path) -> Iterator[Row]:
    """Write a week, and weigh it."""
    now = time.time_ns() // _MINUTE * _MINUTE
    _week(folder, now)
    connection = sqlite3.connect(folder / FILE_NAME)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = (folder / FILE_NAME).stat().st_size
    parts = dict(connection.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name"))
    connection.close()
    month = whole / WEEK * Limits().days
    told = ", ".join(f"{n} {s / WEEK / 1e6:.1f}" for n, s in _largest(parts))
    yield Row("size of a day", whole / WEEK / 1e6, "MB", note=told)
    yield Row("size after 30 days", month / 1e6, "MB", goal="< 2,000 MB")


def _largest(parts: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(parts.items(), key=lambda part: -part[1])[:8]


def _restart(folder: Path) -> Iterator[Row]:
    """Start on a week of data, with no exchange to hear, until the screen has all of it."""
    settings, clock = Settings(), SystemClock()
    memory = Memory(folder, _FOREVER, clock, settings.tape.keep)
    core = live(settings, chosen(settings, _nowhere()), clock, Random(1).random, memory=memory)
    core.look(View(columns=1440))
    logging.disable()  # nobody answers, and that is meant
    began, spent = time.monotonic(), time.process_time()
    core.start()
    while True:
        shown = core.snapshot()
        heat = shown.heatmap
        graded = shown.score is not None and any(g.windows for g in shown.score.grades)
        if shown.tape.total and shown.clusters and heat is not None and graded:
            break
        assert time.monotonic() - began < 60.0, shown
        time.sleep(0.005)
    taken, used = time.monotonic() - began, time.process_time() - spent
    columns = int((~np.isnan(heat.cells).all(axis=0)).sum())
    rows, told = f"{shown.tape.total:,} rows", f"{used:.2f} s of CPU"
    note = f"{told}; {rows} of the tape, {columns:,} columns of the map, clusters, score"
    core.stop(5.0)
    yield Row("restart with a week of data", taken, "s", goal="<= 2 s", note=note)


def _nowhere() -> dict[str, dict[str, str]]:
    """Return base URLs at which nobody answers."""
    return {
        name: {
            role: f"{'ws' if url.startswith('ws') else 'http'}://127.0.0.1:9"
            for role, url in venues.load(name).hosts.items()
        }
        for name in VENUES
    }


def _week(folder: Path, now: int) -> None:
    """Write what a week leaves behind, as fast as the disk takes it."""
    connection, clock = connect(folder / FILE_NAME), ManualClock(now)
    rows, every = Rows(), contracts()
    for day in range(WEEK):
        start = now - (WEEK - day) * _DAY
        for minute in range(1440):
            for record in _minute(every, start + minute * _MINUTE, day * 1440 + minute):
                rows.take(record)
            rows.tick(start + (minute + 1) * _MINUTE)
            if minute % 60 == 59:
                _commit(connection, rows)
        _commit(connection, rows)
    connection.execute("INSERT INTO runs VALUES (1, 0, ?, 'bench')", (clock.now() // 1_000_000,))
    connection.close()


def _commit(connection: sqlite3.Connection, rows: Rows) -> None:
    connection.execute("BEGIN")
    for table, statement in STATEMENTS.items():
        connection.executemany(statement, rows.waiting[table])
        rows.waiting[table].clear()
    connection.execute("COMMIT")


def _minute(every: Sequence[Instrument], start: int, number: int) -> Iterator[Record]:
    for n in range(LIQUIDATIONS // 1440):
        of = every[n % len(every)]
        other = of if n % 3 else replace(of, symbol=f"C{n}USDT", base=f"C{n}")
        yield liquidation(other, start + n * _SECOND // 2, number * 100 + n)
    for n, of in enumerate(every):
        price = PRICE * (1.0 + 0.01 * np.sin(number / 200.0)) + n
        for k in range(4):
            yield Trade(of, [*Taker][k % 2], price + k, 0.37 * 10**k, start + k * _SECOND, start)
        yield OpenInterest(of, 1e5 + number * 1.37, 6e9 + number, start, start)
        yield Funding(of, 1e-4 + number * 1e-9, 8.0, start, FundingKind.ESTIMATED, start, start)
    for base in BASES:
        yield Column(base, start // _MINUTE, "liqtui", Grid.around(PRICE).first, _map(number))
        yield Peaks(base, start, tuple(_cluster(k, number) for k in range(8)))
    if number % 10 == 0:
        for base, method in product(BASES, METHODS):
            yield Line(_PREDICTED % (start // 1_000_000, base.encode(), method.encode()))
            for _ in range(2):
                yield Line(_SCORED % (start // 1_000_000, base.encode(), method.encode()))


_PREDICTED: Final = (
    b'{"type":"predicted","ts":%d,"base":"%s","method":"%s","price":60123.45,'
    b'"digest":"0123456789abcdef01234567"}'
)
_SCORED: Final = (
    b'{"type":"scored","ts":%d,"base":"%s","method":"%s","horizon_s":1800,"side":"short",'
    b'"crossed":17,"events":34.0,"usd":1234567.891,"predicted_usd":2345678.912,"gain":1.23456789,'
    b'"capped_usd":1134567.891,"gain_usd":1345678.91234,"placebos":[-1.2345678,null,0.12345678],'
    b'"move":0.012345678,"volume":12345.678,"lump":23456.789,'
    b'"touched":[[60123.45,345678.9,456789.1,0.61234567,0.59876543,false]]}'
)


def _cluster(k: int, number: int) -> Cluster:
    price = PRICE * (0.9 + 0.02 * k) + number * 0.01
    return Cluster(
        Side.LONG if k < 4 else Side.SHORT,
        *(price, price * 0.999, price * 1.001, 1e6 * (k + 1.1), price / PRICE - 1.0),
        (5e5, 3e6),
        (0.1234, 0.2345, 0.3456),
        *(2.3e6, 0.41, 4.1e5, 0.61),
    )


def _map(number: int) -> NDArray[np.float16]:
    """Return a column with as much in it as a real one: noise over a smooth shape."""
    rng = np.random.default_rng(number)
    away = np.abs(np.arange(SIZE) - SIZE / 2) / 200.0
    smooth = 300.0 * away * np.exp(-away)
    rough = smooth * (1.0 + 0.3 * np.repeat(rng.random((2, SIZE // 4)), 4, axis=1))
    rough[:, np.abs(away) > 4.5] = 0.0
    column: NDArray[np.float16] = rough.astype(np.float16)
    return column


if __name__ == "__main__":
    _sequence(Path(sys.argv[1]), int(sys.argv[2]))
