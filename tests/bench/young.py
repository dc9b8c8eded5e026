"""``python -m tests.bench.young DIR --family A --seed 1``: a market whose traders came lately.

Writes ``events.ndjson`` and ``truth.ndjson`` of BTC into DIR, for
``liqtui score DIR/events.ndjson --base BTC --truth DIR/truth.ndjson``. Every position is followed
from its opening to its end; books begin empty, are young and of high leverage, unlike those of the
product's own simulated market, of which nothing is used here, nor anything of the estimator.
Which worlds there are: `tests.bench.worlds`. Equal seeds write equal files.
"""

import argparse
import math
from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path
from typing import Any, Final, TypeAlias

import msgspec
import numpy as np

from tests.bench.traders import (
    DAY,
    MEAN_SIZE,
    POSITION,
    START,
    TICK,
    TIERS,
    Floats,
    Moment,
    Positions,
    Traders,
    joined,
    moments,
    mortal,
    picked,
)
from tests.bench.worlds import FAMILIES, World, drawn

BUFFER: Final = 0.004
"""Between a liquidation's trigger and the bankruptcy price that is printed."""
Line: TypeAlias = dict[str, Any]
_time: Final = itemgetter("ts")


class Exchange:
    """The positions of one venue, and what it publishes."""

    def __init__(self, name: str, coverage: str, world: World, rng: np.random.Generator) -> None:
        self.book = np.zeros(0, POSITION)
        self._name, self._coverage, self._world, self._rng = name, coverage, world, rng
        self._traders, self._prints = Traders(world, rng), [np.zeros((0, 2))]
        daily = world.interest / len(world.coverage) * 2.0 / world.hold * 0.6
        self._rate = daily / MEAN_SIZE * TICK / DAY

    @property
    def sides(self) -> tuple[float, float]:
        """Base units of the longs and of the shorts."""
        long = self.book["sign"] > 0.0
        return float(self.book["quantity"][long].sum()), float(self.book["quantity"][~long].sum())

    def step(self, now: Moment) -> Positions:
        """Trade for a tick; return the positions that were liquidated."""
        self._prints = [np.zeros((0, 2))]
        self._enter(now)
        if now.tick % 30 == 0:
            self._average(now)
        liquidated = self._leave(now)
        if self._world.paired:
            self._pair(now)
        self._churn(now)
        return liquidated

    def _print(self, sign: Floats, quantity: Floats) -> None:
        self._prints.append(np.stack((sign, quantity), axis=1))

    def _enter(self, now: Moment) -> None:
        count, rng = self._rng.poisson(self._rate * now.activity), self._rng
        long = 1.0 / (1.0 + math.exp(-self._world.habits.trend * now.momentum))
        sign = np.where(rng.random(count) < long, 1.0, -1.0)
        opened = self._traders.open(now, sign)
        self.book = joined(self.book, opened)
        took = np.where(rng.random(count) < self._world.takers, sign, -sign)
        self._print(took, opened["quantity"])

    def _average(self, now: Moment) -> None:
        """Let losers who are most of the way to their level buy half as much again."""
        book, way = self.book, np.log(self.book["level"] / self.book["entry"])
        lost = np.log(now.price / book["entry"]) / way
        ready = self._rng.random(len(book)) < self._world.habits.average * 0.1
        who = (lost > 0.6) & ready & ~book["hedge"]
        of, more = book[who], book["quantity"][who] / 2.0
        entry = (of["quantity"] * of["entry"] + more * now.price) / (of["quantity"] + more)
        book["quantity"][who] += more
        book["entry"][who], book["level"][who] = entry, entry * np.exp(way[who])
        self._print(of["sign"], more)

    def _leave(self, now: Moment) -> Positions:
        book, sign = self.book, self.book["sign"]
        liquidated = sign * (book["level"] - now.price) >= 0.0
        stopped = sign * (book["stop"] - now.price) >= 0.0
        gone = liquidated | stopped | (book["until"] <= now.day)
        self._print(-sign[gone], book["quantity"][gone])
        self.book = picked(book, ~gone)
        return book[liquidated]

    def _pair(self, now: Moment) -> None:
        """Let others hold the other side of what one side has more of."""
        long, short = self.sides
        if abs(long - short) > 1e-9:
            count = max(int(abs(long - short) * now.price / MEAN_SIZE), 1)
            sign = np.full(count, -1.0 if long > short else 1.0)
            opened = self._traders.open(now, sign, abs(long - short))
            self.book = joined(self.book, opened)

    def _churn(self, now: Moment) -> None:
        opened = self._rate * now.activity * MEAN_SIZE / now.price
        churn = self._world.habits.churn * self._world.churn * opened * self._rng.gamma(4.0, 0.25)
        bought = self._rng.beta(20.0, 20.0)
        self._print(np.array([1.0, -1.0]), churn * np.array([bought, 1.0 - bought]))

    def listing(self, ts: int) -> Line:
        """Return the instrument's line."""
        sampled = {"sample": {"window_s": 1.0, "pick": "latest"}}
        return self._line(
            "instrument", ts, quote="USDT", scale=1, kind="linear", tick_size=0.1,
            contract_size=1.0, contract_unit="base", max_leverage=125.0, tiers=TIERS,
            coverage=self._coverage, trigger_fee=0.0, liq_price_kind="bankruptcy",
            **(sampled if self._coverage == "sampled" else {}),
        )  # fmt: skip

    def published(self, now: Moment, liquidated: Positions) -> Iterator[Line]:
        """Yield what the venue says of a tick."""
        yield from self._liquidations(now, liquidated)
        yield from self._trades(now)
        mark = round(now.price, 2)
        yield self._line("mark", now.ts, mark=mark, index=mark)
        if now.tick % 6 == 5:
            interest = max(self.sides)
            yield self._line("open_interest", now.ts, oi=interest, oi_usd=interest * now.price)
        if now.tick % 2880 == 0:
            due = now.ts + 8 * 3_600_000
            yield self._line(
                "funding", now.ts, rate=1e-4, interval_hours=8, next_ts=due, kind="estimated"
            )

    def _liquidations(self, now: Moment, liquidated: Positions) -> list[Line]:
        lines = []
        for sign, quantity, level in liquidated[["sign", "quantity", "level"]].tolist():
            price, ts = level * (1.0 - sign * BUFFER), now.ts - int(self._rng.integers(9000))
            lines.append(self._line(
                "liquidation", ts, side="long" if sign > 0 else "short", price=round(price, 1),
                price_kind="bankruptcy", qty=quantity, notional=quantity * price,
            ))  # fmt: skip
        lines.sort(key=_time)
        if self._coverage == "sampled":
            lines = list({line["ts"] // 1000: line for line in lines}.values())
        return lines

    def _trades(self, now: Moment) -> Iterator[Line]:
        prints = np.concatenate(self._prints)
        if not self._world.each:
            bought = prints[:, 0] > 0.0
            sums = prints[bought, 1].sum(), prints[~bought, 1].sum()
            prints = np.stack((np.array([1.0, -1.0]), np.array(sums)), axis=1)
        for sign, quantity in prints[prints[:, 1] > 0.0].tolist():
            side, price = "buy" if sign > 0 else "sell", round(now.price, 1)
            yield self._line("trade", now.ts, side=side, price=price, qty=quantity)

    def _line(self, kind: str, ts: int, /, **said: Any) -> Line:
        of = {"venue": self._name, "market": "linear", "symbol": "BTCUSDT", "base": "BTC"}
        return {"type": kind, **of, "ts": ts, **said}


def _truth(now: Moment, exchanges: list[Exchange]) -> Line:
    book = joined(*(exchange.book for exchange in exchanges))
    level, interest = book["level"], sum(max(exchange.sides) for exchange in exchanges) * now.price
    ends, usd = mortal(book), book["quantity"] * level
    sides = [
        sorted(zip(level[of].round(4).tolist(), usd[of].round(2).tolist(), strict=True))
        for of in (ends & (book["sign"] > 0.0), ends & (book["sign"] < 0.0))
    ]
    of_all = {"type": "truth", "ts": now.ts, "base": "BTC", "price": now.price}
    return of_all | {"long": sides[0], "short": sides[1], "long_oi": interest, "short_oi": interest}


def simulate(world: World) -> Iterator[Line]:
    """Yield the lines of events in the order of their times, a truth every ten minutes among."""
    rng = np.random.default_rng([world.seed, ord(world.family), 5])
    named = zip(("bybit", "gate"), world.coverage, strict=False)
    exchanges = [Exchange(name, coverage, world, rng) for name, coverage in named]
    yield from (exchange.listing(START + int(world.unseen * DAY * 1000)) for exchange in exchanges)
    for now in moments(world, rng):
        liquidated = [exchange.step(now) for exchange in exchanges]
        if now.day < world.unseen:
            continue
        told = zip(exchanges, liquidated, strict=True)
        yield from sorted((e for venue, of in told for e in venue.published(now, of)), key=_time)
        if now.tick % 60 == 59:
            yield _truth(now, exchanges)


def write(world: World, folder: Path) -> None:
    """Write a world's ``events.ndjson`` and ``truth.ndjson``."""
    folder.mkdir(parents=True, exist_ok=True)
    encode = msgspec.json.Encoder().encode
    with (folder / "events.ndjson").open("wb") as events, (folder / "truth.ndjson").open("wb") as t:
        for line in simulate(world):
            (t if line["type"] == "truth" else events).write(encode(line) + b"\n")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.young")
    parser.add_argument("folder", metavar="DIR", type=Path)
    parser.add_argument("--family", choices=tuple(FAMILIES), default="A")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    write(drawn(asked.family, asked.seed), asked.folder)


if __name__ == "__main__":
    main()
